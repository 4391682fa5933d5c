"""What every adapter owes its callers, tried on each one that is registered."""

import numpy as np
import pytest

from inference.adapters import registry, secrets, sphinx
from inference.adapters.base import AdapterError, MemoryStages, Reply
from tests.fakes.audio_chat_server import AudioChatServer
from tests.fakes.openai_server import OpenAIServer
from tests.fakes.realtime_server import RealtimeServer
from tests.inference.adapters import sounds

# A breathy voice, whose noise would differ from call to call if its seed were left to the clock.
CONFIGS = {"echo": {}, "offline": {"engine": "eliza", "voice": "en-us+f3"}}
# Adapters of hosted systems, each with the server on loopback that it is tried with.
SERVERS = {"audio_chat": AudioChatServer, "realtime": RealtimeServer, "pipeline": OpenAIServer}
# Tried on the same in their own folders, where their models are made.
TINY = {"omni"}
# The same, with stand-ins for the projects that they call.
RESEARCH = {"glm4_voice", "kimi_audio", "llama_omni", "mini_omni", "speechgpt"}
# Answers nothing; see test_uploaded.py.
SILENT = {"uploaded"}


@pytest.fixture(params=sorted({*CONFIGS, *SERVERS}))
def adapter(request):
    if request.param in CONFIGS:
        yield registry.load(request.param, CONFIGS[request.param])
        return
    with SERVERS[request.param]() as server:
        secrets.lend({"loopback": server.key})
        yield registry.load(request.param, server.config(secret="loopback"))
    secrets.lend({})


def prompts():
    return [
        sounds.spoken("Good morning."),
        sounds.spoken("Tell me a story."),
        sounds.spoken("My mother sings."),
    ]


def ask(adapter, clips, *, seed=7):
    # What was recognised before is forgotten, so that the work is done and not looked up.
    sphinx.ENGLISH.forget()
    return list(adapter.respond(clips, seed=seed, stages=[MemoryStages() for _ in clips]))


def same(one, other):
    return (
        isinstance(one, Reply)
        and isinstance(other, Reply)
        and np.array_equal(one.clip.samples, other.clip.samples)
        and one.clip.rate == other.clip.rate
        and one.transcript == other.transcript
    )


def test_every_registered_adapter_is_tried_here():
    assert sorted({*CONFIGS, *SERVERS, *SILENT, *TINY, *RESEARCH}) == sorted(registry.ADAPTERS)


def test_adapter_names_a_queue_that_exists(adapter):
    assert adapter.queue in {"api", "gpu"}


def test_same_seed_gives_the_same_samples(adapter):
    clips = prompts()[1:2]

    (first,), (second,) = ask(adapter, clips), ask(adapter, clips)

    assert same(first, second)


def test_batch_gives_what_single_calls_give_in_any_order(adapter):
    clips = prompts()

    together = ask(adapter, clips)
    backwards = ask(adapter, clips[::-1])[::-1]
    alone = [ask(adapter, [one])[0] for one in clips]

    assert all(map(same, together, backwards))
    assert all(map(same, together, alone))


def test_poisoned_prompt_in_the_middle_fails_alone(adapter):
    good, other = prompts()[:2]

    outcomes = ask(adapter, [good, sounds.poisoned(), other])

    assert [type(one).__name__ for one in outcomes] == ["Reply", "PermanentError", "Reply"]
    assert outcomes[1].code == "prompt_not_finite"
    assert same(outcomes[0], ask(adapter, [good])[0])
    assert same(outcomes[2], ask(adapter, [other])[0])


def test_empty_prompt_is_refused(adapter):
    (outcome,) = ask(adapter, [sounds.clip([])])

    assert isinstance(outcome, AdapterError)
    assert (outcome.code, outcome.transient) == ("prompt_empty", False)


def test_outcomes_come_as_soon_as_each_is_known(adapter):
    first, second = prompts()[:2]
    stores = [MemoryStages(), MemoryStages()]

    outcomes = adapter.respond([first, second], seed=7, stages=stores)
    next(outcomes)

    assert stores[1].all() == []


def test_a_store_for_every_prompt_is_needed(adapter):
    with pytest.raises(ValueError, match="zip"):
        list(adapter.respond(prompts(), seed=7, stages=[MemoryStages()]))


@pytest.mark.parametrize(
    "sound", [sounds.sine(), sounds.silence(1), sounds.silence(0.05), sounds.noise(0.05)]
)
def test_sound_without_words_is_answered(adapter, sound):
    (outcome,) = ask(adapter, [sound])

    assert isinstance(outcome, Reply)
    assert outcome.clip.samples.dtype == np.float32
    assert outcome.clip.samples.size > 0
    assert np.abs(outcome.clip.samples).max() <= 1


def test_reply_says_why_it_stopped_and_how_long_it_took(adapter):
    (outcome,) = ask(adapter, prompts()[:1])

    assert outcome.stop_reason == "end"
    assert outcome.total_seconds >= 0


@pytest.mark.parametrize("seconds", [29.9, 30.1, 65])
def test_long_prompt_is_heard_whole_or_refused(adapter, seconds):
    longest = adapter.longest_prompt_seconds
    (outcome,) = ask(adapter, [sounds.silence(seconds)])

    if longest is None or seconds <= longest:
        assert isinstance(outcome, Reply)
    else:
        assert outcome.code == "prompt_too_long"
        assert not outcome.transient
        assert "65.0 s" in outcome.message
