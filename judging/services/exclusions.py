"""Taking votes out of the count and back in: rows about votes, never a change to them."""

from collections.abc import Iterable

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext

from inference.errors import Refused
from judging.models import Ballot, ExclusionLift, ExclusionRule, RuleRun, Vote, VoteExclusion
from judging.screening.matches import Match
from judging.services import tallies


@transaction.atomic
def exclude(
    votes: Iterable[Vote], *, rule: str, reason: str, by: AbstractBaseUser | None
) -> list[VoteExclusion]:
    """Exclude votes by the active version of a rule (its slug); one that it already excludes stays as it is.

    `by` is None where a rule acts by itself.

    Raises:
        Refused: `reason_needed`.
    """
    _require(reason)
    active = ExclusionRule.objects.get(slug=rule, active=True)
    author = by.pk if by else None
    return _write(
        VoteExclusion(vote_id=vote.pk, rule=active, reason=reason.strip(), created_by_id=author)
        for vote in votes
    )


@transaction.atomic
def exclude_matches(
    matches: Iterable[Match],
    *,
    rule: ExclusionRule,
    run: RuleRun | None,
    by: AbstractBaseUser | None = None,
) -> list[VoteExclusion]:
    """Exclude what a rule matched, each vote for its own reason, in a person's name or the run's alone."""
    return _write(
        VoteExclusion(
            vote_id=match.vote,
            rule=rule,
            run=run,
            reason=match.reason,
            evidence=dict(match.evidence),
            created_by_id=by.pk if by else None,
        )
        for match in matches
    )


def _write(rows: Iterable[VoteExclusion]) -> list[VoteExclusion]:
    """Write exclusions by one rule, and move the tallies."""
    chosen = {row.vote_id: row for row in rows}
    if not chosen:
        return []
    rule = next(iter(chosen.values())).rule
    # Two who exclude the same votes take turns: the second finds the first one's rows.
    list(Ballot.objects.select_for_update().filter(votes__in=chosen).order_by("pk").values_list("pk"))
    standing = VoteExclusion.objects.filter(rule=rule, vote__in=chosen, lift=None)
    already = set(standing.values_list("vote_id", flat=True))
    counted = _counted(chosen)
    made = VoteExclusion.objects.bulk_create(row for key, row in sorted(chosen.items()) if key not in already)
    for ballot in counted:
        tallies.exclude(ballot)
    return made


@transaction.atomic
def lift(exclusion: VoteExclusion, *, reason: str, by: AbstractBaseUser) -> ExclusionLift:
    """End an exclusion: the vote counts again, unless another exclusion stands.

    Raises:
        Refused: `reason_needed`, or `already_lifted` (409).
    """
    _require(reason)
    # As `exclude`: of two that end a vote's last two exclusions at once, one has to see that it counts again.
    Ballot.objects.select_for_update().get(votes=exclusion.vote_id)
    made, new = ExclusionLift.objects.get_or_create(
        exclusion=exclusion, defaults={"reason": reason.strip(), "by_id": by.pk}
    )
    if not new:
        raise Refused(gettext("This exclusion was lifted before."), "already_lifted", status=409)
    for ballot in _counted([exclusion.vote_id]):
        tallies.restore(ballot)
    return made


@transaction.atomic
def lift_all(rows: QuerySet[VoteExclusion], *, reason: str, by: AbstractBaseUser) -> int:
    """End those of the exclusions that stand, and return how many there were.

    Raises:
        Refused: `reason_needed`.
    """
    _require(reason)
    votes = rows.filter(lift=None).values_list("vote_id", flat=True)
    # As `exclude`: whoever excludes or lifts the same votes takes turns.
    list(Ballot.objects.select_for_update().filter(votes__in=votes).order_by("pk").values_list("pk"))
    standing = dict(rows.filter(lift=None).order_by("pk").values_list("pk", "vote_id"))
    ExclusionLift.objects.bulk_create(
        ExclusionLift(exclusion_id=key, reason=reason.strip(), by_id=by.pk) for key in standing
    )
    for ballot in _counted(set(standing.values())):
        tallies.restore(ballot)
    return len(standing)


def _counted(votes: Iterable[int]) -> list[Ballot]:
    """Find the ballots of those votes (keys) that no exclusion takes out, in the order of the locks."""
    standing = VoteExclusion.objects.filter(vote=OuterRef("votes"), lift=None)
    rows = Ballot.objects.filter(~Exists(standing), votes__in=votes).select_related("pair__prompt")
    return list(rows.order_by("pair__system_a", "pair__system_b", "pk"))


def _require(reason: str) -> None:
    if not reason.strip():
        raise Refused(gettext("Please say why, in a sentence."), "reason_needed")
