"""The admin's site: behind the site's own login, with its tables in the order of the paths."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from arena_site import second_factor

# Prompt to response, pair to vote, snapshot to board; what is not named here comes last.
ORDER = {
    "inference": (
        "PromptSet Prompt Model System Job Attempt Stage Response AudioFile WorkerPulse Turn Team Membership "
        "AuditEntry SecurityEvent"
    ),
    "judging": (
        "Annotator Batch Ballot Vote Verdict Heard BatchClosing Report VoteExclusion ExclusionLift "
        "ExclusionProposal ExclusionRule RuleRun Policy PolicyCriterion Criterion Pair GoldAnswer"
    ),
    "leaderboard": "Board Snapshot Standing HeadToHead",
    "arena_site": "User",
}


def _place(names: list[str], name: str) -> int:
    return names.index(name) if name in names else len(names)


class ArenaAdminSite(admin.AdminSite):
    """Django's admin, for staff of this site."""

    site_title = _("S2S-Arena")
    site_header = _("S2S-Arena: moderation")
    index_title = _("All tables")
    empty_value_display = "–"
    # Wide tables need the room; the first page lists everything.
    enable_nav_sidebar = False

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show what waits, what is wrong and how the arena does, above the tables."""
        from arena_site.dashboard import page  # noqa: PLC0415 -- it names tables, which register at this site

        return super().index(request, {**page.context(request), **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        """Add the drill-downs."""
        from arena_site.looking import page  # noqa: PLC0415 -- it names tables, which register at this site

        return [*page.addresses(self), *super().get_urls()]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send strangers to the site's login page, and refuse those who are logged in and not staff."""
        user = request.user
        if user.is_authenticated and user.is_active and getattr(user, "is_staff", False):
            # Only the second factor is missing, or has run out.
            name = "mfa_reauthenticate" if second_factor.has_one(user) else "mfa_activate_totp"
            return redirect(f"{reverse(name)}?{urlencode({'next': reverse('admin:index')})}")
        answer: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return answer

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the person is staff, and showed their second factor."""
        return super().has_permission(request) and second_factor.is_passed(request)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Send to the site's own page, where tries are limited."""
        return redirect("account_change_password")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """List apps and tables in the order in which work goes through them."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            names = ORDER.get(app["app_label"], "").split()
            app["models"].sort(key=lambda table, names=names: _place(names, table["object_name"]))
        return sorted(apps, key=lambda app: _place(list(ORDER), app["app_label"]))
