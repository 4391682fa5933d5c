"""Codenames in what was written down at a snapshot's publication, where systems stand under their slugs."""

from typing import Any

from leaderboard.models import Snapshot


def renamed(snapshot: Snapshot, value: Any) -> Any:
    """Say a snapshot's card, movements or doubts with every codenamed system under its codename.

    Args:
        snapshot: with its standings.
        value: JSON, in which a system is a text or a field that is its slug.
    """
    systems = (line.system for line in snapshot.standings.all())
    names = {one.slug: one.shown_slug for one in systems if one.shown_slug != one.slug}
    return _renamed(value, names) if names else value


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {names.get(name, name): _renamed(inner, names) for name, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner, names) for inner in value]
    return names.get(value, value) if isinstance(value, str) else value
