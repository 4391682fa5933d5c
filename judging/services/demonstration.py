"""The annotator that a new arena comes with: whoever runs it can judge at once."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models.functions import Now

from inference.models import Language
from judging.models import Annotator, Consent, LanguageSkill
from judging.services import consents, devices, languages, policies


@transaction.atomic
def enrol(user: AbstractBaseUser) -> None:
    """Take every step of the way in for an account that a command made for its own operator.

    One who ever accepted terms decides for themselves from then on.
    """
    if Consent.objects.filter(user=user.pk).exists():
        return
    annotator, _ = Annotator.objects.get_or_create(
        user_id=user.pk, defaults={"state": Annotator.State.ACTIVE}
    )
    consents.accept(user, consents.text(consents.LANGUAGES[0]))
    languages.state(annotator, dict.fromkeys(Language.objects.all(), LanguageSkill.Level.FLUENT))
    devices.waive(user)
    Annotator.objects.filter(pk=annotator.pk).update(
        training_passed_at=Now(), trained_policy=policies.current()
    )
