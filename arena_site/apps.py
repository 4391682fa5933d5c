"""The app's place in Django."""

from django.apps import AppConfig


class ArenaSiteConfig(AppConfig):
    """See docs/architecture.md."""

    name = "arena_site"
