"""The way in: which step is due for a person now, and what may not begin before all are done (section 2)."""

from enum import StrEnum

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext

from inference.errors import Refused
from judging.models import Annotator, ConsentText, Invitation
from judging.services import annotators, consents, devices, languages, pauses, refusals, training


class Step(StrEnum):
    """The steps, in their order."""

    CONSENT = "consent"
    LANGUAGES = "languages"
    DEVICE = "device"
    TRAINING = "training"


def due(user: AbstractBaseUser, *, device: str) -> Step | None:
    """Find the first step that is due; None: the person can judge on this device."""
    annotator = Annotator.objects.filter(user=user.pk).first()
    if annotator is None or not consents.is_given(user):
        return Step.CONSENT
    if not annotator.skills.filter(level__in=languages.JUDGES_IN).exists():
        return Step.LANGUAGES
    check = devices.in_force(user, device)
    if check is None or not devices.is_enough(check):
        return Step.DEVICE
    return Step.TRAINING if training.is_due(annotator) else None


def admit(user: AbstractBaseUser) -> Annotator:
    """Make active who has taken every step.

    Raises:
        Refused: as `annotators.of`, and `paused`.
    """
    annotator = annotators.of(user)
    pauses.require_none(annotator)
    enrolling = Annotator.objects.filter(pk=annotator.pk, state=Annotator.State.ENROLLING)
    if annotator.state == Annotator.State.ENROLLING and enrolling.update(state=Annotator.State.ACTIVE):
        annotator.state = Annotator.State.ACTIVE
    return annotator


def require(user: AbstractBaseUser, *, device: str) -> Annotator:
    """Pass somebody for whom nothing is due; the last step's end makes them active.

    Raises:
        Refused: `consent_needed`, `languages_needed`, `device_check_needed` or `training_needed` (403), or as
            `admit`.
    """
    if step := due(user, device=device):
        raise REFUSALS[step]()
    return admit(user)


REFUSALS = {
    Step.CONSENT: refusals.consent_needed,
    Step.LANGUAGES: refusals.languages_needed,
    Step.DEVICE: refusals.device_check_needed,
    Step.TRAINING: refusals.training_needed,
}


@transaction.atomic
def accept_terms(user: AbstractBaseUser, shown: ConsentText, *, invitation: str = "") -> Annotator:
    """Take the person's consent, and make them an annotator if they are none yet.

    Raises:
        Refused: as `annotators.require_may_enrol`, and `invitation_needed`, `invitation_unknown` (403),
            `registration_closed` (403) or `terms_changed` (409).
    """
    annotators.require_may_enrol(user)
    annotator = Annotator.objects.filter(user=user.pk).first()
    if annotator is None:
        used = _admit(invitation)
        annotator, _ = Annotator.objects.get_or_create(user_id=user.pk, defaults={"invited_with": used})
    consents.accept(user, shown)
    return annotator


def _admit(code: str) -> Invitation | None:
    """Let somebody new in, by the setting REGISTRATION (J6)."""
    if settings.REGISTRATION == "closed":
        message = gettext("No new people are taken in at the moment.")
        raise Refused(message, "registration_closed", status=403)
    if settings.REGISTRATION == "open":
        return None
    if not code:
        message = gettext("You need an invitation to judge here. Please enter its code.")
        raise Refused(message, "invitation_needed", status=403)
    # Two people with one code: the second update finds it used.
    if not Invitation.objects.filter(code=code.strip(), used_at=None).update(used_at=Now()):
        message = gettext("This invitation is not known here, or was used already.")
        raise Refused(message, "invitation_unknown", status=403)
    return Invitation.objects.get(code=code.strip())
