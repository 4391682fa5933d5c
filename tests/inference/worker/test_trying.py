"""`python -m inference.worker --try`: a folder of prompts is answered, checked and kept, without a site."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from inference.adapters.base import Stage
from inference.worker.clips import find
from inference.worker.records import FileStages, Record
from inference.worker.trying import attempt
from tests import factories
from tests.fakes.adapters import Scripted

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "inference.worker", *map(str, arguments)],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def prompts(tmp_path):
    """Two prompts of the same name in two folders, and one that is no sound."""
    for folder, seconds in (("happy", 0.5), ("sad", 0.7)):
        (tmp_path / "prompts" / folder).mkdir(parents=True)
        tone = factories.tone(seconds=seconds, hz=300)
        (tmp_path / "prompts" / folder / "x1.wav").write_bytes(factories.wav(tone))
    (tmp_path / "prompts" / "broken.mp3").write_bytes(b"no sound at all")
    return tmp_path / "prompts"


def answer(folder: Path, name: str) -> dict:
    return json.loads((folder / name / "answer.json").read_text())


def asked(adapter, folder, out):
    return {
        one.name: one.facts
        for one in attempt(
            adapter,
            find(folder, leave_out=out),
            seed=5,
            record=lambda prompt: Record(out / prompt.name),
            about={"system": "scripted"},
        )
    }


def test_a_folder_is_answered_each_prompt_under_its_own_name_and_failures_end_non_zero(prompts, tmp_path):
    out = tmp_path / "answers"

    done = run("--system", "echo", "--try", prompts, "--out", out)

    happy, sad = (soundfile.info(out / name / "x1.wav" / "answer.flac") for name in ("happy", "sad"))
    assert done.returncode == 1
    assert (happy.duration, sad.duration) == (0.5, 0.7)
    assert answer(out, "happy/x1.wav")["rate"] == 24_000
    assert answer(out, "happy/x1.wav")["stop_reason"] == "end"
    prompt, sound = prompts / "happy" / "x1.wav", out / "happy" / "x1.wav" / "answer.flac"
    assert answer(out, "happy/x1.wav")["prompt_sha256"] == hashlib.sha256(prompt.read_bytes()).hexdigest()
    assert answer(out, "happy/x1.wav")["sha256"] == hashlib.sha256(sound.read_bytes()).hexdigest()
    assert answer(out, "broken.mp3")["code"] == "not_audio"
    assert "2 answered, 1 failed" in done.stderr
    assert "FAILED broken.mp3: not_audio" in done.stderr


def test_a_second_run_asks_only_for_what_has_no_answer(prompts, tmp_path):
    out = tmp_path / "answers"
    run("--system", "echo", "--try", prompts, "--out", out)
    (prompts / "broken.mp3").unlink()
    (out / "sad" / "x1.wav" / "answer.json").unlink()

    done = run("--system", "echo", "--try", prompts, "--out", out)

    assert done.returncode == 0
    assert "1 answered, 0 failed, 1 not asked" in done.stderr


def test_answers_that_lie_below_the_prompts_are_not_taken_for_prompts(prompts):
    (prompts / "broken.mp3").unlink()
    run("--system", "echo", "--try", prompts)

    again = run("--system", "echo", "--try", prompts, "--again")
    # Nor those of another system, or of another place within.
    other = run("--system", "echo", "--try", prompts, "--out", prompts / "mine")

    assert "2 answered, 0 failed." in again.stderr
    assert "2 answered, 0 failed." in other.stderr
    assert (prompts / "answers-echo" / "sad" / "x1.wav" / "answer.flac").exists()


def test_a_cascade_writes_its_words_and_its_stages(prompts, tmp_path):
    pytest.importorskip("pocketsphinx", reason="the extra `offline` is not installed")
    out = tmp_path / "answers"

    done = run("--system", "eliza-us", "--try", prompts, "--out", out, "--limit", "2")

    facts = answer(out, "happy/x1.wav")
    assert "happy/x1.wav" in done.stderr
    assert facts["transcript"]
    assert [stage["name"] for stage in facts["stages"]] == ["recognise", "reply", "speak"]
    assert facts["parameters"]["seed"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--system", "eco"], "Did you mean echo?"),
        (["--adapter", "ecko"], "Did you mean echo?"),
        (["--adapter", "echo", "--config", "none.json"], "none.json is no configuration"),
        (["--system", "echo", "--try", "nowhere"], "There is no folder nowhere"),
        (["--system", "echo", "--limit", "-1"], "a number of 1 or more is needed"),
        (["--system", "echo", "--out", ROOT / "Makefile" / "answers"], "The answers cannot go to"),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_sentence(prompts, arguments, said):
    done = run("--try", prompts, *arguments)

    assert done.returncode == 2
    assert said in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_each_kind_of_failure_is_told_and_the_others_are_answered(tmp_path):
    lengths = {"0.3": "echo", "0.4": "transient", "0.5": "permanent", "0.6": "silent", "0.7": "nan"}
    (tmp_path / "prompts").mkdir()
    for length in lengths:
        sound = factories.wav(factories.tone(seconds=float(length)))
        (tmp_path / "prompts" / f"{length}.wav").write_bytes(sound)

    found = asked(Scripted(batch_size=3, script=lengths), tmp_path / "prompts", tmp_path / "answers")

    assert {name: facts.get("code") for name, facts in found.items()} == {
        "0.3.wav": None,
        "0.4.wav": "busy",
        "0.5.wav": "never",
        "0.6.wav": "silent",
        "0.7.wav": "not_finite",
    }
    assert (found["0.4.wav"]["kind"], found["0.5.wav"]["kind"]) == ("transient", "permanent")


def test_a_crash_ends_its_batch_and_is_told_with_its_place(tmp_path):
    (tmp_path / "prompts").mkdir()
    for length in ("0.3", "0.4", "0.5"):
        sound = factories.wav(factories.tone(seconds=float(length)))
        (tmp_path / "prompts" / f"{length}.wav").write_bytes(sound)

    found = asked(Scripted(batch_size=2, script={"0.3": "raise"}), tmp_path / "prompts", tmp_path / "answers")

    assert {name: facts.get("code") for name, facts in found.items()} == {
        "0.3.wav": "adapter_crashed",
        "0.4.wav": "adapter_ended",
        "0.5.wav": None,
    }
    assert "a bug in the adapter" in found["0.3.wav"]["detail"]


def test_a_finished_stage_is_found_again_and_half_a_line_is_not(tmp_path):
    path = tmp_path / "one" / "stages.jsonl"
    FileStages(path).put(Stage(name="hear", key="k", text="words", seconds=0.5, tags={"language": "en"}))
    with path.open("a") as file:
        file.write('\n{"name": "repl')

    store = FileStages(path)
    store.put(Stage(name="reply", key="l", text="more", seconds=0.1))

    assert FileStages(path).get("hear", "k") == Stage("hear", "k", "words", 0.5, {"language": "en"})
    assert [stage.name for stage in FileStages(path).all()] == ["hear", "reply"]


def test_a_sound_without_its_record_is_not_an_answer(tmp_path):
    record = Record(tmp_path)
    record.write({"answered": True}, sound=b"sound")
    whole = record.answered
    (tmp_path / "answer.json").write_text('{"answered": tr')

    assert (whole, record.answered) == (True, False)


def test_the_worker_imports_neither_django_nor_a_model_runtime():
    heavy = ("django", "torch", "openai")
    code = f"import sys, inference.worker.__main__; print([one for one in {heavy} if one in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
