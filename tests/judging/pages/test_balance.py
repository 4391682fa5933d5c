"""Who was heard how much: sealed shares for everybody, the rest for moderators (J110, J96)."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from judging.services import balance, seals
from tests import factories

pytestmark = pytest.mark.django_db


def shares(part):
    return {line.name: (line.actual, line.target) for line in part.lines}


@pytest.fixture
def systems():
    """Two systems of one team, one of the site's, and one that shows itself under a codename."""
    now = timezone.now()
    model = factories.model(name="Owl", team=factories.team(name="Birds"))
    return [
        factories.system(model=model, version="1"),
        factories.system(model=model, version="2"),
        factories.system(model=factories.model(name="Fox"), version="1"),
        factories.system(state="codenamed", codename="Walnut", reveal_at=now, codenamed_at=now),
    ]


@pytest.fixture
def judged(systems):
    """Owl 1 met Fox twice and Walnut once."""
    one, _, fox, walnut = systems
    for other in (fox, fox, walnut):
        factories.vote(factories.pair(factories.prompt(), one, other), factories.annotator(), "a")


def test_systems_and_owners_have_shares_and_targets(judged):
    seals.seal()

    by_system, by_owner = balance.public().parts

    half, none = pytest.approx((1 / 2, 1 / 2)), (0.0, 0.0)
    assert shares(by_system) == {
        "Owl 1": (half, 0.25),
        "Owl 2": (none, 0.25),
        "Fox 1": (pytest.approx((1 / 3, 1 / 3)), 0.25),
        "Walnut": (pytest.approx((1 / 6, 1 / 6)), 0.25),
    }
    assert {name: target for name, (_, target) in shares(by_owner).items()} == {
        "Birds": 0.5,
        "This site": 0.25,
        "Codenamed systems": 0.25,
    }


def test_no_public_share_moves_before_the_next_seal(judged, systems):
    seals.seal()
    before = balance.public()

    factories.vote(factories.pair(factories.prompt(), systems[1], systems[2]), factories.annotator(), "a")
    after = balance.public()
    seals.seal()

    assert after == before
    assert balance.public().parts != before.parts


def test_moderators_see_tasks_levels_languages_and_sides_of_this_moment(judged):
    parts = {part.slug: shares(part) for part in balance.inner()}

    assert list(parts) == ["task", "level", "language", "left", "first"]
    for part in parts.values():
        assert sum(target for _, target in part.values()) == pytest.approx(1)
        assert [sum(actual) for actual in zip(*(actual for actual, _ in part.values()), strict=True)] == [
            pytest.approx(1),
            pytest.approx(1),
        ]
    assert {actual for actual, _ in parts["left"].values()} == {(1.0, 1.0), (0.0, 0.0)}


def test_the_page_shows_everybody_the_public_part_alone(ben, mo, as_user, judged):
    seals.seal()

    for browser, inner in ((Client(), False), (as_user(ben), False), (as_user(mo), True)):
        page = browser.get("/balance/").content.decode()
        assert re.search(r"Owl 1.*50\.0 %.*25\.0 %", page, re.DOTALL)
        assert ("For moderators" in page, 'id="of-language"' in page) == (inner, inner)


def test_before_the_first_seal_the_page_says_so(client, systems):
    page = client.get("/balance/").content.decode()

    assert "The first snapshot is still to come" in page
    assert page.count(" –") >= 8


def test_the_page_needs_as_many_queries_for_many_systems_as_for_few(mo, as_user, judged):
    browser, counts = as_user(mo), []
    seals.seal()

    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            browser.get("/balance/")
        counts.append(len(queries))
        for _ in range(3):
            factories.system(model=factories.model(team=factories.team()))

    assert counts[0] == counts[1]
