"""The next ballot of a person: drawn by the sampling, written with its sides in balance."""

from random import Random
from typing import NamedTuple

from django.conf import settings
from django.db.models.functions import Now

from inference.audio.normalise import NORMALISER_VERSION
from inference.models import Response
from judging import selectors
from judging.models import Annotator, Ballot, Batch, Pair
from judging.sampling import pairs, sides
from judging.services import clips, tallies


class Drawn(NamedTuple):
    """What the sampling chose, with the probability of it: of the two systems, times that of the prompt."""

    systems: pairs.Systems
    prompt: int
    probability: float


def draw(annotator: Annotator, *, rng: Random) -> Drawn | None:
    """Choose two systems and a prompt under the hard limits; None where nothing is left for this person.

    No ratings are handed to the rule, so all systems look new: `coverage` goes by how often two
    met and by their families alone, and `paper`, which would be even, is no choice of the settings.
    """
    candidates = selectors.candidates(annotator)
    chances = pairs.chances(candidates, met=selectors.met(), rule=settings.SAMPLING_RULE)
    if not chances:
        return None
    systems = pairs.draw(chances, rng)
    one, other = (candidate for candidate in candidates if candidate.system in systems)
    prompts = pairs.prompt_chances(one, other, shown=selectors.shown(systems))
    prompt = pairs.draw(prompts, rng)
    return Drawn(systems, prompt, chances[systems] * prompts[prompt])


def prompts_of(annotator: Annotator, systems: pairs.Systems) -> dict[int, float]:
    """Give every prompt on which this person may still hear these two systems its probability."""
    both = [each for each in selectors.candidates(annotator) if each.system in systems]
    if len(both) < len(systems):
        return {}
    return pairs.prompt_chances(*both, shown=selectors.shown(systems))


def place(
    batch: Batch, position: int, drawn: Drawn, *, rng: Random, rule: tuple[str, int] | None = None
) -> Ballot:
    """Write the ballot: its pair, one loudness, and the sides under the lock of their count (J112).

    `rule` is what it was drawn by, with its version, where that is not the site's.
    """
    name, version = rule or (settings.SAMPLING_RULE, pairs.RULES[settings.SAMPLING_RULE].version)
    pair = _pair(drawn)
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
        rule=name,
        rule_version=version,
        probability=drawn.probability,
        expires_at=Now() + batch.policy.ballot_lifetime,
    )
    tallies.issue(ballot)
    ballot.refresh_from_db(fields=["expires_at", "issued_at"])
    return ballot


def _pair(drawn: Drawn) -> Pair:
    """Find the pair of what was drawn, or make it, with its clips at hand."""
    answers = Response.objects.select_related("prompt__playback", "playback").filter(
        prompt=drawn.prompt, system__in=drawn.systems, replicate=1, state=Response.State.OK
    )
    a, b = answers.order_by("system_id")
    pair, _ = Pair.objects.get_or_create(
        response_a=a,
        response_b=b,
        defaults={"prompt": a.prompt, "system_a_id": a.system_id, "system_b_id": b.system_id},
    )
    pair.prompt, pair.response_a, pair.response_b = a.prompt, a, b
    return pair
