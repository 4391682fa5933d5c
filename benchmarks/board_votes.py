"""An arena with many sealed votes in one go: one copied table, and the rows made from it without triggers.

`manage.py make_arena` makes the same by the front door, and takes half an hour for a million votes.
"""

from typing import Final

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from judging.models import Criterion, Policy, Seal
from leaderboard.ranking.comparisons import OUTCOMES
from leaderboard.services.generated import competitors, tastes
from leaderboard.services.generated.tastes import Size, Tastes

_BATCH: Final = 12
_TABLE: Final = """
    CREATE TEMPORARY TABLE said (number bigint, annotator bigint, prompt bigint, a bigint, b bigint,
        batch bigint, position smallint, side text, answer text) ON COMMIT DROP
"""
_ROWS: Final = (
    """INSERT INTO judging_pair (id, prompt_id, system_a_id, system_b_id, response_a_id, response_b_id,
        created_at)
    SELECT row_number() OVER (ORDER BY prompt, a, b), prompt, a, b, (prompt - 1) * %(systems)s + a,
        (prompt - 1) * %(systems)s + b, now() FROM (SELECT DISTINCT prompt, a, b FROM said) AS met""",
    """INSERT INTO judging_batch (id, public_id, annotator_id, kind, policy_id, languages, output,
        surroundings, headphones, size, plan, criterion_order, state, started_at)
    SELECT batch, gen_random_uuid(), min(annotator), 'normal', %(policy)s, '{}', '', '', '', count(*),
        array_fill('normal'::text, ARRAY[count(*)::int]), '{overall}', 'closed', now()
    FROM said GROUP BY batch""",
    """INSERT INTO judging_batchclosing (id, batch_id, by, at)
    SELECT id, id, 'annotator', now() FROM judging_batch""",
    """INSERT INTO judging_ballot (id, public_id, annotator_id, batch_id, policy_id, position, purpose,
        pair_id, "left", first, target_lufs, normaliser_version, language_level, rule, rule_version,
        probability, state, closing_code, issued_at, opened_at, expires_at)
    SELECT number, gen_random_uuid(), annotator, batch, %(policy)s, position, 'normal',
        pair.id, side, 'left', -23, 1, '', 'uniform', 1,
        1, 'voted', '', now(), now(), now() + interval '1 day'
    FROM said JOIN judging_pair AS pair ON (prompt_id, system_a_id, system_b_id) = (prompt, a, b)""",
    """INSERT INTO judging_vote (id, public_id, ballot_id, cast_at, elapsed_ms, build, voice_known)
    SELECT number, gen_random_uuid(), number, now() + number * interval '1 ms', 20000, '', false FROM said""",
    """INSERT INTO judging_verdict (id, vote_id, criterion_id, answer, prefilled, reasons)
    SELECT number, number, %(criterion)s, answer, false, '{}' FROM said""",
    """INSERT INTO judging_sealeditem (seal_id, kind, key, digest, form)
    SELECT %(seal)s, 'vote', number, md5(number::text) || md5(number::text), 2 FROM said
    UNION ALL SELECT %(seal)s, 'closing', id, md5(id::text) || md5(id::text), 2 FROM judging_batchclosing""",
)


def fill(size: Size, *, seed: int) -> Seal:
    """Fill an empty arena; every vote is overall, counts, and is sealed by the seal that is returned."""
    rng = np.random.Generator(np.random.PCG64(seed))
    people = Tastes(size, rng)
    heard = tastes.heard(size, rng)
    answers = people.answers(heard)[:, -1]
    order = np.argsort(heard.annotator, kind="stable")
    annotator = heard.annotator[order]
    within = np.arange(size.votes) - np.searchsorted(annotator, annotator)
    starts = (within % _BATCH == 0).astype(np.int64)
    columns = (
        np.arange(1, size.votes + 1),
        *(column[order] + 1 for column in (heard.annotator, heard.prompt, heard.a, heard.b)),
        np.cumsum(starts),
        within % _BATCH + 1,
        np.array(["a", "b"])[rng.integers(0, 2, size.votes)],
        np.array(OUTCOMES)[answers[order]],
    )
    with transaction.atomic():
        competitors.write(size, at=timezone.now(), rng=rng)
        seal = Seal.objects.create(number=1, items=size.votes, digest=f"{seed:064x}")
        _write(columns, size, seal)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return seal


def _write(columns: tuple[np.ndarray, ...], size: Size, seal: Seal) -> None:
    values = {
        "systems": size.systems,
        "seal": seal.pk,
        "policy": Policy.objects.get(current=True).pk,
        "criterion": Criterion.objects.get(slug="overall").pk,
    }
    lines = map("\t".join, zip(*(map(str, column.tolist()) for column in columns), strict=True))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_TABLE)
        with cursor.copy("COPY said FROM STDIN") as stream:
            stream.write("\n".join(lines) + "\n")
        cursor.execute("ANALYZE said")
        for statement in _ROWS:
            cursor.execute(statement, values)
        cursor.execute("SET LOCAL session_replication_role = origin")
