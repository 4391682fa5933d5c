"""Decisions, texts and sound in the admin's pages about prompts, systems, jobs and responses."""

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from inference.admin import decisions
from inference.models import AuditEntry, Prompt, System
from tests import factories

JOBS = reverse("admin:inference_job_changelist")
SYSTEMS = reverse("admin:inference_system_changelist")


def failed_jobs(count):
    now = timezone.now()
    return [
        factories.job(factories.system(), factories.prompt(), state="failed", errors=1, ended_at=now)
        for _ in range(count)
    ]


def chosen(action, rows, **more):
    return {"action": action, "_selected_action": [row.pk for row in rows]} | more


def decided(action, rows, reason="It was the network.", **more):
    return chosen(action, rows, decided="yes", reason=reason, **more)


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def test_decision_asks_before_anything_happens(mo, as_user):
    (job,) = failed_jobs(1)

    answer = as_user(mo).post(JOBS, chosen("retry", [job]))

    job.refresh_from_db()
    assert answer.status_code == 200
    assert answer.templates[0].name == "admin/decision.html"
    assert list(answer.context["chosen"]) == [job]
    assert job.state == "failed"


@pytest.mark.parametrize("reason", ["", "   ", "x" * 401])
def test_decision_without_a_fitting_reason_is_asked_again(reason, mo, as_user):
    (job,) = failed_jobs(1)

    answer = as_user(mo).post(JOBS, decided("retry", [job], reason=reason))

    job.refresh_from_db()
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["reason"]
    assert (job.state, AuditEntry.objects.count()) == ("failed", 0)


def test_decision_is_done_and_kept_in_the_audit_trail(mo, as_user):
    jobs = failed_jobs(2)

    answer = as_user(mo).post(JOBS, decided("retry", jobs), follow=True)

    for job in jobs:
        job.refresh_from_db()
    assert [job.state for job in jobs] == ["queued", "queued"]
    assert said(answer) == ["Try again: done for 2 rows."]
    entries = AuditEntry.objects.all()
    said_so = {(entry.actor, entry.action, entry.reason) for entry in entries}
    assert said_so == {(mo, "job.retry", "It was the network.")}
    assert {int(entry.target_id) for entry in entries} == {job.pk for job in jobs}


def test_decision_shows_what_was_refused_and_keeps_no_entry_of_it(mo, as_user):
    (failed,) = failed_jobs(1)
    done = factories.response(factories.system(), factories.prompt()).job

    answer = as_user(mo).post(JOBS, decided("retry", [failed, done]), follow=True)

    done.refresh_from_db()
    assert done.state == "done"
    assert said(answer) == [f"{done}: Only a failed job can be tried again.", "Try again: done for 1 row."]
    assert [int(entry.target_id) for entry in AuditEntry.objects.all()] == [failed.pk]


def test_decision_over_too_many_rows_is_refused(mo, as_user, monkeypatch):
    jobs = failed_jobs(2)
    monkeypatch.setattr(decisions, "MOST_ROWS", 1)

    answer = as_user(mo).post(JOBS, decided("retry", jobs), follow=True)

    assert said(answer) == ["At most 1 rows in one decision: narrow the list first."]
    assert not AuditEntry.objects.exists()


def test_decision_over_a_whole_list_keeps_to_the_rows_that_were_shown(mo, as_user):
    first = failed_jobs(1)
    browser = as_user(mo)

    page = browser.post(JOBS, {"action": "retry", "select_across": "1", "_selected_action": [first[0].pk]})
    later = failed_jobs(1)
    browser.post(JOBS, decided("retry", page.context["chosen"]))

    for job in (*first, *later):
        job.refresh_from_db()
    assert (first[0].state, later[0].state) == ("queued", "failed")


@pytest.mark.parametrize("person", ["ada", "ben", "cleo"])
def test_decision_is_for_staff_alone(person, request, as_user):
    browser = as_user(request.getfixturevalue(person))
    (job,) = failed_jobs(1)

    answer = browser.post(JOBS, decided("retry", [job]), follow=True)

    job.refresh_from_db()
    assert (answer.status_code, job.state) == (403, "failed")


def test_running_and_waiting_jobs_are_cancelled(mo, as_user):
    job = factories.job(factories.system(), factories.prompt())

    as_user(mo).post(JOBS, decided("cancel", [job]))

    job.refresh_from_db()
    assert job.state == "cancelled"


def test_system_is_paused_and_resumed(mo, as_user):
    system, browser = factories.system(), as_user(mo)

    browser.post(SYSTEMS, decided("pause", [system]))
    system.refresh_from_db()
    paused = system.pause_code
    browser.post(SYSTEMS, decided("resume", [system]))
    system.refresh_from_db()

    assert (paused, system.pause_code) == ("moderator", "")


def test_prompt_set_is_frozen_and_its_title_with_it(mo, as_user):
    prompt_set, browser = factories.prompt().prompt_set, as_user(mo)
    page = reverse("admin:inference_promptset_change", args=[prompt_set.pk])

    renamed = browser.post(page, {"title": "A better title", "reason": "It is clearer."})
    browser.post(reverse("admin:inference_promptset_changelist"), decided("freeze", [prompt_set]))
    late = browser.post(page, {"title": "Too late", "reason": "Why not."})

    prompt_set.refresh_from_db()
    assert (renamed.status_code, late.status_code) == (302, 403)
    assert (prompt_set.title, prompt_set.frozen_at is not None) == ("A better title", True)


def test_model_card_is_changed_and_nothing_else(mo, as_user):
    model = factories.model("echo-lab", name="Echo", provider="Echo Lab")
    sent = {
        "name": "Echo!",
        "url": "",
        "card": "It echoes.",
        "provider": "Other",
        "slug": "other",
        "reason": "Says more.",
    }
    sent |= {"systems-TOTAL_FORMS": "0", "systems-INITIAL_FORMS": "0"}

    answer = as_user(mo).post(reverse("admin:inference_model_change", args=[model.pk]), sent)

    model.refresh_from_db()
    assert answer.status_code == 302
    assert (model.name, model.card) == ("Echo!", "It echoes.")
    assert (model.provider, model.slug) == ("Echo Lab", "echo-lab")


def test_playback_is_played_to_staff(mo, as_user):
    sound = factories.flac()
    audio = factories.playback_audio(factories.raw_audio(), data=sound)

    answer = as_user(mo).get(reverse("admin:inference_audiofile_play", args=[audio.pk]))

    assert (answer.status_code, answer.content) == (200, sound)
    assert answer["Content-Type"] == "audio/flac"
    assert answer["Cache-Control"] == "private, max-age=3600"


def test_raw_audio_is_played_to_nobody(mo, as_user):
    raw, browser = factories.raw_audio(), as_user(mo)

    played = browser.get(reverse("admin:inference_audiofile_play", args=[raw.pk]))
    page = browser.get(reverse("admin:inference_audiofile_change", args=[raw.pk]))

    assert played.status_code == 404
    assert "<audio" not in page.content.decode()
    assert "A raw file is kept as it came and played to nobody." in page.content.decode()


def test_playback_that_the_store_lost_is_not_found(mo, as_user):
    audio = factories.playback_audio(factories.raw_audio())
    default_storage.delete(audio.storage_key)

    answer = as_user(mo).get(reverse("admin:inference_audiofile_play", args=[audio.pk]))

    assert answer.status_code == 404


def test_response_page_plays_answer_and_prompt_and_says_what_was_measured(mo, as_user):
    response = factories.response(factories.system(), factories.prompt(transcript="Say it sadly."))

    page = as_user(mo).get(reverse("admin:inference_response_change", args=[response.pk])).content.decode()

    for audio in (response.playback, response.prompt.playback):
        assert f'src="{reverse("admin:inference_audiofile_play", args=[audio.pk])}"' in page
    assert "Say it sadly." in page
    assert "1.0 s, -23.0 LUFS, peak -6.0 dBTP, silence 0.2 s before and 0.2 s after" in page


def test_job_page_shows_attempts_but_no_lease_token(mo, as_user):
    job = factories.response(factories.system(), factories.prompt()).job
    attempt = job.attempt_set.get()

    browser = as_user(mo)
    pages = [
        browser.get(reverse("admin:inference_job_change", args=[job.pk])).content.decode(),
        browser.get(reverse("admin:inference_attempt_change", args=[attempt.pk])).content.decode(),
    ]

    assert "factory" in pages[0]
    assert [page for page in pages if str(attempt.lease_token) in page] == []


def test_system_page_leads_to_its_jobs_by_state(mo, as_user):
    system, browser = factories.system(), as_user(mo)
    waiting = factories.job(system, factories.prompt())
    factories.job(factories.system(), factories.prompt())

    page = browser.get(reverse("admin:inference_system_change", args=[system.pk])).content.decode()
    link = f"{JOBS}?state__exact=queued&amp;system__id__exact={system.pk}"
    listed = browser.get(link.replace("&amp;", "&"))

    assert f'queued <a href="{link}">1</a>' in page
    assert list(listed.context["cl"].queryset) == [waiting]


@pytest.mark.parametrize("table", [Prompt, System])
def test_what_ends_ballots_is_offered_by_the_judging(table, mo, as_user):
    row = {Prompt: factories.prompt, System: factories.system}[table]()
    address = reverse(f"admin:inference_{table._meta.model_name}_changelist")
    action = {Prompt: "withdraw", System: "retire"}[table]

    answer = as_user(mo).post(address, chosen(action, [row]))

    assert answer.context["figures"][0] == "Void 0 open ballots."
