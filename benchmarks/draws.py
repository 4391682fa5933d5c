"""Time the choice of pairs in a full arena (goal J99: 5 ms at the database, whatever the number of votes).

Run from the repository: `python -m benchmarks.draws [--votes 100000] [--choices 10000] [--json FILE]`. It
brings up a PostgreSQL of its own with 50 systems, 1,300 prompts, 65,000 responses and so many votes, lets 100
people choose in turn, and prints Markdown. Time at the database is that of all statements, there and back.
"""

import argparse
import json
import os
import time
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from benchmarks.jobs import bring_up

SYSTEMS, PROMPTS, PEOPLE = 50, 1300, 100

PROMPT_ROWS = """
    INSERT INTO inference_prompt (public_id, prompt_set_id, slug, raw_id, playback_id, transcript,
        delivery_label, language_id, answer_language_id, task_id, level_id, tags, split, licence, origin,
        origin_detail, speaker_consent, content_sha256, state, withdrawn_reason, created_at)
    SELECT gen_random_uuid(), prompt_set_id, 'crowd-' || number, raw_id, playback_id, '', '', language_id,
        answer_language_id, (SELECT array_agg(id ORDER BY id) FROM inference_task)[1 + number %% 8],
        (SELECT array_agg(id ORDER BY id) FROM inference_level)[1 + number %% 4], tags, split, licence,
        origin, origin_detail, speaker_consent, md5(number::text), state, withdrawn_reason, created_at
    FROM inference_prompt, generate_series(2, %(prompts)s) AS number WHERE id = %(prompt)s
"""
RESPONSE_ROWS = """
    INSERT INTO inference_response (job_id, system_id, prompt_id, replicate, raw_id, playback_id,
        own_transcript, total_ms, seed, parameters, stop_reason, state, state_code, created_at)
    SELECT row_number() OVER () + 1000000, system.id, prompt.id, 1, prompt.raw_id, prompt.playback_id, '',
        100, 1, '{}', '', 'ok', '', now()
    FROM inference_system AS system, inference_prompt AS prompt
"""
# Nine of ten pairs are judged once and one of twenty three times, as the overlap wants it.
BALLOT_ROWS = """
    CREATE TEMPORARY TABLE crowd AS
    WITH numbered AS (
        SELECT number, CASE WHEN number < %(once)s THEN number ELSE (number - %(once)s) / 2 END AS pair,
            CASE WHEN number < %(once)s THEN 0 ELSE 1 + (number - %(once)s) %% 2 END AS turn
        FROM generate_series(0, %(votes)s - 1) AS number
    )
    SELECT number, pair, (pair + turn) %% %(people)s AS person FROM numbered;

    INSERT INTO judging_pair
        (id, prompt_id, system_a_id, system_b_id, response_a_id, response_b_id, created_at)
    SELECT 1000000 + number, a.prompt_id, a.system_id, b.system_id, a.id, b.id, now()
    FROM generate_series(0, %(once)s - 1) AS number
    JOIN (SELECT row_number() OVER (ORDER BY one.id, other.id) - 1 AS place, one.id AS one, other.id AS other
        FROM inference_system AS one JOIN inference_system AS other ON one.id < other.id) AS systems
        ON systems.place = number %% %(system_pairs)s
    JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS place, id FROM inference_prompt) AS prompts
        ON prompts.place = (number / %(system_pairs)s * 7 + number) %% %(prompts)s
    JOIN inference_response AS a ON a.system_id = systems.one AND a.prompt_id = prompts.id
    JOIN inference_response AS b ON b.system_id = systems.other AND b.prompt_id = prompts.id;

    INSERT INTO judging_ballot (public_id, annotator_id, batch_id, policy_id, position, purpose, pair_id,
        "left", first, target_lufs, normaliser_version, language_level, rule, rule_version, probability,
        state, closing_code, issued_at, opened_at, expires_at)
    SELECT gen_random_uuid(), (%(annotators)s::bigint[])[1 + person], (%(batches)s::bigint[])[1 + person],
        %(policy)s, row_number() OVER (PARTITION BY person ORDER BY number), 'normal', 1000000 + pair,
        CASE WHEN number %% 2 = 0 THEN 'a' ELSE 'b' END, 'left', -23, 1, '', 'coverage', 1, 0.001, 'voted',
        '', now() - interval '1 minute' * (%(votes)s - number), now(), now() FROM crowd
"""


def main() -> None:
    """Fill the arena, choose, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--votes", type=int, default=100_000)
    parser.add_argument("--choices", type=int, default=10_000)
    parser.add_argument("--json", type=Path, help="Also write the figures there.")
    options = parser.parse_args()
    bring_up()

    figures = choose(fill(options.votes), options.choices)
    print("| of one choice | p50 | p95 |\n|---|---:|---:|")
    for name, (middle, high) in figures.items():
        print(f"| {name} | {middle:.2f} | {high:.2f} |")
    if options.json:
        said = {"votes": options.votes, "choices": options.choices, "load": round(os.getloadavg()[0], 1)}
        options.json.write_text(json.dumps(said | {"figures": figures}, indent=1) + "\n")


def fill(votes: int) -> list[Any]:
    """Make the arena, and return the open batches of its people."""
    from django.db import connection, transaction  # noqa: PLC0415 -- once Django is set up

    from judging.models import Batch  # noqa: PLC0415 -- as above
    from judging.services import policies, tallies  # noqa: PLC0415 -- as above
    from tests import factories  # noqa: PLC0415 -- as above

    prompt = factories.prompt()
    for _ in range(SYSTEMS):
        factories.system()
    annotators = [factories.annotator() for _ in range(PEOPLE)]
    policy = policies.current()
    batches = [
        Batch.objects.create(
            annotator=each, policy=policy, size=1, plan=["normal"], criterion_order=[], state="closed"
        )
        for each in annotators
    ]
    values: dict[str, Any] = {
        "prompt": prompt.pk,
        "prompts": PROMPTS,
        "votes": votes,
        "once": votes * 9 // 10,
        "people": PEOPLE,
        "system_pairs": SYSTEMS * (SYSTEMS - 1) // 2,
        "annotators": [each.pk for each in annotators],
        "batches": [each.pk for each in batches],
        "policy": policy.pk,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        # No triggers: what is made here fits.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for rows in (PROMPT_ROWS, RESPONSE_ROWS, *BALLOT_ROWS.split(";\n")):
            cursor.execute(rows, values)
    tallies.rebuild()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    plan = ["normal"] * 12
    return [
        Batch.objects.create(annotator=each, policy=policy, size=12, plan=plan, criterion_order=[])
        for each in annotators
    ]


def choose(batches: list[Any], times: int) -> dict[str, tuple[float, float]]:
    """Choose again and again; milliseconds at the database and in all, and statements."""
    from django.db import connection  # noqa: PLC0415 -- once Django is set up

    from judging.services import draws, pools  # noqa: PLC0415 -- as above

    spent: list[float] = []

    def timed(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent.append(1000 * (time.perf_counter() - started))

    started = time.perf_counter()
    pools.current(fresh=True)
    reading = 1000 * (time.perf_counter() - started)
    database, wall, statements = [], [], []
    with connection.execute_wrapper(timed):
        for number in range(times):
            spent.clear()
            started = time.perf_counter()
            batch = batches[number % len(batches)]
            if draws.draw(batch.annotator, rng=Random(number), batch=batch) is None:  # noqa: S311 -- seeded
                raise SystemExit("Nothing was left to choose from.")
            wall.append(1000 * (time.perf_counter() - started))
            database.append(sum(spent))
            statements.append(float(len(spent)))

    def both(values: list[float]) -> tuple[float, float]:
        return round(float(np.percentile(values, 50)), 2), round(float(np.percentile(values, 95)), 2)

    return {
        "at the database, ms": both(database),
        "in all, ms": both(wall),
        "statements": both(statements),
        "the reading that is kept a minute, ms": (round(reading, 2), round(reading, 2)),
    }


if __name__ == "__main__":
    main()
