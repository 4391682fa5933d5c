"""Accounts as people meet them: every page and mail of sign-up, login, password and addresses."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.template.loader import render_to_string
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db

NEW = "a much better password 7"


@pytest.fixture(autouse=True)
def unhurried():
    """Forget how often was asked before: a second mail to one address waits for minutes."""
    cache.clear()


@pytest.fixture
def member(db):
    return factories.user("dora@example.org", password=factories.PASSWORD)


def log_in(client: Client, email: str, password: str):
    return client.post("/account/login/", {"login": email, "password": password})


def link_in(mail):
    return re.findall(r"https?://[^/\s]+(/\S+)", mail.body)[0]


def test_newcomer_signs_up_confirms_and_is_logged_in(client, mailoutbox):
    signed = client.post("/account/signup/", {"email": "new@example.org", "password1": NEW})
    link = link_in(mailoutbox[0])
    asked = client.get(link)
    confirmed = client.post(link)

    assert signed["Location"] == "/account/confirm-email/"
    assert "new@example.org" in asked.content.decode()
    assert confirmed["Location"] == "/judge/"
    assert client.session["_auth_user_id"] == str(get_user_model().objects.get().pk)
    assert EmailAddress.objects.get().verified


def test_newcomer_cannot_log_in_before_confirming(client, mailoutbox):
    client.post("/account/signup/", {"email": "new@example.org", "password1": NEW})

    answer = log_in(Client(), "new@example.org", NEW)

    assert answer["Location"] == "/account/confirm-email/"
    assert len(mailoutbox) == 1


def test_confirming_mail_is_ours(client, mailoutbox):
    client.post("/account/signup/", {"email": "o'brien&co@example.org", "password1": NEW})

    mail = mailoutbox[0]

    assert mail.subject == "Confirm your address for S2S-Arena"
    assert mail.to == ["o'brien&co@example.org"]
    assert "if that was you, open this link" in mail.body.lower()
    assert "&#x27;" not in mail.body
    assert "example.com" not in mail.body


def test_second_sign_up_with_an_address_tells_only_its_owner(client, member, mailoutbox):
    answer = client.post("/account/signup/", {"email": member.email, "password1": NEW})

    assert answer["Location"] == "/account/confirm-email/"
    assert mailoutbox[0].subject == "You already have an account at S2S-Arena"
    assert "/account/password/reset/" in mailoutbox[0].body
    assert get_user_model().objects.count() == 1


def test_weak_password_is_refused_beside_its_field(client):
    answer = client.post("/account/signup/", {"email": "new@example.org", "password1": "12345678"})

    page = answer.content.decode()
    assert 'class="errorlist" id="id_password1_error"' in page
    assert 'aria-invalid="true"' in page
    assert get_user_model().objects.count() == 0


def test_member_logs_in_and_out(client, member):
    entered = log_in(client, "Dora@example.org", factories.PASSWORD)
    asked = client.get("/account/logout/")
    inside = "_auth_user_id" in client.session
    left = client.post("/account/logout/")

    assert entered["Location"] == "/judge/"
    assert asked.status_code == 200
    assert inside
    assert left["Location"] == "/"
    assert "_auth_user_id" not in client.session


def test_login_goes_on_where_it_was_asked_for(client, member):
    fields = {"login": member.email, "password": factories.PASSWORD, "next": "/account/email/"}

    page = client.get("/account/login/?next=/account/email/").content.decode()
    answer = client.post("/account/login/", fields)

    assert 'name="next" value="/account/email/"' in page
    assert answer["Location"] == "/account/email/"


def test_wrong_password_is_told_above_the_form(client, member):
    answer = log_in(client, member.email, "wrong")

    assert 'class="notice alert" role="alert"' in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_forgotten_password_is_replaced_by_mail(client, member, mailoutbox):
    asked = client.post("/account/password/reset/", {"email": member.email})
    form = client.get(link_in(mailoutbox[0]), follow=True)
    address = form.redirect_chain[-1][0]
    saved = client.post(address, {"password1": NEW, "password2": NEW})
    done = client.get(saved["Location"])
    entered = log_in(client, member.email, NEW)

    assert asked["Location"] == "/account/password/reset/done/"
    assert mailoutbox[0].subject == "A new password for S2S-Arena"
    assert "Choose a new password" in form.content.decode()
    assert "Your password is changed" in done.content.decode()
    assert entered["Location"] == "/judge/"


def test_link_for_a_new_password_works_once(client, member, mailoutbox):
    client.post("/account/password/reset/", {"email": member.email})
    link = link_in(mailoutbox[0])
    address = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(address, {"password1": NEW, "password2": NEW})

    again = Client().get(link, follow=True)

    assert "This link has been used" in again.content.decode()
    assert 'name="password1"' not in again.content.decode()


def test_reset_for_an_unknown_address_gets_the_same_page_and_another_mail(client, mailoutbox):
    answer = client.post("/account/password/reset/", {"email": "nobody@example.org"})

    assert answer["Location"] == "/account/password/reset/done/"
    assert mailoutbox[0].subject == "No account at S2S-Arena with this address"


def test_member_changes_the_password(client, member):
    log_in(client, member.email, factories.PASSWORD)

    fields = {"oldpassword": factories.PASSWORD, "password1": NEW, "password2": NEW}
    client.post("/account/password/change/", fields)

    member.refresh_from_db()
    assert member.check_password(NEW)


def test_member_adds_an_address_and_makes_it_the_main_one(client, member, mailoutbox):
    log_in(client, member.email, factories.PASSWORD)
    client.post("/account/email/", {"action_add": "", "email": "second@example.org"})
    page = client.get("/account/email/").content.decode()
    client.post(link_in(mailoutbox[0]))
    client.post("/account/email/", {"action_primary": "", "email": "second@example.org"})

    assert "not confirmed" in page
    assert EmailAddress.objects.get(primary=True).email == "second@example.org"
    member.refresh_from_db()
    assert member.email == "second@example.org"


def test_member_with_one_address_is_offered_nothing_that_cannot_be_done(client, member):
    log_in(client, member.email, factories.PASSWORD)

    page = client.get("/account/email/").content.decode()

    assert "action_add" in page
    assert "action_remove" not in page


def test_link_that_was_not_copied_whole_says_so(client):
    page = client.get("/account/confirm-email/half-a-key/").content.decode()

    assert "This link has expired or was not copied whole." in page
    assert "Yes, confirm it" not in page


def test_inactive_account_is_told(client, member):
    member.is_active = False
    member.save()

    answer = log_in(client, member.email, factories.PASSWORD)

    assert "This account is switched off" in client.get(answer["Location"]).content.decode()


def test_account_pages_show_each_person_only_themselves(ada, ben, cleo, mo, as_user):
    people = [ada, ben, cleo, mo]

    pages = [as_user(who).get("/account/email/").content.decode() for who in people]

    shown = [[who.email for who in people if who.email in page] for page in pages]
    assert shown == [[who.email] for who in people]


@pytest.mark.parametrize("path", ["signup_closed", "verified_email_required", "password_set"])
def test_seldom_page_is_in_the_house_design(path, rf):
    page = render_to_string(f"account/{path}.html", request=rf.get("/"))

    assert page.count("<h1") == 1
    assert "arena/arena.css" in page
