"""The page of all systems: what is in the arena, and how to start all else that there is (S17, S18)."""

import html
import re

import pytest
from django.utils import timezone

from inference import catalogue
from inference.catalogue import machine
from inference.models import Language, System
from tests import factories
from tests.leaderboard.test_views import cells, words

pytestmark = pytest.mark.django_db
CAPTION = "The systems of this arena"


def test_every_public_system_is_listed_with_what_it_is(client):
    model = factories.model("harbour", name="Harbour", provider="Example Lab")
    one = factories.system(
        "one", model=model, version="2.1", voice="Marit", label="demonstration", state="draft"
    )
    one.languages.set(Language.objects.filter(code__in=["en", "th"]))
    now = timezone.now()
    System.objects.filter(pk=one.pk).update(state="live", frozen_at=now, first_public_at=now)
    factories.response(one, factories.prompt())
    factories.response(one, factories.prompt())
    factories.response(one, factories.prompt(), state="quarantined")
    factories.system("two", model=factories.model("two", name="Zwei"), delivery="uploaded")
    factories.system("unannounced", state="private")

    answer = client.get("/systems/")

    assert cells(answer, CAPTION) == [
        [
            "Harbour 2.1 demonstration weights Marit",
            "Example Lab",
            "English, Thai",
            "called by the site&#x27;s workers",
            "2",
        ],
        ["Zwei 1", "Example Lab", "any", "uploaded", "0"],
    ]
    assert "unannounced" not in words(answer).lower()


def test_every_other_system_of_the_catalogue_shows_its_needs_and_the_commands_that_start_it(client):
    factories.system("echo")

    page = html.unescape(client.get("/systems/").content.decode())

    shown = re.findall(r'<pre class="commands".*?<code>(.*?)</code>', page, re.DOTALL)
    others = [catalogue.read(name) for name in catalogue.names() if name != "echo"]
    assert {text.strip() for text in shown} == {"\n".join(machine.commands(one)) for one in others}
    assert len(shown) == len(others)
    text = re.sub(r"\s+", " ", page)
    assert [one.slug for one in others if any(need not in text for need in machine.needs(one))] == []
    assert [one.slug for one in others if one.model.card.split(". ")[0].replace("\n", " ") not in text] == []


def test_an_arena_without_systems_says_so(client):
    assert "No system is public here yet." in words(client.get("/systems/"))


def test_the_list_takes_the_same_statements_however_many_systems_there_are(client, django_assert_num_queries):
    for _ in range(3):
        factories.response(factories.system(), factories.prompt())
    client.get("/systems/")

    with django_assert_num_queries(2):
        client.get("/systems/")


def test_system_of_the_catalogue_says_how_it_is_run_and_in_which_languages(client):
    factories.system("moshika", delivery="called")

    text = words(client.get("/systems/moshika/"))

    assert "Hears English Speaks English" in text
    assert "a GPU with 24 GB" in text
    assert "python manage.py ask --system moshika --wait" in text


def test_a_card_is_parted_at_empty_lines_and_nowhere_else(client):
    model = factories.model("wrapped", card="One line\nand its rest.\n\nA second part.")
    factories.system("one", model=model)

    page = client.get("/systems/one/").content.decode()

    assert re.findall(r"<p>([^<]*\.)</p>", page)[:2] == ["One line\nand its rest.", "A second part."]
