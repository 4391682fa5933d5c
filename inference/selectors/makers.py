"""Who makes the systems here, by public name."""

from inference.models import Model, Team


def names() -> list[str]:
    """List the makers of public systems, and of teams that name one, once each."""
    public = Model.objects.filter(systems__first_public_at__isnull=False).values_list("provider", flat=True)
    teams = Team.objects.exclude(provider="").values_list("provider", flat=True)
    return sorted({*public, *teams}, key=str.casefold)
