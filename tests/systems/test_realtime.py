"""GPT-4o realtime's successors: the real client and a real worker against a strict server (S28-S34)."""

from urllib.parse import urlsplit

import pytest

from inference.adapters import secrets
from inference.models import Attempt
from inference.services import jobs
from tests import factories
from tests.fakes import realtime_script
from tests.fakes.realtime_server import RealtimeServer
from tests.systems import prompts

pytest.importorskip(
    "espeakng_loader", reason="the extra `offline`, which speaks the prompts, is not installed"
)

FAULTY = ("length", "filter", "text", "error refused", "close once", "busy once")


@pytest.fixture
def server():
    with RealtimeServer() as running:
        failed = set()

        def mode_of(heard):
            name = prompts.named_by_length(FAULTY, len(heard) // 2)
            if name.endswith(" once"):
                first = name not in failed
                failed.add(name)
                return name.removesuffix(" once") if first else "whole"
            return name or "early transcript"

        running.mode_of = mode_of
        yield running


@pytest.fixture
def files():
    return prompts.spoken() | prompts.edges() | prompts.faulty(*FAULTY)


def test_every_prompt_ends_as_it_should(rig, wait_until, server, files):
    config = server.config(secret="loopback") | {"input_transcription": "gpt-transcribe"}
    system = factories.system("gpt-realtime", adapter="realtime", config=config)
    jobs.request(systems=[system], prompts=prompts.stored(files))

    rig.start_worker(
        OUTBOUND_ALLOW_OWN=urlsplit(server.url).netloc, **{secrets.variable("loopback"): server.key}
    )
    wait_until("every job has ended", lambda: not prompts.open_jobs().exists(), seconds=180)

    ended = prompts.codes(system)
    assert ended == {slug: ["done"] for slug in files} | {
        prompts.TOO_SHORT: ["permanent too_short"],
        "text": ["permanent no_audio"],
        "error refused": ["permanent request_refused"],
        "close once": ["transient connection_failed", "done"],
        "busy once": ["transient rate_limited", "done"],
    }
    answers = prompts.answers(system)
    assert answers.keys() == {slug for slug, tries in ended.items() if tries[-1] == "done"}
    for slug, answer in answers.items():
        said = realtime_script.words(prompts.heard(files[slug]).to_int16().tobytes())
        assert answer.own_transcript == said, slug
        assert (answer.raw.sample_rate, answer.raw.channels, answer.raw.duration_ms) == (24_000, 1, 800)
        assert answer.playback.bytes
        assert 0 < answer.first_audio_ms <= answer.total_ms
        assert answer.parameters["revision"] == "gpt-realtime-2-2026-11-01"
        assert answer.stop_reason == {"length": "length", "filter": "filter"}.get(slug, "end")
    stages = prompts.kept(system)
    assert stages.keys() == {*prompts.spoken(), *prompts.edges(), "text", "error refused"} - {
        prompts.TOO_SHORT
    }
    assert stages["text"] == "I cannot speak of that."
    assert stages["edge-65-s"].startswith("user said ")
    assert server.key not in rig.log()
    assert server.key not in str(list(Attempt.objects.values()))
