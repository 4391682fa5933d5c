"""The prompts that the TRACE labels name."""

import json
from collections import Counter

import pytest

from inference.manifest import Stated
from tests.inference.prompts.sources import outcomes, put, shared


def pair(path: object, text: object, **more: object) -> dict[str, object]:
    return {
        "index": 1,
        "instruction_path": path,
        "instruction_text": text,
        "model_a": "x",
        "model_b": "y",
    } | more


def write(root, *rows):
    path = root / "labels.json"
    path.write_text(json.dumps(list(rows), indent=1), "utf-8")
    return path


def test_prompt_is_read_once_with_its_tag_split_off(tmp_path):
    put(tmp_path, "input/emotion/a.wav")
    path = write(
        tmp_path,
        pair("input/emotion/a.wav", "[emotion: fealful]Who is there?"),
        pair("input/emotion/a.wav", "Who's there?"),
    )

    rows, bad = outcomes(path, stated=Stated(language="en"))

    assert bad == {}
    (row,) = rows
    assert (row.line, row.id, row.task, row.domain) == (2, "emotion/a", "emotion", "social")
    assert (row.text, row.delivery_label) == ("Who is there?", "fearful")
    assert (row.language, row.level) == ("en", None)


def test_tagged_text_counts_even_where_it_comes_later(tmp_path):
    put(tmp_path, "input/emotion/a.wav")
    path = write(
        tmp_path,
        pair("input/emotion/a.wav", "Who is there?"),
        pair("input/emotion/a.wav", "[emotion: sad] Who's there?"),
    )

    (row,), _ = outcomes(path)

    assert (row.text, row.delivery_label) == ("Who's there?", "sad")


def test_folders_below_the_task_become_a_tag(tmp_path):
    put(tmp_path, "input/identity/age/children/a.wav")

    (row,), _ = outcomes(write(tmp_path, pair("input/identity/age/children/a.wav", "[children voice]Hello?")))

    assert (row.task, row.delivery_label, row.tags) == ("identity", "child", ("age/children",))


def test_new_tag_is_kept_as_it_is(tmp_path):
    put(tmp_path, "input/emotion/a.wav")

    (row,), _ = outcomes(write(tmp_path, pair("input/emotion/a.wav", "[half asleep] Good morning.")))

    assert (row.text, row.delivery_label) == ("Good morning.", "half asleep")


def test_audio_is_found_with_and_without_the_leading_folder(tmp_path, tmp_path_factory):
    path = write(tmp_path, pair("input/emotion/a.wav", "Hello?"))
    short = put(tmp_path_factory.mktemp("short"), "emotion/a.wav")

    missing, bad = outcomes(path)
    found, _ = outcomes(path, audio_root=short)

    assert missing == []
    assert bad == {2: "'input/emotion/a.wav': There is no audio at 'emotion/a.wav'."}
    assert [row.audio for row in found] == [short.resolve() / "emotion" / "a.wav"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (pair("input/juggling/a.wav", "Hello?"), "There is no task called"),
        (pair("input/a.wav", "Hello?"), "It lies in no folder that names its task."),
        (pair("../emotion/secret.wav", "Hello?"), "The audio must be a path below its folder"),
        (pair(".", "Hello?"), "It lies in no folder that names its task."),
        (pair(None, "Hello?"), "instruction_path must be text."),
        (pair("input/emotion/b.wav", 5), "instruction_text must be text."),
        (pair("input/emotion/b\0.wav", "Hello?"), "instruction_path holds control signs"),
        ("a string", "A row must be a JSON object"),
    ],
)
def test_bad_row_says_what_is_wrong_and_stops_nothing(tmp_path, fields, message):
    put(tmp_path, "input/emotion/a.wav")
    path = write(tmp_path, pair("input/emotion/a.wav", "Hello?"), fields)

    rows, bad = outcomes(path)

    assert [row.id for row in rows] == ["emotion/a"]
    assert message in bad[9]


def test_tags_that_disagree_are_reported(tmp_path):
    put(tmp_path, "input/emotion/a.wav")
    path = write(
        tmp_path,
        pair("input/emotion/a.wav", "[emotion: sad]Hello?"),
        pair("input/emotion/a.wav", "[emotion: happy]Hello?"),
    )

    rows, bad = outcomes(path)

    assert rows == []
    assert bad[2].endswith("Its rows disagree on the delivery: happy, sad.")


def test_real_labels_name_97_prompts_whose_audio_is_missed(tmp_path):
    rows, bad = outcomes(shared("trace_s2sarena.json"), audio_root=tmp_path)

    assert rows == []
    assert len(bad) == 97
    assert all("There is no audio at" in message for message in bad.values())


def test_real_labels_give_97_prompts_where_their_audio_is(tmp_path):
    labels = shared("trace_s2sarena.json")
    paths = {row["instruction_path"] for row in json.loads(labels.read_text("utf-8"))}
    put(tmp_path, *paths)

    rows, bad = outcomes(labels, audio_root=tmp_path, stated=Stated(language="en"))

    assert bad == {}
    assert len({row.id for row in rows}) == len(rows) == 97
    assert {row.level for row in rows} == {None}
    assert not any(row.text.startswith("[") for row in rows)
    assert Counter(row.task for row in rows).most_common(2) == [("emotion", 24), ("identity", 16)]
    labelled = Counter(row.delivery_label for row in rows if row.task == "emotion")
    assert labelled == {"happy": 5, "sad": 5, "angry": 5, "fearful": 5, "disgusted": 2, "surprised": 2}
