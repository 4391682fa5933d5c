"""The boards' pages and their part of the API."""

from django.urls import path

from leaderboard import views
from leaderboard.api import boards, results, snapshots

OF_BOARD = "api/v1/boards/<slug:slug>"
OF_SNAPSHOT = f"{OF_BOARD}/snapshots/<int:number>"

urlpatterns = [
    path("", views.home, name="home"),
    path("boards/<slug:slug>/", views.board, name="board"),
    path("systems/", views.systems, name="systems"),
    path("systems/<slug:slug>/", views.system, name="system"),
    path("my/systems/<slug:slug>/results/", views.my_results, name="my_results"),
    path("methods/", views.methods, name="methods"),
    path("api/v1/boards", boards.BoardList.as_view(), name="api-boards"),
    path(OF_BOARD, boards.BoardDetail.as_view(), name="api-board"),
    path(f"{OF_BOARD}/snapshots", snapshots.Snapshots.as_view(), name="api-snapshots"),
    path(f"{OF_BOARD}/snapshots/latest", snapshots.Latest.as_view(), name="api-latest"),
    path(OF_SNAPSHOT, snapshots.SnapshotDetail.as_view(), name="api-snapshot"),
    path(f"{OF_SNAPSHOT}/head-to-head", snapshots.HeadToHeads.as_view(), name="api-head-to-head"),
    path(f"{OF_SNAPSHOT}/votes", snapshots.Votes.as_view(), name="api-votes"),
    path("api/v1/systems/<slug:slug>/results", results.Results.as_view(), name="api-results"),
]
