"""Nothing is lost when the broker is wiped and the worker killed in the middle of the first inference."""

import pytest
from django.db.models import Count

from inference.models import Attempt, Job, Response
from inference.services import jobs
from tests import factories

pytest.importorskip("pocketsphinx", reason="the extra `offline` is not installed")


@pytest.fixture
def systems():
    """The floor, and a cascade that hears, answers and speaks."""
    return [
        factories.system("echo", adapter="echo"),
        factories.system("eliza", adapter="offline", config={"engine": "eliza"}),
    ]


def done() -> int:
    return Job.objects.filter(state="done").count()


def test_wiping_redis_and_killing_the_worker_loses_nothing(rig, wait_until, systems):
    prompts = [
        factories.prompt(data=factories.wav(factories.tone(seconds=1.5, hz=200 + n))) for n in range(20)
    ]
    rig.start_sweeper()
    worker = rig.start_worker()
    asked = jobs.request(systems=systems, prompts=prompts)
    wait_until("a first answer is in", lambda: done() >= 3)

    rig.redis._ask("flushall")
    rig.kill_redis()
    wait_until("the worker goes on without a broker", lambda: done() >= 10)
    wait_until("a job is in the making", Job.objects.filter(state="running").exists)
    rig.kill(worker)
    cut_short = set(Job.objects.filter(state="running").values_list("pk", flat=True))
    rig.redis.start()
    rig.start_worker()
    wait_until(
        "every job has ended", lambda: not Job.objects.filter(state__in=["queued", "running"]).exists()
    )

    assert asked == done() == Response.objects.count() == 40
    per_job = Response.objects.values("job").annotate(number=Count("pk")).values_list("number", flat=True)
    assert set(per_job) == {1}
    assert all(
        one.raw.bytes and one.playback.bytes for one in Response.objects.select_related("raw", "playback")
    )
    # What the killed worker held was tried again, and each try says how it ended.
    lost = Attempt.objects.filter(outcome="lost", code="lease_ran_out").values_list("job", flat=True)
    assert cut_short <= set(lost)
    assert Attempt.objects.filter(outcome="done").count() == 40
    assert not Attempt.objects.filter(ended_at=None).exists()
