"""Quotas cannot be raced: fifty at once against three free slots."""

import threading
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from inference.errors import Refused
from inference.models import Bucket, QuotaGrant, QuotaUse, Submission
from inference.services.submissions import submitting
from tests import factories
from tests.inference.api.client import published_set, team_of

FIFTY, FREE = 50, 3


def test_fifty_at_once_against_three_slots(committed_db):
    ada, mo = factories.user("ada@example.org"), factories.user("mo@example.org", is_staff=True)
    team, prompt_set = team_of(ada), published_set()
    later = timezone.now() + timedelta(days=1)
    QuotaGrant.objects.create(
        team=team, bucket=Bucket.RUNNING, extra=FIFTY, until=later, reason="a race", granted_by=mo
    )
    model = factories.model(team=team)
    drafts = [
        Submission.objects.create(
            system=factories.system(state="draft", model=model, version=str(number), adapter="uploaded"),
            team=team,
            prompt_set=prompt_set,
            kind="worker",
            adapter="uploaded",
            created_by=ada,
            expected=3,
        )
        for number in range(FIFTY)
    ]
    outcomes: list[str | Refused] = []
    start = threading.Barrier(FIFTY)

    def submit(draft: Submission) -> None:
        try:
            start.wait()
            outcomes.append(submitting.submit(draft, by=ada).state)
        except Refused as refused:
            outcomes.append(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=submit, args=[draft]) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    refused = [one for one in outcomes if isinstance(one, Refused)]
    assert len(outcomes) == FIFTY
    assert [one for one in outcomes if not isinstance(one, Refused)] == ["queued"] * FREE
    assert {one.code for one in refused} == {"quota_exceeded"}
    first = QuotaUse.objects.filter(bucket=Bucket.ACCEPTED).order_by("taken_at").first()
    when = (first.taken_at + timedelta(days=7)).isoformat()
    assert {one.more["next_slot"] for one in refused} == {when}
    assert Submission.objects.filter(state="queued").count() == FREE
