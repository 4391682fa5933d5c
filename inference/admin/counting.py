"""Counts of long lists: exact while that is cheap, the planner's guess beyond (moderation M54)."""

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator

MOST_COUNTED = 10_000


class EstimatingPaginator(_Paginator):
    """Pages over a list that may be very long."""

    object_list: QuerySet[Any]

    @cached_property
    def count(self) -> int:
        """How many rows there are; above MOST_COUNTED about how many."""
        counted = self.object_list.order_by().values("pk")[: MOST_COUNTED + 1].count()
        return counted if counted <= MOST_COUNTED else max(counted, _planned(self.object_list.order_by()))


def _planned(rows: QuerySet[Any]) -> int:
    """How many rows the planner expects, from its statistics."""
    try:
        statement, values = rows.values("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
        ((found,),) = cursor.fetchall()
    (whole,) = json.loads(found) if isinstance(found, str) else found
    return int(whole["Plan"]["Plan Rows"])
