"""The rules for migrations under load: each is broken once, and each good way passes."""

import threading

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.core.management import call_command
from django.db import OperationalError, connection, migrations, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from arena_site import zero_downtime
from arena_site.management.commands import migrate

VOTE = migrations.CreateModel(
    "Vote",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("answer", models.CharField(max_length=9)),
        ("said", models.TextField(default="")),
    ],
)
INDEX = models.Index(fields=["answer"], name="by_answer")
CHECK = models.CheckConstraint(condition=~models.Q(answer=""), name="an_answer_is_something")


def said(*operations, before=(VOTE,)):
    state = ProjectState()
    for one in before:
        one.state_forwards("judging", state)
    migration = migrations.Migration("0099_trial", "judging")
    migration.operations = list(operations)
    return list(zero_downtime.broken(migration, state))


BREAKS = {
    "index": (migrations.AddIndex("vote", INDEX), "concurrent"),
    "check": (migrations.AddConstraint("vote", CHECK), "NotValid"),
    "needed field": (migrations.AddField("vote", "more", models.TextField(default="")), "db_default"),
    "removed field": (migrations.RemoveField("vote", "said"), "one release later"),
    "renamed field": (migrations.RenameField("vote", "said", "told"), "one release later"),
    "removed model": (migrations.DeleteModel("Vote"), "one release later"),
    "other type": (migrations.AlterField("vote", "answer", models.IntegerField()), "rewrites"),
    "shorter": (migrations.AlterField("vote", "answer", models.CharField(max_length=3)), "rewrites"),
    "sql index": (migrations.RunSQL("CREATE INDEX x ON judging_vote (answer)"), "CONCURRENTLY"),
    "sql not null": (migrations.RunSQL("ALTER TABLE v ALTER COLUMN a SET NOT NULL"), "VALIDATE"),
    "sql check": (migrations.RunSQL("ALTER TABLE v ADD CONSTRAINT c CHECK (a > 1)"), "NOT VALID"),
    "sql lock": (migrations.RunSQL("LOCK TABLE judging_vote"), "no lock"),
    "sql rows": (migrations.RunSQL("UPDATE judging_vote SET answer = 'a'"), "batches"),
}
PASSES = {
    "field that may be empty": migrations.AddField("vote", "more", models.TextField(null=True)),
    "field with a default": migrations.AddField("vote", "more", models.TextField(db_default="")),
    "index made beside": AddIndexConcurrently("vote", INDEX),
    "check for new rows": AddConstraintNotValid("vote", CHECK),
    "words only": migrations.AlterField("vote", "answer", models.CharField("said", max_length=9)),
    "no longer needed": migrations.AlterField("vote", "answer", models.CharField(max_length=9, null=True)),
    "trigger": migrations.RunSQL("CREATE TRIGGER kept BEFORE UPDATE ON v EXECUTE FUNCTION f();"),
    "function": migrations.RunSQL("CREATE FUNCTION f() AS $$ UPDATE x SET a = 1; $$ LANGUAGE sql"),
    "rows alone": migrations.RunPython(migrations.RunPython.noop),
    "new table": migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", BREAKS)
def test_what_would_stop_the_site_is_told_with_what_to_do(name):
    operation, advice = BREAKS[name]

    [sentence] = said(operation)

    assert advice in sentence


@pytest.mark.django_db
@pytest.mark.parametrize("name", PASSES)
def test_what_the_site_can_live_with_passes(name):
    assert said(PASSES[name]) == []


@pytest.mark.django_db
def test_a_table_that_is_new_may_be_changed_at_will():
    assert said(VOTE, migrations.AddIndex("vote", INDEX), before=()) == []


@pytest.mark.django_db
def test_rows_and_tables_change_apart():
    data = migrations.RunPython(migrations.RunPython.noop)

    assert "migration of their own" in said(data, PASSES["field that may be empty"])[0]


@pytest.mark.django_db
def test_every_landed_migration_passes_and_without_the_baseline_some_would_not(capsys):
    call_command("lint_migrations")

    assert "can be applied" in capsys.readouterr().out
    assert len(zero_downtime.findings(MigrationLoader(None), baseline={})) > 10


def test_migrating_gives_way_to_whoever_holds_a_table(committed_db, monkeypatch, capsys):
    """The first tries end while the table is held; once it is free the migration goes through."""
    monkeypatch.setattr(migrate, "LOCK_SECONDS", 0.2)
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0.1)
    held, free = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
            held.set()
            free.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    monkeypatch.setattr(migrate.time, "sleep", lambda _: free.set())
    try:
        call_command("migrate", verbosity=0)
    finally:
        free.set()
        holder.join()

    assert "A table is busy" in capsys.readouterr().err
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


def test_migrating_gives_up_where_a_table_stays_busy(committed_db, monkeypatch):
    monkeypatch.setattr(migrate, "LOCK_SECONDS", 0.1)
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(migrate, "TRIES", 2)
    held, free = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
            held.set()
            free.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    try:
        with pytest.raises(OperationalError, match="lock timeout"):
            call_command("migrate", verbosity=0)
    finally:
        free.set()
        holder.join()
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
