"""Many rows of a model at once, by COPY: given columns, and the model's own defaults for all others."""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice, repeat
from typing import Any, Final

import numpy as np
from django.db import connection, models

_AT_ONCE: Final = 20_000


def copy(
    model: type[models.Model],
    rows: int,
    columns: Mapping[str, Any],
    *,
    now: datetime,
    rng: np.random.Generator,
    first: int = 1,
) -> None:
    """Add rows to a table.

    Args:
        model: whose rows are made.
        rows: how many.
        columns: by the column's name (`prompt_id`), a value for all rows, or a list or array of one a row.
        now: for the moments that the model sets itself.
        rng: draws public ids.
        first: key of the first row, where the keys are not given; the others follow.
    """
    table, taken = model._meta.db_table, {}  # noqa: SLF001 -- Django's public name
    for field in model._meta.concrete_fields:  # noqa: SLF001 -- as above
        if field.attname in columns:
            taken[field.column] = _texts(columns[field.attname], rows)
        elif field.primary_key:
            taken[field.column] = map(str, range(first, first + rows))
        elif isinstance(field, models.UUIDField) and not field.null:
            taken[field.column] = _uuids(rows, rng)
        elif getattr(field, "auto_now_add", False):
            taken[field.column] = repeat(_text(now), rows)
        elif field.db_default is models.NOT_PROVIDED:
            taken[field.column] = repeat(_text(_default(field)), rows)
    names = ", ".join(f'"{name}"' for name in taken)
    lines = map("\t".join, zip(*taken.values(), strict=True))
    with connection.cursor() as cursor:
        with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as stream:
            while block := list(islice(lines, _AT_ONCE)):
                stream.write("\n".join(block) + "\n")
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, max(first + rows - 1, 1)]
        )


def _default(field: Any) -> Any:
    if field.has_default():
        return field.get_default()
    return None if field.null else ""


def _texts(value: Any, rows: int) -> Iterable[str]:
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "M":
            return map(str, np.datetime_as_string(value, unit="ms", timezone="UTC"))
        return map(str, value.tolist())
    return map(_text, value) if isinstance(value, list) else repeat(_text(value), rows)


def _uuids(rows: int, rng: np.random.Generator) -> Iterator[str]:
    data = rng.bytes(16 * rows)
    return (str(uuid.UUID(bytes=data[16 * row : 16 * row + 16], version=4)) for row in range(rows))


def _text(value: Any) -> str:
    """Write a value as COPY reads it."""
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, list):
        return "{" + ",".join(map(_text, value)) + "}"
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value).replace("\\", "\\\\").replace("\t", " ").replace("\n", " ")
