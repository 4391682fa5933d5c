"""The plain rows that the rules look at: live votes of batches that were closed in a window of time."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from inference.models import Membership
from judging.models import (
    Affiliation,
    Ballot,
    BatchClosing,
    DeviceCheck,
    GoldAnswer,
    Heard,
    Policy,
    Purpose,
    Verdict,
    Vote,
    VoteExclusion,
)
from judging.screening.listening import Clip, Listened
from judging.screening.stretches import Batch, Judged
from judging.services import devices, gate, owed

_BATCHES_AT_ONCE: Final = 500
# What a person would rather get decides which side was preferred.
_PREFERRED: Final = "overall"


class Window(NamedTuple):
    """Batches closed after `since` (None: from the beginning) until `until`."""

    since: datetime | None
    until: datetime


def live() -> QuerySet[Vote]:
    """The votes that no other supersedes, of purpose normal and of closed batches: what may count."""
    return Vote.objects.filter(
        superseded_by=None, ballot__purpose=Purpose.NORMAL, ballot__batch__closing__isnull=False
    )


def closings(window: Window) -> QuerySet[BatchClosing]:
    """The closings of a window."""
    since = Q(at__gt=window.since) if window.since else Q()
    return BatchClosing.objects.filter(since, at__lte=window.until)


def examined(window: Window) -> int:
    """Count the votes that may count, of a window."""
    return live().filter(ballot__batch__closing__in=closings(window)).count()


def listened(window: Window) -> Iterator[Listened]:
    """How each vote of a window was listened to."""
    policies = {policy.pk: policy for policy in Policy.objects.all()}
    batches = list(closings(window).order_by("pk").values_list("batch_id", flat=True))
    for start in range(0, len(batches), _BATCHES_AT_ONCE):
        yield from _listened(batches[start : start + _BATCHES_AT_ONCE], policies)


def listened_by(annotator: int, *, since: datetime, most: int) -> Iterator[Listened]:
    """How each vote of a person's batches was listened to that were closed since then, the newest ones."""
    policies = {policy.pk: policy for policy in Policy.objects.all()}
    own = BatchClosing.objects.filter(batch__annotator=annotator, at__gt=since).order_by("-pk")
    yield from _listened(list(own.values_list("batch_id", flat=True)[:most]), policies)


def _listened(batches: list[int], policies: dict[int, Policy]) -> Iterator[Listened]:
    lengths = [
        f"ballot__pair__{owner}__playback__duration_ms" for owner in ("prompt", "response_a", "response_b")
    ]
    columns = ("pk", "elapsed_ms", "ballot__policy_id", *lengths)
    votes = list(live().filter(ballot__batch__in=batches).values_list(*columns))
    # By their keys: given the votes' own conditions once more, PostgreSQL would read all that was ever heard.
    heard: dict[int, dict[str, tuple[int, int]]] = {}
    rows = Heard.objects.filter(vote__in=[vote for vote, *_ in votes])
    for vote, clip, unique, total in rows.values_list("vote_id", "clip", "unique_ms", "total_ms"):
        heard.setdefault(vote, {})[clip] = (unique, total)
    for vote, elapsed, policy, *lasts in votes:
        said = heard.get(vote, {})
        clips = {
            clip: Clip(gate.required_ms(lasting, policy=policies[policy]), *said[clip])
            for clip, lasting in zip(("prompt", "a", "b"), lasts, strict=True)
            if clip in said
        }
        yield Listened(vote, elapsed, clips)


def people(window: Window) -> list[int]:
    """List the annotators (keys) who closed a batch in a window."""
    rows = closings(window).order_by("batch__annotator").values_list("batch__annotator_id", flat=True)
    return list(rows.distinct())


def judged(annotator: int) -> list[Judged]:
    """List a person's votes of closed batches, in the order of their judging."""
    lefts = {
        vote: answer == left
        for vote, answer, left in _said_by(annotator)
        .filter(criterion__slug=_PREFERRED, answer__in=["a", "b"])
        .values_list("vote_id", "answer", "vote__ballot__left")
    }
    met = _gold_met(annotator)
    votes = Vote.objects.filter(
        superseded_by=None,
        ballot__annotator=annotator,
        ballot__batch__closing__isnull=False,
        ballot__batch__kind="judging",
    )
    rows = votes.values_list("pk", "ballot__purpose")
    # Sorted here: an order in the query would lead PostgreSQL along all votes of everybody.
    return [
        Judged(vote, purpose == Purpose.NORMAL, lefts.get(vote), met.get(vote))
        for vote, purpose in sorted(rows)
    ]


def _said_by(annotator: int) -> QuerySet[Verdict]:
    """A person's verdicts that stand, in closed batches: by their ballots, of which there is an index."""
    return Verdict.objects.filter(
        vote__ballot__annotator=annotator,
        vote__superseded_by=None,
        vote__ballot__batch__closing__isnull=False,
        vote__ballot__batch__kind="judging",
    )


def _gold_met(annotator: int) -> dict[int, bool]:
    """Say of a person's gold pairs whether the answer on the key criterion was an accepted one (J124)."""
    said = list(
        _said_by(annotator)
        .filter(vote__ballot__purpose=Purpose.GOLD)
        .values_list("vote_id", "vote__ballot__pair_id", "criterion_id", "answer")
    )
    keys = GoldAnswer.objects.filter(key=True, pair__in={pair for _, pair, _, _ in said})
    accepted = {
        (pair, criterion): answers
        for pair, criterion, answers in keys.values_list("pair", "criterion", "accepted")
    }
    return {
        vote: answer in accepted[pair, criterion]
        for vote, pair, criterion, answer in said
        if (pair, criterion) in accepted
    }


def batches(annotator: int) -> list[Batch]:
    """List a person's closed batches: their votes, and which of their positions they left without one."""
    closed = Q(batch__closing__isnull=False, batch__kind="judging", annotator=annotator)
    turned_down = Q(state=Ballot.State.SKIPPED) | Q(closing_code=owed.UNCONFIRMED)
    withdrawn = VoteExclusion.objects.filter(
        vote__ballot=OuterRef("pk"), vote__superseded_by=None, rule__slug="withdrawn", lift=None
    )
    stands = Q(~Exists(withdrawn), state=Ballot.State.VOTED)
    by_position = (
        Ballot.objects.filter(closed)
        .values("batch_id", "position")
        .annotate(
            down=Count("pk", filter=turned_down),
            voted=Count("pk", filter=Q(state=Ballot.State.VOTED)),
            stands=Count("pk", filter=stands),
        )
        .order_by("batch_id", "position")
    )
    votes: dict[int, list[int]] = {}
    rows = live().filter(ballot__annotator=annotator).order_by("pk").values_list("ballot__batch_id", "pk")
    for batch, vote in rows:
        votes.setdefault(batch or 0, []).append(vote)
    return [
        Batch(
            votes=tuple(votes.get(batch, ())),
            empty=tuple(
                not row["stands"] and (row["voted"] or row["down"] >= owed.OWN_TO_EMPTY) for row in rows
            ),
        )
        for batch, rows in groupby(by_position, key=lambda row: row["batch_id"])
    ]


def of_responses(**conditions: Any) -> Iterator[tuple[int, int]]:
    """List live votes with one of their responses (keys) that meets the conditions."""
    for side in ("a", "b"):
        wanted = {f"ballot__pair__response_{side}__{name}": value for name, value in conditions.items()}
        yield from live().filter(**wanted).values_list("pk", f"ballot__pair__response_{side}_id")


def of_own_makers() -> Iterator[tuple[int, str]]:
    """List live votes on a system whose maker the annotator is tied to, with the tie in a word (J102)."""
    for side in ("a", "b"):
        model = f"ballot__pair__system_{side}__model__"
        ties = {
            "member": Membership.objects.filter(
                person=OuterRef("ballot__annotator__user"), team=OuterRef(f"{model}team")
            ),
            "affiliation": Affiliation.objects.filter(
                Q(team=OuterRef(f"{model}team")) | Q(provider__iexact=OuterRef(f"{model}provider")),
                annotator=OuterRef("ballot__annotator"),
            ),
        }
        for tie, rows in ties.items():
            yield from ((vote, tie) for vote in live().filter(Exists(rows)).values_list("pk", flat=True))


def shared_devices() -> list[tuple[str, int, int]]:
    """List browsers that several accounts used: the mark, the first annotator (key), a later one."""
    checks = DeviceCheck.objects.filter(user__annotator__isnull=False).exclude(device=devices.ANY_DEVICE)
    others = checks.filter(device=OuterRef("device")).exclude(user=OuterRef("user"))
    shared = checks.filter(Exists(others)).values_list("device", "user__annotator__pk").distinct()
    found = []
    for device, rows in groupby(shared.order_by("device", "user__annotator__pk"), key=itemgetter(0)):
        first, *later = [annotator for _, annotator in rows]
        found += [(device, first, one) for one in later]
    return found
