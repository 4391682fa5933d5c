import pytest
from django.core.management import CommandError, call_command

from inference.models import Response
from judging import selectors
from judging.models import Ballot, Batch, GoldAnswer, Heard, Seal, Vote
from judging.services import seals, tallies
from leaderboard.models import Snapshot
from leaderboard.services import snapshots
from leaderboard.services.generated import arena

SMALL = {"systems": 4, "prompts": 12, "annotators": 6, "votes": 205}


@pytest.fixture
def made(db, settings, monkeypatch, capsys):
    settings.BOOTSTRAP_RESAMPLES = 50
    # Several stretches, and so several seals.
    monkeypatch.setattr(arena, "_AT_ONCE", 100)
    call_command("make_arena", **SMALL)


def test_makes_votes_that_count_beside_gold_and_repeats(made):
    seal = Seal.objects.latest("number")

    counted = selectors.comparisons(seal, criterion="overall")
    assert len(counted) == SMALL["votes"]
    assert len({row.annotator for row in counted}) == SMALL["annotators"]
    assert Response.objects.count() == SMALL["systems"] * SMALL["prompts"]
    batches = Batch.objects.count()
    assert Vote.objects.count() == SMALL["votes"] + 2 * batches
    assert Heard.objects.count() == 3 * Vote.objects.count()
    gold = Ballot.objects.filter(purpose="gold")
    assert gold.count() == batches
    keyed = GoldAnswer.objects.filter(key=True).values("pair")
    assert not gold.exclude(pair__in=keyed).exists()
    right = sum(
        vote.verdicts.get(criterion__slug="overall").answer
        in GoldAnswer.objects.get(pair=vote.ballot.pair, key=True).accepted
        for vote in Vote.objects.filter(ballot__in=gold)
    )
    assert right >= 0.8 * batches


def test_is_sealed_and_tallied_as_any_other_arena(made):
    assert Seal.objects.count() > 1
    assert seals.verify() == []
    assert tallies.differences() == []
    assert Snapshot.objects.exists()
    assert snapshots.rebuild(Snapshot.objects.first()).equal


def test_is_never_mixed_with_what_is_there(made):
    with pytest.raises(CommandError, match="not empty"):
        call_command("make_arena", **SMALL)


def test_refuses_what_could_not_be_heard(db):
    with pytest.raises(CommandError, match="more votes"):
        call_command("make_arena", **{**SMALL, "votes": 10_000})
