"""The cascade: its stages, and what is not done twice."""

import numpy as np
import pytest

from inference.adapters import chat, sphinx
from inference.adapters.base import MemoryStages, PermanentError, Stage
from inference.adapters.offline import Offline
from tests.inference.adapters import sounds

ELIZA = Offline(engine="eliza", voice="en-us+f3")


def ask(adapter, prompt, stages=None, seed=3):
    (outcome,) = adapter.respond([prompt], seed=seed, stages=[stages or MemoryStages()])
    return outcome


class Amnesiac(MemoryStages):
    """Keeps only the stages named, as a database does when a worker dies after them."""

    def __init__(self, kept):
        super().__init__()
        self.kept = kept

    def put(self, stage):
        if stage.name in self.kept:
            super().put(stage)


def test_stages_are_stored_in_order_with_what_came_out():
    stages = MemoryStages()

    reply = ask(ELIZA, sounds.spoken("I need a recipe."), stages)

    recognised, replied, spoken = stages.all()
    assert [recognised.name, replied.name, spoken.name] == ["recognise", "reply", "speak"]
    assert recognised.text != ""
    assert reply.transcript == replied.text == chat.reply("eliza", recognised.text, seed=3)
    assert reply.total_seconds == pytest.approx(sum(one.seconds for one in stages.all()))
    assert len({one.key for one in stages.all()}) == 3


def test_finished_recognition_is_not_repeated():
    prompt, stages = sounds.spoken("Recognise this only once."), Amnesiac({"recognise"})
    first = ask(ELIZA, prompt, stages)
    sphinx.ENGLISH.forget()
    runs = sphinx.ENGLISH.runs

    again = ask(ELIZA, prompt, stages)

    assert sphinx.ENGLISH.runs == runs
    assert np.array_equal(again.clip.samples, first.clip.samples)
    assert again.transcript == first.transcript


def test_finished_reply_is_taken_as_it_was_stored():
    prompt, stages = sounds.spoken("Recognise this only once."), MemoryStages()
    ask(ELIZA, prompt, stages)
    recognised, replied, _ = stages.all()
    kept = MemoryStages()
    kept.put(recognised)
    kept.put(Stage(name="reply", key=replied.key, text="Stored before the crash.", seconds=9.0))

    reply = ask(ELIZA, prompt, kept)

    assert reply.transcript == "Stored before the crash."
    assert reply.total_seconds > 9


def test_several_systems_recognise_a_clip_once():
    prompt = sounds.noise(0.4, seed=99)
    runs = sphinx.ENGLISH.runs
    systems = [ELIZA, Offline(engine="zen"), Offline(engine="suntsu", voice="en-gb+m3")]
    stores = [MemoryStages() for _ in systems]

    for system, stages in zip(systems, stores, strict=True):
        ask(system, prompt, stages)

    assert sphinx.ENGLISH.runs - runs == 1
    assert sphinx.ENGLISH.loads == 1
    seconds = {stages.all()[0].seconds for stages in stores}
    assert len(seconds) == 1
    assert seconds.pop() > 0


def test_model_is_loaded_once_over_fifteen_prompts():
    prompts = [sounds.noise(0.1, seed=seed) for seed in range(15)]

    replies = list(ELIZA.respond(prompts, seed=1, stages=[MemoryStages() for _ in prompts]))

    assert len(replies) == 15
    assert sphinx.ENGLISH.loads == 1


def test_silence_is_answered_by_asking_again():
    stages = MemoryStages()

    reply = ask(ELIZA, sounds.silence(1), stages)

    assert stages.all()[0].text == ""
    assert reply.transcript == chat.ASK_AGAIN
    assert reply.clip.seconds > 1


def test_seed_changes_the_words():
    prompt = sounds.spoken("I need a recipe.")

    said = {ask(ELIZA, prompt, seed=seed).transcript for seed in range(12)}

    assert len(said) > 1


def test_unknown_voice_fails_in_the_speaking_stage_with_the_words_kept():
    stages = MemoryStages()

    outcome = ask(Offline(engine="eliza", voice="en-us+nobody"), sounds.silence(1), stages)

    assert isinstance(outcome, PermanentError)
    assert (outcome.code, outcome.stage) == ("unknown_voice", "speak")
    assert [one.name for one in stages.all()] == ["recognise", "reply"]


def test_cut_reply_is_kept_and_marked(monkeypatch):
    monkeypatch.setattr(chat, "LONGEST_WORDS", 3)

    reply = ask(ELIZA, sounds.silence(1.5))
    long = ask(Offline(engine="suntsu"), sounds.spoken("Good morning, good morning."))

    assert reply.stop_reason == "end"
    assert long.stop_reason == "length"
    assert long.transcript.endswith(chat.CUT)


def test_parameters_name_seed_device_and_library_versions():
    parameters = ask(ELIZA, sounds.silence(1)).parameters

    assert (parameters["seed"], parameters["device"]) == (3, "cpu")
    assert sorted(parameters["libraries"]) == ["espeakng-loader", "nltk", "pocketsphinx"]
