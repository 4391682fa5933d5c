"""Pairs, batches, ballots and votes."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from inference.models import Prompt, Response, System
from judging.models import Annotator, Ballot, Batch, BatchClosing, Criterion, Pair, Policy, Verdict, Vote
from tests.factories.inference import response


def pair(to: Prompt, one: System, other: System) -> Pair:
    """The pair of two systems' answers to a prompt; answers are made where they are missing."""
    first, second = sorted((one, other), key=lambda system: system.pk)
    answers = [
        Response.objects.filter(system=by, prompt=to).first() or response(by, to) for by in (first, second)
    ]
    return Pair.objects.get_or_create(
        response_a=answers[0],
        response_b=answers[1],
        defaults={"prompt": to, "system_a": first, "system_b": second},
    )[0]


def batch(of: Annotator, *, size: int = 12, **fields) -> Batch:
    """An open batch under the current policy; every position is normal unless told otherwise."""
    policy = fields.pop("policy", None) or Policy.objects.get(current=True)
    values = {"plan": ["normal"] * size, "criterion_order": ["semantic", "paralinguistic", "overall"]}
    return Batch.objects.create(annotator=of, policy=policy, size=size, **(values | fields))


def closed(open_one: Batch) -> Batch:
    """End a batch: its votes count from the next seal on."""
    Batch.objects.filter(pk=open_one.pk).update(state="closed")
    BatchClosing.objects.create(batch=open_one, by="annotator")
    return open_one


def ballot(of: Pair, to: Annotator, *, left: str = "a", state: str = "opened", **fields) -> Ballot:
    """A ballot that can be cast, at the next position of the person's open batch, or a new one."""
    now = timezone.now()
    within = (
        fields.pop("batch", None) or Batch.objects.filter(annotator=to, state="open").first() or batch(to)
    )
    values = {
        "batch": within,
        "policy": within.policy,
        "position": within.ballots.count() + 1,
        "first": "left",
        "target_lufs": -23,
        "normaliser_version": 1,
        "rule": "uniform",
        "rule_version": 1,
    }
    values |= {"probability": 1.0, "expires_at": now + timedelta(days=1)}
    values |= {"opened_at": None if state == "issued" else now - timedelta(minutes=5)}
    return Ballot.objects.create(annotator=to, pair=of, left=left, state=state, **(values | fields))


def vote(
    of: Pair,
    by: Annotator,
    answer: str,
    *,
    left: str = "a",
    criterion: str = "overall",
    within: Batch | None = None,
    purpose: str = "normal",
    repeat_of: Ballot | None = None,
) -> Vote:
    """A vote with one verdict in canonical terms (`a`, `b`, `tie`, `both_bad`), in a closed batch of its own.

    `within` is another batch for it, open or closed.
    """
    of_one = within or closed(batch(by, size=1, state="closed"))
    cast = Vote.objects.create(
        public_id=uuid.uuid4(),
        ballot=ballot(of, by, left=left, state="voted", batch=of_one, purpose=purpose, repeat_of=repeat_of),
        elapsed_ms=20_000,
    )
    Verdict.objects.create(vote=cast, criterion=Criterion.objects.get(slug=criterion), answer=answer)
    return cast


@contextmanager
def unguarded() -> Iterator[None]:
    """Change rows past the triggers, as only a superuser can."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("RESET session_replication_role")
