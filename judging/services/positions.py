"""What stands at each position of a batch: a pair that fits its plan, drawn one ahead (J28, J29, J67)."""

from collections import Counter
from collections.abc import Collection
from random import Random
from typing import NamedTuple

from judging.models import Ballot, Batch, Purpose
from judging.services import draws, listeners, owed, planned

_TAKEN = {Ballot.State.ISSUED, Ballot.State.OPENED, Ballot.State.VOTED}


class Overview(NamedTuple):
    """A batch, position by position.

    Attributes:
        taken: those with a ballot that is open or voted.
        voted: those with a vote.
        empty: those that their annotator left empty.
        free: the first that needs a pair; None where none does.
        given: the pairs (keys) that it has had.
        turned_down: the last ballot there, where its annotator turned it down.
    """

    taken: set[int]
    voted: set[int]
    empty: set[int]
    free: int | None
    given: set[int]
    turned_down: Ballot | None


def overview(batch: Batch, *, without: Collection[int] = ()) -> Overview:
    """See which positions are judged, waiting, empty or free, `without` some: one query."""
    ballots = list(batch.ballots.select_related("pair").order_by("pk"))
    own = Counter(each.position for each in ballots if owed.is_turned_down(each))
    taken = {each.position for each in ballots if each.state in _TAKEN}
    empty = {
        position for position, times in own.items() if times >= owed.OWN_TO_EMPTY and position not in taken
    }
    wanting = set(range(1, batch.size + 1)) - taken - empty - set(without)
    free = min(wanting, default=None)
    last = next(
        (each for each in reversed(ballots) if each.position == free and owed.is_turned_down(each)), None
    )
    return Overview(
        taken={position for position in taken if position},
        voted={each.position for each in ballots if each.state == Ballot.State.VOTED and each.position},
        empty={position for position in empty if position},
        free=free,
        given={each.pair_id for each in ballots},
        turned_down=last,
    )


def fill(batch: Batch, *, rng: Random) -> Ballot | None:
    """Issue a ballot for the first free position; None where there is none, or nothing that fits it.

    Call it while the person and the batch are locked.

    Raises:
        Refused: `clip_unavailable` (503) where a clip's file is lost or broken.
    """
    seen, without = overview(batch), set[int]()
    while seen.free and seen.turned_down and seen.turned_down.purpose != Purpose.TRAINING:
        # After the first own empty ballot the same two systems come again, or nobody (J67).
        if ballot := _instead(batch, seen.free, seen.turned_down, rng=rng):
            return ballot
        seen = overview(batch, without=(without := without | {seen.free}))
    if seen.free is None:
        return None
    listener = listeners.of(batch.annotator, batch)
    known = planned.choose(batch, seen.free, given=seen.given, person=listener.person)
    if known is not None and batch.training_set is not None:
        return planned.place(batch, seen.free, known, rng=rng)
    # A normal pair is drawn and made in any case, so that a known one takes no less time.
    drawn = draws.draw(batch.annotator, rng=rng, batch=batch, listener=listener)
    if known is not None:
        if drawn is not None:
            draws.pair_of(drawn)
        return planned.place(batch, seen.free, known, rng=rng)
    return draws.place(batch, seen.free, drawn, rng=rng) if drawn else None


def _instead(batch: Batch, position: int, turned_down: Ballot, *, rng: Random) -> Ballot | None:
    """Issue the same two systems with another prompt, so that nobody skips their way to a system."""
    systems = (turned_down.pair.system_a_id, turned_down.pair.system_b_id)
    listener = listeners.of(batch.annotator, batch)
    drawn = draws.draw_instead(listener, batch.policy, systems, rng=rng)
    return draws.place(batch, position, drawn, rng=rng) if drawn else None
