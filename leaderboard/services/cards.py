"""The test card of a snapshot: what a reader of its numbers has to know (Y11).

Its form is `leaderboard/static/leaderboard/test-card.schema.json`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from inference.models import Language, Prompt, PromptSet
from judging import selectors as judged
from judging.models import Criterion, ExclusionRule, Seal
from leaderboard.models import Board, Snapshot
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.services import agreement
from leaderboard.services.computing import Computed

_ANSWERS: Final = ["a", "b", "tie", "both_bad"]
_UNITS: Final[Mapping[str, str]] = {
    "both": "sandwich over annotators and prompts, Student's t",
    "annotators": "sandwich over annotators, Student's t",
    "prompts": "sandwich over prompts, Student's t",
    "votes": "votes taken as independent",
    "orders": "spread over random orders of the same votes",
    "none": "none: fewer than ten annotators",
    "": "none: nothing to rate",
}


@dataclass(frozen=True)
class Facts:
    """What the cards of one build share, read once.

    Attributes:
        excluded: votes kept out, by (criterion, rule).
        sentences: a rule's words in both languages.
        languages: codes by key.
        prompts: key to (prompt set, language, origin).
        sets: what is known of each prompt set.
        boards: how many boards there are, slices included.
        repeats: whether each repeat was answered like the first time, by criterion.
    """

    excluded: Mapping[tuple[str, str], int]
    sentences: Mapping[str, tuple[str, str]]
    languages: Mapping[int, str]
    prompts: Mapping[int, tuple[int, int | None, str]]
    sets: Mapping[int, Mapping[str, Any]]
    boards: int
    repeats: Mapping[str, Sequence[bool]]


def facts(seal: Seal) -> Facts:
    """Read what the cards of a build need."""
    return Facts(
        excluded={(criterion, rule): times for criterion, rule, times in judged.excluded_by_rule(seal)},
        sentences={
            rule.slug: (rule.sentence_en, rule.sentence_zh_hans)
            for rule in ExclusionRule.objects.filter(active=True)
        },
        languages=dict(Language.objects.values_list("pk", "code")),
        prompts={
            key: (within, language, origin)
            for key, within, language, origin in Prompt.objects.values_list(
                "pk", "prompt_set_id", "language_id", "origin"
            )
        },
        sets={
            row.pk: {
                "slug": row.slug,
                "version": row.version,
                "frozen_at": row.frozen_at.isoformat() if row.frozen_at else None,
            }
            for row in PromptSet.objects.all()
        },
        boards=Board.objects.filter(active=True).count(),
        repeats={
            criterion: [alike for _, alike in judged.repeats_alike(seal, criterion=criterion)]
            for criterion in Criterion.objects.filter(active=True).values_list("slug", flat=True)
        },
    )


def card(snapshot: Snapshot, computed: Computed, known: Facts) -> dict[str, Any]:
    """Write a snapshot's card.

    Args:
        snapshot: its figures are set; it need not be stored.
        computed: where they come from.
        known: what all cards of the build share.
    """
    board = snapshot.board
    return {
        "protocol": {
            "judges": "people, blind, by ear",
            "answers": _ANSWERS,
            "question_en": board.criterion.question_en,
            "question_zh_hans": board.criterion.question_zh_hans,
        },
        "slice": slice_of(board),
        "boards_in_all": known.boards,
        "judged": _judged(computed.comparisons, known),
        "exclusions": _exclusions(board.criterion.slug, known),
        "agreement": _agreement(snapshot, computed, known),
        "intervals": {
            "method": _UNITS[snapshot.interval_unit],
            "level": snapshot.parameters.get("level"),
            "design_effect": snapshot.design_effect,
            "bootstrap_ratio": computed.result.bootstrap_ratio if computed.result else None,
        },
        "method": {
            "name": snapshot.method,
            "version": snapshot.method_version,
            "parameters": snapshot.parameters,
            "seed": snapshot.seed,
            "code": snapshot.code_version,
        },
        "digests": {
            "seal": snapshot.seal.digest,
            "votes": snapshot.votes_sha256,
            "result": snapshot.result_sha256,
        },
    }


def _agreement(snapshot: Snapshot, computed: Computed, known: Facts) -> dict[str, Any] | None:
    """Say whether people agree; None for slices, for the second view, and where nobody judged."""
    board = snapshot.board
    if board.sliced or board.method != Board.Method.BRADLEY_TERRY or not len(computed.comparisons):
        return None
    repeats = known.repeats.get(board.criterion.slug, ())
    return agreement.of(computed.comparisons, repeats, seed=snapshot.seed)


def slice_of(board: Board) -> dict[str, Any]:
    """Say which votes a board reads."""
    return {
        "criterion": board.criterion.slug,
        "domain": board.domain.slug if board.domain else None,
        "task": board.task.slug if board.task else None,
        "level": board.level.number if board.level else None,
        "language": board.language.code if board.language else None,
        "listeners": board.listeners,
        "minimum_votes": board.minimum_votes,
    }


def _judged(comparisons: Comparisons, known: Facts) -> dict[str, Any]:
    """Count who judged what: prompts by set, language and origin, votes by the prompt's language."""
    votes = np.bincount(comparisons.prompt, minlength=len(comparisons.prompts)).tolist()
    languages: Counter[str] = Counter()
    origins: Counter[str] = Counter()
    sets: Counter[int] = Counter()
    for name, times in zip(comparisons.prompts, votes, strict=True):
        within, language, origin = known.prompts[int(name)]
        languages[known.languages.get(language, "unknown") if language else "unknown"] += times
        origins[origin or "unknown"] += 1
        sets[within] += 1
    return {
        "votes": len(comparisons),
        "annotators": len(comparisons.annotators),
        "prompts": len(comparisons.prompts),
        "systems": len(comparisons.systems),
        "votes_by_language": dict(sorted(languages.items())),
        "prompts_by_origin": dict(sorted(origins.items())),
        "prompt_sets": [{**known.sets[key], "prompts": times} for key, times in sorted(sets.items())],
    }


def _exclusions(criterion: str, known: Facts) -> list[dict[str, Any]]:
    """List the votes on a criterion that were kept out, rule by rule; slices do not part them further."""
    rows = []
    for (of, rule), votes in sorted(known.excluded.items()):
        if of == criterion:
            english, chinese = known.sentences.get(rule, ("", ""))
            rows.append({"rule": rule, "votes": votes, "sentence_en": english, "sentence_zh_hans": chinese})
    return rows
