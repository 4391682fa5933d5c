"""What everybody may have of the votes behind a snapshot: counts at once, single votes in a month (api A53).

Counts by person and pair are what a rating needs, and no clip can be told from them. Single votes name the
prompt, which would tell an annotator whose voice they heard: they come when those memories are old.
"""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import numpy as np
from django.conf import settings
from django.db.models import F, FloatField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Least

from inference.models import Prompt, System
from judging import selectors as judged
from judging.models import Heard, Verdict
from leaderboard.models import Snapshot
from leaderboard.ranking.comparisons import OUTCOMES, Comparisons
from leaderboard.selectors import votes

WAIT: Final = timedelta(days=30)
_TOGETHER: Final = 2_000
# Where a prompt says what a slice is made by.
_IN_PROMPT: Final = {"domain": "task__domain", "task": "task", "level": "level", "language": "language"}
_PAIR: Final = "vote__ballot__pair"


def rows_from(snapshot: Snapshot) -> datetime:
    """Say from when on a snapshot's single votes are given away."""
    return snapshot.created_at + WAIT


def matrices(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """Count a snapshot's votes by pseudonymous annotator, pair and answer, with what each of them weighs.

    The pseudonyms are this snapshot's alone: nobody can be followed from one to the next.
    """
    compared = _comparisons(snapshot)
    called = _called()
    people = [_pseudonym(snapshot, name) for name in compared.annotators]
    first, counts = _grouped(compared)
    order = sorted(range(len(first)), key=lambda at: people[compared.annotator[first[at]]])
    for at in order:
        row = first[at]
        yield {
            "annotator": people[compared.annotator[row]],
            "system_a": called[compared.systems[compared.a[row]]],
            "system_b": called[compared.systems[compared.b[row]]],
            "weight": float(compared.weight[row]),
        } | {answer: int(number) for answer, number in zip(OUTCOMES, counts[at], strict=True)}


def rows(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """List a snapshot's votes singly, of nobody, in no order that says when they were cast."""
    weight = _weights(_comparisons(snapshot))
    called = {system.pk: system.shown_slug for system in System.objects.all()}
    for vote in map(_Vote._make, _single(snapshot).iterator(chunk_size=_TOGETHER)):
        weighs = weight.get((vote.annotator, vote.system_a, vote.system_b))
        if weighs is None:
            continue
        other = "b" if vote.left == "a" else "a"
        yield {
            "system_a": called[vote.system_a],
            "system_b": called[vote.system_b],
            "prompt": None if vote.split == Prompt.Split.HIDDEN else vote.prompt,
            "task": vote.task,
            "level": vote.level,
            "language": vote.language,
            "criterion": snapshot.board.criterion.slug,
            "answer": vote.answer,
            "left": vote.left,
            "first": vote.left if vote.first == "left" else other,
            "probability": vote.probability,
            "share_heard": vote.share_heard,
            "day": vote.cast_at.date().isoformat(),
            "weight": weighs,
        }


class _Vote(NamedTuple):
    """One vote as it is read; its names are where it stands, its order that of `_single`."""

    system_a: int
    system_b: int
    annotator: int
    prompt: str
    split: str
    task: str
    level: int | None
    language: str | None
    answer: str
    left: str
    first: str
    probability: float
    cast_at: datetime
    share_heard: float | None


def _comparisons(snapshot: Snapshot) -> Comparisons:
    """Read exactly what the snapshot was computed from, slice and weights included."""
    board = snapshot.board
    return votes.read(snapshot.seal, criteria=[board.criterion]).within(board)


def _called() -> dict[str, str]:
    """What each system is called in public, by its slug."""
    return {system.slug: system.shown_slug for system in System.objects.all()}


def _pseudonym(snapshot: Snapshot, annotator: str) -> str:
    mark = f"snapshot {snapshot.pk} annotator {annotator}"
    return hmac.new(settings.SECRET_KEY.encode(), mark.encode(), hashlib.sha256).hexdigest()[:12]


def _grouped(compared: Comparisons) -> tuple[Any, Any]:
    """Give the first vote of each person and pair, shape (groups,), and the answers, shape (groups, 4)."""
    size = max(len(compared.systems), 1)
    group = (compared.annotator * size + compared.a) * size + compared.b
    _, first, which = np.unique(group, return_index=True, return_inverse=True)
    counts = np.zeros((len(first), len(OUTCOMES)), dtype=np.int64)
    np.add.at(counts, (which, compared.outcome), 1)
    return first, counts


def _weights(compared: Comparisons) -> dict[tuple[int, int, int], float]:
    """Say what a vote weighs, by the keys of its person and its pair, the smaller system first."""
    keys = dict(System.objects.values_list("slug", "pk"))
    first, _ = _grouped(compared)
    found = {}
    for row in first:
        pair = sorted((keys[compared.systems[compared.a[row]]], keys[compared.systems[compared.b[row]]]))
        found[int(compared.annotators[compared.annotator[row]]), *pair] = float(compared.weight[row])
    return found  # type: ignore[return-value]  # a pair is two keys


def _single(snapshot: Snapshot) -> QuerySet[Verdict, tuple[Any, ...]]:
    board, prompt = snapshot.board, f"{_PAIR}__prompt"
    wanted = {
        f"{prompt}__{where}": key
        for by, where in _IN_PROMPT.items()
        if (key := getattr(board, f"{by}_id")) is not None
    }
    heard = Heard.objects.filter(vote=OuterRef("vote")).order_by().values("vote")
    heard_ms = Cast(Subquery(heard.annotate(ms=Sum("unique_ms")).values("ms")), FloatField())
    lasts = [F(f"{_PAIR}__{clip}__playback__duration_ms") for clip in ("prompt", "response_a", "response_b")]
    found = judged.counted(snapshot.seal).filter(criterion=board.criterion, **wanted)
    # The public id is random: an order by key would be one of time.
    return found.order_by("vote__public_id").values_list(
        f"{_PAIR}__system_a",
        f"{_PAIR}__system_b",
        "vote__ballot__annotator",
        f"{prompt}__slug",
        f"{prompt}__split",
        f"{prompt}__task__slug",
        f"{prompt}__level__number",
        f"{prompt}__language__code",
        "answer",
        "vote__ballot__left",
        "vote__ballot__first",
        "vote__ballot__probability",
        "vote__cast_at",
        Least(1.0, heard_ms / (lasts[0] + lasts[1] + lasts[2])),
    )
