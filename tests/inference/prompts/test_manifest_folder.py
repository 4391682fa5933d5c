"""A plain folder of audio: the folder names the task."""

import os

import pytest

from inference.errors import Refused
from inference.manifest import Stated, read
from tests.inference.prompts.sources import outcomes, put, shared


def test_folder_s_name_gives_the_task_and_the_path_gives_the_id(tmp_path):
    put(tmp_path, "natural/audio_0.mp3", "tongue_twister/audio_0.mp3", "Healthcare/audio_0.WAV")

    rows, bad = outcomes(tmp_path)

    assert bad == {}
    assert [(row.line, row.id, row.task, row.domain) for row in rows] == [
        (1, "Healthcare/audio_0", "health", "medical"),
        (2, "natural/audio_0", "natural-sound", "entertainment"),
        (3, "tongue_twister/audio_0", "tongue-twister", "entertainment"),
    ]


def test_language_and_level_are_only_what_was_stated(tmp_path):
    put(tmp_path, "sing/a.wav")

    (silent,), _ = outcomes(tmp_path)
    (said,), _ = outcomes(tmp_path, stated=Stated(language="English", answer_language="en", level=3))

    assert (silent.text, silent.language, silent.answer_language, silent.level) == ("", None, None, None)
    assert (said.language, said.answer_language, said.level) == ("en", "en", 3)


def test_unknown_folder_is_bad_with_near_names_and_stops_nothing(tmp_path):
    put(tmp_path, "emotoin/a.wav", "poetry/a.wav", "qqqq/a.wav")

    rows, bad = outcomes(tmp_path)

    assert [row.id for row in rows] == ["poetry/a"]
    assert list(bad) == [1, 3]
    assert bad[1] == "'emotoin/a.wav': There is no task called \"emotoin\". Did you mean emotion?"
    assert "Known are" in bad[3]


def test_deeper_folders_become_a_tag_and_folders_above_the_task_are_passed(tmp_path):
    put(tmp_path, "identity/age/adults/a.wav", "education/rhythm/a.wav")

    rows, bad = outcomes(tmp_path)

    assert bad == {}
    assert [(row.id, row.task, row.tags) for row in rows] == [
        ("education/rhythm/a", "rhythm", ()),
        ("identity/age/adults/a", "identity", ("age/adults",)),
    ]


def test_task_folder_given_by_itself_keeps_its_name(tmp_path):
    put(tmp_path, "natural/audio_0.mp3")

    rows, bad = outcomes(tmp_path / "natural")

    assert bad == {}
    assert [(row.id, row.task) for row in rows] == [("natural/audio_0", "natural-sound")]


def test_other_files_are_named_and_hidden_ones_passed(tmp_path):
    put(tmp_path, "story/a.wav", "story/notes.txt", "story/.DS_Store", "__MACOSX/story/a.wav", ".git/b.wav")

    rows, bad = outcomes(tmp_path)

    assert [row.id for row in rows] == ["story/a"]
    assert list(bad) == [2]
    assert bad[2].startswith("'story/notes.txt': It has no ending of audio")


def test_same_name_with_two_endings_is_bad_the_second_time(tmp_path):
    put(tmp_path, "story/a.mp3", "story/a.wav")

    rows, bad = outcomes(tmp_path)

    assert [row.audio.name for row in rows] == ["a.mp3"]
    assert bad == {2: "The id story/a was given on line 1 to another prompt."}


def test_names_that_an_id_cannot_hold_stay_apart(tmp_path):
    put(tmp_path, "poetry/春天.wav", "poetry/秋天.wav", "poetry/a b.wav", "poetry/a-b.wav", "poetry/_a.wav")

    rows, bad = outcomes(tmp_path)

    assert bad == {}
    assert len({row.id for row in rows}) == 5
    assert all(row.id.isascii() and " " not in row.id for row in rows)


def test_file_name_that_is_no_text_is_read(tmp_path):
    put(tmp_path, "poetry/a.wav")
    try:
        (tmp_path / "poetry" / os.fsdecode(b"\xff\xfe.wav")).write_bytes(b"sound")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")

    rows, bad = outcomes(tmp_path)

    assert bad == {}
    assert [row.id.isascii() for row in rows] == [True, True]


def test_link_that_leads_out_is_bad(tmp_path):
    put(tmp_path, "outside/secret.wav", "set/poetry/a.wav")
    (tmp_path / "set" / "poetry" / "b.wav").symlink_to(tmp_path / "outside" / "secret.wav")

    rows, bad = outcomes(tmp_path / "set")

    assert [row.id for row in rows] == ["poetry/a"]
    assert "leads out" in bad[2]


@pytest.mark.parametrize("place", ["natural/noise/", "noise/natural/", "Noise/natural/"])
def test_noise_folder_holds_variants_of_the_prompts_of_its_task(tmp_path, place):
    put(
        tmp_path,
        "natural/audio_1.mp3",
        "natural/audio_10.mp3",
        "sing/audio_1.mp3",
        f"{place}audio_1_ShuttingDoor_1.mp3",
    )

    rows, bad = outcomes(tmp_path)

    assert bad == {}
    (variant,) = (row for row in rows if row.clean_original)
    assert variant.id == f"{place}audio_1_ShuttingDoor_1"
    assert (variant.task, variant.clean_original, variant.tags) == (
        "natural-sound",
        "natural/audio_1",
        ("noise: ShuttingDoor_1",),
    )


def test_noise_variant_without_a_task_folder_is_taken_only_if_one_prompt_fits(tmp_path):
    put(tmp_path, "natural/bird.mp3", "natural/audio_1.mp3", "sing/audio_1.mp3")
    put(tmp_path, "noise/audio_1_Cafe_2.mp3", "noise/bird_Cafe_2.mp3", "noise/fish_Cafe_2.mp3")

    rows, bad = outcomes(tmp_path)

    assert [row.clean_original for row in rows if row.clean_original] == ["natural/bird"]
    assert sorted(message.split(": ")[1].split(" ")[0] for message in bad.values()) == ["A", "Several"]


def test_unreadable_folder_is_refused(tmp_path):
    with pytest.raises(Refused) as caught:
        list(read(tmp_path / "nowhere"))

    assert caught.value.code == "unreadable_source"


def test_real_prompts_are_fifteen_in_three_tasks():
    rows, bad = outcomes(shared("prompts"))

    assert bad == {}
    assert len({row.id for row in rows}) == len(rows) == 15
    assert [
        sum(row.task == task for row in rows) for task in ("natural-sound", "singing", "tongue-twister")
    ] == [6, 5, 4]
    assert {(row.text, row.language, row.level, row.licence) for row in rows} == {("", None, None, "")}
    assert rows[0].id == "natural/audio_0"
