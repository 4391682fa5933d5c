"""Answers as they are written down: each shape is read by keys, and every bad one is told (S1, S42, S43)."""

import json
from pathlib import Path

import pytest

from inference import answers
from inference.answers import Answer, BadAnswer
from inference.errors import Refused
from tests import factories

TRACE = Path(__file__).resolve().parents[4] / "shared" / "data" / "trace_s2sarena.json"


def put(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(factories.wav())


def row(prompt, **files):
    """A row of TRACE: system and file, twice."""
    (a, first), (b, second) = files.items()
    return {
        "instruction_path": prompt,
        "instruction_text": "Hello.",
        "model_a": a,
        "model_b": b,
        "audio1_path": first,
        "audio2_path": second,
    }


def written(path, rows):
    path.write_text(json.dumps(rows))
    return path


def read(path, key="ours", **more):
    found = list(answers.read(path, key=key, **more))
    good = {one.prompt.said: one for one in found if isinstance(one, Answer)}
    return good, [one for one in found if isinstance(one, BadAnswer)]


def test_list_names_prompts_by_id_hash_or_slug(tmp_path):
    put(tmp_path, "a.wav", "b.wav", "c.wav")
    identity, sha256 = "0b9debfc-42b5-4b1b-8678-e0f4b5fcd1b9", "ab" * 32
    lines = [
        {"prompt": identity, "file": "a.wav", "transcript": "Yes.", "seconds": 1.5, "notes": "by hand"},
        {"prompt": sha256, "file": "b.wav", "seed": 7},
        {"prompt": "door/fearful", "file": "c.wav", "stop_reason": "length"},
    ]
    (tmp_path / "answers.jsonl").write_text("\n".join(map(json.dumps, lines)))

    good, bad = read(tmp_path)

    assert bad == []
    by_id, by_hash, by_slug = good[identity], good[sha256], good["door/fearful"]
    assert (by_id.prompt.id, by_id.transcript, by_id.total_seconds) == (identity, "Yes.", 1.5)
    assert by_id.origin == {"shape": "list", "place": "a.wav", "notes": "by hand"}
    assert (by_hash.prompt.sha256, by_hash.seed, by_hash.total_seconds) == (sha256, 7, None)
    assert (by_slug.prompt.slugs, by_slug.stop_reason) == (("door/fearful",), "length")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{", "bad_line"),
        ("[]", "bad_line"),
        ('{"prompt": "a"}', "bad_line"),
        ('{"prompt": "a", "file": "a.wav", "secconds": 1}', "bad_line"),
        ('{"prompt": "a", "file": "a.wav", "seconds": NaN}', "bad_line"),
        ('{"prompt": "a", "file": "a.wav", "transcript": "\\u0000"}', "bad_line"),
        ('{"prompt": "a", "file": "../a.wav"}', "no_file"),
        ('{"prompt": "a", "file": "b.wav"}', "no_file"),
    ],
)
def test_a_bad_line_is_told_and_the_next_is_read(tmp_path, line, code):
    put(tmp_path, "a.wav")
    (tmp_path / "answers.jsonl").write_text(line + '\n{"prompt": "good", "file": "a.wav"}')

    good, bad = read(tmp_path / "answers.jsonl")

    assert list(good) == ["good"]
    assert [(one.where, one.code) for one in bad] == [("line 1", code)]


def test_trace_is_read_by_prompt_and_key_whatever_the_files_are_called(tmp_path):
    put(tmp_path, "output/Ours/emotion/audio_23.wav", "output/Ours/emotion/22.wav")
    rows = [
        row("input/emotion/4-3.wav", ours="output/Ours/emotion/audio_23.wav", other="output/x/4-3.wav"),
        row("input/emotion/4-2.wav", other="output/x/4-2.wav", ours="output/Ours/emotion/22.wav"),
        row("input/emotion/4-3.wav", third="output/y/4-3.wav", ours="output/Ours/emotion/audio_23.wav"),
    ]

    good, bad = read(written(tmp_path / "rows.json", rows))

    assert bad == []
    assert {prompt: one.sound.name for prompt, one in good.items()} == {
        "input/emotion/4-3.wav": "audio_23.wav",
        "input/emotion/4-2.wav": "22.wav",
    }
    assert good["input/emotion/4-3.wav"].prompt.slugs == ("input/emotion/4-3", "emotion/4-3")
    assert good["input/emotion/4-3.wav"].origin == {
        "shape": "trace",
        "key": "ours",
        "prompt": "input/emotion/4-3.wav",
        "place": "output/Ours/emotion/audio_23.wav",
    }


def test_records_hold_a_file_for_each_system(tmp_path):
    put(tmp_path, "answers/output/Ours/a.wav", "answers/Ours/b.wav")
    rows = [
        {"input_path": "sing/a.mp3", "text": "Sing.", "output_path_ours": "output/Ours/a.wav"},
        {"input_path": "sing/b.mp3", "output_path_ours": "output/Ours/b.wav", "output_path_x": "x.wav"},
        {"input_path": "sing/c.mp3", "output_path_ours": None, "output_path_x": "y.wav"},
    ]

    good, bad = read(written(tmp_path / "sing.json", rows), root=tmp_path / "answers")

    assert bad == []
    assert {one.prompt.slugs: one.sound.name for one in good.values()} == {
        ("sing/a",): "a.wav",
        ("sing/b",): "b.wav",
    }
    assert {one.origin["shape"] for one in good.values()} == {"records"}


def test_rows_that_disagree_give_no_answer(tmp_path):
    put(tmp_path, "o/1.wav", "o/2.wav", "o/3.wav", "o/4.wav")
    rows = [
        row("t/two.mp3", ours="o/1.wav", x="x"),
        row("t/two.mp3", ours="o/2.wav", x="x"),
        row("t/same.mp3", ours="o/3.wav", x="x"),
        row("t/also.mp3", ours="o/3.wav", x="x"),
        row("t/gone.mp3", ours="o/5.wav", x="x"),
        row("t/good.mp3", ours="o/1.wav", x="x"),
        {"nothing": 1},
    ]

    good, bad = read(written(tmp_path / "rows.json", rows))

    assert list(good) == ["t/good.mp3"]
    assert sorted(one.code for one in bad) == [
        "bad_line",
        "no_file",
        "several_answers",
        "several_prompts",
        "several_prompts",
    ]


def test_a_system_that_the_source_does_not_know_is_answered_with_those_it_knows(tmp_path):
    rows = [row("t/a.mp3", funaudio="o/1.wav", speechgpt="o/2.wav")]

    with pytest.raises(Refused, match="Did you mean funaudio"):
        read(written(tmp_path / "rows.json", rows), key="fun-audio")


def test_a_source_of_no_known_shape_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(Refused, match="Known are"):
        read(tmp_path)
    with pytest.raises(Refused, match="Known are"):
        read(written(tmp_path / "rows.json", [{"a": 1}]))


@pytest.mark.skipif(not TRACE.is_file(), reason="TRACE (../shared/data) is not on this machine")
def test_trace_gives_each_system_its_own_files(tmp_path):
    """Each system gets the files of its own folder; of 383 answers one is in doubt."""
    rows = json.loads(TRACE.read_text())
    folders = {
        "4o": "ChatGPT-4o",
        "speechgpt": "SpeechGPT",
        "funaudio": "FunAudioLLM",
        "miniomni": "Mini-Omni",
        "4o_cascade": "cascade",
        "4o_llama_omni": "LLaMA_omni",
    }
    for one in rows:
        for name in (one["audio1_path"], one["audio2_path"]):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()

    found = {key: read(TRACE, key=key, root=tmp_path) for key in folders}

    for key, (good, _) in found.items():
        assert {one.sound.relative_to(tmp_path).parts[1] for one in good.values()} == {folders[key]}
    assert sum(len(good) for good, _ in found.values()) == 382
    assert [one.code for _, bad in found.values() for one in bad] == ["several_answers"]
    assert found["funaudio"][0]["input/emotion/emotion4-3.wav"].sound.name == "audio_23.wav"
    assert found["miniomni"][0]["input/emotion/emotion4-2.wav"].sound.name == "22.wav"
