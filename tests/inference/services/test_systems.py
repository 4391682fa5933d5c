import pytest

from inference import catalogue
from inference.errors import Refused
from inference.models import System
from inference.services import systems

pytestmark = pytest.mark.django_db


def test_every_system_of_the_catalogue_enters_live_and_frozen_as_what_it_is():
    added = [name for name in catalogue.names() if systems.add(name)]

    assert len(added) == len(catalogue.names()) >= 6
    for system in System.objects.all():
        entry = catalogue.read(system.slug)
        assert (system.state, system.label, system.delivery) == ("live", entry.label, entry.delivery)
        assert system.frozen_at is not None
        assert system.first_public_at is not None
    assert System.objects.values("fingerprint").distinct().count() == len(added)


def test_adding_a_system_twice_changes_nothing():
    systems.add("eliza-us")
    before = list(System.objects.values())

    assert systems.add("eliza-us") is False
    assert list(System.objects.values()) == before


def test_languages_come_from_the_entry():
    systems.add("eliza-us")
    systems.add("echo")

    assert list(System.objects.get(slug="eliza-us").languages.values_list("code", flat=True)) == ["en"]
    assert System.objects.get(slug="echo").languages.count() == 0


def test_an_unknown_name_is_refused_with_near_ones():
    with pytest.raises(Refused, match="eliza-us"):
        systems.add("eliza-uk")


def test_a_name_that_stands_for_other_settings_is_refused(tmp_path, monkeypatch):
    systems.add("eliza-us")
    text = (
        (catalogue.FOLDER / "eliza-us.toml")
        .read_text()
        .replace("words_per_minute = 165", "words_per_minute = 99")
    )
    (tmp_path / "eliza-us.toml").write_text(text)
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)

    with pytest.raises(Refused, match="other settings") as refused:
        systems.add("eliza-us")

    assert refused.value.status == 409
