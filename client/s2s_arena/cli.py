"""`s2s-arena`: bring a system to the arena, from a token to its place on a board."""

import argparse
import sys
from collections.abc import Callable, Sequence

from s2s_arena import commands
from s2s_arena.errors import ArenaError
from s2s_arena.showing import Shown

STOPPED = 130
Do = Callable[[argparse.Namespace, Shown], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; 0: done, 1: a no, 2: not understood, 130: stopped."""
    options = _parser().parse_args(arguments)
    shown = Shown(as_json=options.json)
    try:
        return int(options.do(options, shown))
    except ArenaError as error:
        shown.error(error)
        return 1
    except KeyboardInterrupt:
        shown.say("Stopped; the same command goes on from here.")
        return STOPPED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="s2s-arena", description=__doc__)
    of = parser.add_subparsers(required=True, metavar="COMMAND")
    login = _command(of, "login", commands.login, "Keep a token, asked for or read from a pipe.")
    login.add_argument("url", help="Of the arena.")
    prompts = of.add_parser("prompts", help="Prompts on this machine.").add_subparsers(required=True)
    pull = _command(prompts, "pull", commands.pull, "Fetch a set of prompts; resumes.")
    pull.add_argument("set", help="Such as core/3.")
    pull.add_argument("folder", type=commands.path)
    for name, do, about in (
        ("check", commands.check, "Say everything that the site would say of a folder, offline."),
        ("submit", commands.submit, "Create or resume a submission from a folder; prints its id."),
    ):
        _command(of, name, do, about).add_argument("folder", type=commands.path)
    _of_one(_command(of, "watch", commands.watch, "Follow a submission."))
    for name, act, about in (
        ("retry-failed", "retry", "Ask again for the prompts that failed."),
        ("cancel", "cancel", "End a submission."),
    ):
        command = _command(of, name, commands.act, about)
        _of_one(command)
        command.set_defaults(act=act)
    _work(of)
    _command(of, "secret", commands.secret, "Store a secret that a system needs.").add_argument("name")
    _command(of, "quota", commands.quota, "Show what the team may still take.")
    _command(of, "results", commands.results, "Show how your system stands.").add_argument("system")
    _command(of, "board", commands.board, "Show a board.").add_argument("slug")
    recompute = _command(of, "recompute", commands.recompute, "Work a board out again from its votes.")
    recompute.add_argument("slug")
    recompute.add_argument("number", type=int, help="Of the snapshot.")
    recompute.add_argument("--form", choices=("matrices", "rows"), default="matrices")
    return parser


def _of_one(command: argparse.ArgumentParser) -> None:
    command.add_argument("id", help="Of a submission, or the folder that it was submitted from.")


def _work(of: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    work = _command(of, "work", commands.work, "Answer a submission's jobs on this machine.")
    _of_one(work)
    which = work.add_mutually_exclusive_group(required=True)
    which.add_argument("--adapter", metavar="NAME", help="module:function, or an adapter of the arena's.")
    which.add_argument("--command", metavar="PROGRAM", help="With {prompt}, {answer} and perhaps {seed}.")
    work.add_argument("--name", help="What this machine is called; its host name by default.")
    work.add_argument("--at-most", type=int, default=1, help="How many jobs are claimed at once, 32 at most.")
    work.add_argument("--forever", action="store_true", help="Go on when nothing is left to answer.")


def _command(
    of: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, do: Do, about: str
) -> argparse.ArgumentParser:
    parser = of.add_parser(name, help=about, description=about)
    parser.add_argument("--json", action="store_true", help="Print one JSON document.")
    parser.set_defaults(do=do)
    return parser


if __name__ == "__main__":
    sys.exit(main())
