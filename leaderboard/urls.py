"""The boards' pages and their part of the API."""

from django.urls import path

from leaderboard import api, views

urlpatterns = [
    path("", views.home, name="home"),
    path("boards/<slug:slug>/", views.board, name="board"),
    path("systems/", views.systems, name="systems"),
    path("systems/<slug:slug>/", views.system, name="system"),
    path("methods/", views.methods, name="methods"),
    path("api/v1/boards/", api.BoardList.as_view(), name="api-boards"),
    path("api/v1/boards/<slug:slug>/", api.BoardDetail.as_view(), name="api-board"),
]
