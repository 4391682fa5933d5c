"""What people decide about proposals, rules and runs, each with a reason (M36–M39, J131)."""

from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from inference.errors import Refused
from inference.services import audit
from judging.models import ExclusionProposal, ExclusionRule, RuleRun, Vote, VoteExclusion
from judging.screening.matches import Match
from judging.services import exclusions
from judging.services.rules import limits, looks

State = ExclusionProposal.State
Mode = ExclusionRule.Mode
# A new rule is only counted for so long at least. Source: J128, M36.
OBSERVED_FOR: Final = timedelta(days=7)
_STRICTNESS: Final = [Mode.OBSERVE, Mode.PROPOSE, Mode.ENFORCE]


@transaction.atomic
def propose(vote: Vote, *, rule: str, reason: str, by: AbstractBaseUser) -> ExclusionProposal:
    """Ask a second person to take a vote out (M39).

    Raises:
        Refused: `already_proposed` (409).
    """
    active = ExclusionRule.objects.get(slug=rule, active=True)
    row, new = ExclusionProposal.objects.get_or_create(
        rule=active,
        vote=vote,
        defaults={"reason": reason, "state": State.OPEN, "proposed_by_id": by.pk},
    )
    if not new:
        raise Refused(gettext("This was proposed before."), "already_proposed", status=409)
    audit.record(
        action="vote.propose",
        target=vote,
        actor=by,
        reason=reason,
        before={"proposal": None},
        after={"proposal": row.pk, "rule": rule},
    )
    return row


@transaction.atomic
def accept(proposal: ExclusionProposal, *, by: AbstractBaseUser, reason: str) -> VoteExclusion | None:
    """Exclude the vote of a proposal; None where a second person has to say so too.

    Raises:
        Refused: `own_matter`, `reason_needed`, `already_decided` or `second_needed` (409).
    """
    row = _undecided(proposal, by)
    if _needs_second(row, by):
        _second(row, by, reason)
        return None
    match = Match(row.vote_id, row.reason, row.evidence)
    made = exclusions.exclude_matches([match], rule=row.rule, run=row.run, by=by)
    _decide(row, State.ACCEPTED, by, reason)
    audit.record(
        action="vote.exclude",
        target=row.vote,
        actor=by,
        reason=reason,
        before={"proposal": row.pk, "exclusion": None},
        after={"rule": row.rule.slug, "exclusion": made[0].pk if made else None},
    )
    return made[0] if made else None


@transaction.atomic
def refuse(proposal: ExclusionProposal, *, by: AbstractBaseUser, reason: str) -> None:
    """Let the vote count; this version of the rule will not propose it again.

    Raises:
        Refused: `own_matter`, `reason_needed` or `already_decided`.
    """
    row = _undecided(proposal, by)
    _decide(row, State.REFUSED, by, reason)
    audit.record(
        action="vote.keep",
        target=row.vote,
        actor=by,
        reason=reason,
        before={"proposal": row.pk, "state": row.state},
        after={"rule": row.rule.slug, "state": State.REFUSED},
    )


@transaction.atomic
def set_mode(rule: ExclusionRule, *, mode: str, by: AbstractBaseUser, reason: str) -> None:
    """Let a rule do more, one step after seven days and a look at what it matched, or less at any time (M36).

    Raises:
        Refused: `by_hand`, `one_step`, `too_early`, `not_looked_at` (409), or `reason_needed`.
    """
    row = ExclusionRule.objects.select_for_update().get(pk=rule.pk)
    if row.mode == Mode.BY_HAND or mode not in _STRICTNESS:
        raise Refused(gettext("This rule is applied by people."), "by_hand", status=409)
    steps = _STRICTNESS.index(Mode(mode)) - _STRICTNESS.index(Mode(row.mode))
    if steps > 1:
        raise Refused(gettext("One step at a time: observe, propose, enforce."), "one_step", status=409)
    if steps == 1 and row.mode_since > timezone.now() - OBSERVED_FOR:
        message = gettext("It has to be looked at for seven days first.")
        raise Refused(message, "too_early", status=409)
    if steps == 1 and (left := looks.left(row)):
        message = ngettext(
            "Look at %(count)d more random match on the rule's page first.",
            "Look at %(count)d more random matches on the rule's page first.",
            left,
        )
        raise Refused(message % {"count": left}, "not_looked_at", status=409)
    ExclusionRule.objects.filter(pk=row.pk).update(mode=mode, mode_since=Now())
    audit.record(
        action="exclusionrule.mode",
        target=row,
        actor=by,
        reason=reason,
        before={"mode": row.mode},
        after={"mode": mode},
    )


def lift_run(run: RuleRun, *, by: AbstractBaseUser, reason: str) -> int:
    """Let every vote count again that a run took out, and return how many (J131).

    Raises:
        Refused: `own_matter`, `reason_needed`, or `second_needed`.
    """
    rows = VoteExclusion.objects.filter(run=run, lift=None)
    return _lift(rows, run, by=by, reason=reason)


def lift_range(
    rule: ExclusionRule, *, since: datetime, until: datetime, by: AbstractBaseUser, reason: str
) -> int:
    """Let every vote count again that a rule took out within a time, and return how many (J131).

    Raises:
        Refused: as `lift_run`.
    """
    rows = VoteExclusion.objects.filter(rule=rule, lift=None, created_at__gt=since, created_at__lte=until)
    return _lift(rows, rule, by=by, reason=reason)


@transaction.atomic
def _lift(
    rows: QuerySet[VoteExclusion], target: RuleRun | ExclusionRule, *, by: AbstractBaseUser, reason: str
) -> int:
    if rows.filter(vote__ballot__annotator__user=by.pk).exists():
        raise Refused(gettext("Nobody decides about themselves."), "own_matter", status=403)
    if limits.needs_two(rows.count()) and not getattr(by, "is_superuser", False):
        message = gettext(
            "That is more than one percent of the votes that count: an administrator has to do it."
        )
        raise Refused(message, "second_needed", status=409)
    lifted = exclusions.lift_all(rows, reason=reason, by=by)
    audit.record(
        action="exclusions.lift",
        target=target,
        actor=by,
        reason=reason,
        before={"standing": lifted},
        after={"lifted": lifted},
    )
    return lifted


def _undecided(proposal: ExclusionProposal, by: AbstractBaseUser) -> ExclusionProposal:
    """Hold a proposal that this person may decide."""
    rows = ExclusionProposal.objects.select_for_update(of=("self",)).select_related(
        "vote__ballot__annotator", "rule", "run"
    )
    row = rows.get(pk=proposal.pk)
    if by.pk == row.vote.ballot.annotator.user_id:
        raise Refused(gettext("Nobody decides about themselves."), "own_matter", status=403)
    if row.state not in (State.OPEN, State.OBSERVED):
        raise Refused(gettext("This was decided before."), "already_decided", status=409)
    return row


def _needs_second(row: ExclusionProposal, by: AbstractBaseUser) -> bool:
    """Say whether this yes is the first of two; the second is another's, or one's own after a day (M62).

    Raises:
        Refused: `second_needed`: it was this person who was first.
    """
    first, at = (
        (row.proposed_by_id, row.created_at) if row.proposed_by_id else (row.seconded_by_id, row.seconded_at)
    )
    if first is None or at is None:
        of_run = row.run.matched if row.run else 0
        return limits.needs_two(max(of_run, limits.taken_lately(by) + 1))
    if first != by.pk or (limits.is_alone(by) and at <= timezone.now() - limits.ONE_ACT):
        return False
    message = gettext("A second person has to accept this; where there is none, a day has to pass.")
    raise Refused(message, "second_needed", status=409)


def _second(row: ExclusionProposal, by: AbstractBaseUser, reason: str) -> None:
    ExclusionProposal.objects.filter(pk=row.pk).update(seconded_by=by.pk, seconded_at=Now(), state=State.OPEN)
    audit.record(
        action="vote.second",
        target=row.vote,
        actor=by,
        reason=reason,
        before={"seconded_by": None},
        after={"proposal": row.pk},
    )


def _decide(row: ExclusionProposal, state: State, by: AbstractBaseUser, reason: str) -> None:
    if not reason.strip():
        raise Refused(gettext("Please say why, in a sentence."), "reason_needed")
    ExclusionProposal.objects.filter(pk=row.pk).update(
        state=state, decided_by=by.pk, decided_at=Now(), decision=reason.strip()
    )
