"""Reports: a queue to take from, and a page that names nobody until it is decided (M16–M18, M26)."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from inference.admin.base import ReadOnlyAdmin, person, player
from inference.admin.decisions import Decision
from inference.services.moderation import ResponseFault
from judging.models import Report
from judging.services import report_queue

# What tells whose answer it is, or whose word; shown once it is decided.
NAMES = frozenset({"response", "system", "ballot", "reporter", "annotator"})

SETTLE = Decision(
    name="settle",
    label=_("Settle"),
    effect=_("All reports of the same kind about the same clip end with this outcome."),
    way_back=_("none; what follows for the answer is decided on its own page."),
    apply=lambda row, said: report_queue.settle(row, decision=said.kind, by=said.by, reason=said.reason),
    kinds=lambda rows: [(fault, str(label)) for fault, label in ResponseFault.choices],
)
DISMISS = Decision(
    name="dismiss",
    label=_("Dismiss: nothing is wrong"),
    effect=_("All reports of the same kind about the same clip end: nothing is wrong."),
    way_back=_("none; anybody may report it again."),
    apply=lambda row, said: report_queue.dismiss(row, by=said.by, reason=said.reason),
)


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """What people found wrong."""

    list_display = ("id", "kind", "source", "clip", "time_ms", "text", "state", "claimed_by", "created_at")
    list_filter = ("state", "kind", "source", "created_at")
    list_select_related = ("claimed_by",)
    search_fields = ("public_id", "ballot__public_id", "text", "reporter__email")
    search_help_text = _("Public id of the report or the ballot, its text, or who wrote it")
    ordering = ("-id",)
    actions = (SETTLE.action(), DISMISS.action())
    shown = ("prompt_clip", "reported_clip", "same")
    change_list_template = "admin/judging/report/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the next one, and its release."""
        wrap = self.admin_site.admin_view
        return [
            path("next/", wrap(self.next), name="judging_report_next"),
            path("<int:key>/release/", wrap(self.release), name="judging_report_release"),
            *super().get_urls(),
        ]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Everything, but no names before the decision."""
        fields = super().get_fields(request, obj)
        undecided = obj is not None and obj.state in (Report.State.OPEN, Report.State.CLAIMED)
        return [name for name in fields if not (undecided and name in NAMES)]

    def next(self, request: HttpRequest) -> HttpResponseBase:
        """Claim the first report that is not one's own matter, and show it."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        found = report_queue.claim_next(person(request))
        if found is None:
            self.message_user(request, gettext("No report waits."), messages.SUCCESS)
            return redirect("admin:judging_report_changelist")
        return redirect("admin:judging_report_change", found.pk)

    def release(self, request: HttpRequest, key: int) -> HttpResponseBase:
        """Give a claimed report back."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if row := Report.objects.filter(pk=key).first():
            report_queue.release(row, by=person(request))
        return redirect(reverse("admin:judging_report_changelist") + "?state__exact=open")

    @admin.display(description=_("prompt's clip"))
    def prompt_clip(self, report: Report) -> str:
        """Controls that play what was asked."""
        prompt = report.prompt or (report.ballot.pair.prompt if report.ballot else None)
        return player(prompt.playback if prompt else None)

    @admin.display(description=_("reported clip"))
    def reported_clip(self, report: Report) -> str:
        """Controls that play the reported answer."""
        return player(report.response.playback if report.response else None)

    @admin.display(description=_("open reports of the same"))
    def same(self, report: Report) -> int:
        """How many people say so."""
        return report_queue.alike(report).count()
