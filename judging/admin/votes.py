"""Ballots, votes and their verdicts."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from inference.admin.base import ReadOnlyAdmin, ReadOnlyInline, row_link, seconds
from inference.admin.decisions import Decision
from inference.admin.filters import chosen
from judging.admin.searching import ways
from judging.models import Ballot, Batch, Policy, Verdict, Vote, VoteExclusion
from judging.services import moderation

RULE = chosen("rule", _("rule"), Policy.Rule.choices)
OF_BALLOT = chosen("ballot__rule", _("rule"), Policy.Rule.choices)
SYSTEMS = ("ballot__pair__system_a__slug", "ballot__pair__system_b__slug")


def standing_exclusions() -> QuerySet[VoteExclusion]:
    """The exclusions without a lift, of the vote that a query is about."""
    return VoteExclusion.objects.filter(vote=OuterRef("pk"), lift=None)


def of_votes(rows: Any) -> Sequence[str]:
    """What excluding does, in figures."""
    counted = Vote.objects.filter(~Exists(standing_exclusions()))
    taken = counted.filter(pk__in=rows)
    people = taken.values("ballot__annotator").distinct().count()
    votes, of_all = taken.count(), counted.count()
    text = ngettext(
        "Exclude %(votes)d vote of %(people)d person (%(share).1f %% of the %(of_all)d votes that count).",
        "Exclude %(votes)d votes, of people: %(people)d (%(share).1f %% of the %(of_all)d votes that count).",
        votes,
    )
    share = 100 * votes / of_all if of_all else 0.0
    return [text % {"votes": votes, "people": people, "share": share, "of_all": of_all}]


EXCLUDE = Decision(
    name="exclude",
    label=_("Exclude"),
    effect=_("These votes do not count from the next snapshot on. Nothing is deleted."),
    way_back=_("lift the exclusion."),
    apply=lambda vote, said: moderation.exclude(vote, reason=said.reason, by=said.by),
    figures=of_votes,
)


class CountsFilter(admin.SimpleListFilter):
    """Votes that count, and those that an exclusion keeps out."""

    title = _("whether it counts")
    parameter_name = "counts"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The two kinds."""
        return [("yes", _("Counts")), ("no", _("Excluded"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Vote]) -> QuerySet[Vote]:
        """The votes of the chosen kind."""
        match self.value():
            case "yes":
                return queryset.filter(~Exists(standing_exclusions()))
            case "no":
                return queryset.filter(Exists(standing_exclusions()))
        return queryset


class VerdictInline(ReadOnlyInline):
    """A vote's answers."""

    model = Verdict
    fields = ("criterion", "answer")
    show_change_link = False


class ExclusionInline(ReadOnlyInline):
    """What keeps a vote from counting."""

    model = VoteExclusion
    fields = ("rule", "reason", "created_by", "created_at", "lift")

    @admin.display(description="lift")
    def lift(self, exclusion: VoteExclusion) -> str:
        """A link, where it was lifted."""
        return row_link(getattr(exclusion, "lift", None))


class VoteInline(ReadOnlyInline):
    """What came of a ballot."""

    model = Vote
    fields = ("public_id", "cast_at", "elapsed_ms")


@admin.register(Ballot)
class BallotAdmin(ReadOnlyAdmin):
    """Pairs given to people."""

    list_display = ("id", "annotator", "prompt", "a", "b", "left", "state", "issued_at", "expires_at")
    list_filter = ("state", "issued_at", RULE, "left", "first")
    list_select_related = ("annotator", "pair__prompt", "pair__system_a", "pair__system_b")
    search_fields = (
        "public_id",
        "annotator__pseudonym",
        "annotator__user__email",
        "pair__prompt__slug",
        *(name.removeprefix("ballot__") for name in SYSTEMS),
    )
    search_help_text = _("Public id, number, pseudonym, part of a mail address; slug of a prompt or a system")
    marks: ClassVar[dict[str, type[Model]]] = {"": Ballot, "batch": Batch}
    ways = ways("")
    ordering = ("-id",)
    inlines = (VoteInline,)

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Let a pair's page lead to its ballots, which no filter could list."""
        return lookup == "pair__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description="prompt", ordering="pair__prompt__slug")
    def prompt(self, ballot: Ballot) -> str:
        """Its slug."""
        return ballot.pair.prompt.slug

    @admin.display(description="a", ordering="pair__system_a__slug")
    def a(self, ballot: Ballot) -> str:
        """Its slug."""
        return ballot.pair.system_a.slug

    @admin.display(description="b", ordering="pair__system_b__slug")
    def b(self, ballot: Ballot) -> str:
        """Its slug."""
        return ballot.pair.system_b.slug


@admin.register(Vote)
class VoteAdmin(ReadOnlyAdmin):
    """What came of ballots."""

    list_display = ("id", "cast_at", "annotator", "prompt", "a", "b", "answers", "took", "counts")
    list_filter = (CountsFilter, "cast_at", "verdicts__answer", OF_BALLOT)
    list_select_related = (
        "ballot__annotator",
        "ballot__pair__prompt",
        "ballot__pair__system_a",
        "ballot__pair__system_b",
    )
    search_fields = (
        "public_id",
        "ballot__public_id",
        "ballot__annotator__pseudonym",
        "ballot__annotator__user__email",
        "ballot__pair__prompt__slug",
        *SYSTEMS,
    )
    search_help_text = _("Public id, number, pseudonym, part of a mail address; slug of a prompt or a system")
    marks: ClassVar[dict[str, type[Model]]] = {"": Vote, "ballot": Ballot}
    ways = ways("ballot__")
    ordering = ("-id",)
    shown = ("annotator_page", "pair_page", "a", "b")
    inlines = (VerdictInline, ExclusionInline)
    actions = (EXCLUDE.action(),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Vote]:
        """Votes with their answers, and whether an exclusion stands."""
        votes: QuerySet[Vote] = super().get_queryset(request)
        return votes.annotate(out=Exists(standing_exclusions())).prefetch_related("verdicts__criterion")

    @admin.display(description="annotator", ordering="ballot__annotator__pseudonym")
    def annotator(self, vote: Vote) -> str:
        """The pseudonym."""
        return vote.ballot.annotator.pseudonym

    @admin.display(description="prompt", ordering="ballot__pair__prompt__slug")
    def prompt(self, vote: Vote) -> str:
        """Its slug."""
        return vote.ballot.pair.prompt.slug

    @admin.display(description="a", ordering=SYSTEMS[0])
    def a(self, vote: Vote) -> str:
        """System a."""
        return vote.ballot.pair.system_a.slug

    @admin.display(description="b", ordering=SYSTEMS[1])
    def b(self, vote: Vote) -> str:
        """System b."""
        return vote.ballot.pair.system_b.slug

    @admin.display(description="annotator")
    def annotator_page(self, vote: Vote) -> str:
        """A link to who judged."""
        return row_link(vote.ballot.annotator)

    @admin.display(description="pair")
    def pair_page(self, vote: Vote) -> str:
        """A link to what was judged, with the clips."""
        return row_link(vote.ballot.pair)

    @admin.display(description="answers")
    def answers(self, vote: Vote) -> str:
        """One a criterion."""
        return ", ".join(
            f"{verdict.criterion.slug}: {verdict.get_answer_display()}" for verdict in vote.verdicts.all()
        )

    @admin.display(description="took", ordering="elapsed_ms")
    def took(self, vote: Vote) -> str:
        """Seconds from opening to casting."""
        return seconds(vote.elapsed_ms)

    @admin.display(description="counts", boolean=True)
    def counts(self, vote: Any) -> bool:
        """Whether no exclusion stands."""
        return not vote.out


@admin.register(Verdict)
class VerdictAdmin(ReadOnlyAdmin):
    """Answers on one criterion."""

    list_display = ("id", "vote", "criterion", "answer")
    list_filter = ("criterion", "answer")
    list_select_related = ("vote", "criterion")
    search_fields = ("vote__public_id", "vote__ballot__annotator__pseudonym")
    search_help_text = _("Public id of the vote, number, pseudonym; slug of a prompt or a system")
    marks: ClassVar[dict[str, type[Model]]] = {"vote": Vote}
    ways = ways("vote__ballot__")
    ordering = ("-id",)
