"""Where counts of tries are kept between processes: what `createcachetable` makes."""

from django.db import migrations

TABLE = """
CREATE UNLOGGED TABLE arena_cache (
    cache_key varchar(255) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX arena_cache_expires ON arena_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("arena_site", "0002_a_person_has_a_language")]
    operations = [migrations.RunSQL(TABLE, "DROP TABLE arena_cache")]
