"""What each rule matches (J129): a checker takes the window since its last run and gives matches.

Those about a person's judging look at whoever closed a batch in the window, from their beginning; those about
what was found later look at all votes. What was matched before comes again, and is not new.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from inference.models import Response
from inference.services import identity
from judging.screening import listening, stretches
from judging.screening.matches import Match
from judging.services import gate
from judging.services.rules import facts
from judging.services.rules.facts import Window

Check = Callable[[Window], Iterable[Match]]
REJECTED: Final = "One of the two answers was rejected later."
IDENTITY: Final = "One of the two answers may say which system it is; a moderator looks at it."
OWN: Final = "One of the two systems is of a maker that the person is tied to."
SAME: Final = "Another account judged in the same browser before."


def response_rejected(_: Window) -> Iterator[Match]:
    """Votes on a pair whose response was rejected after the fact."""
    for vote, response in facts.of_responses(state=Response.State.REJECTED):
        yield Match(vote, REJECTED, {"response": response})


def identity_spoken(_: Window) -> Iterator[Match]:
    """Votes on a pair with an unreviewed identity hit."""
    held: dict[str, Any] = {"state": Response.State.QUARANTINED, "state_code": identity.IDENTITY}
    for vote, response in facts.of_responses(**held):
        yield Match(vote, IDENTITY, {"response": response})


def heard_recheck(window: Window) -> Iterator[Match]:
    """Votes whose stored ranges fail the gate of their policy, or are impossible in time."""
    return listening.heard_recheck(facts.listened(window), tolerance_ms=gate.TOLERANCE_MS)


def too_fast(window: Window) -> Iterator[Match]:
    """Votes cast in less time than the required seconds."""
    return listening.too_fast(facts.listened(window), tolerance_ms=gate.TOLERANCE_MS)


def own_system(_: Window) -> Iterator[Match]:
    """Votes on a system of one's own team or affiliation, found later."""
    for vote, tie in facts.of_own_makers():
        yield Match(vote, OWN, {"tie": tie})


def same_person(_: Window) -> Iterator[Match]:
    """The later account's votes, where two accounts used one browser."""
    for _device, first, later in facts.shared_devices():
        for vote in facts.live().filter(ballot__annotator=later).values_list("pk", flat=True):
            yield Match(vote, SAME, {"earlier_annotator": first})


def one_side(window: Window) -> Iterator[Match]:
    """Votes of a stretch with an extreme left share."""
    for annotator in facts.people(window):
        yield from stretches.one_side(facts.judged(annotator))


def gold_failed(window: Window) -> Iterator[Match]:
    """Votes since the last stretch with passed gold."""
    for annotator in facts.people(window):
        yield from stretches.gold_failed(facts.judged(annotator))


def picking(window: Window) -> Iterator[Match]:
    """Votes of batches after too many positions were left empty."""
    for annotator in facts.people(window):
        yield from stretches.picking(facts.batches(annotator))


CHECKS: Final[Mapping[str, Check]] = {
    check.__name__: check
    for check in (
        response_rejected,
        identity_spoken,
        heard_recheck,
        too_fast,
        own_system,
        same_person,
        one_side,
        gold_failed,
        picking,
    )
}
