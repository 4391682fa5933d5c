"""Texts that somebody may try instead of a name: two hundred that no page may run or show raw (U7).

Each calls `zxq`: whatever comes to life is known for ours, as a tag, a handler, an address or a formula.
"""

import contextlib
import itertools
from collections.abc import Iterator
from html.parser import HTMLParser

from django.apps import apps
from django.contrib import admin
from django.db import DatabaseError, connection, models, transaction
from django.urls import reverse

from inference.models import Prompt, Submission, System
from judging.models import Annotator, ExclusionRule
from tests import factories

# Out of what the text may stand in, into markup.
BREAKS = (
    "",
    '">',
    "'>",
    "</textarea>",
    "</title>",
    "</script>",
    "</style>",
    "-->",
    "]]>",
    "</option>",
    "`>",
    '\\">',
)
VECTORS = (
    "<script>zxq()</script>",
    "<img src=x onerror=zxq()>",
    "<svg onload=zxq()>",
    "<svg/onload=zxq()//",
    '<iframe srcdoc="<script>zxq()</script>">',
    "<details open ontoggle=zxq()>",
    "<input autofocus onfocus=zxq()>",
    "<audio src=x onerror=zxq()>",
    "<a href=javascript:zxq()>x</a>",
    "<object data=javascript:zxq()>",
    "<base href=//zxq.example/>",
    "<meta http-equiv=refresh content=0;url=//zxq.example>",
    "<link rel=stylesheet href=//zxq.example>",
    "<form action=//zxq.example><button>x",
)
# What needs no tag: addresses, attributes, templates, formulas, statements, and marks that turn text around.
BARE = (
    *("javascript:zxq()", "JaVaScRiPt:zxq()", "java\tscript:zxq()", "data:text/html,<script>zxq()</script>"),
    *("vbscript:zxq()", "//zxq.example", '" onmouseover=zxq() x="', "' onfocus=zxq() autofocus x='"),
    *("{{ 7331 * 7 }} zxq", "{% debug %} zxq", "${7331*7} zxq", "<%= 7331*7 %> zxq", "#{7331*7} zxq"),
    *("=zxq(1)", "+zxq(1)", "-zxq(1)", "@zxq(1)", "\t=zxq(1)", "\r=zxq(1)", "  =zxq(1)", "＝zxq(1)"),
    *('=HYPERLINK("//zxq.example")', "=cmd|' /C zxq'!A0", "' OR 1=1; -- zxq", "'; DROP TABLE zxq; --"),
    *("\u202egnp.zxq", "\u2028zxq()\u2028", "&lt;script&gt;zxq()&lt;/script&gt;", "&#60;script&#62;zxq()"),
    *("%3Cscript%3Ezxq()%3C/script%3E", "\\u003cscript\\u003ezxq()", "<!--zxq-->"),
)
TEXTS = (*("".join(parts) for parts in itertools.product(BREAKS, VECTORS)), *BARE)
SHORT = tuple(text for text in TEXTS if len(text) <= 12)
# Written by the site alone, from lists of its own, or checked by the database: no place for anybody's text.
_OWN = """
    adapter address answer app_label body_sha256 clip code codename content_sha256 delivery device digest
    fingerprint first key_id kind language left lease_token manifest_sha256 media_type method model
    normaliser_version object_id password path pause_code prefix queue request_id result_sha256 rule
    sampling_rule sent_to sha256 slug storage_key target_id target_type time_zone votes_sha256 wrapped_key
"""
OWN = frozenset(_OWN.split())
OWN_TABLES = frozenset({"django_content_type", "auth_permission", "django_migrations", "django_session"})
# Where JSON holds words of people, or is shown as it is.
JSON = frozenset({"before", "after", "detail", "evidence", "problems", "generation"})


def fields(table: type[models.Model]) -> list[models.Field]:
    """The columns of a table into which text of people comes."""
    return [field for field in table._meta.concrete_fields if _is_text(field)]


def _is_text(field: models.Field) -> bool:
    if isinstance(field, models.JSONField):
        return field.name in JSON
    if not isinstance(field, models.CharField | models.TextField) or isinstance(field, models.SlugField):
        return False
    return not (field.choices or field.name in OWN or field.primary_key)


def tables() -> list[type[models.Model]]:
    """All of our tables, and those of the accounts that staff see."""
    ours = {"inference", "judging", "leaderboard", "arena_site", "account", "admin"}
    found = [table for app in ours for table in apps.get_app_config(app).get_models()]
    return [table for table in found if table._meta.db_table not in OWN_TABLES]


def infest(turn: int) -> dict[str, int]:
    """Write one of the texts into every text of every row, another one for each; `turn` moves all on by one.

    Returns:
        how many columns took theirs, by table; what the database refuses stays as it was.
    """
    taken: dict[str, int] = {}
    for number, table in enumerate(sorted(tables(), key=lambda table: table._meta.label)):
        for place, field in enumerate(fields(table)):
            for row, key in enumerate(
                table._default_manager.order_by("pk").values_list("pk", flat=True)[:50]
            ):
                text = _fitting(field, turn + 7 * number + 3 * place + row)
                with contextlib.suppress(DatabaseError), transaction.atomic(), factories.unguarded():
                    _write(table, field, key, text)
                    taken[table._meta.label] = taken.get(table._meta.label, 0) + 1
    return taken


def _fitting(field: models.Field, turn: int) -> str:
    longest = getattr(field, "max_length", None) or 10_000
    for step in range(len(TEXTS)):
        text = TEXTS[(turn + step) % len(TEXTS)]
        if len(text) <= longest:
            return text
    return "<b>"


def _write(table: type[models.Model], field: models.Field, key: object, text: str) -> None:
    value = {"zxq": text} if isinstance(field, models.JSONField) else text
    table._default_manager.filter(pk=key).update(**{field.name: value})


@contextlib.contextmanager
def guarded():
    """Triggers and checks as they always are again, after texts were written past them."""
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = origin")


def address(table: type[models.Model], page: str, *args: object) -> str:
    """The address of a table's page in the admin."""
    return reverse(f"admin:{table._meta.app_label}_{table._meta.model_name}_{page}", args=args)


def admin_pages(*, rows: int = 2) -> Iterator[str]:
    """Every page of the admin: lists, so many rows of each table, and the pages that are neither."""
    yield reverse("admin:index")
    yield reverse("admin:inference_queues")
    for table in admin.site._registry:
        yield address(table, "changelist")
        for key in table._default_manager.order_by("-pk").values_list("pk", flat=True)[:rows]:
            yield address(table, "change", key)
    own = {
        "inference_submission_review": Submission,
        "judging_exclusionrule_page": ExclusionRule,
        "look_system": System,
        "look_prompt": Prompt,
        "look_person": Annotator,
    }
    for name, table in own.items():
        for key in table._default_manager.order_by("-pk").values_list("pk", flat=True)[:rows]:
            yield reverse(f"admin:{name}", args=[key])


class _Alive(HTMLParser):
    """Collects what came to life: tags and attributes that are no text any more."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag in {"script", "style"}
        for name, value in attrs:
            text = (value or "").strip().lower()
            runs = name.startswith("on") or name == "srcdoc" or "zxq" in name
            leads = name in {"href", "src", "action", "formaction", "data", "content"} and (
                text.startswith(("javascript:", "vbscript:", "data:text", "//zxq"))
            )
            if runs or leads:
                self.found.append(f"<{tag} {name}={value!r}>")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script and "zxq" in data:
            self.found.append(f"script: {data[:80]}")


def alive(page: str) -> list[str]:
    """What of the texts is no text on this page, and what was computed from one."""
    parser = _Alive()
    parser.feed(page)
    return [*parser.found, *(["computed: 51317"] if "51317" in page or "51,317" in page else [])]


def raw(page: str) -> list[str]:
    """The texts with marks of HTML that stand on the page as they are."""
    return [text for text in TEXTS if "<" in text and "zxq" in text and text in page]
