"""Systems enter, each as one immutable row."""

import hashlib
import json

from django.db import transaction
from django.utils import timezone

from inference import catalogue
from inference.errors import Refused
from inference.models import Language, Model, System
from inference.services import adapters

# All that makes a system this one and no other: a change of any makes another system.
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


def _fingerprint(entry: catalogue.Entry) -> str:
    """Hash a system's identity: 64 hexadecimal digits."""
    identity = {name: getattr(entry, name) for name in IDENTITY} | {"languages": entry.languages}
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
