"""What the boards say of the systems, handed down by the leaderboard after a build (D56, J100)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from judging.models import Criterion, Strength
from judging.sampling import pairs


@dataclass(frozen=True)
class Rated:
    """A system's line on a board: its rating, and half of the 95 % interval, both on the Elo scale."""

    rating: float
    half_width: float


@transaction.atomic
def hand_down(
    rated: Mapping[int, Rated], *, criterion: Criterion, snapshot_number: int, as_of: datetime
) -> None:
    """Replace what is known of all systems on a criterion; a system that is not on the board is new again.

    Args:
        rated: by the system's key.
        criterion: the board's.
        snapshot_number: which snapshot says so.
        as_of: the moment of its seal.
    """
    Strength.objects.filter(criterion=criterion).exclude(system__in=rated).delete()
    Strength.objects.bulk_create(
        (
            Strength(
                system_id=system,
                criterion=criterion,
                rating=line.rating,
                half_width=line.half_width,
                snapshot_number=snapshot_number,
                as_of=as_of,
            )
            for system, line in sorted(rated.items())
        ),
        update_conflicts=True,
        unique_fields=["system", "criterion"],
        update_fields=["rating", "half_width", "snapshot_number", "as_of"],
    )


def by_system(*, overall: str = "overall") -> dict[int, pairs.Strength]:
    """Give each system's overall rating, and the mean of its half-widths over the criteria (J104)."""
    ratings: dict[int, float] = {}
    halves: dict[int, list[float]] = {}
    rows = Strength.objects.filter(criterion__active=True)
    for system, criterion, rating, half in rows.values_list(
        "system_id", "criterion__slug", "rating", "half_width"
    ):
        halves.setdefault(system, []).append(half)
        if criterion == overall:
            ratings[system] = rating
    return {
        system: pairs.Strength(ratings.get(system, 1000.0), sum(widths) / len(widths))
        for system, widths in halves.items()
    }
