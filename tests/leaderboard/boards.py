"""Votes and published boards for tests, made plainly."""

import hashlib
import itertools

from inference.models import System
from judging.models import Seal, Vote
from leaderboard.models import Board, HeadToHead, Snapshot, Standing
from tests import factories

COUNTS = {"votes": 240, "wins": 120, "losses": 90, "ties": 20, "both_bad": 10}


def votes(one, other, answers: str) -> list[Vote]:
    """Let a new annotator say each answer on the two systems: a (for `one`), b, t (tie) or x (both bad)."""
    pair = factories.pair(factories.prompt(), one, other)
    words = {"a": "a", "b": "b", "t": "tie", "x": "both_bad"}
    if pair.system_a != one:
        words |= {"a": "b", "b": "a"}
    return [factories.vote(pair, factories.annotator(), words[letter]) for letter in answers]


def triangle(answers: str = "aaabtx") -> tuple[list[System], list[Vote]]:
    """Make three systems, each of which met each other one with these answers."""
    systems = [factories.system(f"system-{letter}") for letter in "abc"]
    cast = [votes(*two, answers) for two in itertools.combinations(systems, 2)]
    return systems, list(itertools.chain(*cast))


def published(lines=(), *, slug: str = "overall", different=(), **fields) -> Snapshot:
    """Publish a board with these lines: (system, fields of its standing that differ from the usual).

    Pairs of slugs in `different`, the better one first, are told apart.
    """
    number = Seal.objects.count() + 1
    seal = Seal.objects.create(number=number, items=1, digest=hashlib.sha256(bytes(number)).hexdigest())
    usual = {
        "method": "bradley-terry",
        "method_version": 1,
        "parameters": {"alpha": 1.0, "resamples": 1000, "ties": "half"},
        "seed": 7,
        "code_version": "ranking-0123456789abcdef",
        "votes_sha256": "a" * 64,
        "result_sha256": "b" * 64,
        "votes": 4321,
        "annotators": 17,
        "prompts": 53,
        "excluded": 3,
        "interval_unit": "annotators",
        "design_effect": 1.84,
        "largest_share": 0.125,
        "connected": True,
        "converged": True,
    }
    snapshot = Snapshot.objects.create(
        board=Board.objects.get(slug=slug), seal=seal, number=number, **(usual | fields)
    )
    for place, (system, differing) in enumerate(lines, start=1):
        rating = differing.get("rating") or 1200.0 - 37 * place
        standing = {"rating": rating, "low": rating - 20, "high": rating + 20, "status": "established"}
        standing |= {"rank_low": place, "rank_high": place + 1, "component": 0}
        Standing.objects.create(snapshot=snapshot, system=system, **(COUNTS | standing | differing))
    for one, other in itertools.combinations(sorted((line[0] for line in lines), key=lambda by: by.pk), 2):
        apart = {(one.slug, other.slug), (other.slug, one.slug)} & set(different)
        far = {"difference": 37.0, "difference_low": 17.0, "difference_high": 57.0} if apart else {}
        HeadToHead.objects.create(
            snapshot=snapshot,
            system_a=one,
            system_b=other,
            a_wins=9,
            b_wins=4,
            ties=2,
            both_bad=1,
            different=bool(apart),
            **far,
        )
    return snapshot
