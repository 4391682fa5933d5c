"""What all pages of the admin share: nothing can be added or deleted, and only named texts can be changed."""

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inference.admin import export, searching
from inference.admin.counting import EstimatingPaginator
from inference.models import AudioFile, AuditEntry
from inference.services import audit

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
    _TabularInline = admin.TabularInline[Any, Any]
    _ModelForm = forms.ModelForm[Any]
else:
    _ModelAdmin = admin.ModelAdmin
    _TabularInline = admin.TabularInline
    _ModelForm = forms.ModelForm

NOTHING = "–"
LOOKED_AT = "The page was opened in the admin."


class ReasonForm(_ModelForm):
    """The texts that may be changed, and why they are."""

    reason = forms.CharField(
        label=gettext_lazy("Reason for the change"),
        max_length=audit.LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60, "class": "vLargeTextField"}),
        help_text=gettext_lazy("Kept in the audit trail, with your name."),
    )


class ReadOnlyAdmin(_ModelAdmin):
    """A table to look at; what may be done about a row is an action, which calls a service.

    Attributes:
        hidden: columns that no page shows.
        shown: methods that stand above the columns on a row's own page.
        texts: columns that staff may change, unless `texts_of` says otherwise for a row.
        is_about_a_person: each look at a row's page is an audit entry (M33).
        marks, ways: how a long table is searched, see `searching.find`; without ways, as Django does.
    """

    hidden: ClassVar[tuple[str, ...]] = ()
    shown: ClassVar[tuple[str, ...]] = ()
    texts: ClassVar[tuple[str, ...]] = ()
    is_about_a_person: ClassVar[bool] = False
    marks: ClassVar[dict[str, type[models.Model]]] = {}
    ways: ClassVar[tuple[searching.Way, ...]] = ()
    change_list_template = "admin/list.html"
    paginator = EstimatingPaginator
    show_full_result_count = False
    # They would count the whole table once for each choice.
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    empty_value_display = NOTHING

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("inference/admin.css",)}

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Search a long table by the keys of short ones."""
        if not self.ways:
            return super().get_search_results(request, queryset, search_term)
        if not search_term.strip():
            return queryset, False
        return searching.find(queryset, search_term, marks=self.marks, ways=self.ways), False

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

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whether the person may take the list away as CSV."""
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
        reason = ["reason"] if obj is not None and self.has_change_permission(request, obj) else []
        return [*self.shown, *(name for name in columns if name not in {"id", *self.hidden}), *reason]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Everything but the texts that may be changed."""
        texts = () if obj is None else self.texts_of(request, obj)
        return [name for name in self.get_fields(request, obj) if name not in (*texts, "reason")]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Ask for a reason wherever something may be changed."""
        if obj is not None and self.has_change_permission(request, obj):
            kwargs["form"] = ReasonForm
        return super().get_form(request, obj, change, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """Add the list as CSV."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_csv"
        return [path("csv/", self.admin_site.admin_view(self.csv), name=name), *super().get_urls()]

    def csv(self, request: HttpRequest) -> HttpResponseBase:
        """Send the list that the address filters as CSV; a POST, since it leaves an audit entry."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return export.answer(self, request, person=person(request))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Offer the list as CSV."""
        context = {"may_export": self.has_export_permission(request), **(extra_context or {})}
        return super().changelist_view(request, context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the row's entries in the audit trail."""
        return redirect(list_address(AuditEntry, target_type=self.opts.label_lower, target_id=object_id))

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
        if self.is_about_a_person and request.method == "GET":
            self._note_look(request, object_id)
        return super().changeform_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write the changed texts alone, with an audit entry: a state that moved meanwhile stays as it is."""
        changed = [name for name in form.changed_data if name != "reason"]
        if not changed:
            return
        rows = type(obj)._default_manager.select_for_update(of=("self",), no_key=True)  # noqa: SLF001
        before = rows.values(*changed).get(pk=obj.pk)
        obj.save(update_fields=changed)
        audit.record(
            action=f"{self.opts.model_name}.change",
            target=obj,
            actor=person(request),
            reason=form.cleaned_data["reason"],
            before=before,
            after={name: getattr(obj, name) for name in changed},
        )

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Leave Django's own history as it is: the audit trail has the change."""

    @transaction.atomic
    def _note_look(self, request: HttpRequest, object_id: str | None) -> None:
        row = object_id and self.get_object(request, object_id)
        if row and self.has_view_permission(request, row):
            action = f"{self.opts.model_name}.view"
            audit.record(action=action, target=row, actor=person(request), reason=LOOKED_AT)


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


def person(request: HttpRequest) -> Any:
    """Whoever is logged in, which on these pages somebody is."""
    return request.user


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


def looks_link(name: str, key: int) -> SafeString:
    """A link to all about a system, a prompt or a person."""
    return format_html('<a href="{}">{}</a>', reverse(f"admin:look_{name}", args=[key]), _("All about it"))


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
