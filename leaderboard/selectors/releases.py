"""What was released to everybody."""

from django.db.models import QuerySet

from leaderboard.models import Release


def published() -> QuerySet[Release]:
    """Select the published releases with their files, the newest first."""
    return Release.objects.filter(published_at__isnull=False).prefetch_related("files")
