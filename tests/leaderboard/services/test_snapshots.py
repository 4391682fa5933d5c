"""Snapshots: what they hold, when they are made, and that they can be made again."""

import hashlib
import json
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from judging.models import Seal
from judging.services import exclusions, seals
from leaderboard.models import Board, Snapshot
from leaderboard.ranking.errors import RankingError
from leaderboard.services import snapshots
from tests import factories
from tests.leaderboard import boards

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(settings):
    settings.BOOTSTRAP_RESAMPLES = 40


@pytest.fixture
def overall():
    return Board.objects.select_related("criterion").get(slug="overall")


def again(snapshot: Snapshot) -> snapshots.Rebuilt:
    return snapshots.rebuild(Snapshot.objects.select_related("board__criterion", "seal").get(pk=snapshot.pk))


def as_replica(sql: str, *parameters) -> None:
    """Do what the guards refuse."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, parameters)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def whole(made) -> list[str]:
    return [snapshot.board.slug for snapshot in made if not snapshot.board.sliced]


def test_build_publishes_what_the_votes_come_to(overall):
    systems, _ = boards.triangle("aaabtx")

    snapshot = snapshots.build(overall, seal=seals.seal(), seed=5)

    assert (snapshot.number, snapshot.seed, snapshot.method) == (1, 5, "bradley-terry")
    assert (snapshot.votes, snapshot.annotators, snapshot.prompts, snapshot.excluded) == (18, 18, 3, 0)
    assert (snapshot.connected, snapshot.converged, snapshot.interval_unit) == (True, True, "annotators")
    assert snapshot.parameters["resamples"] == 40
    found = {
        line.system.slug: (line.votes, line.wins, line.losses, line.ties, line.both_bad)
        for line in snapshot.standings.select_related("system")
    }
    assert found == {
        "system-a": (12, 6, 2, 2, 2),
        "system-b": (12, 4, 4, 2, 2),
        "system-c": (12, 2, 6, 2, 2),
    }
    ratings = [snapshot.standings.get(system=system).rating for system in systems]
    assert all(better > worse for better, worse in pairwise(ratings))
    assert sum(ratings) == pytest.approx(3000)


def test_build_publishes_what_rests_on_the_prior_and_on_one_person(overall):
    boards.triangle("aaaa")

    snapshot = snapshots.build(overall, seal=seals.seal(), seed=5)

    # Twelve votes by as many people; nobody ever beat the first, and the last beat nobody.
    assert snapshot.largest_share == pytest.approx(1 / 12, abs=1e-6)
    assert snapshot.design_effect > 0
    assert set(snapshot.standings.values_list("prior_driven", flat=True)) == {True}


def test_build_without_enough_people_has_no_design_effect(overall):
    boards.triangle("ab")

    snapshot = snapshots.build(overall, seal=seals.seal(), seed=5)

    assert (snapshot.interval_unit, snapshot.design_effect) == ("none", None)
    assert not snapshot.standings.filter(prior_driven=True).exists()


def test_build_keeps_head_to_head_in_canonical_order(overall):
    # The names are in the other order than the keys.
    later, sooner = factories.system("z-made-first"), factories.system("a-made-last")
    boards.votes(later, sooner, "aaab")

    snapshot = snapshots.build(overall, seal=seals.seal(), seed=5)

    met = snapshot.head_to_heads.get()
    assert (met.system_a, met.system_b) == (later, sooner)
    assert (met.a_wins, met.b_wins, met.ties, met.both_bad) == (3, 1, 0, 0)


def test_build_counts_up_within_each_board(overall):
    systems, _ = boards.triangle("ab")
    elo = Board.objects.get(slug="overall-elo")
    made = []

    for chosen in ([overall, elo], [overall], [overall, elo]):
        boards.votes(*systems[:2], "a")
        seal = seals.seal()
        made.append([snapshots.build(board, seal=seal, seed=1).number for board in chosen])

    assert made == [[1, 1], [2], [3, 2]]


def test_build_returns_the_snapshot_of_a_seal_that_is_there(overall):
    boards.triangle("ab")
    seal = seals.seal()
    first = snapshots.build(overall, seal=seal, seed=1)

    again = snapshots.build(overall, seal=seal, seed=2)

    assert again == first
    assert again.seed == 1


def test_build_does_not_set_a_board_back_to_an_older_seal(overall):
    systems, _ = boards.triangle("ab")
    older = seals.seal()
    boards.votes(*systems[:2], "a")
    newer = snapshots.build(overall, seal=seals.seal(), seed=1)

    late = snapshots.build(overall, seal=older, seed=1)

    assert late == newer
    assert Snapshot.objects.count() == 1


def test_database_refuses_a_second_snapshot_of_a_seal(overall):
    boards.triangle("ab")
    snapshot = snapshots.build(overall, seal=seals.seal(), seed=1)
    snapshot.pk, snapshot.number = None, 2

    with pytest.raises(IntegrityError, match="a_board_has_one_snapshot_of_a_seal"):
        snapshot.save(force_insert=True)


def test_rebuild_gives_the_same_bytes_after_votes_cast_in_between(overall):
    systems, _ = boards.triangle()
    snapshot = snapshots.build(overall, seal=seals.seal(), seed=5)
    first = again(snapshot)
    boards.votes(systems[2], systems[0], "aaaa")
    seals.seal()

    second = again(snapshot)

    assert second == first
    assert second.equal
    assert hashlib.sha256(second.result).hexdigest() == snapshot.result_sha256


def test_rebuild_gives_the_same_bytes_with_rows_in_another_order(overall):
    boards.triangle()
    snapshot = snapshots.build(overall, seal=seals.seal(), seed=5)
    # A row that is written anew moves to the end of its table.
    for table in ("judging_verdict", "judging_vote", "judging_ballot", "judging_pair", "judging_sealeditem"):
        as_replica(f"UPDATE {table} SET id = id WHERE MOD(id, 3) = 1")

    rebuilt = again(snapshot)

    assert rebuilt.equal


def test_rebuild_keeps_to_the_snapshot_where_settings_have_changed(overall, settings):
    boards.triangle()
    snapshot = snapshots.build(overall, seal=seals.seal(), seed=5)
    settings.BOOTSTRAP_RESAMPLES = 60

    rebuilt = again(snapshot)

    assert rebuilt.equal


def test_rebuild_finds_an_edited_vote(overall):
    _, cast = boards.triangle()
    snapshot = snapshots.build(overall, seal=seals.seal(), seed=5)
    as_replica("UPDATE judging_verdict SET answer = 'b' WHERE vote_id = %s", cast[0].pk)

    rebuilt = again(snapshot)

    assert not rebuilt.equal
    assert rebuilt.votes_sha256 != snapshot.votes_sha256
    assert rebuilt.result_sha256 != snapshot.result_sha256


def test_another_seed_gives_another_bootstrap_for_the_same_ratings(overall):
    boards.triangle("a" * 20 + "b" * 15)
    snapshot = snapshots.build(overall, seal=seals.seal(), seed=1)
    one = snapshots.rebuild(snapshot)
    snapshot.seed = 2

    other = snapshots.rebuild(snapshot)

    lines = [json.loads(made.result)["standings"] for made in (one, other)]
    names = ("rating", "low", "bootstrap_low")
    ratings, lows, resampled = ([[line[name] for line in made] for made in lines] for name in names)
    assert ratings[0] == ratings[1]
    assert lows[0] == lows[1]
    assert resampled[0] != resampled[1]
    assert one.result_sha256 != other.result_sha256
    assert one.votes_sha256 == other.votes_sha256


def test_exclusion_changes_the_next_snapshot_and_not_the_old_one(overall):
    systems, cast = boards.triangle("aab")
    old = snapshots.build(overall, seal=seals.seal(), seed=5)
    exclusions.exclude([cast[0]], rule="moderator", reason="made up", by=None)

    new = snapshots.build(overall, seal=seals.seal(), seed=5)

    assert again(old).equal
    assert (old.votes, old.excluded, old.standings.get(system=systems[0]).wins) == (9, 0, 4)
    assert (new.votes, new.excluded, new.standings.get(system=systems[0]).wins) == (8, 1, 3)


def test_board_without_a_vote_that_counts_is_published_empty(overall):
    _, cast = boards.triangle("a")
    exclusions.exclude(cast, rule="moderator", reason="made up", by=None)

    snapshot = snapshots.build(overall, seal=seals.seal(), seed=5)

    assert (snapshot.votes, snapshot.excluded, snapshot.standings.count()) == (0, 3, 0)
    assert again(snapshot).equal


def test_online_elo_leaves_ties_out_and_ranks_nobody():
    systems, _ = boards.triangle("aatx")

    snapshot = snapshots.build(Board.objects.get(slug="overall-elo"), seal=seals.seal(), seed=5)

    lines = list(snapshot.standings.all())
    assert (snapshot.votes, snapshot.interval_unit) == (12, "orders")
    assert [line.rank_low for line in lines] == [None, None, None]
    assert sum(line.rating for line in lines) == pytest.approx(3000)
    assert snapshot.standings.get(system=systems[0]).ties == 2
    assert again(snapshot).equal


def test_systems_that_no_vote_connects_are_kept_without_a_rating(overall):
    boards.triangle("ab")
    alone = [factories.system("x"), factories.system("y")]
    boards.votes(*alone, "a")

    snapshot = snapshots.build(overall, seal=seals.seal(), seed=5)

    assert not snapshot.connected
    apart = snapshot.standings.filter(rating=None)
    assert {(line.system, line.component, line.rank_low) for line in apart} == {
        (one, 1, None) for one in alone
    }


def test_first_snapshots_are_due_as_soon_as_there_is_a_vote():
    before = snapshots.build_due()
    boards.triangle("a")

    made = snapshots.build_due()

    assert before == []
    assert whole(made) == ["overall", "overall-elo"]
    assert {snapshot.seed for snapshot in made} == {snapshots.seed_of(Seal.objects.get())}


def test_next_snapshots_are_due_when_time_has_passed_and_something_is_new(settings):
    systems, _ = boards.triangle("a")
    first = snapshots.build_due()
    soon = first[0].created_at + timedelta(seconds=settings.SNAPSHOT_SECONDS - 1)
    later = first[-1].created_at + timedelta(seconds=settings.SNAPSHOT_SECONDS + 1)

    nothing_new = snapshots.build_due(later)
    boards.votes(systems[0], systems[1], "b")
    too_soon = snapshots.build_due(soon)
    due = snapshots.build_due(later)
    once_more = snapshots.build_due(timezone.now())

    assert (nothing_new, too_soon, once_more) == ([], [], [])
    told = [one for one in due if not one.board.sliced]
    assert [(snapshot.board.slug, snapshot.number, snapshot.votes) for snapshot in told] == [
        ("overall", 2, 4),
        ("overall-elo", 2, 4),
    ]


def test_no_board_moves_where_one_cannot_be_computed(settings):
    # Online Elo, which does not resample, comes first; Bradley–Terry takes at least two resamples.
    Board.objects.filter(slug="overall").update(position=99)
    settings.BOOTSTRAP_RESAMPLES = 1
    boards.triangle("a")

    with pytest.raises(RankingError, match="at least 2 resamples"):
        snapshots.build_due()
    after_the_failure = Snapshot.objects.count()
    settings.BOOTSTRAP_RESAMPLES = 10
    made = snapshots.build_due()

    assert after_the_failure == 0
    assert whole(made) == ["overall-elo", "overall"]


def test_inactive_board_gets_no_snapshot():
    Board.objects.filter(slug="overall-elo").update(active=False)
    boards.triangle("a")

    made = snapshots.build_due()

    assert whole(made) == ["overall"]


def test_slices_that_somebody_judged_get_boards_and_their_own_votes():
    one, other = factories.system(), factories.system()
    for level, answer in ((1, "a"), (1, "a"), (2, "b")):
        pair = factories.pair(factories.prompt(level=level), one, other)
        factories.vote(pair, factories.annotator(), answer)

    made = {snapshot.board.slug: snapshot for snapshot in snapshots.build_due()}

    assert (made["overall"].votes, made["overall-level-1"].votes, made["overall-level-2"].votes) == (3, 2, 1)
    assert "overall-level-3" not in made
    assert not [slug for slug in made if slug.startswith("semantic")]
    assert len({snapshot.build for snapshot in made.values()}) == 1
    assert all(snapshots.rebuild(snapshot).equal for snapshot in made.values())


def test_next_snapshot_says_what_moved_and_why(overall):
    systems, cast = boards.triangle("aab")
    first = snapshots.build(overall, seal=seals.seal(), seed=5)
    exclusions.exclude([cast[0]], rule="moderator", reason="made up", by=None)
    entering = factories.system("entering")
    boards.votes(systems[0], entering, "aa")

    second = snapshots.build(overall, seal=seals.seal(), seed=5)

    assert first.moved == {}
    assert (second.moved["from"], second.moved["votes"], second.moved["excluded"]) == (1, 1, {"moderator": 1})
    assert (second.moved["entered"], second.moved["left"]) == (["entering"], [])
    assert {move["system"] for move in second.moved["ratings"]} <= {one.slug for one in systems}


def test_card_tells_question_exclusions_and_digests(overall):
    _, cast = boards.triangle("aab")
    exclusions.exclude([cast[0]], rule="moderator", reason="made up", by=None)

    snapshot = snapshots.build(overall, seal=seals.seal(), seed=5)

    card = snapshot.card
    assert card["protocol"]["question_en"] == overall.criterion.question_en
    assert [(row["rule"], row["votes"]) for row in card["exclusions"]] == [("moderator", 1)]
    assert card["judged"]["votes_by_language"] == {"en": 8}
    assert card["digests"]["votes"] == snapshot.votes_sha256
    assert card["method"]["seed"] == 5
