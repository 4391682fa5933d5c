"""The one query that rankings read: the same seal gives the same rows for ever."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from judging import selectors
from judging.services import exclusions, seals
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    prompt = factories.prompt(task="poetry", language="zh", level=3)
    return factories.pair(prompt, factories.system(), factories.system())


def vote(pair, answer="a", **fields):
    return factories.vote(pair, factories.annotator(), answer, **fields)


def counted(seal):
    return [row.vote for row in selectors.comparisons(seal, criterion="overall")]


def test_comparisons_are_plain_values_of_the_verdict_and_its_pair(pair):
    cast = vote(pair, "both_bad", left="b")
    sealed = seals.seal()

    [row] = selectors.comparisons(sealed, criterion="overall")

    cast.refresh_from_db()
    assert row._asdict() == {
        "vote": cast.pk,
        "system_a": pair.system_a_id,
        "system_b": pair.system_b_id,
        "prompt": pair.prompt_id,
        "task": "poetry",
        "level": 3,
        "language": "zh",
        "annotator": cast.ballot.annotator_id,
        "criterion": "overall",
        "answer": "both_bad",
        "left": "b",
        "first": "left",
        "probability": 1.0,
        "cast_at": cast.cast_at,
    }


def test_a_prompt_without_level_and_language_is_counted():
    prompt = factories.prompt(level=None, language=None)
    vote(factories.pair(prompt, factories.system(), factories.system()))

    [row] = selectors.comparisons(seals.seal(), criterion="overall")

    assert (row.level, row.language) == (None, None)


def test_comparisons_hold_one_criterion(pair):
    vote(pair, criterion="semantic")
    sealed = seals.seal()

    assert selectors.comparisons(sealed, criterion="overall") == []
    assert len(selectors.comparisons(sealed, criterion="semantic")) == 1


def test_the_same_seal_gives_the_same_rows_whatever_comes_later(pair, mo):
    votes = [vote(pair, answer) for answer in ("a", "b", "tie")]
    first = seals.seal()
    rows = selectors.comparisons(first, criterion="overall")

    votes.append(vote(pair, "b"))
    [made] = exclusions.exclude(votes[:1], rule="moderator", reason="trial", by=mo)
    unsealed = counted(first)
    second = seals.seal()
    exclusions.lift(made, reason="over", by=mo)
    unlifted = counted(second)
    third = seals.seal()

    keys = [each.pk for each in votes]
    assert selectors.comparisons(first, criterion="overall") == rows
    assert unsealed == keys[:3]
    assert unlifted == counted(second) == keys[1:]
    assert counted(third) == keys
    assert selectors.left_out_by(first) == selectors.left_out_by(third) == []
    assert selectors.left_out_by(second) == [(keys[0], "moderator")]


def test_a_vote_stays_out_while_one_of_two_exclusions_stands(pair, mo):
    cast = vote(pair)
    [made] = exclusions.exclude([cast], rule="moderator", reason="trial", by=mo)
    exclusions.exclude([cast], rule="withdrawn", reason="wish", by=None)
    exclusions.lift(made, reason="over", by=mo)

    assert counted(seals.seal()) == []


def test_excluded_votes_are_told_by_the_rules_in_force_alone(pair, mo):
    back, out = vote(pair), vote(pair)
    [lifted] = exclusions.exclude([back], rule="moderator", reason="trial", by=mo)
    exclusions.lift(lifted, reason="over", by=mo)
    exclusions.exclude([out], rule="moderator", reason="trial", by=mo)
    sealed = seals.seal()
    exclusions.exclude([back, out], rule="withdrawn", reason="wish", by=None)

    assert selectors.left_out_by(sealed) == [(out.pk, "moderator")]


@pytest.mark.parametrize("votes", [1, 3])
def test_comparisons_are_one_query(pair, votes):
    for _ in range(votes):
        vote(pair)
    sealed = seals.seal()

    with CaptureQueriesContext(connection) as queries:
        rows = selectors.comparisons(sealed, criterion="overall")

    assert (len(rows), len(queries)) == (votes, 1)
