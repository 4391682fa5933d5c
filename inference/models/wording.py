"""Texts that a row holds in each language of the interface: columns such as `name_zh_hans` (D7)."""

from django.utils.translation import get_language


def in_language(row: object, field: str) -> str:
    """Read a text of a row in the language that is spoken now; English where no other was chosen.

    Raises:
        AttributeError: the row has no such text.
    """
    ending = "zh_hans" if (get_language() or "en").lower().startswith("zh") else "en"
    return str(getattr(row, f"{field}_{ending}"))
