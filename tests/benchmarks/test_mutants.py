"""The program that judges mutants: that it keeps its word about promises, the broken ones above all."""

import pytest
from rich.console import Console

from benchmarks import mutants
from benchmarks.audio_verdicts import Tally, Verdict

FINE = Verdict(
    "a file", outcome="truncated", seconds=0.1, cpu_seconds=0.1, peak_bytes=30_000_000, exit_code=0
)


def tally(**changes):
    found = Tally()
    found.add(FINE, "seed")
    found.add(Verdict(**{**vars(FINE), **changes}), "seed")
    return found


def broken(files, made, blown):
    return [promise["promise"] for promise in mutants.promises(files, made, blown) if not promise["kept"]]


def test_what_is_fine_breaks_no_promise():
    assert broken(tally(), tally(outcome="taken"), [FINE]) == []


@pytest.mark.parametrize(
    ("changes", "promise"),
    [
        ({"wrong": "a crash outside the child"}, "no crash outside a child, and no wrong playback file"),
        ({"seconds": 10.1}, "no file takes more than 10 s"),
        ({"peak_bytes": 512_000_001}, "no child holds more than 512 MB"),
        ({"outcome": "because"}, "every refusal has a reason of docs/audio.md"),
    ],
)
def test_one_file_in_any_tally_breaks_a_promise(changes, promise):
    one_of_two = Tally()
    one_of_two.merge(tally())
    one_of_two.merge(tally(**changes))

    assert broken(one_of_two, tally(), [FINE]) == [promise]
    assert broken(tally(), one_of_two, [FINE]) == [promise]


@pytest.mark.parametrize(
    ("changes", "promise"),
    [
        ({"wrong": "taken where too_long is right"}, "each bomb is refused for what it is"),
        ({"cpu_seconds": 2.1}, "no bomb takes more than 2 s of processor time"),
        ({"peak_bytes": 512_000_001}, "no bomb's child holds more than 512 MB"),
    ],
)
def test_one_bomb_breaks_a_promise(changes, promise):
    assert broken(tally(), tally(), [FINE, Verdict(**{**vars(FINE), **changes})]) == [promise]


def test_the_run_ends_with_one_where_a_promise_was_broken():
    kept = {"promises": [{"promise": "p", "found": 0, "kept": True}], "seconds": 1, "bombs": []}
    result = {**kept, "mutants": mutants.written(tally()), "made_by_hand": mutants.written(tally())}
    quiet = Console(quiet=True)

    assert mutants.report(quiet, result) == 0
    assert mutants.report(quiet, {**result, "promises": [{**result["promises"][0], "kept": False}]}) == 1


def test_a_shard_judges_its_own_numbers_with_what_their_children_used():
    done = mutants.shard(52, 54, 1)

    assert done.outcomes.total() == 2
    assert done.wrong == []
    assert done.slowest.file.startswith(("mutant 52: ", "mutant 53: "))
    assert done.largest.peak_bytes > 10_000_000
    assert done.busiest.cpu_seconds > 0
