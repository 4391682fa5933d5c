"""What a run found: a summary for programs, and a few lines for people."""

import json
import os
import platform
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from tests.faults.rig import checks
from tests.faults.rig.arena import ROOT, Arena, NotDrained, Plan

console = Console(highlight=False)


class Report:
    """The summary of one run, while it is made.

    Attributes:
        program: such as `r1`.
        goal: what it has to show, in one sentence.
        broken: what did not hold.
        figures: what was measured.
        faults: how often each fault was injected.
        skipped: faults that this machine cannot have, with the reason.
    """

    def __init__(self, program: str, goal: str, **parameters: Any) -> None:
        self.program = program
        self.goal = goal
        self.parameters = parameters
        self.broken: list[str] = []
        self.figures: dict[str, Any] = {}
        self.faults: Counter[str] = Counter()
        self.skipped: dict[str, str] = {}
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task(program, total=None)
        self._began = time.monotonic()
        self._began_at = datetime.now(tz=UTC)

    def require(self, what: str, holds: object) -> None:
        """Note what does not hold."""
        if not holds:
            self.broken.append(what)
            console.print(f"[red]broken:[/red] {what}")

    def tell(self, what: str, *, done: float | None = None, of: float | None = None) -> None:
        """Show people what goes on, and how much of it is done."""
        self._progress.update(self._task, description=f"{self.program}: {what}", completed=done, total=of)

    @property
    def summary(self) -> dict[str, Any]:
        """All of it, as JSON."""
        return {
            "program": self.program,
            "goal": self.goal,
            "passed": not self.broken,
            "broken": self.broken,
            "parameters": self.parameters,
            "commit": commit(),
            "machine": machine(),
            "began_at": self._began_at.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - self._began, 1),
            "faults": dict(sorted(self.faults.items(), key=lambda item: int(item[0][1:]))),
            "faults_injected": self.faults.total(),
            "skipped": self.skipped,
            "figures": self.figures,
        }

    @contextmanager
    def watching(self, plan: Plan) -> Iterator[Arena]:
        """Bring an arena up, and see at the end what became of its jobs.

        Raises:
            NotDrained: it did not come up.
        """
        arena = Arena(plan)
        came_up = False
        try:
            with self._progress:
                self.tell("bringing the arena up")
                arena.start()
                came_up = True
                yield arena
                self.tell("looking at what became of the jobs")
            self._take_stock(arena)
        except NotDrained as error:
            self.require(str(error), holds=False)
            if not came_up:
                raise
            self._take_stock(arena)
        finally:
            left = arena.stop()
            self.figures["processes_left_behind"] = len(left)
            self.require(f"nobody is left behind: {left}", not left)
            self._keep_logs(arena)
            arena.discard()

    def _take_stock(self, arena: Arena) -> None:
        counted, executions = checks.numbers(arena.database), arena.executions()
        wrong = checks.wrong(arena.database) | {
            "acknowledged_jobs_missing": arena.missing(),
            "bad_files": checks.bad_files(arena.database, arena.var / "media"),
        }
        share = 100 / max(1, counted["jobs"])
        self.figures |= counted | wrong
        self.figures |= {
            "executions": executions,
            "extra_executions": executions - counted["jobs"],
            "extra_executions_percent": round(share * (executions - counted["jobs"]), 2),
            "extra_attempts": counted["attempts"] - counted["jobs"],
            "extra_attempts_percent": round(share * (counted["attempts"] - counted["jobs"]), 2),
            "paused_systems_resumed": arena.resumed,
            "redirects_followed": arena.endpoint.followed,
            "outcomes": checks.outcomes(arena.database),
            "surprises": checks.surprises(arena.database),
            "starts": {program.name: program.starts for program in arena.keeper.programs},
            "r6": arena.watcher.close(),
        }
        for name, number in wrong.items():
            self.require(f"{name}: {number}", number == 0)
        for name in ("running_30_s_past_their_lease", "due_60_s_beside_an_idle_worker"):
            self.require(f"{name}: {self.figures['r6'][name]}", self.figures["r6"][name] == 0)
        self.require("no redirect is followed", arena.endpoint.followed == 0)
        if arena.voters:
            arena.voters.stop()
            self.figures["votes"] = arena.voters.figures()
            for name in ("failed_requests", "acknowledged_votes_missing", "ballots_with_two_votes"):
                self.require(f"{name}: {self.figures['votes'][name]}", self.figures["votes"][name] == 0)

    def _keep_logs(self, arena: Arena) -> None:
        """Keep what the programs said where something broke."""
        if self.broken:
            kept = ROOT / "var" / "faults" / f"{self.program}-{arena.mark[:8]}"
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(arena.var / "log", kept)
            console.print(f"What the programs said is kept in {kept.relative_to(ROOT)}.")


def say(summary: dict[str, Any]) -> None:
    """Tell people how a run went."""
    verdict = "[green]holds[/green]" if summary["passed"] else "[red]BROKEN[/red]"
    figures = summary["figures"]
    console.print(
        f"[bold]{summary['program']}[/bold] {verdict} in {summary['seconds']:.0f} s: {summary['goal']}"
    )
    shown = (
        "jobs",
        "done",
        "failed",
        "lost",
        "duplicated",
        "not_ended",
        "extra_executions_percent",
        "drain_seconds",
    )
    told = [f"{name.replace('_', ' ')} {figures[name]}" for name in shown if name in figures]
    console.print(f"  {summary['faults_injected']} faults; " + ", ".join(told))
    for broken in summary["broken"]:
        console.print(f"  [red]broken:[/red] {broken}")
    for name, reason in summary["skipped"].items():
        console.print(f"  [yellow]{name} skipped:[/yellow] {reason}")


def machine() -> dict[str, Any]:
    """Say what it ran on."""
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "load_at_the_end": round(os.getloadavg()[1], 1),
    }


def commit() -> str:
    """Name the code that ran; a plus says that files were changed since."""
    git = ["git", "-C", str(ROOT)]
    named = subprocess.run(
        [*git, "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True, check=False
    )
    changed = subprocess.run(
        [*git, "status", "--porcelain", "--untracked-files=no", "--", "inference", "judging", "arena_site"],
        capture_output=True,
        text=True,
        check=False,
    )
    return named.stdout.strip() + ("+" if changed.stdout.strip() else "")


def write(summary: dict[str, Any], to: Path) -> None:
    """Keep the summary."""
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
