"""Every code that the API says, with whose doing it is and what helps (api A40)."""

from dataclasses import dataclass

from s2s_arena.sounds import OF_AUDIO

__all__ = ["CODES", "OF_AUDIO", "OF_JOBS", "Code", "known"]

SUBMITTER, PLATFORM, UPSTREAM = "submitter", "platform", "upstream"


@dataclass(frozen=True)
class Code:
    """What is known of a code.

    Attributes:
        status: the HTTP status where it is an answer; 0 where it is only ever the code of a state or a job.
        title: what is wrong, in a few words.
        fix: what to do.
        fault: submitter, platform or upstream.
    """

    status: int
    title: str
    fix: str
    fault: str = SUBMITTER


REQUEST = {
    "malformed": Code(400, "The request cannot be read", "Send what the schema at /api/v1/schema says."),
    "field_invalid": Code(422, "A field is not as it should be", "Change the fields named in `fields`."),
    "filter_unknown": Code(400, "There is no such filter", "Leave it out; the schema lists the filters."),
    "not_found": Code(
        404, "There is nothing here for you", "Check the address, and which team the token is of."
    ),
    "method_not_allowed": Code(405, "The method is not known here", "Use a method that the schema lists."),
    "not_acceptable": Code(406, "The type asked for is not made", "Accept application/json."),
    "media_type_unsupported": Code(
        415, "The body's type is not taken", "Send the type that the schema says."
    ),
    "token_needed": Code(401, "A token is needed", "Send `Authorization: Bearer s2s_…`."),
    "token_invalid": Code(
        401, "The token is not known", "Use another; it is wrong, revoked, or its team rests."
    ),
    "token_expired": Code(401, "The token has expired", "Make a new one on your team's page."),
    "scope_missing": Code(403, "The token does not allow this", "Use a token with the scope that is named."),
    "rate_limited": Code(429, "Too many requests", "Wait as long as Retry-After says."),
    "idempotency_key_required": Code(
        400, "Idempotency-Key is missing", "Send a fresh random key with each new write."
    ),
    "idempotency_key_reused": Code(
        422, "The key belongs to another request", "Use a fresh key for another body."
    ),
    "idempotency_in_progress": Code(
        409, "The first such request is still under way", "Ask again in a moment."
    ),
    "secret_shown_once": Code(
        409, "The answer held a secret and was not kept", "Make another with a fresh key."
    ),
}
MANIFEST = {
    "manifest_missing_prompt": Code(422, "Prompts have no answer", "Add them, or submit a partial set."),
    "manifest_unknown_prompt": Code(422, "Prompts are not in the set", "Use the ids of the set's manifest."),
    "manifest_duplicate_prompt": Code(422, "A prompt is answered twice", "Leave one answer a prompt."),
    "manifest_hash_format": Code(422, "A hash is no SHA-256", "Write 64 lower-case hexadecimal digits."),
    "manifest_malformed": Code(422, "The manifest is not as it should be", "See the manifest's schema."),
    "manifest_same_file": Code(
        422, "One file answers several prompts", "Give each prompt its own recording."
    ),
    "coverage_too_low": Code(422, "Too few prompts are answered", "Answer at least 90 % of the prompts."),
    "prompt_set_not_frozen": Code(422, "The prompt set is still being made", "Choose a published version."),
}
UPLOAD = {
    "part_digest_mismatch": Code(422, "The part is not what its digest says", "Send the part again."),
    "upload_incomplete": Code(409, "Files are not here yet", "Upload the parts that are missing."),
    "upload_expired": Code(409, "The upload has run out", "Register the file again."),
    "upload_hash_mismatch": Code(
        422, "The whole is not what its hash says", "Register the file with its own hash."
    ),
    "file_too_large": Code(413, "The file is too large", "Send at most 25 MB a file, 8 MiB a part."),
    "archive_not_accepted": Code(415, "Archives are not taken", "Upload the sounds one by one."),
    "storage_full": Code(429, "The team's storage is used up", "Cancel submissions that you do not need."),
}
AUDIO = {
    "audio_undecodable": Code(422, "The sound cannot be decoded", "Save it anew as WAV or FLAC."),
    "audio_type_unsupported": Code(
        422, "The format is not taken", "Send WAV, FLAC, MP3, Ogg Vorbis or Opus."
    ),
    "audio_too_long": Code(422, "The sound is too long", "Send at most 120 s."),
    "audio_too_short": Code(422, "The sound is too short", "Send at least 0.2 s."),
    "audio_silent": Code(
        422, "The audio is silent", "Check that it holds the answer, not an empty recording."
    ),
    "audio_clipped": Code(422, "The audio is clipped", "Lower the level before saving."),
    "audio_truncated": Code(422, "The file is cut off", "Save or send it again, whole."),
    "audio_not_finite": Code(422, "Samples are no numbers", "Mend what wrote the file."),
    "audio_header_lies": Code(422, "The header does not fit the sound", "Save it anew."),
    "duplicate_audio": Code(422, "The same sound answers several prompts", "Check which file belongs where."),
    "echo_of_prompt": Code(422, "The answer is the prompt itself", "Send the system's own answer."),
    "language_unexpected": Code(422, "The answer is in another language", "Check what the system was asked."),
    "identity_phrase_heard": Code(
        422, "The answer says who speaks", "Leave the system's name out of its answers."
    ),
    "no_audio": Code(422, "The answer has no sound", "Let the system speak."),
    "prompt_too_long": Code(422, "The prompt is too long for the system", "Nothing; it counts as a failure."),
}
ENDPOINT = {
    "endpoint_unreachable": Code(0, "The server does not answer", "Start it, then retry.", UPSTREAM),
    "endpoint_refused_address": Code(0, "The address is not called", "Give a public https address."),
    "endpoint_timeout": Code(0, "The answer took too long", "Make it faster, or raise the limit.", UPSTREAM),
    "endpoint_bad_answer": Code(
        0, "The answer cannot be understood", "Answer as the adapter's protocol says.", UPSTREAM
    ),
    "endpoint_rate_limited": Code(
        0, "The server asks us to wait", "Raise its limits, or lower ours.", UPSTREAM
    ),
    "secret_missing": Code(422, "There is no secret of this name", "Store it, then submit or retry."),
    "endpoint_auth": Code(0, "The server refuses our key", "Store the right secret, then retry."),
    "health_check_failed": Code(0, "The first prompts were not answered", "See each prompt's sentence."),
}
CHECKPOINT = {
    "checkpoint_unpinned": Code(
        422, "The commit is not fixed", "Name a full commit of 40 hexadecimal digits."
    ),
    "checkpoint_file_refused": Code(
        422, "A file of the repository is not fetched", "Keep safetensors and JSON only."
    ),
    "checkpoint_custom_code": Code(
        422, "The configuration names code", "Remove auto_map and custom classes."
    ),
    "checkpoint_too_large": Code(422, "The weights are too large", "Choose a smaller revision."),
    "checkpoint_not_found": Code(422, "The repository or commit is not there", "Check both names."),
    "licence_missing": Code(422, "The repository has no licence", "Add one."),
    "out_of_memory": Code(0, "The memory did not suffice", "Choose other hardware or a smaller model."),
    "out_of_time": Code(0, "The time did not suffice", "Make it faster."),
}
SYSTEM = {
    "system_exists": Code(409, "An identical system is here", "Use the one that is named."),
    "system_frozen": Code(409, "The system is frozen", "Make a new system for another setting."),
    "slug_taken": Code(409, "The name is taken", "Choose another."),
    "codename_taken": Code(409, "The codename is taken", "Choose another."),
    "reveal_date_needed": Code(422, "The reveal date is missing or too far", "Name one within 60 days."),
    "live_limit": Code(409, "Too many systems are live", "Retire one first."),
    "unknown_adapter": Code(422, "There is no such adapter", "See /api/v1/adapters."),
    "bad_adapter_config": Code(422, "The adapter does not take this", "See its schema."),
    "adapter_not_loadable": Code(503, "The adapter cannot be loaded here", "Tell us.", PLATFORM),
    "adapter_not_offered": Code(422, "The adapter is not for this kind", "See /api/v1/adapters."),
}
STATE = {
    "wrong_state": Code(409, "This is not possible now", "See `state` and `possible`."),
    "already_running": Code(409, "Another submission runs", "Wait for it, or cancel it."),
    "submission_open": Code(409, "Another submission is open", "Go on with the one that is named."),
    "quota_exceeded": Code(429, "The quota is used up", "Come back at `next_slot`."),
    "clearance_needed": Code(0, "The team is not cleared for this kind", "Nothing: a moderator looks at it."),
    "lease_lost": Code(409, "The lease is lost", "Drop the work and claim another job."),
    "secret_limit": Code(409, "Too many secrets", "Delete one first."),
    "webhook_limit": Code(409, "Too many webhooks", "Delete one first."),
    "scope_not_yours": Code(403, "A token gives only what it has", "Ask for fewer scopes."),
}
OURS = {
    "internal": Code(500, "We made a mistake", "Tell us the request_id.", PLATFORM),
    "unavailable": Code(503, "We are not available now", "Ask again after Retry-After.", PLATFORM),
    "worker_lost": Code(0, "The worker that had the job ended", "Nothing: it is tried again.", PLATFORM),
}
GROUPS = {
    "request": REQUEST,
    "manifest": MANIFEST,
    "upload": UPLOAD,
    "audio": AUDIO,
    "endpoint": ENDPOINT,
    "checkpoint": CHECKPOINT,
    "system": SYSTEM,
    "state": STATE,
    "ours": OURS,
}
CODES = {name: code for group in GROUPS.values() for name, code in group.items()}

# What jobs say of themselves, in the API's words; a code that is not here is said as it is.
OF_JOBS = OF_AUDIO | {
    "lease_ran_out": "worker_lost",
    "worker_crashed": "worker_lost",
    "host_not_started": "worker_lost",
    "connection_failed": "endpoint_unreachable",
    "connection_lost": "endpoint_unreachable",
    "timeout": "endpoint_timeout",
    "not_the_protocol": "endpoint_bad_answer",
    "answer_too_large": "endpoint_bad_answer",
    "stream_error": "endpoint_bad_answer",
    "http_401": "endpoint_auth",
    "http_403": "endpoint_auth",
    "http_429": "endpoint_rate_limited",
}


def known(name: str) -> Code:
    """What is known of a code; of one that is not listed only that it is a no."""
    return CODES.get(name, Code(422, "This is not possible", "Change what the sentence says."))
