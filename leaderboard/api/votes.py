"""What a snapshot was computed from, as everybody may have it: counts at once, single votes a month later."""

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request

from inference.api.access import OPEN
from inference.api.base import ApiView
from inference.api.shapes import Fields, maybe, text, whole
from inference.api.tags import mark_of, unchanged
from inference.errors import Refused
from leaderboard.api.boards import state_of
from leaderboard.api.snapshots import find
from leaderboard.models import Snapshot
from leaderboard.selectors import given

FORMS = {"matrices", "rows"}
# Rows that are sent in one piece.
TOGETHER = 500
COUNTS: Fields = {
    "annotator": text(help_text="A pseudonym of this snapshot alone."),
    "system_a": text(),
    "system_b": text(),
    "weight": serializers.FloatField(help_text="Of each of these votes."),
    "a": whole(),
    "b": whole(),
    "tie": whole(),
    "both_bad": whole(),
}
ROW: Fields = {
    "system_a": text(),
    "system_b": text(),
    "prompt": maybe(serializers.CharField, help_text="Null: a hidden one."),
    "task": text(),
    "level": maybe(serializers.IntegerField),
    "language": maybe(serializers.CharField),
    "criterion": text(),
    "answer": text(help_text="a, b, tie or both_bad."),
    "left": text(help_text="Which of the two stood left."),
    "first": text(help_text="Which of the two was played first by “play all”."),
    "probability": serializers.FloatField(help_text="With which the pair was drawn."),
    "share_heard": maybe(serializers.FloatField, help_text="Of the three clips; null: not known."),
    "day": serializers.DateField(),
    "weight": serializers.FloatField(),
}
ABOUT: Fields = {
    "form": text(help_text="matrices or rows."),
    "criterion": text(),
    "votes_sha256": text(help_text="As in the snapshot; of the votes with their moments, which stay here."),
}
END: Fields = {"sha256": text(help_text="Of the list above, as JSON without spaces.")}


class Votes(ApiView):
    """What a snapshot was computed from."""

    access = {"GET": OPEN}
    filters = {"form": "matrices (the default), or rows: single votes, 30 days after the snapshot."}
    refusals = {"GET": ("not_yet",)}

    @extend_schema(
        operation_id="snapshot_votes",
        responses={
            200: PolymorphicProxySerializer(
                component_name="SnapshotVotes",
                serializers=[
                    inline_serializer(
                        "VoteMatrices",
                        {**ABOUT, "matrices": inline_serializer("VoteMatrix", COUNTS, many=True), **END},
                    ),
                    inline_serializer(
                        "VoteRows", {**ABOUT, "rows": inline_serializer("VoteRow", ROW, many=True), **END}
                    ),
                ],
                resource_type_field_name=None,
            ),
            304: None,
        },
    )
    def get(self, request: Request, slug: str, number: int) -> HttpResponseBase:
        """Count the answers of each pseudonymous annotator on each pair of systems; or list single votes."""
        snapshot = find(slug, number)
        form = request.query_params.get("form", "matrices")
        if form not in FORMS:
            raise Refused("A form is matrices or rows.", "malformed", status=400)
        if form == "rows" and timezone.now() < (since := given.rows_from(snapshot)):
            raise Refused(
                f"Single votes of this snapshot are open from {since.date().isoformat()} on.",
                "not_yet",
                status=409,
                more={"open_from": since},
            )
        mark = mark_of(request, state_of(snapshot))
        if (same := unchanged(request, mark)) is not None:
            return same
        answer = StreamingHttpResponse(_pieces(snapshot, form), content_type="application/json")
        answer["ETag"] = mark
        return answer


def _pieces(snapshot: Snapshot, form: str) -> Iterator[str]:
    """Write the answer piece by piece: a million votes never lie in memory as text."""
    about = {
        "form": form,
        "criterion": snapshot.board.criterion.slug,
        "votes_sha256": snapshot.votes_sha256,
    }
    yield f'{json.dumps(about, separators=(",", ":"))[:-1]},"{form}":'
    digest = hashlib.sha256()
    for piece in _list(given.rows(snapshot) if form == "rows" else given.matrices(snapshot)):
        digest.update(piece.encode())
        yield piece
    yield f',"sha256":"{digest.hexdigest()}"}}'


def _list(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    left, start = iter(rows), "["
    while some := list(itertools.islice(left, TOGETHER)):
        yield start + json.dumps(some, ensure_ascii=False, separators=(",", ":"))[1:-1]
        start = ","
    yield "[]" if start == "[" else "]"
