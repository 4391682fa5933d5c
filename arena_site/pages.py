"""What every page knows beside what its view says."""

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest

from inference.selectors import owners


def navigation(request: HttpRequest) -> dict[str, Callable[[], bool]]:
    """Say whether the person has pages of their own; asked only where the navigation is drawn."""
    return {"in_a_team": partial(_in_a_team, request)}


def _in_a_team(request: HttpRequest) -> bool:
    # A request that is refused before it is known whose it is has nobody.
    person = getattr(request, "user", None)
    return person is not None and person.is_authenticated and owners.memberships(person).exists()
