"""The admin's pages about boards, and what boards say to the exclusion of votes."""

from leaderboard.admin import boards, rules

__all__ = ["boards", "rules"]
