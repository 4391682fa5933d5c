"""Celery's way in."""

from celery import current_app

from inference import tasks
from inference.models import Job
from tests import factories


def test_the_bell_is_known_by_its_name():
    assert current_app.tasks["inference.run_jobs"].name == tasks.run_jobs.name == "inference.run_jobs"


def test_a_bell_runs_what_is_due_of_any_system_and_returns_nothing(db, monkeypatch):
    monkeypatch.setattr(tasks.process, "_slot", None)
    job = factories.job(factories.system(), factories.prompt())
    other = factories.job(factories.system(), factories.prompt())

    returned = tasks.run_jobs()

    assert returned is None
    assert Job.objects.get(pk=job.pk).state == "done"
    assert Job.objects.get(pk=other.pk).state == "done"


def test_a_bell_that_comes_late_finds_nothing(db):
    tasks.run_jobs()

    assert Job.objects.count() == 0


def test_a_bell_of_an_older_release_names_a_system_and_is_heard_as_any_other(db, monkeypatch):
    monkeypatch.setattr(tasks.process, "_slot", None)
    job = factories.job(factories.system(), factories.prompt())

    tasks.run_jobs(job.system_id + 1)

    assert Job.objects.get(pk=job.pk).state == "done"


def test_bells_are_acknowledged_early_and_keep_no_result():
    task = current_app.tasks["inference.run_jobs"]

    assert not task.acks_late
    assert task.ignore_result
