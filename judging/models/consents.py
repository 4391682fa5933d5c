"""What a person agrees to before they judge, and that they did (D37)."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class ConsentText(models.Model):
    """One version of the terms in one language. Append-only: published is published."""

    version = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=10, help_text="Of the interface: en, zh-hans.")
    title = models.CharField(max_length=120)
    body = models.TextField(
        help_text="Paragraphs apart by an empty line; a line that begins with # is a heading."
    )
    sha256 = models.CharField(max_length=64, help_text="Of title, newline, body, in UTF-8.")
    published_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["version", "language"]
        constraints = [
            models.UniqueConstraint(fields=["version", "language"], name="a_version_has_one_text_a_language"),
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(body=""), name="a_consent_text_has_title_and_body"
            ),
        ]

    def __str__(self) -> str:
        return f"terms {self.version} ({self.language})"


class Consent(models.Model):
    """This person accepted this text then. Append-only but for its withdrawal."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="consents")
    version = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=10, help_text="In which it was shown.")
    sha256 = models.CharField(max_length=64, help_text="Of the text that was shown.")
    accepted_at = models.DateTimeField(db_default=models.functions.Now())
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "version"],
                condition=Q(withdrawn_at=None),
                name="a_person_accepts_a_version_once_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"consent to terms {self.version}"
