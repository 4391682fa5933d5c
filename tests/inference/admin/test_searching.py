"""Long tables are searched by the keys of short ones, and their filters read no whole table."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from judging.models import Audience, Ballot, Batch, Beat, Draw, Heard, Pair, Verdict, Vote
from tests import factories

LONG = [Audience, Ballot, Batch, Beat, Draw, Heard, Pair, Verdict, Vote]
VOTES = reverse("admin:judging_vote_changelist")


@pytest.fixture
def votes(db):
    """A vote by each of two people, on prompts and systems of their own."""
    made = []
    for name in ("one", "two"):
        pair = factories.pair(
            factories.prompt(slug=f"prompt-{name}"),
            factories.system(f"{name}-a"),
            factories.system(f"{name}-b"),
        )
        made.append(factories.vote(pair, factories.annotator(f"{name}@example.org"), "a"))
    return made


@pytest.mark.parametrize("word", ["one@example", "prompt-one", "one-a", "ONE-B"])
def test_a_vote_is_found_by_who_judged_what(word, votes, mo, as_user):
    found = as_user(mo).get(VOTES, {"q": word}).context["cl"].result_list

    assert list(found) == [votes[0]]


def test_a_vote_is_found_by_number_and_by_public_ids_of_itself_and_its_ballot(votes, mo, as_user):
    browser, vote = as_user(mo), votes[1]

    found = [
        list(browser.get(VOTES, {"q": str(word)}).context["cl"].result_list)
        for word in (vote.pk, vote.public_id, vote.ballot.public_id, vote.ballot.annotator.pseudonym)
    ]

    assert found == [[vote]] * 4


@pytest.mark.parametrize("word", ["nobody", "9" * 30, "a1b2c3d4-0000-4000-8000-000000000000"])
def test_what_is_nowhere_finds_nothing(word, votes, mo, as_user):
    assert list(as_user(mo).get(VOTES, {"q": word}).context["cl"].result_list) == []


@pytest.mark.parametrize("table", LONG, ids=lambda table: table.__name__)
def test_no_list_of_a_long_table_reads_it_for_its_filters_or_its_search(table, votes, mo, as_user):
    address = reverse(f"admin:judging_{table._meta.model_name}_changelist")
    browser = as_user(mo)

    with CaptureQueriesContext(connection) as captured:
        browser.get(address)
        browser.get(address, {"q": "one"})

    read = [query["sql"] for query in captured if f'FROM "{table._meta.db_table}"' in query["sql"]]
    assert admin.site.get_model_admin(table).ways
    assert [sql for sql in read if "DISTINCT" in sql or " LIKE " in sql] == []
