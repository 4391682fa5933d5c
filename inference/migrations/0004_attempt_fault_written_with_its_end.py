"""Whose fault a try's end was is written with that end, and like it only once."""

from django.db import migrations

WITH_FAULT = """
DROP TRIGGER kept ON inference_attempt;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON inference_attempt
    FOR EACH ROW EXECUTE FUNCTION arena_append_only(
        'ended_at', 'outcome', 'fault', 'stage', 'code', 'message', 'detail', 'first_audio_ms', 'total_ms');
"""

WITHOUT_FAULT = """
DROP TRIGGER kept ON inference_attempt;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON inference_attempt
    FOR EACH ROW EXECUTE FUNCTION arena_append_only(
        'ended_at', 'outcome', 'stage', 'code', 'message', 'detail', 'first_audio_ms', 'total_ms');
"""


class Migration(migrations.Migration):
    dependencies = [("inference", "0003_attempt_fault_and_stage_tags")]
    operations = [migrations.RunSQL(WITH_FAULT, WITHOUT_FAULT)]
