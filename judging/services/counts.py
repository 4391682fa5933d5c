"""What a choice looks at, whoever it is for: the systems that are judged, who met whom, and who is new."""

from collections.abc import Mapping

from django.db.models import Q
from django.db.models.functions import Now

from inference.models import System
from judging.models import Ballot, Policy, Purpose, SystemPair
from judging.sampling import pairs, placing
from judging.sampling.limits import Competitor
from judging.sampling.pairs import Systems
from judging.services import pools
from judging.services.pools import Reading


def competitors() -> list[Competitor]:
    """List the systems that are judged."""
    rows = System.objects.filter(state__in=pools.JUDGED).values_list(
        "pk", "model_id", "model__team_id", "label", "state"
    )
    return [
        Competitor(
            system,
            family,
            owner,
            demonstration=label == System.Label.DEMONSTRATION,
            codenamed=state == System.State.CODENAMED,
        )
        for system, family, owner, label, state in rows
    ]


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
    judged: list[Competitor],
    met: tuple[Mapping[Systems, int], Mapping[Systems, int]],
    policy: Policy,
    *,
    reading: Reading,
    strong: Mapping[int, pairs.Strength],
) -> placing.Placing:
    """Find the newcomers, and whether they had their share of the day (J106); `met` is what `met` gives."""
    # Demonstrations meet only each other, and nobody waits for their place.
    systems = [each.system for each in judged if not each.demonstration]
    settled = placing.Settled(policy.placing_votes, policy.placing_opponents)
    ratings = {system: strength.rating for system, strength in strong.items()}
    found = placing.placing(systems, counted=met[0], met=met[1], ratings=ratings, settled=settled)
    today = sum(reading.day.values())
    new = sum(times for pair, times in reading.day.items() if found.systems.intersection(pair))
    return placing.Placing(found.systems, found.least, full=new + 1 > policy.placing_share_cap * (today + 1))
