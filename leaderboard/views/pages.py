"""The pages around the boards: home, systems, methods."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from inference import catalogue
from inference.catalogue import machine
from inference.models.wording import in_language
from inference.selectors import owners
from inference.taxonomy import taxonomy
from leaderboard import results
from leaderboard.selectors import boards as selected
from leaderboard.selectors import pairs, slices
from leaderboard.views import drawn
from leaderboard.views.groups import floor, groups

_TOP = 5


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Say what this is, and show the top of the first board."""
    board = selected.whole().first()
    snapshot = selected.current(board) if board else None
    parted = groups(snapshot) if snapshot else {}
    top = (parted.get("ranked") or parted.get("unranked") or [])[:_TOP]
    return render(
        request, "leaderboard/home.html", {"board": board, "snapshot": snapshot, "top": top, **parted}
    )


@require_safe
def systems(request: HttpRequest) -> HttpResponse:
    """List the arena's systems, and below them those that the catalogue knows how to run."""
    shown = list(selected.listed_systems())
    context = {"systems": shown, "others": _others({one.slug for one in shown})}
    return render(request, "leaderboard/systems.html", context)


@require_safe
def system(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a public system's card, its lines in the current snapshots, and its pairs."""
    shown = get_object_or_404(selected.public_systems(), slug=slug)
    lines = selected.standings_of(shown)
    sounds = selected.first_sounds()
    overall = selected.current(lines[0].snapshot.board) if lines else None
    context = {
        "system": shown,
        "profile": slices.profile(lines),
        "recipe": _recipe(shown.slug),
        "opponents": pairs.by_lead(lines[0].snapshot, shown) if lines else [],
        "first_sound": sounds.get(shown.pk),
        "waiting": drawn.waiting(overall, sounds, marked=shown) if overall and shown.pk in sounds else "",
    }
    return render(request, "leaderboard/system.html", context)


@login_required
@never_cache
@require_safe
def my_results(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a team how its own system fares, by task, level and language."""
    shown = get_object_or_404(owners.systems(request.user), slug=slug)
    lines = results.standings(shown)
    context = {
        "system": shown,
        "lines": lines,
        "cells": results.cells(shown),
        "timings": results.timings(shown),
        "wanted": results.votes_wanted(lines),
    }
    return render(request, "leaderboard/my_results.html", context)


@require_safe
def methods(request: HttpRequest) -> HttpResponse:
    """Explain in plain words how votes become a board."""
    return render(request, "leaderboard/methods.html", floor())


@dataclass(frozen=True)
class _Recipe:
    """How anybody can run a system of the catalogue."""

    entry: catalogue.Entry
    needs: list[str]
    commands: list[str]

    @property
    def hears(self) -> list[str]:
        """The names of the languages it hears; empty for any."""
        return _languages(self.entry.hears)

    @property
    def speaks(self) -> list[str]:
        """The names of the languages it speaks; empty for any."""
        return _languages(self.entry.speaks)


@cache
def _recipe(name: str) -> _Recipe | None:
    """Read how a system is run, once: the files come with the code. None where the catalogue has it not."""
    if name not in catalogue.names():
        return None
    entry = catalogue.read(name)
    return _Recipe(entry, machine.needs(entry), machine.commands(entry))


def _others(shown: Collection[str]) -> list[tuple[catalogue.Card, list[_Recipe]]]:
    """The catalogue's systems that are not shown by themselves, those of one model together."""
    found = filter(None, (_recipe(name) for name in catalogue.names() if name not in shown))
    ordered = sorted(found, key=lambda one: (one.entry.model.name.casefold(), one.entry.slug))
    return [(card, list(of)) for card, of in groupby(ordered, key=lambda one: one.entry.model)]


def _languages(codes: Collection[str]) -> list[str]:
    names = {one.code: in_language(one, "name") for one in taxonomy().languages}
    return [names.get(code, code) for code in codes if code != catalogue.ANY]
