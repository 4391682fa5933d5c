"""What a choice looks at, whoever it is for: who met whom, on what, and who is new. Each is one statement."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from django.db import connection

from judging.models import Policy
from judging.sampling import placing
from judging.sampling.pairs import Systems
from judging.sampling.prompts import Cell
from judging.services.pools import Reading

# A ballot that was issued a while ago will hardly be cast: it counts no more.
_MET: Final = """
    WITH stale AS (
        SELECT pair.system_a_id, pair.system_b_id, count(*) AS times
        FROM judging_ballot AS ballot JOIN judging_pair AS pair ON pair.id = ballot.pair_id
        WHERE ballot.state IN ('issued', 'opened') AND ballot.purpose = 'normal'
            AND ballot.issued_at <= statement_timestamp() - make_interval(secs => %(pending)s)
        GROUP BY 1, 2
    )
    SELECT system_a_id, system_b_id, counted, counted + greatest(pending - coalesce(times, 0), 0)
    FROM judging_systempair LEFT JOIN stale USING (system_a_id, system_b_id)
    WHERE counted > 0 OR pending > 0
"""
_BETWEEN: Final = """
    WITH systems AS MATERIALIZED (
        SELECT id FROM judging_systempair WHERE system_a_id = %(a)s AND system_b_id = %(b)s
    )
    SELECT 'cell', task_id, level_id, language_id, counted + pending
    FROM judging_pairtally WHERE systems_id = (SELECT id FROM systems)
    UNION ALL
    SELECT 'people', prompt_id, NULL, NULL, people
    FROM judging_audience WHERE systems_id = (SELECT id FROM systems) AND people > 0
    UNION ALL
    SELECT 'open', pair.prompt_id, NULL, NULL, 1
    FROM judging_ballot AS ballot JOIN judging_pair AS pair ON pair.id = ballot.pair_id
    WHERE ballot.state IN ('issued', 'opened') AND ballot.purpose = 'normal'
        AND pair.system_a_id = %(a)s AND pair.system_b_id = %(b)s
"""


class Between(NamedTuple):
    """What two systems met on.

    Attributes:
        cells: ballots by cell, cast or open.
        people: whose vote counts, by prompt.
        shown: these, and the ballots that can still be cast.
    """

    cells: Mapping[Cell, int]
    people: Mapping[int, int]
    shown: Mapping[int, int]


def met(policy: Policy) -> tuple[dict[Systems, int], dict[Systems, int]]:
    """Count the votes of each two systems, and these with the ballots that were issued a short while ago."""
    with connection.cursor() as cursor:
        cursor.execute(_MET, {"pending": policy.ballot_pending.total_seconds()})
        rows = cursor.fetchall()
    counted = {(one, other): votes for one, other, votes, _ in rows}
    return counted, {(one, other): together for one, other, _, together in rows}


def between(systems: Systems) -> Between:
    """Count what two systems (the smaller key first) met on, by cell and by prompt."""
    cells: dict[Cell, int] = {}
    people: dict[int, int] = {}
    shown: dict[int, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_BETWEEN, {"a": systems[0], "b": systems[1]})
        for kind, key, level, language, times in cursor.fetchall():
            if kind == "cell":
                cells[key, level, language] = times
                continue
            shown[key] = shown.get(key, 0) + times
            if kind == "people":
                people[key] = times
    return Between(cells, people, shown)


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
