"""Chat with audio, whole and streamed: the real client and a real worker against servers (S26-S27)."""

from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from inference.adapters import secrets
from inference.models import Attempt
from inference.services import jobs
from tests import factories
from tests.fakes import audio_chat_server
from tests.fakes.audio_chat_server import AudioChatServer
from tests.inference.adapters.audio_chat.conftest import DIALECTS
from tests.systems import prompts

pytest.importorskip(
    "espeakng_loader", reason="the extra `offline`, which speaks the prompts, is not installed"
)

FAULTY = ("length", "content_filter", "no_audio", "refusal", "silence", "close once", "500 once")


def mode_of(rate):
    """Choose by the length of the prompt, which comes as a WAV file of this rate."""
    failed = set()

    def mode(heard):
        name = prompts.named_by_length(FAULTY, round((len(heard) - 44) / 2 * 24_000 / rate))
        if name.endswith(" once"):
            first = name not in failed
            failed.add(name)
            return name.removesuffix(" once") if first else "ok"
        return name or "ok"

    return mode


@pytest.fixture
def systems():
    """A system that answers whole and one that streams, with their servers and the rates of their prompts."""
    with ExitStack() as running:
        made = []
        for name in ("openai", "alibaba"):
            fields = DIALECTS[name]
            server = running.enter_context(AudioChatServer(dialect=fields["dialect"]))
            rate = fields.get("prompt_rate", 24_000)
            server.mode_of = mode_of(rate)
            more = {field: value for field, value in fields.items() if field != "dialect"}
            config = server.config(secret="loopback") | more
            made.append((factories.system(name, adapter="audio_chat", config=config), server, rate))
        yield made


def test_every_prompt_ends_as_it_should(rig, wait_until, systems):
    files = prompts.spoken() | prompts.edges() | prompts.faulty(*FAULTY)
    jobs.request(systems=[system for system, _, _ in systems], prompts=prompts.stored(files))

    servers = ",".join(urlsplit(server.base_url).netloc for _, server, _ in systems)
    rig.start_worker(OUTBOUND_ALLOW_OWN=servers, **{secrets.variable("loopback"): audio_chat_server.KEY})
    wait_until("every job has ended", lambda: not prompts.open_jobs().exists(), seconds=180)

    for system, server, rate in systems:
        ended = prompts.codes(system)
        assert ended == {slug: ["done"] for slug in files} | {
            prompts.TOO_SHORT: ["permanent too_short"],
            "no_audio": ["permanent no_audio"],
            "refusal": ["permanent refused"],
            "silence": ["permanent no_audio"],
            "close once": ["transient connection_failed", "done"],
            "500 once": ["transient http_500", "done"],
        }
        assert server.count("chat") == sum(map(len, ended.values())) - len([prompts.TOO_SHORT])
        check_answers(system, files, rate=rate)
        assert prompts.kept(system) == {
            "no_audio": "I would rather write.",
            "refusal": "I cannot help with that.",
            "silence": said(files["silence"], rate=rate),
        }
    assert audio_chat_server.KEY not in rig.log()
    assert audio_chat_server.KEY not in str(list(Attempt.objects.values()))


def said(data, *, rate):
    return audio_chat_server.words(prompts.heard(data, rate=rate).wav())


def check_answers(system, files, *, rate):
    answers = prompts.answers(system)
    assert answers.keys() == {slug for slug, tries in prompts.codes(system).items() if tries[-1] == "done"}
    for slug, answer in answers.items():
        assert answer.own_transcript == said(files[slug], rate=rate), slug
        assert (answer.raw.sample_rate, answer.raw.channels, answer.raw.duration_ms) == (24_000, 1, 800)
        assert answer.playback.bytes
        assert answer.parameters["revision"] == "gpt-audio-1.5-dated"
        assert answer.stop_reason == {"length": "length", "content_filter": "filter"}.get(slug, "end")
