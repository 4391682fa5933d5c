"""Sealing what was said, so that an edit is found even where it got past the database's guards (D60)."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef

from judging.models import BatchClosing, ExclusionLift, Heard, Seal, SealedItem, Verdict, Vote, VoteExclusion

_LOCK = 0x5EA1
_START = "0" * 64
_BATCH = 2000
Kind = SealedItem.Kind
# New items are sealed in this form; those of an earlier one stay as they are, and verify as they were made.
FORM = 3

# What is sealed of each row, by name and not “all columns”: a column that is added later must not change the
# form of what was sealed before. A vote is sealed with the ballot and the pair that give it its meaning.
# Closings come first: whoever finds one finds all votes of its batch afterwards, since none comes later.
_MODELS: dict[str, type[models.Model]] = {
    Kind.CLOSING: BatchClosing,
    Kind.VOTE: Vote,
    Kind.EXCLUSION: VoteExclusion,
    Kind.LIFT: ExclusionLift,
}
_BALLOT = (
    "id public_id annotator_id pair_id left first target_lufs normaliser_version rule rule_version "
    "probability issued_at opened_at expires_at pair__prompt_id pair__system_a_id pair__system_b_id "
    "pair__response_a_id pair__response_b_id"
)
_VOTE = ["id", "public_id", "cast_at", "elapsed_ms", *(f"ballot__{name}" for name in _BALLOT.split())]
_FIELDS: dict[tuple[str, int], list[str]] = {
    (Kind.VOTE, 1): _VOTE,
    (Kind.VOTE, 2): [
        *_VOTE,
        *("supersedes_id", "active_ms", "build", "voice_known", "ballot__batch_id", "ballot__policy_id"),
        *("ballot__position", "ballot__purpose", "ballot__repeat_of_id", "ballot__language_level"),
    ],
    (Kind.CLOSING, 2): [
        "id",
        "batch_id",
        "by",
        "at",
        "batch__annotator_id",
        "batch__policy_id",
        "batch__size",
    ],
    (Kind.EXCLUSION, 1): [
        *("id", "vote_id", "rule_id", "rule__slug", "rule__version", "reason", "created_by_id", "created_at"),
    ],
    (Kind.LIFT, 1): ["id", "exclusion_id", "reason", "by_id", "at"],
}
_FIELDS |= {(kind, 2): _FIELDS[kind, 1] for kind in (Kind.EXCLUSION, Kind.LIFT)}
_FIELDS |= {(kind, 3): _FIELDS[kind, 2] for kind in (Kind.VOTE, Kind.CLOSING, Kind.LIFT)}
_FIELDS[Kind.EXCLUSION, 3] = [*_FIELDS[Kind.EXCLUSION, 1], "run_id", "evidence"]
_VERDICT = {1: ["id", "criterion__slug", "answer"]}
_VERDICT[2] = [*_VERDICT[1], "prefilled", "confidence", "reasons"]
_VERDICT[3] = _VERDICT[2]
_HEARD = ["id", "clip", "ranges", "unique_ms", "total_ms", "starts", "seeks", "first_order", "hidden_ms"]


class Finding(NamedTuple):
    """Something that is not as it was sealed; kind and key name the row, or are empty for the seal itself."""

    seal: int
    kind: str
    key: int | None
    sentence: str


@transaction.atomic
def seal() -> Seal | None:
    """Seal every closing, vote, exclusion and lift that is not sealed yet; None where there is none.

    Calls that come together take turns, and what commits meanwhile is left for the next one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
    new = [
        SealedItem(kind=kind, key=key, digest=digest, form=FORM)
        for kind in _MODELS
        for key, digest in _digests(kind, _unsealed(kind), form=FORM)
    ]
    if not new:
        return None
    last = Seal.objects.last()
    number, previous = (last.number + 1, last.digest) if last else (1, _START)
    made = Seal.objects.create(
        number=number, at=at, items=len(new), digest=_chained(number, at, new, previous)
    )
    for item in new:
        item.seal = made
    SealedItem.objects.bulk_create(new, batch_size=_BATCH)
    return made


def verify() -> list[Finding]:
    """Compute the whole chain again and list what differs: edited and missing rows, items and seals."""
    findings, previous = [], _START
    for number, made in enumerate(Seal.objects.order_by("number"), start=1):
        if made.number != number:
            findings.append(Finding(number, "", None, f"A seal before number {made.number} is missing."))
            return findings
        findings += _differences(made, previous)
        previous = made.digest
    return findings


def _differences(made: Seal, previous: str) -> Iterator[Finding]:
    order = {kind: place for place, kind in enumerate(_MODELS)}
    items = sorted(made.sealed_items.all(), key=lambda item: (order[item.kind], item.key))
    for kind in _MODELS:
        sealed = [item for item in items if item.kind == kind]
        now: dict[int, str] = {}
        for form in {item.form for item in sealed}:
            now |= _digests(kind, (item.key for item in sealed if item.form == form), form=form)
        for item in sealed:
            if item.key not in now:
                yield Finding(made.number, kind, item.key, f"The {kind} {item.key} is gone.")
            elif now[item.key] != item.digest:
                yield Finding(made.number, kind, item.key, f"The {kind} {item.key} was edited.")
    if made.items != len(items) or made.digest != _chained(made.number, made.at, items, previous):
        yield Finding(made.number, "", None, f"Seal {made.number} or its list of items was edited.")


def _unsealed(kind: str) -> list[int]:
    sealed = SealedItem.objects.filter(kind=kind, key=OuterRef("pk"))
    rows = _MODELS[kind]._default_manager.filter(~Exists(sealed)).order_by("pk")  # noqa: SLF001 -- Django's public name
    return list(rows.values_list("pk", flat=True))


def _digests(kind: str, keys: Iterable[int], *, form: int) -> Iterator[tuple[int, str]]:
    """Hash rows as they are now, in key order; left out are missing ones, and those of an unknown form."""
    ordered = sorted(keys)
    fields = _FIELDS.get((kind, form), [])
    for start in range(0, len(ordered) if fields else 0, _BATCH):
        batch = ordered[start : start + _BATCH]
        verdicts = _of_votes(Verdict, batch, _VERDICT[form], "criterion_id") if kind == Kind.VOTE else {}
        heard = _of_votes(Heard, batch, _HEARD, "id") if kind == Kind.VOTE and form > 1 else {}
        rows = _MODELS[kind]._default_manager.filter(pk__in=batch).order_by("pk")  # noqa: SLF001 -- Django's public name
        for row in rows.values(*fields):
            value = {"kind": kind, "row": row, "verdicts": verdicts.get(row["id"], [])}
            if form > 1:
                value["heard"] = heard.get(row["id"], [])
            yield row["id"], _sha256(value)


def _of_votes(
    model: type[Verdict | Heard], votes: list[int], fields: list[str], by: str
) -> dict[int, list[Any]]:
    """Collect the rows that hang on votes, by vote."""
    found: dict[int, list[Any]] = {}
    rows = model._default_manager.filter(vote__in=votes).order_by("vote_id", by)  # noqa: SLF001 -- as above
    for vote, *row in rows.values_list("vote_id", *fields):
        found.setdefault(vote, []).append(row)
    return found


def _chained(number: int, at: datetime, items: list[SealedItem], previous: str) -> str:
    rows = [[item.kind, item.key, item.digest] for item in items]
    return _sha256({"number": number, "at": at, "items": rows, "previous": previous})


def _sha256(value: object) -> str:
    """Hash the one canonical form: JSON with sorted keys, no spaces, moments in UTC, other values as text."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_text)
    return hashlib.sha256(text.encode()).hexdigest()


def _text(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
