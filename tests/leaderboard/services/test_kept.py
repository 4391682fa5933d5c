"""What is kept between builds is what the database says."""

import pytest

from judging.services import exclusions, seals
from leaderboard.models import Board
from leaderboard.selectors import votes
from leaderboard.services import kept, snapshots
from tests.leaderboard import boards

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path / "kept"


@pytest.fixture
def criterion(db):
    return Board.objects.get(slug="overall").criterion


def same(seal, criterion):
    read, again = votes.read(seal).comparisons(criterion), kept.read(seal).comparisons(criterion)
    return len(read), read.sha256() == again.sha256()


def test_kept_votes_are_those_of_the_database_seal_after_seal(folder, criterion, mo):
    (one, other, _), cast = boards.triangle()
    first = seals.seal()
    found = [same(first, criterion)]

    [made] = exclusions.exclude(cast[:1], rule="moderator", reason="trial", by=mo)
    boards.votes(one, other, "abt")
    second = seals.seal()
    found.append(same(second, criterion))
    exclusions.lift(made, reason="over", by=mo)
    third = seals.seal()
    found.append(same(third, criterion))

    assert found == [(18, True), (20, True), (21, True)]
    assert [file.name for file in folder.iterdir()] == [f"verdicts-3-{third.digest}.npz"]
    assert same(first, criterion) == (18, True)


@pytest.mark.parametrize("content", [b"", b"PK", b"nonsense"])
def test_file_that_cannot_be_read_is_made_anew(folder, criterion, content):
    boards.triangle()
    seal = seals.seal()
    kept.read(seal)
    [file] = folder.iterdir()
    file.write_bytes(content)

    assert same(seal, criterion) == (18, True)
    assert len(file.read_bytes()) > len(content)


def test_file_of_another_chain_of_seals_is_not_used(folder, criterion):
    boards.triangle()
    seal = seals.seal()
    kept.read(seal)
    [file] = folder.iterdir()
    file.rename(file.with_name(f"verdicts-1-{'0' * 64}.npz"))

    assert same(seal, criterion) == (18, True)
    assert [file.name for file in folder.iterdir()] == [f"verdicts-1-{seal.digest}.npz"]


def test_folder_that_cannot_be_written_costs_nothing_but_time(settings, tmp_path, criterion):
    (tmp_path / "file").write_text("no folder")
    settings.VAR_DIR = tmp_path / "file"
    boards.triangle()

    assert same(seals.seal(), criterion) == (18, True)


def test_rebuild_finds_what_a_file_has_wrong(folder, criterion):
    (one, other, _), _cast = boards.triangle()
    first = seals.seal()
    kept.read(first)
    boards.votes(one, other, "aaaa")
    second = seals.seal()
    [file] = folder.iterdir()
    # As if the first seal's file had been written for the second one.
    file.rename(file.with_name(f"verdicts-2-{second.digest}.npz"))

    snapshot = snapshots.build(Board.objects.get(slug="overall"), seal=second, seed=1)

    assert snapshot.votes == 18
    assert not snapshots.rebuild(snapshot).equal
