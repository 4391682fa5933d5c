"""Lists, page by page: newest first, with an address for the next page and the one before."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from inference.errors import Refused

MOST = 200


class _Cursor(CursorPagination):
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = MOST
    cursor_query_param = "cursor"


def page(
    rows: QuerySet[Any], request: Request, show: Callable[[Any], Any], *, ordering: str = "-id"
) -> Response:
    """Answer with one page of rows.

    Args:
        rows: all of them, not ordered.
        request: with `limit` and `cursor`.
        show: makes JSON of one.
        ordering: a unique column, `-` for downwards.

    Raises:
        Refused: `malformed`, for a cursor or a limit that is none.
    """
    limit = request.query_params.get("limit", "1")
    if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit[:9]) <= MOST:
        raise Refused(f"A limit is 1 to {MOST}.", "malformed", status=400)
    cursor = _Cursor()
    cursor.ordering = (ordering,)
    try:
        shown = cursor.paginate_queryset(rows, request)
    except (NotFound, ValueError) as error:
        raise Refused("This cursor is none of ours.", "malformed", status=400) from error
    return Response(
        {
            "results": [show(row) for row in shown or []],
            "next": cursor.get_next_link(),
            "previous": cursor.get_previous_link(),
        }
    )
