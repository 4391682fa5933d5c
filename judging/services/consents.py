"""The terms, and who accepted which version of them (J7–J10)."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Max, Subquery
from django.db.models.functions import Now
from django.utils.translation import gettext

from inference.errors import Refused
from judging.models import Consent, ConsentText

# A version is published in all of them at once (J85).
LANGUAGES = ("en", "zh-hans")


class Terms(NamedTuple):
    """A text as it is to be published."""

    title: str
    body: str

    @property
    def sha256(self) -> str:
        """The checksum that a consent keeps."""
        return hashlib.sha256(f"{self.title}\n{self.body}".encode()).hexdigest()


def current_version() -> int:
    """Return the number of the version in force."""
    return ConsentText.objects.aggregate(newest=Max("version"))["newest"] or 0


def text(language: str) -> ConsentText:
    """Find the version in force in this interface language, or else in the first of LANGUAGES."""
    texts = {each.language: each for each in ConsentText.objects.filter(version=current_version())}
    return texts.get(language) or texts[LANGUAGES[0]]


def blocks(body: str) -> list[tuple[str, str]]:
    """Split a text into headings and paragraphs, each as (tag, text)."""
    lines = (line.strip() for line in body.splitlines())
    return [("h2", line[1:].strip()) if line.startswith("#") else ("p", line) for line in lines if line]


def is_given(user: AbstractBaseUser) -> bool:
    """Whether the person has accepted the version in force, and not taken it back (J9)."""
    newest = ConsentText.objects.order_by("-version").values("version")[:1]
    return Consent.objects.filter(user=user.pk, version=Subquery(newest), withdrawn_at=None).exists()


@transaction.atomic
def publish(texts: Mapping[str, Terms]) -> int:
    """Put a new version in force, in all languages at once; return its number.

    Raises:
        Refused: `terms_incomplete` where a language is missing or a text is empty.
    """
    if missing := [each for each in LANGUAGES if each not in texts or not all(texts[each])]:
        raise Refused(f"The terms lack a title or a text in: {', '.join(missing)}.", "terms_incomplete")
    with connection.cursor() as cursor:
        # Two publishers take turns; the second one's version is the newer.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('judging.terms'))")
    version = current_version() + 1
    ConsentText.objects.bulk_create(
        ConsentText(version=version, language=each, title=terms.title, body=terms.body, sha256=terms.sha256)
        for each, terms in texts.items()
    )
    return version


@transaction.atomic
def accept(user: AbstractBaseUser, shown: ConsentText) -> Consent:
    """Write down that the person accepts this text; twice is once.

    Raises:
        Refused: `terms_changed` (409) where a newer version is in force.
    """
    if shown.version != current_version():
        raise Refused(gettext("The terms have changed. Please read them again."), "terms_changed", status=409)
    consent, _ = Consent.objects.get_or_create(
        user_id=user.pk,
        version=shown.version,
        withdrawn_at=None,
        defaults={"language": shown.language, "sha256": shown.sha256},
    )
    return consent


def withdraw(user: AbstractBaseUser) -> int:
    """Take back what the person accepted, from now on; return how many versions that were (J10)."""
    return Consent.objects.filter(user=user.pk, withdrawn_at=None).update(withdrawn_at=Now())
