"""A team's people and tokens. Whoever is not in a team cannot tell that it exists."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.decorators import login_required
from django.core.mail import send_mail
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inference.errors import Refused
from inference.forms import InvitationForm, TeamForm, TokenForm
from inference.models import Bucket, Invitation, Membership, Team
from inference.selectors import owners
from inference.services import quotas, teams, tokens

UNPROCESSABLE = 422


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_teams(request: HttpRequest) -> HttpResponse:
    """List a person's teams and invitations, and make a team."""
    person, status = _person(request), 200
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = teams.create(by=person, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            return redirect("my_team", slug=made.slug)
    if form.is_bound:
        status = UNPROCESSABLE
    context = {
        "memberships": owners.memberships(person).select_related("team"),
        "invitations": owners.invitations(person).select_related("team", "invited_by"),
        "form": form,
    }
    return render(request, "inference/my_teams.html", context, status=status)


@login_required
@never_cache
@require_POST
def answer_invitation(request: HttpRequest, invitation: UUID) -> HttpResponse:
    """Accept or decline an invitation to an address that is the person's own, confirmed."""
    found = get_object_or_404(owners.invitations(_person(request)), public_id=invitation)
    teams.answer(found, by=_person(request), accept=request.POST.get("answer") == "accept")
    return redirect("my_teams")


@login_required
@never_cache
@require_safe
def my_team(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a team: its people, its tokens, its quota, its webhooks."""
    return _page(request, _own(request, slug))


@login_required
@never_cache
@require_POST
def invite(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask somebody in."""
    team, form = _own(request, slug), InvitationForm(request.POST)
    if not form.is_valid():
        return _page(request, team, invitation_form=form, status=UNPROCESSABLE)
    try:
        teams.invite(team, by=_person(request), **form.cleaned_data)
    except Refused as refused:
        form.add_error(None, refused.message)
        return _page(request, team, invitation_form=form, status=refused.status)
    text = gettext("%(person)s asks you into the team %(team)s. Answer here: %(address)s") % {
        "person": request.user,
        "team": team.name,
        "address": request.build_absolute_uri(reverse("my_teams")),
    }
    send_mail(gettext("An invitation"), text, None, [form.cleaned_data["email"]], fail_silently=True)
    messages.success(request, gettext("They were asked."))
    return redirect("my_team", slug=slug)


@login_required
@never_cache
@require_POST
def leave(request: HttpRequest, slug: str, person: int) -> HttpResponse:
    """Let a person go; anybody may go themselves."""
    team = _own(request, slug)
    who = get_object_or_404(get_user_model(), pk=person, memberships__team=team, memberships__left_at=None)
    try:
        teams.leave(team, person=who, by=_person(request))
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("my_team", slug=slug)
    return redirect("my_teams") if who == request.user else redirect("my_team", slug=slug)


@login_required
@never_cache
@require_POST
def set_role(request: HttpRequest, slug: str, person: int) -> HttpResponse:
    """Make a member an owner, or the other way round."""
    team = _own(request, slug)
    who = get_object_or_404(get_user_model(), pk=person, memberships__team=team, memberships__left_at=None)
    role = request.POST.get("role", "")
    if role not in Membership.Role.values:
        raise Http404
    try:
        teams.set_role(team, person=who, role=role, by=_person(request))
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("my_team", slug=slug)


@login_required
@never_cache
@require_POST
def make_token(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a token, and show it: now and never again."""
    team, form = _own(request, slug), TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, team, token_form=form, status=UNPROCESSABLE)
    shown = tokens.make(team, by=_person(request), **form.cleaned_data)
    return _page(request, team, shown=shown.text)


@login_required
@never_cache
@require_POST
def revoke_token(request: HttpRequest, slug: str, token: UUID) -> HttpResponse:
    """End a token at once."""
    team = _own(request, slug)
    tokens.revoke(get_object_or_404(team.tokens, public_id=token), by=_person(request))
    messages.success(request, gettext("The token ends now."))
    return redirect("my_team", slug=slug)


def _page(
    request: HttpRequest,
    team: Team,
    *,
    token_form: TokenForm | None = None,
    invitation_form: InvitationForm | None = None,
    shown: str = "",
    status: int = 200,
) -> HttpResponse:
    people = team.memberships.filter(left_at=None).select_related("person")
    mine = next((one for one in people if one.person_id == _person(request).pk), None)
    now = timezone.now()
    context = {
        "team": team,
        "people": people,
        "is_owner": mine is not None and mine.role == Membership.Role.OWNER,
        "invited": Invitation.objects.filter(team=team, answered_at=None, expires_at__gt=now),
        "tokens": team.tokens.filter(revoked_at=None).select_related("created_by"),
        "quota": [quotas.of(team, bucket, now=now) for bucket in Bucket if bucket != Bucket.LIVE],
        "grants": quotas.grants(team, now=now),
        "webhooks": team.webhooks.filter(deleted_at=None),
        "token_form": token_form or TokenForm(),
        "invitation_form": invitation_form or InvitationForm(),
        "shown": shown,
        "now": now,
    }
    return render(request, "inference/my_team.html", context, status=status)


def _person(request: HttpRequest) -> AbstractBaseUser:
    if not request.user.is_authenticated:
        raise Http404
    return request.user


def _own(request: HttpRequest, slug: str) -> Team:
    mine = owners.memberships(_person(request)).values("team")
    return get_object_or_404(Team, slug=slug, pk__in=mine)
