"""The site as it runs in production, over the tests' database."""

import os
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

from benchmarks.listener import site


@pytest.fixture
def served(committed_db, monkeypatch):
    """Its address."""
    address = urlsplit(os.environ["DATABASE_URL"])
    name = f"/{connection.settings_dict['NAME']}"
    monkeypatch.setenv("DATABASE_URL", urlunsplit(address._replace(path=name)))
    monkeypatch.setenv("REDIS_URL", settings.REDIS_URL)
    monkeypatch.setenv("VAR_DIR", str(settings.VAR_DIR))
    monkeypatch.setenv("API_READS_PER_SECOND", "100000")
    with site() as url:
        yield url
