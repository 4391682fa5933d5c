"""The paper's tables, as the snapshot of the board that rates by its rule holds them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inference.models import Domain, Level
from inference.models.wording import in_language
from leaderboard.models import Board, Snapshot
from leaderboard.selectors import boards


@dataclass(frozen=True)
class Column:
    """A domain or level: its name as the reader calls it, the matches in it, and what its ratings sum to."""

    name: str
    matches: int
    total: float


@dataclass(frozen=True)
class Split:
    """A table by domain or by level; `lines`: a system's name, its cells, its macro average.

    A cell is None where the system met nobody.
    """

    kind: str
    columns: Sequence[Column]
    lines: Sequence[tuple[str, Sequence[float | None], float]]


@dataclass(frozen=True)
class Own:
    """The tables of one snapshot.

    Attributes:
        names: of systems, by slug, as everybody sees them.
    """

    snapshot: Snapshot
    names: Mapping[str, str]

    @property
    def main(self) -> list[dict[str, Any]]:
        """The main table's rows, each with the system's name."""
        rows: list[dict[str, Any]] = self.snapshot.tables["main"]
        return [row | {"name": self.names.get(row["system"], row["system"])} for row in rows]

    @property
    def total(self) -> float:
        """What the main table's ratings sum to: 1000 for each system."""
        return float(sum(row["elo"] for row in self.main))

    @property
    def splits(self) -> list[Split]:
        """The tables by domain and by level."""
        return [_split(kind, table, self.names) for kind, table in self.snapshot.tables["by"].items()]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Give one table for a file: main, or a kind of part."""
        if name == "main":
            return [
                {"system": row["name"]}
                | {key: value for key, value in row.items() if key not in {"system", "name"}}
                for row in self.main
            ]
        table = self.snapshot.tables["by"].get(name, {"columns": [], "rows": []})
        return [
            {"system": self.names.get(row["system"], row["system"])}
            | dict(zip(table["columns"], row["ratings"], strict=True))
            | {"macro_average": row["macro_average"]}
            for row in table["rows"]
        ]


def own() -> Own | None:
    """Find the tables of the first board of online Elo; None where it has none yet."""
    board = boards.whole().filter(method=Board.Method.ONLINE_ELO).first()
    snapshot = boards.current(board) if board else None
    if snapshot is None or not snapshot.tables:
        return None
    return Own(snapshot, {line.system.slug: line.system.display_name for line in snapshot.standings.all()})


def _split(kind: str, table: Mapping[str, Any], names: Mapping[str, str]) -> Split:
    called = _names(kind)
    sums = [sum(column) for column in zip(*(row["ratings"] for row in table["rows"]), strict=True)]
    columns = [
        Column(called.get(column, column), matches, total)
        for column, matches, total in zip(table["columns"], table["matches"], sums, strict=True)
    ]
    lines = [
        (
            names.get(row["system"], row["system"]),
            [rating if met else None for rating, met in zip(row["ratings"], row["matches"], strict=True)],
            row["macro_average"],
        )
        for row in table["rows"]
    ]
    return Split(kind, columns, lines)


def _names(kind: str) -> dict[str, str]:
    if kind == "level":
        return {str(level.number): f"L{level.number}" for level in Level.objects.all()}
    return {domain.slug: in_language(domain, "name") for domain in Domain.objects.all()}
