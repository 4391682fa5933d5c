"""Lists as CSV: streamed, harmless to spreadsheets, and noted in the audit trail (moderation M55)."""

import csv
import html
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import label_for_field, lookup_field
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from inference.services import audit

if TYPE_CHECKING:
    from inference.admin.base import ReadOnlyAdmin

ROWS_AT_ONCE = 1000
# What makes a spreadsheet take a cell for a formula, full-width forms and leading white space included.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Line:
    """A file for `csv` that hands each line back."""

    def write(self, line: str) -> str:
        """Return what is written."""
        return line


def answer(
    table: "ReadOnlyAdmin", request: HttpRequest, *, person: AbstractBaseUser
) -> StreamingHttpResponse:
    """Send the columns of the list that the address filters, all its rows."""
    changes = table.get_changelist_instance(request)
    columns = [str(name) for name in changes.list_display if name != "action_checkbox"]
    with transaction.atomic():
        audit.record(
            action=f"{table.opts.model_name}.export",
            target=table.model,
            actor=person,
            reason="The list was downloaded as CSV.",
            after={"filters": request.GET.dict(), "columns": columns},
        )
    name = f"{table.opts.model_name}.csv"
    return StreamingHttpResponse(
        lines(table, changes.get_queryset(request), columns),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def lines(table: "ReadOnlyAdmin", rows: QuerySet[Any], columns: list[str]) -> Iterator[str]:
    """Give the head and then a line for each row, as they come from the database."""
    write = csv.writer(_Line()).writerow
    yield write([cell(capfirst(str(label_for_field(name, table.model, table)))) for name in columns])
    for row in rows.iterator(chunk_size=ROWS_AT_ONCE):
        yield write([cell(_value(table, row, name)) for name in columns])


def cell(value: object) -> str:
    """Write a value so that no spreadsheet computes it."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = html.unescape(strip_tags(value)) if isinstance(value, SafeString) else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def _value(table: "ReadOnlyAdmin", row: Any, name: str) -> object:
    try:
        field, _attribute, value = lookup_field(name, row, table)
    except ObjectDoesNotExist:
        return None
    if field is not None and field.flatchoices and not field.is_relation:
        return dict(field.flatchoices).get(value, value)
    return value
