"""`results`, `board` and `recompute`, over real HTTP and on snapshots that were really computed."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from inference.models import System
from judging.models import Annotator, PanelMembership, Seal
from judging.services import seals
from leaderboard.models import Board, Snapshot
from leaderboard.selectors import given
from leaderboard.services import snapshots
from leaderboard.services.generated import arena as generated
from leaderboard.services.generated.tastes import Size
from s2s_arena import cli, recomputing
from s2s_arena.errors import ArenaError
from tests import factories
from tests.leaderboard import boards

SIZE = Size(systems=5, prompts=60, annotators=24, votes=1500)
OPEN = timedelta(0)


@pytest.fixture
def earned(committed_db, moderator, settings):
    """Boards of an arena with a trusted panel: votes weigh differently."""
    settings.BOOTSTRAP_RESAMPLES = 2
    generated.make(SIZE, seed=2, until=timezone.now(), tell=lambda text: None)
    people = list(Annotator.objects.order_by("pk"))
    for annotator in people[:15]:
        PanelMembership.objects.create(annotator=annotator, reason="Vetted.", added_by=moderator)
    # A membership counts from the next seal on.
    factories.vote(factories.pair(factories.prompt(), *System.objects.all()[:2]), people[0], "a")
    seals.seal()
    seal = Seal.objects.order_by("-number").first()
    return snapshots.build(Board.objects.get(slug="overall"), seal=seal, seed=1)


def test_a_real_board_is_worked_out_again_from_what_is_given(earned, run, monkeypatch):
    assert earned.parameters["weights"] == "earned"
    monkeypatch.setattr(given, "WAIT", OPEN)

    for form in ("matrices", "rows"):
        status, again = run("recompute", "overall", earned.number, "--form", form)

        assert (status, again["equal"]) == (0, True), again
        assert again["largest_difference"] < 1e-5
        published = {line.system.slug: line.rating for line in earned.standings.all()}
        assert {line["system"]: line["published"] for line in again["systems"]} == published
        assert all(line["counts_equal"] for line in again["systems"])
        # What it cannot say, it says.
        assert "Intervals" in again["not_recomputed"][0]


def test_votes_that_weigh_alike_give_other_numbers_than_the_published_ones(earned, run, monkeypatch):
    """The weights are needed: without them the same counts do not come to the published ratings."""
    of_matrices = recomputing._of_matrices
    monkeypatch.setattr(
        recomputing, "_of_matrices", lambda rows: of_matrices([row | {"weight": 1.0} for row in rows])
    )

    status, again = run("recompute", "overall", earned.number)

    assert (status, again["equal"]) == (1, False)


def test_a_published_number_that_was_changed_is_noticed(earned, run):
    with factories.unguarded():
        line = earned.standings.order_by("pk").first()
        type(line).objects.filter(pk=line.pk).update(rating=line.rating + 1)

    status, again = run("recompute", "overall", earned.number)

    assert (status, again["equal"]) == (1, False)
    assert again["largest_difference"] == pytest.approx(1, abs=1e-4)


def test_a_slice_is_worked_out_from_its_own_votes(committed_db, run, settings):
    settings.BOOTSTRAP_RESAMPLES = 2
    generated.make(SIZE, seed=3, until=timezone.now(), tell=lambda text: None)
    snapshots.build_all()
    sliced = Snapshot.objects.exclude(board__level=None).filter(votes__gt=0).order_by("pk").first()
    whole = Snapshot.objects.get(board__slug="overall")
    assert sliced.votes < whole.votes

    status, again = run("recompute", sliced.board.slug, sliced.number)

    assert (status, again["equal"]) == (0, True), again


def test_a_board_of_the_order_of_votes_says_that_it_cannot_be(committed_db, arena, run):
    boards.triangle("aaabbtx")
    snapshots.build_all()

    status, said = run("recompute", "overall-elo", 1)

    assert (status, said["error"]["code"]) == (1, "not_recomputable")
    with pytest.raises(ArenaError, match="from outside"):
        recomputing.recompute(arena, "overall-elo", 1)


def test_a_board_is_shown_as_people_read_it(committed_db, run, capsys):
    systems, _ = boards.triangle("aaabbtx")
    snapshots.build_all()

    status, shown = run("board", "overall")

    assert (status, shown["number"]) == (0, 1)
    assert {line["system"]["name"] for line in shown["standings"]} == {one.display_name for one in systems}
    assert cli.main(["board", "overall"]) == 0
    table = capsys.readouterr().out
    assert all(one.display_name.split()[0] in table for one in systems), table


def test_results_are_of_the_teams_own_system(lab, committed_db, run):
    own, _ = boards.triangle("aaabbtx")[0][:2]
    type(own.model).objects.filter(pk=own.model_id).update(team=lab.team)
    snapshots.build_all()

    status, shown = run("results", own.slug)
    other_status, other = run("results", "system-b")

    assert (status, shown["system"]) == (0, own.slug)
    assert {line["board"] for line in shown["standings"]} >= {"overall"}
    assert (other_status, other["error"]["code"]) == (1, "not_found")
    assert json.dumps(shown).count("annotator") == 0
