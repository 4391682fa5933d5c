"""Teams: people make one, ask others in, and leave; somebody always owns it."""

from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from inference.errors import Refused
from inference.models import ApiToken, Invitation, Membership, Team
from inference.services import audit, tokens

INVITATION_LIFE = timedelta(days=14)
MOST_TEAMS = 5
OWN = "Their own team."


@transaction.atomic
def create(
    *, by: AbstractBaseUser, slug: str, name: str, provider: str = "", contact_email: str = ""
) -> Team:
    """Make a team whose owner is whoever makes it.

    Raises:
        Refused: `slug_taken`, or `too_many_teams`.
    """
    if Membership.objects.filter(person=by.pk, left_at=None).count() >= MOST_TEAMS:
        raise Refused(gettext("You are in five teams; leave one first."), "too_many_teams", status=409)
    try:
        with transaction.atomic():
            team = Team.objects.create(
                slug=slug, name=name, provider=provider or name, contact_email=contact_email
            )
    except IntegrityError as error:
        raise Refused(gettext("Another team has this short name."), "slug_taken", status=409) from error
    Membership.objects.create(team=team, person_id=by.pk, role=Membership.Role.OWNER)
    audit.record(action="team.create", target=team, actor=by, reason=OWN, after={"slug": slug, "name": name})
    return team


@transaction.atomic
def invite(team: Team, *, by: AbstractBaseUser, email: str, role: str) -> Invitation:
    """Ask whoever has this address in; they answer on their own page.

    Raises:
        Refused: `owners_only`, or `already_invited`.
    """
    _hold(team)
    _require_owner(team, by)
    Invitation.objects.filter(team=team, answered_at=None, expires_at__lte=timezone.now()).update(
        answered_at=timezone.now(), accepted=False
    )
    there = Invitation.objects.filter(team=team, email__iexact=email, answered_at=None).exists()
    if there or team.memberships.filter(person__email__iexact=email, left_at=None).exists():
        raise Refused(
            gettext("This person is in the team or was asked already."), "already_invited", status=409
        )
    invitation = Invitation.objects.create(
        team=team,
        email=email.lower(),
        role=role,
        invited_by_id=by.pk,
        expires_at=timezone.now() + INVITATION_LIFE,
    )
    audit.record(action="team.invite", target=team, actor=by, reason=OWN, after={"role": role})
    return invitation


@transaction.atomic
def answer(invitation: Invitation, *, by: AbstractBaseUser, accept: bool) -> None:
    """Accept or decline an invitation, once.

    Raises:
        Refused: `invitation_over`.
    """
    now = timezone.now()
    rows = Invitation.objects.filter(pk=invitation.pk, answered_at=None, expires_at__gt=now)
    if not rows.update(answered_at=now, accepted=accept):
        raise Refused(gettext("This invitation was answered or has run out."), "invitation_over", status=409)
    if not accept:
        return
    team = invitation.team
    _hold(team)
    Membership.objects.get_or_create(
        team=team, person_id=by.pk, left_at=None, defaults={"role": invitation.role}
    )
    audit.record(action="team.join", target=team, actor=by, reason=OWN, after={"role": invitation.role})


@transaction.atomic
def leave(team: Team, *, person: AbstractBaseUser, by: AbstractBaseUser) -> None:
    """Let a person go: themselves, or by an owner. The row stays, and the tokens that they made end.

    Raises:
        Refused: `owners_only`, `not_a_member`, or `last_owner`.
    """
    _hold(team)
    if person.pk != by.pk:
        _require_owner(team, by)
    open_ones = team.memberships.filter(left_at=None)
    mine = open_ones.filter(person=person.pk).first()
    if mine is None:
        raise Refused(gettext("This person is not in the team."), "not_a_member", status=404)
    others = open_ones.filter(role=Membership.Role.OWNER).exclude(pk=mine.pk)
    if mine.role == Membership.Role.OWNER and not others.exists():
        raise Refused(
            gettext("A team keeps at least one owner: make somebody else one first."),
            "last_owner",
            status=409,
        )
    open_ones.filter(pk=mine.pk).update(left_at=timezone.now())
    audit.record(action="team.leave", target=team, actor=by, reason=OWN, before={"role": mine.role})
    for token in ApiToken.objects.filter(team=team, created_by=person.pk, revoked_at=None):
        tokens.revoke(token, by=by, because="Its maker left the team.")


@transaction.atomic
def set_role(team: Team, *, person: AbstractBaseUser, role: str, by: AbstractBaseUser) -> None:
    """Make a member an owner, or an owner a member.

    Raises:
        Refused: `owners_only`, `not_a_member`, or `last_owner`.
    """
    _hold(team)
    _require_owner(team, by)
    owners = team.memberships.filter(left_at=None, role=Membership.Role.OWNER)
    if role != Membership.Role.OWNER and not owners.exclude(person=person.pk).exists():
        raise Refused(gettext("A team keeps at least one owner."), "last_owner", status=409)
    if not team.memberships.filter(left_at=None, person=person.pk).update(role=role):
        raise Refused(gettext("This person is not in the team."), "not_a_member", status=404)
    audit.record(action="team.role", target=team, actor=by, reason=OWN, after={"role": role})


def _hold(team: Team) -> None:
    """Let changes of a team's people take turns, so that each sees who owns it."""
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)


def _require_owner(team: Team, person: AbstractBaseUser) -> None:
    owners = team.memberships.filter(left_at=None, role=Membership.Role.OWNER)
    if not owners.filter(person=person.pk).exists():
        raise Refused(gettext("Only an owner of the team may do this."), "owners_only", status=403)
