"""What each command does; its exit status is what it returns."""

import getpass
import socket
import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from s2s_arena import adapters, folder, prompts, recomputing, settings, sounds, submitting, watching, working
from s2s_arena.errors import ArenaError
from s2s_arena.http import Arena
from s2s_arena.showing import Shown

GOOD, BAD = 0, 1
FIGURES = ("rating", "interval", "votes", "status")


def login(options: Namespace, shown: Shown) -> int:
    """Ask for a token without showing it (or read it from a pipe), try it, and keep it."""
    url = settings.address(options.url)
    token = getpass.getpass("Token: ") if sys.stdin.isatty() else sys.stdin.readline()
    with Arena(url, token.strip()) as arena:
        me = arena.get("me")
    path = settings.keep(settings.Settings(url, token.strip()))
    team = me["team"]["name"]
    shown.result({"team": me["team"], "kept": str(path)}, f"You are in for {team}. The token lies in {path}.")
    return GOOD


def pull(options: Namespace, shown: Shown) -> int:
    """Fetch a set of prompts; what is there and whole is not fetched again."""
    with Arena.from_settings() as arena, shown.bar(f"Prompts of {options.set}") as bar:
        done = prompts.pull(arena, options.set, options.folder, told=bar)
    value = {"prompts": done.prompts, "fetched": done.fetched, "folder": str(done.folder)}
    shown.result(value, f"{done.prompts} prompts in {done.folder}, {done.fetched} of them fetched now.")
    return GOOD


def check(options: Namespace, shown: Shown) -> int:
    """Say what the site would say of the answers in a folder, without asking it."""
    found = folder.read(options.folder)
    if found.kind != "uploaded":
        fix = "Run s2s-arena submit: a dry run comes first, and costs nothing."
        raise ArenaError("Only uploaded answers can be checked here.", code="wrong_kind", fix=fix)
    checked = folder.check(found)
    problems = [problem.as_json() for problem in checked.problems]
    coverage = {language: f"{done}/{of}" for language, (done, of) in checked.coverage.items()}
    decoded = sounds.can_decode()
    shown.problems(problems)
    if not decoded:
        shown.say("The sounds were not decoded: install the client as ./client[audio] for that.")
    value = {"ok": not problems, "problems": problems, "coverage": coverage, "sounds_decoded": decoded}
    shown.result(value, f"{len(checked.entries)} answers in order, {len(problems)} kinds of problems.")
    return BAD if problems else GOOD


def submit(options: Namespace, shown: Shown) -> int:
    """Create or resume a submission from a folder, and print its id."""
    found = folder.read(options.folder)
    with Arena.from_settings() as arena, shown.bar("Sending") as bar:
        done = submitting.submit(arena, found, told=bar)
    shown.problems(done["problems"])
    shown.result(done, done["id"])
    shown.say(f"{done['state']}: {done['sentence']}")
    return BAD if done["state"] in watching.BAD else GOOD


def watch(options: Namespace, shown: Shown) -> int:
    """Follow a submission until it is with a reviewer (0) or has come back (1)."""
    now: dict[str, Any] = {}
    with Arena.from_settings() as arena, shown.bar("Waiting") as bar:
        for now in watching.states(arena, folder.submission(options.id)):
            done, of = watching.share(now)
            bar(done, of, f"{now['state']}, waiting on {now['waiting_on']}: {now['sentence']}")
    shown.problems(now["problems"])
    shown.result(now, f"{now['state']}, waiting on {now['waiting_on']}: {now['sentence']}")
    return GOOD if now["state"] in watching.GOOD else BAD


def act(options: Namespace, shown: Shown) -> int:
    """Retry or cancel a submission."""
    with Arena.from_settings() as arena:
        done = arena.post(f"submissions/{folder.submission(options.id)}/{options.act}")
    shown.result(done, f"{done['state']}: {done['sentence']}")
    return GOOD


def work(options: Namespace, shown: Shown) -> int:
    """Answer a submission's jobs on this machine."""
    answers = adapters.program(options.command) if options.command else adapters.named(options.adapter)
    with Arena.from_settings() as arena:
        done = working.work(
            arena,
            folder.submission(options.id),
            answers,
            name=options.name or socket.gethostname()[:100],
            at_most=options.at_most,
            until_done=not options.forever,
            told=shown.say,
        )
    line = f"{done.answered} answered, {done.failed} failed, {done.lost} taken over by another machine."
    shown.result(vars(done), line)
    return BAD if done.failed else GOOD


def quota(options: Namespace, shown: Shown) -> int:
    """Show what the team may still take."""
    with Arena.from_settings() as arena:
        found = arena.get("me/quota")
    rows = [[one[name] for name in ("bucket", "used", "limit", "next_slot")] for one in found["buckets"]]
    shown.table(found, ["", "used", "limit", "next slot"], rows)
    return GOOD


def results(options: Namespace, shown: Shown) -> int:
    """Show how a system of the team's own stands."""
    with Arena.from_settings() as arena:
        found = arena.get(f"systems/{options.system}/results")
    rows = [[one["board"], _range(one, "rank_low", "rank_high"), *_line(one)] for one in found["standings"]]
    shown.table(found, ["board", "rank", *FIGURES], rows)
    return GOOD


def board(options: Namespace, shown: Shown) -> int:
    """Show a board's current snapshot."""
    with Arena.from_settings() as arena:
        found = arena.get(f"boards/{options.slug}/snapshots/latest")
    rows = [
        [_range(one, "rank_low", "rank_high"), one["system"]["name"], *_line(one)]
        for one in found["standings"]
    ]
    shown.table(found, ["rank", "system", *FIGURES], rows)
    return GOOD


def recompute(options: Namespace, shown: Shown) -> int:
    """Work a published board out again from its votes."""
    with Arena.from_settings() as arena:
        found = recomputing.recompute(arena, options.slug, options.number, form=options.form)
    rows = [[one["system"], _short(one["published"]), _short(one["recomputed"])] for one in found["systems"]]
    shown.table(found, ["system", "published", "recomputed"], rows)
    shown.say(f"The largest difference of a rating is {found['largest_difference']:.6f}.")
    for sentence in found["not_recomputed"]:
        shown.say(f"Not worked out again: {sentence}")
    return GOOD if found["equal"] else BAD


def secret(options: Namespace, shown: Shown) -> int:
    """Store a secret, asked for or read from a pipe."""
    value = getpass.getpass(f"{options.name}: ") if sys.stdin.isatty() else sys.stdin.readline()
    with Arena.from_settings() as arena:
        done = arena.post("secrets", {"name": options.name, "value": value.rstrip("\n")})
    shown.result(done, f"{done['name']} is stored; nobody can read it again.")
    return GOOD


def _line(standing: Mapping[str, Any]) -> list[Any]:
    """What FIGURES names, in so few columns that a terminal of 80 shows names whole."""
    return [
        _short(standing["rating"]),
        _range(standing, "low", "high"),
        standing["votes"],
        standing["status"],
    ]


def _range(standing: Mapping[str, Any], low: str, high: str) -> str | None:
    ends = [_short(standing[end]) for end in (low, high)]
    return None if None in ends else "–".join(str(end) for end in dict.fromkeys(ends))


def _short(value: Any) -> Any:
    return round(value, 1) if isinstance(value, float) else value


def path(text: str) -> Path:
    """Read an argument that is a file or a folder."""
    return Path(text).expanduser()
