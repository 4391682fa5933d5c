"""What `make run` does beyond starting servers: logins, starter prompts, offline systems, answers."""

import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from inference import catalogue
from inference.errors import Refused
from inference.models import Job, Prompt, System
from inference.services import jobs, prompts, starter, systems


@dataclass(frozen=True)
class Login:
    """An account that was made for whoever runs this arena."""

    role: str
    email: str
    password: str
    page: str


ROLES = (("Moderator", "moderator@example.org", "/admin/"), ("Annotator", "annotator@example.org", "/judge/"))


def make_logins(path: Path) -> list[Login]:
    """Make an account for each role at the first run; keep passwords in a file that others cannot read.

    Later runs tell what the file says; a password that was changed on the site since is not known here.
    """
    if path.exists():
        return [Login(**row) for row in json.loads(path.read_text())]
    logins = [Login(role, email, secrets.token_urlsafe(9), page) for role, email, page in ROLES]
    with transaction.atomic():
        for login in logins:
            moderates = login.role == "Moderator"
            user, _ = get_user_model().objects.get_or_create(
                email=login.email,
                defaults={"name": login.role, "is_staff": moderates, "is_superuser": moderates},
            )
            user.set_password(login.password)
            user.save(update_fields=["password"])
            EmailAddress.objects.update_or_create(
                user=user, email=login.email, defaults={"verified": True, "primary": True}
            )
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump([asdict(login) for login in logins], file, indent=1)
    return logins


def bring_prompts(console: Console) -> None:
    """Speak and import the starter prompts that are not here yet."""
    if starter.is_complete():
        return
    began = time.monotonic()
    with _progress(console) as progress:
        bar = progress.add_task("  Speaking the starter prompts", total=starter.count())
        report = starter.bring(on_row=lambda _: progress.advance(bar))
    console.print(f"  Starter prompts: {report.added} spoken in {time.monotonic() - began:.1f} s")
    _say_refused(console, report)


def bring_systems(console: Console) -> None:
    """Register the systems of the catalogue that run here without keys, weights or network.

    One whose entry changed since it was registered stays what it was: its answers and votes are of that one.
    """
    added = []
    for name in catalogue.names():
        try:
            if systems.add(name):
                added.append(name)
        except Refused as refused:
            console.print(f"  {name}: {refused.message}", markup=False)
    if added:
        console.print(f"  Offline systems: {', '.join(added)}")


def ask_and_wait(console: Console, *, tick: Callable[[], None]) -> None:
    """Ask every live system for every prompt, and show how the answers come in.

    Args:
        console: where progress is shown.
        tick: called while waiting; it keeps the workers up.
    """
    asked = jobs.request(
        systems=System.objects.filter(state="live"), prompts=Prompt.objects.filter(state="ok")
    )
    open_jobs = Job.objects.filter(state__in=["queued", "running"], system__paused_at=None)
    waiting = open_jobs.count()
    if not waiting:
        return
    began = time.monotonic()
    with _progress(console) as progress:
        bar = progress.add_task("  Systems answer", total=waiting)
        while left := open_jobs.count():
            progress.update(bar, completed=waiting - left)
            tick()
            time.sleep(settings.SWEEP_SECONDS / 2)
    failed = Job.objects.filter(state="failed").count()
    console.print(
        f"  Answers: {Job.objects.filter(state='done').count()} in place, {failed} failed, "
        f"{asked} asked for now, in {time.monotonic() - began:.1f} s"
        + (" (the admin's jobs say why)" if failed else "")
    )


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _say_refused(console: Console, report: prompts.Report) -> None:
    for bad in report.refused:
        console.print(f"  not taken: {bad.message}", markup=False)
