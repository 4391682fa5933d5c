"""What no code may do: triggers and composite foreign keys (datamodel D9 TR, D23, D24, D27, D33, D35, D79)."""

from django.db import migrations

GUARDS = """
-- Refuses every change of a row but of the columns that the trigger names, and every deletion. Without arguments: any change.
CREATE FUNCTION arena_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_NARGS > 0 AND to_jsonb(OLD) - TG_ARGV = to_jsonb(NEW) - TG_ARGV THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% refused: rows of % are kept as they are', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON inference_audiofile
    FOR EACH ROW EXECUTE FUNCTION arena_append_only('storage_key');
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON inference_audiofile EXECUTE FUNCTION arena_append_only();

-- An attempt's end is written once; only a lost one may turn out to be fenced, when its late result comes.
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON inference_attempt
    FOR EACH ROW EXECUTE FUNCTION arena_append_only(
        'ended_at', 'outcome', 'stage', 'code', 'message', 'detail', 'first_audio_ms', 'total_ms');
CREATE TRIGGER ended_once BEFORE UPDATE ON inference_attempt
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL AND NOT (OLD.outcome = 'lost' AND NEW.outcome = 'fenced'))
    EXECUTE FUNCTION arena_append_only();
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON inference_attempt EXECUTE FUNCTION arena_append_only();

CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON inference_stage
    FOR EACH ROW EXECUTE FUNCTION arena_append_only();
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON inference_stage EXECUTE FUNCTION arena_append_only();

CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON inference_response
    FOR EACH ROW EXECUTE FUNCTION arena_append_only('state', 'state_code', 'playback_id');
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON inference_response EXECUTE FUNCTION arena_append_only();

-- What a job asks is fixed; only its life goes on.
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON inference_job
    FOR EACH ROW EXECUTE FUNCTION arena_append_only(
        'state', 'priority', 'not_before', 'last_rung_at', 'lease_token', 'lease_expires_at', 'hard_deadline_at',
        'attempts', 'errors', 'crashes', 'ended_at');

-- Once its set is frozen, a prompt can only be withdrawn or get the playback of a newer normaliser.
CREATE FUNCTION arena_frozen_prompt() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    later text[] := ARRAY['state', 'withdrawn_reason', 'playback_id'];
    frozen boolean;
BEGIN
    -- A prompt that moves touches two sets. The row locks make a prompt and a freeze that arrive together take turns.
    SELECT coalesce(bool_or(touched.frozen_at IS NOT NULL), false) INTO frozen FROM (
        SELECT frozen_at FROM inference_promptset
        WHERE id IN (OLD.prompt_set_id, NEW.prompt_set_id) ORDER BY id FOR SHARE
    ) AS touched;
    IF NOT frozen OR (TG_OP = 'UPDATE' AND to_jsonb(OLD) - later = to_jsonb(NEW) - later) THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION '% refused: the prompt set is frozen', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON inference_prompt
    FOR EACH ROW EXECUTE FUNCTION arena_frozen_prompt();
CREATE TRIGGER frozen_stays BEFORE UPDATE OR DELETE ON inference_promptset
    FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL) EXECUTE FUNCTION arena_append_only();

-- A frozen system keeps its identity; a public moment, once set, stays.
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON inference_system
    FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL) EXECUTE FUNCTION arena_append_only(
        'state', 'first_public_at', 'retired_at', 'retire_reason', 'paused_at', 'pause_code');
CREATE TRIGGER public_stays BEFORE UPDATE ON inference_system
    FOR EACH ROW WHEN (OLD.first_public_at IS NOT NULL AND NEW.first_public_at IS DISTINCT FROM OLD.first_public_at)
    EXECUTE FUNCTION arena_append_only();
CREATE FUNCTION arena_frozen_system_languages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM inference_system WHERE frozen_at IS NOT NULL AND id IN (OLD.system_id, NEW.system_id)) THEN
        RAISE EXCEPTION '% refused: the system is frozen', TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON inference_system_languages
    FOR EACH ROW EXECUTE FUNCTION arena_frozen_system_languages();

-- A response answers what its job asked.
ALTER TABLE inference_response ADD CONSTRAINT a_response_answers_its_job
    FOREIGN KEY (job_id, system_id, prompt_id, replicate) REFERENCES inference_job (id, system_id, prompt_id, replicate);
"""

WITHOUT = """
ALTER TABLE inference_response DROP CONSTRAINT a_response_answers_its_job;
DROP FUNCTION arena_frozen_system_languages() CASCADE;
DROP FUNCTION arena_frozen_prompt() CASCADE;
DROP FUNCTION arena_append_only() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("inference", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, WITHOUT)]
