"""Search in long tables: words are looked up in short tables first, so that an index answers (M54)."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import models
from django.db.models import Q, QuerySet

# More matches than so many in a short table, and the word says too little.
MOST_KEYS: Final = 200
# Of a key, in digits: a longer one fits no column.
LONGEST_NUMBER: Final = 18

Ways = Sequence["Way"]


class Way:
    """A way from a long table to a short one, and the columns of the short one that are searched.

    Attributes:
        paths: lookups from the long table to the short one's key; several mean any of them.
        table: the short one.
        lookups: conditions on it, each with the word as its value.
    """

    def __init__(self, paths: str | Sequence[str], table: type[models.Model], *lookups: str) -> None:
        self.paths = (paths,) if isinstance(paths, str) else tuple(paths)
        self.table = table
        self.lookups = lookups

    def condition(self, word: str) -> Q | None:
        """What the long table has to fulfil; None: nothing in the short one has the word."""
        wanted = Q()
        for lookup in self.lookups:
            wanted |= Q(**{lookup: word})
        rows = self.table._default_manager.filter(wanted)  # noqa: SLF001 -- Django's public name
        keys = list(rows.values_list("pk", flat=True)[:MOST_KEYS])
        if not keys:
            return None
        found = Q()
        for path in self.paths:
            found |= Q(**{f"{path}__in": keys})
        return found


def find(
    rows: QuerySet[Any], term: str, *, marks: Mapping[str, type[models.Model]], ways: Ways
) -> QuerySet[Any]:
    """Narrow a long list to what a search means: a number, a public id, or the first way that finds the word.

    Args:
        rows: of the long table.
        term: what was written.
        marks: paths to tables with a public id, and those tables; the path is empty for the long one itself.
        ways: in the order in which they are tried.
    """
    word = term.strip()
    if word.isdecimal():
        return rows.filter(pk=int(word)) if len(word) <= LONGEST_NUMBER else rows.none()
    if mark := _mark(word):
        for path, table in marks.items():
            key = table._default_manager.filter(public_id=mark).values_list("pk", flat=True).first()  # noqa: SLF001 -- as above
            if key is not None:
                return rows.filter(**{path or "pk": key})
        return rows.none()
    for way in ways:
        condition = way.condition(word)
        if condition is not None:
            return rows.filter(condition)
    return rows.none()


def _mark(word: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(word)
    except ValueError:
        return None
