import json

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection
from django.utils import timezone

from inference import manifest, starter
from inference.errors import Refused
from inference.models import AudioFile, Prompt, PromptSet
from inference.services import media, prompts
from inference.services import starter as starter_set
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(tmp_path):
    """A manifest of three prompts; the second one's audio is a text file in disguise."""
    rows = []
    for number in (1, 2, 3):
        (tmp_path / f"clip{number}.wav").write_bytes(factories.wav() if number != 2 else b"no sound at all")
        rows.append(
            {
                "id": f"poem-{number}",
                "audio": f"clip{number}.wav",
                "text": f"Read poem {number}.",
                "language": "en",
                "domain": "entertainment",
                "task": "poetry",
                "level": 3,
                "licence": "CC0-1.0",
            }
        )
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return tmp_path


def import_all(path, into):
    return prompts.import_rows(prompts.from_files(manifest.read(path)), into=into)


def test_a_bad_row_is_reported_with_its_line_and_stops_no_good_one(source):
    into = prompts.set_to_import_into("poems")

    report = import_all(source, into)

    assert (report.added, report.updated, report.unchanged) == (2, 0, 0)
    assert [(bad.line, bad.message.split(":")[0]) for bad in report.refused] == [(2, "poem-2")]
    assert [prompt.slug for prompt in into.prompts.order_by("slug")] == ["poem-1", "poem-3"]
    first = into.prompts.get(slug="poem-1")
    assert (first.task.slug, first.level.number, first.language.code) == ("poetry", 3, "en")
    assert media.read(first.playback)[:4] == b"fLaC"
    assert media.read(first.raw) == (source / "clip1.wav").read_bytes()


def test_a_refused_row_leaves_no_file_and_no_row(source):
    into = prompts.set_to_import_into("poems")
    import_all(source, into)
    files = AudioFile.objects.count()
    (source / "manifest.jsonl").write_text((source / "manifest.jsonl").read_text().splitlines()[1])

    report = import_all(source, into)

    assert len(report.refused) == 1
    assert AudioFile.objects.count() == files


def test_importing_twice_changes_nothing(source):
    into = prompts.set_to_import_into("poems")
    import_all(source, into)
    before = list(Prompt.objects.order_by("pk").values())

    report = import_all(source, into)

    assert (report.added, report.updated, report.unchanged) == (0, 0, 2)
    assert list(Prompt.objects.order_by("pk").values()) == before
    assert AudioFile.objects.count() == 4


def test_an_open_set_takes_a_mended_text_and_a_new_sound(source):
    into = prompts.set_to_import_into("poems")
    import_all(source, into)
    text = (source / "manifest.jsonl").read_text()
    (source / "manifest.jsonl").write_text(text.replace("Read poem 1.", "Read the first poem."))
    (source / "clip3.wav").write_bytes(factories.wav())

    report = import_all(source, into)

    assert (report.added, report.updated) == (0, 2)
    assert into.prompts.get(slug="poem-1").transcript == "Read the first poem."
    third = into.prompts.get(slug="poem-3")
    assert third.raw.sha256 == third.content_sha256


def test_a_frozen_set_refuses_what_is_new_or_changed_and_says_what_to_do(source):
    into = prompts.set_to_import_into("poems")
    import_all(source, into)
    PromptSet.objects.update(frozen_at=timezone.now())
    (source / "clip2.wav").write_bytes(factories.wav())

    report = import_all(source, PromptSet.objects.get())

    assert (report.added, report.unchanged) == (0, 2)
    assert [bad.line for bad in report.refused] == [2]
    assert "--next-version" in report.refused[0].message


def test_the_next_version_starts_empty_and_only_after_the_last_is_frozen():
    first = prompts.set_to_import_into("poems", title="Poems", licence="CC0-1.0")

    with pytest.raises(Refused, match="not frozen yet"):
        prompts.set_to_import_into("poems", next_version=True)
    PromptSet.objects.update(frozen_at=timezone.now())
    second = prompts.set_to_import_into("poems", next_version=True)

    assert (first.version, second.version) == (1, 2)
    assert prompts.set_to_import_into("poems") == second


def test_the_same_sound_under_two_names_comes_in_once(source):
    (source / "clip3.wav").write_bytes((source / "clip1.wav").read_bytes())

    report = import_all(source, prompts.set_to_import_into("poems"))

    assert report.added == 1
    assert [bad.message for bad in report.refused if bad.line == 3] == ["poem-3 is the same sound as poem-1."]


def test_the_starter_set_is_spoken_once():
    report = starter_set.bring()
    files = AudioFile.objects.count()

    again = starter_set.bring()

    assert report.added == len(starter.prompts()) >= 48
    assert report.refused == []
    assert starter_set.is_complete()
    assert (again.added, again.unchanged) == (0, report.added)
    assert AudioFile.objects.count() == files
    cells = set(Prompt.objects.values_list("task__domain__slug", "level__number", "language__code"))
    assert len(cells) == 4 * 4 * 2


def stored() -> set[str]:
    """Every stored file's key."""
    folders = default_storage.listdir("audio")[0] if default_storage.exists("audio") else []
    return {f"audio/{one}/{name}" for one in folders for name in default_storage.listdir(f"audio/{one}")[1]}


def test_a_set_that_is_frozen_during_an_import_refuses_the_rest(source):
    into = prompts.set_to_import_into("poems")
    files = []

    def freeze(report):
        PromptSet.objects.filter(frozen_at=None).update(frozen_at=timezone.now())
        files.append(stored())

    report = prompts.import_rows(prompts.from_files(manifest.read(source)), into=into, on_row=freeze)

    assert report.added == 1
    assert [bad.line for bad in report.refused] == [2, 3]
    assert "is frozen. Import all as the next version: --next-version." in report.refused[1].message
    assert files[-1] == files[0]


def test_an_import_that_breaks_another_rule_of_the_database_is_not_called_frozen(source):
    into = prompts.set_to_import_into("poems")
    before = stored()
    lines = (source / "manifest.jsonl").read_text().splitlines()
    (source / "manifest.jsonl").write_text(lines[0])
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE inference_prompt ADD CONSTRAINT no_poems CHECK (slug NOT LIKE 'poem%%')", []
        )

    with pytest.raises(IntegrityError, match="no_poems"):
        import_all(source, into)

    assert stored() == before
