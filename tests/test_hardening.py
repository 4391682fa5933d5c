"""Small properties of docs/asvs.yaml that no other test asks about."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from arena_site import health
from inference.services import tokens
from tests import factories

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SCRIPTS = [
    path
    for app in ("arena_site", "inference", "judging", "leaderboard")
    for path in ROOT.glob(f"{app}/**/*.js")
]
# Each is refused by the linter that CI runs over all code.
REFUSED = {
    "eval": ("eval(text)", "S307"),
    "shell": ("import subprocess\nsubprocess.run(text, shell=True)", "S602"),
    "sql": ('query = f"SELECT * FROM t WHERE a = {text}"', "S608"),
    "pickle": ("import pickle\npickle.loads(text)", "S301"),
    "mark_safe": ("from django.utils.safestring import mark_safe\nmark_safe(text)", "S308"),
    "md5": ("import hashlib\nhashlib.md5(text)", "S324"),
    "yaml": ("import yaml\nyaml.load(text)", "S506"),
    "no verification": ("import requests\nrequests.get(text, verify=False)", "S501"),
    "weak cipher": ("from cryptography.hazmat.primitives.ciphers import modes\nmodes.ECB()", "S305"),
    "random": ("import random\nrandom.choice(text)", "S311"),
}


@pytest.fixture(autouse=True)
def unhurried():
    cache.clear()


@pytest.fixture
def mia():
    return factories.user("mia@example.org", password=factories.PASSWORD, is_staff=True)


def log_in(client, password=factories.PASSWORD, email="mia@example.org"):
    return client.post("/account/login/", {"login": email, "password": password})


def code(secret, *, steps=0):
    counter = next(iter(yield_hotp_counters_from_time())) + steps
    return format_hotp_value(hotp_value(secret, counter))


@pytest.mark.parametrize("name", REFUSED)
def test_the_linter_refuses_what_is_dangerous(name):
    text, rule = REFUSED[name]

    found = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--stdin-filename", "judging/services/trial.py", "-"],
        input=f'"""A trial."""\n\n{text}\n',
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert rule in found.stdout


def test_types_are_strict_and_every_warning_fails_a_test():
    assert PROJECT["tool"]["mypy"]["strict"] is True
    assert PROJECT["tool"]["pytest"]["filterwarnings"] == ["error"]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_writes_markup_or_runs_text(path):
    text = path.read_text()

    assert not re.search(
        r"\.(inner|outer)HTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function", text
    )
    assert not re.search(r"__proto__|Object\.assign\(\s*[A-Za-z.]*prototype|addEventListener\(.message", text)


def test_nothing_of_the_tests_is_installed_on_a_server():
    installed = (ROOT / "requirements" / "offline.txt").read_text()
    tools = {re.split(r"[\[>=<]", one)[0] for one in PROJECT["dependency-groups"]["dev"]}

    assert tools
    assert [name for name in tools if re.search(rf"(?m)^{re.escape(name)}(\[.*\])?==", installed)] == []


@pytest.mark.parametrize(
    "path", ["/.git/config", "/.env", "/static/", "/static/../manage.py", "/media/", "/stored/x"]
)
def test_no_file_of_the_machine_is_answered(client, path):
    assert client.get(path).status_code == 404


def test_trace_is_not_answered(client):
    answer = client.generic("TRACE", "/", headers={"x-secret": "say-it-back"})

    assert answer.status_code in {405, 501}
    assert b"say-it-back" not in answer.content


def test_names_of_sessions_and_tokens_are_random_and_long(mia):
    sessions = set()
    for _ in range(50):
        session = SessionStore()
        session.create()
        sessions.add(session.session_key)
    shown = [tokens.make(factories.team(mia), name=f"t{n}", scopes=[], by=mia).text for n in range(3)]

    # 32 of 36 letters are 165 bits; 43 of 64 are 256.
    assert len(sessions) == 50
    assert {len(one) for one in sessions} == {32}
    assert len(set(shown)) == 3
    assert all(len(one.removeprefix("s2s_")) == 43 for one in shown)


def test_passwords_are_hashed_slowly_and_with_memory():
    algorithm, rounds, memory = re.match(
        r"argon2\$(argon2id)\$v=19\$m=(\d+),t=(\d+)", Argon2PasswordHasher().encode("x", "salt" * 4)
    ).groups()

    assert algorithm == "argon2id"
    # Source: OWASP password storage cheat sheet, 2025: 19 MiB and two passes at least.
    assert int(rounds) >= 19 * 1024
    assert int(memory) >= 2


@pytest.mark.parametrize("address", ["account_login", "account_signup"])
def test_password_fields_are_masked_and_can_be_filled_in_by_a_manager(client, address):
    page = client.get(reverse(address)).content.decode()

    fields = re.findall(r"<input[^>]*password[^>]*>", page)
    assert fields
    assert all('type="password"' in field for field in fields)
    assert re.search(r'autocomplete="(current|new)-password"', page)
    assert not re.search(r"onpaste|oncopy|secret question|hint", page, re.IGNORECASE)


@pytest.mark.parametrize("password", [" spaces around ", "w" * 30 + " Ünïcödé 语音 " + "x" * 90])
def test_a_password_is_taken_as_it_was_typed(password):
    Client().post("/account/signup/", {"email": "new@example.org", "password1": password})

    made = get_user_model().objects.get(email="new@example.org")
    assert made.check_password(password)
    assert not made.check_password(password.strip() + "!")
    assert not made.check_password(password.upper())


def test_nobody_has_an_account_before_somebody_makes_one():
    assert get_user_model().objects.count() == 0


def test_a_password_of_long_ago_still_lets_in(mia):
    old = mia.date_joined.replace(year=2016)
    type(mia).objects.filter(pk=mia.pk).update(date_joined=old, last_login=old)

    assert "_auth_user_id" in log_in(Client()).client.session


def test_a_new_password_by_mail_goes_around_no_second_factor(mia, mailoutbox):
    TOTP.activate(mia, generate_totp_secret())
    Client().post(reverse("account_reset_password"), {"email": mia.email})
    link = re.findall(r"https?://[^/\s]+(/\S+)", mailoutbox[0].body)[0]
    browser = Client()
    form = browser.get(link, follow=True)
    new = "a much better password 7"
    browser.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})

    asked = log_in(Client(), new)

    assert asked["Location"].startswith(reverse("mfa_authenticate"))
    assert "_auth_user_id" not in asked.client.session
    assert "_auth_user_id" not in browser.session


def test_a_code_works_once_and_not_long_after(mia):
    secret = generate_totp_secret()
    TOTP.activate(mia, secret)
    used = code(secret)

    def answered(with_code):
        browser = Client()
        log_in(browser)
        browser.post(reverse("mfa_authenticate"), {"code": with_code})
        return "_auth_user_id" in browser.session

    assert not answered(code(secret, steps=-3))
    assert answered(used)
    assert not answered(used)


def test_recovery_codes_and_seeds_are_random_and_long(mia):
    TOTP.activate(mia, generate_totp_secret())
    codes = RecoveryCodes.activate(mia).get_unused_codes()

    assert len(set(codes)) == len(codes) >= 8
    assert all(len(one) >= 8 for one in codes)
    assert len({generate_totp_secret() for _ in range(50)}) == 50


def test_every_page_leads_to_where_one_logs_out(ben, as_user):
    browser = as_user(ben)

    for path in ("/", "/me/", "/judge/keys/"):
        assert reverse("account_email") in browser.get(path).content.decode()
    assert reverse("account_logout") in browser.get(reverse("account_email")).content.decode()


def test_an_error_tells_nothing_of_the_inside(monkeypatch):
    def broken():
        raise RuntimeError("password=hunter2 in SELECT")

    monkeypatch.setattr(health, "checks", broken)

    answer = Client(raise_request_exception=False).get("/health")

    assert answer.status_code == 500
    assert b"hunter2" not in answer.content
    assert b"Traceback" not in answer.content
