"""Votes and all that is said about them are only ever added (datamodel D9 TR, D10, D47, D49, D51, D52, D55, D60)."""

from django.db import migrations

APPEND_ONLY = ["pair", "vote", "verdict", "voteexclusion", "exclusionlift", "seal", "sealeditem"]

GUARDS = "".join(
    f"""
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON judging_{table} FOR EACH ROW EXECUTE FUNCTION arena_append_only();
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON judging_{table} EXECUTE FUNCTION arena_append_only();
"""
    for table in APPEND_ONLY
)
GUARDS += """
-- What a ballot shows, and on which side, is fixed when it is issued.
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON judging_ballot
    FOR EACH ROW EXECUTE FUNCTION arena_append_only('state', 'closing_code', 'opened_at');

-- Both responses of a pair answer its prompt and belong to its systems.
ALTER TABLE judging_pair ADD CONSTRAINT response_a_is_system_a_on_the_prompt
    FOREIGN KEY (response_a_id, system_a_id, prompt_id) REFERENCES inference_response (id, system_id, prompt_id);
ALTER TABLE judging_pair ADD CONSTRAINT response_b_is_system_b_on_the_prompt
    FOREIGN KEY (response_b_id, system_b_id, prompt_id) REFERENCES inference_response (id, system_id, prompt_id);
"""

WITHOUT = """
ALTER TABLE judging_pair DROP CONSTRAINT response_a_is_system_a_on_the_prompt;
ALTER TABLE judging_pair DROP CONSTRAINT response_b_is_system_b_on_the_prompt;
DROP TRIGGER kept ON judging_ballot;
""" + "".join(
    f"DROP TRIGGER kept ON judging_{table}; DROP TRIGGER not_emptied ON judging_{table};\n"
    for table in APPEND_ONLY
)


class Migration(migrations.Migration):
    dependencies = [("judging", "0001_initial"), ("inference", "0002_immutability")]
    operations = [migrations.RunSQL(GUARDS, WITHOUT)]
