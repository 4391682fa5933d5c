"""Long lists are counted up to a point, and estimated beyond it."""

from django.db import connection

from inference.admin import counting
from inference.models import Language
from tests import factories


def test_a_short_list_is_counted(db):
    rows = Language.objects.order_by("code")

    assert counting.EstimatingPaginator(rows, 10).count == len(rows)


def test_a_long_list_is_estimated(db, monkeypatch):
    monkeypatch.setattr(counting, "MOST_COUNTED", 2)
    for _ in range(30):
        factories.prompt_set()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE inference_promptset")

    paginator = counting.EstimatingPaginator(type(factories.prompt_set()).objects.order_by("pk"), 10)

    # Rows per page times pages: one page more or less is much of a table as small as this one.
    assert 15 <= paginator.count <= 60


def test_an_estimate_is_never_below_what_was_counted(db, monkeypatch):
    monkeypatch.setattr(counting, "MOST_COUNTED", 2)
    monkeypatch.setattr(counting, "_planned", lambda rows: 0)

    assert counting.EstimatingPaginator(Language.objects.order_by("code"), 10).count == 3
