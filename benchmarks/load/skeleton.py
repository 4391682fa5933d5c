"""The same three requests in the fewest lines, on tables of its own: what this machine can do at all (L1).

Gunicorn starts it as it starts the site; it makes its tables when it is run by itself.
"""

import os
import random

import django
from django.conf import settings

if not settings.configured:
    from environs import Env

    settings.configure(
        SECRET_KEY="skeleton",  # noqa: S106 -- of a site that lives for a minute
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        DATABASES={"default": Env().dj_db_url("DATABASE_URL", conn_max_age=60)},
        LOGGING_CONFIG=None,
    )
    django.setup()

from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import path

PAGE = Engine().from_string(
    "{% for row in rows %}<tr><td>{{ row.0 }}</td><td>{{ row.1 }}</td></tr>{% endfor %}"
)
# Who asks, by the cookie of the session; the pair that is open; the vote; the board.
TABLES = """
    CREATE TABLE IF NOT EXISTS skeleton_ballot
        (id bigserial PRIMARY KEY, person text, a int, b int, open bool);
    CREATE INDEX IF NOT EXISTS skeleton_open ON skeleton_ballot (person) WHERE open;
    CREATE TABLE IF NOT EXISTS skeleton_vote (id bigserial PRIMARY KEY, ballot bigint UNIQUE, answer text);
    CREATE TABLE IF NOT EXISTS skeleton_count (a int, b int, n int, PRIMARY KEY (a, b));
    CREATE TABLE IF NOT EXISTS skeleton_standing (id int PRIMARY KEY, rating float);
    INSERT INTO skeleton_standing SELECT n, 1000 + n FROM generate_series(1, 30) AS n ON CONFLICT DO NOTHING;
    INSERT INTO skeleton_count SELECT a, b, 0 FROM generate_series(1, 8) AS a, generate_series(1, 8) AS b
    WHERE a < b ON CONFLICT DO NOTHING;
"""


def make() -> None:
    """Make the tables."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)


def pair(request: HttpRequest) -> HttpResponse:
    """Draw the pair that was met least, and open it."""
    person = request.headers.get("Cookie", "")[:60]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT id, a, b FROM skeleton_ballot WHERE person = %s AND open", [person])
        row = cursor.fetchone()
        if row is None:
            cursor.execute("SELECT a, b FROM skeleton_count ORDER BY n LIMIT 5")
            a, b = random.choice(cursor.fetchall())  # noqa: S311 -- no secret
            cursor.execute(
                "INSERT INTO skeleton_ballot (person, a, b, open) "
                "VALUES (%s, %s, %s, true) RETURNING id, a, b",
                [person, a, b],
            )
            row = cursor.fetchone()
    return HttpResponse(PAGE.render(Context({"rows": [row]})), headers={"X-Ballot": str(row[0])})


def board(request: HttpRequest) -> HttpResponse:
    """Show thirty standings."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, rating FROM skeleton_standing ORDER BY rating DESC")
        return HttpResponse(PAGE.render(Context({"rows": cursor.fetchall()})))


def vote(request: HttpRequest, ballot: int) -> HttpResponse:
    """Cast once."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE skeleton_ballot SET open = false WHERE id = %s RETURNING a, b", [ballot])
        a, b = cursor.fetchone()
        cursor.execute("INSERT INTO skeleton_vote (ballot, answer) VALUES (%s, 'a')", [ballot])
        cursor.execute("UPDATE skeleton_count SET n = n + 1 WHERE a = %s AND b = %s", [a, b])
    return HttpResponse(status=204)


urlpatterns = [path("pair", pair), path("board", board), path("vote/<int:ballot>", vote)]
application = get_wsgi_application()
if os.environ.get("SKELETON_MAKE"):
    make()
