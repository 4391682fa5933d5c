"""What the ballot's page sends, and what it offers to choose from."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, Field, ValidationError

from inference.models.wording import in_language
from judging.models import Criterion, Reason, Verdict, Vote
from judging.services.gate import CLIPS, Played
from judging.services.votes import Casting, Said

# Value, button, what it says, the action of its key (judging/pages/keys.py), its arrow. Source: J45.
ANSWERS = (
    ("left", gettext_lazy("A"), gettext_lazy("A is better"), "left", "←"),
    ("tie", gettext_lazy("Tie"), gettext_lazy("About equal, both acceptable"), "tie", "↓"),
    ("both_bad", gettext_lazy("Both bad"), gettext_lazy("Neither is acceptable"), "bad", "↑"),
    ("right", gettext_lazy("B"), gettext_lazy("B is better"), "right", "→"),
)
# Source: J49. What the loser, or both, did; then of what kind it was.
REASONS = (
    (Reason.OTHER_BETTER, gettext_lazy("Did it, the other did it better")),
    (Reason.FAILED, gettext_lazy("Tried and failed")),
    (Reason.NOT_UNDERSTOOD, gettext_lazy("Did not hear or understand")),
    (Reason.REFUSED, gettext_lazy("Refused")),
    (Reason.CONTENT, gettext_lazy("Content")),
    (Reason.LANGUAGE, gettext_lazy("Language")),
    (Reason.EMOTION, gettext_lazy("Emotion")),
    (Reason.FLAT, gettext_lazy("Flat")),
    (Reason.PACE, gettext_lazy("Pace")),
    (Reason.ODD_SOUNDS, gettext_lazy("Odd sounds")),
    (Reason.HARD_TO_UNDERSTAND, gettext_lazy("Hard to understand")),
)

_Ms = Annotated[int, Field(ge=0, le=100_000_000)]
_Three = Annotated[tuple[_Ms, _Ms, _Ms], Field()]


class _Beat(BaseModel, extra="forbid", frozen=True):
    """A beat as JSON, before it is believed."""

    page: uuid.UUID
    number: Annotated[int, Field(ge=1, le=1_000_000)]
    ranges: Annotated[
        dict[str, Annotated[list[tuple[_Ms, _Ms]], Field(max_length=2000)]], Field(max_length=3)
    ] = {}
    played_ms: _Three = (0, 0, 0)
    starts: _Three = (0, 0, 0)
    seeks: _Three = (0, 0, 0)
    first_order: _Three = (0, 0, 0)
    hidden_ms: _Ms = 0
    volume: Annotated[int, Field(ge=0, le=100)] = 100


def played(text: str) -> Played | None:
    """Read a beat; None where it is none of ours."""
    try:
        beat = _Beat.model_validate_json(text)
    except ValidationError:
        return None
    ranges = {
        clip: [[start, end] for start, end in beat.ranges.get(clip, []) if end > start] for clip in CLIPS
    }
    return Played(**(beat.model_dump() | {"ranges": ranges}))


class Answer(NamedTuple):
    """One of the four buttons of a row."""

    value: str
    label: str
    meaning: str
    key: str
    shown: str
    checked: bool


class Row(NamedTuple):
    """One criterion with its four answers, and what may be said beside them."""

    slug: str
    label: str
    question: str
    help: str
    answers: list[Answer]
    confidence: str
    prefilled: bool
    reasons: list[tuple[str, str, bool]]


class VoteForm(forms.Form):
    """The verdicts of one ballot; which are missing is for the service to say."""

    mark = forms.UUIDField()
    page = forms.UUIDField(required=False)
    supersedes = forms.UUIDField(required=False)
    active_ms = forms.IntegerField(required=False, min_value=0, max_value=100_000_000)
    build = forms.CharField(required=False, max_length=40)
    voice_known = forms.BooleanField(required=False)

    def __init__(self, *args: Any, criteria: Iterable[Criterion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = list(criteria)

    @property
    def casting(self) -> Casting:
        """What a valid form asks for."""
        said = self.cleaned_data
        return Casting(
            mark=said["mark"],
            page=said["page"],
            verdicts={criterion.slug: self._said(criterion.slug) for criterion in self.criteria},
            played=played(self.data.get("beat", "")),
            supersedes=said["supersedes"],
            active_ms=said["active_ms"],
            build=said["build"],
            voice_known=said["voice_known"],
        )

    def rows(self, vote: Vote | None = None, *, left: str = "") -> list[Row]:
        """What the page shows: what was sent before a refusal, or a vote's verdicts, or nothing chosen."""
        if vote is not None and not self.is_bound:
            given = _given(vote, left)
        else:
            given = {criterion.slug: self._said(criterion.slug) for criterion in self.criteria}
        return [_row(criterion, given.get(criterion.slug, Said())) for criterion in self.criteria]

    def _said(self, slug: str) -> Said:
        confidence = self.data.get(f"confidence-{slug}", "")
        reasons = self.data.getlist(f"reasons-{slug}") if hasattr(self.data, "getlist") else []
        return Said(
            answer=self.data.get(f"verdict-{slug}", ""),
            prefilled=self.data.get(f"prefilled-{slug}") == "1",
            confidence=int(confidence) if confidence in {"1", "2", "3"} else None,
            reasons=tuple(sorted({reason for reason in reasons if reason in Reason.values})),
        )


def _given(vote: Vote, left: str) -> Mapping[str, Said]:
    """Read a vote's verdicts as they stood on the page."""
    sides = {"a": "left" if left == "a" else "right", "b": "left" if left == "b" else "right"}
    return {
        verdict.criterion.slug: Said(
            answer=sides.get(verdict.answer, verdict.answer),
            prefilled=verdict.prefilled,
            confidence=verdict.confidence,
            reasons=tuple(verdict.reasons),
        )
        for verdict in vote.verdicts.all()
    }


def _row(criterion: Criterion, said: Said) -> Row:
    return Row(
        slug=criterion.slug,
        label=in_language(criterion, "label"),
        question=in_language(criterion, "question"),
        help=in_language(criterion, "help"),
        answers=[
            Answer(value, str(label), str(meaning), key, shown, checked=said.answer == value)
            for value, label, meaning, key, shown in ANSWERS
        ],
        confidence=str(said.confidence or ""),
        prefilled=said.prefilled,
        reasons=[(slug, str(label), slug in said.reasons) for slug, label in REASONS],
    )


class ReportForm(forms.Form):
    """What is wrong with a clip, and where."""

    kind = forms.CharField(required=False)
    clip = forms.CharField(required=False)
    time_ms = forms.IntegerField(required=False, min_value=0, max_value=100_000_000)
    text = forms.CharField(required=False, max_length=500)


def spoken(verdict: Verdict, *, left: str) -> str:
    """Say a verdict as its button did."""
    value = {"a": "left" if left == "a" else "right", "b": "left" if left == "b" else "right"}.get(
        verdict.answer, verdict.answer
    )
    return next(str(label) for name, label, *_ in ANSWERS if name == value)
