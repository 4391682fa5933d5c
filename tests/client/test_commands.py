"""The command line, over real HTTP: what it says, what it keeps, and that it says what the server says."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from inference.models import ApiToken, Response, Secret, Submission, Upload
from inference.services.submissions import advancing
from s2s_arena import cli, settings
from s2s_arena.errors import ArenaError
from s2s_arena.http import Arena
from tests import factories
from tests.inference.api.client import published_set
from tests.inference.api.test_uploaded import work

ROOT = Path(__file__).parents[2]
STARTER = ROOT / "client" / "starter"


def copied(machine, kind, **changed):
    """A copy of a starter's folder."""
    folder = machine / kind
    shutil.copytree(STARTER / kind, folder)
    file = folder / "submission.toml"
    for old, new in changed.items():
        file.write_text(file.read_text().replace(old, new))
    return folder


@pytest.fixture
def answered(machine, run, prompt_set):
    """The starter of uploaded answers, with all of its answers made."""
    folder = copied(machine, "uploaded")
    assert run("prompts", "pull", "core/3", folder / "prompts")[0] == 0
    subprocess.run([sys.executable, "answer.py"], cwd=folder, check=True)
    return folder


def test_login_keeps_the_token_where_its_owner_alone_reads_it(lab, site, machine, run, monkeypatch):
    monkeypatch.delenv(settings.URL)
    monkeypatch.delenv(settings.TOKEN)

    status, said = run("login", site, typed=f"{lab.shown.text}\n")

    assert (status, said["team"]["slug"]) == (0, "harbour")
    assert lab.shown.text not in str(said)
    kept = settings.path()
    assert stat.S_IMODE(kept.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
    assert lab.shown.text not in repr(settings.load())
    assert run("quota")[0] == 0


def test_a_wrong_token_is_not_kept(site, machine, run, monkeypatch):
    monkeypatch.delenv(settings.TOKEN)
    status, said = run("login", site, typed="s2s_wrong\n")

    assert (status, said["error"]["code"], said["error"]["status"]) == (1, "token_invalid", 401)
    assert not settings.path().exists()


def test_a_token_does_not_travel_in_clear():
    with pytest.raises(ArenaError, match="clear"):
        Arena("http://arena.example.org", "s2s_token")


def test_no_command_takes_a_token_or_a_secret_as_an_argument():
    with pytest.raises(SystemExit):
        cli.main(["login", "https://arena.example.org", "s2s_token"])
    with pytest.raises(SystemExit):
        cli.main(["secret", "name", "value"])


def test_prompts_are_fetched_once_and_gone_on_with(machine, run, prompt_set):
    folder = machine / "prompts"
    assert run("prompts", "pull", "core/3", folder)[1]["fetched"] == 3
    assert run("prompts", "pull", "core/3", folder)[1]["fetched"] == 0
    first, second, third = sorted((folder / "audio").iterdir())
    whole = [first.read_bytes(), second.read_bytes()]
    first.write_bytes(b"changed")
    second.unlink()
    second.with_name(f"{second.name}.part").write_bytes(whole[1][:1000])

    assert run("prompts", "pull", "core/3", folder)[1] == {
        "prompts": 3,
        "fetched": 2,
        "folder": str(folder),
    }
    assert [first.read_bytes(), second.read_bytes()] == whole
    assert sorted((folder / "audio").iterdir()) == [first, second, third]


def test_the_starter_goes_from_token_to_review(answered, run, lab):
    status, checked = run("check", answered)
    assert (status, checked["ok"], checked["coverage"]) == (0, True, {"en": "3/3"})
    assert checked["sounds_decoded"]

    status, sent = run("submit", answered)
    assert (status, sent["state"]) == (0, "queued"), sent
    work()

    status, seen = run("watch", sent["id"])
    assert (status, seen["state"]) == (0, "awaiting_review")
    assert Upload.objects.count() == 3
    # Run again, it finds everything done.
    assert run("submit", answered)[1]["id"] == sent["id"]
    assert (Submission.objects.count(), Upload.objects.count()) == (1, 3)


def test_ids_with_slashes_and_points_are_files_in_folders(machine, run, lab, committed_db):
    """As imported folders have them: natural/audio_0, and one called like a file."""
    published_set(ids=["natural/audio_0", "natural/v1.5", "sing/audio_0"], slug="core", version=3)
    folder = copied(machine, "uploaded")
    run("prompts", "pull", "core/3", folder / "prompts")
    subprocess.run([sys.executable, "answer.py"], cwd=folder, check=True)

    status, checked = run("check", folder)
    assert (status, checked["coverage"]) == (0, {"en": "3/3"})
    assert run("submit", folder)[1]["state"] == "queued"
    work()

    assert run("watch", folder)[1]["state"] == "awaiting_review"
    assert set(Response.objects.values_list("own_transcript", flat=True)) == {"A tone."}


def test_a_worker_answers_ids_with_slashes(machine, run, committed_db, lab, monkeypatch):
    published_set(ids=["natural/audio_0", "sing/audio_0"], slug="core", version=3)
    folder = copied(machine, "worker")
    monkeypatch.chdir(folder)
    run("submit", folder)

    assert run("work", folder, "--adapter", "answer:answer")[1]["answered"] == 2


def spoil(folder, prompts):
    """Make each answer wrong in another way; return what is left."""
    answers = sorted((folder / "answers").glob("*.wav"))
    answers[0].write_bytes(factories.wav(factories.tone(level=0)))
    answers[1].write_bytes(answers[1].read_bytes()[:4000])
    answers[2].write_bytes(b"PK\x03\x04" + bytes(2000))
    for extra in answers:
        extra.with_suffix(".json").unlink(missing_ok=True)
    return answers


def test_check_says_what_the_server_says(answered, run, lab, prompt_set):
    spoil(answered, prompt_set)

    status, checked = run("check", answered)
    refused, sent = run("submit", answered)

    said = {(one["code"], prompt) for one in checked["problems"] for prompt in one["prompts"]}
    served = {(one["code"], *one["prompts"]) for one in sent["error"]["problems"]}
    assert (status, refused) == (1, 1)
    assert said == served
    assert {code for code, _ in said} == {"audio_silent", "audio_truncated", "archive_not_accepted"}
    details = {one["code"]: one["detail"] for one in sent["error"]["problems"]}
    for one in checked["problems"]:
        if one["code"].startswith("audio"):
            assert details[one["code"]] == one["detail"]


def test_check_and_dry_run_say_the_same_of_a_manifest(answered, run, machine):
    answers = sorted((answered / "answers").glob("*.wav"))
    answers[0].unlink()
    shutil.copy(answers[1], answers[1].with_name("no-such-prompt.wav"))
    shutil.copy(answers[1], answers[2])

    checked, sent = run("check", answered)[1], run("submit", answered)[1]

    offline = {one["code"]: one for one in checked["problems"]}
    assert offline == {one["code"]: one for one in sent["error"]["problems"]}
    assert set(offline) == {
        "manifest_missing_prompt",
        "manifest_unknown_prompt",
        "manifest_same_file",
    }


def test_what_was_mended_goes_on_where_it_was(answered, run):
    answers = spoil(answered, None)
    assert run("submit", answered)[0] == 1
    for number, path in enumerate(answers):
        path.write_bytes(factories.wav(factories.tone(hz=300 + number)))

    status, sent = run("submit", answered)

    assert (status, sent["state"]) == (0, "queued")
    assert Submission.objects.count() == 1


def test_a_worker_of_the_starter_answers_everything(machine, run, prompt_set, monkeypatch):
    folder = copied(machine, "worker")
    monkeypatch.chdir(folder)
    key = run("submit", folder)[1]["id"]

    status, done = run("work", key, "--adapter", "answer:answer", "--at-most", "2")
    advancing.advance_all()

    assert (status, done) == (0, {"answered": 3, "failed": 0, "lost": 0})
    assert run("watch", key)[1]["state"] == "awaiting_review"


def test_a_program_answers_and_what_it_fails_at_is_retried(machine, run, prompt_set, monkeypatch):
    folder = copied(machine, "worker")
    key = run("submit", folder)[1]["id"]
    module = machine / "gives_up.py"
    module.write_text(
        "from s2s_arena.working import NotAnswered\n"
        "def answer(question):\n"
        "    raise NotAnswered('It is too hard.', code='too_hard')\n"
    )
    monkeypatch.chdir(machine)
    status, done = run("work", key, "--adapter", "gives_up:answer")
    advancing.advance_all()
    assert (status, done["failed"]) == (1, 3)
    status, seen = run("watch", key)
    assert (status, seen["state"], seen["failed_by_code"]) == (1, "incomplete", {"too_hard": 3})

    assert run("retry-failed", key)[1]["state"] == "queued"
    copy = f"{sys.executable} {machine / 'say.py'} {{prompt}} {{answer}}"
    (machine / "say.py").write_text(
        "import hashlib, pathlib, sys, wave, struct, math\n"
        "data = pathlib.Path(sys.argv[1]).read_bytes()\n"
        "hertz = 300 + hashlib.sha256(data).digest()[0]\n"
        "with wave.open(sys.argv[2], 'wb') as file:\n"
        "    file.setnchannels(1); file.setsampwidth(2); file.setframerate(16000)\n"
        "    wave_ = (round(9000 * math.sin(hertz * at / 2546)) for at in range(16000))\n"
        "    file.writeframes(b''.join(struct.pack('<h', one) for one in wave_))\n"
        "print('A tone.')\n"
    )
    status, done = run("work", key, "--command", copy)
    advancing.advance_all()
    assert (status, done["answered"]) == (0, 3)
    assert run("watch", key)[0] == 0


def test_cancel_quota_and_secret(machine, run, lab, prompt_set):
    key = run("submit", copied(machine, "worker"))[1]["id"]
    assert run("cancel", key)[1]["state"] == "cancelled"
    assert {one["bucket"] for one in run("quota")[1]["buckets"]} >= {"accepted", "storage"}
    value = "sk-a-key-of-the-lab"
    status, said = run("secret", "starter-key", typed=f"{value}\n")
    assert (status, said["name"]) == (0, "starter-key")
    assert value not in str(said)
    assert Secret.objects.get().name == "starter-key"


def test_a_no_has_code_fault_and_fix(machine, run, lab):
    status, said = run("watch", "00000000-0000-0000-0000-000000000000")
    assert (status, said["error"]["code"], said["error"]["fault"]) == (1, "not_found", "submitter")

    ApiToken.objects.filter(pk=lab.shown.token.pk).update(scopes=[])
    status, said = run("cancel", "00000000-0000-0000-0000-000000000000")
    assert (said["error"]["code"], said["error"]["scope"]) == ("scope_missing", "submissions:write")
    assert said["error"]["fix"]


def test_an_arena_that_is_not_there_is_said_so(machine, monkeypatch):
    with Arena("http://127.0.0.1:9", "s2s_x", patience=0) as nowhere, pytest.raises(ArenaError) as failure:
        nowhere.get("status")
    assert (failure.value.code, failure.value.fault) == ("unreachable", "platform")


def test_it_needs_neither_django_nor_torch():
    """As installed by itself: the packages of the site are hidden from it."""
    program = (
        "import sys\n"
        "class Hide:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.split('.')[0] in {'django', 'torch', 'numpy', 'rest_framework', 'inference'}:\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, Hide())\n"
        "from s2s_arena import cli, sounds\n"
        "assert not sounds.can_decode()\n"
        "cli.main(['--help'])\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "client")}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "submit" in done.stdout
