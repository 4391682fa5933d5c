"""A furnished arena: boards of many votes, somebody of every role, and an address for every page.

`tests/e2e/test_every_page.py` checks each of them, and `make screenshots` takes their pictures.
"""

import itertools
import json
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from django.utils import timezone

from inference.models import AudioFile, Prompt, System
from inference.services.submissions import advancing
from judging.models import Ballot, Batch
from judging.services import policies
from leaderboard.models import Board, Study
from leaderboard.services import studies
from tests import factories
from tests.inference.api.client import Program, published_set, team_of
from tests.judging.services import test_training

User = get_user_model()
# Addresses that show no page: they take what a page sends, or give sound, pictures, tables and data.
# Pages of a second factor need one, or a fresh login: tests/arena_site/test_second_factor.py tries them.
_NO_PAGE = """
    account_confirm_email account_confirm_login_code account_inactive account_logout
    account_reset_password_from_key account_set_password answer_invitation ballot_ahead
    ballot_continue ballot_heard ballot_left ballot_prompt ballot_report ballot_right ballot_skip ballot_vote
    ballot_withdraw
    batch_finish board-card board-picture board-table boards health health-live join join_decline join_speech
    join_trial language me_appeal me_data me_tie_over metrics mfa_activate_totp mfa_authenticate
    mfa_deactivate_totp mfa_download_recovery_codes mfa_generate_recovery_codes mfa_reauthenticate
    mfa_view_recovery_codes my_submission_decide my_system_resume own-paper-table paper-table
    study-picture study-table
    system-picture system-table team_invite team_leave team_revoke team_role team_token trade-off-picture
    trade-off-table waiting-picture
"""
NO_PAGE = frozenset(_NO_PAGE.split())
SEED = 3


@dataclass(frozen=True)
class Shown:
    """A page to look at.

    Attributes:
        name: of its route.
        address: its path.
        who: whose eyes: nobody, ben (annotator), ada (researcher) or mo (moderator).
        ready: what has to be there before a picture is taken.
    """

    name: str
    address: str
    who: str = "nobody"
    ready: str = "main"


@dataclass
class Showroom:
    """The pages, and a signed-in client of everybody."""

    pages: list[Shown]
    clients: dict[str, Client] = field(default_factory=dict)


def furnish() -> Showroom:
    """Fill the arena and list its pages."""
    call_command("make_arena", systems=9, prompts=60, annotators=30, votes=9000, seed=SEED, verbosity=0)
    clip = factories.flac(factories.tone(seconds=1))
    for sound in AudioFile.objects.filter(kind="playback"):
        if not default_storage.exists(sound.storage_key):
            default_storage.save(sound.storage_key, ContentFile(clip))
    people = {
        "ben": factories.annotator(
            "ben@example.org",
            password=factories.PASSWORD,
            training_passed_at=timezone.now(),
            trained_policy=policies.current(),
        ).user,
        "ada": factories.user("ada@example.org"),
        "new": factories.user("new@example.org"),
        "louder": factories.annotator("louder@example.org").user,
        "listener": factories.annotator("listener@example.org").user,
        "learner": factories.annotator("learner@example.org", state="enrolling").user,
        "mo": factories.user("mo@example.org", is_staff=True, is_superuser=True),
    }
    clients = {"nobody": Client()}
    for name, person in people.items():
        clients[name] = Client()
        clients[name].force_login(person)
    pages = [
        *_public(),
        *_joining(clients),
        *_judging(clients["ben"], people["ben"].annotator),
        *_researching(people["ada"]),
    ]
    return Showroom([*pages, *_accounts()], clients)


@contextmanager
def eyes(chromium, site, rooms, who, *, width=1280, scheme="light", language="en"):
    """Give a browser's page that sees the site as somebody does."""
    context = chromium.new_context(
        viewport={"width": width, "height": 720}, color_scheme=scheme, reduced_motion="reduce"
    )
    context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": site.url}])
    for cookie in rooms.clients[who].cookies.values():
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site.url}])
    try:
        yield context.new_page()
    finally:
        context.close()


def routes() -> set[str]:
    """Name every route outside of the admin and the API."""
    return {name for name in _names(get_resolver().url_patterns) if not name.startswith("api-")}


def _names(patterns: list[URLPattern | URLResolver]) -> list[str]:
    found = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found += [] if pattern.app_name == "admin" else _names(pattern.url_patterns)
        elif pattern.name:
            found.append(pattern.name)
    return found


def _public():
    board = Board.objects.exclude(snapshots=None).order_by("pk").first()
    system = System.objects.order_by("pk").first()
    plain = (
        *("home", "systems", "methods", "balance", "agreement", "releases", "trade-off", "paper", "studies"),
        *("terms", "licence"),
    )
    of_board = ("board", "board-pairs", "board-compare", "board-history", "board-doubts")
    return [
        *(Shown(name, reverse(name)) for name in plain),
        *(Shown(name, reverse(name, args=[board.slug])) for name in of_board),
        Shown("system", reverse("system", args=[system.slug])),
        Shown("study", reverse("study", args=[_study().slug])),
    ]


def _study() -> Study:
    """Import a study of three systems, in the shape of TRACE's file."""
    aspects = ("content", "voice_quality", "paralinguistics", "overall")
    rows = [
        {
            "instruction_path": f"input/{number}.wav",
            "model_a": a,
            "model_b": b,
            "label": dict.fromkeys(aspects, label),
        }
        for a, b in itertools.combinations(("Amber", "Birch", "Cedar"), 2)
        for number, label in enumerate(["1"] * 6 + ["2"] * 3 + ["both_good", "both_bad"])
    ]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "study.json"
        file.write_text(json.dumps(rows))
        return studies.import_trace(file)


def _joining(clients):
    """The way in, each step by somebody who has come so far."""
    test_training.training_sets()
    for who in ("louder", "listener"):
        # The first visit leaves a mark of the device.
        clients[who].get(reverse("join_device"))
        clients[who].post(reverse("join_device"), {"output": "wired", "surroundings": "quiet"})
    clients["listener"].post(reverse("join_volume"), {"volume": "0.5"})
    pair = clients["learner"].post(reverse("join_training")).url
    ballot = Ballot.objects.get(public_id=resolve(pair).kwargs["public_id"])
    test_training.say(ballot)
    return [
        Shown("join_consent", reverse("join_consent"), "new"),
        *(
            Shown(name, reverse(name), "ben")
            for name in ("join_languages", "join_device", "join_device_result")
        ),
        Shown("join_volume", reverse("join_volume"), "louder"),
        Shown("join_headphones", reverse("join_headphones"), "listener"),
        Shown("join_training", reverse("join_training"), "learner"),
        Shown("join_feedback", reverse("join_feedback", args=[ballot.public_id]), "learner"),
    ]


def _judging(client, annotator):
    """A pair that waits to be heard, the page before it, and a batch that was judged."""
    client.post(reverse("judge"))
    ballot = annotator.ballots.order_by("pk").first()
    judged = Batch.objects.filter(closing=None, annotator=annotator).get()
    own = ("me", "me_consent", "me_leave", "judge", "judge_keys")
    return [
        Shown("ballot", reverse("ballot", args=[ballot.public_id]), "ben", "judge-ballot[data-state=ready]"),
        Shown("batch", reverse("batch", args=[judged.public_id]), "ben"),
        *(Shown(name, reverse(name), "ben") for name in own),
    ]


def _researching(ada):
    """A team with a system whose answers came in part, and failed in part."""
    team = team_of(ada, slug="harbour", name="Harbour Lab", provider="Harbour Lab")
    program, prompts = Program(team, ada), published_set(4, slug="evening")
    system = program.system()
    body = {"system": system, "prompt_set": prompts.address, "kind": "worker"}
    submission = program.post("submissions", body).json()["id"]
    program.post(f"submissions/{submission}/submit")
    jobs = program.post("jobs/claim", {"submission": submission, "at_most": 4, "worker": "gpu 0"}).json()[
        "jobs"
    ]
    for job in jobs[:2]:
        reply = json.dumps({"lease_token": job["lease_token"], "transcript": "Sure.", "total_ms": 900})
        sound = SimpleUploadedFile("answer.wav", factories.wav())
        program.http.post(f"/api/v1/jobs/{job['id']}/complete", {"reply": reply, "audio": sound})
    failed = {
        "lease_token": jobs[2]["lease_token"],
        "code": "out_of_memory",
        "message": "CUDA",
        "again": False,
    }
    program.post(f"jobs/{jobs[2]['id']}/fail", failed)
    advancing.advance_all()
    answered = Prompt.objects.get(prompt_set=prompts, slug=jobs[0]["prompt"]["id"])
    return [
        *(Shown(name, reverse(name), "ada") for name in ("my_systems", "my_teams", "my_submissions")),
        *(
            Shown(name, reverse(name, args=[system]), "ada")
            for name in ("my_system", "my_answers", "my_results")
        ),
        Shown("my_answer", reverse("my_answer", args=[system, answered.public_id]), "ada"),
        Shown("my_team", reverse("my_team", args=[team.slug]), "ada"),
        Shown("my_submission", reverse("my_submission", args=[submission]), "ada"),
    ]


def _accounts() -> list[Shown]:
    nobody = ("account_login", "account_signup", "account_reset_password", "account_reset_password_done")
    there = ("mfa_index", "account_email", "account_change_password", "account_reauthenticate")
    done = ("account_email_verification_sent", "account_reset_password_from_key_done")
    return [
        *(Shown(name, reverse(name)) for name in (*nobody, *done)),
        *(Shown(name, reverse(name), "ben") for name in there),
    ]
