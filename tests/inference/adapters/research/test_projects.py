"""Each project's adapter on a stand-in for its published code: one prompt after another, good and bad."""

import importlib
from pathlib import Path

import numpy as np
import pytest

from inference.adapters import registry
from inference.adapters.base import MemoryStages, PermanentError, Reply
from inference.adapters.research import upstream
from inference.audio.clip import Clip
from tests.fakes.research import checkouts
from tests.fakes.research.checkouts import BROKEN, CUT, PLAIN, SILENT

PROJECTS = sorted(checkouts.MODULES)
every = pytest.mark.parametrize("checkout", PROJECTS, indirect=True)
RATES = {
    "mini_omni": 24_000,
    "llama_omni": 16_000,
    "speechgpt": 16_000,
    "glm4_voice": 22_050,
    "kimi_audio": 24_000,
}
LONGEST = {"mini_omni": 30, "llama_omni": 30, "speechgpt": None, "glm4_voice": 487.36, "kimi_audio": 90}


def prompt(seconds, *, rate=44_100):
    """So much sound, at a rate that no model wants."""
    samples = np.random.default_rng(1).uniform(-1, 1, round(seconds * rate))
    return Clip(samples=samples.astype(np.float32), rate=rate)


def ask(adapter, /, *prompts, stages=None, seed=7, **config):
    adapter = registry.load(adapter, {"device": "cpu", **config})
    stages = stages or [MemoryStages() for _ in prompts]
    return list(adapter.respond(prompts, seed=seed, stages=stages))


def same(one, other):
    return np.array_equal(one.clip.samples, other.clip.samples)


@every
def test_a_prompt_is_answered_with_all_that_is_to_be_known(checkout):
    (reply,) = ask(checkout, prompt(PLAIN))

    assert isinstance(reply, Reply), reply
    assert reply.clip.rate == RATES[checkout]
    assert reply.clip.seconds > 0.1
    assert reply.transcript
    assert reply.transcript == reply.transcript.strip()
    assert reply.stop_reason == "end"
    assert reply.total_seconds > 0
    assert reply.parameters["revision"] == checkouts.COMMIT
    assert reply.parameters["seed"] == 7
    assert reply.parameters["device"] == "cpu (cpu)"
    assert "torch" in reply.parameters["libraries"]
    assert {"device", "checkout", "batch_size"}.isdisjoint(reply.parameters["generation"])


@every
def test_same_seed_gives_same_samples_and_another_gives_others(checkout):
    first, _, again = ask(checkout, prompt(PLAIN), prompt(0.75), prompt(PLAIN))
    (other,) = ask(checkout, prompt(PLAIN), seed=8)

    assert same(first, again)
    assert not same(first, other)


@every
def test_weights_load_once_for_many_prompts(checkout):
    before = upstream.loads.total()

    for _ in range(3):
        ask(checkout, prompt(PLAIN), prompt(0.75))

    assert upstream.loads.total() - before == 1
    assert len(importlib.import_module(f"tests.fakes.research.{checkout}").loads) == 1


@every
def test_words_without_sound_are_kept_and_nothing_stands_in_for_the_sound(checkout):
    good, stage = MemoryStages(), MemoryStages()

    answered, silent = ask(checkout, prompt(PLAIN), prompt(SILENT), stages=[good, stage])

    assert isinstance(answered, Reply)
    assert (silent.code, silent.transient, silent.stage) == ("no_audio", False, "speak")
    (kept,) = stage.all()
    assert kept.text
    assert kept.tags["codes"] == []


@every
def test_a_limit_that_cuts_is_said(checkout):
    (reply,) = ask(checkout, prompt(CUT))

    assert reply.stop_reason == "length"
    assert reply.clip.seconds > 0.1


@every
def test_a_decoder_that_raises_fails_its_prompt_alone_and_names_its_step(checkout):
    first, broken, last = ask(checkout, prompt(PLAIN), prompt(BROKEN), prompt(PLAIN))

    assert (broken.code, broken.transient, broken.stage) == ("upstream_failed", False, "speak")
    assert "Error" in broken.message
    assert same(first, last)


@every
def test_a_restart_does_not_ask_again_what_was_answered(checkout, monkeypatch):
    stages = [MemoryStages()]
    (first,) = ask(checkout, prompt(PLAIN), stages=stages)
    kind = registry.resolve(checkout)
    monkeypatch.setattr(kind, "ask", lambda *_, **__: pytest.fail("it was asked again"))

    (again,) = ask(checkout, prompt(PLAIN), stages=stages)

    assert same(first, again)
    assert again.transcript == first.transcript
    assert again.total_seconds >= stages[0].all()[0].seconds


@every
def test_a_longer_prompt_than_it_hears_is_refused_and_not_cut(checkout):
    longest = registry.load(checkout, {}).longest_prompt_seconds

    assert longest == LONGEST[checkout]
    if longest is not None:
        (outcome,) = ask(checkout, prompt(longest + 0.1, rate=8_000))
        assert outcome.code == "prompt_too_long"
        assert upstream._held == {}


@pytest.mark.parametrize("checkout", ["speechgpt"], indirect=True)
def test_speechgpt_refuses_what_its_context_does_not_hold(checkout):
    fits, does_not = ask(checkout, prompt(40.5, rate=8_000), prompt(41, rate=8_000))

    assert isinstance(fits, Reply)
    assert (does_not.code, does_not.stage) == ("prompt_too_long", "hear")


@pytest.mark.parametrize("checkout", ["speechgpt"], indirect=True)
def test_speechgpt_keeps_what_it_heard_beside_what_it_answered(checkout):
    stages = [MemoryStages()]

    (reply,) = ask(checkout, prompt(PLAIN), stages=stages)

    (kept,) = stages[0].all()
    assert (kept.tags["question"], kept.text, reply.transcript) == ("What is it?", "It is 25.", "It is 25.")
    assert len(kept.tags["codes"]) == 13
    assert len(reply.parameters["generation"]["prompt_text_sha256"]) == 64


@pytest.mark.parametrize("checkout", ["mini_omni"], indirect=True)
def test_mini_omni_takes_words_from_the_second_row_where_told(checkout):
    (one,) = ask(checkout, prompt(PLAIN), mode="audio")
    (two,) = ask(checkout, prompt(PLAIN), mode="batch")

    assert (one.transcript, two.transcript) == ("w1 w2 w3", "w2 w2 w3")


@pytest.mark.parametrize("checkout", ["mini_omni"], indirect=True)
def test_mini_omni_and_its_successor_are_told_apart(checkout):
    (outcome,) = ask(checkout, prompt(PLAIN), project="mini-omni2")

    assert (outcome.code, outcome.stage) == ("wrong_checkout", "load")


@every
def test_without_a_checkout_one_is_told_what_to_set(checkout, monkeypatch):
    monkeypatch.delenv(upstream.VARIABLE)

    (unset,) = ask(checkout, prompt(PLAIN))
    (absent,) = ask(checkout, prompt(PLAIN), checkout="no/such/folder")

    assert (unset.code, absent.code) == ("checkout_missing", "checkout_missing")
    assert "ARENA_CHECKOUT" in unset.message


@pytest.mark.parametrize("checkout", ["llama_omni"], indirect=True)
def test_missing_weights_and_packages_are_told_apart(checkout, tmp_path):
    (weights,) = ask(checkout, prompt(PLAIN), vocoder="vocoder/none")
    (tmp_path / "llama_omni" / "omni_speech" / "model" / "builder.py").write_text("import no_such_package")
    (package,) = ask(checkout, prompt(PLAIN))

    assert (weights.code, weights.stage) == ("weights_missing", "load")
    assert (package.code, package.stage) == ("not_installed", "load")
    assert Path.cwd() != tmp_path / "llama_omni"


@pytest.mark.parametrize("checkout", ["mini_omni"], indirect=True)
def test_a_process_holds_one_project(checkout, tmp_path):
    ask(checkout, prompt(PLAIN))
    other = checkouts.make("mini_omni", tmp_path / "other")

    (outcome,) = ask(checkout, prompt(PLAIN), checkout=str(other), mode="batch", checkpoint="other")

    assert outcome.code == "another_project"


@pytest.mark.parametrize("message", ["CUDA error: device-side assert triggered", "CUDA out of memory. Tried"])
def test_what_spoils_the_process_passes_as_a_crash(message):
    with pytest.raises(RuntimeError, match="CUDA"), upstream.step("reply"):
        raise RuntimeError(message)


def test_any_other_error_is_the_steps_own():
    with pytest.raises(PermanentError) as told, upstream.step("reply"):
        raise AssertionError("shapes differ")

    assert (told.value.code, told.value.stage) == ("upstream_failed", "reply")


@pytest.mark.parametrize(
    ("files", "commit"),
    [
        ({".git/HEAD": "a" * 40}, "a" * 40),
        ({".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": "b" * 40 + "\n"}, "b" * 40),
        (
            {
                ".git/HEAD": "ref: refs/heads/main",
                ".git/packed-refs": f"# pack\n{'c' * 40} refs/heads/main\n",
            },
            "c" * 40,
        ),
        ({".git": "gitdir: elsewhere\n", "elsewhere/HEAD": "d" * 40}, "d" * 40),
        ({".git/HEAD": "ref: refs/heads/main"}, ""),
        ({}, ""),
    ],
)
def test_the_commit_is_read_without_git(tmp_path, files, commit):
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    assert upstream.commit(tmp_path) == commit
