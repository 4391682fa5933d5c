"""The two exclusion rules that need the board's ratings: `favour` and `coordination` (judging J125, J129).

They compare with the trusted panel; without one of fifteen nobody is matched.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import numpy as np

from inference.models import System
from judging import selectors as judged
from judging.models import Annotator, Criterion, RuleRun, Seal
from judging.screening.matches import Match
from judging.services.rules import facts, runs
from judging.services.rules.checks import Check
from judging.services.rules.facts import Window
from leaderboard.ranking import reference, rings
from leaderboard.ranking.arrays import Mask
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.ranking.reference import Reference
from leaderboard.selectors import votes
from leaderboard.selectors.earning import FEWEST_ON_PANEL

# So many honest people would be proposed by mistake, over all their systems.
LEVEL: Final = 0.01
# What a favourite is preferred by.
_BY: Final = "overall"
FAVOUR: Final = "The choices for or against one system are far from those of the trusted panel."
COORDINATION: Final = "Several people chose alike for one system, at about the same time, improbably often."


def run_due() -> list[RuleRun]:
    """Run the two rules where their period has passed; the sweeper's chore."""
    return runs.run_due(CHECKS)


def favour(_: Window) -> Iterator[Match]:
    """Votes of a person for or against one system, far from the panel's."""
    found = _against_panel()
    if found is None:
        return
    comparisons, panel, seen = found
    flagged = seen.flagged(level=LEVEL) & ~panel[:, None]
    for person, system in np.argwhere(flagged).tolist():
        evidence = {
            "system": comparisons.systems[system],
            "z": round(float(seen.z[person, system]), 2),
            "votes": int(seen.votes[person, system]),
            "excess_points": round(float(seen.excess[person, system]), 1),
        }
        yield from _votes(comparisons, [person], system, FAVOUR, evidence)


def coordination(_: Window) -> Iterator[Match]:
    """Votes of people whose choices for one system are improbably alike and close in time."""
    found = _against_panel()
    if found is None:
        return
    comparisons, panel, seen = found
    for ring in rings.sweep(comparisons, seen):
        people = [person for person in ring.people if not panel[person]]
        evidence = {
            "system": comparisons.systems[ring.system],
            "people": len(ring.people),
            "favour": ring.favour,
            "chance": ring.chance,
        }
        yield from _votes(comparisons, people, ring.system, COORDINATION, evidence)


CHECKS: Final[Mapping[str, Check]] = {"favour": favour, "coordination": coordination}


def _against_panel() -> tuple[Comparisons, Mask, Reference] | None:
    """Compare everybody with the panel as of the newest seal; None: there is no panel that could judge."""
    seal = Seal.objects.order_by("-number").first()
    criterion = Criterion.objects.filter(slug=_BY).first()
    members = judged.panel(seal) if seal else frozenset()
    if seal is None or criterion is None or len(members) < FEWEST_ON_PANEL:
        return None
    comparisons = votes.read(seal, criteria=[criterion], earned=False).comparisons(criterion)
    panel = np.array([int(name) in members for name in comparisons.annotators], dtype=np.bool_)
    if not panel[comparisons.annotator].any():
        return None
    return comparisons, panel, reference.against_panel(comparisons, panel)


def _votes(
    comparisons: Comparisons, people: Iterable[int], system: int, reason: str, evidence: Mapping[str, object]
) -> Iterator[Match]:
    names = [int(comparisons.annotators[person]) for person in people]
    key = System.objects.get(slug=comparisons.systems[system]).pk
    own = facts.live().filter(ballot__annotator__in=Annotator.objects.filter(pk__in=names))
    for side in ("a", "b"):
        of_side: Iterable[int] = own.filter(**{f"ballot__pair__system_{side}": key}).values_list(
            "pk", flat=True
        )
        yield from (Match(vote, reason, evidence) for vote in of_side)
