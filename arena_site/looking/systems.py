"""All about one system, from boards, tallies and its newest votes: never from all its votes (M25)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from django.db.models import Count, F, Q, Sum

from inference.models import AuditEntry, Job, Membership, Response, System
from judging.models import Affiliation, Pair, PairTally, PanelMembership, Report, SystemPair, Verdict
from leaderboard.models import HeadToHead, Snapshot, Standing

# What is said of voters is said of so many newest votes.
NEWEST: Final = 1_000
VOTERS: Final = 8
SNAPSHOTS: Final = 24
LINES: Final = 20
OVERALL: Final = "overall"
# Of a picture: the width of a snapshot, and the height of the whole.
STEP, HEIGHT = 26, 90


class Voter(NamedTuple):
    """Somebody's part in the newest votes: for the system, or against it; of the trusted panel or not."""

    pseudonym: str
    key: int
    votes: int
    won: int
    lost: int
    is_panel: bool


class Point(NamedTuple):
    """A snapshot's rating with its interval, in units of the picture."""

    x: float
    y: float
    top: float
    height: float
    words: str


class Course(NamedTuple):
    """A board's ratings of one system over its snapshots."""

    board: str
    slug: str
    width: int
    points: Sequence[Point]
    last: Standing


def of(system: System) -> dict[str, Any]:
    """Read everything that the page shows, in about fifteen statements."""
    courses = _courses(system)
    voters, sides = _voters(system)
    return {
        "courses": courses,
        "height": HEIGHT,
        "met": _met(system),
        "opponents": _opponents(system),
        "coverage": _coverage(system),
        "voters": voters[:VOTERS],
        "sides": sides,
        "newest": min(NEWEST, sum(voter.votes for voter in voters)),
        "reports": list(
            Report.objects.filter(Q(response__system=system) | Q(system=system))
            .select_related("prompt")
            .order_by("-pk")[:LINES]
        ),
        "jobs": _by_state(Job.objects.filter(system=system)),
        "responses": _by_state(Response.objects.filter(system=system)),
        "timings": _timings(system),
        "barred": _barred(system),
        "history": list(
            AuditEntry.objects.filter(target_type="inference.system", target_id=str(system.pk))[:LINES]
        ),
        "submissions": list(system.submissions.select_related("prompt_set")[:LINES]),
    }


def _courses(system: System) -> list[Course]:
    newest = Snapshot.objects.filter(
        board__active=True, board__domain=None, board__task=None, board__level=None, board__language=None
    ).order_by("-pk")
    rows = (
        Standing.objects.filter(system=system, snapshot__in=list(newest.values_list("pk", flat=True)[:120]))
        .select_related("snapshot__board")
        .order_by("snapshot__board__position", "snapshot__number")
    )
    boards: dict[int, list[Standing]] = {}
    for row in rows:
        boards.setdefault(row.snapshot.board_id, []).append(row)
    return [_course(lines[-SNAPSHOTS:]) for lines in boards.values()]


def _course(lines: Sequence[Standing]) -> Course:
    rated = [
        (line.rating, line.low or line.rating, line.high or line.rating) for line in lines if line.rating
    ]
    low = min((row[1] for row in rated), default=0.0)
    high = max((row[2] for row in rated), default=1.0)
    scale = HEIGHT / ((high - low) or 1.0)
    points = [
        Point(
            STEP * place + STEP / 2,
            (high - line.rating) * scale,
            (high - (line.high or line.rating)) * scale,
            ((line.high or line.rating) - (line.low or line.rating)) * scale,
            f"#{line.snapshot.number}: {line.rating:.0f} ({line.low or line.rating:.0f}–"
            f"{line.high or line.rating:.0f})",
        )
        for place, line in enumerate(lines)
        if line.rating
    ]
    board = lines[-1].snapshot.board
    return Course(str(board), board.slug, STEP * len(lines), points, lines[-1])


def _met(system: System) -> list[dict[str, Any]]:
    """Each opponent in the newest snapshot of the first board: won, lost, ties, both bad."""
    newest = Snapshot.objects.filter(board__slug=OVERALL).order_by("-number").values("pk")[:1]
    met = HeadToHead.objects.filter(Q(system_a=system) | Q(system_b=system), snapshot__in=newest)
    found = []
    for row in met.select_related("system_a", "system_b"):
        own = row.system_a_id == system.pk
        won, lost = (row.a_wins, row.b_wins) if own else (row.b_wins, row.a_wins)
        other = row.system_b if own else row.system_a
        found.append({"system": other, "won": won, "lost": lost, "ties": row.ties, "both_bad": row.both_bad})
    return sorted(found, key=lambda line: -(line["won"] + line["lost"] + line["ties"] + line["both_bad"]))


def _opponents(system: System) -> list[tuple[str, int]]:
    rows = SystemPair.objects.filter(Q(system_a=system) | Q(system_b=system)).order_by("-counted")
    columns = ("system_a_id", "system_a__slug", "system_b__slug", "counted")
    return [
        (other if one == system.pk else slug, counted)
        for one, slug, other, counted in rows.values_list(*columns)[:VOTERS]
    ]


def _coverage(system: System) -> dict[str, list[tuple[str, int]]]:
    """Votes that count by task, level and language, from the tallies."""
    rows = (
        PairTally.objects.filter(Q(systems__system_a=system) | Q(systems__system_b=system))
        .values_list("task__slug", "level__number", "language__code")
        .annotate(number=Sum("counted"))
        .order_by()
    )
    found: dict[str, Counter[str]] = {"task": Counter(), "level": Counter(), "language": Counter()}
    for task, level, language, number in rows:
        for name, value in (("task", task), ("level", level), ("language", language)):
            found[name]["–" if value is None else str(value)] += number
    return {name: sorted(counter.items()) for name, counter in found.items()}


def _voters(system: System) -> tuple[list[Voter], list[dict[str, Any]]]:
    """Who voted on it lately, the most frequent first; and for and against, by panel and others."""
    panel = set(PanelMembership.objects.filter(ended_at=None).values_list("annotator_id", flat=True))
    counts: dict[tuple[int, str], Counter[str]] = {}
    for side, other in (("a", "b"), ("b", "a")):
        # Pairs are made as they are drawn: the newest ones hold the newest votes.
        pairs = Pair.objects.filter(**{f"system_{side}": system}).order_by("-pk")[: NEWEST // 2]
        rows = Verdict.objects.filter(
            criterion__slug=OVERALL,
            vote__superseded_by=None,
            vote__ballot__purpose="normal",
            vote__ballot__pair__in=list(pairs.values_list("pk", flat=True)),
        ).values_list("vote__ballot__annotator_id", "vote__ballot__annotator__pseudonym", "answer")
        for key, pseudonym, answer in rows[: NEWEST // 2]:
            said = {side: "won", other: "lost"}.get(answer, answer)
            counts.setdefault((key, pseudonym), Counter())[said] += 1
    voters = [
        Voter(pseudonym, key, said.total(), said["won"], said["lost"], key in panel)
        for (key, pseudonym), said in counts.items()
    ]
    voters.sort(key=lambda voter: -voter.votes)
    return voters, [_side(voters, is_panel=True), _side(voters, is_panel=False)]


def _side(voters: Iterable[Voter], *, is_panel: bool) -> dict[str, Any]:
    own = [voter for voter in voters if voter.is_panel is is_panel]
    return {
        "is_panel": is_panel,
        "people": len(own),
        "votes": sum(voter.votes for voter in own),
        "won": sum(voter.won for voter in own),
        "lost": sum(voter.lost for voter in own),
    }


def _by_state(rows: Any) -> list[tuple[str, int]]:
    return list(rows.order_by("state").values_list("state").annotate(count=Count("pk")))


def _timings(system: System) -> tuple[int, int] | None:
    """Median and slowest twentieth of its newest thousand answers, in ms; None: nobody took the time."""
    rows = Response.objects.filter(system=system, total_ms__isnull=False).order_by("-pk")
    known = sorted(taken or 0 for taken in rows.values_list("total_ms", flat=True)[:1000])
    return (known[len(known) // 2], known[len(known) * 19 // 20]) if known else None


def _barred(system: System) -> dict[str, Any]:
    """Who may not judge it: the people of its team, and those who said that they are close to its maker."""
    ties = Q(provider__iexact=system.model.provider)
    if system.model.team_id:
        ties |= Q(team=system.model.team_id)
    members = Membership.objects.filter(team=system.model.team_id, left_at=None)
    return {
        "members": members.count() if system.model.team_id else 0,
        "close": list(
            Affiliation.objects.filter(ties)
            .annotate(pseudonym=F("annotator__pseudonym"))
            .values("annotator_id", "pseudonym", "kind")[:LINES]
        ),
    }
