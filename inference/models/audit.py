"""The audit trail: who changed what of whose, and why. Rows are only ever added."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class AuditEntry(models.Model):
    """One change by a person or by a rule of the site, written in the change's own transaction (D18)."""

    at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text="Nobody where the site acted by itself.",
    )
    actor_label = models.CharField(max_length=120, help_text="How the actor was called at that time.")
    action = models.CharField(max_length=60, help_text="Noun and verb, such as job.retry.")
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=60)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"
        constraints = [
            models.CheckConstraint(condition=Q(actor=None) | ~Q(reason=""), name="a_person_says_why"),
        ]
        indexes = [
            models.Index(fields=["target_type", "target_id", "-id"], name="audit_of_a_target"),
            models.Index(fields=["actor", "-id"], name="audit_of_a_person"),
            models.Index(fields=["action", "-id"], name="audit_of_an_action"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target_type} {self.target_id}"
