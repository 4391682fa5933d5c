"""What a request may see: one's own ballots and batches, and nothing that can be told from nothing."""

import uuid

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from judging.models import Ballot, Batch

_SHOWN = (
    "pair__prompt__task",
    "pair__prompt__level",
    "pair__prompt__language",
    "pair__prompt__playback",
    "pair__response_a__playback",
    "pair__response_b__playback",
)


def person(request: HttpRequest) -> AbstractBaseUser:
    """Say who asks; there is nothing here for strangers."""
    if not request.user.is_authenticated:
        raise Http404
    return request.user


def ballot(request: HttpRequest, public_id: uuid.UUID) -> Ballot:
    """Find the person's ballot; what is somebody else's cannot be told from what does not exist."""
    rows = Ballot.objects.select_related("annotator", "policy", "batch", *_SHOWN).exclude(batch=None)
    return get_object_or_404(rows, public_id=public_id, annotator__user=person(request).pk)


def batch(request: HttpRequest, public_id: uuid.UUID) -> Batch:
    """Find the person's batch."""
    rows = Batch.objects.select_related("annotator", "policy")
    return get_object_or_404(rows, public_id=public_id, annotator__user=person(request).pk)
