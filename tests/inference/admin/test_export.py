"""Lists as CSV: what the filters leave, harmless to spreadsheets, and known to the audit trail."""

import csv
import io

import pytest
from django.urls import reverse
from django.utils.html import format_html

from inference.admin import export
from inference.models import AuditEntry
from tests import factories

JOBS = reverse("admin:inference_job_csv")


def rows(answer):
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_export_is_what_the_filters_leave_in_columns_with_heads(mo, as_user):
    failed = factories.job(factories.system("alpha"), factories.prompt(), state="failed")
    factories.job(factories.system("beta"), factories.prompt())

    answer = as_user(mo).post(f"{JOBS}?state__exact=failed")

    head, line = rows(answer)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="job.csv"'
    assert head[:4] == ["ID", "System", "Prompt", "State"]
    assert line[:4] == [str(failed.pk), "alpha", failed.prompt.slug, "Failed"]


def test_export_is_noted(mo, as_user):
    as_user(mo).post(f"{JOBS}?state__exact=failed")

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.target_type, entry.target_id) == (
        "job.export",
        mo,
        "inference.job",
        "",
    )
    assert entry.after["filters"] == {"state__exact": "failed"}


def test_link_does_not_export(mo, as_user):
    assert as_user(mo).get(JOBS).status_code == 405
    assert not AuditEntry.objects.exists()


def test_whole_list_is_exported_beyond_its_first_page(mo, as_user, monkeypatch):
    monkeypatch.setattr(export, "ROWS_AT_ONCE", 2)
    prompt = factories.prompt()
    for _ in range(5):
        factories.job(factories.system(), prompt)

    assert len(rows(as_user(mo).post(JOBS))) == 1 + 5


@pytest.mark.parametrize("table", ["arena_site_user", "account_emailaddress"])
def test_lists_of_people_are_for_administrators(table, mo, as_user):
    moderator = factories.user("max@example.org", is_staff=True)
    address = reverse(f"admin:{table}_csv")

    assert as_user(moderator).post(address).status_code == 403
    assert as_user(mo).post(address).status_code == 200


@pytest.mark.parametrize("person", ["ada", "ben", "cleo"])
def test_export_is_for_staff(person, request, as_user):
    browser = as_user(request.getfixturevalue(person))

    assert browser.post(JOBS, follow=True).status_code == 403


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("  =1+1", "'  =1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-cmd", "'-cmd"),
        ("+cmd", "'+cmd"),
        ("\tx", "'\tx"),
        ("＝1", "'＝1"),
        ("plain - text", "plain - text"),
        (-3.5, "-3.5"),
        (None, ""),
        (True, "True"),
        (format_html("<a href='/x'>{}</a>", "=1+1"), "'=1+1"),
        (format_html("<b>{}</b>", "x < y"), "x < y"),
    ],
)
def test_cells_are_computed_by_no_spreadsheet(value, written):
    assert export.cell(value) == written
