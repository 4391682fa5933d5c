"""What all pages of the admin share: nothing can be added or deleted, and only named texts can be changed."""

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from inference.models import AudioFile

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
    _TabularInline = admin.TabularInline[Any, Any]
else:
    _ModelAdmin = admin.ModelAdmin
    _TabularInline = admin.TabularInline

NOTHING = "–"


class ReadOnlyAdmin(_ModelAdmin):
    """A table to look at; what may be done about a row is an action, which calls a service.

    Attributes:
        hidden: columns that no page shows.
        shown: methods that stand above the columns on a row's own page.
        texts: columns that staff may change, unless `texts_of` says otherwise for a row.
    """

    hidden: ClassVar[tuple[str, ...]] = ()
    shown: ClassVar[tuple[str, ...]] = ()
    texts: ClassVar[tuple[str, ...]] = ()
    show_full_result_count = False
    list_per_page = 50
    empty_value_display = NOTHING

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("inference/admin.css",)}

    def texts_of(self, request: HttpRequest, row: Any) -> tuple[str, ...]:
        """The columns of this row that this person may change."""
        return self.texts

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the person is staff."""
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person is staff."""
        return self.admin_site.has_permission(request)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Whether the person may use the table's actions."""
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: rows come from services."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: rows with a history get a state instead."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether this person may change some text of the row (without a row: of any)."""
        texts = self.texts if obj is None else self.texts_of(request, obj)
        return bool(texts) and self.has_view_permission(request, obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Everything of the row, so that a new column shows without being listed here."""
        columns = [field.name for field in (*self.opts.concrete_fields, *self.opts.many_to_many)]
        return [*self.shown, *(name for name in columns if name not in {"id", *self.hidden})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Everything but the texts that may be changed."""
        texts = () if obj is None else self.texts_of(request, obj)
        return [name for name in self.get_fields(request, obj) if name not in texts]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Offer the table's actions on the row's own page too, where the clips can be heard."""
        decisions = self.get_action_choices(request, default_choices=[])
        context = {**(extra_context or {}), "decisions": decisions}
        return super().changeform_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write the changed texts alone: a state that moved meanwhile stays as it is."""
        obj.save(update_fields=form.changed_data)


class ReadOnlyInline(_TabularInline):
    """Rows that belong to the one on the page, to look at."""

    extra = 0
    can_delete = False
    show_change_link = True
    ordering: ClassVar[tuple[str, ...]] = ("pk",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything that is shown."""
        return self.fields or ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person is staff."""
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


def player(audio: AudioFile | None) -> str:
    """Controls that play a playback file in a staff member's browser; a dash where there is none."""
    if audio is None:
        return NOTHING
    address = reverse("admin:inference_audiofile_play", args=[audio.pk])
    return format_html('<audio controls preload="none" src="{}"></audio>', address)


def row_link(row: models.Model | None) -> str:
    """A link to a row's own page; a dash where there is none."""
    if row is None:
        return NOTHING
    address = reverse(_page(type(row), "change"), args=[row.pk])
    return format_html('<a href="{}">{}</a>', address, row)


def list_address(table: type[models.Model], **filters: Any) -> str:
    """The address of a table's list under these filters, each written as the admin writes them."""
    address = reverse(_page(table, "changelist"))
    return f"{address}?{urlencode(filters)}" if filters else address


def list_link(table: type[models.Model], text: object, **filters: Any) -> SafeString:
    """A link to a table's list under these filters."""
    return format_html('<a href="{}">{}</a>', list_address(table, **filters), text)


def by_state(rows: Any, **filters: Any) -> str:
    """How many rows are in which state, each number a link to its list.

    Args:
        rows: a queryset over a table with the column `state`.
        filters: what leads from the table's list to these rows.
    """
    counts = rows.order_by("state").values_list("state").annotate(count=models.Count("pk"))
    links = [(state, list_link(rows.model, count, state__exact=state, **filters)) for state, count in counts]
    return format_html_join(", ", "{} {}", links) or _("none")


def seconds(milliseconds: int | None) -> str:
    """A duration for a list's column; a dash where it is not known."""
    return NOTHING if milliseconds is None else f"{milliseconds / 1000:.1f} s"


def _page(table: type[models.Model], page: str) -> str:
    return admin_urlname(table._meta, SafeString(page))  # noqa: SLF001 -- Django's public name
