"""Counts of the ballots that were there before the tables of counts (datamodel D57, judging J108)."""

from django.db import migrations

FILL = """
CREATE TEMPORARY TABLE old_ballots ON COMMIT DROP AS
SELECT ballot.pair_id, pair.system_a_id, pair.system_b_id, prompt.task_id, prompt.level_id, prompt.language_id,
    ballot.left, (ballot.first = 'left') = (ballot.left = 'a') AS a_first, ballot.state = 'voted' AS cast_,
    ballot.state <> 'voted' AS pending,
    ballot.state = 'voted' AND NOT EXISTS (
        SELECT FROM judging_vote AS vote
        JOIN judging_voteexclusion AS exclusion ON exclusion.vote_id = vote.id
        LEFT JOIN judging_exclusionlift AS lift ON lift.exclusion_id = exclusion.id
        WHERE vote.ballot_id = ballot.id AND lift.id IS NULL
    ) AS counted
FROM judging_ballot AS ballot
JOIN judging_pair AS pair ON pair.id = ballot.pair_id
JOIN inference_prompt AS prompt ON prompt.id = pair.prompt_id
WHERE ballot.state IN ('issued', 'opened', 'voted');

DELETE FROM judging_systempair;
INSERT INTO judging_systempair
    (system_a_id, system_b_id, a_left, a_right, a_first, b_first, counted, pending)
SELECT system_a_id, system_b_id, count(*) FILTER (WHERE "left" = 'a'), count(*) FILTER (WHERE "left" = 'b'),
    count(*) FILTER (WHERE a_first), count(*) FILTER (WHERE NOT a_first),
    count(*) FILTER (WHERE counted), count(*) FILTER (WHERE pending)
FROM old_ballots GROUP BY 1, 2;

INSERT INTO judging_pairtally (systems_id, task_id, level_id, language_id, counted, pending)
SELECT systems.id, task_id, level_id, language_id, count(*) FILTER (WHERE old_ballots.counted),
    count(*) FILTER (WHERE old_ballots.pending)
FROM old_ballots JOIN judging_systempair AS systems USING (system_a_id, system_b_id) GROUP BY 1, 2, 3, 4;

INSERT INTO judging_audience (pair_id, systems_id, people)
SELECT pair_id, systems.id, count(*) FILTER (WHERE old_ballots.counted)
FROM old_ballots JOIN judging_systempair AS systems USING (system_a_id, system_b_id) WHERE cast_ GROUP BY 1, 2;
"""


class Migration(migrations.Migration):
    dependencies = [("judging", "0004_tallies")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
