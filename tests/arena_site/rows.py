"""At least so many rows in every table, none of which shares a relation with another one."""

import hashlib
import uuid
from datetime import timedelta

from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.utils import timezone

from inference.models import (
    Alarm,
    ApiToken,
    Attempt,
    IdempotencyKey,
    Invitation,
    Language,
    Membership,
    QuotaAccount,
    QuotaGrant,
    QuotaUse,
    Secret,
    SecurityEvent,
    Stage,
    Submission,
    SubmissionEvent,
    SubmissionReview,
    Team,
    Turn,
    Upload,
    UploadPart,
    Webhook,
    WebhookDelivery,
    WorkerPulse,
)
from inference.services import audit
from judging.models import (
    Affiliation,
    Audience,
    Beat,
    Criterion,
    DeviceCheck,
    Draw,
    ExclusionLift,
    ExclusionProposal,
    ExclusionRule,
    GoldAnswer,
    Heard,
    HearingTrial,
    LeaveRequest,
    PairTally,
    PanelMembership,
    Pause,
    Policy,
    PolicyCriterion,
    Report,
    RuleRun,
    Seal,
    SealedItem,
    Strength,
    SystemPair,
    TrainingSet,
    VoteExclusion,
)
from judging.models import Invitation as JudgesInvitation
from judging.services import pasts
from leaderboard.models import (
    Announcement,
    Board,
    HeadToHead,
    Release,
    ReleaseFile,
    Snapshot,
    Standing,
    Study,
    StudyVerdict,
)
from tests import factories


def digest() -> str:
    """A SHA-256 that is no other row's."""
    return hashlib.sha256(uuid.uuid4().bytes).hexdigest()


def fill(count: int, *, by) -> None:
    """Add rows to every table; `by` is the staff member who said what staff say."""
    before = Seal.objects.count()
    for number in range(before + 1, before + count + 1):
        _fill_once(number, by=by)


def _fill_once(number: int, *, by) -> None:
    prompt = factories.prompt()
    one, other = factories.system(), factories.system()
    vote = factories.vote(factories.pair(prompt, one, other), factories.annotator(), "a")
    first, second = vote.ballot.pair.system_a, vote.ballot.pair.system_b
    systems = SystemPair.objects.create(system_a=first, system_b=second)
    PairTally.objects.create(systems=systems, task=prompt.task)
    Draw.objects.create(ballot=vote.ballot, factors={"overlap": False})
    Audience.objects.create(pair=vote.ballot.pair, prompt=prompt, systems=systems, people=1)
    pasts.fold()
    Strength.objects.create(
        system=first,
        criterion=Criterion.objects.get(slug="overall"),
        rating=1000,
        half_width=50,
        snapshot_number=number,
        as_of=timezone.now(),
    )
    Affiliation.objects.create(annotator=vote.ballot.annotator, provider="Made Up Labs", kind="past")
    JudgesInvitation.objects.create(invited_by=by, note="made up")
    Pause.objects.create(annotator=vote.ballot.annotator, cause="moderator", by=by)
    PanelMembership.objects.create(annotator=vote.ballot.annotator, reason="made up", added_by=by)
    learnt_on = TrainingSet.objects.create(language=Language.objects.get(code="en"), number=number)
    learnt_on.pairs.create(position=1, pair=vote.ballot.pair)
    person = vote.ballot.annotator.user
    assert person is not None
    LeaveRequest.objects.create(user=person, scope="leave")
    check = DeviceCheck.objects.filter(user=vote.ballot.annotator.user).get()
    HearingTrial.objects.create(check_of=check, kind="huggins", number=1, seed=1, target=2)
    _fill_around(vote, number)
    failed = factories.job(one, factories.prompt(), state="failed", errors=1, ended_at=timezone.now())
    Attempt.objects.create(job=failed, number=1, lease_token=uuid.uuid4(), worker="worker", code="no_audio")
    Stage.objects.create(job=failed, name="recognise", key=digest(), text="hello", total_ms=12)
    WorkerPulse.objects.create(worker=f"worker-{number}", queue="api", looked_at=timezone.now())
    Turn.objects.create(system=one, taken_at=timezone.now())
    team = Team.objects.create(slug=f"team-{number}", name=f"Team {number}")
    Membership.objects.create(team=team, person=by)
    _come_in(team, number=number, by=by)
    with transaction.atomic():
        audit.record(
            action="job.retry", target=failed, actor=by, reason="made up", before={"state": "failed"}
        )
    rule = ExclusionRule.objects.get(slug="moderator")
    run = RuleRun.objects.create(rule=rule, until=timezone.now(), examined=1, matched=1, error="")
    RuleRun.objects.create(rule=rule, until=timezone.now(), error="RuntimeError: made up")
    ExclusionProposal.objects.create(vote=vote, rule=rule, run=run, reason="made up", state="open")
    exclusion = VoteExclusion.objects.create(vote=vote, rule=rule, run=run, reason="made up", created_by=by)
    ExclusionLift.objects.create(exclusion=exclusion, reason="it was right", by=by)
    seal = Seal.objects.create(number=number, items=1, digest=digest())
    SealedItem.objects.create(seal=seal, kind="vote", key=vote.pk, digest=digest())
    snapshot = snapshot_of(Board.objects.get(slug="overall"), number=number, seal=seal)
    Standing.objects.create(snapshot=snapshot, system=first, **ONE_WIN)
    HeadToHead.objects.create(
        snapshot=snapshot, system_a=first, system_b=second, a_wins=1, b_wins=0, ties=0, both_bad=0
    )
    _publish(snapshot, number=number, by=by)
    LogEntry.objects.log_actions(by.pk, [prompt], 2, change_message="withdraw: unclear", single_object=True)


def _publish(snapshot: Snapshot, *, number: int, by) -> None:
    """A study of others, a release of ours, and what readers were told."""
    study = Study.objects.create(
        slug=f"study-{number}", title="Made up", source="nowhere", licence="none", protocol="nobody judged"
    )
    StudyVerdict.objects.create(
        study=study, number=1, prompt="p", system_a="x", system_b="y", criterion="overall", answer="a"
    )
    release = Release.objects.create(version=f"made-{number}", title="Made up", licence="none")
    release.snapshots.add(snapshot)
    ReleaseFile.objects.create(
        release=release, name="votes.jsonl", bytes=1, sha256=digest(), rows=1, media_type="x", storage_key="k"
    )
    words = {"title_en": "Made up", "title_zh_hans": "编造", "body_en": "It is.", "body_zh_hans": "是的。"}
    Announcement.objects.create(kind="notice", snapshot=snapshot, author=by, **words)


def _come_in(team: Team, *, number: int, by) -> None:
    """What a team has that brings a system over the API."""
    later = timezone.now() + timedelta(days=7)
    ApiToken.objects.create(
        team=team, created_by=by, name=f"laptop {number}", digest=digest(), prefix="abcd", expires_at=later
    )
    IdempotencyKey.objects.create(
        team=team, key=str(number), method="POST", path="/api/v1/models", body_sha256=digest(), status=201
    )
    Invitation.objects.create(team=team, email=f"eve{number}@example.org", invited_by=by, expires_at=later)
    submission = Submission.objects.create(
        system=factories.system(state="private"),
        team=team,
        prompt_set=factories.prompt_set(),
        kind="uploaded",
        created_by=by,
    )
    SubmissionEvent.objects.create(
        submission=submission, number=1, round=1, to_state="draft", rank=0, code="created", actor=by
    )
    SubmissionReview.objects.create(submission=submission, reviewer=by)
    upload = Upload.objects.create(
        submission=submission, team=team, file_name="a.wav", bytes=9, sha256=digest(), part_bytes=8
    )
    UploadPart.objects.create(upload=upload, number=1, bytes=8, sha256=digest(), storage_key=digest())
    QuotaAccount.objects.create(team=team)
    QuotaUse.objects.create(team=team, bucket="accepted", submission=submission, round=1)
    QuotaUse.objects.create(
        team=team,
        bucket="running",
        submission=submission,
        round=1,
        refunded_at=timezone.now(),
        refund_code="made up",
    )
    QuotaGrant.objects.create(
        team=team, bucket="live", extra=1, until=later, reason="three voices", granted_by=by
    )
    Secret.objects.create(
        team=team, name=f"KEY_{number}", ciphertext=b"sealed", wrapped_key=b"too", key_id="1"
    )
    webhook = Webhook.objects.create(team=team, url=f"https://example.org/{number}", events=["test"])
    WebhookDelivery.objects.create(webhook=webhook, event="test", event_key=digest(), payload={})
    Alarm.objects.create(kind="submission_overdue", subject=f"submission:{number}")


def _fill_around(vote, number: int) -> None:
    """A beat, what was heard, a known answer, a report, a security event, and an old policy."""
    ballot, overall = vote.ballot, Criterion.objects.get(slug="overall")
    Beat.objects.create(ballot=ballot, page=uuid.uuid4(), number=1, left_ranges=[[0, 900]])
    heard = {"unique_ms": 900, "total_ms": 900, "starts": 1, "seeks": 0, "first_order": 1, "hidden_ms": 0}
    Heard.objects.create(vote=vote, clip="a", ranges=[[0, 900]], **heard)
    GoldAnswer.objects.create(pair=ballot.pair, criterion=overall, accepted=["a"], origin="control")
    Report.objects.create(source="annotator", kind="noise", ballot=ballot, clip="left", text="made up")
    SecurityEvent.objects.create(kind="impossible_listening", detail={"ballot": 7})
    policy = Policy.objects.create(version=100 + number, reason="made up")
    PolicyCriterion.objects.create(policy=policy, criterion=overall, position=1)


ONE_WIN = {
    "rating": 1010.0,
    "low": 990.0,
    "high": 1030.0,
    "rank_low": 1,
    "rank_high": 2,
    "votes": 1,
    "wins": 1,
    "losses": 0,
    "ties": 0,
    "both_bad": 0,
    "status": "established",
    "component": 0,
}


def snapshot_of(board: Board, *, number: int, seal: Seal) -> Snapshot:
    """A published computation over one vote."""
    return Snapshot.objects.create(
        board=board,
        number=number,
        seal=seal,
        method=board.method,
        method_version=1,
        parameters={"resamples": 10},
        seed=1,
        code_version="test",
        votes_sha256=digest(),
        result_sha256=digest(),
        votes=1,
        annotators=1,
        prompts=1,
        excluded=0,
        connected=True,
        converged=True,
    )
