"""What this site adds to accounts: who came in is logged, and no password is made of the site's own words."""

import logging
from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

logger = logging.getLogger(__name__)
# Whoever guesses tries the name of the site and of what people do here first.
OWN_WORDS: Final = (
    "s2sarena",
    "s2s-arena",
    "speecharena",
    "speech2speech",
    "annotator",
    "moderator",
    "listening",
)
_LEFT: Final = 6


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Writes a line for each login, and for each try that was none; neither holds an address."""

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Log somebody in."""
        super().login(request, user)
        logger.info("login_done user=%s", user.pk)

    def logout(self, request: HttpRequest) -> None:
        """Log somebody out."""
        logger.info("logout_done user=%s", request.user.pk)
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try, and write down that there was one."""
        super().authentication_failed(request, **credentials)
        logger.warning("login_failed")


class OwnWordsValidator:
    """Refuses passwords that are little more than a word of this site."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Look at what is left without such a word.

        Raises:
            ValidationError: it is less than six characters.
        """
        said = password.casefold()
        for word in OWN_WORDS:
            if word in said and len(said.replace(word, "")) < _LEFT:
                raise ValidationError(
                    gettext("This password is mostly a word of this site. Choose others."),
                    code="password_of_the_site",
                )

    def get_help_text(self) -> str:
        """Say it beforehand."""
        return str(gettext_lazy("Your password can’t be mostly a word of this site."))
