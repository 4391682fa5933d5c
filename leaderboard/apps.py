"""The app's place in Django."""

from django.apps import AppConfig


class LeaderboardConfig(AppConfig):
    """See docs/architecture.md."""

    name = "leaderboard"
