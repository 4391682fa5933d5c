"""Accounts in the admin: administrators decide about others, and a suspended person is out at once."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from inference.models import AuditEntry
from tests import factories

ADDRESSES = reverse("admin:account_emailaddress_changelist")
# The page's form also says how many rows the table of addresses below it has.
INLINE = {"emailaddress_set-TOTAL_FORMS": "1", "emailaddress_set-INITIAL_FORMS": "1", "reason": "She asked."}


def page_of(user):
    return reverse("admin:arena_site_user_change", args=[user.pk])


@pytest.fixture
def max_(db):
    """Max moderates and is no administrator."""
    return factories.user("max@example.org", is_staff=True)


def test_administrator_suspends_an_account_at_once(cleo, mo, as_user):
    browser = as_user(cleo)
    before = browser.get(reverse("account_email")).status_code

    as_user(mo).post(page_of(cleo), INLINE | {"name": "Cleo", "is_staff": ""})

    cleo.refresh_from_db()
    after = browser.get(reverse("account_email"))
    assert (cleo.is_active, cleo.name) == (False, "Cleo")
    assert before == 200
    assert (after.status_code, after.url.split("?")[0]) == (302, reverse("account_login"))


def test_administrator_makes_a_moderator_but_no_administrator(cleo, mo, as_user):
    sent = INLINE | {
        "name": "",
        "is_active": "on",
        "is_staff": "on",
        "is_superuser": "on",
        "email": "x@example.org",
    }

    as_user(mo).post(page_of(cleo), sent)

    cleo.refresh_from_db()
    assert (cleo.is_staff, cleo.is_superuser, cleo.email) == (True, False, "cleo@example.org")
    assert as_user(cleo).get(reverse("admin:index")).status_code == 200


def test_nobody_suspends_or_demotes_themselves(mo, as_user):
    as_user(mo).post(page_of(mo), INLINE | {"name": "Mo"})

    mo.refresh_from_db()
    assert (mo.name, mo.is_active, mo.is_staff) == ("Mo", True, True)


def test_moderator_sees_accounts_and_changes_none(cleo, max_, as_user):
    browser = as_user(max_)

    seen = browser.get(page_of(cleo)).status_code
    changed = browser.post(page_of(cleo), INLINE | {"name": "Cleo", "is_staff": "on"}).status_code

    cleo.refresh_from_db()
    assert (seen, changed) == (200, 403)
    assert (cleo.name, cleo.is_staff) == ("", False)


def test_account_page_shows_no_password(mo, as_user):
    person = factories.user("dora@example.org", password=factories.PASSWORD)

    page = as_user(mo).get(page_of(person)).content.decode()

    assert "dora@example.org" in page
    assert person.password not in page
    assert "argon2" not in page


def test_history_says_what_was_changed_by_whom_and_why(cleo, mo, as_user):
    browser = as_user(mo)
    browser.post(page_of(cleo), INLINE | {"name": "Cleo", "is_active": "on"})

    page = browser.get(reverse("admin:arena_site_user_history", args=[cleo.pk]), follow=True)

    (entry,) = page.context["cl"].queryset
    assert (entry.action, entry.actor, entry.reason) == ("user.change", mo, "She asked.")
    assert (entry.before, entry.after) == ({"name": ""}, {"name": "Cleo"})
    assert "user.change" in page.content.decode()


def test_change_without_a_reason_changes_nothing(cleo, mo, as_user):
    answer = as_user(mo).post(page_of(cleo), INLINE | {"name": "Cleo", "is_active": "on", "reason": " "})

    cleo.refresh_from_db()
    assert answer.status_code == 200
    assert cleo.name == ""
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("table", ["arena_site_user", "judging_annotator"])
def test_look_at_a_persons_page_is_an_entry(table, ben, mo, as_user):
    row = ben if table == "arena_site_user" else ben.annotator
    as_user(mo).get(reverse(f"admin:{table}_change", args=[row.pk]))

    entry = AuditEntry.objects.get()
    assert entry.action == f"{row._meta.model_name}.view"
    assert (entry.actor, entry.target_id) == (mo, str(row.pk))


def unconfirmed(user):
    address = EmailAddress.objects.get(user=user)
    address.verified = False
    address.save()
    return address


def test_administrator_confirms_an_address(cleo, mo, as_user):
    address = unconfirmed(cleo)
    sent = {"action": "confirm", "_selected_action": [address.pk], "decided": "yes", "reason": "She called."}

    as_user(mo).post(ADDRESSES, sent)

    address.refresh_from_db()
    assert address.verified is True


def test_moderator_is_not_offered_to_confirm(cleo, max_, as_user):
    address = unconfirmed(cleo)
    sent = {"action": "confirm", "_selected_action": [address.pk], "decided": "yes", "reason": "She called."}

    as_user(max_).post(ADDRESSES, sent)

    address.refresh_from_db()
    assert address.verified is False


def test_password_is_changed_on_the_sites_own_page(mo, as_user):
    answer = as_user(mo).get(reverse("admin:password_change"))

    assert (answer.status_code, answer.url) == (302, reverse("account_change_password"))


def test_login_leads_back_to_the_page_that_was_asked_for(client, db):
    moderator = factories.user("mona@example.org", password=factories.PASSWORD, is_staff=True)
    asked = reverse("admin:judging_vote_changelist")

    login = client.get(asked, follow=True).redirect_chain[-1][0]
    answer = client.post(login, {"login": moderator.email, "password": factories.PASSWORD}, follow=True)

    assert answer.redirect_chain[-1][0] == asked
    assert answer.status_code == 200
