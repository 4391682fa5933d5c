"""What commands print: tables and bars for people on a terminal, one JSON document with --json."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from s2s_arena.errors import ArenaError

NAMED = 5


class Bar(Protocol):
    """What is called with how much is done, of how much, and a word on it."""

    def __call__(self, done: int, of: int, word: str = "") -> None:
        """Show it."""
        ...


class Shown:
    """Where a command's results go: standard output; bars and lines on the way go to standard error.

    Args:
        as_json: for programs: one document, and nothing else.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.out = Console(highlight=False, soft_wrap=True)
        self.err = Console(stderr=True, highlight=False, soft_wrap=True)

    def result(self, value: Any, *lines: str) -> None:
        """Print the outcome, once."""
        if self.as_json:
            json.dump(value, sys.stdout, ensure_ascii=False, indent=1)
            sys.stdout.write("\n")
            return
        for line in lines:
            self.out.print(escape(line))

    def say(self, line: str) -> None:
        """Say something on the way, to people."""
        if not self.as_json:
            self.err.print(escape(line))

    def table(self, value: Any, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print rows, or the value that they were made from."""
        if self.as_json:
            self.result(value)
            return
        table = Table(*(Column(name, overflow="fold") for name in columns))
        for row in rows:
            table.add_row(*("–" if cell is None else escape(str(cell)) for cell in row))
        self.out.print(table)

    def problems(self, problems: Sequence[Mapping[str, Any]]) -> None:
        """Say everything that is wrong, each with what helps."""
        for problem in problems:
            some = problem["prompts"][:NAMED]
            more = " …" if some and problem["count"] > len(some) else ""
            where = f" [{', '.join(some)}{more}]" if some else ""
            self.say(f"{problem['code']}: {problem['detail']} {problem['fix']}{where}")

    def error(self, error: ArenaError) -> None:
        """Print a no."""
        if self.as_json:
            self.result(error.as_json())
            return
        self.problems(error.more.get("problems", []))
        self.err.print(f"[red]{escape(error.detail)}[/red]")
        self.err.print(escape(f"{error.code}, fault: {error.fault}. {error.fix}"))
        if slot := error.more.get("next_slot"):
            self.err.print(escape(f"The next slot is free at {slot}."))

    @contextmanager
    def bar(self, what: str) -> Iterator[Bar]:
        """Lend a bar."""
        columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %")
        with Progress(
            *columns, TimeRemainingColumn(), console=self.err, disable=self.as_json, transient=True
        ) as progress:
            task = progress.add_task(what, total=None)

            def show(done: int, of: int, word: str = "") -> None:
                progress.update(task, completed=done, total=of or None, description=word or what)

            yield show
