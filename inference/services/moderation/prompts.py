"""What is decided about prompt sets and prompts."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext

from inference.errors import Refused
from inference.models import Job, Prompt, PromptSet
from inference.services import audit
from inference.services.moderation import held


@transaction.atomic
def freeze(prompt_set: PromptSet, *, by: AbstractBaseUser | None, reason: str) -> None:
    """Freeze a set: no prompt is added, removed or changed from then on.

    Raises:
        Refused: `reason_needed`, `already_frozen`, or `no_prompts`.
    """
    if not prompt_set.prompts.exists():
        raise Refused(gettext("A set without prompts cannot be frozen."), "no_prompts")
    rows = PromptSet.objects.filter(pk=prompt_set.pk, frozen_at=None).update(frozen_at=Now())
    held.require(rows, gettext("The set was frozen before."), "already_frozen")
    audit.record(
        action="promptset.freeze",
        target=prompt_set,
        actor=by,
        reason=reason,
        before={"frozen": False},
        after={"frozen": True, "prompts": prompt_set.prompts.count()},
    )


@transaction.atomic
def publish(prompt_set: PromptSet, *, by: AbstractBaseUser | None, reason: str) -> None:
    """Let everybody see a frozen set's public prompts, and teams answer them.

    Raises:
        Refused: `reason_needed`, or `not_frozen`, also where it was published before.
    """
    rows = PromptSet.objects.filter(pk=prompt_set.pk, frozen_at__isnull=False, published_at=None)
    done = rows.update(published_at=Now())
    held.require(done, gettext("The set is not frozen, or was published before."), "not_frozen")
    audit.record(
        action="promptset.publish",
        target=prompt_set,
        actor=by,
        reason=reason,
        before={"published": False},
        after={"published": True},
    )


@transaction.atomic
def withdraw(prompt: Prompt, *, by: AbstractBaseUser | None, reason: str) -> None:
    """Take a prompt out of what is drawn, for good, and cancel the jobs that wait for it; votes on it stay.

    Raises:
        Refused: `reason_needed`, or `already_withdrawn`.
    """
    reason = held.reason_of(reason)
    rows = Prompt.objects.filter(pk=prompt.pk, state=Prompt.State.OK).update(
        state=Prompt.State.WITHDRAWN, withdrawn_reason=reason
    )
    held.require(rows, gettext("The prompt was withdrawn before."), "already_withdrawn")
    cancelled = held.cancel_waiting(Job.objects.filter(prompt=prompt))
    audit.record(
        action="prompt.withdraw",
        target=prompt,
        actor=by,
        reason=reason,
        before={"state": Prompt.State.OK},
        after={"state": Prompt.State.WITHDRAWN, "jobs_cancelled": cancelled},
    )
