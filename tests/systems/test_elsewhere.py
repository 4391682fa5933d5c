"""Systems that the site does not call: prompts out, the pull worker or recordings, answers in (S16, S41-S54).

A research project's own code is stood in for by tests/fakes/research; what was seen with the real one is in
docs/adapters.md.
"""

import io
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from inference.models import Job, Response, Stage, System
from inference.services import systems
from tests import factories
from tests.fakes.research import checkouts
from tests.systems import prompts

pytest.importorskip(
    "espeakng_loader", reason="the extra `offline`, which speaks the prompts, is not installed"
)

ROOT = Path(__file__).resolve().parents[2]
# Each system of a research project, with the stand-in for its code and how the edge clips end: the stand-ins
# answer a second of sound in words alone, and 65 s by what each can hold.
SECOND = ("edge-stereo", "edge-full-scale", "edge-mp3-as-wav")
WORDS_ALONE = dict.fromkeys((*SECOND, "edge-silence"), "no_audio")
PULLED = {
    "glm-4-voice": ("glm4_voice", WORDS_ALONE | {"edge-65-s": "no_audio"}),
    "kimi-audio": ("kimi_audio", WORDS_ALONE),
    "llama-omni": ("llama_omni", dict.fromkeys(SECOND, "no_audio") | {"edge-65-s": "prompt_too_long"}),
    "mini-omni": ("mini_omni", WORDS_ALONE | {"edge-65-s": "prompt_too_long"}),
    "mini-omni2": ("mini_omni", WORDS_ALONE | {"edge-65-s": "prompt_too_long"}),
    "speechgpt": ("speechgpt", WORDS_ALONE | {"edge-65-s": "prompt_too_long"}),
}
UPLOADED = ("doubao-realtime", "funaudiollm-qwen72b", "gpt-4o-realtime")


def command(name, *arguments):
    """What a command says, whether it refuses something or not."""
    out = io.StringIO()
    try:
        call_command(name, *map(str, arguments), stdout=out)
    except CommandError as error:
        return f"{out.getvalue()}{error}"
    return out.getvalue()


@pytest.mark.parametrize("slug", PULLED)
def test_every_prompt_ends_as_it_should(slug, db, tmp_path):
    pytest.importorskip("torch", reason="torch is not installed; run scripts/torch")
    project, of_edges = PULLED[slug]
    systems.add(slug)
    files = prompts.spoken() | prompts.edges()
    prompts.stored(files)
    command("export_prompts", tmp_path / "prompts")

    checkout = checkouts.make(project, tmp_path / "checkout")
    if slug == "mini-omni2":
        # By this name its code is told from that of the first.
        with (checkout / "inference.py").open("a") as code:
            code.write("_image = None\n")
    worker = [sys.executable, "-m", "inference.worker", "--system", slug, "--try", tmp_path / "prompts"]
    environment = {**os.environ, "ARENA_CHECKOUT": str(checkout), "OMP_NUM_THREADS": "1"}
    subprocess.run(worker, cwd=ROOT, env=environment, capture_output=True, check=False, timeout=240)
    said = command("import_answers", slug, tmp_path / "prompts" / f"answers-{slug}")

    refused = {prompts.TOO_SHORT: "too_short", **of_edges}
    told = {
        line.split(": ")[0].strip().split("/", 1)[1].rpartition(".")[0]: line
        for line in said.splitlines()
        if "(not_answered)" in line
    }
    assert told.keys() == refused.keys(), said
    assert [name for name, code in refused.items() if f"({code})" not in told[name]] == []
    system = System.objects.get(slug=slug)
    answers = prompts.answers(system)
    assert answers.keys() == files.keys() - refused.keys()
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}
    for answer in answers.values():
        assert answer.own_transcript
        assert answer.stop_reason in {"end", "length"}
        assert answer.total_ms is not None
        assert answer.parameters["revision"] == checkouts.COMMIT
        assert answer.parameters["imported"]["shape"] == "worker"
        assert answer.playback.bytes
    assert Stage.objects.filter(job__in=[one.job_id for one in answers.values()]).exists()


@pytest.mark.parametrize("slug", UPLOADED)
def test_recordings_of_what_cannot_be_called_come_in_by_their_keys(slug, db, tmp_path):
    systems.add(slug)
    files = prompts.spoken()
    lengths = {}
    lines = []
    for number, prompt in enumerate(prompts.stored(files)):
        # As long as no other: whose answer it is can be told.
        lengths[prompt.slug] = 300 + 10 * number
        sound = factories.tone(seconds=lengths[prompt.slug] / 1000)
        name = f"{len(files) - number}.wav"
        (tmp_path / name).write_bytes(factories.wav(sound))
        lines.append({"prompt": prompt.content_sha256, "file": name, "notes": "recorded at the time"})
    random.Random(5).shuffle(lines)
    (tmp_path / "answers.jsonl").write_text("\n".join(map(json.dumps, lines)))

    said = command("import_answers", slug, tmp_path)

    assert f"{slug}: 15 taken, 0 here already, 0 refused" in said
    answers = prompts.answers(System.objects.get(slug=slug))
    assert {name: one.raw.duration_ms for name, one in answers.items()} == lengths
    assert {one.parameters["imported"]["notes"] for one in answers.values()} == {"recorded at the time"}
    # Its name says which model answered, and what is not known is not made up (S16).
    system = System.objects.get(slug=slug)
    assert (system.delivery, system.label, system.state) == ("uploaded", "", "live")
    assert set(Response.objects.values_list("total_ms", "seed")) == {(None, None)}
