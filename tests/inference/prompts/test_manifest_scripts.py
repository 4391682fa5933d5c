"""The script schema of the second paper's generated part."""

import json

import pytest

from inference.manifest import Stated
from tests.inference.prompts.sources import outcomes, put, write_lines

SCRIPT = {
    "id": "emotion_001",
    "text": "I found my old diary.",
    "task": "Emotion Recognition and Expression",
    "category": "Social Companionship",
    "task_description": "answers a find with warmth",
    "language": "EN",
    "text_cn": "我找到了旧日记。",
    "level": "L2",
}


@pytest.fixture
def root(tmp_path):
    return put(tmp_path, "emotion_001.wav", "b.mp3", "c.flac", "7.wav")


def script(**fields: object) -> dict[str, object]:
    return SCRIPT | fields


def only_message(root, fields, **said):
    rows, bad = outcomes(write_lines(root / "scripts.jsonl", fields), **said)
    assert rows == []
    return bad[1]


def test_script_becomes_a_row_with_its_audio_found_by_id(root):
    rows, bad = outcomes(write_lines(root / "scripts.jsonl", SCRIPT), stated=Stated(paper=2))

    assert bad == {}
    (row,) = rows
    assert (row.id, row.audio.name, row.task, row.domain) == (
        "emotion_001",
        "emotion_001.wav",
        "emotion",
        "social",
    )
    assert (row.text, row.language, row.answer_language, row.level) == (
        "I found my old diary.",
        "en",
        None,
        2,
    )
    assert (row.tags, row.delivery_label, row.origin) == ((), "", "")


@pytest.mark.parametrize("layout", ["list", "pretty list", "lines", "pretty objects", "one"])
def test_scripts_are_read_in_every_layout_with_their_lines(root, layout):
    scripts = [SCRIPT, script(id="b"), script(id="c")]
    text, lines = {
        "list": (json.dumps(scripts), [1, 1, 1]),
        "pretty list": (json.dumps(scripts, indent=2), [2, 12, 22]),
        "lines": ("\n".join(json.dumps(one) for one in scripts), [1, 2, 3]),
        "pretty objects": ("\n".join(json.dumps(one, indent=2) for one in scripts), [1, 11, 21]),
        "one": (json.dumps(SCRIPT, indent=2), [1]),
    }[layout]
    path = root / "scripts.json"
    path.write_text(text, "utf-8")

    rows, bad = outcomes(path, stated=Stated(paper=2))

    assert bad == {}
    assert [row.line for row in rows] == lines
    assert [row.id for row in rows] == ["emotion_001", "b", "c"][: len(lines)]


def test_level_code_needs_the_paper_it_is_of(root):
    path = write_lines(root / "scripts.jsonl", SCRIPT, script(id="b", level=None), script(id="c", level="L4"))

    rows, bad = outcomes(path)
    first, _ = outcomes(path, stated=Stated(paper=1))
    second, _ = outcomes(path, stated=Stated(paper=2))

    assert [(row.id, row.level) for row in rows] == [("b", None), ("c", 4)]
    assert list(bad) == [1]
    assert "say which paper's codes" in bad[1]
    assert [(row.id, row.level) for row in first] == [("emotion_001", 3), ("b", None)]
    assert [(row.id, row.level) for row in second] == [("emotion_001", 2), ("b", None), ("c", 4)]


def test_free_task_name_needs_a_stated_task_and_becomes_a_tag(root):
    free = script(task="Diary Comforting", level=None)

    message = only_message(root, free)
    (row,), _ = outcomes(root / "scripts.jsonl", stated=Stated(task="emotion"))

    assert "state which task" in message
    assert (row.task, row.tags) == ("emotion", ("Diary Comforting",))


def test_free_task_name_of_a_domain_with_one_task_is_that_task(root):
    path = write_lines(root / "scripts.jsonl", script(task="Allergy Questions", category="Med.", level=None))

    (row,), _ = outcomes(path)

    assert (row.task, row.tags) == ("health", ("Allergy Questions",))


def test_stated_task_of_another_domain_is_not_forced_on_a_script(root):
    message = only_message(root, script(task="Diary Comforting", level=None), stated=Stated(task="singing"))

    assert message == "The task singing belongs to entertainment, not to social."


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"language": "CN", "text": "I found my diary.", "text_cn": "我找到了日记。"}, "我找到了日记。"),
        ({"language": "CN", "text": "我的日记在哪里？", "text_cn": "别的。"}, "我的日记在哪里？"),
        ({"language": "CN", "text": "", "text_cn": "我找到了日记。"}, "我找到了日记。"),
        ({"language": "EN", "text": "Where is it?", "text_cn": "在哪里？"}, "Where is it?"),
        ({"language": "CN", "text": "Where is it?", "text_cn": ""}, "Where is it?"),
    ],
)
def test_text_is_the_one_in_the_script_s_language(root, fields, text):
    path = write_lines(root / "scripts.jsonl", script(level=None, **fields))

    (row,), _ = outcomes(path)

    assert row.text == text


def test_numeric_id_is_read_as_text(root):
    (row,), _ = outcomes(write_lines(root / "scripts.jsonl", script(id=7, level=None)))

    assert (row.id, row.audio.name) == ("7", "7.wav")


def test_audio_may_lie_in_a_folder_of_its_own(root, tmp_path_factory):
    voices = put(tmp_path_factory.mktemp("voices"), "emotion_001.opus")
    path = write_lines(root / "scripts.jsonl", script(level=None))

    (row,), _ = outcomes(path, audio_root=voices)

    assert row.audio == voices.resolve() / "emotion_001.opus"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (script(id="nowhere"), "There is no audio at 'nowhere.wav'."),
        (script(id=None), "The field id is missing."),
        (script(task=""), "The field task is missing."),
        (script(text=None), "The field text is missing."),
        (script(text=3), "text must be text."),
        (script(category="Cooking shows"), "There is no domain called"),
        (script(language="Klingon"), "There is no language called"),
        (script(category="Education"), "The task emotion belongs to social, not to education."),
        (script(level="L9"), "There is no level called"),
        (script(level=2.5), "level must be a code such as L2."),
        (script(level=True), "level must be a code such as L2."),
        (script(id="../emotion_001"), "The id must be"),
        (script(text="a\0b"), "text holds control signs"),
        ([SCRIPT], "A script must be a JSON object"),
    ],
)
def test_bad_script_says_what_to_mend(root, fields, message):
    path = write_lines(root / "scripts.jsonl", script(id="b"), fields)

    rows, bad = outcomes(path, stated=Stated(paper=2))

    assert [row.id for row in rows] == ["b"]
    assert bad[2].startswith(message)


def test_two_audio_files_for_one_script_are_refused(root):
    put(root, "emotion_001.mp3")

    assert "Several audio files" in only_message(root, SCRIPT)


def test_list_that_breaks_off_keeps_what_came_before(root):
    path = root / "scripts.json"
    whole = json.dumps([SCRIPT, script(id="b"), script(id="c")], indent=1)
    path.write_text(whole[: whole.index('"c"')], "utf-8")

    rows, bad = outcomes(path, stated=Stated(paper=2))

    assert [row.id for row in rows] == ["emotion_001", "b"]
    assert list(bad) == [23]
    assert bad[23].endswith("Nothing after it was read.")


@pytest.mark.parametrize(
    ("tail", "complaint"), [("", "has no end"), ("]\n more", "more after the list's end")]
)
def test_list_with_a_wrong_end_is_reported(root, tail, complaint):
    path = root / "scripts.json"
    path.write_text(json.dumps([SCRIPT])[:-1] + tail, "utf-8")

    rows, bad = outcomes(path, stated=Stated(paper=2))

    assert [row.id for row in rows] == ["emotion_001"]
    assert [complaint in message for message in bad.values()] == [True]
