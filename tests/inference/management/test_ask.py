"""`manage.py ask`."""

import random
import re
import threading
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command, get_commands
from django.db import connection
from django.utils import timezone

from inference.management.commands import ask as command
from inference.models import Job
from inference.services.slots import Slot
from tests import factories

NOW = timezone.now()


def ask(*arguments: str) -> str:
    out = StringIO()
    call_command("ask", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def worker():
    """Runs what is due from a thread, over and over until the test is done."""
    over = threading.Event()

    def work():
        slot = Slot(worker="test", queues=["api"], rng=random.Random(1))
        while not over.is_set():
            slot.drain()
            over.wait(0.05)
        connection.close()

    thread = threading.Thread(target=work)
    yield thread
    over.set()
    thread.join()


def test_ask_asks_all_live_systems_for_all_prompts(db):
    live, _private = factories.system(), factories.system(state="private")
    prompts = [factories.prompt(), factories.prompt()]
    factories.prompt(state="withdrawn", withdrawn_reason="a name is said")

    out = ask()

    assert out == "1 systems are asked for 2 prompts: 2 new jobs.\n"
    assert set(Job.objects.values_list("system", "prompt")) == {(live.pk, prompt.pk) for prompt in prompts}


def test_ask_keeps_to_what_is_named(db):
    factories.system()
    named = [factories.system("one", state="private"), factories.system("two")]
    factories.prompt()
    wanted = factories.prompt(factories.prompt_set("small"))

    ask("--system", "one", "--system", "two", "--set", "small")

    assert set(Job.objects.values_list("system", "prompt")) == {(one.pk, wanted.pk) for one in named}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--system", "oen"], "There is no system oen; known are one."),
        (["--set", "tiny"], "There is no prompt set tiny; known are small."),
    ],
)
def test_ask_names_what_there_is_where_a_name_is_unknown(db, arguments, says):
    factories.system("one")
    factories.prompt(factories.prompt_set("small"))

    with pytest.raises(CommandError) as refused:
        ask(*arguments)

    assert str(refused.value) == says


def test_ask_says_what_is_missing_on_an_empty_site(db):
    with pytest.raises(CommandError, match="No system is live") as refused:
        ask()
    assert set(re.findall(r"manage\.py (\w+)", str(refused.value))) <= set(get_commands())

    factories.system()
    with pytest.raises(CommandError, match="There is no prompt to ask"):
        ask()


def test_ask_refuses_a_system_that_does_not_run(db):
    factories.system("draft", state="draft")
    factories.prompt()

    with pytest.raises(CommandError, match="only private and live ones are asked"):
        ask("--system", "draft")


def test_ask_waits_until_all_is_answered(committed_db, worker):
    factories.system()
    factories.prompt()
    worker.start()

    out = ask("--wait")

    assert out.splitlines()[-1] == "All 1 are answered."
    assert Job.objects.get().state == "done"


def test_ask_fails_and_says_why_where_an_answer_failed(committed_db, worker):
    factories.system("echo")
    broken = factories.system("broken", adapter="ecko")
    for _ in range(6):
        factories.prompt()
    worker.start()

    with pytest.raises(CommandError) as refused:
        ask("--wait")

    summary, reason, pause = str(refused.value).splitlines()
    assert summary == "6 are answered; 5 failed, 1 queued."
    assert reason.startswith("  broken: 5 × unknown_adapter: There is no adapter 'ecko'.")
    assert pause == "  broken is paused (failed_in_a_row); its jobs wait."
    assert Job.objects.filter(system=broken, state="failed").count() == 5


@pytest.mark.parametrize(
    ("of_system", "of_prompt"),
    [
        ({"state": "retired", "retire_reason": "old", "retired_at": NOW}, {}),
        ({"paused_at": NOW, "pause_code": "moderator"}, {}),
        ({}, {"state": "withdrawn", "withdrawn_reason": "a name is said"}),
    ],
    ids=["retired", "paused", "withdrawn"],
)
def test_waiting_ends_where_no_worker_will_take_what_is_left(db, monkeypatch, of_system, of_prompt):
    factories.job(factories.system(**of_system), factories.prompt(**of_prompt))
    waits = SimpleNamespace(sleep=lambda _: pytest.fail("It waits for what never comes."))
    monkeypatch.setattr(command, "time", waits)

    command._wait(Job.objects.all())

    assert Job.objects.get().state == "queued"
