"""Who answers where: which host is kept, for whom, and what it is given."""

import psutil
import pytest

from inference.models import Attempt, Job, Response
from inference.services import jobs
from inference.services.jobs import hosting
from tests import factories
from tests.fakes.hostile_server import Listener


@pytest.fixture(autouse=True)
def own_host():
    """No host that other tests used, and none left for them."""
    hosting.close()
    yield
    hosting.close()


@pytest.fixture
def answer(prompt_of, take, rng):
    """Let systems answer one prompt each, one after the other."""

    def answered(*systems, seconds=0.5):
        for system in systems:
            factories.job(system, prompt_of(seconds))
            jobs.run(take(system), rng=rng)

    return answered


def scripted_system(**config):
    return factories.system(adapter="scripted", config=config)


def test_a_host_stays_for_the_next_batch_of_any_system_on_the_queue_api(db, answer, scripted):
    one, other = scripted_system(), scripted_system(pause_seconds=0.01)

    answer(one, other, one)

    assert len(scripted.hosts) == 3
    assert len(set(scripted.hosts)) == 1


def test_a_host_on_a_gpu_stays_for_its_system_and_goes_before_another_comes(db, answer, scripted):
    one, other = scripted_system(runs_on="gpu"), scripted_system(runs_on="gpu", pause_seconds=0.01)

    answer(one, one, other)

    first, same, another = scripted.hosts
    assert first == same != another
    assert not psutil.pid_exists(first)


def test_a_host_that_knows_a_key_answers_for_no_other_system(db, answer, scripted, monkeypatch):
    monkeypatch.setenv("ARENA_SECRET_LAB", "hush-hush-1")
    keyed, plain = scripted_system(needs=["lab"]), scripted_system()

    answer(keyed, keyed, plain)

    first, same, another = scripted.hosts
    assert first == same != another
    assert not psutil.pid_exists(first)


def test_a_host_that_died_while_it_waited_is_replaced_and_nobody_is_blamed(db, answer, scripted, eventually):
    system = scripted_system()
    answer(system)
    waiting = psutil.Process(scripted.hosts[0])
    waiting.kill()
    eventually(lambda: waiting.status() == psutil.STATUS_ZOMBIE)

    answer(system)

    assert list(Job.objects.values_list("state", "crashes")) == [("done", 0)] * 2
    assert len(set(scripted.hosts)) == 2


def test_a_host_is_given_no_variable_but_those_that_are_allowed(db, answer, monkeypatch, settings):
    settings.ADAPTER_VARIABLES = ["MODELS_AT", "NOT_SET"]
    monkeypatch.setenv("MODELS_AT", "/models")
    monkeypatch.setenv("SECRET_KEY", "django's own")

    answer(scripted_system(script={"0.5": "show the environment"}))

    shown = set(Response.objects.get().own_transcript.split())
    assert "MODELS_AT" in shown
    assert shown.isdisjoint({"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "VAR_DIR", "DJANGO_SETTINGS_MODULE"})


def test_a_key_in_what_an_adapter_says_is_masked(db, answer, monkeypatch):
    monkeypatch.setenv("ARENA_SECRET_LAB", "hush-hush-1")

    answer(scripted_system(needs=["lab"], script={"0.5": "tell the secret"}))

    attempt = Attempt.objects.get()
    assert attempt.message == "The system's adapter crashed: ValueError: The key is [secret]"
    assert "hush-hush-1" not in attempt.detail


def test_a_key_that_is_not_there_is_named(db, answer):
    answer(scripted_system(needs=["lab"], script={"0.5": "tell the secret"}))

    assert "ARENA_SECRET_LAB" in Attempt.objects.get().message


@pytest.mark.parametrize(("queue", "state"), [("api", "queued"), ("gpu", "done")])
def test_memory_is_limited_where_it_can_be(db, answer, settings, queue, state):
    settings.ADAPTER_MEMORY_BYTES = 400_000_000

    answer(scripted_system(script={"0.5": "want 500 MB"}, runs_on=queue))

    assert Job.objects.get().state == state
    assert (Attempt.objects.get().code == "adapter_out_of_memory") is (queue == "api")


def test_a_teams_system_reaches_nothing_inside_and_the_sites_own_what_the_operator_listed(
    db, answer, settings
):
    with Listener() as listener:
        url = f"http://127.0.0.1:{listener.port}/v1"
        config = {"endpoint": {"base_url": url, "model": "m"}, "voice": "a"}
        own, theirs = (factories.system(adapter="audio_chat", config=config) for _ in range(2))
        theirs.model.team = factories.team()
        theirs.model.save()

        answer(own, theirs)
        codes = set(Attempt.objects.values_list("code", flat=True))
        assert codes == {"endpoint_refused_address"}
        assert listener.accepted == 0

        settings.OUTBOUND_ALLOW_OWN = frozenset({("127.0.0.1", listener.port)})
        answer(theirs)
        assert listener.accepted == 0
        answer(own)
        assert listener.accepted == 1

    assert Attempt.objects.filter(job__system=own).latest("pk").code != "endpoint_refused_address"
