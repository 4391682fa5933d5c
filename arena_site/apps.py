"""The app's place in Django."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.utils.translation import gettext_lazy as _

from arena_site import celery


class ArenaSiteConfig(AppConfig):
    """See docs/architecture.md."""

    name = "arena_site"
    verbose_name = _("People")
    default = True
    # Held here, so that every process that sets Django up also knows where bells are rung.
    celery = celery.app

    def ready(self) -> None:
        """Register the checks of `manage.py check`."""
        from arena_site import checks  # noqa: F401, PLC0415 -- registering is what importing does


class ArenaAdminConfig(admin.AdminConfig):
    """Django's admin with our own site for it."""

    default = False
    default_site = "arena_site.backoffice.ArenaAdminSite"
