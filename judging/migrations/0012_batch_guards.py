"""What no code may do to batches, lines of votes and policies (datamodel D10, D43–D46, D49–D53, D79)."""

from django.db import migrations

# Table by table: the columns that may change.
KEPT = {
    "judging_policy": ["current"],
    "judging_policycriterion": [],
    "judging_batchclosing": [],
    "judging_heard": [],
    "inference_securityevent": ["user_id", "handled_by_id", "handled_at", "outcome"],
}

GUARDS = "".join(
    f"""
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION arena_append_only({", ".join(f"'{name}'" for name in changing)});
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON {table} EXECUTE FUNCTION arena_append_only();
"""
    for table, changing in KEPT.items()
)
GUARDS += """
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON judging_batch
    FOR EACH ROW EXECUTE FUNCTION arena_append_only('state', 'last_cast_at', 'device_check_id');
-- Beats are deleted after 90 days, and changed never.
CREATE TRIGGER kept BEFORE UPDATE ON judging_beat FOR EACH ROW EXECUTE FUNCTION arena_append_only();

DROP TRIGGER kept ON judging_ballot;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON judging_ballot
    FOR EACH ROW EXECUTE FUNCTION arena_append_only('state', 'closing_code', 'opened_at', 'page', 'ready_ms');

-- Not valid for what is there: ballots from before there were batches stay without one, and no others come.
ALTER TABLE judging_ballot ADD CONSTRAINT a_ballot_has_a_batch_a_position_and_a_policy
    CHECK (batch_id IS NOT NULL AND position > 0 AND policy_id IS NOT NULL) NOT VALID;

-- A vote is superseded by a vote of its own ballot.
ALTER TABLE judging_vote ADD CONSTRAINT a_vote_supersedes_one_of_its_own_ballot
    FOREIGN KEY (supersedes_id, ballot_id) REFERENCES judging_vote (id, ballot_id);

CREATE FUNCTION arena_repeat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.purpose = 'repeat' AND NOT EXISTS (
        SELECT FROM judging_ballot AS earlier WHERE earlier.id = NEW.repeat_of_id
            AND earlier.annotator_id = NEW.annotator_id AND earlier.pair_id = NEW.pair_id
            AND earlier."left" <> NEW."left"
    ) THEN
        RAISE EXCEPTION 'a repeat is of the same person and pair, with the sides swapped'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER repeats BEFORE INSERT ON judging_ballot FOR EACH ROW EXECUTE FUNCTION arena_repeat();

CREATE FUNCTION arena_asked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM judging_vote AS vote JOIN judging_ballot AS ballot ON ballot.id = vote.ballot_id
        WHERE vote.id = NEW.vote_id AND ballot.policy_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM judging_policycriterion AS asked
            WHERE asked.policy_id = ballot.policy_id AND asked.criterion_id = NEW.criterion_id
        )
    ) THEN
        RAISE EXCEPTION 'the policy of the ballot does not ask this criterion' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER asked BEFORE INSERT ON judging_verdict FOR EACH ROW EXECUTE FUNCTION arena_asked();
"""

WITHOUT = """
DROP TRIGGER asked ON judging_verdict;
DROP FUNCTION arena_asked;
DROP TRIGGER repeats ON judging_ballot;
DROP FUNCTION arena_repeat;
ALTER TABLE judging_vote DROP CONSTRAINT a_vote_supersedes_one_of_its_own_ballot;
ALTER TABLE judging_ballot DROP CONSTRAINT a_ballot_has_a_batch_a_position_and_a_policy;
DROP TRIGGER kept ON judging_ballot;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON judging_ballot
    FOR EACH ROW EXECUTE FUNCTION arena_append_only('state', 'closing_code', 'opened_at');
DROP TRIGGER kept ON judging_beat;
DROP TRIGGER kept ON judging_batch;
""" + "".join(f"DROP TRIGGER kept ON {table}; DROP TRIGGER not_emptied ON {table};\n" for table in KEPT)


class Migration(migrations.Migration):
    dependencies = [("judging", "0011_first_policy")]
    operations = [migrations.RunSQL(GUARDS, WITHOUT)]
