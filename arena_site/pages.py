"""What every page knows beside what its view says."""

from collections.abc import Callable

from django.http import HttpRequest

from inference.selectors import owners


def navigation(request: HttpRequest) -> dict[str, Callable[[], bool]]:
    """Say whether the person has pages of their own; asked only where the navigation is drawn."""
    return {"in_a_team": lambda: request.user.is_authenticated and owners.memberships(request.user).exists()}
