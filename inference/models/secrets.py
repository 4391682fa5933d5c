"""Keys that systems need to answer, sealed: what lies here opens nothing without the site's own key."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from inference.models.teams import Team


class Secret(models.Model):
    """A value that is written and never shown (D28); a configuration names it.

    The value is sealed with a key of its own, and that key with the site's (`SECRETS_KEYS`): a rotation seals
    only the small one anew.
    """

    team = models.ForeignKey(
        Team,
        on_delete=models.PROTECT,
        related_name="secrets",
        null=True,
        blank=True,
        help_text="None for the site's own systems.",
    )
    name = models.CharField(max_length=40)
    ciphertext = models.BinaryField()
    wrapped_key = models.BinaryField()
    key_id = models.CharField(max_length=40, help_text="With which of the site's keys its own is sealed.")
    set_at = models.DateTimeField(db_default=Now())
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    used_at = models.DateTimeField(null=True, blank=True, help_text="To the hour.")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "name"], nulls_distinct=False, name="a_teams_secret_names_are_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name
