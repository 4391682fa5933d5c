"""The boards' pages and their part of the API."""

from django.urls import path, re_path

from leaderboard.api import agreement as agreement_api
from leaderboard.api import boards as board_api
from leaderboard.api import open as open_api
from leaderboard.api import results, snapshots, votes
from leaderboard.views import agreement, boards, details, downloads, pages, releases, studies

OF_BOARD = "api/v1/boards/<slug:slug>"
OF_SNAPSHOT = f"{OF_BOARD}/snapshots/<int:number>"

_BOARD = r"^boards/(?P<slug>[-a-z0-9_]+)"
_SYSTEM = r"^systems/(?P<slug>[-a-z0-9_]+)"
_STUDY = r"^studies/(?P<slug>[-a-z0-9_]+)/(?P<criterion>[-a-z0-9_]+)"

urlpatterns = [
    path("", pages.home, name="home"),
    path("trade-off/", boards.trade_off, name="trade-off"),
    path("trade-off.svg", downloads.trade_off_picture, name="trade-off-picture"),
    path("boards/", boards.first, name="boards"),
    path("boards/<slug:slug>/", boards.board, name="board"),
    path("boards/<slug:slug>/pairs/", boards.matrix, name="board-pairs"),
    path("boards/<slug:slug>/compare/", boards.compare, name="board-compare"),
    path("boards/<slug:slug>/history/", boards.history, name="board-history"),
    path("boards/<slug:slug>/doubts/", boards.doubts, name="board-doubts"),
    path("boards/<slug:slug>/card.json", downloads.card, name="board-card"),
    re_path(
        _BOARD + r"/(?P<name>standings|pairs|history)\.(?P<form>csv|json|tex)$",
        downloads.table,
        name="board-table",
    ),
    re_path(
        _BOARD + r"/(?P<name>ratings|differs|votes|matrix|history)\.svg$",
        downloads.picture,
        name="board-picture",
    ),
    re_path(r"^trade-off\.(?P<form>csv|json|tex)$", downloads.trade_off_table, name="trade-off-table"),
    path("waiting.svg", downloads.waiting_picture, name="waiting-picture"),
    re_path(
        _SYSTEM + r"/(?P<name>results|opponents)\.(?P<form>csv|json|tex)$",
        details.system_table,
        name="system-table",
    ),
    re_path(
        _SYSTEM + r"/(?P<name>opponents|level|domain|language|waiting)\.svg$",
        details.system_picture,
        name="system-picture",
    ),
    re_path(r"^studies/paper\.(?P<form>csv|json|tex)$", details.paper_table, name="paper-table"),
    re_path(
        r"^paper/(?P<name>main|domain|level)\.(?P<form>csv|json|tex)$",
        details.own_paper_table,
        name="own-paper-table",
    ),
    re_path(_STUDY + r"\.(?P<form>csv|json|tex)$", details.study_table, name="study-table"),
    re_path(_STUDY + r"\.svg$", details.study_picture, name="study-picture"),
    path("systems/", pages.systems, name="systems"),
    path("systems/<slug:slug>/", pages.system, name="system"),
    path("paper/", studies.paper, name="paper"),
    path("studies/", studies.studies, name="studies"),
    path("studies/<slug:slug>/", studies.study, name="study"),
    path("methods/", pages.methods, name="methods"),
    path("agreement/", agreement.page, name="agreement"),
    path("releases/", releases.page, name="releases"),
    path("my/systems/<slug:slug>/results/", pages.my_results, name="my_results"),
    path("api/v1/boards", board_api.BoardList.as_view(), name="api-boards"),
    path(OF_BOARD, board_api.BoardDetail.as_view(), name="api-board"),
    path(f"{OF_BOARD}/snapshots", snapshots.Snapshots.as_view(), name="api-snapshots"),
    path(f"{OF_BOARD}/snapshots/latest", snapshots.Latest.as_view(), name="api-latest"),
    path(OF_SNAPSHOT, snapshots.SnapshotDetail.as_view(), name="api-snapshot"),
    path(f"{OF_SNAPSHOT}/head-to-head", snapshots.HeadToHeads.as_view(), name="api-head-to-head"),
    path(f"{OF_SNAPSHOT}/votes", votes.Votes.as_view(), name="api-votes"),
    path("api/v1/shares", open_api.Shares.as_view(), name="api-shares"),
    path("api/v1/agreement", agreement_api.AgreementView.as_view(), name="api-agreement"),
    path("api/v1/exclusions", open_api.Exclusions.as_view(), name="api-exclusions"),
    path("api/v1/announcements", open_api.Announcements.as_view(), name="api-announcements"),
    path("api/v1/releases", open_api.Releases.as_view(), name="api-releases"),
    path("api/v1/releases/<str:version>", open_api.ReleaseDetail.as_view(), name="api-release-of"),
    path(
        "api/v1/releases/<str:version>/files/<str:name>",
        open_api.ReleaseFileDetail.as_view(),
        name="api-release-file",
    ),
    path("api/v1/systems/<slug:slug>/results", results.Results.as_view(), name="api-results"),
]
