"""Who may ask: a view says it for each method, and what is not said is refused."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from inference.errors import Refused
from inference.models import ApiToken
from inference.services import tokens

if TYPE_CHECKING:
    from inference.api.base import ApiView

BEARER = "Bearer"


@dataclass(frozen=True)
class Access:
    """Who may use a method.

    Attributes:
        needs_token: False: everybody.
        scope: what the token has to allow; empty: any token will do.
    """

    needs_token: bool
    scope: str = ""


OPEN = Access(needs_token=False)
ANY_TOKEN = Access(needs_token=True)


def scoped(scope: str) -> Access:
    """Let tokens with this scope in."""
    return Access(needs_token=True, scope=scope)


class TokenAuthentication(BaseAuthentication):
    """Takes a team's token, and nothing else: the cookie of the pages opens nothing here."""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        """Find who asks; None: nobody in particular.

        Raises:
            Refused: `token_invalid` or `token_expired`.
        """
        header = get_authorization_header(request).decode(errors="replace")
        if not header:
            return None
        kind, _, text = header.partition(" ")
        if kind.lower() != BEARER.lower() or not text.startswith(tokens.START):
            raise Refused("The token has to look like `Bearer s2s_…`.", "token_invalid", status=401)
        agent = request.headers.get("User-Agent", "")
        token = tokens.let_in(text.strip(), agent=agent, now=timezone.now())
        return token.created_by, token

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return BEARER


class Declared(BasePermission):
    """Refuses every method for which a view does not say who may use it."""

    def has_permission(self, request: Request, view: "ApiView") -> bool:  # type: ignore[override]  # our views only
        """Whether whoever asks may.

        Raises:
            Refused: `token_needed` or `scope_missing`.
        """
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method.lower() not in view.http_method_names or not hasattr(view, method.lower()):
            return True  # answered as a method that is not known
        access = view.access.get(method)
        if access is None:
            return False
        if not access.needs_token:
            return True
        if not isinstance(request.auth, ApiToken):
            raise Refused("This needs a token of your team.", "token_needed", status=401)
        if access.scope and access.scope not in request.auth.scopes:
            raise Refused(
                f"The token lacks the scope {access.scope}.",
                "scope_missing",
                status=403,
                more={"scope": access.scope},
            )
        return True
