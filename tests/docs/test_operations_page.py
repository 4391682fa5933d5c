"""The page for operators names the metrics, checks and settings that there are, and the alerts use them."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from arena_site import health
from arena_site.backups import history
from inference.services import pulses
from judging.services import seals
from tests import factories

DOCS = Path(settings.BASE_DIR) / "docs"


@pytest.fixture
def exposed(client, db) -> set[str]:
    """Every metric of an arena where there is something to tell of each."""
    system = factories.system(paused_at=timezone.now(), pause_code="moderator")
    factories.job(factories.system(), factories.prompt())
    factories.vote(factories.pair(factories.prompt(), system, factories.system()), factories.annotator(), "a")
    pulses.beat("worker", queues=["api"])
    history.note(history.MADE, well=True)
    history.note(history.TRIED, well=True)
    seals.seal()
    return {family.name for family in text_string_to_metric_families(client.get("/metrics").content.decode())}


def test_page_lists_the_metrics_that_there_are(exposed):
    page = (DOCS / "operations.md").read_text()

    assert set(re.findall(r"\barena_(?!site)[a-z_]+", page)) == exposed


def test_alerts_use_metrics_and_checks_that_there_are(exposed):
    rules = (DOCS / "alerts.yaml").read_text()

    assert set(re.findall(r"\barena_[a-z_]+", rules)) <= exposed
    assert set(re.findall(r'check="([a-z]+)"', rules)) == {check.name for check in health.checks()}


def test_page_tells_the_limits_as_they_are():
    page = (DOCS / "operations.md").read_text()
    told = dict(re.findall(r"`(HEALTH_[A-Z_]+)` \((\d+)\)", page))

    assert {name: int(value) for name, value in told.items()} == {
        name: getattr(settings, name) for name in dir(settings) if name.startswith("HEALTH_")
    }
