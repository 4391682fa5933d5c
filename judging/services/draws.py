"""The next ballot of a person: chosen by the sampling, written with its sides in balance."""

from collections.abc import Callable
from random import Random
from typing import Final, NamedTuple

from django.db.models.functions import Now

from inference.audio.normalise import NORMALISER_VERSION
from inference.models import Response
from judging.models import Annotator, Ballot, Batch, Draw, Pair, Policy
from judging.sampling import sides
from judging.sampling.pairs import Systems
from judging.services import choices, clips, listeners, policies, pools, tallies
from judging.services.choices import Choice
from judging.services.listeners import Listener
from judging.services.pools import Reading

# A reading may be a minute old; a fresh one can be overtaken only by what happens in the same second.
TRIES: Final = 3
# What a ballot is written from.
_PLACED: Final = (
    "system_id",
    *(f"prompt__{name}" for name in ("task_id", "level_id", "language_id")),
    *(f"{owner}playback__{name}" for owner in ("", "prompt__") for name in ("target_lufs", "made_from_id")),
)


class Drawn(NamedTuple):
    """What the sampling chose, and the two responses, the smaller system's first, with clips at hand."""

    choice: Choice
    answers: tuple[Response, Response]


def draw(
    annotator: Annotator, *, rng: Random, batch: Batch | None = None, listener: Listener | None = None
) -> Drawn | None:
    """Choose two systems and a prompt under the hard limits; None where nothing is left for this person.

    What they were given and left unjudged comes first. Where `batch`, the open one, or `listener` is not at
    hand, it is looked up.
    """
    batch = batch or Batch.objects.select_related("policy").filter(annotator=annotator, state="open").first()
    policy = batch.policy if batch else policies.current()
    who = listener or listeners.of(annotator, batch)
    for systems in who.owed:
        if drawn := draw_instead(who, policy, systems, rng=rng):
            return drawn
    return _usable(lambda reading: choices.choose(who, policy, reading, rng=rng))


def draw_instead(listener: Listener, policy: Policy, systems: Systems, *, rng: Random) -> Drawn | None:
    """Choose what comes instead of a pair of these systems; None where nothing is left (J67).

    It is not drawn among all: its rule has a name of its own.
    """
    return _usable(lambda reading: choices.choose_instead(listener, policy, reading, systems, rng=rng))


def _usable(choose: Callable[[Reading], Choice | None]) -> Drawn | None:
    """Choose until both answers are what they were when the pool was read."""
    for attempt in range(TRIES):
        choice = choose(pools.current(fresh=attempt > 0))
        if choice is None:
            return None
        if answers := _answers(choice.systems, choice.prompt):
            return Drawn(choice, answers)
    return None


def place(batch: Batch, position: int, drawn: Drawn, *, rng: Random) -> Ballot:
    """Write the ballot: its pair, one loudness, and the sides under the lock of their count (J112)."""
    pair, choice = pair_of(drawn), drawn.choice
    # Before the lock, because a copy at another loudness may have to be made.
    target = clips.level(pair)
    balance = tallies.locked(pair)
    left = sides.left(a_left=balance.a_left, a_right=balance.a_right, rng=rng)
    first = sides.first(a_first=balance.a_first, b_first=balance.b_first, left=left, rng=rng)
    ballot = Ballot.objects.create(
        annotator=batch.annotator,
        batch=batch,
        policy=batch.policy,
        position=position,
        pair=pair,
        left=left,
        first=first,
        target_lufs=target,
        normaliser_version=NORMALISER_VERSION,
        rule=choice.rule,
        rule_version=choice.version,
        probability=choice.probability,
        expires_at=Now() + batch.policy.ballot_lifetime,
    )
    tallies.issue(ballot)
    Draw.objects.create(ballot=ballot, factors=choice.factors)
    return ballot


def _answers(systems: Systems, prompt: int) -> tuple[Response, Response] | None:
    """Find the two responses, if they may still be judged, with their clips at hand."""
    rows = pools.playable().filter(prompt=prompt, system__in=systems).order_by("system_id")
    found = list(rows.select_related("prompt__playback", "playback").only(*_PLACED))
    return (found[0], found[1]) if [each.system_id for each in found] == list(systems) else None


def pair_of(drawn: Drawn) -> Pair:
    """Find the pair of the two responses that were drawn, or make it."""
    a, b = drawn.answers
    pair, _ = Pair.objects.get_or_create(
        response_a=a,
        response_b=b,
        defaults={"prompt": a.prompt, "system_a_id": a.system_id, "system_b_id": b.system_id},
    )
    pair.prompt, pair.response_a, pair.response_b = a.prompt, a, b
    return pair
