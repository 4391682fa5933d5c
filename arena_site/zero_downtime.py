"""What a migration may not do while the code before it still answers people (docs/operations.md, Upgrading).

The code before must be able to live with the tables after, and no statement may hold a table that people wait
for. A migration that has to break a rule says why in its class: `zero_downtime = "…"`.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from django.contrib.postgres import operations as postgres
from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED

OURS: Final = ("arena_site", "inference", "judging", "leaderboard")
# What had landed before there was this rule: never edited, and applied to empty tables wherever it was new.
BASELINE: Final = {
    "arena_site": "0003",
    "inference": "0025",
    "judging": "0023",
    "leaderboard": "0006",
}
# Statements in plain SQL that keep others waiting, and what to write instead.
_SQL: Final = {
    r"\bCREATE\s+(UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY)": "CREATE INDEX CONCURRENTLY, with atomic = False",
    r"\bDROP\s+INDEX\s+(?!CONCURRENTLY)": "DROP INDEX CONCURRENTLY, with atomic = False",
    r"\bSET\s+NOT\s+NULL\b": "a CHECK that is NOT VALID, then VALIDATE in a migration of its own",
    r"\bADD\s+CONSTRAINT\b(?![^;]*\bNOT\s+VALID\b)(?![^;]*\bUSING\s+INDEX\b)": "NOT VALID, then VALIDATE",
    r"\bALTER\s+COLUMN\s+\S+\s+(SET\s+DATA\s+)?TYPE\b": "a new column, filled in batches",
    r"\bLOCK\s+TABLE\b": "no lock of a whole table",
    r"(?m)^\s*(UPDATE|DELETE\s+FROM)\s": "a data migration of its own, in batches",
    r"\bDROP\s+(COLUMN|TABLE)\b": "one release after the last code that reads it",
}
_REMOVES: Final = (
    migrations.RemoveField,
    migrations.DeleteModel,
    migrations.RenameField,
    migrations.RenameModel,
    migrations.AlterModelTable,
)
_DATA: Final = (migrations.RunPython,)


class Finding(NamedTuple):
    """A rule that a migration breaks."""

    migration: str
    sentence: str


def findings(
    loader: MigrationLoader | None = None, *, baseline: dict[str, str] | None = None
) -> list[Finding]:
    """Look at every migration of ours after the baseline."""
    loader = loader or MigrationLoader(None)
    since = BASELINE if baseline is None else baseline
    found: list[Finding] = []
    for app, name in sorted(loader.disk_migrations):
        new = app in OURS and name[:4] > since.get(app, "")
        migration = loader.disk_migrations[app, name]
        if new and not getattr(migration, "zero_downtime", ""):
            before = loader.project_state((app, name), at_end=False)
            found += [Finding(f"{app} {name}", said) for said in broken(migration, before)]
    return found


def broken(migration: migrations.Migration, before: ProjectState) -> Iterator[str]:
    """Say which rules a migration breaks, in sentences."""
    made: set[str] = set()
    state = before.clone()
    operations = migration.operations
    if any(isinstance(one, _DATA) for one in operations) and not all(
        isinstance(one, _DATA) for one in operations
    ):
        yield "It changes tables and rows in one transaction: give the rows a migration of their own."
    for one in operations:
        if isinstance(one, migrations.CreateModel):
            made.add(one.name_lower)
        elif getattr(one, "model_name_lower", getattr(one, "name_lower", "")) not in made:
            yield from _of_old_table(one, migration, state)
        state_after = state.clone()
        one.state_forwards(migration.app_label, state_after)
        state = state_after


def _of_old_table(one: Operation, migration: migrations.Migration, state: ProjectState) -> Iterator[str]:
    what = one.describe()
    if isinstance(one, _REMOVES):
        yield f"{what}: the code before still uses it; do that one release later."
    elif isinstance(one, migrations.AddIndex | migrations.RemoveIndex) and not isinstance(
        one, postgres.AddIndexConcurrently | postgres.RemoveIndexConcurrently
    ):
        yield f"{what}: it locks the table; use the concurrent operation, with atomic = False."
    elif isinstance(one, migrations.AddConstraint) and not isinstance(one, postgres.AddConstraintNotValid):
        yield f"{what}: it reads the table under a lock; AddConstraintNotValid, then ValidateConstraint."
    elif isinstance(one, migrations.AddField):
        field = one.field
        if not field.null and field.db_default is NOT_PROVIDED and not field.many_to_many:
            yield f"{what}: the code before does not fill it; null=True or db_default."
    elif isinstance(one, migrations.AlterField):
        if _rewrites(one, migration, state):
            yield f"{what}: it rewrites or checks the column; add another one and fill it in batches."
    elif isinstance(one, migrations.RunSQL):
        yield from (f"{what}: {advice}." for advice in _of_sql(str(one.sql)))


def _rewrites(one: migrations.AlterField, migration: migrations.Migration, state: ProjectState) -> bool:
    """Ask Django what the change of a field comes to; allowed are no statement and the end of a NOT NULL."""
    after = state.clone()
    one.state_forwards(migration.app_label, after)
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        one.database_forwards(migration.app_label, editor, state, after)
    told = [line for line in editor.collected_sql if not line.startswith("--")]
    return not all("DROP NOT NULL" in line or "DROP DEFAULT" in line for line in told)


def _of_sql(sql: str) -> Iterator[str]:
    plain = re.sub(r"\$\$.*?\$\$", "", re.sub(r"--[^\n]*", "", sql), flags=re.DOTALL)
    for pattern, advice in _SQL.items():
        if re.search(pattern, plain, re.IGNORECASE):
            yield advice
