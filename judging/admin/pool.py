"""What ballots are made of: pairs, and what may be decided about prompts, systems and responses.

Those live in `inference`, which knows nothing of ballots; the decisions that end ballots are therefore
added to its pages from here.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from inference.admin import jobs as job_pages
from inference.admin import prompts as prompt_pages
from inference.admin import systems as system_pages
from inference.admin.base import ReadOnlyAdmin, by_state, player
from inference.admin.decisions import Decision
from inference.models import Job, Prompt, Response, System
from inference.services.moderation import ResponseFault
from judging.admin.searching import of_pair
from judging.models import Ballot, Pair, SystemPair
from judging.services import ballots, moderation


def _open(holding: Q) -> str:
    count = Ballot.objects.filter(holding, state__in=ballots.OPEN).count()
    return ngettext("Void %(count)d open ballot.", "Void %(count)d open ballots.", count) % {"count": count}


def of_prompts(rows: Any) -> Sequence[str]:
    """What withdrawing does, in figures."""
    return [_open(Q(pair__prompt__in=rows))]


def of_systems(rows: Any) -> Sequence[str]:
    """What retiring does, in figures."""
    count = Job.objects.filter(system__in=rows, state=Job.State.QUEUED).count()
    waiting = ngettext("Cancel %(count)d waiting job.", "Cancel %(count)d waiting jobs.", count)
    return [_open(Q(pair__system_a__in=rows) | Q(pair__system_b__in=rows)), waiting % {"count": count}]


def of_responses(rows: Any) -> Sequence[str]:
    """What taking responses out does, in figures."""
    return [_open(Q(pair__response_a__in=rows) | Q(pair__response_b__in=rows))]


WITHDRAW = Decision(
    name="withdraw",
    label=_("Withdraw"),
    effect=_("Pairs on these prompts are not drawn any more, and open ballots on them end. Votes stay."),
    way_back=_("none; the next version of the set may hold a better one."),
    apply=lambda prompt, said: moderation.withdraw(prompt, by=said.by, reason=said.reason),
    figures=of_prompts,
)
RETIRE = Decision(
    name="retire",
    label=_("Retire"),
    effect=_("These systems are not paired any more. They stay on the boards, marked as retired."),
    way_back=_("none; a retired system can only be registered again as another one."),
    apply=lambda system, said: moderation.retire(system, by=said.by, reason=said.reason),
    figures=of_systems,
)
QUARANTINE = Decision(
    name="quarantine",
    label=_("Quarantine"),
    effect=_("These responses are not paired until somebody accepts or rejects them. Votes on them stay."),
    way_back=_("accept."),
    apply=lambda response, said: moderation.quarantine(
        response, fault=said.kind, by=said.by, reason=said.reason
    ),
    figures=of_responses,
    kinds=lambda rows: ResponseFault.choices,
)
REJECT = Decision(
    name="reject",
    label=_("Reject"),
    effect=_("These responses are never paired again. Votes on them stay, unless they are excluded."),
    way_back=_("none."),
    apply=lambda response, said: moderation.reject(response, fault=said.kind, by=said.by, reason=said.reason),
    figures=of_responses,
    kinds=lambda rows: ResponseFault.choices,
)

for _table in (Prompt, System, Response):
    admin.site.unregister(_table)


@admin.register(Prompt)
class PromptAdmin(prompt_pages.PromptAdmin):
    """Spoken instructions, with what may be decided about them."""

    actions = (WITHDRAW.action(),)


@admin.register(System)
class SystemAdmin(system_pages.SystemAdmin):
    """Competitors, with what may be decided about them."""

    actions = (*system_pages.SystemAdmin.actions, RETIRE.action())


@admin.register(Response)
class ResponseAdmin(job_pages.ResponseAdmin):
    """Answers, with what may be decided about them."""

    actions = (*job_pages.ResponseAdmin.actions, QUARANTINE.action(), REJECT.action())


@admin.register(Pair)
class PairAdmin(ReadOnlyAdmin):
    """Two responses to one prompt."""

    list_display = ("id", "prompt", "system_a", "system_b", "created_at")
    list_filter = ("created_at", "prompt__prompt_set", "prompt__level", "prompt__language")
    list_select_related = ("prompt", "system_a", "system_b")
    search_fields = ("prompt__slug", "system_a__slug", "system_b__slug", "=id")
    search_help_text = _("Number, or slug of a prompt or a system")
    ways = of_pair("")
    ordering = ("-id",)
    shown = ("listen_prompt", "listen_a", "listen_b", "ballots")

    @admin.display(description="listen to the prompt")
    def listen_prompt(self, pair: Pair) -> str:
        """A player."""
        return player(pair.prompt.playback)

    @admin.display(description="listen to a")
    def listen_a(self, pair: Pair) -> str:
        """A player."""
        return player(pair.response_a.playback)

    @admin.display(description="listen to b")
    def listen_b(self, pair: Pair) -> str:
        """A player."""
        return player(pair.response_b.playback)

    @admin.display(description="ballots")
    def ballots(self, pair: Pair) -> str:
        """Counts by state, each a link."""
        return by_state(Ballot.objects.filter(pair=pair), pair__id__exact=pair.pk)


@admin.register(SystemPair)
class SystemPairAdmin(ReadOnlyAdmin):
    """How often two systems stood on each side."""

    list_display = ("id", "system_a", "system_b", "a_left", "a_right", "a_first", "b_first")
    list_filter = ("system_a", "system_b")
    list_select_related = ("system_a", "system_b")
    search_fields = ("system_a__slug", "system_b__slug")
    ordering = ("system_a__slug", "system_b__slug")
