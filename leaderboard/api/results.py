"""A team's results: from current snapshots only, and no person, no single vote, no time of a vote."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from inference.api.access import scoped
from inference.api.base import ApiView
from inference.api.shapes import maybe, text, whole
from inference.models import Scope, System
from leaderboard import results

LINE = {
    "board": text(),
    "snapshot": whole(),
    "rating": maybe(serializers.FloatField),
    "low": maybe(serializers.FloatField),
    "high": maybe(serializers.FloatField),
    "rank_low": maybe(serializers.IntegerField),
    "rank_high": maybe(serializers.IntegerField),
    "votes": whole(),
    "status": text(),
}
CELL = {
    "criterion": text(),
    "task": text(),
    "level": maybe(serializers.IntegerField),
    "language": maybe(serializers.CharField),
    "won": serializers.FloatField(),
    "lost": serializers.FloatField(),
    "tie": serializers.FloatField(),
    "both_bad": serializers.FloatField(),
    "won_low": serializers.FloatField(help_text="95 % interval of `won`."),
    "won_high": serializers.FloatField(),
    "votes": whole(),
}
TIMING = {
    "median_first_audio_ms": maybe(serializers.IntegerField),
    "median_total_ms": maybe(serializers.IntegerField),
    "answered": whole(),
    "failed": whole(),
    "failure_rate": maybe(serializers.FloatField),
}


# A serializer takes the fields out of the dict it is made of: it gets copies.
class Results(ApiView):
    """How a system of the team's own fares."""

    access = {"GET": scoped(Scope.RESULTS)}

    @extend_schema(
        operation_id="system_results",
        responses=inline_serializer(
            "Results",
            {
                "system": text(),
                "standings": inline_serializer("ResultLine", dict(LINE), many=True),
                "cells": inline_serializer("ResultCell", dict(CELL), many=True),
                "answers": inline_serializer("ResultTiming", TIMING),
                "votes_wanted": whole(help_text="Until it can be established on the first board."),
            },
        ),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Show standings by board, shares by task, level and language, timings, and votes still wanted."""
        system = get_object_or_404(System.objects.select_related("model"), slug=slug, model__team=self.team)
        return Response(shown(system))


def shown(system: System) -> dict[str, Any]:
    """A system's results as JSON."""
    lines = results.standings(system)
    return {
        "system": system.slug,
        "standings": [
            {"board": line.snapshot.board.slug, "snapshot": line.snapshot.number}
            | {name: getattr(line, name) for name in LINE if name not in {"board", "snapshot"}}
            for line in lines
        ],
        "cells": [{name: getattr(cell, name) for name in CELL} for cell in results.cells(system)],
        "answers": results.timings(system),
        "votes_wanted": results.votes_wanted(lines),
    }
