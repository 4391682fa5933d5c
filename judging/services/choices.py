"""Which pair a person gets next: limits and counts are read, the choice itself is pure (J99)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final, NamedTuple

from judging.models import Policy
from judging.sampling import limits, pairs, prompts, shares
from judging.sampling.chances import draw as draw_one
from judging.sampling.pairs import Candidate, Counts, Factors, Systems
from judging.sampling.prompts import Cell, OnPrompts
from judging.services import counts as counts_of
from judging.services.counts import Between
from judging.services.listeners import Listener
from judging.services.pools import Reading

# What comes instead of a pair that was turned down was not drawn among all.
SAME_TWO: Final = "same_two"
SAME_ONE: Final = "same_one"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What was drawn, and why.

    Attributes:
        systems: the smaller key first.
        prompt: its key.
        probability: with which exactly this pair was drawn, by whichever way.
        rule, version: by which.
        factors: what moderators may see of the choice; never for a page of the annotator's (J93).
    """

    systems: Systems
    prompt: int
    probability: float
    rule: str
    version: int
    factors: Mapping[str, Any]


class _Open(NamedTuple):
    """A person's choice at this moment."""

    candidates: Mapping[int, Candidate]
    factors: Mapping[Systems, Factors]
    chances: Mapping[Systems, float]
    met: Mapping[Systems, int]
    counted: Mapping[Systems, int]


def choose(listener: Listener, policy: Policy, reading: Reading, *, rng: Random) -> Choice | None:
    """Choose two systems and a prompt under the hard limits; None where nothing is left for this person."""
    open_ = _open(listener, policy, reading)
    if not open_.chances:
        return None
    overlapping = _overlapping(open_, reading)
    overlap = rng.random() < policy.overlap_share
    systems = draw_one(overlapping if overlap else open_.chances, rng)
    allowed = _allowed(open_.candidates, reading, systems)
    between = counts_of.between(systems)
    by_prompt = prompts.chances(_on_prompts(reading, allowed, between))
    others = prompts.wanted(between.people, allowed=allowed)
    overlap = overlap and bool(others)
    prompt = rng.choice(others) if overlap else draw_one(by_prompt, rng)
    usual = open_.chances[systems] * by_prompt[prompt]
    second = overlapping.get(systems, 0.0) / len(others) if prompt in others else 0.0
    share = policy.overlap_share
    # Where nobody judged these two together yet, an overlap draw of them is a usual one.
    probability = (1 - share) * usual + share * (second if others else usual)
    rule = policy.sampling_rule
    return Choice(
        systems=systems,
        prompt=prompt,
        probability=min(1.0, probability),
        rule=rule,
        version=pairs.RULES[rule].version,
        factors={
            **open_.factors[systems]._asdict(),
            "systems_chance": open_.chances[systems],
            "eligible_pairs": len(open_.chances),
            "met": open_.met.get(systems, 0),
            "cell": list(reading.pool.cells[prompt]),
            "prompt_chance": by_prompt[prompt],
            "eligible_prompts": len(allowed),
            "overlap": overlap,
        },
    )


def choose_instead(
    listener: Listener, policy: Policy, reading: Reading, systems: Systems, *, rng: Random
) -> Choice | None:
    """Choose what comes instead of a pair that was turned down or left; None where there is nothing.

    The same two systems on another prompt. Where one of them is not judged, as a control, the other one comes
    with whom the rule gives it: a pair that has one voice in common must not show what it was (J122).
    """
    judged = {each.system for each in reading.competitors}.intersection(systems)
    if len(judged) == len(systems):
        return _again(listener, reading, systems, rng=rng)
    chances = _open(listener, policy, reading).chances if judged else {}
    among = {two: chance for two, chance in chances.items() if judged.intersection(two)}
    total = sum(among.values())
    if not total:
        return None
    two = draw_one(among, rng)
    again = _again(listener, reading, two, rng=rng)
    return again and replace(again, rule=SAME_ONE, probability=again.probability * among[two] / total)


def _again(listener: Listener, reading: Reading, systems: Systems, *, rng: Random) -> Choice | None:
    """Choose another prompt for two systems; None where this person may hear them both on none."""
    found = limits.candidates(reading.pool, reading.competitors, listener.person)
    candidates = {each.system: each for each in found if each.system in systems}
    if len(candidates) < len(systems):
        return None
    allowed = _allowed(candidates, reading, systems)
    if not allowed:
        return None
    by_prompt = prompts.chances(_on_prompts(reading, allowed, counts_of.between(systems)))
    prompt = draw_one(by_prompt, rng)
    factors = {"prompt_chance": by_prompt[prompt], "eligible_prompts": len(allowed)}
    return Choice(
        systems=systems,
        prompt=prompt,
        probability=by_prompt[prompt],
        rule=SAME_TWO,
        version=1,
        factors=factors,
    )


def _open(listener: Listener, policy: Policy, reading: Reading) -> _Open:
    """Read who met whom, and weigh what this person may hear now."""
    counted, met = counts_of.met(policy)
    counts = Counts(
        met=met,
        strengths=reading.strengths,
        components=reading.components,
        crowded=shares.crowded(
            {each.system: each.owner for each in reading.competitors},
            reading.week,
            cap=policy.owner_share_cap,
        ),
        placing=counts_of.newcomers((counted, met), policy, reading),
    )
    candidates = limits.candidates(reading.pool, reading.competitors, listener.person)
    others = len(reading.judges - {listener.key})
    eligible = pairs.eligible(
        candidates, barred=limits.barred(listener.person, met, others=others), counts=counts
    )
    factors = pairs.weigh(eligible, counts, rule=policy.sampling_rule)
    chances = pairs.spread(factors, floor=policy.sampling_floor)
    return _Open({each.system: each for each in candidates}, factors, chances, met, counted)


def _allowed(candidates: Mapping[int, Candidate], reading: Reading, systems: Systems) -> dict[int, Cell]:
    """List the prompts on which this person may hear both, with their cells."""
    one, other = (candidates[system] for system in systems)
    return {prompt: reading.pool.cells[prompt] for prompt in reading.pool.keys(one.prompts & other.prompts)}


def _on_prompts(reading: Reading, allowed: Mapping[int, Cell], between: Between) -> OnPrompts:
    return OnPrompts(cells=allowed, targets=reading.targets, met=between.cells, shown=between.shown)


def _overlapping(open_: _Open, reading: Reading) -> Mapping[Systems, float]:
    """Limit the chances to systems that others judged together: twice if there are any, or once (J108)."""
    among = _wanted(open_, reading) or {systems for systems in open_.chances if open_.counted.get(systems)}
    weights = {systems: open_.chances[systems] for systems in among}
    total = sum(weights.values())
    return {systems: weight / total for systems, weight in weights.items()} if total else open_.chances


def _wanted(open_: _Open, reading: Reading) -> set[Systems]:
    """Find the systems of which two other people judged a pair that this person may judge too (J108)."""
    return {
        systems
        for systems, prompt in reading.wanted
        if systems in open_.chances
        and open_.candidates[systems[0]].prompts
        & open_.candidates[systems[1]].prompts
        & reading.pool.places.get(prompt, 0)
    }
