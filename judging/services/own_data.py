"""What is stored about a person, to be taken away: nothing of it names a system or a purpose (J66, J93)."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet

from judging.models import Annotator, Ballot, Consent, DeviceCheck, Purpose, Vote


def judged(annotator: Annotator) -> int:
    """Count the pairs that a person judged, training aside (J24)."""
    done = Ballot.objects.filter(annotator=annotator, state=Ballot.State.VOTED)
    return done.exclude(purpose=Purpose.TRAINING).count()


def consents(user: AbstractBaseUser) -> QuerySet[Consent]:
    """What the person agreed to, the newest first."""
    return Consent.objects.filter(user=user.pk).order_by("-pk")


def device_checks(user: AbstractBaseUser) -> QuerySet[DeviceCheck]:
    """The person's finished checks, the newest first."""
    return DeviceCheck.objects.filter(user=user.pk, at__isnull=False).order_by("-at")


def export(user: AbstractBaseUser) -> dict[str, Any]:
    """Collect a person's data as plain values that JSON can hold."""
    annotator = Annotator.objects.filter(user=user.pk).first()
    return {
        "account": {"email": getattr(user, "email", ""), "name": getattr(user, "name", "")},
        "consents": list(
            Consent.objects.filter(user=user.pk).values(
                "version", "language", "sha256", "accepted_at", "withdrawn_at"
            )
        ),
        "device_checks": list(
            DeviceCheck.objects.filter(user=user.pk).values(
                "device", "output", "surroundings", "volume", "huggins", "antiphase", "room", "result", "at"
            )
        ),
        **(_judging(annotator) if annotator else {}),
    }


def _judging(annotator: Annotator) -> dict[str, Any]:
    return {
        "languages": list(annotator.skills.values("language__code", "level", "stated_at")),
        "ties": list(annotator.affiliations.values("provider", "team__name", "kind", "stated_at", "until")),
        "votes": list(_votes(annotator)),
        "pauses": list(annotator.pauses.values("begun_at", "until", "ended_at", "appeal")),
    }


def _votes(annotator: Annotator) -> Iterator[dict[str, Any]]:
    """Every vote in the page's own terms: left and right, as the person saw them."""
    rows = (
        Vote.objects.filter(ballot__annotator=annotator)
        .select_related("ballot__pair__prompt__task")
        .prefetch_related("verdicts__criterion")
        .order_by("pk")
    )
    for vote in rows:
        ballot = vote.ballot
        sides = {ballot.left: "left", ballot.right: "right"}
        yield {
            "ballot": ballot.public_id,
            "task": ballot.pair.prompt.task.slug,
            "opened_at": ballot.opened_at,
            "cast_at": vote.cast_at,
            "verdicts": {
                each.criterion.slug: sides.get(each.answer, each.answer) for each in vote.verdicts.all()
            },
        }
