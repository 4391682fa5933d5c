"""Which pair a person gets next: limits and counts are read, the choice itself is pure (J99)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final, NamedTuple

from judging import selectors
from judging.models import Annotator, Audience, Ballot, Batch, PairTally, Policy, Purpose
from judging.sampling import limits, pairs, prompts, shares
from judging.sampling.chances import draw as draw_one
from judging.sampling.limits import Heard, Person
from judging.sampling.pairs import Candidate, Counts, Systems
from judging.sampling.prompts import Cell, OnPrompts
from judging.services import counts as counts_of
from judging.services import interests, languages, strengths
from judging.services.pools import Reading

# Pairs that two people have judged are few: the next of them is always drawn first.
MOST_WANTED: Final = 2000
# What comes instead of a pair that was turned down was not drawn among all.
SAME_TWO: Final = "same_two"
_SPENT = (Ballot.State.SKIPPED, Ballot.State.EXPIRED, Ballot.State.VOID)


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
    counts: Counts
    chances: Mapping[Systems, float]
    pairs: list[pairs.Two]
    counted: Mapping[Systems, int]


def choose(annotator: Annotator, policy: Policy, reading: Reading, *, rng: Random) -> Choice | None:
    """Choose two systems and a prompt under the hard limits; None where nothing is left for this person."""
    open_ = _open(annotator, policy, reading)
    if not open_.chances:
        return None
    wanted = _wanted(open_, reading)
    overlap = rng.random() < policy.overlap_share
    systems = draw_one(_overlapping(open_, wanted) if overlap else open_.chances, rng)
    allowed = _allowed(open_.candidates, reading, systems)
    people = selectors.people(systems)
    by_prompt = prompts.chances(_on_prompts(reading, systems, allowed, people))
    others = prompts.wanted(people, allowed=allowed)
    overlap = overlap and bool(others)
    prompt = rng.choice(others) if overlap else draw_one(by_prompt, rng)
    usual = open_.chances[systems] * by_prompt[prompt]
    second = _overlapping(open_, wanted).get(systems, 0.0) / len(others) if prompt in others else 0.0
    share = policy.overlap_share
    # Where nobody judged these two together yet, an overlap draw of them is a usual one.
    probability = (1 - share) * usual + share * (second if others else usual)
    rule = policy.sampling_rule
    factors = pairs.explain(open_.pairs, open_.counts, rule=rule, systems=systems)
    return Choice(
        systems=systems,
        prompt=prompt,
        probability=min(1.0, probability),
        rule=rule,
        version=pairs.RULES[rule].version,
        factors={
            **factors._asdict(),
            "systems_chance": open_.chances[systems],
            "eligible_pairs": len(open_.pairs),
            "met": open_.counts.met.get(systems, 0),
            "cell": list(reading.pool.cells[prompt]),
            "prompt_chance": by_prompt[prompt],
            "eligible_prompts": len(allowed),
            "overlap": overlap,
        },
    )


def choose_again(annotator: Annotator, reading: Reading, systems: Systems, *, rng: Random) -> Choice | None:
    """Choose another prompt for two systems; None where this person may hear them both on none."""
    found = limits.candidates(reading.pool, counts_of.competitors(), _person(annotator))
    candidates = {each.system: each for each in found if each.system in systems}
    if len(candidates) < len(systems):
        return None
    allowed = _allowed(candidates, reading, systems)
    if not allowed:
        return None
    by_prompt = prompts.chances(_on_prompts(reading, systems, allowed, selectors.people(systems)))
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


def _open(annotator: Annotator, policy: Policy, reading: Reading) -> _Open:
    """Read what this person may hear now, and weigh it."""
    person = _person(annotator)
    competitors = counts_of.competitors()
    counted, met = counts_of.met(policy)
    strong = strengths.by_system()
    counts = Counts(
        met=met,
        strengths=strong,
        components=reading.components,
        crowded=shares.crowded(
            {each.system: each.owner for each in competitors}, reading.week, cap=policy.owner_share_cap
        ),
        placing=counts_of.newcomers(competitors, (counted, met), policy, reading=reading, strong=strong),
    )
    candidates = limits.candidates(reading.pool, competitors, person)
    others = len(reading.judges - {annotator.pk})
    eligible = pairs.eligible(candidates, barred=limits.barred(person, met, others=others), counts=counts)
    chances = pairs.chances(eligible, counts, rule=policy.sampling_rule, floor=policy.sampling_floor)
    return _Open({each.system: each for each in candidates}, counts, chances, eligible, counted)


def _person(annotator: Annotator) -> Person:
    rows = list(
        selectors.heard(annotator).values_list(
            "pair__system_a_id",
            "pair__system_b_id",
            "pair__prompt_id",
            "batch_id",
            "batch__state",
            "purpose",
            "state",
        )
    )
    last = _last_batches((batch, of_batch) for *_, batch, of_batch, _, _ in rows)
    return Person(
        heard=[
            Heard(
                systems=(one, other),
                prompt=prompt,
                recent=batch in last,
                counts=purpose == Purpose.NORMAL and state not in _SPENT,
            )
            for one, other, prompt, batch, _, purpose, state in rows
        ],
        languages=_languages(annotator),
        own=interests.of(annotator),
    )


def _languages(annotator: Annotator) -> frozenset[int] | None:
    """Find the languages of the person's open batch (J12); None, all, for who was never asked."""
    skills = list(annotator.skills.values_list("language_id", "language__code", "level"))
    judged = {code: key for key, code, level in skills if level in languages.JUDGES_IN}
    narrowed = annotator.batches.filter(state=Batch.State.OPEN).values_list("languages", flat=True).first()
    kept = judged.keys() & set(narrowed) if narrowed else judged.keys()
    return frozenset(judged[code] for code in kept) if skills else None


def _last_batches(batches: Iterable[tuple[int | None, str | None]]) -> set[int]:
    """Find this batch and the one before; where none is open, the next one is this one."""
    states = {batch: state for batch, state in batches if batch is not None}
    ordered = sorted(states)
    open_ = bool(ordered) and states[ordered[-1]] == Batch.State.OPEN
    return set(ordered[-2:] if open_ else ordered[-1:])


def _allowed(candidates: Mapping[int, Candidate], reading: Reading, systems: Systems) -> dict[int, Cell]:
    """List the prompts on which this person may hear both, with their cells."""
    one, other = (candidates[system] for system in systems)
    return {prompt: reading.pool.cells[prompt] for prompt in reading.pool.keys(one.prompts & other.prompts)}


def _on_prompts(
    reading: Reading, systems: Systems, allowed: Mapping[int, Cell], people: Mapping[int, int]
) -> OnPrompts:
    rows = PairTally.objects.filter(systems__system_a=systems[0], systems__system_b=systems[1])
    met: dict[Cell, int] = {
        (task, level, language): votes + waiting
        for task, level, language, votes, waiting in rows.values_list(
            "task_id", "level_id", "language_id", "counted", "pending"
        )
    }
    shown = dict(people)
    for prompt in selectors.open_prompts(systems):
        shown[prompt] = shown.get(prompt, 0) + 1
    return OnPrompts(cells=allowed, targets=reading.targets, met=met, shown=shown)


def _wanted(open_: _Open, reading: Reading) -> set[Systems]:
    """Find the systems of which two other people judged a pair that this person may judge too (J108)."""
    rows = Audience.objects.filter(people=prompts.ENOUGH - 1).values_list(
        "pair__system_a_id", "pair__system_b_id", "pair__prompt_id"
    )
    found = set()
    for one, other, prompt in rows.order_by("pair")[:MOST_WANTED]:
        if (one, other) in open_.chances:
            both = open_.candidates[one].prompts & open_.candidates[other].prompts
            if both & reading.pool.places.get(prompt, 0):
                found.add((one, other))
    return found


def _overlapping(open_: _Open, wanted: set[Systems]) -> Mapping[Systems, float]:
    """Limit the chances to systems that others judged together: twice if there are any, or once (J108)."""
    among = wanted or {systems for systems in open_.chances if open_.counted.get(systems)}
    weights = {systems: open_.chances[systems] for systems in among}
    total = sum(weights.values())
    return {systems: weight / total for systems, weight in weights.items()} if total else open_.chances
