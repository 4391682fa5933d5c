"""What `make run` does beyond starting servers: logins, starter prompts, offline systems, answers."""

import json
import logging
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
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
from judging.services import demonstration, material


@dataclass(frozen=True)
class Login:
    """An account that was made for whoever runs this arena."""

    role: str
    email: str
    password: str
    page: str


UNKNOWN = "(as it was set)"
ROLES = (("Moderator", "moderator@example.org", "/admin/"), ("Annotator", "annotator@example.org", "/judge/"))


def make_logins(path: Path) -> list[Login]:
    """Make an account for each role that has none; keep passwords in a file that others cannot read.

    An account that is there keeps its password, whatever the file says: later runs tell what the file
    says, and a password that was set on the site, or with another file, is not known here.
    """
    known = {row["email"]: Login(**row) for row in json.loads(path.read_text())} if path.exists() else {}
    logins = []
    with transaction.atomic():
        for role, email, page in ROLES:
            login = known.get(email) or Login(role, email, secrets.token_urlsafe(9), page)
            logins.append(
                login if _make_account(login) or email in known else replace(login, password=UNKNOWN)
            )
    if not known:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump([asdict(login) for login in logins], file, indent=1)
    return logins


def _make_account(login: Login) -> bool:
    moderates = login.role == "Moderator"
    user, made = get_user_model().objects.get_or_create(
        email=login.email, defaults={"name": login.role, "is_staff": moderates, "is_superuser": moderates}
    )
    if made:
        user.set_password(login.password)
        user.save(update_fields=["password"])
        EmailAddress.objects.create(user=user, email=login.email, verified=True, primary=True)
    if not moderates:
        demonstration.enrol(user)
    return made


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


def bring_training(console: Console) -> None:
    """Speak and store the training pairs that are not here yet."""
    if material.is_complete():
        return
    began = time.monotonic()
    with _progress(console) as progress:
        bar = progress.add_task("  Speaking the training pairs", total=material.count())
        # Each clip is a job done, which the log would tell in the middle of the bar.
        logging.disable(logging.INFO)
        try:
            brought = material.bring(on_lesson=lambda: progress.advance(bar))
        finally:
            logging.disable(logging.NOTSET)
    console.print(f"  Training pairs: {brought} spoken in {time.monotonic() - began:.1f} s")


def bring_systems(console: Console) -> None:
    """Register the systems of the catalogue that run here without keys, weights or network.

    One whose entry changed since it was registered stays what it was: its answers and votes are of that one.
    """
    added = []
    for name in catalogue.names():
        if catalogue.read(name).label != "baseline":
            continue
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
        systems=System.objects.filter(state="live"),
        prompts=Prompt.objects.filter(state="ok").exclude(split=Prompt.Split.TRAINING),
    )
    open_jobs = jobs.under_way(Job.objects.all())
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
