"""The owner's pages."""

from django.urls import path

from inference import views

urlpatterns = [
    path("my/", views.my_systems, name="my_systems"),
    path("my/systems/<slug:slug>/", views.my_system, name="my_system"),
    path("my/systems/<slug:slug>/answers/", views.my_answers, name="my_answers"),
    path("my/systems/<slug:slug>/answers/<uuid:prompt>/", views.my_answer, name="my_answer"),
    path("my/systems/<slug:slug>/resume", views.resume, name="my_system_resume"),
]
