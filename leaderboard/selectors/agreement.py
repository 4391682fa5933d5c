"""How far the judges agree, with themselves and with each other, as of the last snapshot (J123)."""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from django.db.models import Model

from inference.models import Language, Level, Task
from judging import selectors
from judging.models import Criterion, Seal
from leaderboard.models import Snapshot
from leaderboard.ranking import agreement
from leaderboard.ranking.agreement import Agreement
from leaderboard.ranking.coefficients import Measure
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.selectors import votes
from leaderboard.selectors.earning import EQUAL

# Source: J119, fewer are shown to nobody.
FEWEST_CASES: Final = 10
RESAMPLES: Final = 300
# The reliability that the majority of so many judges of one pair should have.
RELIABLE: Final = 0.80
BY: Final[Mapping[str, type[Model]]] = {"task": Task, "level": Level, "language": Language}


class Line(NamedTuple):
    """The agreement on one criterion within one part of the prompts; None where there are too few cases.

    Attributes:
        part: a task, level or language; None: all prompts.
        alpha, ac1, raw: among different people; `units` pairs of answers were judged by at least two.
        own: of people with themselves, on pairs that came again.
        needed: judges of one pair whose majority would be reliable enough.
    """

    part: Any
    alpha: Measure | None
    ac1: Measure | None
    raw: Measure | None
    own: Measure | None
    units: int
    needed: int | None


class OnCriterion(NamedTuple):
    """A criterion's lines: on all prompts, then by each of BY."""

    criterion: Criterion
    whole: Line
    parts: Mapping[str, Sequence[Line]]


def latest() -> tuple[Snapshot, list[OnCriterion]] | None:
    """Measure the votes of the last snapshot; None where there is no snapshot yet.

    No number moves between snapshots, as on the boards (J96).
    """
    snapshot = Snapshot.objects.select_related("seal").order_by("-seal__number", "-pk").first()
    return (snapshot, _measured(snapshot.seal)) if snapshot else None


@lru_cache(maxsize=2)
def _measured(seal: Seal) -> list[OnCriterion]:
    """Measure all criteria as of a seal: the same seal gives the same figures for ever, so they are kept."""
    counted = votes.made(votes.columns(selectors.with_repeats(seal)), earning=EQUAL)
    judged = [each for each in Criterion.objects.order_by("position") if counted.holds(each)]
    return [_of(criterion, counted, seal=seal) for criterion in judged]


def _of(criterion: Criterion, counted: votes.Counted, *, seal: Seal) -> OnCriterion:
    whole = counted.comparisons(criterion)
    parts = {
        by: [
            _line(counted.part(whole, {by: part.pk}), part, seal=seal)
            for part in _judged_parts(rows, counted.values(by))
        ]
        for by, rows in BY.items()
    }
    return OnCriterion(criterion, _line(whole, None, seal=seal), parts)


def _judged_parts(rows: type[Model], keys: Iterable[int]) -> Iterable[Model]:
    return rows._default_manager.filter(pk__in=keys)  # noqa: SLF001 -- Django's


def _line(comparisons: Comparisons, part: Model | None, *, seal: Seal) -> Line:
    rng = np.random.default_rng(seal.number)
    found: Agreement = agreement.measure(comparisons, rng=rng, resamples=RESAMPLES)
    alpha = _enough(found.alpha)
    return Line(
        part=part,
        alpha=alpha,
        ac1=_enough(found.ac1),
        raw=_enough(found.raw),
        own=_enough(found.self_consistency),
        units=found.raw.units,
        needed=judges_needed(alpha.value) if alpha else None,
    )


def _enough(measure: Measure) -> Measure | None:
    return measure if measure.units >= FEWEST_CASES and math.isfinite(measure.value) else None


def judges_needed(alpha: float) -> int | None:
    """Say how many judges one pair needs for a reliable majority; None where no number is enough.

    Source: Spearman 1910, Brown 1910: the reliability of n judges is n·α / (1 + (n − 1)·α).
    """
    if alpha <= 0:
        return None
    return max(1, math.ceil(RELIABLE * (1 - alpha) / (alpha * (1 - RELIABLE)) - 1e-9))
