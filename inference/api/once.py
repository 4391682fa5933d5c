"""`once`: a write that is done once, however often it is sent under one key."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, overload

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from inference.errors import Refused
from inference.services import idempotency
from inference.services.idempotency import LONGEST_KEY, Asked

if TYPE_CHECKING:
    from inference.api.base import ApiView

HEADER = "Idempotency-Key"
Handler = Callable[..., Response]
H = TypeVar("H", bound=Handler)
LONGEST_PATH = 300


@overload
def once(handler: H) -> H: ...
@overload
def once(*, shows_secret: bool = False, by_nature: bool = False) -> Callable[[H], H]: ...
def once(handler: Any = None, *, shows_secret: bool = False, by_nature: bool = False) -> Any:
    """Do a handler's write in one transaction with its key and its answer.

    A refusal changes nothing and is not kept: whoever asks again is looked at anew. On POST the key is
    needed; on other methods, which do the same thing twice anyway, it may be sent.

    Args:
        handler: of a method of a view.
        shows_secret: the answer holds a secret, and is not kept.
        by_nature: the act does the same thing twice anyway, and a refusal of it is remembered: the key is
            asked for and nothing is kept under it.
    """
    if handler is None:
        return lambda given: _once(given, shows_secret=shows_secret, by_nature=by_nature)
    return _once(handler, shows_secret=False, by_nature=False)


def _once(handler: Handler, *, shows_secret: bool, by_nature: bool) -> Handler:
    @wraps(handler)
    def do(view: "ApiView", request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER, "")
        if not key and request.method == "POST" and "dry_run" not in request.query_params:
            raise Refused("Send an Idempotency-Key with this.", "idempotency_key_required", status=400)
        if len(key) > LONGEST_KEY or not key.isprintable() or not key.isascii():
            raise Refused(
                f"An Idempotency-Key has at most {LONGEST_KEY} characters.", "malformed", status=400
            )
        if by_nature:
            return handler(view, request, *args, **kwargs)
        with transaction.atomic():
            if not key:
                return handler(view, request, *args, **kwargs)
            claimed = idempotency.claim(view.team, _asked(request, key))
            if claimed.status is not None:
                body = json.loads(claimed.body) if claimed.body else None
                return Response(body, status=claimed.status, headers={"Idempotency-Replayed": "true"})
            answer = handler(view, request, *args, **kwargs)
            body = "" if answer.data is None else json.dumps(answer.data, cls=JSONEncoder)
            idempotency.keep(claimed, status=answer.status_code, body=body, is_secret=shows_secret)
            return answer

    do.is_once = True  # type: ignore[attr-defined]
    return do


def _asked(request: Request, key: str) -> Asked:
    canonical = json.dumps(request.data, sort_keys=True, cls=JSONEncoder)
    return Asked(
        key=key,
        method=str(request.method),
        path=request.get_full_path()[:LONGEST_PATH],
        body_sha256=hashlib.sha256(canonical.encode()).hexdigest(),
    )
