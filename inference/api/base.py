"""What all of the API's views share: who may ask, how often, and which filters there are."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.views.decorators.gzip import gzip_page
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inference.api.access import Access, Declared, TokenAuthentication
from inference.api.schema import Schema
from inference.errors import Refused
from inference.models import ApiToken, Team
from inference.services import limits
from inference.services.limits import Count, Rate

READS = Rate("read", most=300, seconds=60)
WRITES = Rate("write", most=60, seconds=60)
PARTS = Rate("part", most=600, seconds=60)
SAFE = {"GET", "HEAD"}
# Fields of the query that every list has.
PAGING = {"cursor", "limit", "format"}


class ApiView(APIView):
    """A view of the API.

    Attributes:
        access: who may use which method; a method that is not here is refused.
        refusals: codes beside the usual ones with which a method can say no, for the schema.
        filters: fields of the query, with what each is.
        rate: how often a token may write here.
        is_large: what it sends is compressed by itself, such as audio.
    """

    authentication_classes = [TokenAuthentication]
    permission_classes = [Declared]
    parser_classes = [JSONParser]
    renderer_classes = [JSONRenderer]
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    schema = Schema()
    access: ClassVar[dict[str, Access]] = {}
    refusals: ClassVar[dict[str, tuple[str, ...]]] = {}
    filters: ClassVar[dict[str, str]] = {}
    rate: ClassVar[Rate] = WRITES
    is_large: ClassVar[bool] = False
    count: Count | None = None
    is_private: bool = False

    @property
    def token(self) -> ApiToken:
        """The token of a request that needed one."""
        token = self.request.auth
        assert isinstance(token, ApiToken)  # noqa: S101 -- Declared let it in
        return token

    @property
    def person(self) -> AbstractBaseUser:
        """Who made the token: in their name it acts."""
        return self.token.created_by

    @property
    def team(self) -> Team:
        """The team of the token."""
        return self.token.team

    @property
    def asking_team(self) -> Team | None:
        """The team of the token, where there is one."""
        return self.token.team if isinstance(self.request.auth, ApiToken) else None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Permit, then look at the address and its query."""
        super().initial(request, *args, **kwargs)
        said = [
            *map(str, kwargs.values()),
            *(text for _, texts in request.query_params.lists() for text in texts),
        ]
        # No column holds it, and PostgreSQL's driver raises on it.
        if any("\0" in text for text in said):
            raise Refused("The address holds a character that no text has.", "malformed", status=400)
        known = {*self.filters, *(PAGING if request.method in SAFE else ())}
        if unknown := sorted(set(request.query_params) - known):
            raise Refused(f"There is no filter {unknown[0]}.", "filter_unknown", status=400)

    def check_permissions(self, request: Request) -> None:
        """Count before permitting, so that guessing is limited too."""
        self._count(request)
        super().check_permissions(request)

    def _count(self, request: Request) -> None:
        """Count the request; too many are refused."""
        token = request.auth if isinstance(request.auth, ApiToken) else None
        self.is_private = token is not None
        if token:
            rate, who = (READS if request.method in SAFE else self.rate), f"token {token.pk}"
        else:
            rate, who = _of_addresses(), f"address {request.META.get('REMOTE_ADDR', '')}"
        self.count = limits.count(rate, who)
        if self.count.remaining < 0:
            raise Refused(
                f"At most {rate.most} such requests in {rate.seconds} s.",
                "rate_limited",
                status=429,
                retry_after_seconds=self.count.reset_seconds,
            )

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Say where the asker stands."""
        answer: HttpResponseBase = super().finalize_response(request, response, *args, **kwargs)
        # A token that is none was refused before anything was counted.
        count = self.count or Count(_of_addresses().most, _of_addresses().most, 1)
        answer["RateLimit-Limit"] = str(count.limit)
        answer["RateLimit-Remaining"] = str(max(0, count.remaining))
        answer["RateLimit-Reset"] = str(count.reset_seconds)
        patch_vary_headers(answer, ["Authorization"])
        if "Cache-Control" not in answer:
            answer["Cache-Control"] = "no-store" if self.is_private else "no-cache"
        return answer

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Compress as the client asks, but for what is compressed already."""
        if self.is_large:
            return super().dispatch(request, *args, **kwargs)
        return gzip_page(super().dispatch)(request, *args, **kwargs)


def _of_addresses() -> Rate:
    return Rate("address", most=settings.API_READS_PER_SECOND, seconds=1)


def created(body: Any) -> Response:
    """Answer that something was made."""
    return Response(body, status=201)
