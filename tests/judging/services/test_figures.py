"""A person's figures: right against counted by hand, and none of fewer than ten cases (J118, J119)."""

import pytest

from judging.services import figures
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def judged():
    """Somebody who judged ten pairs that three others judged too, and agrees with them on nine."""
    person, *others = [factories.annotator() for _ in range(4)]
    for number in range(10):
        pair = factories.pair(factories.prompt(), factories.system(), factories.system())
        factories.vote(pair, person, "b" if number == 0 else "a", left="a" if number % 2 else "b")
        for other in others:
            factories.vote(pair, other, "tie" if other is others[0] else "a")
    return person


def by_label(person):
    return {str(each.label): each for each in figures.of(person)}


def test_figures_are_counted_on_shared_pairs(judged):
    found = by_label(judged)

    agrees, ties = found["Agrees with most others"], found["Ties"]
    assert (agrees.own.hits, agrees.own.cases, agrees.criterion) == (9, 10, "overall")
    assert (ties.own.hits, ties.own.cases) == (0, 10)
    assert (ties.others.hits, ties.others.cases) == (10, 30)
    assert (found["Left preferred"].own.hits, found["Left preferred"].own.cases) == (6, 10)
    assert (found["Skipped"].own.hits, found["Skipped"].own.cases) == (0, 10)
    assert figures.pace(judged)[1] == 10


def test_fewer_than_ten_cases_say_nothing():
    person = factories.annotator()
    for _ in range(9):
        factories.vote(
            factories.pair(factories.prompt(), factories.system(), factories.system()), person, "a"
        )

    assert figures.of(person) == []
    assert figures.pace(person) is None


def test_moderators_see_them_on_the_persons_page(judged, mo, as_user):
    page = as_user(mo).get(f"/admin/look/person/{judged.pk}/").content.decode()

    assert "Agrees with most others" in page
    assert "90 % (60–98 %)" in page
    assert "No headphone check was passed" not in page
    assert "The training was not passed" in page
