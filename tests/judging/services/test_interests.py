"""Own systems: none of them is ever given to somebody who has a stake in it (J102, X4)."""

from collections import Counter
from random import Random

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from inference.models import Membership
from judging.sampling import limits, pairs
from judging.sampling.chances import draw
from judging.sampling.limits import Competitor, Person, Pool
from judging.sampling.pairs import Counts
from judging.services import draws, interests
from tests import factories


@pytest.mark.django_db
def test_systems_of_a_team_that_somebody_was_in_are_their_own():
    ben = factories.annotator()
    team, other = factories.team(ben.user), factories.team()
    own = factories.system(model=factories.model(team=team))
    factories.system(model=factories.model(team=other))
    Membership.objects.update(left_at=timezone.now())

    assert interests.of(ben) == {own.pk}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "verified", "own"),
    [
        ("ben@lab.example.org", True, True),
        ("ben@speech.lab.example.org", True, True),
        ("ben@LAB.example.org", True, True),
        ("ben@lab.example.org", False, False),
        ("ben@otherlab.example.org", True, False),
    ],
)
def test_a_confirmed_address_at_a_teams_domain_makes_its_systems_own(address, verified, own):
    ben = factories.annotator()
    EmailAddress.objects.create(user=ben.user, email=address, verified=verified)
    team = factories.team(mail_domains=["lab.example.org"])
    system = factories.system(model=factories.model(team=team))

    assert interests.of(ben) == ({system.pk} if own else set())


@pytest.mark.django_db
def test_a_makers_systems_are_own_under_whatever_team():
    ben = factories.annotator()
    factories.team(ben.user, provider="Bramling Labs")
    elsewhere = factories.system(model=factories.model(provider="bramling labs"))

    assert interests.of(ben) == {elsewhere.pk}


@pytest.mark.django_db
def test_own_systems_are_not_drawn():
    prompt, ben = factories.prompt(), factories.annotator()
    own = factories.system(model=factories.model(team=factories.team(ben.user)))
    for system in (own, factories.system()):
        factories.response(system, prompt)

    assert draws.draw(ben, rng=Random(1)) is None
    assert draws.draw(factories.annotator(), rng=Random(1)) is not None


def test_none_of_100_000_assignments_is_of_an_own_system():
    rng = Random(4)
    systems = [Competitor(n, n // 2, n // 3, demonstration=False, codenamed=False) for n in range(12)]
    pool = Pool((1, 2), {1: (1, 1, 1), 2: (1, 2, 1)}, {(1, 1): 3}, dict.fromkeys(range(12), 3))
    given: Counter[bool] = Counter()

    for _ in range(100):
        own = frozenset(rng.sample(range(12), rng.randint(1, 9)))
        eligible = pairs.eligible(limits.candidates(pool, systems, Person(own=own)))
        chances = pairs.chances(eligible, Counts(), rule="coverage", floor=0.1)
        for _ in range(1000):
            given[bool(own.intersection(draw(chances, rng)))] += 1

    assert given == {False: 100_000}
