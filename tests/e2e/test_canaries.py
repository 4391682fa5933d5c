"""S3: twenty keys go in over HTTP, and none is anywhere that somebody could read it afterwards."""

import json
import uuid
from pathlib import Path

import httpx2
import psutil
import pytest
import redis
from django.conf import settings
from django.test import Client
from django.utils import timezone

from arena_site.backups import programs
from inference.models import Secret
from inference.services import bells, secrets
from inference.services.slots import Slot
from tests import factories
from tests.inference.api.client import Program, team_of

CANARIES = [f"canary-{number:02}-{uuid.uuid4().hex}" for number in range(20)]


@pytest.fixture
def lab(site):
    """Twenty secrets of a team, brought over HTTP; some of the requests are refused, with a value in them."""
    ada = factories.user("ada@example.org")
    program = Program(team_of(ada, slug="harbour", provider="Harbour Lab"), ada)
    token = {"Authorization": f"Bearer {program.shown.text}"}
    with httpx2.Client(base_url=f"{site.url}/api/v1", headers=token) as http:
        for number, canary in enumerate(CANARIES):
            for name in (f"key-{number}", "No Such Name"):
                body = {"name": name, "value": canary}
                answer = http.post("/secrets", json=body, headers={"Idempotency-Key": uuid.uuid4().hex})
                assert answer.status_code == (201 if name.startswith("key") else 422), answer.text
                assert canary not in answer.text
    return program


def used(lab):
    """Let a worker have them for a job, and ring a bell so that a message lies in the broker."""
    names = [f"key-{number}" for number in range(20)]
    model = factories.model(team=lab.team)
    system = factories.system("harbour-one", adapter="scripted", config={"needs": names}, model=model)
    factories.job(system, factories.prompt())
    Slot(worker="test", queues=["api", "gpu"]).drain()
    bells.ring(["api"])
    assert set(secrets.lent(lab.team.pk, names, now=timezone.now()).values()) == set(CANARIES)


def dumped(folder):
    """The database as pg_dump writes it."""
    file = folder / "dump.sql"
    programs.run("pg_dump", "--inserts", "--file", str(file))
    return file.read_text()


def in_the_broker():
    """Every key of Redis with its value."""
    address = settings.REDIS_URL.replace("redis+socket://", "unix://")
    with redis.Redis.from_url(address) as broker:
        keys = list(broker.scan_iter(count=1000))
        return repr([(key, broker.dump(key)) for key in keys]), len(keys)


def environments(site):
    """What the processes of the web server were started with."""
    processes = [psutil.Process(site.pid), *psutil.Process(site.pid).children(recursive=True)]
    found = [Path(f"/proc/{process.pid}/environ").read_text() for process in processes]
    return "".join(found), len(processes)


def in_the_admin():
    """The pages of secrets, systems, jobs and the audit, as whoever may see all."""
    mo = factories.user("mo@example.org", is_staff=True, is_superuser=True)
    browser = Client()
    browser.force_login(mo)
    pages = [f"/admin/inference/{name}/" for name in ("secret", "system", "job", "attempt", "auditentry")]
    pages += [f"/admin/inference/secret/{key}/change/" for key in Secret.objects.values_list("pk", flat=True)]
    pages += ["/admin/inference/secret/add/", "/admin/no-such-page/"]
    return "".join(browser.get(page, follow=True).content.decode() for page in pages)


def over_the_api(lab):
    paths = ("secrets", "me", "systems", "submissions", "webhooks", "tokens", "no-such-thing")
    return "".join(lab.get(path).content.decode() for path in paths)


def on_error_pages(site):
    """What a person is told whose request with a key in it goes wrong."""
    data = {"value": CANARIES[0], "login": CANARIES[1]}
    with httpx2.Client(base_url=site.url) as http:
        said = [http.post(path, data=data) for path in ("/my/teams/", "/no/such/page/", "/accounts/login/")]
    assert {one.status_code for one in said} <= {403, 404, 405}
    return "".join(one.text for one in said)


def test_no_key_can_be_read_afterwards(site, lab, open_folder):
    used(lab)
    broker, keys = in_the_broker()
    environment, processes = environments(site)
    places = {
        "pg_dump": dumped(open_folder),
        "log": site.log.read_text(),
        "broker": broker,
        "environment": environment,
        "admin": in_the_admin(),
        "api": over_the_api(lab),
        "errors": on_error_pages(site),
    }

    assert "key-19" in places["pg_dump"]
    assert "key-19" in places["admin"]
    assert "key-19" in places["api"]
    assert keys > 0
    assert processes >= 2
    for name, text in places.items():
        assert text, name
        for canary in CANARIES:
            forms = (canary, canary.encode().hex(), json.dumps(canary)[1:-1])
            assert not [form for form in forms if form in text], name


def test_what_is_looked_for_would_be_found(site, open_folder):
    """The search can fail: a key that somebody did write down is seen in the dump."""
    factories.team(slug="careless", name=CANARIES[0])

    assert CANARIES[0] in dumped(open_folder)
