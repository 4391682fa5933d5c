"""The rule *picking* on real batches: pairs turned down, and votes taken back (J67, J129)."""

import pytest

from judging.models import ExclusionProposal
from judging.services import votes
from judging.services.rules import runs
from tests import factories

pytestmark = pytest.mark.django_db


def proposed(person) -> list[int]:
    """The keys of the votes that the rule proposes to exclude."""
    assert [run.error for run in runs.run_due() if run.error] == []
    rows = ExclusionProposal.objects.filter(rule__slug="picking", vote__ballot__annotator=person)
    return sorted(rows.values_list("vote", flat=True))


def test_batches_after_many_pairs_turned_down_are_proposed():
    picky, systems = factories.annotator(), [factories.system(), factories.system()]
    judged = []
    for _ in range(2):
        batch = factories.batch(picky, size=4)
        for position in (1, 2):
            for _ in range(2):
                pair = factories.pair(factories.prompt(), *systems)
                factories.ballot(pair, picky, state="skipped", batch=batch, position=position)
        pair = factories.pair(factories.prompt(), *systems)
        judged.append(factories.vote(pair, picky, "a", within=batch))
        factories.closed(batch)

    assert proposed(picky) == [vote.pk for vote in judged]
    assert ExclusionProposal.objects.get(vote=judged[1]).evidence == {"empty": 4, "of": 6}


def judged(person, *, withdraws: int) -> tuple[list[int], int]:
    """Judge three batches of twelve, and take back so many votes of each; the keys of those that stand."""
    systems, stand = [factories.system(), factories.system()], []
    for _ in range(3):
        batch = factories.batch(person)
        given = [
            factories.vote(factories.pair(factories.prompt(), *systems), person, "a", within=batch)
            for _ in range(batch.size)
        ]
        for vote in given[:withdraws]:
            votes.withdraw(vote.ballot, by=person)
        stand += [vote.pk for vote in given[withdraws:]]
        factories.closed(batch)
    return stand, 3 * batch.size


def test_whoever_takes_back_all_but_the_votes_they_wanted_has_none_that_is_held_good():
    """Else their system would be on as many of their votes as they like (X5)."""
    picky = factories.annotator()

    stand, _ = judged(picky, withdraws=9)

    assert {*stand} <= {*proposed(picky)}


def test_one_vote_in_twelve_may_be_taken_back_and_lifts_no_share_by_more_than_a_tenth():
    honest = factories.annotator()

    stand, given = judged(honest, withdraws=1)

    assert proposed(honest) == []
    assert given / len(stand) <= 1.1
