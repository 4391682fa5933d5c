"""Programs that vote without listening, and people who listen (X10); a PostgreSQL of its own each time.

    python -m benchmarks.bots tries      six bots, a hundred tries each
    python -m benchmarks.bots people     honest people at the gate: 1,000 sittings
    python -m benchmarks.bots batches    1,000 generated batches of honest people, shown to all rules

The bots try to get a vote to count: without a play event, faster than sound, with what another page or person
was given, with an earlier page's mark, and a hundred at one moment. What the server takes from them is then
shown to the exclusion rules. Beside them honest people cast, with the jitter of real players and clocks; a
thousand generated batches of honest people are shown to all rules, those that compare with a panel included.
"""

import argparse
import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from benchmarks.jobs import bring_up
from benchmarks.votes import seeded, together

# Of the three clips, in ms.
LENGTH = 8_000
PAIRS_A_SESSION = 2
PARALLEL = 100
PANEL = 20


class Tried(NamedTuple):
    """What became of a bot's tries: refused by these codes, taken, and of those excluded by a rule."""

    tries: int
    refused: dict[str, int]
    taken: int
    excluded: int

    @property
    def kept_out(self) -> float:
        """The share that was refused or excluded."""
        return (sum(self.refused.values()) + self.excluded) / self.tries


def main() -> None:
    """Let the bots try, let people judge, and print both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("goal", choices=["tries", "people", "batches"])
    parser.add_argument("--tries", type=int, default=100, help="Of each bot.")
    parser.add_argument("--sessions", type=int, default=1000, help="Of honest people.")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    bring_up()
    began = time.monotonic()
    found: dict[str, Any] = {}
    if options.goal == "tries":
        for name, bot in BOTS.items():
            tried = bot(options.tries)
            found[name] = tried._asdict() | {"kept out": tried.kept_out}
    elif options.goal == "people":
        found = casts(options.sessions)
    else:
        found = batches(options.sessions)
    found["seconds"] = round(time.monotonic() - began, 1)
    text = json.dumps(found, indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n")


@cache
def pairs() -> list[Any]:
    """A few pairs on three clips of eight seconds each."""
    from tests import factories  # noqa: PLC0415 -- once Django is set up

    def clip() -> Any:
        return factories.playback_audio(factories.raw_audio(), duration_ms=LENGTH)

    found = []
    for _ in range(PAIRS_A_SESSION):
        prompt = factories.prompt(playback=clip())
        systems = [factories.system(), factories.system()]
        for system in systems:
            factories.response(system, prompt, playback=clip())
        found.append(factories.pair(prompt, *systems))
    return found


def opened(number: int, *, by: Any = None, ago: timedelta = timedelta(minutes=5)) -> Any:
    """A ballot that was opened so long ago, for this person, or a new one."""
    from django.utils import timezone  # noqa: PLC0415 -- once Django is set up

    from tests import factories  # noqa: PLC0415 -- as above

    pair = pairs()[number % PAIRS_A_SESSION]
    return factories.ballot(pair, by or factories.annotator(), opened_at=timezone.now() - ago)


def sent(ballot: Any, **fields: Any) -> str:
    """Cast; the code of the refusal, or nothing."""
    from inference.errors import Refused  # noqa: PLC0415 -- once Django is set up
    from judging.services import votes  # noqa: PLC0415 -- as above
    from tests.judging import casting  # noqa: PLC0415 -- as above

    by = fields.pop("by", None) or ballot.annotator
    try:
        votes.cast(ballot, casting.casting(ballot, **fields), by=by)
    except Refused as refused:
        return refused.code
    return ""


def _marked(ballot: Any, page: uuid.UUID, _turn: int) -> str:
    return sent(ballot, page=page, mark=uuid.uuid4())


def silent(tries: int) -> Tried:
    """Posts without a play event."""
    return _tried(sent(opened(number), heard=False) for number in range(tries))


def fast(tries: int) -> Tried:
    """Says that all was heard, a second after the page was opened."""
    return _tried(sent(opened(number, ago=timedelta(seconds=1))) for number in range(tries))


def replayed(tries: int) -> Tried:
    """Sends what another person's page was given: their ballot, their page's mark."""
    from tests import factories  # noqa: PLC0415 -- once Django is set up

    thief = factories.annotator()
    return _tried(sent(opened(number), by=thief) for number in range(tries))


def stale(tries: int) -> Tried:
    """Sends a beat of a page that does not hold the ballot any more."""
    from judging.services import ballots  # noqa: PLC0415 -- once Django is set up

    def once(number: int) -> str:
        ballot = opened(number)
        old = ballots.hold(ballot)
        ballots.hold(ballot)
        return sent(ballot, page=old)

    return _tried(once(number) for number in range(tries))


def parallel(tries: int) -> Tried:
    """A hundred posts on one ballot at one moment, each with its own mark: one counts, no other does."""
    from judging.services import ballots  # noqa: PLC0415 -- once Django is set up

    codes: list[str] = []
    for number in range(max(1, tries // PARALLEL)):
        ballot = opened(number)
        page = ballots.hold(ballot)
        codes += together(PARALLEL, partial(_marked, ballot, page))
        # The first one is a vote like any other.
        codes.remove("")
    # What a thread raised comes as itself.
    return _tried(str(code) for code in codes)


def unheard(tries: int) -> Tried:
    """Votes that got past the gate, as if it had failed: more was heard than there was time for."""
    from judging.models import Heard, Vote  # noqa: PLC0415 -- once Django is set up
    from judging.services import gate  # noqa: PLC0415 -- as above
    from tests import factories  # noqa: PLC0415 -- as above

    for number in range(tries):
        ballot = opened(number)
        factories.closed(ballot.batch)
        type(ballot).objects.filter(pk=ballot.pk).update(state="voted")
        vote = Vote.objects.create(public_id=uuid.uuid4(), ballot=ballot, elapsed_ms=gate.TOLERANCE_MS)
        for order, clip in enumerate(("prompt", "a", "b"), start=1):
            Heard.objects.create(
                vote=vote,
                clip=clip,
                ranges=[[0, LENGTH]],
                unique_ms=LENGTH,
                total_ms=LENGTH,
                starts=1,
                seeks=0,
                first_order=order,
                hidden_ms=0,
            )
    return _tried("" for _ in range(tries))


def _tried(codes: Iterator[str]) -> Tried:
    """Count refusals; what was taken is closed and shown to the rules about listening."""
    from judging.models import Batch, ExclusionRule, Vote  # noqa: PLC0415 -- once Django is set up
    from judging.services.rules import runs  # noqa: PLC0415 -- as above
    from judging.services.rules.checks import CHECKS  # noqa: PLC0415 -- as above
    from tests import factories  # noqa: PLC0415 -- as above

    said = list(codes)
    counted = Counter(code for code in said if code)
    taken = said.count("")
    for batch in Batch.objects.filter(state="open"):
        factories.closed(batch)
    fresh = Vote.objects.order_by("-pk").values_list("pk", flat=True)[:taken]
    matched: set[int] = set()
    for slug in ("too_fast", "heard_recheck"):
        rule = ExclusionRule.objects.get(slug=slug, active=True)
        run = runs.run(rule, CHECKS[slug])
        matched |= set(rule.proposals.filter(run=run).values_list("vote_id", flat=True))
    return Tried(len(said), dict(counted), taken, len(matched & set(fresh)) if taken else 0)


BOTS: dict[str, Callable[[int], Tried]] = {
    "no play event": silent,
    "faster than sound": fast,
    "another person's page": replayed,
    "a page that was left": stale,
    "a hundred at once": parallel,
    "past the gate": unheard,
}


def casts(sessions: int) -> dict[str, Any]:
    """Honest people at the gate: players that start late and end early, pauses, and thinking."""
    from tests import factories  # noqa: PLC0415 -- once Django is set up

    rng = seeded(1)
    refused: Counter[str] = Counter()
    for _ in range(sessions):
        person = factories.annotator()
        for place in range(PAIRS_A_SESSION):
            thinking = timedelta(seconds=3 * LENGTH / 1000 + rng.expovariate(1 / 8) + 1)
            ballot = opened(place, by=person, ago=thinking)
            if code := sent(ballot, heard=_honest(ballot, rng)):
                refused[code] += 1
    casts_ = sessions * PAIRS_A_SESSION
    return {"casts": casts_, "refused": dict(refused), "share": sum(refused.values()) / casts_}


def _honest(ballot: Any, rng: Random) -> Any:
    """A beat as a browser writes it: events come some ms late, and one clip in five is heard in two parts."""
    from judging.services import ballots  # noqa: PLC0415 -- once Django is set up
    from tests.judging import casting  # noqa: PLC0415 -- as above

    ranges: dict[str, Any] = {}
    for clip in ("prompt", "left", "right"):
        start, end = rng.randrange(0, 60), LENGTH - rng.randrange(0, 120)
        middle = rng.randrange(2000, 6000)
        parts = [[start, middle], [max(start, middle - rng.randrange(0, 300)), end]]
        ranges[clip] = parts if rng.random() < 0.2 else [[start, end]]
    return casting.played(ballot, ballots.hold(ballot), **ranges)


def batches(sessions: int) -> dict[str, Any]:
    """A generated arena of honest people, shown to every rule, with a trusted panel to be compared with."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415 -- once Django is set up
    from django.core.management import call_command  # noqa: PLC0415 -- as above

    from judging.models import Annotator, ExclusionProposal, ExclusionRule, PanelMembership  # noqa: PLC0415 -- as above
    from judging.services.rules import facts, runs  # noqa: PLC0415 -- as above
    from judging.services.rules.checks import CHECKS  # noqa: PLC0415 -- as above
    from leaderboard.services import integrity  # noqa: PLC0415 -- as above

    call_command(
        "make_arena",
        systems=10,
        prompts=100,
        annotators=100,
        votes=12 * sessions,
        no_boards=True,
        verbosity=0,
    )
    staff = get_user_model().objects.create_user("panel@benchmark.example", is_staff=True)
    for person in Annotator.objects.order_by("pk")[:PANEL]:
        PanelMembership.objects.create(annotator=person, reason="generated", added_by=staff)
    examined = facts.live().count()
    by_rule = {}
    for slug, check in {**CHECKS, **integrity.CHECKS}.items():
        run = runs.run(ExclusionRule.objects.get(slug=slug, active=True), check)
        by_rule[slug] = run.error or run.matched
    out = ExclusionProposal.objects.values("vote").distinct().count()
    return {"votes": examined, "matched by rule": by_rule, "share": out / examined}


if __name__ == "__main__":
    main()
