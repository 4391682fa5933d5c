"""How log lines are written: one JSON object an event for machines, one line an event for people.

Calls name an event and its values in words: `logger.info("job_done job=%s total_ms=%s", job, ms)`. The values
become fields of their own, whatever is in them; what `inference.context` binds comes with every line.
"""

import json
import logging
import re
import time
from typing import Any

from inference import context
from inference.adapters import secrets

# An event with nothing, with fields, or with a sentence after a colon.
CALL = re.compile(r"(?P<event>[a-z]+(?:_[a-z]+)+)(?P<fields>(?: [a-z_]+=%[.\d]*[a-z])*)(?:: .*)?", re.DOTALL)
FIELD = re.compile(r"([a-z_]+)=%")
# People write to us, and libraries quote what they wrote. Fields of ours hold no addresses.
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
MASK = "[e-mail]"
PLAIN = re.compile(r"[^\s\"=]+")


def parts(record: logging.LogRecord) -> tuple[str, dict[str, Any], str]:
    """Take a call apart.

    Returns:
        The event, empty where other people's code wrote the line; its fields; and what is left to say.
    """
    call = CALL.fullmatch(record.msg) if isinstance(record.msg, str) else None
    values = record.args if isinstance(record.args, tuple) else ()
    if call is None:
        return "", {}, redact(record.getMessage())
    names = FIELD.findall(call["fields"])
    sentence = record.msg[call.end("fields") :].removeprefix(": ")
    if len(names) != len(values):
        return call["event"], {}, redact(record.getMessage())
    return call["event"], {name: _plain(value) for name, value in zip(names, values, strict=True)}, sentence


def redact(text: str) -> str:
    """Mask mail addresses and every secret that this process knows."""
    return secrets.redact(ADDRESS.sub(MASK, text))


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the line."""
        event, fields, message = parts(record)
        line: dict[str, Any] = {
            **context.known(),
            **fields,
            "time": _moment(record),
            "level": record.levelname,
        }
        line |= {"logger": record.name, "process_id": record.process}
        line |= {name: text for name, text in (("event", event), ("message", message)) if text}
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


class LineFormatter(logging.Formatter):
    """A line for people; values with white space are quoted, so that nobody writes lines of their own."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the line, and below it the exception, if there is one."""
        event, fields, message = parts(record)
        said = {**fields, **{name: _plain(value) for name, value in context.known().items()}}
        words = [_moment(record), record.levelname, record.name, event, message]
        line = " ".join([word for word in words if word] + [f"{name}={_quoted(said[name])}" for name in said])
        if record.exc_info:
            line += "\n" + redact(self.formatException(record.exc_info))
        return line


def _moment(record: logging.LogRecord) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"


def _plain(value: object) -> object:
    return value if isinstance(value, bool | int | float) or value is None else secrets.redact(str(value))


def _quoted(value: object) -> str:
    text = str(value)
    return text if PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
