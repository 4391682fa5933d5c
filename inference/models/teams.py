"""Teams: who owns models, and whose people may not judge them."""

from django.conf import settings
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
