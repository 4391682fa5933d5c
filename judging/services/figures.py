"""How far one person's judging can be relied on, for moderators: each figure with its cases (J118, J119)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

from django.db.models import F
from django.utils.translation import gettext_lazy

from judging.models import Annotator, Ballot, Batch, Purpose, Report, Verdict, Vote
from judging.reliability.figures import FEWEST_CASES, Share, share
from judging.services import scoring

OVERALL = "overall"
# A person's newest votes of each kind that are looked at: somebody may have given thousands.
NEWEST = 300


class Figure(NamedTuple):
    """One share of a person, and where it says something, that of others on the same pairs.

    Attributes:
        label: what it is the share of.
        criterion: its slug; empty for all.
    """

    label: Any
    criterion: str
    own: Share
    others: Share | None = None


def of(annotator: Annotator) -> list[Figure]:
    """List the figures for which there are enough cases; the others are shown to nobody."""
    votes = _newest(annotator)
    found = [*_repeats(annotator), *_among_others(annotator, votes), *_sides(votes), *_conduct(annotator)]
    found.append(Figure(gettext_lazy("Gold met"), "", share(scoring.gold(annotator))))
    return [each for each in found if each.own.is_shown]


def pace(annotator: Annotator) -> tuple[float, int] | None:
    """Give the median time per pair over its clips' length, and the cases; None where they are too few."""
    rows = Vote.objects.filter(pk__in=_newest(annotator)).annotate(
        clips=F("ballot__pair__prompt__playback__duration_ms")
        + F("ballot__pair__response_a__playback__duration_ms")
        + F("ballot__pair__response_b__playback__duration_ms")
    )
    ratios = [elapsed / clips for elapsed, clips in rows.values_list("elapsed_ms", "clips") if clips]
    return (median(ratios), len(ratios)) if len(ratios) >= FEWEST_CASES else None


def _repeats(annotator: Annotator) -> list[Figure]:
    by_criterion: dict[str, list[bool]] = {}
    for each in scoring.repeats(annotator):
        by_criterion.setdefault(each.criterion, []).append(each.first == each.second)
    label = gettext_lazy("Repeats answered alike")
    return [Figure(label, slug, share(alike)) for slug, alike in sorted(by_criterion.items())]


def _among_others(annotator: Annotator, votes: Sequence[int]) -> list[Figure]:
    """Compare with all others on the same pairs, the person left out."""
    own = {
        (pair, slug): answer
        for pair, slug, answer in Verdict.objects.filter(vote__in=votes).values_list(
            "vote__ballot__pair", "criterion__slug", "answer"
        )
    }
    others: dict[tuple[int, str], Counter[str]] = {}
    rows = Verdict.objects.filter(
        vote__ballot__pair__in={pair for pair, _ in own},
        vote__ballot__purpose=Purpose.NORMAL,
        vote__ballot__batch__state=Batch.State.CLOSED,
        vote__superseded_by=None,
    ).exclude(vote__ballot__annotator=annotator)
    for pair, slug, answer in rows.values_list("vote__ballot__pair", "criterion__slug", "answer"):
        others.setdefault((pair, slug), Counter())[answer] += 1
    figures: list[Figure] = []
    for criterion in sorted({slug for _, slug in others}):
        both = {key: (own[key], given) for key, given in others.items() if key in own and key[1] == criterion}
        figures += _beside(criterion, both)
    return figures


def _beside(criterion: str, both: Mapping[tuple[int, str], tuple[str, Counter[str]]]) -> Iterable[Figure]:
    # Where others are of two minds equally often, there is nothing to agree with.
    clear = [(mine, given.most_common()) for mine, given in both.values()]
    agreed = [mine == top[0][0] for mine, top in clear if len(top) == 1 or top[0][1] > top[1][1]]
    yield Figure(gettext_lazy("Agrees with most others"), criterion, share(agreed))
    for answer, label in (("tie", gettext_lazy("Ties")), ("both_bad", gettext_lazy("Both bad"))):
        theirs = Share(
            sum(given[answer] for _, given in both.values()),
            sum(given.total() for _, given in both.values()),
        )
        yield Figure(label, criterion, share(mine == answer for mine, _ in both.values()), theirs)


def _sides(votes: Sequence[int]) -> list[Figure]:
    said = Verdict.objects.filter(vote__in=votes)
    decisive = said.filter(criterion__slug=OVERALL, answer__in=scoring.SIDES)
    rows = list(decisive.values_list("answer", "vote__ballot__left", "vote__ballot__first"))
    left = [answer == left for answer, left, _ in rows]
    first = [(answer == left) == (first == "left") for answer, left, first in rows]
    return [
        Figure(gettext_lazy("Left preferred"), OVERALL, share(left)),
        Figure(gettext_lazy("First preferred"), OVERALL, share(first)),
    ]


def _conduct(annotator: Annotator) -> list[Figure]:
    opened = Ballot.objects.filter(annotator=annotator, opened_at__isnull=False).exclude(
        purpose=Purpose.TRAINING
    )
    reports = (
        Report.objects.filter(reporter=annotator.user_id) if annotator.user_id else Report.objects.none()
    )
    decided = reports.filter(state__in=[Report.State.SETTLED, Report.State.DISMISSED])
    return [
        Figure(gettext_lazy("Skipped"), "", Share(opened.filter(state="skipped").count(), opened.count())),
        Figure(
            gettext_lazy("Reports upheld"),
            "",
            Share(decided.filter(state=Report.State.SETTLED).count(), decided.count()),
        ),
    ]


def _newest(annotator: Annotator) -> list[int]:
    """List the keys of the person's newest votes that may count."""
    votes = Vote.objects.filter(
        ballot__annotator=annotator,
        ballot__purpose=Purpose.NORMAL,
        ballot__batch__state=Batch.State.CLOSED,
        superseded_by=None,
    )
    # Sorted here: an order in the query would lead PostgreSQL along all votes of everybody.
    return sorted(votes.values_list("pk", flat=True), reverse=True)[:NEWEST]
