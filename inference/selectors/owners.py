"""What a team's people see of their own systems."""

from collections.abc import Iterable

from allauth.account.models import EmailAddress
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, QuerySet
from django.db.models.functions import Lower, Now

from inference.models import Invitation, Job, Membership, Submission, System, Team


def memberships(person: AbstractBaseUser | AnonymousUser) -> QuerySet[Membership]:
    """The teams that a person is in now; those that are suspended count as none."""
    return Membership.objects.filter(person=person.pk, left_at=None, team__state=Team.State.ACTIVE)


def systems(person: AbstractBaseUser | AnonymousUser) -> QuerySet[System]:
    """The systems of these teams."""
    teams = memberships(person).values("team")
    return System.objects.filter(model__team__in=teams).select_related("model__team").order_by("slug")


def submissions(person: AbstractBaseUser | AnonymousUser) -> QuerySet[Submission]:
    """The submissions of these teams, the newest first."""
    rows = Submission.objects.filter(team__in=memberships(person).values("team"))
    return rows.select_related("system__model", "prompt_set", "team").order_by("-pk")


def invitations(person: AbstractBaseUser | AnonymousUser) -> QuerySet[Invitation]:
    """Open invitations to addresses that are this person's own, confirmed."""
    mine = EmailAddress.objects.filter(user=person.pk, verified=True).values(lower=Lower("email"))
    return Invitation.objects.filter(email__in=mine, answered_at=None, expires_at__gt=Now())


def jobs_by_state(of: Iterable[System]) -> dict[int, dict[str, int]]:
    """How many jobs of each system are in which state."""
    counts: dict[int, dict[str, int]] = {system.pk: dict.fromkeys(Job.State.values, 0) for system in of}
    rows = Job.objects.filter(system__in=list(counts)).values_list("system", "state")
    for system, state, count in rows.annotate(count=Count("pk")).order_by():
        counts[system][state] = count
    return counts
