"""The terms in force, and who accepted them."""

import pytest

from inference.errors import Refused
from judging.models import Consent, ConsentText
from judging.services import consents
from judging.services.consents import Terms
from tests import factories

pytestmark = pytest.mark.django_db
NEW = {"en": Terms("New terms", "They are new."), "zh-hans": Terms("新条款", "这是新的。")}


def test_the_first_terms_are_there_in_both_languages_with_their_checksums():
    texts = ConsentText.objects.filter(version=1)

    assert {text.language for text in texts} == {"en", "zh-hans"}
    assert [text.sha256 for text in texts] == [Terms(text.title, text.body).sha256 for text in texts]


def test_a_text_is_shown_in_the_interface_language_and_in_english_where_there_is_none():
    assert [consents.text(language).language for language in ("zh-hans", "en", "fr")] == [
        "zh-hans",
        "en",
        "en",
    ]


def test_accepting_keeps_version_language_and_checksum_once(cleo):
    shown = consents.text("zh-hans")

    assert not consents.is_given(cleo)
    first = consents.accept(cleo, shown)
    assert consents.accept(cleo, shown) == first
    assert (first.version, first.language, first.sha256) == (1, "zh-hans", shown.sha256)
    assert consents.is_given(cleo)


def test_a_new_version_asks_again_and_the_old_text_cannot_be_accepted(ben):
    old = consents.text("en")

    assert consents.publish(NEW) == 2
    assert not consents.is_given(ben)
    with pytest.raises(Refused) as refused:
        consents.accept(ben, old)
    assert (refused.value.code, refused.value.status) == ("terms_changed", 409)
    consents.accept(ben, consents.text("en"))
    assert [consent.version for consent in Consent.objects.filter(user=ben)] == [1, 2]


@pytest.mark.parametrize("texts", [{"en": NEW["en"]}, {**NEW, "zh-hans": Terms("新条款", "")}])
def test_a_version_is_published_in_all_languages_or_not_at_all(texts):
    with pytest.raises(Refused) as refused:
        consents.publish(texts)

    assert refused.value.code == "terms_incomplete"
    assert consents.current_version() == 1


def test_withdrawing_keeps_the_row_and_the_person_may_accept_again(ben):
    assert consents.withdraw(ben) == 1
    assert not consents.is_given(ben)

    consents.accept(ben, consents.text("en"))
    assert [consent.withdrawn_at is None for consent in Consent.objects.filter(user=ben)] == [False, True]


def test_blocks_tell_headings_from_paragraphs():
    assert consents.blocks("Hello.\n\n# Why\nBecause.") == [("p", "Hello."), ("h2", "Why"), ("p", "Because.")]


def test_factories_annotator_has_taken_every_step(ben):
    assert consents.is_given(ben)
    assert factories.annotator(ready=False).user.consents.count() == 0
