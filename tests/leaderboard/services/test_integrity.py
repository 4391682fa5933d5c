"""Earned weight and the panel's rules, over an arena with a panel and somebody with a favourite."""

import numpy as np
import pytest
from django.utils import timezone

from inference.models import System
from judging.models import Annotator, ExclusionProposal, PanelMembership, Seal, Verdict
from judging.services import seals
from leaderboard.models import Board
from leaderboard.selectors import earning, votes
from leaderboard.services import integrity, snapshots
from leaderboard.services.generated import arena
from leaderboard.services.generated.tastes import Size
from tests import factories

pytestmark = pytest.mark.django_db
SIZE = Size(systems=5, prompts=80, annotators=24, votes=1800)


@pytest.fixture
def people():
    arena.make(SIZE, seed=2, until=timezone.now(), tell=lambda text: None)
    return list(Annotator.objects.order_by("pk"))


@pytest.fixture
def panel(people, mo):
    for annotator in people[:15]:
        PanelMembership.objects.create(annotator=annotator, reason="Vetted.", added_by=mo)
    # A membership counts from the next seal on.
    factories.vote(factories.pair(factories.prompt(), *System.objects.all()[:2]), people[0], "a")
    return frozenset(annotator.pk for annotator in people[:15])


def newest():
    seals.seal()
    return Seal.objects.order_by("-number").first()


def test_without_a_panel_everybody_weighs_alike(people):
    counted = votes.read(newest())

    assert counted.earning is earning.EQUAL
    assert counted.comparisons(Board.objects.get(slug="overall").criterion).alike


def test_with_a_panel_votes_are_earned_and_capped(people, panel):
    counted = votes.read(newest())
    comparisons = counted.comparisons(Board.objects.get(slug="overall").criterion)

    names = {int(name) for name in comparisons.annotators}
    few = {person.pk for person in people if person.ballots.filter(purpose="normal").count() < 50} - panel
    assert few
    assert names == counted.earning.proven
    assert panel <= names
    assert not few & names
    trusted = np.array([int(name) in panel for name in comparisons.annotators])[comparisons.annotator]
    for system in range(len(comparisons.systems)):
        own = (comparisons.a == system) | (comparisons.b == system)
        assert comparisons.weight[own & ~trusted].sum() <= 0.1 * comparisons.weight[own].sum() + 1e-9


def test_a_snapshot_says_by_which_rules_votes_weigh_and_is_rebuilt(people, panel, settings):
    settings.BOOTSTRAP_RESAMPLES = 20

    snapshot = snapshots.build(Board.objects.get(slug="overall"), seal=newest(), seed=1)

    assert snapshot.parameters["weights"] == "earned"
    assert (snapshot.parameters["panel"], snapshot.parameters["probation_votes"]) == (15, 50)
    assert snapshot.parameters["unvetted_cap"] == 0.1
    assert "panel alone" in {variant["name"] for variant in snapshot.sensitivity["variants"]}
    assert snapshots.rebuild(snapshot).equal
    # A member who comes later changes nothing of what a seal gave.
    PanelMembership.objects.create(
        annotator=people[20], reason="Vetted.", added_by=PanelMembership.objects.first().added_by
    )
    assert snapshots.rebuild(snapshot).equal


def test_whoever_fails_gold_earns_nothing(people, panel):
    before = votes.read(newest()).earning.proven
    fallen = next(person for person in people[15:] if person.pk in before)
    gold = Verdict.objects.filter(vote__ballot__annotator=fallen, vote__ballot__purpose="gold")
    with factories.unguarded():
        gold.update(answer="both_bad")

    assert votes.read(newest()).earning.proven == before - {fallen.pk}


def test_a_favourite_is_proposed_and_nobody_of_the_panel(people, panel):
    favourite = System.objects.order_by("pk").last()
    fan = max(people[15:], key=lambda person: person.ballots.count())
    own = Verdict.objects.filter(vote__ballot__annotator=fan, vote__ballot__pair__system_b=favourite)
    with factories.unguarded():
        own.update(answer="b")
    newest()

    made = {run.rule.slug: run for run in integrity.run_due()}

    assert {slug: run.error for slug, run in made.items()} == {"favour": "", "coordination": ""}
    proposals = ExclusionProposal.objects.filter(rule__slug="favour", vote__ballot__annotator=fan)
    normal = own.filter(criterion__slug="overall", vote__ballot__purpose="normal")
    assert set(normal.values_list("vote", flat=True)) <= set(proposals.values_list("vote", flat=True))
    assert proposals.filter(evidence__system=favourite.slug, evidence__z__gt=3).exists()
    assert not ExclusionProposal.objects.filter(vote__ballot__annotator__in=panel).exists()


def test_without_a_panel_nobody_is_matched(people):
    assert [(run.matched, run.error) for run in integrity.run_due()] == [(0, ""), (0, "")]
