"""How a text model's answer becomes words to speak and a manner of speaking; pure (S19, S56, S57, S60)."""

import re
from collections.abc import Callable, Mapping
from typing import Literal

from inference.adapters.pipeline.turns import NEUTRAL, Said

Form = Literal["plain", "two-field", "angle-bracket"]

STYLE_FIELD, CONTENT_FIELD = "生成风格", "播报内容"
LONGEST_STYLE = 200

_FIELD = re.compile(rf"({STYLE_FIELD}|{CONTENT_FIELD})\s*[:：]")
_STYLE_END = re.compile(r"[;；\n]")
_TAGS = re.compile(r"(\s*<\|[^|<>]*\|>)+")
# Markup that a synthesiser of the CosyVoice family performs: it belongs to the words.
_PERFORMED = r"/?(?:laughter|strong|breath)"
_DESCRIPTION = re.compile(rf"\s*<(?!{_PERFORMED}>)([^<>|]{{1,{LONGEST_STYLE}}})>")
_MARKUP = re.compile(rf"\[(?:laughter|breath)\]|<{_PERFORMED}>")
_THOUGHTS = re.compile(r"^\s*(?:<think>)?(?:(?!<think>).)*?</think>|^\s*<think>.*$", re.DOTALL)


class UnparsableError(ValueError):
    """An answer that does not have the form asked for, and holds nothing that could safely be spoken."""


def parse(form: Form, text: str) -> Said:
    """Read an answer in the form that was asked for; thoughts written before it are left out.

    Raises:
        UnparsableError: there is nothing to speak, or no field was found.
    """
    said = _PARSERS[form](_THOUGHTS.sub("", text, count=1))
    if not without_markup(said.words):
        raise UnparsableError("The answer holds no words to speak.")
    return said


def plain(text: str) -> Said:
    """Take the whole answer as words, whatever marks it ends with."""
    return Said(words=text.strip())


def two_field(text: str) -> Said:
    """Read `生成风格: STYLE;播报内容: CONTENT`, in either order; field names are never among the words.

    A missing style is neutral; where the content's name is missing, what follows the style is the content.

    Raises:
        UnparsableError: neither field was found.
    """
    found = list(_FIELD.finditer(text))
    if not found:
        raise UnparsableError("The answer holds neither of the two fields.")
    ends = [*(match.start() for match in found[1:]), len(text)]
    fields: dict[str, list[str]] = {STYLE_FIELD: [], CONTENT_FIELD: []}
    for match, end in zip(found, ends, strict=True):
        value = text[match.end() : end].strip()
        # The separator before the next field is not spoken; at the answer's end it is the model's own mark.
        fields[match[1]].append(value.rstrip(";； \n").strip() if end < len(text) else value)
    style, rest = _split(next(filter(None, fields[STYLE_FIELD]), ""))
    return Said(words="\n".join(fields[CONTENT_FIELD] or [rest]), style=style)


def angle_bracket(text: str) -> Said:
    """Read `<manner of speaking>words`: only what leads is a manner, the first of several; a tag is none."""
    rest = _untagged(text)
    manners = []
    while match := _DESCRIPTION.match(rest):
        manners.append(" ".join(match[1].split()))
        rest = _untagged(rest[match.end() :])
    return Said(words=rest.strip(), style=next(filter(None, manners), NEUTRAL))


def without_markup(text: str) -> str:
    """Take laughter, breaths and stress marks out, for a voice that would read them aloud."""
    return re.sub(r"[ \t]+", " ", _MARKUP.sub(" ", text)).strip()


def _untagged(text: str) -> str:
    """Drop the recogniser's tags where a model repeats them in front."""
    match = _TAGS.match(text)
    return text[match.end() :] if match else text


def _split(field: str) -> tuple[str, str]:
    """Part a style from what follows it; the style loses its full stop."""
    end = _STYLE_END.search(field)
    style, rest = (field[: end.start()], field[end.end() :]) if end else (field, "")
    style = style.strip().rstrip(".。").strip()[:LONGEST_STYLE]
    return style or NEUTRAL, rest.strip()


_PARSERS: Mapping[Form, Callable[[str], Said]] = {
    "plain": plain,
    "two-field": two_field,
    "angle-bracket": angle_bracket,
}
