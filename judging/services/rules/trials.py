"""What a rule is set to, and what it would match if it were set otherwise: nothing is written (M35)."""

import random
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, Final, NamedTuple

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from judging.models import ExclusionRule
from judging.reliability import rules as reliability
from judging.screening import listening, stretches
from judging.screening.matches import Match
from judging.services import gate
from judging.services.rules import facts
from judging.services.rules.facts import Window

# Batches closed so lately, and of their people at most so many, drawn at random: an answer within seconds.
REACH: Final = timedelta(days=7)
MOST_PEOPLE: Final = 20
MOST_BATCHES: Final = 200


class Parameter(NamedTuple):
    """What a rule is set to.

    Attributes:
        label: what it is.
        value: as it is now.
        is_tried: whether another value can be tried.
    """

    label: str | Promise
    value: float
    is_tried: bool


class Trial(NamedTuple):
    """What would be matched of what was looked at.

    Attributes:
        votes: keys of the votes that would match.
        now: keys of those that match as the rule is set.
        people: how many people were looked at.
    """

    votes: frozenset[int]
    now: frozenset[int]
    people: int


def parameters(slug: str) -> list[Parameter]:
    """List what a rule is set to; the first one can be tried where the rule has one that can."""
    return _PARAMETERS.get(slug, [])


def attempt(rule: ExclusionRule, value: float, *, rng: random.Random | None = None) -> Trial | None:
    """Try another value on the batches of the last seven days; None: this rule has no value to try."""
    check = _CHECKS.get(rule.slug)
    if check is None:
        return None
    rng = rng or random.Random()  # noqa: S311 -- keeps no secret
    now = timezone.now()
    people = facts.people(Window(now - REACH, now))
    drawn = sorted(rng.sample(people, min(MOST_PEOPLE, len(people))))
    votes: dict[bool, set[int]] = {True: set(), False: set()}
    as_is = parameters(rule.slug)[0].value
    for person in drawn:
        rows = _rows(rule.slug, person, since=now - REACH)
        for is_now, setting in ((True, as_is), (False, value)):
            votes[is_now] |= {match.vote for match in check(rows, setting)}
    return Trial(frozenset(votes[False]), frozenset(votes[True]), len(drawn))


def _rows(slug: str, person: int, *, since: Any) -> Any:
    """What a checker looks at, of one person."""
    if slug in {"heard_recheck", "too_fast"}:
        return list(facts.listened_by(person, since=since, most=MOST_BATCHES))
    return facts.judged(person)


_CHECKS: Final[Mapping[str, Callable[[Any, float], Iterable[Match]]]] = {
    "heard_recheck": lambda rows, value: listening.heard_recheck(rows, tolerance_ms=round(value)),
    "too_fast": lambda rows, value: listening.too_fast(rows, tolerance_ms=round(value)),
    "one_side": lambda rows, value: stretches.one_side(rows, limit=value),
    "gold_failed": lambda rows, value: stretches.gold_failed(rows, misses=round(value)),
}
_TOLERANCE: Final = Parameter(_("milliseconds forgiven"), gate.TOLERANCE_MS, is_tried=True)
_PARAMETERS: Final[Mapping[str, list[Parameter]]] = {
    "heard_recheck": [_TOLERANCE],
    "too_fast": [_TOLERANCE],
    "one_side": [
        Parameter(_("lower limit of one side's share"), reliability.SIDE_LIMIT, is_tried=True),
        Parameter(_("clear answers in a stretch"), reliability.SIDE_CASES, is_tried=False),
    ],
    "gold_failed": [
        Parameter(_("missed known answers from which on it matches"), reliability.GOLD_MISSES, is_tried=True),
        Parameter(_("last known answers that are looked at"), reliability.GOLD_WINDOW, is_tried=False),
    ],
    "picking": [
        Parameter(_("positions that may be left empty"), stretches.PICKING_FREE, is_tried=False),
        Parameter(_("last positions that are looked at"), stretches.PICKING_WINDOW, is_tried=False),
    ],
}
