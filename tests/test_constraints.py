"""What a model's Meta promises is in the database: migrations can lose it without a word.

Where a foreign key gives up its own index, Django drops *every* index on its column, those that keep
something unique included.
"""

import pytest
from django.apps import apps
from django.db import connection

pytestmark = pytest.mark.django_db

OURS = ("inference", "judging", "leaderboard", "arena_site")
MODELS = [model for app in OURS for model in apps.get_app_config(app).get_models() if model._meta.managed]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
def test_every_constraint_and_index_of_a_model_is_in_its_table(model):
    with connection.cursor() as cursor:
        there = connection.introspection.get_constraints(cursor, model._meta.db_table)

    promised = {one.name for one in (*model._meta.constraints, *model._meta.indexes)}
    assert promised - there.keys() == set()
