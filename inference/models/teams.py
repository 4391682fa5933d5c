"""Teams: who owns models, and whose people may not judge them."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Team(models.Model):
    """Researchers who bring systems together (D12)."""

    class State(models.TextChoices):
        """A suspended team's tokens stop working; its public systems stay on the boards."""

        ACTIVE = "active"
        SUSPENDED = "suspended"

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    contact_email = models.EmailField("contact e-mail", blank=True)
    provider = models.CharField(max_length=120, blank=True, help_text="The maker's public name.")
    mail_domains = ArrayField(
        models.CharField(max_length=120),
        default=list,
        blank=True,
        help_text="Of its people's addresses; who has one may not judge its systems.",
    )
    cleared_kinds = ArrayField(
        models.CharField(max_length=12),
        default=list,
        blank=True,
        help_text="Kinds of submission that a moderator lets run here for this team.",
    )
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person in a team (D13). Rows stay after leaving: nobody judges a system of a team they were in."""

    class Role(models.TextChoices):
        """An owner may also change the team itself."""

        OWNER = "owner"
        MEMBER = "member"

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="memberships")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    joined_at = models.DateTimeField(auto_now_add=True)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["team", "joined_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "person"], condition=Q(left_at=None), name="a_person_is_in_a_team_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.team}"


class Invitation(models.Model):
    """A team asks whoever has a mail address in; it is answered once, or runs out."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField("e-mail")
    role = models.CharField(max_length=10, choices=Membership.Role, default=Membership.Role.MEMBER)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    accepted = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ["team", "-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "email"],
                condition=Q(answered_at=None),
                name="a_team_invites_an_address_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, accepted=None)
                | Q(answered_at__isnull=False, accepted__isnull=False),
                name="an_answered_invitation_says_how",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team} to {self.email}"
