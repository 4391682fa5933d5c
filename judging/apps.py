"""The app's place in Django."""

from django.apps import AppConfig


class JudgingConfig(AppConfig):
    """See docs/architecture.md."""

    name = "judging"
