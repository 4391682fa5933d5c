"""Studies of others: their verdicts come in once, under their own names."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from inference.errors import Refused
from leaderboard.models import Study, StudyVerdict

# TRACE's words, and ours. Source: arXiv 2601.13742, data/s2sarena.json.
_CRITERIA: Final[Mapping[str, str]] = {
    "content": "semantic",
    "paralinguistics": "paralinguistic",
    "voice_quality": "voice_quality",
    "overall": "overall",
}
_ANSWERS: Final[Mapping[str, str]] = {"1": "a", "2": "b", "both_good": "tie", "both_bad": "both_bad"}
_TRACE: Final[Mapping[str, str]] = {
    "slug": "trace",
    "title": "TRACE's labels of S2S-Arena",
    "source": "TRACE, arXiv 2601.13742, arjunchandra2/TRACE, data/s2sarena.json",
    "url": "https://arxiv.org/abs/2601.13742",
    "licence": "as its authors state",
    "protocol": "People label pairs of the paper's English part on four criteria, both good and bad too.",
}


@transaction.atomic
def import_trace(path: Path) -> Study:
    """Read TRACE's file and keep its verdicts; a second time is refused.

    Raises:
        Refused: the study is here already, or the file is not of this form.
    """
    if Study.objects.filter(slug=_TRACE["slug"]).exists():
        raise Refused(
            "This study is here already; studies are kept as they came.", "study_exists", status=409
        )
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as problem:
        raise Refused(f"{path.name} cannot be read as JSON: {problem}", "study_unreadable") from None
    if not isinstance(rows, list) or not rows:
        raise Refused(f"{path.name} is not a list of comparisons.", "study_form")
    study = Study.objects.create(**_TRACE)
    StudyVerdict.objects.bulk_create(
        verdict for number, row in enumerate(rows, start=1) for verdict in _verdicts(study, number, row)
    )
    return study


def _verdicts(study: Study, number: int, row: Any) -> Iterator[StudyVerdict]:
    try:
        for theirs, ours in _CRITERIA.items():
            yield StudyVerdict(
                study=study,
                number=number,
                prompt=row["instruction_path"],
                system_a=row["model_a"],
                system_b=row["model_b"],
                criterion=ours,
                answer=_ANSWERS[str(row["label"][theirs])],
            )
    except (KeyError, TypeError) as problem:
        raise Refused(f"Comparison {number} lacks or mistakes {problem}.", "study_form") from None
