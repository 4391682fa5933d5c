"""What no code may do to submissions, and what may still be said of a frozen system (datamodel D27, D30, D79)."""

from django.db import migrations

GUARDS = """
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON inference_submissionevent
    FOR EACH ROW EXECUTE FUNCTION arena_append_only();
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON inference_submissionevent EXECUTE FUNCTION arena_append_only();

-- A status never goes backward: the pair (round, rank of the state) only grows.
CREATE FUNCTION arena_submission_goes_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM inference_submissionevent
        WHERE submission_id = NEW.submission_id AND (round, rank) >= (NEW.round, NEW.rank)
    ) THEN
        RAISE EXCEPTION 'INSERT refused: a submission only goes forward' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER forward BEFORE INSERT ON inference_submissionevent
    FOR EACH ROW EXECUTE FUNCTION arena_submission_goes_forward();

-- A job may be asked for again by a later submission of the same system.
DROP TRIGGER kept ON inference_job;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON inference_job
    FOR EACH ROW EXECUTE FUNCTION arena_append_only(
        'state', 'priority', 'not_before', 'last_rung_at', 'batch', 'lease_token', 'lease_expires_at',
        'hard_deadline_at', 'attempts', 'errors', 'crashes', 'ended_at', 'submission_id');

-- The name it goes by for a while, what follows it, and how much it answered are no part of what it is.
DROP TRIGGER frozen ON inference_system;
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON inference_system
    FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL) EXECUTE FUNCTION arena_append_only(
        'state', 'first_public_at', 'retired_at', 'retire_reason', 'paused_at', 'pause_code',
        'codename', 'reveal_at', 'codenamed_at', 'replaced_by_id', 'is_partial');
CREATE TRIGGER codename_stays BEFORE UPDATE ON inference_system
    FOR EACH ROW WHEN (OLD.codename IS NOT NULL AND (NEW.codename, NEW.reveal_at) IS DISTINCT FROM (OLD.codename, OLD.reveal_at))
    EXECUTE FUNCTION arena_append_only();

-- Published with its freezing or later, and then for good.
DROP TRIGGER frozen_stays ON inference_promptset;
CREATE TRIGGER frozen_stays BEFORE UPDATE OR DELETE ON inference_promptset
    FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL) EXECUTE FUNCTION arena_append_only('published_at');
CREATE TRIGGER published_stays BEFORE UPDATE ON inference_promptset
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION arena_append_only();
"""

WITHOUT = """
DROP TRIGGER published_stays ON inference_promptset;
DROP TRIGGER frozen_stays ON inference_promptset;
CREATE TRIGGER frozen_stays BEFORE UPDATE OR DELETE ON inference_promptset
    FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL) EXECUTE FUNCTION arena_append_only();
DROP TRIGGER codename_stays ON inference_system;
DROP TRIGGER frozen ON inference_system;
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON inference_system
    FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL) EXECUTE FUNCTION arena_append_only(
        'state', 'first_public_at', 'retired_at', 'retire_reason', 'paused_at', 'pause_code');
DROP TRIGGER kept ON inference_job;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON inference_job
    FOR EACH ROW EXECUTE FUNCTION arena_append_only(
        'state', 'priority', 'not_before', 'last_rung_at', 'batch', 'lease_token', 'lease_expires_at',
        'hard_deadline_at', 'attempts', 'errors', 'crashes', 'ended_at');
DROP FUNCTION arena_submission_goes_forward() CASCADE;
DROP TRIGGER not_emptied ON inference_submissionevent;
DROP TRIGGER kept ON inference_submissionevent;
"""


class Migration(migrations.Migration):
    dependencies = [("inference", "0014_submissions")]
    operations = [migrations.RunSQL(GUARDS, WITHOUT)]
