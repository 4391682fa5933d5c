"""What the loopback OpenAI server refuses, as the real one does: unknown fields, wrong types, wrong sizes.

Source: OpenAI's published OpenAPI description, as the types of the openai package 3.54 carry it.
"""

import email.policy
import io
import json
import wave
from email.message import Message
from email.parser import BytesParser
from typing import Any

PATHS = {
    "/v1/audio/transcriptions": "transcriptions",
    "/v1/chat/completions": "chat",
    "/v1/audio/speech": "speech",
}
CHAT_SAMPLING = {"temperature", "top_p", "presence_penalty", "frequency_penalty", "seed", "stop", "n"}
CHAT_LENGTH = {"max_tokens", "max_completion_tokens", "reasoning_effort"}
CHAT_FIELDS = {"model", "messages", "stream", "stream_options", "user", *CHAT_SAMPLING, *CHAT_LENGTH}
SPEECH_FIELDS = {"model", "input", "voice", "response_format", "instructions", "speed", "stream_format"}
TRANSCRIPTION_FIELDS = {"model", "file", "language", "prompt", "response_format", "temperature", "stream"}
ROLES = {"system", "developer", "user", "assistant"}
SPEECH_FORMATS = {"wav", "pcm"}
MOST_CHARACTERS = 4096
MOST_UPLOAD_BYTES = 25 * 1024 * 1024


class RejectedError(Exception):
    """A request that the real server would not take."""

    def __init__(self, message: str, *, status: int = 400, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code


def checked(endpoint: str, headers: Message, body: bytes, *, key: str) -> tuple[dict[str, Any], bytes]:
    """Return the fields and the uploaded file of a request that follows the rules.

    Raises:
        RejectedError: it does not.
    """
    if not endpoint:
        raise RejectedError("Unknown request URL.", status=404)
    if headers.get("Authorization") != f"Bearer {key}":
        raise RejectedError(f"Incorrect API key provided: {headers.get('Authorization')}.", status=401)
    if endpoint == "transcriptions":
        return _transcription(*_form(headers, body))
    if headers.get_content_type() != "application/json":
        raise RejectedError("The body must be JSON.")
    try:
        fields = json.loads(body)
    except ValueError as error:
        raise RejectedError("We could not parse the JSON body of your request.") from error
    (_chat if endpoint == "chat" else _speech)(fields)
    return fields, b""


def _chat(fields: dict[str, Any]) -> None:
    _known(fields, CHAT_FIELDS, needed=("model", "messages"))
    messages = fields["messages"]
    _insist(isinstance(messages, list) and messages, "messages: a list with something in it is needed.")
    for message in messages:
        _insist(message.get("role") in ROLES, "messages: unknown role.")
        _insist(isinstance(message.get("content"), str), "messages: the content must be a string.")
        _insist(set(message) == {"role", "content"}, "messages: unknown field.")
    _insist("stream_options" not in fields or fields.get("stream"), "stream_options needs stream.")
    _insist(0 <= fields.get("temperature", 1) <= 2, "temperature: 0 to 2.")
    _insist(isinstance(fields.get("seed", 0), int), "seed: an integer.")


def _speech(fields: dict[str, Any]) -> None:
    _known(fields, SPEECH_FIELDS, needed=("model", "input", "voice"))
    _insist(isinstance(fields["input"], str) and fields["input"].strip(), "input: must not be empty.")
    _insist(len(fields["input"]) <= MOST_CHARACTERS, f"input: at most {MOST_CHARACTERS} characters.")
    _insist(isinstance(fields["voice"], str) and fields["voice"], "voice: a name is needed.")
    _insist(fields.get("response_format") in SPEECH_FORMATS, "response_format: wav and pcm are spoken here.")
    _insist(0.25 <= fields.get("speed", 1) <= 4, "speed: 0.25 to 4.")


def _transcription(fields: dict[str, Any], name: str, file: bytes) -> tuple[dict[str, Any], bytes]:
    _known(fields | {"file": file}, TRANSCRIPTION_FIELDS, needed=("model", "file"))
    _insist(name.endswith((".wav", ".mp3", ".flac")), "file: the name must end in a known type.")
    if len(file) > MOST_UPLOAD_BYTES:
        raise RejectedError("Maximum content size limit exceeded.", status=413)
    try:
        with wave.open(io.BytesIO(file)) as sound:
            _insist(sound.getnframes() > 0, "Audio file is too short.")
    except (wave.Error, EOFError) as error:
        raise RejectedError("Invalid file format.") from error
    formats = {"json", "verbose_json"}
    _insist(fields.get("response_format", "json") in formats, "response_format: json or verbose_json.")
    return fields, file


def _form(headers: Message, body: bytes) -> tuple[dict[str, Any], str, bytes]:
    if headers.get_content_type() != "multipart/form-data":
        raise RejectedError("The body must be a form.")
    head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
    form = BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    fields: dict[str, Any] = {}
    name, file = "", b""
    for part in form.iter_parts():
        content: Any = part.get_payload(decode=True)
        field: Any = part.get_param("name", header="content-disposition")
        if field == "file":
            name, file = part.get_filename() or "", content
        else:
            fields[field] = content.decode()
    return fields, name, file


def _known(fields: dict[str, Any], known: set[str], *, needed: tuple[str, ...]) -> None:
    for name in needed:
        _insist(fields.get(name), f"Missing required parameter: '{name}'.")
    for name in fields:
        _insist(name in known, f"Unrecognized request argument supplied: {name}")


def _insist(right: object, message: str) -> None:
    if not right:
        raise RejectedError(message)
