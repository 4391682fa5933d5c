"""Which database role may do what: the site's own may not change what is kept, whatever code tries (V4)."""

from collections.abc import Iterator

from django.db import connection
from psycopg import sql

# A table is kept where its trigger refuses every change of a row, whichever column it is of.
_KEPT = """
    SELECT tgrelid::regclass::text FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE proname = 'arena_append_only' AND tgname = 'kept' AND tgnargs = 0 AND tgqual IS NULL
        -- BEFORE (2), for each ROW (1), DELETE (8) and UPDATE (16)
        AND tgtype & 27 = 27
    ORDER BY 1
"""
_MAY = """
    SELECT name FROM unnest(%s::text[]) AS name
    WHERE has_table_privilege(current_user, name, 'UPDATE, DELETE, TRUNCATE') ORDER BY 1
"""


def kept() -> list[str]:
    """Name the tables of which no row is ever changed or deleted."""
    with connection.cursor() as cursor:
        cursor.execute(_KEPT)
        return [name for (name,) in cursor.fetchall()]


def changeable() -> list[str]:
    """Name the kept tables whose rows the role that we are connected as may change; a superuser may all."""
    names = kept()
    with connection.cursor() as cursor:
        cursor.execute(_MAY, [names])
        return [name for (name,) in cursor.fetchall()]


def grant(*, site: str, reader: str = "") -> int:
    """Give the site's role what its processes need, and a reader what a backup needs; as the tables' owner.

    Roles and their passwords are made by whoever runs the database. To be run again after every migration.

    Args:
        site: the role of web, workers and sweeper.
        reader: the role that backs up; empty for none.

    Returns:
        The number of tables that the site's role may only read and add to.
    """
    with connection.cursor() as cursor:
        for statement in (*_of_the_site(site), *(_of_the_reader(reader) if reader else ())):
            cursor.execute(statement)
    return len(kept())


def _of_the_site(role: str) -> Iterator[sql.Composed]:
    name = sql.Identifier(role)
    yield sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(name)
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name)
    yield sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(name)
    yield sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name)
    tables = sql.SQL(", ").join(sql.Identifier(table) for table in kept())
    yield sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(tables, name)
    # Who migrates is another role.
    yield sql.SQL("REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {}").format(name)


def _of_the_reader(role: str) -> Iterator[sql.Composed]:
    name = sql.Identifier(role)
    yield sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(name)
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name)
    yield sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(name)
    yield sql.SQL("GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name)
    # That a backup was made is written down.
    yield sql.SQL("GRANT INSERT ON inference_auditentry TO {}").format(name)
    yield sql.SQL("GRANT USAGE ON SEQUENCE inference_auditentry_id_seq TO {}").format(name)
