"""An arena with one of everything that the API shows, and four who ask: nobody, Ada, a rival, and staff."""

from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from inference.models import QuotaGrant, Scope, System, Team
from inference.services import tokens as services
from inference.services.slots import Slot
from inference.services.submissions import advancing, deciding
from leaderboard.models import Announcement, Release, ReleaseFile
from leaderboard.services import snapshots
from tests import factories
from tests.inference.api.client import Program, answers_to, manifest_of, published_set, team_of
from tests.leaderboard import boards


def principals(*, tokens):
    """Four who ask, each with so many tokens and with values that are there.

    Theirs are Ada's for all of them: what she has, the others must not find.
    """
    core = published_set(count=4, slug="core", version=3)
    ada = factories.user("ada@example.org")
    lab = Program(team_of(ada, slug="harbour", provider="Harbour Lab"), ada)
    cleo, mo = (factories.user(f"{name}@example.org", is_staff=name == "mo") for name in ("cleo", "mo"))
    rivals, staffs = team_of(cleo, slug="rivals"), team_of(mo, slug="staff")
    for team in (lab.team, rivals, staffs):
        _generous(team, mo)
    known = _judged() | _brought(lab, core, mo)
    browser = Client()
    browser.force_login(mo)
    return [
        {"name": "nobody", "tokens": [], "known": known},
        {"name": "ada", "tokens": _tokens(lab.team, ada, tokens), "known": known},
        {"name": "rival", "tokens": _tokens(rivals, cleo, tokens), "known": known},
        {
            "name": "staff",
            "tokens": _tokens(staffs, mo, tokens),
            "cookie": browser.cookies["sessionid"].value,
            "known": known,
        },
    ]


def _tokens(team: Team, by, count):
    return [services.make(team, by=by, name="fuzz", scopes=Scope.values).text for _ in range(count)]


def _generous(team, mo):
    """Quotas that a few thousand requests do not use up."""
    later = timezone.now() + timedelta(days=7)
    for bucket in ("accepted", "running", "invalid", "live"):
        QuotaGrant.objects.create(
            team=team, bucket=bucket, extra=100_000, until=later, reason="fuzz", granted_by=mo
        )


def _judged():
    """Boards with snapshots, a release with a file, an announcement, and a system under a codename."""
    systems, _ = boards.triangle("aaabbtxxab")
    now = timezone.now()
    hidden = {"codename": "heron", "codenamed_at": now, "reveal_at": now + timedelta(days=30)}
    System.objects.filter(pk=systems[2].pk).update(state="codenamed", **hidden)
    snapshots.build_all()
    words = {"title_zh_hans": "通知", "body_en": "So it is.", "body_zh_hans": "如此。"}
    Announcement.objects.create(kind="notice", title_en="A notice", **words)
    release = Release.objects.create(
        version="2031-1", title="Votes", licence="CC-BY-4.0", published_at=timezone.now()
    )
    ReleaseFile.objects.create(
        release=release,
        name="votes.jsonl",
        bytes=3,
        sha256="a" * 64,
        rows=1,
        media_type="application/jsonl",
        storage_key=default_storage.save("releases/votes.jsonl", ContentFile(b"{}\n")),
    )
    return {
        "boards.slug": ["overall", "semantic", "paralinguistic"],
        "boards.number": [1],
        "releases.version": ["2031-1"],
        "releases.name": ["votes.jsonl"],
    }


def _brought(lab, core, mo):
    """What a team has: systems and submissions on their ways, an upload, jobs, a webhook, a secret."""
    answers = answers_to(core)
    live = _uploaded(lab, core, answers)
    Slot(worker="fuzz", queues=["api"]).drain()
    advancing.advance_all()
    deciding.approve(_submission(lab, live), by=mo, reason="It sounds well.")
    open_one = lab.post("submissions", _body(lab.system(), core, "uploaded")).json()["id"]
    files = {"files": [{"sha256": "0" * 64, "bytes": 9_000_000}, {"sha256": "1" * 64, "bytes": 9}]}
    uploads = [one["id"] for one in lab.post(f"submissions/{open_one}/uploads", files).json()["uploads"]]
    working = lab.post("submissions", _body(lab.system(), core, "worker")).json()["id"]
    lab.post(f"submissions/{working}/submit")
    claim = {"submission": working, "at_most": 3, "worker": "fuzz"}
    jobs = lab.post("jobs/claim", claim).json()["jobs"]
    webhook = lab.post("webhooks", {"url": "https://example.org/", "events": ["test"]}).json()["id"]
    delivery = lab.post(f"webhooks/{webhook}/test").json()["id"]
    lab.post("secrets", {"name": "harbour-key", "value": "a key of theirs"})
    others = [services.make(lab.team, by=lab.by, name="spare", scopes=()).token for _ in range(3)]
    drafts = [lab.system() for _ in range(3)]
    mine = list(System.objects.filter(model__team=lab.team))
    return {
        "prompt_set": [core.address],
        "prompt-sets.slug": [core.slug],
        "prompt-sets.version": [core.version],
        "prompts.prompt": [str(one.public_id) for one in core.prompts.all()],
        "models.slug": sorted({one.model.slug for one in mine}),
        "model": sorted({one.model.slug for one in mine}),
        "systems.slug": [one.slug for one in mine],
        "system": drafts,
        "kind": ["uploaded", "worker", "endpoint", "checkpoint"],
        "languages": [["en"], ["en", "zh"]],
        "adapters.name": ["echo", "realtime", "omni"],
        "submission": [live, open_one, working],
        "upload": uploads,
        "job": [one["id"] for one in jobs],
        "lease_token": [one["lease_token"] for one in jobs],
        "webhook": [webhook],
        "delivery": [delivery],
        "token": [str(one.public_id) for one in others],
        "secrets.name": ["harbour-key"],
        "secret": ["harbour-key"],
        "manifest": [manifest_of(answers)],
    }


def _body(system, core, kind):
    return {"system": system, "prompt_set": core.address, "kind": kind}


def _uploaded(lab, core, answers):
    body = _body(lab.system(), core, "uploaded") | {"manifest": manifest_of(answers)}
    key = lab.post("submissions", body).json()["id"]
    lab.upload(key, answers)
    lab.post(f"submissions/{key}/submit")
    return key


def _submission(lab, key):
    return lab.team.submissions.get(public_id=key)
