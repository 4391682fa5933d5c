"""The pictures of pages, with their words in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from inference.models import System
from inference.models.wording import in_language
from leaderboard.models import HeadToHead, Snapshot, Standing
from leaderboard.pictures import bars, drawings
from leaderboard.pictures.drawings import Point, Row, Value, Words
from leaderboard.ranking.result import Result
from leaderboard.selectors.pairs import Told

TRADE_OFF: Final = ("semantic", "paralinguistic")
# Lines in one picture of the past; more cannot be told apart.
_MOST_LINES: Final = 12


def value(line: Standing) -> Value:
    """Give a rated line's number with its interval."""
    return Value(at=line.rating or 0.0, low=line.low, high=line.high)


def _safe(picture: str) -> SafeString:
    # Every word in it went through html.escape (pictures/svg.py).
    return mark_safe(picture)  # noqa: S308 -- as above


def intervals(lines: Sequence[Standing]) -> SafeString:
    """Draw ratings with intervals and rank ranges; empty without a rated line."""
    rated = [line for line in lines if line.rating is not None]
    if not rated:
        return _safe("")
    rows = [
        Row(
            name=line.system.display_name,
            value=value(line),
            note=f"{line.rank_low}–{line.rank_high}" if line.rank_low else "",
            hollow=line.status == Standing.Status.PROVISIONAL,
        )
        for line in rated
    ]
    said = "; ".join(f"{row.name}: {row.value.at:.0f}" for row in rows)
    title = _("Ratings with their intervals; ranks at the right")
    return _safe(
        drawings.intervals(rows, words=Words(name="ratings", title=title, words=said, across=_("rating")))
    )


def differs(lines: Sequence[Standing], told: Mapping[int, Told]) -> SafeString:
    """Draw who is really better than whom, half dark where two cannot be told apart."""
    if not lines:
        return _safe("")
    cells: list[list[tuple[float, str] | None]] = []
    for line in lines:
        one = told[line.system_id]
        kinds = [(1.0, one.below), (0.5, one.undecided), (0.0, one.above)]
        shares = {other: share for share, others in kinds for other in others}
        cells.append(
            [(shares[other], other.system.display_name) if other in shares else None for other in lines]
        )
    words = Words(
        name="differs",
        title=_("Who is really different from whom"),
        words=_("Dark: the row's system is really better; light: really worse; between: not told apart yet."),
    )
    return _safe(drawings.heat([line.system.display_name for line in lines], cells, words=words))


def votes(lines: Sequence[Standing]) -> SafeString:
    """Draw what came of each system's votes."""
    if not lines:
        return _safe("")
    rows = [(line.system.display_name, (line.wins, line.ties, line.both_bad, line.losses)) for line in lines]
    kinds = [_("won"), _("tie"), _("both bad"), _("lost")]
    title = _("Votes of each system, by what came of them")
    said = "; ".join(f"{name}: {' / '.join(map(str, parts))}" for name, parts in rows)
    return _safe(bars.stacked(rows, kinds=kinds, words=Words(name="votes", title=title, words=said)))


def leads(pairs: Sequence[HeadToHead]) -> SafeString:
    """Draw how far a system is before each opponent; hollow where the two cannot be told apart."""
    rows = [
        Row(
            name=pair.system_b.display_name,
            value=Value(at=pair.difference, low=pair.difference_low, high=pair.difference_high),
            hollow=not pair.different,
        )
        for pair in pairs
        if pair.difference is not None
    ]
    return _rows("leads", _("Points before each opponent, with intervals"), rows, across=_("points"))


def parts(lines: Sequence[Standing]) -> SafeString:
    """Draw a system's rating in each part of the votes."""
    rows = [
        Row(name=in_language(line.snapshot.board.part, "name"), value=value(line))
        for line in lines
        if line.rating is not None
    ]
    return _rows("parts", _("Ratings in parts of the votes"), rows, across=_("rating"))


def study(result: Result) -> SafeString:
    """Draw the ratings of a study's systems on one criterion."""
    rows = [
        Row(name=line.system, value=Value(at=line.rating, low=line.low, high=line.high))
        for line in result.standings
        if line.rating is not None
    ]
    return _rows("study", _("Ratings with their intervals"), rows, across=_("rating"))


def _rows(name: str, title: str, rows: Sequence[Row], *, across: str) -> SafeString:
    if not rows:
        return _safe("")
    said = "; ".join(f"{row.name}: {row.value.at:.0f}" for row in rows)
    return _safe(drawings.intervals(rows, words=Words(name=name, title=title, words=said, across=across)))


def heat(lines: Sequence[Standing], rows: Sequence[HeadToHead]) -> SafeString:
    """Draw the matrix of pairs; empty without a line."""
    if not lines:
        return _safe("")
    place = {line.system_id: number for number, line in enumerate(lines)}
    cells: list[list[tuple[float, str] | None]] = [[None] * len(lines) for _line in lines]
    for pair in rows:
        if pair.observed is None:
            continue
        one, other = place[pair.system_a_id], place[pair.system_b_id]
        for i, j, share in ((one, other, pair.observed), (other, one, 1 - pair.observed)):
            names = lines[i].system.display_name, lines[j].system.display_name
            said = _("%(one)s against %(other)s: %(share).0f %% of points in %(votes)d votes")
            told = said % {"one": names[0], "other": names[1], "share": 100 * share, "votes": pair.votes}
            cells[i][j] = (share, told)
    words = Words(
        name="heat",
        title=_("Who took how many points against whom"),
        words=_("Systems from best to worst in rows and columns; the darker, the more the row won."),
    )
    return _safe(drawings.heat([line.system.display_name for line in lines], cells, words=words))


def history(past: Sequence[Snapshot]) -> SafeString:
    """Draw the ratings of the present leaders over all snapshots; empty before there are two."""
    if len(past) < 2:  # noqa: PLR2004 -- a line has two ends
        return _safe("")
    leaders = [line.system for line in past[-1].standings.all() if line.rating is not None][:_MOST_LINES]
    series = []
    for system in leaders:
        steps = [
            (snapshot.number, line.rating)
            for snapshot in past
            for line in snapshot.standings.all()
            if line.system_id == system.pk and line.rating is not None
        ]
        series.append((system.display_name, steps))
    said = "; ".join(f"{name}: {steps[0][1]:.0f} → {steps[-1][1]:.0f}" for name, steps in series)
    words = Words(name="past", title=_("Ratings over the snapshots"), words=said, across=_("snapshot"))
    return _safe(drawings.history(series, words=words))


def trade_off_rows(across: Snapshot | None, up: Snapshot | None) -> list[dict[str, Any]]:
    """Match the lines of two boards by system, the best of the first one first."""
    if across is None or up is None:
        return []
    other = {line.system_id: line for line in up.standings.all() if line.rating is not None}
    return [
        {"system": line.system, "across": line, "up": other[line.system_id]}
        for line in across.standings.all()
        if line.rating is not None and line.system_id in other
    ]


def trade_off(rows: Sequence[dict[str, Any]]) -> SafeString:
    """Draw what is said against how it is said; empty without a system on both boards."""
    if not rows:
        return _safe("")
    points = [
        Point(
            name=row["system"].display_name,
            x=value(row["across"]),
            y=value(row["up"]),
            hollow="provisional" in {row["across"].status, row["up"].status},
        )
        for row in rows
    ]
    said = "; ".join(f"{point.name}: {point.x.at:.0f}, {point.y.at:.0f}" for point in points)
    words = Words(
        name="trade-off",
        title=_("What is said against how it is said"),
        words=said,
        across=_("what is said (semantic rating)"),
        up=_("how it is said (paralinguistic rating)"),
    )
    return _safe(drawings.scatter(points, words=words, diagonal=True))


def waiting(
    overall: Snapshot, first_sounds: Mapping[int, float], *, marked: System | None = None
) -> SafeString:
    """Draw ratings against the time until the first sound; empty without a measured system.

    Args:
        overall: whose ratings.
        first_sounds: milliseconds by the system's key.
        marked: stands out, filled among hollow dots; None: nobody does.
    """
    points = [
        Point(
            name=line.system.display_name,
            x=Value(at=first_sounds[line.system_id]),
            y=value(line),
            hollow=marked is not None and line.system_id != marked.pk,
        )
        for line in overall.standings.all()
        if line.rating is not None and line.system_id in first_sounds
    ]
    if not points:
        return _safe("")
    said = "; ".join(f"{point.name}: {point.x.at:.0f} ms, {point.y.at:.0f}" for point in points)
    words = Words(
        name="waiting",
        title=_("Rating against the time until the first sound"),
        words=said,
        across=_("median time until the first sound, in milliseconds"),
        up=_("rating, overall"),
    )
    return _safe(drawings.scatter(points, words=words))
