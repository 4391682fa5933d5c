"""A person's hour as a state machine on PostgreSQL: whatever happens, twelve things hold (V6).

Reduced here; the full size is `python -m benchmarks.votes v6`.
"""

import uuid
from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from inference.errors import Refused
from judging import selectors
from judging.models import Annotator, Ballot, Batch, BatchClosing, Policy, Seal, Vote, VoteExclusion
from judging.services import ballots, batches, exclusions, limits, seals, tallies, votes
from tests import factories
from tests.judging.casting import casting

CHOICES = st.sampled_from(ballots.CHOICES)
PEOPLE = st.integers(0, 1)


class Judging(RuleBasedStateMachine):
    """Two people over three systems and eight prompts; a batch is three pairs."""

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        Policy.objects.filter(current=True).update(current=False)
        policy = Policy.objects.create(version=900, batch_size=3, reason="small", current=True)
        for asked in Policy.objects.get(version=1).asked.all():
            policy.asked.create(criterion=asked.criterion, position=asked.position)
        systems = [factories.system() for _ in range(3)]
        for _ in range(8):
            prompt = factories.prompt()
            for system in systems:
                factories.response(system, prompt)
        self.mo = factories.user(f"mo{uuid.uuid4().hex}@example.org")
        self.people = [factories.annotator() for _ in range(2)]
        self.rng = Random(1)
        self.sent: list = []
        self.sealed: dict[int, list] = {}

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    def opened(self, who):
        """The person's ballot, opened long enough ago to have been heard; None where there is none."""
        found = Ballot.objects.filter(annotator=self.people[who], state="opened").first()
        if found:
            Ballot.objects.filter(pk=found.pk).update(opened_at=timezone.now() - timedelta(minutes=5))
        return found

    # -- what people, moderators and timers do

    @rule(who=PEOPLE)
    def claim(self, who):
        ballot = batches.issue(self.people[who], rng=self.rng)
        if ballot is not None and ballot.state == "issued":
            ballots.open_(ballot)
            batches.draw_ahead(Ballot.objects.get(pk=ballot.pk), rng=self.rng)

    @rule(who=PEOPLE, answer=CHOICES)
    def vote(self, who, answer):
        if ballot := self.opened(who):
            sent = casting(ballot, answer)
            made = votes.cast(ballot, sent, by=self.people[who])
            self.sent.append((ballot, sent, made))

    @rule(number=st.integers(0, 99))
    def retry(self, number):
        if self.sent:
            ballot, sent, made = self.sent[number % len(self.sent)]
            assert votes.cast(ballot, sent, by=ballot.annotator) == made

    @rule(number=st.integers(0, 99), answer=CHOICES)
    def vote_twice(self, number, answer):
        if self.sent:
            ballot, _, _ = self.sent[number % len(self.sent)]
            with pytest.raises(Refused) as refused:
                votes.cast(ballot, casting(ballot, answer), by=ballot.annotator)
            assert refused.value.code in {"already_voted", "batch_closed"}

    @rule(number=st.integers(0, 99), answer=CHOICES)
    def change(self, number, answer):
        if self.sent:
            ballot, _, _ = self.sent[number % len(self.sent)]
            sent = casting(ballot, answer, supersedes=votes.live(ballot).public_id)
            if Batch.objects.get(pk=ballot.batch_id).state == "open":
                self.sent.append((ballot, sent, votes.cast(ballot, sent, by=ballot.annotator)))
            else:
                with pytest.raises(Refused, match="This batch is finished"):
                    votes.cast(ballot, sent, by=ballot.annotator)

    @rule(who=PEOPLE)
    def skip(self, who):
        if ballot := self.opened(who):
            skipped = Ballot.objects.filter(annotator=self.people[who], state="skipped").count()
            if skipped < limits.SKIPS_AN_HOUR:
                ballots.skip(ballot, reason="other")
            else:
                with pytest.raises(Refused, match="a lot in one hour"):
                    ballots.skip(ballot, reason="other")

    @rule(who=PEOPLE)
    def expire(self, who):
        past = timezone.now() - timedelta(days=2)
        # Only a superuser's session moves a ballot's end.
        with factories.unguarded():
            Ballot.objects.filter(annotator=self.people[who], state__in=["issued", "opened"]).update(
                expires_at=past
            )
        ballots.expire()

    @rule(who=PEOPLE)
    def close(self, who):
        if batch := batches.current(self.people[who]):
            assert batches.finish(batch, by="annotator")
            assert not batches.finish(batch, by="timer")

    @rule(number=st.integers(0, 99))
    def exclude(self, number):
        if self.sent:
            exclusions.exclude([self.sent[number % len(self.sent)][2]], rule="moderator", reason="x", by=None)

    @rule()
    def restore(self):
        if standing := VoteExclusion.objects.filter(lift=None).first():
            exclusions.lift(standing, reason="x", by=self.mo)

    @rule()
    def seal(self):
        if made := seals.seal():
            self.sealed[made.number] = selectors.comparisons(made, criterion="overall")

    # -- what holds at any moment

    @invariant()
    def every_voted_ballot_has_one_live_vote_and_no_other_has_any(self):
        live = Counter(Vote.objects.filter(superseded_by=None).values_list("ballot", flat=True))
        assert set(live.values()) <= {1}
        assert set(live) == set(Ballot.objects.filter(state="voted").values_list("pk", flat=True))

    @invariant()
    def votes_of_a_ballot_form_a_line(self):
        for ballot, count in Counter(Vote.objects.values_list("ballot", flat=True)).items():
            of_it = Vote.objects.filter(ballot=ballot)
            assert of_it.filter(supersedes=None).count() == 1
            assert of_it.exclude(supersedes=None).filter(supersedes__ballot=ballot).count() == count - 1

    @invariant()
    def every_vote_has_three_verdicts_and_three_heard_rows(self):
        for vote in Vote.objects.all():
            assert (vote.verdicts.count(), vote.heard.count()) == (3, 3)

    @invariant()
    def nobody_has_two_open_ballots_of_a_kind_or_two_open_batches(self):
        for person in Annotator.objects.all():
            assert person.ballots.filter(state="issued").count() <= 1
            assert person.ballots.filter(state="opened").count() <= 1
            assert person.batches.filter(state="open").count() <= 1

    @invariant()
    def no_position_is_taken_twice(self):
        taken = Ballot.objects.filter(state__in=["issued", "opened", "voted"])
        assert set(Counter(taken.values_list("batch", "position")).values()) <= {1}

    @invariant()
    def a_position_lies_within_its_batch(self):
        assert all(1 <= ballot.position <= ballot.batch.size for ballot in Ballot.objects.all())

    @invariant()
    def exactly_the_closed_batches_have_a_closing_and_no_open_ballot(self):
        closed = set(Batch.objects.filter(state="closed").values_list("pk", flat=True))
        assert closed == set(BatchClosing.objects.values_list("batch", flat=True))
        assert not Ballot.objects.filter(batch__in=closed, state__in=["issued", "opened"]).exists()

    @invariant()
    def nobody_hears_a_response_twice(self):
        for person in self.people:
            heard = [
                response
                for ballot in person.ballots.exclude(opened_at=None)
                for response in (ballot.pair.response_a_id, ballot.pair.response_b_id)
            ]
            assert len(heard) == len(set(heard))

    @invariant()
    def tallies_say_what_ballots_and_votes_say(self):
        assert tallies.differences() == []

    @invariant()
    def acknowledged_votes_are_there_as_they_were_sent(self):
        for ballot, sent, made in self.sent:
            kept = dict(Vote.objects.get(pk=made.pk).verdicts.values_list("criterion__slug", "answer"))
            assert kept == {
                slug: ballots.canonical(ballot, said.answer) for slug, said in sent.verdicts.items()
            }

    @invariant()
    def a_seal_gives_the_same_rows_for_ever(self):
        for number, rows in self.sealed.items():
            seal = Seal.objects.get(number=number)
            assert selectors.comparisons(seal, criterion="overall") == rows

    @invariant()
    def only_live_votes_of_closed_batches_count(self):
        for rows in self.sealed.values():
            counted = Vote.objects.filter(pk__in=[row.vote for row in rows])
            assert not counted.filter(ballot__batch__state="open").exists()
            assert not counted.exclude(superseded_by=None).exists()


@pytest.mark.django_db
def test_whatever_happens_in_whatever_order_twelve_things_hold():
    run_state_machine_as_test(
        Judging,
        settings=settings(
            max_examples=6,
            stateful_step_count=20,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
