"""Every table is found by a moderator, in a list that costs the same at any length, and by nobody else."""

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inference.admin.base import ReadOnlyAdmin
from judging.models import Criterion
from tests import factories
from tests.arena_site import rows

APPS = ["inference", "judging", "leaderboard", "arena_site"]
OURS = [table for app in APPS for table in apps.get_app_config(app).get_models()]
TABLES = [*OURS, EmailAddress, LogEntry]
# A text that a moderator, and for the user an administrator, may change.
TEXTS = {
    "annotator": {"staff_note"},
    "board": {"title_en", "title_zh_hans", "position", "active"},
    "criterion": {"label_en", "label_zh_hans", "question_en", "question_zh_hans"},
    "model": {"name", "url", "card"},
    "promptset": {"title"},
    "user": {"name", "is_active", "is_staff"},
}


def address(table, page, *args):
    return reverse(f"admin:{table._meta.app_label}_{table._meta.model_name}_{page}", args=args)


def test_every_table_is_registered_and_only_looked_at():
    registered = {table for table in admin.site._registry if table not in {EmailAddress, LogEntry}}

    assert registered == set(OURS)
    assert [
        table for table, page in admin.site._registry.items() if not isinstance(page, ReadOnlyAdmin)
    ] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table._meta.label_lower)
def test_list_is_found_searched_and_filtered(table, mo, as_user, rf):
    rows.fill(1, by=mo)
    browser = as_user(mo)
    page = admin.site.get_model_admin(table)
    request = rf.get(address(table, "changelist"))
    request.user = mo

    filters = [
        choice["query_string"]
        for spec in page.get_changelist_instance(request).filter_specs
        for choice in spec.choices(page.get_changelist_instance(request))
    ]
    searches = ["?q=made", "?q=7", "?q=a1b2c3d4-0000-4000-8000-000000000000"]
    orders = [f"?o={number}" for number in range(1, len(page.get_list_display(request)) + 1)]
    answers = {
        query: browser.get(address(table, "changelist") + query).status_code
        for query in ["", *filters, *searches, *orders]
    }

    assert page.search_fields
    assert answers == dict.fromkeys(answers, 200)


def test_lists_cost_the_same_with_one_row_and_with_three(mo, as_user):
    def queries(table):
        with CaptureQueriesContext(connection) as captured:
            browser.get(address(table, "changelist"))
        return len(captured)

    browser = as_user(mo)
    rows.fill(1, by=mo)
    queries(LogEntry)
    with_one = {table: queries(table) for table in TABLES}
    rows.fill(2, by=mo)
    with_three = {table: queries(table) for table in TABLES}

    assert with_three == with_one
    assert max(with_one.values()) <= 20


def test_rows_own_pages_show_and_neither_add_nor_delete(mo, as_user):
    rows.fill(1, by=mo)
    browser, answers = as_user(mo), {}
    newest = {table: table._default_manager.order_by("pk").last() for table in TABLES}

    for table, row in newest.items():
        answers[table] = [
            browser.get(address(table, "change", row.pk)).status_code,
            browser.get(address(table, "history", row.pk)).status_code,
            browser.post(address(table, "add"), {}).status_code,
            browser.post(address(table, "delete", row.pk), {"post": "yes"}).status_code,
            browser.post(
                address(table, "changelist"),
                {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"},
            ).status_code,
        ]

    # A list without actions takes no form; one with actions does not know this one.
    assert {tuple(statuses[:4]) for statuses in answers.values()} == {(200, 302, 403, 403)}
    assert {statuses[4] for statuses in answers.values()} <= {200, 302}
    assert [table for table, row in newest.items() if not table._default_manager.filter(pk=row.pk)] == []


def test_only_the_named_texts_can_be_changed(mo, as_user):
    rows.fill(1, by=mo)
    factories.prompt_set()
    factories.user("somebody@example.org")
    newest = {table: table._default_manager.order_by("pk").last() for table in TABLES}
    newest[Criterion] = Criterion.objects.get(slug="semantic")
    browser = as_user(mo)

    offered = {
        table: set(browser.get(address(table, "change", row.pk)).context["adminform"].form.fields)
        for table, row in newest.items()
    }

    asked = {name: texts | {"reason"} for name, texts in TEXTS.items()}
    assert offered == {table: asked.get(table._meta.model_name, set()) for table in TABLES}


def test_nothing_else_takes_a_change(mo, as_user):
    rows.fill(1, by=mo)
    fixed = [table for table in TABLES if table._meta.model_name not in TEXTS]
    before = {table: table._default_manager.order_by("pk").values().last() for table in fixed}
    browser, answers = as_user(mo), {}

    for table, row in before.items():
        changed = dict.fromkeys(row, "changed")
        key = row[table._meta.pk.attname]
        answers[table] = browser.post(address(table, "change", key), changed).status_code

    assert answers == dict.fromkeys(fixed, 403)
    assert {table: table._default_manager.order_by("pk").values().last() for table in fixed} == before


@pytest.mark.parametrize("person", ["ada", "ben", "cleo"])
def test_nobody_but_staff_gets_in(person, request, mo, as_user):
    rows.fill(1, by=mo)
    browser = as_user(request.getfixturevalue(person))
    audio = factories.playback_audio(factories.raw_audio())
    addresses = [reverse("admin:index"), reverse("admin:inference_audiofile_play", args=[audio.pk])]
    for table in TABLES:
        row = table._default_manager.first()
        addresses += [address(table, "changelist"), address(table, "change", row.pk)]

    answers = {one: browser.get(one, follow=True) for one in addresses}

    assert {one: answer.status_code for one, answer in answers.items()} == dict.fromkeys(addresses, 403)


def test_a_stranger_is_sent_to_the_sites_own_login(client, db):
    answer = client.get(reverse("admin:inference_job_changelist"), follow=True)

    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert answer.status_code == 200


def test_staff_who_are_no_administrators_see_every_table(as_user, mo):
    rows.fill(1, by=mo)
    browser = as_user(factories.user("max@example.org", is_staff=True))

    answers = {table: browser.get(address(table, "changelist")).status_code for table in TABLES}

    assert answers == dict.fromkeys(TABLES, 200)


def test_index_lists_the_tables_in_the_order_of_the_work(mo, as_user):
    answer = as_user(mo).get(reverse("admin:index"))

    apps_shown = [app["name"] for app in answer.context["app_list"]]
    tables_shown = [table["name"] for table in answer.context["app_list"][0]["models"]]
    assert apps_shown == ["Inference", "Judging", "Leaderboard", "People", "Accounts", "Administration"]
    assert tables_shown[:6] == ["Prompt sets", "Prompts", "Models", "Systems", "Jobs", "Attempts"]
