"""Prompts go out, answers come in: by keys, once, and with every problem told (S1, S2, S16, S42, S43)."""

import io
import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from inference.adapters.base import Stage
from inference.models import Attempt, Job, Prompt, Response
from inference.models import Stage as StageRow
from inference.services import jobs
from inference.worker.clips import find
from inference.worker.records import Record, settings_hash
from inference.worker.trying import attempt
from tests import factories
from tests.fakes.adapters import Scripted

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]


def said(command, *arguments, fails=False):
    """What a command says, and that it ends as it should."""
    out, arguments = io.StringIO(), list(map(str, arguments))
    if fails:
        with pytest.raises(CommandError) as refused:
            call_command(command, *arguments, stdout=out)
        return f"{out.getvalue()}{refused.value}"
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def system():
    return factories.system("elsewhere", delivery="pulled")


def prompts_of(*slugs, within=None, **fields):
    within = within or factories.prompt_set("given")
    return [factories.prompt(within, slug=slug, **fields) for slug in slugs]


def listed(folder, rows):
    """A list of answers, each with a file of its own unless it names one."""
    folder.mkdir(exist_ok=True)
    lines = []
    for number, (prompt, fields) in enumerate(rows):
        (folder / f"{number}.wav").write_bytes(factories.wav())
        lines.append(json.dumps({"prompt": str(prompt), "file": f"{number}.wav"} | fields))
    (folder / "answers.jsonl").write_text("\n".join(lines))
    return folder


def test_what_goes_out_is_answered_elsewhere_and_comes_in_again(tmp_path, system):
    slugs = [f"{folder}/x2-{number}" for folder in ("happy", "sad") for number in (1, 2, 10)]
    random.Random(3).shuffle(slugs)
    for number, prompt in enumerate(prompts_of(*slugs)):
        tone = factories.tone(seconds=0.5 + number / 10)
        raw = factories.raw_audio(factories.wav(tone))
        Prompt.objects.filter(pk=prompt.pk).update(raw=raw, content_sha256=raw.sha256)
    said("export_prompts", tmp_path / "prompts", "--set", "given")
    worker = [sys.executable, "-m", "inference.worker", "--adapter", "echo", "--seed", "9"]
    subprocess.run(
        [*worker, "--try", tmp_path / "prompts", "--out", tmp_path / "out"], cwd=ROOT, check=True, timeout=120
    )

    out = said("import_answers", "elsewhere", tmp_path / "out", "--set", "given")

    assert "6 taken, 0 here already, 0 refused; 0 prompts are without an answer." in out
    for response in Response.objects.select_related("prompt__raw", "raw"):
        # An echo: whose answer it is can be heard.
        assert response.raw.duration_ms == response.prompt.raw.duration_ms
        assert response.seed == 9
        assert response.parameters["imported"] == {
            "shape": "worker",
            "place": f"given-v1/{response.prompt.slug}.wav",
        }
    assert Response.objects.count() == 6
    assert Counter(Job.objects.values_list("state", flat=True)) == {"done": 6}
    assert set(Attempt.objects.values_list("worker", "outcome")) == {("import", "done")}


def test_prompts_go_out_with_their_keys_and_without_their_words(tmp_path):
    (prompt,) = prompts_of("door/fearful", transcript="Who is there?", delivery_label="fearful")
    prompts_of("secret", within=prompt.prompt_set, split="hidden")
    prompts_of("gone", within=prompt.prompt_set, state="withdrawn", withdrawn_reason="a name is said")

    first = said("export_prompts", tmp_path)
    second = said("export_prompts", tmp_path)

    (line,) = (tmp_path / "prompts.jsonl").read_text().splitlines()
    assert json.loads(line) == {
        "id": str(prompt.public_id),
        "file": "given-v1/door/fearful.wav",
        "sha256": prompt.content_sha256,
        "language": "en",
        "task": "poetry",
        "level": 1,
    }
    assert "1 prompts are written" in first
    assert "1 of the hidden split are kept back" in first
    assert "0 prompts are written" in second
    assert [path.name for path in tmp_path.rglob("*.wav")] == ["fearful.wav"]
    said("export_prompts", tmp_path, "--hidden")
    assert (tmp_path / "given-v1/secret.wav").is_file()


def test_stages_and_evidence_of_the_worker_are_stored(tmp_path, system):
    (prompt,) = prompts_of("one")
    said("export_prompts", tmp_path / "prompts")
    (found,) = find(tmp_path / "prompts", leave_out=tmp_path / "out")
    record = Record(tmp_path / "out" / found.name)
    record.stages.put(Stage("hear", "a" * 64, "Hello.", 0.5, {"language": "en"}))
    about = {"system": "elsewhere", "settings_sha256": settings_hash("echo", {})}
    (outcome,) = attempt(
        Scripted(script={"1": "echo"}), [found], seed=4, record=lambda _: record, about=about
    )

    said("import_answers", "elsewhere", tmp_path / "out")

    stage, response = StageRow.objects.get(), Response.objects.get()
    assert (stage.name, stage.text, stage.tags, stage.total_ms) == ("hear", "Hello.", {"language": "en"}, 500)
    assert response.total_ms == round(1000 * outcome.facts["total_seconds"])
    assert response.stop_reason == outcome.facts["stop_reason"]
    assert response.parameters == outcome.facts["parameters"] | {
        "imported": {"shape": "worker", "place": "given-v1/one.wav"}
    }
    assert prompt.responses.get() == response


def test_a_second_run_takes_only_what_is_new(tmp_path, system):
    one, two, _three = prompts_of("one", "two", "three")
    folder = listed(tmp_path / "a", [(one.public_id, {})])

    first = said("import_answers", "elsewhere", folder)
    more = json.dumps({"prompt": two.content_sha256, "file": "1.wav"})
    (folder / "1.wav").write_bytes(factories.wav())
    with (folder / "answers.jsonl").open("a") as file:
        file.write("\n" + more)
    second = said("import_answers", "elsewhere", folder)

    assert "1 taken, 0 here already, 0 refused; 2 prompts are without an answer: three, two." in first
    assert "1 taken, 1 here already, 0 refused; 1 prompts are without an answer: three." in second
    assert Response.objects.count() == 2
    # Nobody took the time or noted the seed, and nothing is made up.
    assert set(Response.objects.values_list("total_ms", "seed", "stop_reason")) == {(None, None, "")}


def test_an_accepted_answer_stays(tmp_path, system):
    (prompt,) = prompts_of("one")
    kept = factories.response(system, prompt)

    out = said("import_answers", "elsewhere", listed(tmp_path / "a", [("one", {})]), fails=True)

    assert "line 1: one has another answer, which stays. (answered_already)" in out
    assert Response.objects.get() == kept


def test_every_problem_is_told_at_once_and_the_good_are_taken(tmp_path, system):
    slugs = ["silent", "slow", "long", "text", "twice", "good", "left"]
    prompts_of(*slugs)
    gone = {"state": "withdrawn", "withdrawn_reason": "a name is said"}
    prompts_of("gone", within=Prompt.objects.first().prompt_set, **gone)
    names = ["silent", "slow", "long", "text", "twice", "twice", "good", "gone", "nowhere"]
    folder = listed(tmp_path / "a", [(name, {}) for name in names])
    (folder / "0.wav").write_bytes(factories.wav(np.zeros(24_000, dtype=np.float32)))
    (folder / "1.wav").write_bytes(factories.wav(factories.tone(rate=4_000), rate=4_000))
    (folder / "2.wav").write_bytes(factories.wav(factories.tone(seconds=121, rate=8_000), rate=8_000))
    (folder / "3.wav").write_text("Dear diary,")

    looked = said("import_answers", "elsewhere", folder, "--dry-run", fails=True)
    jobs_before = Job.objects.count()
    out = said("import_answers", "elsewhere", folder, fails=True)

    told = [line.split(":")[0].strip() + line[line.rindex("(") :] for line in out.splitlines()[:8]]
    assert sorted(told) == [
        "line 1(silent)",
        "line 2(rate_not_accepted)",
        "line 3(too_long)",
        "line 4(not_audio)",
        "line 5(several_answers)",
        "line 6(several_answers)",
        "line 8(prompt_withdrawn)",
        "line 9(unknown_prompt)",
    ]
    assert "1 taken, 0 here already, 8 refused; 6 prompts are without an answer" in out
    assert looked.splitlines()[:8] == out.splitlines()[:8]
    assert "1 would be taken" in looked
    assert jobs_before == 0
    assert Response.objects.get().prompt.slug == "good"
    assert Job.objects.get().state == "done"


def test_answers_made_with_other_settings_or_by_another_system_are_refused(tmp_path, system):
    prompts_of("one", "two")
    for name, facts in {
        "one.wav": {"system": "elsewhere", "settings_sha256": settings_hash("echo", {"pause": 1})},
        "two.wav": {"system": "another"},
    }.items():
        Record(tmp_path / name).write({"answered": True, "prompt": name, **facts}, sound=factories.flac())

    out = said("import_answers", "elsewhere", tmp_path, fails=True)

    assert "one.wav: It was made with other settings" in out
    assert "two.wav: It is an answer of another, not of elsewhere. (other_system)" in out


def test_a_failed_try_and_a_sound_of_another_try_are_told(tmp_path, system):
    prompts_of("one", "two")
    Record(tmp_path / "one.wav").write(
        {"answered": False, "prompt": "one.wav", "code": "silent", "message": "It is silent."}
    )
    Record(tmp_path / "two.wav").write(
        {"answered": True, "prompt": "two.wav", "sha256": "0" * 64}, sound=factories.flac()
    )

    out = said("import_answers", "elsewhere", tmp_path, fails=True)

    assert "one.wav: The system did not answer: It is silent. (silent) (not_answered)" in out
    assert "(sound_changed)" in out


def test_a_sound_in_two_sets_is_answered_in_both_and_a_name_in_two_is_asked_about(tmp_path, system):
    data = factories.wav()
    for name in ("old", "new"):
        within = factories.prompt_set(name)
        prompts_of("same", within=within, data=data)
        prompts_of("other", within=within)
    folder = listed(tmp_path / "a", [("same", {}), ("other", {})])

    both = said("import_answers", "elsewhere", folder, fails=True)
    named = said("import_answers", "elsewhere", folder, "--set", "new")

    assert "2 taken" in both
    assert (
        "other is another prompt in each of new v1, old v1; name one with --set. (ambiguous_prompt)" in both
    )
    assert "1 taken, 1 here already" in named
    assert Counter(Response.objects.values_list("prompt__prompt_set__slug", flat=True)) == {
        "new": 2,
        "old": 1,
    }


def test_a_job_in_other_hands_is_left_and_one_that_failed_is_taken(tmp_path, system):
    running, failed, cancelled = prompts_of("running", "failed", "cancelled")
    jobs.request(systems=[system], prompts=[running])
    lease = jobs.claim_one(system=system, prompt=running, worker="another")
    factories.job(system, failed, state="failed", errors=5)
    factories.job(system, cancelled, state="cancelled")
    folder = listed(tmp_path / "a", [("running", {}), ("failed", {}), ("cancelled", {})])

    first = said("import_answers", "elsewhere", folder, fails=True)
    jobs.release(lease)
    second = said("import_answers", "elsewhere", folder, fails=True)

    assert "(being_answered)" in first
    assert "(cancelled)" in first
    assert "1 taken, 1 here already, 1 refused" in second
    assert set(Response.objects.values_list("prompt__slug", flat=True)) == {"running", "failed"}


def test_a_try_that_died_before_its_end_is_asked_for_again(tmp_path, system, monkeypatch):
    prompts_of("one")
    folder = listed(tmp_path / "a", [("one", {})])
    with monkeypatch.context() as broken:
        broken.setattr("inference.services.jobs.ending._accept", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            said("import_answers", "elsewhere", folder)
    Job.objects.update(state="queued", lease_token=None, lease_expires_at=None, hard_deadline_at=None)

    assert "1 taken" in said("import_answers", "elsewhere", folder)


def test_published_answers_come_in_by_prompt_and_key(tmp_path, system):
    prompts_of("emotion/4-3", "emotion/4-2")
    rows = []
    for name, file in {"4-3": "audio_23.wav", "4-2": "22.wav"}.items():
        path = tmp_path / "output" / "Ours" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(factories.wav(factories.tone(seconds=0.3 if name == "4-3" else 0.6)))
        rows.append({"input_path": f"input/emotion/{name}.wav", "output_path_ours": f"output/Ours/{file}"})
    (tmp_path / "emotion.json").write_text(json.dumps(rows))

    out = said("import_answers", "elsewhere", tmp_path / "emotion.json", "--key", "ours")

    assert "2 taken" in out
    assert dict(Response.objects.values_list("prompt__slug", "raw__duration_ms")) == {
        "emotion/4-3": 300,
        "emotion/4-2": 600,
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nobody", "."], "There is no system nobody; known are elsewhere."),
        (["moshika", "."], "`manage.py add_system moshika` brings it"),
        (["elsewhere", ".", "--set", "tiny"], "There is no prompt set tiny; known are given."),
        (["elsewhere", "pyproject.toml"], "Known are what"),
    ],
)
def test_what_cannot_be_imported_is_said_in_a_sentence(system, arguments, says):
    prompts_of("one")

    assert says in said("import_answers", *arguments, fails=True)


def test_a_retired_system_is_given_no_answers(tmp_path):
    factories.system("old", state="withdrawn")
    prompts_of("one")

    out = said("import_answers", "old", listed(tmp_path / "a", [("one", {})]), fails=True)

    assert "only private and live ones are given answers" in out
