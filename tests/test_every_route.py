"""S7 and S8 on every address of the resolver: headers of each answer, forged requests that each refuses."""

import pytest
from django.conf import settings as django_settings
from django.test import Client

from tests import factories, routes

pytestmark = pytest.mark.django_db
EVERY = routes.addresses()
PAGES = [one for one in EVERY if not one.path.startswith("/api/v1/")]
API = [one for one in EVERY if one.path.startswith("/api/v1/")]
HOST = "arena.example.org"
FOREIGN = "https://evil.example.com"
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}


@pytest.fixture
def in_public(settings):
    """As a site is set up that others reach by HTTPS."""
    settings.ALLOWED_HOSTS = [HOST]
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True


def browser(user=None, **options):
    client = Client(raise_request_exception=False, headers={"host": HOST}, **options)
    if user:
        client.force_login(user)
    return client


def policy(answer):
    parts = (each.strip().split() for each in answer["Content-Security-Policy"].split(";"))
    return {name: set(values) for name, *values in parts}


def problems(answer):
    """Which of the headers that every answer has are missing or weak."""
    rules = policy(answer) if "Content-Security-Policy" in answer else {}
    scripts = rules.get("script-src", rules.get("default-src", {"*"}))
    # A file is closed once it was read.
    content = b"".join(answer) if answer.streaming else answer.content
    found = {
        "csp scripts": not scripts & {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "data:"},
        "csp object": rules.get("object-src") == {"'none'"},
        "csp base": rules.get("base-uri") == {"'none'"},
        "csp frames": rules.get("frame-ancestors") == {"'none'"},
        "nosniff": answer.get("X-Content-Type-Options") == "nosniff",
        "hsts": "max-age=31536000; includeSubDomains" in answer.get("Strict-Transport-Security", ""),
        "referrer": answer.get("Referrer-Policy") in {"same-origin", "no-referrer"},
        "cors": "Access-Control-Allow-Origin" not in answer,
        "opener": answer.get("Cross-Origin-Opener-Policy") == "same-origin",
        "type": "Content-Type" in answer or not content,
    }
    if answer.get("Content-Type", "").startswith("text/"):
        found["charset"] = "charset=utf-8" in answer["Content-Type"].lower().replace('"', "")
    return [name for name, well in found.items() if not well]


@pytest.mark.parametrize("who", ["stranger", "annotator", "moderator"])
def test_every_answer_has_the_headers(who, in_public, ben, mo):
    client = browser({"stranger": None, "annotator": ben, "moderator": mo}[who])
    extra = ["/static/arena/arena.css", "/no/such/page", "/favicon.ico"]

    wrong = {}
    for path in [one.path for one in EVERY] + extra:
        for method in ("get", "post") if who == "moderator" else ("get",):
            answer = getattr(client, method)(path, secure=True)
            if found := problems(answer):
                wrong[f"{method} {path}"] = found
    assert len(EVERY) > 150
    assert wrong == {}


def test_every_unencrypted_request_is_sent_to_https_with_the_same_headers(in_public):
    client = browser()

    for one in EVERY:
        answer = client.get(one.path, secure=False)
        assert (answer.status_code, answer["Location"][:8]) == (301, "https://"), one
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def forged(client, path):
    """The ways in which another site's page may send a request, and one that knows half."""
    token = "t" * 32
    name = django_settings.CSRF_COOKIE_NAME
    right = {"secure": True, "headers": {"origin": f"https://{HOST}"}}
    yield "no token", client.post(path, **right)
    client.cookies[name] = "c" * 32
    yield "a token that is not the cookie's", client.post(path, {"csrfmiddlewaretoken": token}, **right)
    yield "a malformed token", client.post(path, {"csrfmiddlewaretoken": "<x>"}, **right)
    client.cookies[name] = token
    known = {"csrfmiddlewaretoken": token}
    yield "another origin", client.post(path, known, secure=True, headers={"origin": FOREIGN})
    yield "another referer", client.post(path, known, secure=True, headers={"referer": f"{FOREIGN}/"})
    yield "no referer", client.post(path, known, secure=True)
    yield "a null origin", client.post(path, known, secure=True, headers={"origin": "null"})
    del client.cookies[name]


def test_every_page_refuses_forged_requests(in_public, mo):
    client = browser(mo, enforce_csrf_checks=True)

    let_in = {}
    for one in PAGES:
        for way, answer in forged(client, one.path):
            if answer.status_code != 403:
                let_in[f"{one} {way}"] = answer.status_code
    assert len(PAGES) > 100
    assert let_in == {}


def test_the_page_lets_its_own_form_in(in_public, ben):
    client = browser(ben, enforce_csrf_checks=True)
    client.cookies[django_settings.CSRF_COOKIE_NAME] = token = "t" * 32

    answer = client.post(
        "/account/logout/",
        {"csrfmiddlewaretoken": token},
        secure=True,
        headers={"origin": f"https://{HOST}"},
    )

    assert answer.status_code == 302


def test_the_api_takes_no_cookie_for_a_name(in_public, mo):
    """No page can forge what no cookie allows: without a token in its header nothing is written."""
    team = factories.team(mo)
    client = browser(mo, enforce_csrf_checks=True)

    let_in = {}
    for one in API:
        for method in ("post", "put", "patch", "delete"):
            answer = getattr(client, method)(one.path, secure=True, headers={"origin": FOREIGN})
            if answer.status_code not in {401, 404, 405}:
                let_in[f"{method} {one}"] = answer.status_code
    assert team.pk
    assert let_in == {}
