"""Actions of the admin: each says what it will do, asks for a reason, and calls one service for each row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inference.admin.base import ReadOnlyAdmin
from inference.errors import Refused

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST_ROWS = 500
"""In one decision; below Django's limit of 1,000 fields in a form."""
NAMED_ROWS = 10

Action = Callable[[ReadOnlyAdmin, HttpRequest, Any], HttpResponse | None]


class DecisionForm(forms.Form):
    """Why, and where the decision has kinds, which."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60, "class": "vLargeTextField"}),
        help_text=gettext_lazy("Kept in the audit trail, with your name."),
    )

    def __init__(self, *args: Any, kinds: Sequence[tuple[str, str]] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kinds is None:
            del self.fields["kind"]
        else:
            self.fields["kind"] = forms.ChoiceField(label=_("Kind"), choices=[("", "---"), *kinds])


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a person said on the confirmation page."""

    by: Any
    reason: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What an action does, in words for its confirmation page and in the service that it calls.

    Attributes:
        name: the action's name in the form.
        label: what the list offers.
        effect: a sentence on what follows.
        way_back: a sentence on how it is undone, or that it is not.
        apply: calls the service for one row, which writes the audit entry; a `Refused` is shown.
        figures: sentences with numbers for these rows, before anything happens (M21).
        kinds: what the person chooses from, given the rows, or None.
    """

    name: str
    label: "StrOrPromise"
    effect: "StrOrPromise"
    way_back: "StrOrPromise"
    apply: Callable[[Any, Said], object]
    figures: Callable[[Any], Sequence[str]] = lambda rows: ()
    kinds: Callable[[Any], Sequence[tuple[str, str]]] | None = None

    def action(self) -> Action:
        """The action for a `ReadOnlyAdmin`."""

        @admin.action(permissions=["decide"], description=self.label)
        def decide(table: ReadOnlyAdmin, request: HttpRequest, rows: Any) -> HttpResponse | None:
            return _decide(self, table, request, rows)

        decide.__name__ = self.name
        return decide


def _decide(decision: Decision, table: ReadOnlyAdmin, request: HttpRequest, rows: Any) -> HttpResponse | None:
    if rows.count() > MOST_ROWS:
        text = _("At most %(most)s rows in one decision: narrow the list first.") % {"most": MOST_ROWS}
        table.message_user(request, text, messages.ERROR)
        return None
    said = request.POST if "decided" in request.POST else None
    form = DecisionForm(said, kinds=decision.kinds and decision.kinds(rows))
    if not form.is_valid():
        return _ask(decision, table, request, rows, form)
    words = Said(by=request.user, reason=form.cleaned_data["reason"], kind=form.cleaned_data.get("kind", ""))
    done = 0
    for row in rows:
        try:
            decision.apply(row, words)
        except Refused as refused:
            table.message_user(request, f"{row}: {refused.message}", messages.ERROR)
        else:
            done += 1
    if done:
        text = ngettext("%(label)s: done for %(count)d row.", "%(label)s: done for %(count)d rows.", done)
        table.message_user(request, text % {"label": decision.label, "count": done}, messages.SUCCESS)
    return None


def _ask(
    decision: Decision, table: ReadOnlyAdmin, request: HttpRequest, rows: Any, form: DecisionForm
) -> HttpResponse:
    chosen = list(rows)
    context = {
        **table.admin_site.each_context(request),
        "title": decision.label,
        "opts": table.opts,
        "decision": decision,
        "figures": decision.figures(rows),
        "chosen": chosen,
        "named": chosen[:NAMED_ROWS],
        "others": len(chosen[NAMED_ROWS:]),
        "form": form,
        "checkbox": ACTION_CHECKBOX_NAME,
        "media": table.media,
    }
    return TemplateResponse(request, "admin/decision.html", context, status=422 if form.is_bound else 200)
