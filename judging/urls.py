"""The addresses of the judging; a ballot's name nothing but the ballot and a side (J90)."""

from django.urls import path

from judging import views
from judging.services import clips

urlpatterns = [
    path("judge/", views.start, name="judge"),
    path("ballots/<uuid:public_id>/", views.ballot, name="ballot"),
    *(
        path(f"ballots/<uuid:public_id>/{clip}", views.clip, {"clip": clip}, name=f"ballot_{clip}")
        for clip in clips.NAMES
    ),
    path("ballots/<uuid:public_id>/vote", views.vote, name="ballot_vote"),
    path("ballots/<uuid:public_id>/skip", views.skip, name="ballot_skip"),
]
