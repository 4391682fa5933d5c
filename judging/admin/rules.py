"""The exclusion rules, their runs, and what they propose (M34–M39)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from inference.admin.base import ReadOnlyAdmin, list_link, row_link
from inference.admin.decisions import Decision, Said
from inference.models import Alarm
from judging.models import ExclusionProposal, ExclusionRule, RuleRun, VoteExclusion
from judging.services.rules import limits, proposals

_DAYS = {"1": _("the last day"), "7": _("the last 7 days"), "28": _("the last 28 days"), "36500": _("ever")}


def _of_proposals(rows: Any) -> Sequence[str]:
    """What accepting does, in figures, before it happens (M21)."""
    votes, counted = rows.count(), limits.counted()
    people = rows.values("vote__ballot__annotator").distinct().count()
    text = ngettext(
        "Exclude %(votes)d vote of %(people)d person (%(share).1f %% of the %(of_all)d votes that count).",
        "Exclude %(votes)d votes, of people: %(people)d (%(share).1f %% of the %(of_all)d votes that count).",
        votes,
    )
    share = 100 * votes / counted if counted else 0.0
    return [text % {"votes": votes, "people": people, "share": share, "of_all": counted}]


def _of_runs(rows: Any) -> Sequence[str]:
    standing = VoteExclusion.objects.filter(run__in=rows, lift=None).count()
    return [_votes_back(standing)]


def _votes_back(votes: int) -> str:
    text = ngettext(
        "%(votes)d exclusion stands and would be lifted.",
        "%(votes)d exclusions stand and would be lifted.",
        votes,
    )
    return text % {"votes": votes}


def _of_rules(rows: Any) -> Sequence[str]:
    return [_votes_back(VoteExclusion.objects.filter(rule__in=rows, lift=None).count())]


def _lift_since(rule: ExclusionRule, said: Said) -> int:
    now = timezone.now()
    since = now - timedelta(days=int(said.kind))
    return proposals.lift_range(rule, since=since, until=now, by=said.by, reason=said.reason)


ACCEPT = Decision(
    name="accept",
    label=_("Accept"),
    effect=_(
        "These votes do not count from the next snapshot on. Where it is more than one percent, they wait "
        "for a second person."
    ),
    way_back=_("lift the exclusion."),
    apply=lambda row, said: proposals.accept(row, by=said.by, reason=said.reason),
    figures=_of_proposals,
)
REFUSE = Decision(
    name="refuse",
    label=_("Refuse"),
    effect=_("These votes count, and this version of the rule does not propose them again."),
    way_back=_("exclude the vote by hand."),
    apply=lambda row, said: proposals.refuse(row, by=said.by, reason=said.reason),
)
LIFT_RUN = Decision(
    name="lift_run",
    label=_("Lift all of the run"),
    effect=_("All votes that the run took out count again from the next snapshot on."),
    way_back=_("exclude again by hand."),
    apply=lambda row, said: proposals.lift_run(row, by=said.by, reason=said.reason),
    figures=_of_runs,
)
LIFT_RANGE = Decision(
    name="lift_range",
    label=_("Lift all of the rule"),
    effect=_("All votes that the rule took out within this time count again from the next snapshot on."),
    way_back=_("exclude again by hand."),
    apply=_lift_since,
    figures=_of_rules,
    kinds=lambda rows: [(days, str(label)) for days, label in _DAYS.items()],
)
MODE = Decision(
    name="set_mode",
    label=_("Change the mode"),
    effect=_("From the next run on the rule does this. More is one step after seven days at least."),
    way_back=_("set it back at any time."),
    apply=lambda row, said: proposals.set_mode(row, mode=said.kind, by=said.by, reason=said.reason),
    kinds=lambda rows: [
        (mode, str(label)) for mode, label in ExclusionRule.Mode.choices if mode != "by_hand"
    ],
)


@admin.register(ExclusionRule)
class ExclusionRuleAdmin(ReadOnlyAdmin):
    """The panel: what each rule does, how often, and whether something is wrong with it (M34)."""

    list_display: tuple[str, ...] = (
        *("slug", "version", "mode", "fails", "last_run", "day", "week", "month"),
        *("open_proposals", "standing", "lifted", "alarm", "active"),
    )
    list_filter = ("mode", "active")
    search_fields = ("slug", "sentence_en", "sentence_zh_hans")
    ordering = ("slug", "-version")
    shown: ClassVar[tuple[str, ...]] = ("runs_", "proposals_", "exclusions_")
    actions = (MODE.action(), LIFT_RANGE.action())

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExclusionRule]:
        """Rules with their counts."""
        rules: QuerySet[ExclusionRule] = super().get_queryset(request)
        alarms = Alarm.objects.filter(closed_at=None)
        self._alarms = dict(alarms.filter(subject__startswith="rule:").values_list("subject", "kind"))
        return rules.annotate(
            waiting=_count(ExclusionProposal.objects.filter(state="open")),
            out=_count(VoteExclusion.objects.filter(lift=None)),
            back=_count(VoteExclusion.objects.filter(lift__isnull=False)),
            **{f"{of}_{days}": _sum(of, days) for of in ("matched", "examined") for days in (1, 7, 28)},
            ran_at=RuleRun.objects.filter(rule=OuterRef("pk")).order_by("-id").values("at")[:1],
        )

    @admin.display(description=_("last run"))
    def last_run(self, rule: Any) -> Any:
        """When it was asked last."""
        return rule.ran_at

    @admin.display(description=_("a day"))
    def day(self, rule: Any) -> str:
        """Matched and examined within a day."""
        return _rate(rule, 1)

    @admin.display(description=_("7 days"))
    def week(self, rule: Any) -> str:
        """As before, of seven days."""
        return _rate(rule, 7)

    @admin.display(description=_("28 days"))
    def month(self, rule: Any) -> str:
        """As before, of 28 days."""
        return _rate(rule, 28)

    @admin.display(description=_("proposals"))
    def open_proposals(self, rule: Any) -> str:
        """Those that wait."""
        return list_link(ExclusionProposal, rule.waiting or 0, rule__id__exact=rule.pk, state__exact="open")

    @admin.display(description=_("excluded"))
    def standing(self, rule: Any) -> str:
        """Exclusions that stand."""
        return list_link(VoteExclusion, rule.out or 0, rule__id__exact=rule.pk, lift__isempty=1)

    @admin.display(description=_("lifted"))
    def lifted(self, rule: Any) -> str:
        """Exclusions that were lifted."""
        return list_link(VoteExclusion, rule.back or 0, rule__id__exact=rule.pk, lift__isempty=0)

    @admin.display(description=_("alarm"))
    def alarm(self, rule: ExclusionRule) -> str:
        """The kind of an open alarm about it."""
        return self._alarms.get(f"rule:{rule.slug}", "")

    @admin.display(description=_("runs"))
    def runs_(self, rule: ExclusionRule) -> str:
        """A link to its runs."""
        return list_link(RuleRun, _("All runs"), rule__id__exact=rule.pk)

    @admin.display(description=_("proposals"))
    def proposals_(self, rule: ExclusionRule) -> str:
        """A link to all that it matched."""
        return list_link(ExclusionProposal, _("All matches"), rule__id__exact=rule.pk)

    @admin.display(description=_("exclusions"))
    def exclusions_(self, rule: ExclusionRule) -> str:
        """A link to what it took out."""
        return list_link(VoteExclusion, _("All exclusions"), rule__id__exact=rule.pk)


@admin.register(RuleRun)
class RuleRunAdmin(ReadOnlyAdmin):
    """Searches for what rules match."""

    list_display = ("id", "rule", "at", "examined", "matched", "applied", "error")
    list_filter = ("rule", "at", ("error", admin.EmptyFieldListFilter))
    list_select_related = ("rule",)
    search_fields = ("rule__slug", "error")
    ordering = ("-id",)
    shown = ("matches",)
    actions = (LIFT_RUN.action(),)

    @admin.display(description=_("matches"))
    def matches(self, run: RuleRun) -> str:
        """A link to them."""
        return list_link(ExclusionProposal, run.matched, run__id__exact=run.pk)


@admin.register(ExclusionProposal)
class ExclusionProposalAdmin(ReadOnlyAdmin):
    """Votes that a rule or a person wants out."""

    list_display = (
        "id",
        "rule",
        "vote",
        "annotator",
        "reason",
        "state",
        "created_at",
        "seconded_by",
        "decided_by",
    )
    list_filter = ("state", "rule", "created_at")
    list_select_related = ("rule", "vote__ballot__annotator", "seconded_by", "decided_by")
    search_fields = ("vote__public_id", "vote__ballot__annotator__pseudonym", "reason")
    search_help_text = _("Public id of the vote, pseudonym or reason")
    ordering = ("-id",)
    actions = (ACCEPT.action(), REFUSE.action())

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Let a run's page lead to its matches, which no filter could list."""
        return lookup == "run__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("annotator"))
    def annotator(self, row: ExclusionProposal) -> str:
        """A link to who judged."""
        return row_link(row.vote.ballot.annotator)


def _count(rows: QuerySet[Any]) -> Any:
    of_rule = rows.filter(rule=OuterRef("pk")).order_by().values("rule")
    return of_rule.annotate(count=Count("pk")).values("count")


def _sum(of: str, days: int) -> Any:
    runs = RuleRun.objects.filter(rule=OuterRef("pk"), at__gt=timezone.now() - timedelta(days=days))
    return runs.order_by().values("rule").annotate(sum=Sum(of)).values("sum")


def _rate(rule: Any, days: int) -> str:
    matched, examined = (getattr(rule, f"{of}_{days}") or 0 for of in ("matched", "examined"))
    share = f" ({matched / examined:.2%})" if examined else ""
    return f"{matched} / {examined}{share}"
