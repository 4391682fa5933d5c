"""What boards say to the exclusion of votes: figures before a decision, a rule's page (M21, M35, M37).

The lists are those of `judging`, which knows no board; they are registered anew with what is added here.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from judging.admin import rules as judged
from judging.admin import votes as voted
from judging.models import ExclusionProposal, ExclusionRule, Vote
from leaderboard.admin import rule_page
from leaderboard.selectors import without

for _table in (ExclusionRule, ExclusionProposal, Vote):
    admin.site.unregister(_table)


def in_words(effects: Sequence[without.Effect]) -> list[str]:
    """Say in a sentence for each board what would move."""
    said = []
    for effect in effects:
        moves = ", ".join(
            f"{line.system} {line.points:+.1f} ({line.rank_before} → {line.rank_after})"
            for line in effect.moved
        )
        values = {"board": str(effect.board), "verdicts": effect.verdicts}
        sentence = gettext("%(board)s without %(verdicts)d verdicts:") % values
        said.append(f"{sentence} {moves or gettext('nothing moves')}")
    return said


def _of_proposals(rows: Any) -> Sequence[str]:
    votes = Vote.objects.filter(pk__in=rows.order_by().values("vote"))
    return [*judged.ACCEPT.figures(rows), *in_words(without.without(votes))]


def _of_votes(rows: Any) -> Sequence[str]:
    return [*voted.EXCLUDE.figures(rows), *in_words(without.without(rows))]


ACCEPT = replace(judged.ACCEPT, figures=_of_proposals)
EXCLUDE = replace(voted.EXCLUDE, figures=_of_votes)


@admin.register(ExclusionProposal)
class ExclusionProposalAdmin(judged.ExclusionProposalAdmin):
    """Proposals, with what accepting them does to the boards."""

    actions = (ACCEPT.action(), judged.REFUSE.action())


@admin.register(Vote)
class VoteAdmin(voted.VoteAdmin):
    """Votes, with what their exclusion does to the boards."""

    actions = (EXCLUDE.action(),)


@admin.register(ExclusionRule)
class ExclusionRuleAdmin(judged.ExclusionRuleAdmin):
    """The panel, with a page for each rule."""

    # Beside the name: at the end of so many columns it is out of sight.
    list_display: tuple[str, ...] = ("slug", "page", *judged.ExclusionRuleAdmin.list_display[1:])
    shown: ClassVar[tuple[str, ...]] = ("page", *judged.ExclusionRuleAdmin.shown)

    def get_urls(self) -> list[URLPattern]:
        """Add the rule's page."""
        view = self.admin_site.admin_view(self._page)
        return [path("<int:key>/page/", view, name="judging_exclusionrule_page"), *super().get_urls()]

    @admin.display(description=_("page"))
    def page(self, rule: ExclusionRule) -> str:
        """A link to its page."""
        address = reverse("admin:judging_exclusionrule_page", args=[rule.pk])
        return format_html('<a href="{}">{}</a>', address, _("Look into it"))

    def _page(self, request: HttpRequest, key: int) -> HttpResponseBase:
        return rule_page.answer(request, self, key)
