"""Prompts come in: each once, whatever shape they were published in; a bad one never stops the good."""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from inference.audio.errors import AudioRefused
from inference.audio.ingest import Ingested, ingest
from inference.errors import Refused
from inference.manifest import BadRow, Outcome, PromptRow
from inference.models import Language, Level, Prompt, PromptSet, Task
from inference.services import media


@dataclass(frozen=True)
class Incoming:
    """A prompt on its way in, and how to get at its sound."""

    row: PromptRow
    sound: Callable[[], bytes]


@dataclass
class Report:
    """What came of an import."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[BadRow] = field(default_factory=list)


@dataclass(frozen=True)
class _Heard:
    """A prompt whose sound was looked at; `ingested` is None where the set holds that sound already."""

    row: PromptRow
    data: bytes
    sha256: str
    ingested: Ingested | None


def set_to_import_into(
    slug: str, *, title: str = "", licence: str = "", next_version: bool = False
) -> PromptSet:
    """Find or make the set that an import goes into: the newest of that slug.

    Args:
        slug: lower-case words with hyphens.
        title: for a new set; by default its slug.
        licence: for a new set; by default `unknown`.
        next_version: make the next version, which starts empty.

    Raises:
        Refused: the next version is asked for while the newest is still open to changes.
    """
    newest = PromptSet.objects.filter(slug=slug).order_by("-version").first()
    if newest and not next_version:
        return newest
    if newest and newest.frozen_at is None:
        raise Refused(
            f"{newest} is not frozen yet: import into it as it is, without a new version.", "set_is_open"
        )
    version = (PromptSet.objects.filter(slug=slug).aggregate(Max("version"))["version__max"] or 0) + 1
    return PromptSet.objects.create(
        slug=slug, version=version, title=title or slug, licence=licence or "unknown"
    )


def from_files(outcomes: Iterable[Outcome]) -> Iterator[BadRow | Incoming]:
    """Let each row's sound come from the file that it names."""
    for outcome in outcomes:
        yield outcome if isinstance(outcome, BadRow) else Incoming(outcome, outcome.audio.read_bytes)


def import_rows(
    incoming: Iterable[BadRow | Incoming],
    *,
    into: PromptSet,
    on_row: Callable[[Report], None] = lambda _: None,
) -> Report:
    """Take prompts into a set, one transaction each; what is there already stays as it is.

    Args:
        incoming: prompts and rows that were unreadable, in the order of their source.
        into: the set. A frozen one takes nothing new.
        on_row: called after each row, to show progress.
    """
    report = Report()
    known = {
        prompt.slug: prompt
        for prompt in into.prompts.select_related(
            "language", "answer_language", "task", "level", "clean_original"
        )
    }
    for outcome in _listened(incoming, known=known):
        if not isinstance(outcome, BadRow):
            try:
                _record(outcome, into=into, known=known, report=report)
            except Refused as refused:
                report.refused.append(BadRow(line=outcome.row.line, message=refused.message))
        else:
            report.refused.append(outcome)
        on_row(report)
    return report


def _listened(
    incoming: Iterable[BadRow | Incoming], *, known: dict[str, Prompt]
) -> Iterator[BadRow | _Heard]:
    """Look at the sounds, a few at a time on all cores, and yield them in order."""
    sounds = {slug: prompt.content_sha256 for slug, prompt in known.items()}
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        waiting: deque[Future[BadRow | _Heard]] = deque()
        for one in incoming:
            waiting.append(threads.submit(_listen, one, sounds))
            # A window, so that a large set is never in memory as a whole.
            if len(waiting) > 2 * (os.cpu_count() or 1):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _listen(one: BadRow | Incoming, sounds: dict[str, str]) -> BadRow | _Heard:
    if isinstance(one, BadRow):
        return one
    try:
        data = one.sound()
        sha256 = hashlib.sha256(data).hexdigest()
        if sounds.get(one.row.id) == sha256:
            return _Heard(one.row, data, sha256, None)
        return _Heard(one.row, data, sha256, ingest(data))
    except OSError as error:
        return BadRow(
            line=one.row.line, message=f"{one.row.id}: its audio cannot be read ({error.strerror})."
        )
    except AudioRefused as refused:
        return BadRow(line=one.row.line, message=f"{one.row.id}: {refused.message} ({refused.code})")


def _record(heard: _Heard, *, into: PromptSet, known: dict[str, Prompt], report: Report) -> None:
    row, there = heard.row, known.get(heard.row.id)
    fields = _fields(row, known=known) | {"content_sha256": heard.sha256}
    if there and all(getattr(there, name) == value for name, value in fields.items()):
        report.unchanged += 1
        return
    if into.frozen_at is not None:
        raise _frozen(row, into=into, is_new=there is None)
    same = next(
        (slug for slug, prompt in known.items() if prompt.content_sha256 == heard.sha256 and slug != row.id),
        None,
    )
    if same:
        raise Refused(f"{row.id} is the same sound as {same}.", "same_sound")
    try:
        known[row.id], added = _save(heard, fields, into=into)
    except IntegrityError:
        # The database refuses what a set takes no more; somebody froze it while the import ran.
        into.refresh_from_db(fields=["frozen_at"])
        if into.frozen_at is None:
            raise
        raise _frozen(row, into=into, is_new=there is None) from None
    if added:
        report.added += 1
    else:
        report.updated += 1


def _save(heard: _Heard, fields: dict[str, Any], *, into: PromptSet) -> tuple[Prompt, bool]:
    """Store a prompt with its sound; where the database refuses its row, no file stays behind."""
    taken = heard.ingested
    keys = [media.write(heard.data), media.write(taken.playback.flac)] if taken else []
    try:
        with transaction.atomic():
            if taken:
                raw = media.record_raw(keys[0], taken.raw)
                playback = media.record_playback(keys[1], taken.playback, made_from=raw)
                fields = fields | {"raw": raw, "playback": playback}
            return Prompt.objects.update_or_create(prompt_set=into, slug=heard.row.id, defaults=fields)
    except IntegrityError:
        media.discard(*keys)
        raise


def _frozen(row: PromptRow, *, into: PromptSet, is_new: bool) -> Refused:
    what = "new" if is_new else "changed"
    return Refused(
        f"{row.id} is {what}, and {into} is frozen. Import all as the next version: --next-version.",
        "set_is_frozen",
    )


def _fields(row: PromptRow, *, known: dict[str, Prompt]) -> dict[str, Any]:
    """A row in the columns of a prompt."""
    return {
        "transcript": row.text,
        "delivery_label": row.delivery_label,
        "language": Language.objects.get(code=row.language) if row.language else None,
        "answer_language": Language.objects.get(code=row.answer_language) if row.answer_language else None,
        "task": Task.objects.get(slug=row.task),
        "level": Level.objects.get(number=row.level) if row.level else None,
        "tags": list(row.tags),
        "split": row.split,
        "licence": row.licence,
        "origin": row.origin,
        "origin_detail": row.origin_detail,
        "clean_original": known.get(row.clean_original) if row.clean_original else None,
        "speaker_consent": row.speaker_consent,
    }
