"""How a try ends."""

import random
import threading
from datetime import timedelta

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from inference.adapters.base import Reply
from inference.audio.clip import Clip
from inference.audio.ingest import decode
from inference.models import Attempt, AudioFile, Job, Response
from inference.services import jobs, media, sweep
from inference.services.jobs import Failure, Kind, ending
from tests import factories

BUSY = Failure(
    kind=Kind.TRANSIENT, code="busy", message="The line is busy.", stage="call", detail="long\n" * 4000
)
NEVER = Failure(kind=Kind.PERMANENT, code="never", message="This will never do.")
CRASH = Failure(kind=Kind.CRASH, code="adapter_crashed", message="It crashed.")


def reply(samples=None, **fields) -> Reply:
    clip = Clip(samples=factories.tone() if samples is None else samples, rate=24_000)
    return Reply(clip=clip, **({"total_seconds": 1.5} | fields))


def files() -> set[str]:
    """Every stored file's key."""
    folders = default_storage.listdir("audio")[0] if default_storage.exists("audio") else []
    return {f"audio/{one}/{name}" for one in folders for name in default_storage.listdir(f"audio/{one}")[1]}


@pytest.fixture
def lease(take):
    """The lease of a job that a worker holds."""
    factories.job(factories.system(), factories.prompt(), seed=9)
    return take().leases[0]


def run_out(lease):
    """Let a lease run out and the sweeper see it."""
    Job.objects.filter(pk=lease.job_id).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    sweep.lost_leases(rng=random.Random(1))


def test_complete_stores_the_response_with_both_files(db, lease, rng):
    said = reply(
        transcript="well", first_audio_seconds=0.25, parameters={"temperature": 0.5}, stop_reason="length"
    )

    response = jobs.complete(lease, said, rng=rng)

    job, attempt = Job.objects.get(), Attempt.objects.get()
    assert (job.state, job.lease_token, job.errors, job.crashes) == ("done", None, 0, 0)
    assert (attempt.outcome, attempt.first_audio_ms, attempt.total_ms) == ("done", 250, 1500)
    assert job.ended_at >= attempt.started_at
    assert (response.job, response.system, response.prompt) == (job, job.system, job.prompt)
    assert (response.own_transcript, response.first_audio_ms, response.total_ms) == ("well", 250, 1500)
    assert (response.parameters, response.stop_reason, response.seed) == ({"temperature": 0.5}, "length", 9)
    assert response.state == "ok"
    assert response.playback.made_from == response.raw
    np.testing.assert_array_equal(decode(media.read(response.raw)).samples, said.clip.to_int16() / 32768)
    assert (response.raw.media_type, response.raw.sample_rate, response.raw.duration_ms) == (
        "audio/flac",
        24_000,
        1000,
    )
    assert decode(media.read(response.playback)).rate == 24_000


@pytest.mark.parametrize(
    ("samples", "code"),
    [
        (np.zeros(24_000, np.float32), "silent"),
        (np.full(24_000, np.nan, np.float32), "not_finite"),
        (np.zeros(0, np.float32), "no_audio"),
        (factories.tone(seconds=0.05), "too_short"),
        (factories.tone(seconds=121), "too_long"),
        (np.clip(20 * factories.tone(), -1, 1), "clipped"),
    ],
    ids=["silent", "NaN", "empty", "short", "long", "clipped"],
)
def test_complete_fails_the_job_for_good_where_the_answer_is_no_sound(db, lease, rng, samples, code):
    before = files()

    response = jobs.complete(lease, reply(samples), rng=rng)

    job, attempt = Job.objects.get(), Attempt.objects.get()
    assert response is None
    assert (job.state, job.errors, job.lease_token) == ("failed", 1, None)
    assert (attempt.outcome, attempt.code) == ("permanent", code)
    assert attempt.message.endswith(".")
    assert Response.objects.count() == 0
    assert files() == before


def test_a_late_answer_is_fenced_and_leaves_nothing(db, lease, rng, take):
    run_out(lease)
    before, rows = files(), AudioFile.objects.count()

    response = jobs.complete(lease, reply(), rng=rng)

    assert response is None
    assert Job.objects.get().state == "queued"
    assert Attempt.objects.get().outcome == "fenced"
    assert (files(), AudioFile.objects.count(), Response.objects.count()) == (before, rows, 0)


def test_a_late_answer_does_not_replace_that_of_the_next_holder(db, lease, rng, take):
    run_out(lease)
    Job.objects.update(not_before=timezone.now())
    second = take().leases[0]
    accepted = jobs.complete(second, reply(transcript="second"), rng=rng)

    late = jobs.complete(lease, reply(transcript="first"), rng=rng)

    assert late is None
    assert Response.objects.get() == accepted
    assert accepted.own_transcript == "second"
    assert list(Attempt.objects.values_list("number", "outcome")) == [(1, "fenced"), (2, "done")]


def test_accepting_again_after_a_lost_confirmation_finds_the_response(db, lease):
    raw = factories.wav()
    taken = ending.ingest(raw)
    keys = media.write(raw), media.write(taken.playback.flac)
    answer = jobs.Recording(file=raw, taken=taken)
    first = ending._accept(lease, answer, keys=keys)

    again = ending._accept(lease, answer, keys=keys)

    assert again == first
    assert Attempt.objects.get().outcome == "done"
    assert set(keys) <= files()


def test_a_job_gets_one_response_though_many_complete_it_at_once(committed_db, rng, take):
    factories.job(factories.system(), factories.prompt())
    lease = take().leases[0]
    before, start, got = files(), threading.Barrier(4), []

    def finish():
        start.wait()
        got.append(jobs.complete(lease, reply(), rng=rng))
        connection.close()

    threads = [threading.Thread(target=finish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    response = Response.objects.get()
    assert [one for one in got if one] == [response]
    assert files() - before == {response.raw.storage_key, response.playback.storage_key}


def test_fail_puts_a_job_back_after_a_transient_error(db, lease, rng):
    assert jobs.fail(lease, BUSY, rng=rng)

    job, attempt = Job.objects.get(), Attempt.objects.get()
    assert (job.state, job.errors, job.crashes, job.lease_token, job.ended_at) == ("queued", 1, 0, None, None)
    assert job.not_before > attempt.ended_at
    assert (attempt.outcome, attempt.code, attempt.message) == ("transient", "busy", "The line is busy.")
    assert (attempt.stage, len(attempt.detail)) == ("call", 8000)


def test_fail_ends_a_job_at_once_after_a_permanent_error(db, lease, rng):
    jobs.fail(lease, NEVER, rng=rng)

    job = Job.objects.get()
    assert (job.state, job.errors) == ("failed", 1)
    assert job.ended_at is not None
    assert Attempt.objects.get().outcome == "permanent"


@pytest.mark.parametrize(("failure", "most"), [(BUSY, 5), (CRASH, 3)], ids=["errors", "crashes"])
def test_fail_ends_a_job_that_was_tried_often_enough(db, take, rng, failure, most):
    factories.job(factories.system(), factories.prompt())

    states = []
    for _ in range(most):
        Job.objects.update(not_before=timezone.now())
        jobs.fail(take().leases[0], failure, rng=rng)
        states.append(Job.objects.get().state)

    assert states == ["queued"] * (most - 1) + ["failed"]
    assert Attempt.objects.count() == most
    assert take() is None


def test_errors_and_crashes_are_counted_apart(db, take, rng):
    factories.job(factories.system(), factories.prompt(), errors=4, crashes=1)

    jobs.fail(take().leases[0], CRASH, rng=rng)

    job = Job.objects.get()
    assert (job.state, job.errors, job.crashes) == ("queued", 4, 2)


def test_fail_changes_nothing_once_the_lease_is_lost(db, lease, rng):
    run_out(lease)
    job = Job.objects.get()

    assert not jobs.fail(lease, NEVER, rng=rng)

    assert Job.objects.filter(state="queued", errors=0, crashes=1, not_before=job.not_before).exists()
    assert Attempt.objects.get().outcome == "fenced"


def test_release_gives_a_job_back_as_if_it_had_not_been_taken(db, lease, take):
    before = Job.objects.get()

    assert jobs.release(lease)

    job = Job.objects.get()
    assert (job.state, job.errors, job.crashes, job.not_before) == ("queued", 0, 0, before.not_before)
    assert Attempt.objects.get().outcome == "released"
    assert take().leases[0].job_id == job.pk


def test_release_of_a_lost_lease_changes_nothing(db, lease):
    run_out(lease)

    assert not jobs.release(lease)

    assert Attempt.objects.get().outcome == "fenced"


def test_text_that_the_database_cannot_hold_is_made_to_fit(db, lease, rng):
    failure = Failure(kind=Kind.PERMANENT, code="c" * 99, message="a\x00b", stage="s" * 99, detail="\x00")

    jobs.fail(lease, failure, rng=rng)

    attempt = Attempt.objects.get()
    assert (attempt.code, attempt.message, attempt.stage, attempt.detail) == ("c" * 60, "ab", "s" * 40, "")


def test_a_crash_that_is_told_twice_is_no_late_result(db, lease, rng):
    first = jobs.fail(lease, CRASH, rng=rng)
    # As after a connection that broke during the commit, or a slot that gives everything back at its end.
    again, released = jobs.fail(lease, CRASH, rng=rng), jobs.release(lease)

    attempt = Attempt.objects.get()
    assert (first, again, released) == (True, False, False)
    assert (attempt.outcome, attempt.code) == ("lost", "adapter_crashed")
    assert Job.objects.get().crashes == 1
