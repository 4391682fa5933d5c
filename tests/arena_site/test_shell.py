"""What all pages share: their frame, their safety in the browser, and how they say no."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import RequestFactory

from arena_site.middleware import RefusedMiddleware
from inference.errors import Refused
from tests import factories
from tests.leaderboard import boards

pytestmark = pytest.mark.django_db

PUBLIC = [
    "/",
    "/boards/overall/",
    "/boards/overall-elo/",
    "/systems/one/",
    "/methods/",
    "/terms/",
    "/licence/",
    "/nowhere/",
    "/account/login/",
    "/account/signup/",
    "/account/password/reset/",
    "/account/password/reset/done/",
    "/account/confirm-email/",
    "/account/confirm-email/wrong/",
    "/account/inactive/",
]
OWN = ["/account/email/", "/account/password/change/", "/account/logout/", "/account/reauthenticate/"]


@pytest.mark.parametrize("contact", ["arena@example.org", ""])
def test_every_page_says_where_to_write_to(client, settings, contact):
    settings.CONTACT = contact

    page = client.get("/terms/").content.decode()

    assert ("mailto:arena@example.org" in page) == bool(contact)
    assert ("Write to us" in page) == bool(contact)


@pytest.fixture
def published():
    boards.published([(factories.system("one"), {}), (factories.system("two"), {})])


def safe(page: str) -> None:
    """Fail where a page holds what the content security policy refuses."""
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)


@pytest.mark.parametrize("address", PUBLIC)
@pytest.mark.usefixtures("published")
def test_page_is_whole_and_safe(client, address):
    answer = client.get(address)

    page = answer.content.decode()
    assert page.count("<h1") == page.count("<main") == page.split("<body")[0].count("<title>") == 1
    assert '<html lang="en">' in page
    assert 'href="#main"' in page
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    safe(page)


@pytest.mark.parametrize("address", OWN)
def test_own_page_is_whole_and_safe(as_user, address):
    # An account without a password is asked to set one instead.
    member = factories.user("dora@example.org", password=factories.PASSWORD)

    answer = as_user(member).get(address)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count("<h1") == 1
    safe(page)


@pytest.mark.parametrize("address", OWN[:2])
def test_own_page_sends_strangers_to_the_login(client, address):
    assert client.get(address)["Location"] == f"/account/login/?next={address}"


@pytest.mark.usefixtures("published")
def test_ids_are_unique_and_references_lead_to_them(client):
    page = client.get("/boards/overall/").content.decode()

    ids = re.findall(r'\sid="([^"]+)"', page)
    named = " ".join(re.findall(r'aria-labelledby="([^"]+)"', page)).split()
    assert len(ids) == len(set(ids))
    assert named
    assert set(named) <= set(ids)


@pytest.mark.usefixtures("published")
def test_every_link_of_the_frame_leads_somewhere(client):
    page = client.get("/").content.decode()

    links = set(re.findall(r'href="(/[^"#]*)"', page))

    assert {"/", "/judge/", "/account/login/", "/boards/", "/systems/", "/studies/", "/trade-off/"} <= links
    assert {"/methods/", "/agreement/", "/balance/", "/docs/api/", "/api/v1/"} <= links
    assert {"/terms/", "/licence/"} <= links
    assert {client.get(link).status_code for link in links if not link.startswith("/static")} <= {200, 302}


def test_licence_is_the_one_that_comes_with_the_code(client):
    assert "Version 2.0, January 2004" in client.get("/licence/").content.decode()


@pytest.mark.parametrize(
    ("template", "words"), [("403.html", "Not for you"), ("500.html", "Something broke")]
)
def test_error_page_needs_nothing_but_itself(template, words, django_assert_num_queries):
    with django_assert_num_queries(0):
        page = render_to_string(template)

    assert words in page
    safe(page)


def test_refusal_is_a_page_with_its_sentence_and_status():
    request = RequestFactory().get("/anything/")
    refused = Refused("Hear <both> clips first.", "not_heard", status=409)

    answer = RefusedMiddleware(lambda _: None).process_exception(request, refused)

    assert answer.status_code == 409
    assert "Hear &lt;both&gt; clips first." in answer.content.decode()


def test_bug_is_not_made_a_refusal():
    answer = RefusedMiddleware(lambda _: None).process_exception(RequestFactory().get("/"), KeyError("x"))

    assert answer is None


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb. Source: WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_can_be_told_apart(scheme):
    block = Path(finders.find("arena/arena.css")).read_text().split(":root {")[1 + scheme]
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
    texts = [(text, ground) for text in ("ink", "soft", "accent", "alert") for ground in ("paper", "surface")]
    texts += [("on-accent", "accent"), ("ink", "tint"), ("ink", "alert-tint"), ("on-accent", "accent-deep")]
    controls = [(line, ground) for line in ("edge", "accent") for ground in ("paper", "surface")]

    read = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in texts + controls}

    assert {pair for pair in texts if read[pair] < 4.5} == set()
    assert {pair for pair in controls if read[pair] < 3} == set()
