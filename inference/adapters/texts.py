"""Texts as servers send them, made fit to be stored: a server may send anything."""

from inference.adapters.base import PermanentError

# An hour and a half of speech; whoever writes more does not end.
MOST_LETTERS = 100_000


def words(text: str) -> str:
    """Join letters that were cut in half, and leave out what a database cannot hold.

    A stream may be cut within a letter that JSON writes as two; half a letter alone becomes U+FFFD.
    """
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", "")


def added(text: str, more: str, *, stage: str) -> str:
    """Put a text and what came after it together.

    Raises:
        PermanentError: `answer_too_long`.
    """
    if len(text) + len(more) > MOST_LETTERS:
        message = f"The text is longer than {MOST_LETTERS:,} letters."
        raise PermanentError(message, code="answer_too_long", stage=stage)
    return text + more
