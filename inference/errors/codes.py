"""Every code that the API says, with whose doing it is and what helps (api A40)."""

from dataclasses import dataclass

from s2s_arena.sounds import OF_AUDIO

__all__ = ["CODES", "OF_AUDIO", "OF_JOBS", "Code", "known"]

SUBMITTER, PLATFORM, UPSTREAM = "submitter", "platform", "upstream"


def _(text: str) -> str:
    """Mark a text for translation: pages say it in the reader's language, and nothing here knows Django."""
    return text


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
    "malformed": Code(
        400, _("The request cannot be read"), _("Send what the schema at /api/v1/schema says.")
    ),
    "field_invalid": Code(
        422, _("A field is not as it should be"), _("Change the fields named in `fields`.")
    ),
    "filter_unknown": Code(
        400, _("There is no such filter"), _("Leave it out; the schema lists the filters.")
    ),
    "not_found": Code(
        404, _("There is nothing here for you"), _("Check the address, and which team the token is of.")
    ),
    "method_not_allowed": Code(
        405, _("The method is not known here"), _("Use a method that the schema lists.")
    ),
    "not_acceptable": Code(406, _("The type asked for is not made"), _("Accept application/json.")),
    "media_type_unsupported": Code(
        415, _("The body's type is not taken"), _("Send the type that the schema says.")
    ),
    "token_needed": Code(401, _("A token is needed"), _("Send `Authorization: Bearer s2s_…`.")),
    "token_invalid": Code(
        401, _("The token is not known"), _("Use another; it is wrong, revoked, or its team rests.")
    ),
    "token_expired": Code(401, _("The token has expired"), _("Make a new one on your team's page.")),
    "scope_missing": Code(
        403, _("The token does not allow this"), _("Use a token with the scope that is named.")
    ),
    "rate_limited": Code(429, _("Too many requests"), _("Wait as long as Retry-After says.")),
    "idempotency_key_required": Code(
        400, _("Idempotency-Key is missing"), _("Send a fresh random key with each new write.")
    ),
    "idempotency_key_reused": Code(
        422, _("The key belongs to another request"), _("Use a fresh key for another body.")
    ),
    "idempotency_in_progress": Code(
        409, _("The first such request is still under way"), _("Ask again in a moment.")
    ),
    "secret_shown_once": Code(
        409, _("The answer held a secret and was not kept"), _("Make another with a fresh key.")
    ),
}
MANIFEST = {
    "manifest_missing_prompt": Code(
        422, _("Prompts have no answer"), _("Add them, or submit a partial set.")
    ),
    "manifest_unknown_prompt": Code(
        422, _("Prompts are not in the set"), _("Use the ids of the set's manifest.")
    ),
    "manifest_duplicate_prompt": Code(422, _("A prompt is answered twice"), _("Leave one answer a prompt.")),
    "manifest_hash_format": Code(
        422, _("A hash is no SHA-256"), _("Write 64 lower-case hexadecimal digits.")
    ),
    "manifest_malformed": Code(
        422, _("The manifest is not as it should be"), _("See the manifest's schema.")
    ),
    "manifest_same_file": Code(
        422, _("One file answers several prompts"), _("Give each prompt its own recording.")
    ),
    "coverage_too_low": Code(
        422, _("Too few prompts are answered"), _("Answer nine of ten prompts at least.")
    ),
    "prompt_set_not_frozen": Code(
        422, _("The prompt set is still being made"), _("Choose a published version.")
    ),
}
UPLOAD = {
    "part_digest_mismatch": Code(422, _("The part is not what its digest says"), _("Send the part again.")),
    "upload_incomplete": Code(409, _("Files are not here yet"), _("Upload the parts that are missing.")),
    "upload_expired": Code(409, _("The upload has run out"), _("Register the file again.")),
    "upload_hash_mismatch": Code(
        422, _("The whole is not what its hash says"), _("Register the file with its own hash.")
    ),
    "file_too_large": Code(413, _("The file is too large"), _("Send at most 25 MB a file, 8 MiB a part.")),
    "archive_not_accepted": Code(415, _("Archives are not taken"), _("Upload the sounds one by one.")),
    "storage_full": Code(
        429, _("The team's storage is used up"), _("Cancel submissions that you do not need.")
    ),
}
AUDIO = {
    "audio_undecodable": Code(422, _("The sound cannot be decoded"), _("Save it anew as WAV or FLAC.")),
    "audio_type_unsupported": Code(
        422, _("The format is not taken"), _("Send WAV, FLAC, MP3, Ogg Vorbis or Opus.")
    ),
    "audio_too_long": Code(422, _("The sound is too long"), _("Send at most 120 s.")),
    "audio_too_short": Code(422, _("The sound is too short"), _("Send at least 0.2 s.")),
    "audio_silent": Code(
        422, _("The audio is silent"), _("Check that it holds the answer, not an empty recording.")
    ),
    "audio_clipped": Code(422, _("The audio is clipped"), _("Lower the level before saving.")),
    "audio_truncated": Code(422, _("The file is cut off"), _("Save or send it again, whole.")),
    "audio_not_finite": Code(422, _("Samples are no numbers"), _("Mend what wrote the file.")),
    "audio_header_lies": Code(422, _("The header does not fit the sound"), _("Save it anew.")),
    "duplicate_audio": Code(
        422, _("The same sound answers several prompts"), _("Check which file belongs where.")
    ),
    "echo_of_prompt": Code(422, _("The answer is the prompt itself"), _("Send the system's own answer.")),
    "language_unexpected": Code(
        422, _("The answer is in another language"), _("Check what the system was asked.")
    ),
    "identity_phrase_heard": Code(
        422, _("The answer says who speaks"), _("Leave the system's name out of its answers.")
    ),
    "no_audio": Code(422, _("The answer has no sound"), _("Let the system speak.")),
    "prompt_too_long": Code(
        422, _("The prompt is too long for the system"), _("Nothing; it counts as a failure.")
    ),
}
ENDPOINT = {
    "endpoint_unreachable": Code(0, _("The server does not answer"), _("Start it, then retry."), UPSTREAM),
    "endpoint_refused_address": Code(0, _("The address is not called"), _("Give a public https address.")),
    "endpoint_timeout": Code(
        0, _("The answer took too long"), _("Make it faster, or raise the limit."), UPSTREAM
    ),
    "endpoint_bad_answer": Code(
        0, _("The answer cannot be understood"), _("Answer as the adapter's protocol says."), UPSTREAM
    ),
    "endpoint_rate_limited": Code(
        0, _("The server asks us to wait"), _("Raise its limits, or lower ours."), UPSTREAM
    ),
    "secret_missing": Code(422, _("There is no secret of this name"), _("Store it, then submit or retry.")),
    "endpoint_auth": Code(0, _("The server refuses our key"), _("Store the right secret, then retry.")),
    "health_check_failed": Code(
        0, _("The first prompts were not answered"), _("See each prompt's sentence.")
    ),
}
CHECKPOINT = {
    "checkpoint_unpinned": Code(
        422, _("The commit is not fixed"), _("Name a full commit of 40 hexadecimal digits.")
    ),
    "checkpoint_file_refused": Code(
        422, _("A file of the repository is not fetched"), _("Keep safetensors and JSON only.")
    ),
    "checkpoint_custom_code": Code(
        422, _("The configuration names code"), _("Remove auto_map and custom classes.")
    ),
    "checkpoint_too_large": Code(422, _("The weights are too large"), _("Choose a smaller revision.")),
    "checkpoint_not_found": Code(422, _("The repository or commit is not there"), _("Check both names.")),
    "licence_missing": Code(422, _("The repository has no licence"), _("Add one.")),
    "out_of_memory": Code(0, _("The memory did not suffice"), _("Choose other hardware or a smaller model.")),
    "out_of_time": Code(0, _("The time did not suffice"), _("Make it faster.")),
}
SYSTEM = {
    "system_exists": Code(409, _("An identical system is here"), _("Use the one that is named.")),
    "system_frozen": Code(409, _("The system is frozen"), _("Make a new system for another setting.")),
    "slug_taken": Code(409, _("The name is taken"), _("Choose another.")),
    "codename_taken": Code(409, _("The codename is taken"), _("Choose another.")),
    "reveal_date_needed": Code(
        422, _("The reveal date is missing or too far"), _("Name one within 60 days.")
    ),
    "live_limit": Code(409, _("Too many systems are live"), _("Retire one first.")),
    "unknown_adapter": Code(422, _("There is no such adapter"), _("See /api/v1/adapters.")),
    "bad_adapter_config": Code(422, _("The adapter does not take this"), _("See its schema.")),
    "adapter_not_loadable": Code(503, _("The adapter cannot be loaded here"), _("Tell us."), PLATFORM),
    "adapter_not_offered": Code(422, _("The adapter is not for this kind"), _("See /api/v1/adapters.")),
}
STATE = {
    "wrong_state": Code(409, _("This is not possible now"), _("See `state` and `possible`.")),
    "not_yet": Code(409, _("It is not open yet"), _("Come back at `open_from`.")),
    "already_running": Code(409, _("Another submission runs"), _("Wait for it, or cancel it.")),
    "submission_open": Code(409, _("Another submission is open"), _("Go on with the one that is named.")),
    "quota_exceeded": Code(429, _("The quota is used up"), _("Come back at `next_slot`.")),
    "clearance_needed": Code(
        0, _("The team is not cleared for this kind"), _("Nothing: a moderator looks at it.")
    ),
    "lease_lost": Code(409, _("The lease is lost"), _("Drop the work and claim another job.")),
    "secret_limit": Code(409, _("Too many secrets"), _("Delete one first.")),
    "webhook_limit": Code(409, _("Too many webhooks"), _("Delete one first.")),
    "scope_not_yours": Code(403, _("A token gives only what it has"), _("Ask for fewer scopes.")),
}
OURS = {
    "internal": Code(500, _("We made a mistake"), _("Tell us the request_id."), PLATFORM),
    "unavailable": Code(503, _("We are not available now"), _("Ask again after Retry-After."), PLATFORM),
    "worker_lost": Code(
        0, _("The worker that had the job ended"), _("Nothing: it is tried again."), PLATFORM
    ),
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
    return CODES.get(name, Code(422, _("This is not possible"), _("Change what the sentence says.")))
