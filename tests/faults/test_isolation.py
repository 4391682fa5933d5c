"""R5: adapters that crash, eat memory, hang or talk nonsense in a real worker, beside some that are well."""

import pytest

from inference.models import Attempt, Job
from inference.services import jobs
from tests import factories
from tests.fakes.adapters import PLUGIN

POISONS = {
    "segfault": "adapter_killed_by_signal",
    "eat memory": "adapter_out_of_memory",
    "keep the lock": "adapter_hung",
    "say nonsense": "adapter_talked_nonsense",
    "garbage": "adapter_crashed",
}
# A host has 6 s to start and to answer, and 1 s more for each further prompt of a batch.
SHORT = {"CALL_SECONDS": "1", "LOAD_SECONDS": "5", "ADAPTER_MEMORY_BYTES": "600000000"}


def prompt_of(seconds: float):
    return factories.prompt(data=factories.wav(factories.tone(seconds=seconds)))


def ended() -> bool:
    return not Job.objects.filter(state__in=["queued", "running"]).exists()


@pytest.fixture
def poisoned():
    """Systems that each break on one prompt, by what they do then."""
    return {what: factories.system(adapter="scripted", config={"script": {"0.5": what}}) for what in POISONS}


def test_each_poisoned_job_fails_after_three_crashes_and_others_go_on(rig, wait_until, poisoned):
    batching = factories.system(adapter="scripted", config={"batch_size": 8, "script": {"0.8": "segfault"}})
    poison, echo = prompt_of(0.5), factories.system("echo")
    batch = [prompt_of(0.5 + number / 10) for number in range(8)]
    jobs.request(systems=list(poisoned.values()), prompts=[poison])
    jobs.request(systems=[batching], prompts=batch)
    jobs.request(systems=[echo], prompts=batch)

    rig.start_worker(PYTHONPATH=str(PLUGIN), **SHORT)

    wait_until("every job has ended", ended, seconds=120)
    for what, system in poisoned.items():
        job = Job.objects.get(system=system)
        assert (what, job.state, job.crashes, job.errors) == (what, "failed", 3, 0)
        tries = Attempt.objects.filter(job=job).values_list("outcome", "code")
        assert list(tries) == [("lost", POISONS[what])] * 3
    healthy = Job.objects.filter(system=batching).exclude(prompt=batch[3])
    assert set(healthy.values_list("state", flat=True)) == {"done"}
    assert max(healthy.values_list("crashes", flat=True)) == 1
    poisoned_one = Job.objects.get(system=batching, prompt=batch[3])
    assert (poisoned_one.state, poisoned_one.crashes) == ("failed", 3)
    # Nobody's worker went with them: those who were well never noticed.
    assert set(Job.objects.filter(system=echo).values_list("state", "attempts")) == {("done", 1)}
    assert len(set(Attempt.objects.values_list("worker", flat=True))) <= 2
