"""What `make accept` asks of a system (S71, S72)."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import accept
from tests import factories

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("said", "heard", "rate"),
    [
        ("She sells sea shells.", "she sells sea-shells", 0),
        ("She sells sea shells.", "She sells sea", 1 / 4),
        ("She sells", "She never sells", 1 / 2),
        ("四是四，十是十。", "四是四十是十", 0),
        ("四是四", "十是四", 1 / 3),
        ("It's", "its", 0),
        ("", "noise", 1),
        ("words", "", 1),
    ],
)
def test_words_are_compared_without_their_marks_and_chinese_by_character(said, heard, rate):
    assert accept.error_rate(said, heard) == pytest.approx(rate)


def test_a_system_that_answers_all_alike_twice_is_accepted(tmp_path):
    pytest.importorskip("espeakng_loader", reason="the extra `offline` is not installed")

    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.accept", "echo", "--out", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "| accepted | 15 of 15 | ok |" in done.stdout
    assert "| rate and channels | 22050 Hz × 1 | ok |" in done.stdout
    assert "| same samples with one seed | 15 of 15 | ok |" in done.stdout
    assert "skipped: no tongue twister was answered with words of its own" in done.stdout
    assert len(list((tmp_path / "prompts").rglob("*tongue-twister*/*.wav"))) == 4


def test_a_system_that_fails_or_differs_is_not():
    facts = {"a": {"answered": False, "code": "silent", "message": "It is silent."}}
    runs = [accept.Run(ROOT, facts, 1.0)] * 2
    findings = accept.Findings()

    accept.look(findings, accept.catalogue.read("echo"), runs)

    assert findings.failures == ["accepted", "rate and channels"]
    assert "| a | silent: It is silent. |  |" in findings.lines


def test_own_words_are_held_against_what_weights_on_this_machine_hear(tmp_path):
    tiny = pytest.importorskip("tests.fakes.tiny_pipeline", reason="torch is not installed")
    pytest.importorskip("transformers", reason="the extra `local` or torch is not installed")
    name, other = "tongue-twister/a.wav", "poetry/a.wav"
    for one in (name, other):
        (tmp_path / one).mkdir(parents=True)
        (tmp_path / one / "answer.flac").write_bytes(factories.flac())
    facts = {one: {"answered": True, "transcript": "She sells sea shells."} for one in (name, other)}
    findings, nobody = accept.Findings(), accept.Findings()

    accept.compare(findings, accept.Run(tmp_path, facts, 1.0), recogniser=str(tiny.whisper(tmp_path / "w")))
    accept.compare(nobody, accept.Run(tmp_path, facts, 1.0), recogniser=str(tmp_path / "nowhere"))

    # Random weights hear nothing that was said.
    assert findings.failures == ["own words heard again"], findings.lines
    assert other not in findings.lines[0]
    assert nobody.failures == []
    assert "skipped" in nobody.lines[0]
