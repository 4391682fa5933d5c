"""Boards, their snapshots and the lines of each."""

from leaderboard.models.boards import Board
from leaderboard.models.snapshots import HeadToHead, Snapshot, Standing

__all__ = ["Board", "HeadToHead", "Snapshot", "Standing"]
