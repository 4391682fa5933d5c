"""Exclusions and their lifts."""

import pytest

from inference.errors import Refused
from judging.models import ExclusionLift, VoteExclusion
from judging.services import exclusions
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def votes():
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    return [factories.vote(pair, factories.annotator(), "a") for _ in range(3)]


def test_exclude_says_which_why_and_by_whom(votes, mo):
    made = exclusions.exclude(votes[:2], rule="moderator", reason=" A trial run. ", by=mo)

    assert [(row.vote, row.rule.slug, row.reason, row.created_by) for row in made] == [
        (vote, "moderator", "A trial run.", mo) for vote in votes[:2]
    ]


def test_exclude_leaves_what_the_rule_excludes_already(votes, mo):
    exclusions.exclude(votes[:1], rule="moderator", reason="one", by=mo)

    again = exclusions.exclude(votes, rule="moderator", reason="all", by=mo)
    other = exclusions.exclude(votes, rule="withdrawn", reason="wish", by=None)

    assert [row.vote for row in again] == votes[1:]
    assert [row.vote for row in other] == votes


def test_a_lifted_exclusion_can_be_made_again(votes, mo):
    [first] = exclusions.exclude(votes[:1], rule="moderator", reason="one", by=mo)
    exclusions.lift(first, reason="mistaken", by=mo)

    [second] = exclusions.exclude(votes[:1], rule="moderator", reason="after all", by=mo)

    assert second != first
    assert ExclusionLift.objects.get().exclusion == first


def test_lift_happens_once(votes, mo):
    [made] = exclusions.exclude(votes[:1], rule="moderator", reason="one", by=mo)
    lifted = exclusions.lift(made, reason="mistaken", by=mo)

    with pytest.raises(Refused) as refused:
        exclusions.lift(made, reason="again", by=mo)

    assert (refused.value.code, refused.value.status) == ("already_lifted", 409)
    assert (lifted.reason, lifted.by) == ("mistaken", mo)


def test_both_need_a_reason(votes, mo):
    [made] = exclusions.exclude(votes[:1], rule="moderator", reason="one", by=mo)

    for act in (
        lambda: exclusions.exclude(votes, rule="moderator", reason=" ", by=mo),
        lambda: exclusions.lift(made, reason="", by=mo),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "reason_needed"
    assert VoteExclusion.objects.count() == 1
    assert not ExclusionLift.objects.exists()
