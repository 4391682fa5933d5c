"""What no code may do: every guard of the database is attacked once."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from inference.models import (
    Attempt,
    AuditEntry,
    Language,
    SecurityEvent,
    Stage,
    Submission,
    SubmissionEvent,
    SubmissionReview,
    System,
)
from judging.models import (
    Draw,
    ExclusionLift,
    ExclusionProposal,
    ExclusionRule,
    Heard,
    Pair,
    RuleRun,
    Seal,
    SealedItem,
    VoteExclusion,
)
from leaderboard.models import Board, HeadToHead, Release, Snapshot, Standing, Study
from tests import factories

pytestmark = pytest.mark.django_db

NOW = timezone.now
APPEND_ONLY = {
    "inference_audiofile": "duration_ms = 1",
    "inference_attempt": "number = 9",
    "inference_auditentry": "reason = 'other'",
    "inference_stage": "text = 'other'",
    "inference_response": "own_transcript = 'other'",
    "inference_submissionevent": "code = 'other'",
    "inference_submissionreview": "reason = 'other'",
    "judging_consent": "version = 9",
    "judging_consenttext": "body = 'other'",
    "judging_pair": "created_at = now()",
    "judging_vote": "elapsed_ms = 1",
    "judging_verdict": "answer = 'tie'",
    "judging_voteexclusion": "reason = 'other'",
    "judging_rulerun": "matched = 0",
    "judging_exclusionproposal": "reason = 'other'",
    "judging_exclusionlift": "reason = 'other'",
    "judging_policy": "batch_size = 9",
    "judging_policycriterion": "position = 9",
    "judging_batchclosing": "by = 'timer'",
    "judging_heard": "unique_ms = 1",
    "judging_draw": "factors = '{}'",
    "inference_securityevent": "kind = 'other'",
    "judging_seal": "items = 9",
    "judging_sealeditem": "key = 9",
    "leaderboard_snapshot": "votes = 9",
    "leaderboard_standing": "votes = 9",
    "leaderboard_headtohead": "ties = 9",
    "leaderboard_study": "title = 'other'",
    "leaderboard_studyverdict": "answer = 'tie'",
    "leaderboard_releasefile": "rows = 9",
}


@pytest.fixture
def history(mo):
    """One row in every table that only grows."""
    prompt = factories.prompt()
    pair = factories.pair(prompt, factories.system(), factories.system())
    Stage.objects.create(job=pair.response_a.job, name="reply", key="k", text="hello", total_ms=5)
    AuditEntry.objects.create(
        action="system.pause", actor_label="the site", target_type="system", target_id="1"
    )
    submission = Submission.objects.create(
        system=pair.system_a,
        team=factories.team(mo),
        prompt_set=prompt.prompt_set,
        kind="uploaded",
        created_by=mo,
    )
    SubmissionEvent.objects.create(
        submission=submission, number=1, round=1, to_state="validating", rank=2, code="submitted"
    )
    SubmissionReview.objects.create(
        submission=submission, reviewer=mo, decision="approved", reason="It is well.", decided_at=NOW()
    )
    vote = factories.vote(pair, factories.annotator(), "a")
    heard = {"unique_ms": 900, "total_ms": 900, "starts": 1, "seeks": 0, "first_order": 1, "hidden_ms": 0}
    Heard.objects.create(vote=vote, clip="a", **heard)
    Draw.objects.create(ballot=vote.ballot, factors={"overlap": False})
    SecurityEvent.objects.create(kind="impossible_listening")
    rule = ExclusionRule.objects.get(slug="moderator")
    exclusion = VoteExclusion.objects.create(vote=vote, rule=rule, reason="trial", created_by=mo)
    run = RuleRun.objects.create(rule=rule, until=NOW(), examined=1, matched=1)
    ExclusionProposal.objects.create(vote=vote, rule=rule, run=run, reason="trial", state="open")
    ExclusionLift.objects.create(exclusion=exclusion, reason="trial over", by=mo)
    seal = Seal.objects.create(number=1, items=1, digest="0" * 64)
    SealedItem.objects.create(seal=seal, kind="vote", key=vote.pk)
    snapshot = a_snapshot(seal)
    Standing.objects.create(
        snapshot=snapshot,
        system=pair.system_a,
        rating=1000.0,
        votes=1,
        wins=1,
        losses=0,
        ties=0,
        both_bad=0,
        status="provisional",
        component=0,
    )
    HeadToHead.objects.create(
        snapshot=snapshot,
        system_a=pair.system_a,
        system_b=pair.system_b,
        a_wins=1,
        b_wins=0,
        ties=0,
        both_bad=0,
    )
    study = Study.objects.create(slug="s", title="S", source="s", licence="MIT", protocol="p")
    study.verdicts.create(number=1, prompt="p", system_a="a", system_b="b", criterion="overall", answer="a")
    release = Release.objects.create(version="1", title="One", licence="MIT")
    release.files.create(name="votes", bytes=1, sha256="0" * 64, rows=1, media_type="t", storage_key="k")
    return pair


def a_snapshot(seal, *, board="overall", number=1):
    return Snapshot.objects.create(
        board=Board.objects.get(slug=board),
        number=number,
        seal=seal,
        method="bradley-terry",
        method_version=1,
        parameters={},
        seed=1,
        code_version="1",
        votes_sha256="0" * 64,
        result_sha256="0" * 64,
        votes=1,
        annotators=1,
        prompts=1,
        excluded=0,
        connected=True,
        converged=True,
    )


def refused(statement, *values):
    """Run a statement that the database has to refuse, and return what it says."""
    with connection.cursor() as cursor:
        # TRUNCATE is refused for another reason while foreign keys wait to be checked.
        with transaction.atomic():
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            cursor.execute(statement, values)
    return str(caught.value)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_append_only_rows_are_neither_changed_nor_deleted_nor_emptied(history, table):
    assert "kept as they are" in refused(f"UPDATE {table} SET {APPEND_ONLY[table]}")
    assert "kept as they are" in refused(f"DELETE FROM {table}")
    assert "kept as they are" in refused(f"TRUNCATE {table} CASCADE")


def test_every_table_of_votes_and_snapshots_is_guarded():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'not_emptied'")
        guarded = {row[0] for row in cursor.fetchall()}

    assert guarded == set(APPEND_ONLY)


def test_an_attempt_ends_once_and_only_a_lost_one_becomes_fenced():
    job = factories.job(factories.system(), factories.prompt())
    done, lost = (
        Attempt.objects.create(job=job, number=number, lease_token=uuid.uuid4(), worker="w")
        for number in (1, 2)
    )
    Attempt.objects.filter(pk=done.pk).update(outcome="done", ended_at=NOW())
    Attempt.objects.filter(pk=lost.pk).update(outcome="lost", ended_at=NOW())

    assert Attempt.objects.filter(pk=lost.pk).update(outcome="fenced") == 1
    assert "kept as they are" in refused(
        "UPDATE inference_attempt SET outcome = 'permanent' WHERE id = %s", done.pk
    )


def test_a_frozen_prompt_set_takes_changes_of_state_and_playback_alone():
    prompt = factories.prompt()
    other = factories.playback_audio(prompt.raw, target_lufs=-26)
    type(prompt.prompt_set).objects.update(frozen_at=NOW())

    type(prompt).objects.update(playback=other, state="withdrawn", withdrawn_reason="noise")

    assert "frozen" in refused("UPDATE inference_prompt SET transcript = 'other'")
    assert "frozen" in refused("DELETE FROM inference_prompt")
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        factories.prompt(prompt.prompt_set)
    assert "kept as they are" in refused("UPDATE inference_promptset SET frozen_at = NULL")
    assert "kept as they are" in refused("UPDATE inference_promptset SET title = 'other'")


def test_a_frozen_system_keeps_its_identity_and_its_public_moment():
    system = factories.system(state="live")
    english = Language.objects.get(code="en")

    System.objects.update(paused_at=NOW(), pause_code="breaker")

    for change in (
        "voice = 'other'",
        "config = '{\"a\": 1}'",
        "version = '2'",
        "slug = 'other'",
        "adapter = 'x'",
    ):
        assert "kept as they are" in refused(f"UPDATE inference_system SET {change}")
    assert "kept as they are" in refused(
        "UPDATE inference_system SET first_public_at = NULL, state = 'private'"
    )
    assert "kept as they are" in refused("DELETE FROM inference_system")
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        system.languages.add(english)


def test_what_a_job_asks_is_fixed():
    factories.job(factories.system(), factories.prompt())

    assert "kept as they are" in refused("UPDATE inference_job SET seed = 99")
    assert "kept as they are" in refused("DELETE FROM inference_job")


def test_exactly_the_running_jobs_hold_a_lease():
    factories.job(factories.system(), factories.prompt())

    assert "exactly_the_running_jobs_hold_a_lease" in refused("UPDATE inference_job SET state = 'running'")
    assert "exactly_the_running_jobs_hold_a_lease" in refused(
        "UPDATE inference_job SET lease_token = %s", str(uuid.uuid4())
    )


def test_a_response_answers_its_job_and_a_pair_its_prompt():
    one, other = factories.system(), factories.system()
    prompt, elsewhere = factories.prompt(), factories.prompt()
    first = factories.response(one, prompt)
    factories.response(other, prompt)
    second = factories.response(other, elsewhere)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match="response_b_is_system_b_on_the_prompt"), transaction.atomic():
        Pair.objects.create(prompt=prompt, system_a=one, system_b=other, response_a=first, response_b=second)
    job = factories.job(one, elsewhere)
    with pytest.raises(IntegrityError, match="a_response_answers_its_job"), transaction.atomic():
        type(first).objects.create(
            job=job,
            system=other,
            prompt=elsewhere,
            raw=first.raw,
            playback=first.playback,
            total_ms=1,
            seed=1,
        )


def test_a_pair_stands_in_canonical_order():
    prompt, one, other = factories.prompt(), factories.system(), factories.system()
    first, second = factories.response(one, prompt), factories.response(other, prompt)

    with pytest.raises(IntegrityError, match="system_a_has_the_smaller_key"), transaction.atomic():
        Pair.objects.create(prompt=prompt, system_a=other, system_b=one, response_a=second, response_b=first)


def test_what_a_ballot_shows_is_fixed_when_it_is_issued():
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    factories.ballot(pair, factories.annotator())

    for change in ("\"left\" = 'b'", "probability = 0.5", "target_lufs = -30", "first = 'right'"):
        assert "kept as they are" in refused(f"UPDATE judging_ballot SET {change}")


def test_a_person_has_one_open_ballot_and_gets_a_pair_once():
    prompt, judge = factories.prompt(), factories.annotator()
    pair = factories.pair(prompt, factories.system(), factories.system())
    another = factories.pair(prompt, factories.system(), factories.system())
    factories.ballot(pair, judge)

    with pytest.raises(IntegrityError, match="a_person_has_at_most_one_opened_ballot"), transaction.atomic():
        factories.ballot(another, judge)
    with (
        pytest.raises(IntegrityError, match="a_person_gets_a_pair_once_for_each_purpose"),
        transaction.atomic(),
    ):
        factories.ballot(pair, judge, state="skipped")


def test_a_ballot_has_one_vote_and_a_vote_one_verdict_per_criterion():
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    vote = factories.vote(pair, factories.annotator(), "a")

    with pytest.raises(IntegrityError, match="a_ballot_has_one_first_vote"), transaction.atomic():
        type(vote).objects.create(public_id=uuid.uuid4(), ballot=vote.ballot, elapsed_ms=1)
    with pytest.raises(IntegrityError, match="a_vote_has_one_verdict_per_criterion"), transaction.atomic():
        vote.verdicts.create(criterion=vote.verdicts.get().criterion, answer="tie")


def test_a_board_with_snapshots_keeps_what_defines_it():
    a_snapshot(Seal.objects.create(number=1, items=0, digest="0" * 64))

    Board.objects.filter(slug="overall").update(title_en="All in all", position=7)

    assert "the board has snapshots" in refused(
        "UPDATE leaderboard_board SET method = 'online-elo' WHERE slug = 'overall'"
    )


def test_a_prompt_moves_neither_into_a_frozen_set_nor_out_of_it():
    inside, outside = factories.prompt(), factories.prompt()
    type(inside.prompt_set).objects.filter(pk=inside.prompt_set_id).update(frozen_at=NOW())
    move = "UPDATE inference_prompt SET prompt_set_id = %s WHERE id = %s"

    assert "frozen" in refused(move, inside.prompt_set_id, outside.pk)
    assert "frozen" in refused(move, outside.prompt_set_id, inside.pk)


def test_a_language_moves_neither_to_a_frozen_system_nor_away_from_it():
    draft, frozen = factories.system(state="draft"), factories.system(state="draft")
    draft.languages.add(Language.objects.get(code="en"))
    frozen.languages.add(Language.objects.get(code="zh"))
    System.objects.filter(pk=frozen.pk).update(frozen_at=NOW())
    move = "UPDATE inference_system_languages SET system_id = %s WHERE system_id = %s"

    assert "frozen" in refused(move, frozen.pk, draft.pk)
    assert "frozen" in refused(move, draft.pk, frozen.pk)


def test_a_submission_only_goes_forward(history):
    submission = Submission.objects.get()

    for round_, rank in ((1, 2), (1, 1)):
        with pytest.raises(IntegrityError, match="only goes forward"), transaction.atomic():
            SubmissionEvent.objects.create(
                submission=submission, number=9, round=round_, to_state="draft", rank=rank, code="back"
            )
    SubmissionEvent.objects.create(
        submission=submission, number=2, round=2, to_state="uploading", rank=1, code="again"
    )


def test_a_codename_and_its_date_are_set_once():
    now = NOW()
    system = factories.system(state="private")
    System.objects.filter(pk=system.pk).update(
        codename="kestrel", codenamed_at=now, reveal_at=now + timedelta(days=60)
    )

    assert "kept as they are" in refused("UPDATE inference_system SET codename = 'heron'")
    assert "kept as they are" in refused(
        "UPDATE inference_system SET reveal_at = reveal_at + interval '1 day'"
    )


def test_a_codename_lasts_60_days_at_most():
    now = NOW()
    system = factories.system(state="private")

    with pytest.raises(IntegrityError, match="within_60_days"), transaction.atomic():
        System.objects.filter(pk=system.pk).update(
            codename="kestrel", codenamed_at=now, reveal_at=now + timedelta(days=61)
        )


def test_a_published_prompt_set_stays_published():
    prompt_set = factories.prompt_set(frozen_at=NOW())
    type(prompt_set).objects.filter(pk=prompt_set.pk).update(published_at=NOW())

    assert "kept as they are" in refused("UPDATE inference_promptset SET published_at = NULL")
