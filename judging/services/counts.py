"""What a choice looks at, whoever it is for: the systems that are judged, who met whom, and who is new."""

from collections.abc import Mapping

from django.db.models import Q
from django.db.models.functions import Now

from judging.models import Ballot, Policy, Purpose, SystemPair
from judging.sampling import placing
from judging.sampling.pairs import Systems
from judging.services.pools import Reading


def met(policy: Policy) -> tuple[dict[Systems, int], dict[Systems, int]]:
    """Count the votes of each two systems, and these with the ballots that were issued a short while ago."""
    rows = SystemPair.objects.filter(Q(counted__gt=0) | Q(pending__gt=0)).values_list(
        "system_a_id", "system_b_id", "counted", "pending"
    )
    counted, together = {}, {}
    for one, other, votes, waiting in rows:
        counted[one, other] = votes
        together[one, other] = votes + waiting
    stale = Ballot.objects.filter(
        state__in=(Ballot.State.ISSUED, Ballot.State.OPENED),
        purpose=Purpose.NORMAL,
        issued_at__lte=Now() - policy.ballot_pending,
    )
    for systems in stale.values_list("pair__system_a_id", "pair__system_b_id"):
        together[systems] = max(together.get(systems, 0) - 1, counted.get(systems, 0))
    return counted, together


def newcomers(
    met: tuple[Mapping[Systems, int], Mapping[Systems, int]], policy: Policy, reading: Reading
) -> placing.Placing:
    """Find the newcomers, and whether they had their share of the day (J106); `met` is what `met` gives."""
    # Demonstrations meet only each other, and nobody waits for their place.
    systems = [each.system for each in reading.competitors if not each.demonstration]
    settled = placing.Settled(policy.placing_votes, policy.placing_opponents)
    ratings = {system: strength.rating for system, strength in reading.strengths.items()}
    found = placing.placing(systems, counted=met[0], met=met[1], ratings=ratings, settled=settled)
    today = sum(reading.day.values())
    new = sum(times for pair, times in reading.day.items() if found.systems.intersection(pair))
    return placing.Placing(found.systems, found.least, full=new + 1 > policy.placing_share_cap * (today + 1))
