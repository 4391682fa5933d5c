"""What the ballot's page sends, and what it offers to choose from."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy

from judging.models import Criterion

# Value, button, what it says, key. The order is the page's. Source: J45, J76.
ANSWERS = (
    ("left", gettext_lazy("A"), gettext_lazy("A is better"), "←"),
    ("tie", gettext_lazy("Tie"), gettext_lazy("About equal, both acceptable"), "↓"),
    ("both_bad", gettext_lazy("Both bad"), gettext_lazy("Neither is acceptable"), "↑"),
    ("right", gettext_lazy("B"), gettext_lazy("B is better"), "→"),
)

# As the page's table shows them; what they do is in the page's script. Source: J76.
KEYS = (
    (("P", "1", "2"), gettext_lazy("Play or pause the prompt, A, B")),
    (("G",), gettext_lazy("Play all three")),
    (("Space",), gettext_lazy("Pause or go on")),
    (("`",), gettext_lazy("The other answer at the same moment")),
    ((",", "."), gettext_lazy("Two seconds back, two seconds on")),
    (("R",), gettext_lazy("From the start")),
    (("←", "→"), gettext_lazy("A is better, B is better")),
    (("↓", "T"), gettext_lazy("Tie")),
    (("↑", "X"), gettext_lazy("Both bad")),
    (("Enter",), gettext_lazy("Save and go on")),
    (("S",), gettext_lazy("Skip this pair")),
    (("L",), gettext_lazy("Show or hide the prompt's text")),
    (("?",), gettext_lazy("This table")),
)


class Answer(NamedTuple):
    """One of the four buttons of a row."""

    value: str
    label: str
    meaning: str
    key: str
    checked: bool


class Row(NamedTuple):
    """One criterion with its four answers."""

    name: str
    label: str
    question: str
    answers: list[Answer]


class VoteForm(forms.Form):
    """The verdicts of one ballot; which are missing is for the service to say."""

    mark = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, criteria: Iterable[Criterion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = list(criteria)

    @property
    def verdicts(self) -> dict[str, str]:
        """What was answered, by the criterion's slug."""
        return {criterion.slug: self.data.get(_name(criterion), "") for criterion in self.criteria}

    @property
    def rows(self) -> list[Row]:
        """What the page shows, with what was chosen before a refusal."""
        chosen = self.verdicts
        return [
            Row(
                name=_name(criterion),
                label=criterion.label_en,
                question=criterion.question_en,
                answers=[
                    Answer(value, str(label), str(meaning), key, checked=chosen[criterion.slug] == value)
                    for value, label, meaning, key in ANSWERS
                ],
            )
            for criterion in self.criteria
        ]


def _name(criterion: Criterion) -> str:
    return f"verdict-{criterion.slug}"
