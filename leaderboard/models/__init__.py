"""Boards, their snapshots and the lines of each; studies of others; releases and announcements."""

from leaderboard.models.announcements import Announcement
from leaderboard.models.boards import Board
from leaderboard.models.lines import HeadToHead, Standing
from leaderboard.models.releases import Release, ReleaseFile
from leaderboard.models.snapshots import Snapshot
from leaderboard.models.studies import Study, StudyVerdict

__all__ = [
    "Announcement",
    "Board",
    "HeadToHead",
    "Release",
    "ReleaseFile",
    "Snapshot",
    "Standing",
    "Study",
    "StudyVerdict",
]
