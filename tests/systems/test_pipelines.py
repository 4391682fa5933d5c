"""Cascade and both FunAudioLLM as the catalogue has them, in a real worker (S20-S25, S44, S55-S60)."""

import itertools
from urllib.parse import urlsplit

import pytest

from inference import catalogue
from inference.adapters import secrets
from inference.models import Attempt, Stage
from inference.services import jobs
from tests import factories
from tests.fakes.openai_server import KEY, OpenAIServer
from tests.systems import prompts

pytest.importorskip(
    "espeakng_loader", reason="the extra `offline`, which speaks the prompts, is not installed"
)

TAGGED = "<|en|><|ANGRY|><|Speech|><|woitn|>So noisy here"
# What the text model writes, and of it what is spoken.
WRITES = {
    "cascade": ("Try headphones.", "Try headphones."),
    "funaudiollm-gpt4o": ("<calmly>Try headphones.", "Try headphones."),
    "funaudiollm-qwen72b-open": ("生成风格: sad;播报内容: Try headphones.", "Try headphones."),
}


def served(slug, server):
    """The catalogue's configuration with all stages at the loopback server, a local recogniser too."""
    config = dict(catalogue.read(slug).config)
    for name in ("recognise", "reply", "speak"):
        stage = config[name]
        if stage["kind"] == "local":
            stage = {"kind": "hosted", "model": stage["model"]}
        config[name] = {**stage, "base_url": server.base_url, "secret": "loopback"}
    return config


def system_of(slug, config):
    return factories.system(slug, adapter="pipeline", config=config)


@pytest.mark.parametrize("slug", WRITES)
def test_every_prompt_ends_as_it_should(slug, rig, wait_until):
    writes, spoken = WRITES[slug]
    files = prompts.spoken() | prompts.edges()
    with OpenAIServer() as server:
        server.hears = lambda _: TAGGED if slug != "cascade" else "So noisy here"
        server.says = lambda _: writes
        config = served(slug, server)
        system, stored = system_of(slug, config), prompts.stored(files)
        # The first call of all meets a server that is busy, and nothing is lost by it.
        server.next("chat", "500")
        jobs.request(systems=[system], prompts=stored)

        rig.start_worker(
            OUTBOUND_ALLOW_OWN=urlsplit(server.base_url).netloc, **{secrets.variable("loopback"): KEY}
        )
        wait_until("every job has ended", lambda: not prompts.open_jobs().exists(), seconds=180)

        tries = prompts.codes(system)
        twice = [name for name, ends in tries.items() if len(ends) == 2]
        assert [tries.pop(name) for name in twice] == [["transient http_500", "done"]]
        assert tries.pop(prompts.TOO_SHORT) == ["permanent too_short"]
        assert set(map(tuple, tries.values())) == {("done",)}
        # Nothing that was finished is asked again: one chat more than answers, for the one that failed.
        answers = prompts.answers(system)
        assert answers.keys() == files.keys() - {prompts.TOO_SHORT}
        assert server.count("chat") == len(answers) + 1
    assert {one.own_transcript for one in answers.values()} == {spoken}
    assert {one.stop_reason for one in answers.values()} == {"end"}
    names = Stage.objects.filter(job__system=system).values_list("name", flat=True)
    assert {name: list(names).count(name) for name in set(names)} == dict.fromkeys(
        ("recognise", "reply", "speak"), len(answers)
    )
    heard = Stage.objects.filter(job__system=system, name="recognise").first()
    if slug != "cascade":
        assert (heard.text, heard.tags["emotion"]) == ("So noisy here", "ANGRY")
    assert KEY not in rig.log()
    assert KEY not in str(list(Attempt.objects.values()))


def test_a_cascade_with_models_of_its_own_answers_all_too(rig, wait_until, tmp_path):
    tiny = pytest.importorskip("tests.fakes.tiny_pipeline", reason="tests/fakes is not whole")
    pytest.importorskip("transformers", reason="the extra `local` or torch is not installed")
    # Three of the fifteen: the catalogue's systems above are asked for all, and models take their time.
    files = dict(itertools.islice(prompts.spoken().items(), 3)) | prompts.edges()
    with OpenAIServer() as server:
        here = tiny.pipeline(tmp_path)
        hosted = {"kind": "hosted", "base_url": server.base_url, "model": "m", "secret": "loopback"}
        system = system_of("tiny", {"batch_size": 8, **here, "reply": hosted})
        jobs.request(systems=[system], prompts=prompts.stored(files))

        rig.start_worker(
            OMP_NUM_THREADS="1",
            OUTBOUND_ALLOW_OWN=urlsplit(server.base_url).netloc,
            **{secrets.variable("loopback"): KEY},
        )
        wait_until("every job has ended", lambda: not prompts.open_jobs().exists(), seconds=240)

    ended = prompts.codes(system)
    assert ended.pop(prompts.TOO_SHORT) == ["permanent too_short"]
    assert set(map(tuple, ended.values())) == {("done",)}
    answers = prompts.answers(system)
    assert answers.keys() == files.keys() - {prompts.TOO_SHORT}
    heard = dict(
        Stage.objects.filter(job__system=system, name="recognise").values_list("job__prompt__slug", "text")
    )
    # Longer than a Whisper hears at once: nothing of it is cut.
    assert len(heard["edge-65-s"]) > len(heard["edge-stereo"])
    assert {one.own_transcript for one in answers.values()} == {
        f"You said: {text}." for text in heard.values()
    }
