"""Counts of who met whom, moved in the transaction that moves the ballot, and rebuilt at will (D57).

A ballot is *pending* while it can be cast, and *counted* once it is, unless an exclusion takes its vote out.
Sides are counted for both, since they are what was balanced when the ballot was issued. Repeats, gold and
training are in no count: they are no evidence, and their sides are not free.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from django.db import connection, models, transaction

from judging.models import Audience, Ballot, Pair, PairTally, Purpose, SystemPair
from judging.services import pasts

_TABLES: Final[tuple[type[models.Model], ...]] = (SystemPair, PairTally, Audience)


class Difference(NamedTuple):
    """A row of counts that is not what the ballots and votes say.

    Attributes:
        table: the model's name.
        stored: the row is the tally's; otherwise it is what the ballots and votes come to.
        row: the keys that it is of, and the counts.
    """

    table: str
    stored: bool
    row: tuple[int | None, ...]


def locked(pair: Pair) -> SystemPair:
    """Hold the row of a pair's two systems until the transaction ends; the first meeting makes it."""
    row, _ = SystemPair.objects.select_for_update(no_key=True).get_or_create(
        system_a_id=pair.system_a_id, system_b_id=pair.system_b_id
    )
    return row


def issue(ballot: Ballot) -> None:
    """Count a new ballot as pending, and its sides."""
    _move(ballot, {"pending": 1, **_sides(ballot, 1)})


def close(ballot: Ballot) -> None:
    """Take out a pending ballot that ends without a vote, and its sides."""
    _move(ballot, {"pending": -1, **_sides(ballot, -1)})


def vote(ballot: Ballot) -> None:
    """Turn a pending ballot into a counted one."""
    _move(ballot, {"pending": -1, "counted": 1, "people": 1})


def exclude(ballot: Ballot) -> None:
    """Take a vote out of the count; it keeps its sides."""
    _move(ballot, {"counted": -1, "people": -1})


def restore(ballot: Ballot) -> None:
    """Count a vote again that no exclusion takes out any more."""
    _move(ballot, {"counted": 1, "people": 1})


def _sides(ballot: Ballot, change: int) -> Mapping[str, int]:
    side = "a_left" if ballot.left == "a" else "a_right"
    first = "a_first" if (ballot.first == "left") == (ballot.left == "a") else "b_first"
    return {side: change, first: change}


# One statement for all three tables; the first lock is that of the systems' row, so that nobody waits in a
# circle. A tally is a cache, not the truth: where it is behind, a late closing must not fail on it.
_MOVE: Final = """
    WITH systems AS (
        UPDATE judging_systempair SET
            counted = greatest(counted + %(counted)s, 0), pending = greatest(pending + %(pending)s, 0),
            a_left = greatest(a_left + %(a_left)s, 0), a_right = greatest(a_right + %(a_right)s, 0),
            a_first = greatest(a_first + %(a_first)s, 0), b_first = greatest(b_first + %(b_first)s, 0)
        WHERE system_a_id = %(system_a)s AND system_b_id = %(system_b)s RETURNING id
    ), cells AS (
        INSERT INTO judging_pairtally AS cell (systems_id, task_id, level_id, language_id, counted, pending)
        SELECT id, %(task)s::bigint, %(level)s::bigint, %(language)s::bigint, greatest(%(counted)s, 0),
            greatest(%(pending)s, 0) FROM systems
        ON CONFLICT ON CONSTRAINT two_systems_have_one_tally_per_cell DO UPDATE SET
            counted = greatest(cell.counted + %(counted)s, 0),
            pending = greatest(cell.pending + %(pending)s, 0)
    )
    INSERT INTO judging_audience AS audience (pair_id, systems_id, prompt_id, people)
    SELECT %(pair)s, id, %(prompt)s, greatest(%(people)s, 0) FROM systems
    ON CONFLICT (pair_id) DO UPDATE SET people = greatest(audience.people + %(people)s, 0)
"""
_ALL: Final = ("counted", "pending", "a_left", "a_right", "a_first", "b_first", "people")


def _move(ballot: Ballot, changes: Mapping[str, int]) -> None:
    """Add to the counts of a ballot's two systems, of its prompt's cell, and of the people of its pair."""
    if ballot.purpose == Purpose.TRAINING:
        return
    pair, prompt = ballot.pair, ballot.pair.prompt
    # Repeats and gold write what normal pairs write, and change nothing: no answer takes longer for them.
    values: dict[str, int | None] = {
        **dict.fromkeys(_ALL, 0),
        **(changes if ballot.purpose == Purpose.NORMAL else {}),
        "system_a": pair.system_a_id,
        "system_b": pair.system_b_id,
        "pair": pair.pk,
        "prompt": prompt.pk,
        "task": prompt.task_id,
        "level": prompt.level_id,
        "language": prompt.language_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, values)
        if not cursor.rowcount:
            # Nothing was counted of these two yet.
            locked(pair)
            cursor.execute(_MOVE, values)


# What the ballots and votes say, in one statement, so that all of it is of one moment.
_BALLOTS = """
    WITH ballots AS (
        SELECT ballot.pair_id, pair.system_a_id, pair.system_b_id,
            prompt.id AS prompt_id, prompt.task_id, prompt.level_id, prompt.language_id,
            ballot.left, (ballot.first = 'left') = (ballot.left = 'a') AS a_first,
            ballot.state = 'voted' AS cast_, ballot.state IN ('issued', 'opened') AS pending,
            ballot.state = 'voted' AND NOT EXISTS (
                SELECT FROM judging_vote AS vote
                JOIN judging_voteexclusion AS exclusion ON exclusion.vote_id = vote.id
                LEFT JOIN judging_exclusionlift AS lift ON lift.exclusion_id = exclusion.id
                WHERE vote.ballot_id = ballot.id AND lift.id IS NULL
            ) AS counted
        FROM judging_ballot AS ballot
        JOIN judging_pair AS pair ON pair.id = ballot.pair_id
        JOIN inference_prompt AS prompt ON prompt.id = pair.prompt_id
        WHERE ballot.purpose = 'normal' AND ballot.state IN ('issued', 'opened', 'voted')
    )
"""
_TRUE: Final[Mapping[type[models.Model], str]] = {
    SystemPair: """
        SELECT system_a_id, system_b_id, count(*) FILTER (WHERE "left" = 'a'),
            count(*) FILTER (WHERE "left" = 'b'), count(*) FILTER (WHERE a_first),
            count(*) FILTER (WHERE NOT a_first), count(*) FILTER (WHERE counted),
            count(*) FILTER (WHERE pending)
        FROM ballots GROUP BY 1, 2
    """,
    PairTally: """
        SELECT systems.id, task_id, level_id, language_id, count(*) FILTER (WHERE ballots.counted),
            count(*) FILTER (WHERE ballots.pending)
        FROM ballots JOIN judging_systempair AS systems USING (system_a_id, system_b_id) GROUP BY 1, 2, 3, 4
    """,
    Audience: """
        SELECT pair_id, systems.id, prompt_id, count(*) FILTER (WHERE ballots.counted)
        FROM ballots JOIN judging_systempair AS systems USING (system_a_id, system_b_id)
        WHERE cast_ GROUP BY 1, 2, 3
    """,
}
_ROW: Final[Mapping[type[models.Model], tuple[str, ...]]] = {
    SystemPair: ("system_a_id", "system_b_id"),
    PairTally: ("systems_id", "task_id", "level_id", "language_id"),
    Audience: ("pair_id", "systems_id", "prompt_id"),
}
_COUNTS: Final[Mapping[type[models.Model], tuple[str, ...]]] = {
    SystemPair: ("a_left", "a_right", "a_first", "b_first", "counted", "pending"),
    PairTally: ("counted", "pending"),
    Audience: ("people",),
}


def differences() -> list[Difference]:
    """List every row of counts that is not what the ballots and votes say; zeros are as good as no row."""
    return [found for table in _TABLES for found in _differences(table)]


def _differences(table: type[models.Model]) -> list[Difference]:
    name, columns = table._meta.db_table, ", ".join((*_ROW[table], *_COUNTS[table]))  # noqa: SLF001 -- Django's
    some = f"WHERE greatest({', '.join(_COUNTS[table])}) > 0"
    # The names are constants of this module; one statement sees everything as of one moment.
    compared = f"""
        {_BALLOTS}, truth ({columns}) AS ({_TRUE[table]})
        SELECT true, * FROM (SELECT {columns} FROM {name} {some} EXCEPT SELECT * FROM truth) AS wrong
        UNION ALL SELECT false, * FROM
            (SELECT * FROM truth {some} EXCEPT SELECT {columns} FROM {name}) AS missing
        ORDER BY 2, 3, 1
    """  # noqa: S608 -- see above
    with connection.cursor() as cursor:
        cursor.execute(compared)
        return [Difference(table.__name__, stored, tuple(row)) for stored, *row in cursor.fetchall()]


@transaction.atomic
def rebuild() -> None:
    """Make all counts anew from the ballots and votes; what is issued and cast waits meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE judging_ballot, judging_systempair IN SHARE ROW EXCLUSIVE MODE")
        for table in reversed(_TABLES):
            table._default_manager.all().delete()  # noqa: SLF001 -- Django's
        for table in _TABLES:
            name, columns = table._meta.db_table, ", ".join((*_ROW[table], *_COUNTS[table]))  # noqa: SLF001
            cursor.execute(f"INSERT INTO {name} ({columns}) {_BALLOTS} {_TRUE[table]}")
    pasts.fold()
