"""What people heard in closed batches, kept in one row a person: a cache, made anew when a batch closes.

Closed batches change no more, so the row is never wrong; where it is missing or behind, the ballots behind it
are read (`judging.services.listeners`), and a draw only takes longer.
"""

from typing import Final

from django.db import connection

from judging.models import Annotator

# Ballots that were never opened were not heard. Those from before there were batches belong to the past.
_FOLD: Final = """
    INSERT INTO judging_past (annotator_id, through, systems_a, systems_b, prompts, counts, latest)
    SELECT annotator_id, max(key), coalesce(array_agg(system_a_id ORDER BY key) FILTER (WHERE heard), '{}'),
        coalesce(array_agg(system_b_id ORDER BY key) FILTER (WHERE heard), '{}'),
        coalesce(array_agg(prompt_id ORDER BY key) FILTER (WHERE heard), '{}'),
        coalesce(array_agg(counts ORDER BY key) FILTER (WHERE heard), '{}'),
        count(*) FILTER (WHERE heard AND batch_id = newest)
    FROM (
        SELECT ballot.annotator_id, ballot.id AS key, pair.system_a_id, pair.system_b_id, pair.prompt_id,
            ballot.batch_id, max(ballot.batch_id) OVER (PARTITION BY ballot.annotator_id) AS newest,
            ballot.opened_at IS NOT NULL OR ballot.state NOT IN ('expired', 'void') AS heard,
            ballot.purpose = 'normal' AND ballot.state = 'voted' AS counts
        FROM judging_ballot AS ballot
        JOIN judging_pair AS pair ON pair.id = ballot.pair_id
        LEFT JOIN judging_batch AS batch ON batch.id = ballot.batch_id
        WHERE (batch.state = 'closed' OR batch.id IS NULL) AND NOT EXISTS (
                SELECT FROM judging_batch AS present JOIN judging_ballot AS own ON own.batch_id = present.id
                WHERE present.state = 'open' AND present.annotator_id = ballot.annotator_id
                    AND own.id < ballot.id
            )
            AND (%(annotator)s::bigint IS NULL OR ballot.annotator_id = %(annotator)s)
    ) AS ballots
    GROUP BY annotator_id
    ON CONFLICT (annotator_id) DO UPDATE SET through = excluded.through, systems_a = excluded.systems_a,
        systems_b = excluded.systems_b, prompts = excluded.prompts, counts = excluded.counts,
        latest = excluded.latest
"""


def fold(annotator: Annotator | None = None) -> None:
    """Make the past of one person anew, or everybody's; for one, call it while no batch of theirs is open."""
    with connection.cursor() as cursor:
        cursor.execute(_FOLD, {"annotator": annotator.pk if annotator else None})
