"""The votes of a release, one line an answer on one criterion, as `leaderboard.ranking` reads them."""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from judging import selectors as judged
from judging.models import Criterion
from judging.selectors import Listening
from leaderboard.ranking.comparisons import MIRRORED, OUTCOMES, B
from leaderboard.selectors.votes import Columns, Counted
from leaderboard.services import kept
from leaderboard.services.releases.content import Content, Part, dumped

NAME: Final = "votes.jsonl.gz"
_AT_ONCE: Final = 20_000
_NOTHING: Final = Listening(None, None, None, None)


def write(folder: Path, content: Content) -> Part:
    """Write every vote that the boards count, in order of time."""
    path, number = folder / NAME, 0
    with path.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as stream:
        for number, row in enumerate(_rows(content), start=1):  # noqa: B007 -- counted
            stream.write(f"{dumped(row)}\n".encode())
    return Part(path=path, rows=number, media_type="application/gzip")


def _rows(content: Content) -> Iterator[dict[str, Any]]:
    counted = kept.read(content.seal)
    columns, weight = _in_order(counted)
    criteria = dict(Criterion.objects.values_list("pk", "slug"))
    # Moments in order: what online Elo needs, and no clock.
    _, turn = np.unique(columns["cast_at"], return_inverse=True)
    for low in range(0, len(weight), _AT_ONCE):
        part = {name: column[low : low + _AT_ONCE].tolist() for name, column in columns.items()}
        heard = judged.listening(set(part["vote"]))
        rows = (dict(zip(part, values, strict=True)) for values in zip(*part.values(), strict=True))
        for place, row in enumerate(rows, start=low):
            yield _row(row, content, heard.get(row["vote"], _NOTHING)) | {
                "criterion": criteria[row["criterion"]],
                "weight": round(float(weight[place]), 6),
                "time": int(turn[place]) + 1,
            }


def _in_order(counted: Counted) -> tuple[Columns, Any]:
    """Give the votes that weigh anything, in order of time and criterion, with what each weighs."""
    weight = np.zeros(len(counted.columns["vote"]))
    for criterion in np.unique(counted.columns["criterion"]).tolist():
        rows = np.flatnonzero(counted.columns["criterion"] == criterion)
        mine = (counted.columns[name][rows] for name in ("system_a", "system_b", "annotator"))
        weight[rows] = counted.earning.weights(*mine)
    order = np.lexsort((counted.columns["criterion"], counted.columns["vote"], counted.columns["cast_at"]))
    order = order[weight[order] > 0]
    return {name: column[order] for name, column in counted.columns.items()}, weight[order]


def _row(row: dict[str, int], content: Content, heard: Listening) -> dict[str, Any]:
    """Write one answer; `a` is the system that stood left."""
    mirrored = row["left"] == B
    prompt = content.prompts[row["prompt"]]
    one, other = (content.systems[row[name]].shown_slug for name in ("system_a", "system_b"))
    outcome = int(MIRRORED[row["answer"]]) if mirrored else row["answer"]
    shares = (heard.b, heard.a) if mirrored else (heard.a, heard.b)
    return {
        "a": other if mirrored else one,
        "b": one if mirrored else other,
        "winner": OUTCOMES[outcome],
        "annotator": content.person(row["annotator"]),
        "prompt": content.prompt_name(row["prompt"]),
        "domain": prompt.task.domain.slug,
        "task": prompt.task.slug,
        "level": prompt.level and prompt.level.number,
        "language": prompt.language and prompt.language.code,
        "heard": "a" if row["first"] == 0 else "b",
        "heard_prompt": heard.prompt,
        "heard_a": shares[0],
        "heard_b": shares[1],
        "probability": heard.probability,
        "day": datetime.fromtimestamp(row["cast_at"] / 1e6, tz=UTC).date().isoformat(),
    }
