"""A moderator's review of a submission: clips are played, points ticked, and it is decided (M22–M24)."""

from collections.abc import Collection, Mapping
from typing import Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext, ngettext

from inference.errors import Refused
from inference.models import Response, Submission, SubmissionReview
from inference.selectors import reviews
from inference.services.moderation import held as rules
from inference.services.submissions import deciding

# So many clips have to be played before a system may be judged. Source: M22.
FEWEST_PLAYED: Final = 5
Reason = SubmissionReview.Reason
# What the team reads, in both languages whoever reads it (M24).
SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    Reason.LICENCE: (
        "It is not clear that the licence allows these answers to be judged and published.",
        "不清楚其许可是否允许对这些回答进行评判并公开发布。",
    ),
    Reason.OWNER: (
        "The model belongs to somebody else, or the name is another's.",
        "该模型属于他人，或名称属于他人。",
    ),
    Reason.UNUSABLE: (
        "Too many answers cannot be used: silence, noise, or another language than declared.",
        "过多回答无法使用：静音、噪声，或不是声明的语言。",
    ),
    Reason.IDENTITY: (
        "Answers say who speaks, so nobody could judge them blind.",
        "回答说出了自己是谁，因此无法盲评。",
    ),
    Reason.COPY: ("The answers are those of another system here.", "这些回答来自此处的另一个系统。"),
    Reason.CHOSEN: (
        "The prompts that are left out were chosen by how they turned out.",
        "缺少的提示是按结果好坏挑选出来的。",
    ),
    Reason.UNSAFE: (
        "Answers hold unsafe content that no prompt asked for.",
        "回答含有提示并未要求的不安全内容。",
    ),
    Reason.CARD: (
        "The card does not say what a reader of the board has to know.",
        "系统卡没有写明排行榜读者需要知道的内容。",
    ),
    Reason.OTHER: ("It cannot be judged as it is.", "目前的状态无法接受评判。"),
}


@transaction.atomic
def note_played(submission: Submission, response: Response, *, by: AbstractBaseUser) -> int:
    """Write down that a clip of the sample was played, and return how many were."""
    review = _open(submission, by)
    if response.pk not in review.played:
        review.played = [*review.played, response.pk]
        review.save(update_fields=["played"])
    return len(review.played)


@transaction.atomic
def approve(
    submission: Submission, *, by: AbstractBaseUser, reason: str, ticked: Collection[str]
) -> SubmissionReview:
    """Let a system be judged whose clips were played and whose points were all ticked.

    Raises:
        Refused: `reason_needed`, `own_matter`, `clips_unheard`, `checklist_incomplete`, `wrong_state`,
            or `live_limit`.
    """
    rules.require_no_stake(submission.system, by)
    reason = rules.reason_of(reason)
    review = _open(submission, by)
    wanted = min(FEWEST_PLAYED, reviews.answers(submission).count())
    if len(review.played) < wanted:
        message = ngettext(
            "Play at least %(count)d clip of the sample first.",
            "Play at least %(count)d clips of the sample first.",
            wanted,
        )
        raise Refused(message % {"count": wanted}, "clips_unheard")
    if set(SubmissionReview.Point.values) - set(ticked):
        raise Refused(gettext("Every point of the list has to be so."), "checklist_incomplete")
    deciding.approve(submission, by=by, reason=reason)
    return _decide(review, SubmissionReview.Decision.APPROVED, ticked=ticked, reason=reason)


@transaction.atomic
def reject(
    submission: Submission, *, by: AbstractBaseUser, reason: str, code: str, ticked: Collection[str] = ()
) -> SubmissionReview:
    """Refuse a submission for one of the named reasons; its team reads the sentence in both languages.

    Raises:
        Refused: `reason_needed`, `own_matter`, `code_unknown`, or `wrong_state`.
    """
    reason = rules.reason_of(reason)
    if code not in SENTENCES:
        raise Refused(gettext("Please choose a reason."), "code_unknown")
    review = _open(submission, by)
    deciding.reject(submission, by=by, reason=reason, sentences=SENTENCES[code])
    return _decide(review, SubmissionReview.Decision.REJECTED, ticked=ticked, reason=reason, code=code)


def _open(submission: Submission, by: AbstractBaseUser) -> SubmissionReview:
    """Hold this person's open review; it begins with the first clip, or with the decision."""
    found, _new = SubmissionReview.objects.select_for_update().get_or_create(
        submission=submission, reviewer_id=by.pk, decision=""
    )
    return found


def _decide(
    review: SubmissionReview,
    decision: SubmissionReview.Decision,
    *,
    ticked: Collection[str],
    reason: str,
    code: str = "",
) -> SubmissionReview:
    points = [point for point in SubmissionReview.Point.values if point in ticked]
    SubmissionReview.objects.filter(pk=review.pk).update(
        decision=decision, ticked=points, reason=reason, code=code, decided_at=Now()
    )
    review.refresh_from_db()
    return review
