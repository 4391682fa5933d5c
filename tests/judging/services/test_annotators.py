"""Who may judge."""

import pytest
from allauth.account.models import EmailAddress

from inference.errors import Refused
from judging.models import Annotator
from judging.services import annotators
from tests import factories

pytestmark = pytest.mark.django_db


def refusal(user):
    with pytest.raises(Refused) as refused:
        annotators.of(user)
    return refused.value.code, refused.value.status


def test_only_who_accepted_the_terms_is_an_annotator(ben, cleo):
    assert annotators.of(ben) == ben.annotator
    assert "ben" not in ben.annotator.pseudonym
    assert refusal(cleo) == ("consent_needed", 403)
    assert Annotator.objects.get().user == ben


def test_an_address_that_is_not_confirmed_does_not_judge(cleo):
    EmailAddress.objects.update(verified=False)

    assert refusal(cleo) == ("email_unverified", 403)


def test_moderators_do_not_judge_unless_the_site_allows_it(mo, settings):
    refused = refusal(mo)
    settings.STAFF_MAY_JUDGE = True

    assert refused == ("moderators_do_not_judge", 403)
    assert refusal(mo) == ("consent_needed", 403)


@pytest.mark.parametrize("state", ["paused", "stopped"])
def test_who_was_paused_or_stopped_does_not_judge(state):
    assert refusal(factories.annotator(state=state).user) == (state, 403)
