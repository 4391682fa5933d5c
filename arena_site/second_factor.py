"""The second factor of staff: asked for before any page of the admin; how long a staff login lasts (M8)."""

import base64
import json
import time
from datetime import UTC, datetime
from typing import Any, Final

from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest

from inference.services import envelopes
from inference.services.envelopes import Envelope

LASTS_SECONDS: Final = 12 * 3600
IDLE_SECONDS: Final = 30 * 60
# Every request would otherwise write the session.
_NOTED_EVERY: Final = 60
_SEEN: Final = "staff_seen_at"
_ABOUT: Final = "second factor"


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Keeps what the codes are made from sealed, like every other secret."""

    def encrypt(self, text: str) -> str:
        """Seal a secret for the database."""
        sealed = envelopes.seal(text, about=_ABOUT, keys=settings.SECRETS_KEYS)
        parts = [base64.b64encode(part).decode() for part in (sealed.ciphertext, sealed.wrapped_key)]
        return json.dumps([*parts, sealed.key_id])

    def decrypt(self, encrypted_text: str) -> str:
        """Open it again."""
        ciphertext, wrapped_key, key_id = json.loads(encrypted_text)
        envelope = Envelope(base64.b64decode(ciphertext), base64.b64decode(wrapped_key), key_id)
        return envelopes.opened(envelope, about=_ABOUT, keys=settings.SECRETS_KEYS)


def has_one(user: Any) -> bool:
    """Say whether the person set a second factor up."""
    return bool(is_mfa_enabled(user))


def is_passed(request: HttpRequest) -> bool:
    """Say whether this login gave a second factor within its hours, and was used within half an hour."""
    if not settings.STAFF_SECOND_FACTOR:
        return True
    now = time.time()
    user: Any = request.user
    given = _given(request, user)
    if not given or max(given) < now - LASTS_SECONDS:
        return False
    seen = request.session.get(_SEEN, max(given))
    if max(seen, *given) < now - IDLE_SECONDS:
        return False
    if now - request.session.get(_SEEN, 0) > _NOTED_EVERY:
        request.session[_SEEN] = now
    return True


def _given(request: HttpRequest, user: Any) -> list[float]:
    """List when this login showed the factor: by a code, or by setting it up after giving the password."""
    records = get_authentication_records(request, user)
    shown = [record["at"] for record in records if record["method"] == "mfa"]
    if records:
        began = datetime.fromtimestamp(records[0]["at"], tz=UTC)
        own = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP, created_at__gte=began)
        shown += [at.timestamp() for at in own.values_list("created_at", flat=True)]
    return shown
