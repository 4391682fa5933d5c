"""Before the vote nothing that a judge receives names a system: no page, header, address or file."""

import base64
import re
from urllib.parse import quote

import pytest

from arena_site import middleware
from judging.models import Ballot
from tests import factories

pytestmark = pytest.mark.browser

CANARIES = ("kestrelcanary", "ospreycanary")


@pytest.fixture
def arena():
    """Two systems whose every name is a word that occurs nowhere else."""
    prompt = factories.prompt(slug="heroncanary-prompt")
    for word in CANARIES:
        model = factories.model(
            f"{word}-model", name=f"{word} model", provider=f"{word} lab", card=f"{word} card"
        )
        system = factories.system(
            f"{word}-system", model=model, voice=f"{word}-voice", version=f"{word}-1", config={"say": word}
        )
        factories.response(system, prompt, own_transcript=f"I am {word}", parameters={"by": word})
    return prompt


def shapes(word: str) -> list[bytes]:
    """The ways in which a word could hide."""
    plain = word.encode()
    # Base64 depends on where the word starts; the middle of each shift is the same wherever it stands.
    shifted = [base64.b64encode(b"x" * shift + plain)[4:-4] for shift in range(3)]
    return [plain, quote(word).encode(), plain.hex().encode(), plain[::-1], *shifted]


def log_in(page, site, email):
    page.goto(f"{site.url}/account/login/")
    page.get_by_label("mail").fill(email)
    page.locator("input[type=password]").fill(factories.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/judge/")


def test_nothing_before_the_vote_names_a_system(site, page, arena):
    judge = factories.annotator("judge@example.org", password=factories.PASSWORD).user
    received: list[tuple[str, bytes]] = []

    def keep(response):
        head = f"{response.url}\n{response.headers_array()}".encode()
        body = b"" if response.status in {301, 302, 303, 204} else response.body()
        received.append((response.url, (head + body).lower()))

    log_in(page, site, judge.email)
    page.on("response", keep)
    page.goto(f"{site.url}/judge/")
    page.locator("main").get_by_role("button").first.press("Enter")
    page.wait_for_selector("judge-ballot[data-state=ready]")
    page.goto(f"{page.url}no-such-clip")
    page.goto(f"{site.url}/judge/")
    page.wait_for_load_state("networkidle")

    clips = [url for url, _ in received if re.search(r"/ballots/[^/]+/(prompt|left|right)$", url)]
    assert len({url.rsplit("/", 1)[1] for url in clips}) == 3
    assert Ballot.objects.filter(annotator__user=judge).count() == 1
    for url, content in received:
        for word in (*CANARIES, "heroncanary"):
            assert not any(shape in content for shape in shapes(word)), (url, word)
    storage = " ".join(
        page.evaluate("Object.entries(localStorage).concat(Object.entries(sessionStorage)).flat()")
    )
    assert "canary" not in storage.lower()


def test_both_sides_answer_with_the_same_headers_and_file_structure(site, page, arena):
    judge = factories.annotator("judge@example.org", password=factories.PASSWORD).user
    log_in(page, site, judge.email)
    page.goto(f"{site.url}/judge/")
    page.locator("main").get_by_role("button").first.press("Enter")
    page.wait_for_selector("judge-ballot[data-state=ready]")
    address = f"{site.url}/ballots/{Ballot.objects.get().public_id}"

    answers = [page.request.get(f"{address}/{side}") for side in ("left", "right")]
    heads = [
        [
            (name["name"], name["value"])
            for name in answer.headers_array
            if name["name"]
            not in {"Content-Length", "Date", *middleware.HEADERS}  # the last are drawn for each request
        ]
        for answer in answers
    ]

    assert heads[0] == heads[1]
    assert {name.lower() for name, _ in heads[0]} & {
        "etag",
        "last-modified",
        "server-timing",
    } == set()
    assert dict(heads[0])["Cache-Control"] == "private, no-store"
    assert {value for name, value in heads[0] if name.lower() == "content-disposition"} <= {"inline"}
    assert [answer.body()[:8] for answer in answers] == [answers[0].body()[:8]] * 2
