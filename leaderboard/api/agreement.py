"""How far the judges agree, as the current snapshots say; no person and no vote is in it (J123)."""

import math
from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from inference.api.access import OPEN
from inference.api.base import ApiView
from inference.api.shapes import Fields, maybe, text, whole
from leaderboard.ranking.coefficients import Measure
from leaderboard.selectors import agreement
from leaderboard.selectors.agreement import Line, OnCriterion

FIGURES = ("raw", "alpha", "ac1", "own")


class AgreementFigure(serializers.Serializer[Any]):
    """A figure with its interval."""

    value = serializers.FloatField()
    low = maybe(serializers.FloatField, help_text="95 % interval over what was judged.")
    high = maybe(serializers.FloatField)
    cases = whole()


def _figure(said: str) -> AgreementFigure:
    return AgreementFigure(allow_null=True, help_text=said)


LINE: Fields = {
    "by": maybe(serializers.CharField, help_text="task, level or language; null: all prompts."),
    "part": maybe(serializers.CharField),
    "judged_twice": whole(help_text="Pairs of answers that two people judged at least."),
    "raw": _figure("Share that answers alike; null: too few cases."),
    "alpha": _figure("Krippendorff's, nominal."),
    "ac1": _figure("Gwet's."),
    "own": _figure("Of people with themselves, on pairs that came again."),
    "judges_needed": maybe(
        serializers.IntegerField, help_text="Of one pair, for a majority of reliability 0.8."
    ),
}


class AgreementView(ApiView):
    """Whether people hear the same."""

    access = {"GET": OPEN}

    @extend_schema(
        operation_id="agreement",
        responses=inline_serializer(
            "Agreement",
            {
                "snapshot_at": maybe(serializers.DateTimeField, help_text="Nothing moves in between."),
                "fewest_cases": whole(help_text="Below so many a figure is shown to nobody."),
                "criteria": inline_serializer(
                    "AgreementOnCriterion",
                    {"criterion": text(), "lines": inline_serializer("AgreementLine", LINE, many=True)},
                    many=True,
                ),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        """Show how far people agree with each other and themselves, by criterion, task, level, language."""
        found = agreement.latest()
        return Response(
            {
                "snapshot_at": found[0].created_at if found else None,
                "fewest_cases": agreement.FEWEST_CASES,
                "criteria": [_shown(one) for one in (found[1] if found else [])],
            }
        )


def _shown(one: OnCriterion) -> dict[str, Any]:
    parts = [_line(line, by) for by, lines in one.parts.items() for line in lines]
    return {"criterion": one.criterion.slug, "lines": [_line(one.whole, None), *parts]}


def _line(line: Line, by: str | None) -> dict[str, Any]:
    figures = {name: _shown_figure(getattr(line, name)) for name in FIGURES}
    return {
        "by": by,
        "part": _named(line.part, by),
        "judged_twice": line.units,
        **figures,
        "judges_needed": line.needed,
    }


def _named(part: Any, by: str | None) -> str | None:
    """Name a task by its slug, a level by its number, a language by its code."""
    where = {"task": "slug", "level": "number", "language": "code"}
    return None if by is None else str(getattr(part, where[by]))


def _shown_figure(measure: Measure | None) -> dict[str, Any] | None:
    if measure is None:
        return None
    ends = {name: getattr(measure, name) for name in ("low", "high")}
    known = {name: value if math.isfinite(value) else None for name, value in ends.items()}
    return {"value": measure.value, **known, "cases": measure.units}
