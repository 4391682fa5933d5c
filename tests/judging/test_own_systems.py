"""Nobody judges what they have a stake in (X4, J102): not once in so many assignments.

Short by default; `make leaks` simulates 100,000.
"""

import os
from random import Random

import pytest
from django.utils import timezone

from inference.models import Membership, System
from judging.models import Affiliation
from judging.sampling import limits, pairs
from judging.sampling.chances import draw
from judging.sampling.pairs import Counts
from judging.services import draws, interests, pools
from tests import factories

pytestmark = pytest.mark.django_db
TIMES = 100_000 if os.environ.get("LEAKS") == "full" else 2_000
TEAMS, EACH = 5, 4


@pytest.fixture
def teams():
    """Five makers with four systems each, all of which answered the same prompts."""
    prompts = [factories.prompt() for _ in range(3)]
    made = []
    for number in range(TEAMS):
        team = factories.team(provider=f"Maker {number}", mail_domains=[f"maker{number}.example"])
        for _ in range(EACH):
            by = factories.system(model=factories.model(team=team, provider=""))
            for prompt in prompts:
                factories.response(by, prompt)
        made.append(team)
    return made


@pytest.fixture
def tied(teams):
    """Somebody for each way to be tied to a team, each with that team."""
    member, former, declared, by_maker = (factories.annotator() for _ in range(4))
    team, left, third, fourth, fifth = teams
    people = [(member, team), (former, left), (declared, third), (by_maker, fourth)]
    Membership.objects.create(team=team, person=member.user)
    Membership.objects.create(team=left, person=former.user, left_at=timezone.now())
    Affiliation.objects.create(annotator=declared, team=third)
    Affiliation.objects.create(annotator=by_maker, provider="maker 3")
    people += [
        (factories.annotator("x@maker4.example"), fifth),
        (factories.annotator("x@lab.maker4.example"), fifth),
    ]
    return people


def test_nobody_is_given_what_is_theirs_in_all_assignments(teams, tied):
    reading, rng = pools.current(fresh=True), Random(1)
    pool, competitors = reading.pool, reading.competitors
    given = dict.fromkeys(range(len(tied)), 0)

    for number, (annotator, team) in enumerate(tied):
        own = set(System.objects.filter(model__team=team).values_list("pk", flat=True))
        person = limits.Person(own=interests.of(annotator))
        assert own <= person.own
        for _ in range(TIMES // len(tied) // 100 + 1):
            met = {(one, other): rng.randrange(40) for one in own for other in own if one < other}
            found = pairs.eligible(limits.candidates(pool, competitors, person))
            chances = pairs.chances(found, Counts(met=met), rule=rng.choice([*pairs.RULES]), floor=0.1)
            for _ in range(100):
                assert not own.intersection(draw(chances, rng))
                given[number] += 1

    assert len(teams) * EACH == len(competitors)
    assert sum(given.values()) >= TIMES


def test_nobody_is_given_what_is_theirs_by_the_site_itself(tied):
    for annotator, team in tied:
        for seed in range(10):
            drawn = draws.draw(annotator, rng=Random(seed))
            assert not {answer.system.model.team_id for answer in drawn.answers} & {team.pk}
