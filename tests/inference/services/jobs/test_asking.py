"""How jobs come to be."""

import pytest
from django.db import transaction
from django.utils import timezone

from inference.errors import Refused
from inference.models import Job
from inference.services import jobs
from tests import factories


def test_request_makes_a_job_for_each_system_and_prompt(db):
    systems = [factories.system(), factories.system()]
    prompts = [factories.prompt(), factories.prompt(), factories.prompt()]

    made = jobs.request(systems=systems, prompts=prompts, priority=4)

    assert made == 6
    assert set(Job.objects.values_list("system", "prompt")) == {
        (system.pk, prompt.pk) for system in systems for prompt in prompts
    }
    assert set(Job.objects.values_list("state", "priority", "attempts", "replicate")) == {("queued", 4, 0, 1)}


def test_request_counts_only_what_is_new(db):
    system, first, second = factories.system(), factories.prompt(), factories.prompt()
    jobs.request(systems=[system], prompts=[first])

    assert jobs.request(systems=[system], prompts=[first, second]) == 1
    assert jobs.request(systems=[system], prompts=[first, second]) == 0
    assert Job.objects.count() == 2


def test_request_takes_querysets(db):
    factories.system()
    prompt = factories.prompt()

    made = jobs.request(systems=type(factories.system()).objects.all(), prompts=type(prompt).objects.all())

    assert made == 2


def test_request_freezes_the_prompts_sets_once(db):
    prompt = factories.prompt()
    untouched = factories.prompt()
    jobs.request(systems=[factories.system()], prompts=[prompt])
    prompt.prompt_set.refresh_from_db()
    frozen_at = prompt.prompt_set.frozen_at

    jobs.request(systems=[factories.system()], prompts=[prompt])

    prompt.prompt_set.refresh_from_db()
    untouched.prompt_set.refresh_from_db()
    assert frozen_at is not None
    assert prompt.prompt_set.frozen_at == frozen_at
    assert untouched.prompt_set.frozen_at is None


def test_request_gives_the_jobs_of_a_system_one_seed(db):
    one, other = factories.system(), factories.system()
    prompts = [factories.prompt(), factories.prompt()]

    jobs.request(systems=[one, other], prompts=prompts)

    assert set(Job.objects.filter(system=one).values_list("seed", flat=True)) == {jobs.seed(one, 1)}
    assert jobs.seed(one, 1) != jobs.seed(other, 1)
    assert jobs.seed(one, 1) != jobs.seed(one, 2)
    assert 0 <= jobs.seed(one, 1) < 2**31


@pytest.mark.parametrize("state", ["draft", "retired"])
def test_request_refuses_a_system_that_does_not_run(db, state):
    fields = {"retired_at": timezone.now(), "retire_reason": "old"} if state == "retired" else {}
    system = factories.system(state=state, **fields)

    with pytest.raises(Refused) as refused:
        jobs.request(systems=[factories.system(), system], prompts=[factories.prompt()])

    assert (refused.value.code, refused.value.status) == ("system_not_runnable", 409)
    assert Job.objects.count() == 0


def test_request_refuses_a_withdrawn_prompt(db):
    prompt = factories.prompt(state="withdrawn", withdrawn_reason="a name is said")

    with pytest.raises(Refused) as refused:
        jobs.request(systems=[factories.system()], prompts=[prompt])

    assert refused.value.code == "prompt_withdrawn"
    assert Job.objects.count() == 0


def test_request_rings_on_commit_for_systems_with_new_jobs(db, django_capture_on_commit_callbacks, bell):
    old, new, prompt = factories.system(), factories.system(), factories.prompt()
    jobs.request(systems=[old], prompts=[prompt])

    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        jobs.request(systems=[old, new], prompts=[prompt])
        rung_early = bell.waiting("api")

    assert rung_early == 0
    assert bell.waiting("api") == 1


def test_request_that_asks_for_nothing_new_rings_nobody(db, django_capture_on_commit_callbacks, bell):
    system, prompt = factories.system(), factories.prompt()
    jobs.request(systems=[system], prompts=[prompt])

    with django_capture_on_commit_callbacks(execute=True):
        jobs.request(systems=[system], prompts=[prompt])

    assert bell.waiting("api") == 0


def test_request_is_done_though_the_broker_is_down(db, django_capture_on_commit_callbacks, no_broker):
    with django_capture_on_commit_callbacks(execute=True):
        made = jobs.request(systems=[factories.system()], prompts=[factories.prompt()])

    assert made == 1
