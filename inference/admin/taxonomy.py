"""Languages, domains, levels and tasks: only to look at, since `load_taxonomy` mends them from its file."""

from django.contrib import admin

from inference.admin.base import ReadOnlyAdmin
from inference.models import Domain, Language, Level, Task


@admin.register(Language)
class LanguageAdmin(ReadOnlyAdmin):
    """Languages of prompts and answers."""

    list_display = ("code", "name_en", "name_zh_hans")
    search_fields = ("code", "name_en", "name_zh_hans", "aliases")
    ordering = ("code",)


@admin.register(Domain)
class DomainAdmin(ReadOnlyAdmin):
    """Fields that tasks belong to."""

    list_display = ("slug", "name_en", "name_zh_hans")
    search_fields = ("slug", "name_en", "name_zh_hans", "aliases")
    ordering = ("slug",)


@admin.register(Level)
class LevelAdmin(ReadOnlyAdmin):
    """How much of the voice is tested."""

    list_display = ("number", "slug", "name_en", "name_zh_hans", "description_en")
    search_fields = ("slug", "name_en", "name_zh_hans")
    ordering = ("number",)


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    """What prompts ask for."""

    list_display = ("slug", "domain", "name_en", "name_zh_hans", "guidance_en")
    list_filter = ("domain",)
    list_select_related = ("domain",)
    search_fields = ("slug", "name_en", "name_zh_hans", "aliases")
    ordering = ("domain__slug", "slug")
