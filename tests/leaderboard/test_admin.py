"""What of a board may be changed, and what a snapshot's page shows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from judging.models import Seal
from leaderboard.models import Board, HeadToHead, Standing
from tests import factories
from tests.arena_site import rows


@pytest.fixture
def board(db):
    return Board.objects.get(slug="overall")


@pytest.fixture
def snapshot(board):
    seal = Seal.objects.create(number=1, items=1, digest=rows.digest())
    return rows.snapshot_of(board, number=1, seal=seal)


def test_board_is_shown_otherwise_but_ranks_the_same(board, snapshot, mo, as_user):
    sent = {
        "title_en": "All in all",
        "title_zh_hans": "总体",
        "position": "7",
        "method": "online-elo",
        "slug": "x",
        "reason": "It reads better.",
    }

    answer = as_user(mo).post(reverse("admin:leaderboard_board_change", args=[board.pk]), sent)

    board.refresh_from_db()
    assert answer.status_code == 302
    assert (board.title_en, board.position, board.active) == ("All in all", 7, False)
    assert (board.slug, board.method) == ("overall", "bradley-terry")


def test_snapshot_page_lists_standings_best_first_and_leads_to_head_to_heads(snapshot, mo, as_user):
    worse, better = factories.system("worse"), factories.system("better")
    for system, rating in ((worse, 990.0), (better, 1010.0)):
        Standing.objects.create(
            snapshot=snapshot, system=system, **rows.ONE_WIN | {"rating": rating, "low": None, "high": None}
        )
    met = HeadToHead.objects.create(
        snapshot=snapshot, system_a=worse, system_b=better, a_wins=0, b_wins=1, ties=0, both_bad=0
    )
    browser = as_user(mo)

    page = browser.get(reverse("admin:leaderboard_snapshot_change", args=[snapshot.pk])).content.decode()
    link = f"{reverse('admin:leaderboard_headtohead_changelist')}?snapshot__id__exact={snapshot.pk}"
    listed = browser.get(link)

    assert page.index(">better<") < page.index(">worse<")
    assert f'<a href="{link}">1</a>' in page
    assert list(listed.context["cl"].queryset) == [met]


def test_snapshot_page_costs_the_same_with_one_standing_and_with_three(
    snapshot, mo, as_user, django_assert_num_queries
):
    browser, page = as_user(mo), reverse("admin:leaderboard_snapshot_change", args=[snapshot.pk])
    Standing.objects.create(snapshot=snapshot, system=factories.system(), **rows.ONE_WIN)
    browser.get(page)
    with CaptureQueriesContext(connection) as with_one:
        browser.get(page)
    for _ in range(2):
        Standing.objects.create(snapshot=snapshot, system=factories.system(), **rows.ONE_WIN)

    with django_assert_num_queries(len(with_one)):
        browser.get(page)
