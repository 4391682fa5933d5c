"""A review stays as it was decided (moderation M23)."""

from django.db import migrations

GUARDS = """
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON inference_submissionreview
    FOR EACH ROW WHEN (OLD.decision <> '') EXECUTE FUNCTION arena_append_only();
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON inference_submissionreview EXECUTE FUNCTION arena_append_only();
"""
WITHOUT = """
DROP TRIGGER not_emptied ON inference_submissionreview;
DROP TRIGGER kept ON inference_submissionreview;
"""


class Migration(migrations.Migration):
    dependencies = [("inference", "0022_submission_reviews")]

    operations = [migrations.RunSQL(GUARDS, WITHOUT)]
