"""Systems enter, each as one immutable row."""

import hashlib
import json
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.text import slugify

from inference import catalogue
from inference.adapters import registry
from inference.errors import Refused
from inference.models import Language, Model, System
from inference.services import adapters

# All that makes a system this one and no other: a change of any makes another system.
LONGEST_SLUG = 40
IDENTITY = ("version", "voice", "voice_presentation", "adapter", "config")


@transaction.atomic
def add(name: str) -> bool:
    """Register a system of the catalogue and make it live.

    Returns:
        True if it was added, False if it is here already, in whatever state.

    Raises:
        Refused: the catalogue has no such system, its adapter does not take its configuration, or a system of
            this name with another identity is here.
    """
    entry = catalogue.read(name)
    if there := System.objects.filter(slug=entry.slug).first():
        if there.fingerprint != _fingerprint(entry):
            raise Refused(
                f"A system {entry.slug} with other settings is here. Give the new one a name of its own.",
                "system_differs",
                status=409,
            )
        return False
    model, _ = Model.objects.get_or_create(
        slug=entry.model.slug, defaults=entry.model.model_dump(exclude={"slug"})
    )
    system = System(
        slug=entry.slug,
        model=model,
        version=entry.version,
        voice=entry.voice,
        voice_presentation=entry.voice_presentation,
        delivery=entry.delivery,
        adapter=entry.adapter,
        config=entry.config,
        label=entry.label,
        fingerprint=_fingerprint(entry),
    )
    # Built once here, so that a wrong configuration is refused now and not in every job.
    adapters.of(system)
    system.save()
    system.languages.set(Language.objects.filter(code__in=entry.languages))
    now = timezone.now()
    System.objects.filter(pk=system.pk, state=System.State.DRAFT).update(
        state=System.State.LIVE, frozen_at=now, first_public_at=now
    )
    return True


@transaction.atomic
def create(model: Model, *, languages: Collection[Language], **fields: Any) -> System:
    """Make a draft of a team's own; what makes it this one and no other may change until it is frozen.

    Raises:
        Refused: `slug_taken`.
    """
    slug = _free_slug(slugify(f"{model.slug} {fields['version']} {fields.get('voice', '')}")[:LONGEST_SLUG])
    system = System.objects.create(slug=slug, model=model, adapter="", fingerprint=uuid.uuid4().hex, **fields)
    system.languages.set(languages)
    return system


def _free_slug(wanted: str) -> str:
    """Find a slug that no system has: with a number where the first is taken."""
    taken = set(System.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    if wanted and wanted not in taken:
        return wanted
    return next(
        name for number in range(2, 10_000) if (name := f"{wanted or 'system'}-{number}") not in taken
    )


@transaction.atomic
def freeze(system: System, *, adapter: str, config: Mapping[str, Any], delivery: System.Delivery) -> None:
    """Fix what a system is, with its first submission: draft → private (D73).

    Raises:
        Refused: `system_exists`, `wrong_state`, or what is wrong with the configuration.
    """
    registry.load(adapter, config)
    print_ = fingerprint(system, adapter=adapter, config=config, delivery=delivery)
    if twin := System.objects.filter(model=system.model_id, fingerprint=print_).exclude(pk=system.pk).first():
        message = f"The system {twin.slug} is the same: version, voice, settings and adapter."
        raise Refused(message, "system_exists", status=409, more={"system": twin.slug})
    rows = System.objects.filter(pk=system.pk, state=System.State.DRAFT, frozen_at=None)
    if not rows.update(
        adapter=adapter,
        config=dict(config),
        delivery=delivery,
        fingerprint=print_,
        state=System.State.PRIVATE,
        frozen_at=Now(),
    ):
        raise Refused("The system was frozen meanwhile.", "system_frozen", status=409)
    system.refresh_from_db()


def fingerprint(system: System, *, adapter: str, config: Mapping[str, Any], delivery: str) -> str:
    """Hash all that makes a team's system this one: 64 hexadecimal digits."""
    names = ("version", "revision", "voice", "voice_presentation", "system_prompt", "settings")
    identity = {name: getattr(system, name) for name in names}
    identity |= {"languages": sorted(language.code for language in system.languages.all())}
    identity |= {"adapter": adapter, "config": dict(config), "delivery": str(delivery)}
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def _fingerprint(entry: catalogue.Entry) -> str:
    """Hash a system's identity: 64 hexadecimal digits."""
    identity = {name: getattr(entry, name) for name in IDENTITY} | {"languages": entry.languages}
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
