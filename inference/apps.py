"""The app's place in Django."""

from django.apps import AppConfig


class InferenceConfig(AppConfig):
    """See docs/architecture.md."""

    name = "inference"
