"""What `make run` does beyond starting servers."""

import io

import pytest
from django.utils import timezone
from rich.console import Console

from arena_site import first_run
from inference.models import Job
from tests import factories

NOW = timezone.now()


@pytest.mark.parametrize(
    ("of_system", "of_prompt"),
    [
        ({"state": "retired", "retire_reason": "old", "retired_at": NOW}, {}),
        ({}, {"state": "withdrawn", "withdrawn_reason": "A name is said."}),
    ],
    ids=["retired", "withdrawn"],
)
def test_the_first_run_waits_for_no_job_that_nobody_will_take(db, of_system, of_prompt):
    factories.job(factories.system(**of_system), factories.prompt(**of_prompt))
    out = io.StringIO()

    first_run.ask_and_wait(Console(file=out), tick=lambda: pytest.fail("It waits for what never comes."))

    assert out.getvalue() == ""
    assert Job.objects.get().state == "queued"
