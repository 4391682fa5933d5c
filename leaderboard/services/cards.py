"""The test card of a snapshot: what a reader of its numbers has to know (Y11).

Its form is `leaderboard/static/leaderboard/test-card.schema.json`.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from inference.models import Language, Prompt, PromptSet
from judging import selectors as judged
from judging.models import Criterion, ExclusionRule, Seal
from leaderboard.models import Board, Snapshot
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.selectors.votes import Counted
from leaderboard.services.agreement import Agreed
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
        agreed: whether people agree.
    """

    excluded: Mapping[tuple[str, str], int]
    sentences: Mapping[str, tuple[str, str]]
    languages: Mapping[int, str]
    prompts: Mapping[int, tuple[int, int | None, str]]
    sets: Mapping[int, Mapping[str, Any]]
    boards: int
    agreed: Agreed


def facts(seal: Seal, counted: Counted) -> Facts:
    """Read what the cards of a build need; `counted`: the votes of the build."""
    return Facts(
        excluded=_excluded(seal, counted),
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
        agreed=Agreed(counted, seal),
    )


def _excluded(seal: Seal, counted: Counted) -> dict[tuple[str, str], int]:
    """Count the verdicts that are left out, by criterion and rule; under both where two keep one out."""
    slugs = dict(Criterion.objects.values_list("pk", "slug"))
    by_vote = defaultdict(list)
    for vote, rule in judged.left_out_by(seal):
        by_vote[vote].append(rule)
    gone = zip(counted.left_out["vote"].tolist(), counted.left_out["criterion"].tolist(), strict=True)
    return Counter((slugs[criterion], rule) for vote, criterion in gone for rule in by_vote[vote])


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
        "agreement": known.agreed.on(board, computed.comparisons, seed=snapshot.seed),
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
