"""The device check's pages: what it is, the volume, the trials, the result (J14–J17)."""

from random import SystemRandom

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from inference.errors import Refused
from judging.models import DeviceCheck
from judging.pages.forms import DeviceForm, VolumeForm
from judging.pages.join import step
from judging.pages.people import device, mark_device, person
from judging.services import annotators, devices

_rng = SystemRandom()
_HOUR = 3600


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Ask how the person listens and where; one who has no mark yet gets one."""
    annotators.of(person(request))
    form = DeviceForm(request.POST or None)
    refused = None
    if form.is_valid():
        try:
            devices.begin(person(request), device=device(request), **form.cleaned_data)
            return redirect("join_volume")
        except Refused as error:
            refused = error
    context = {
        "form": form,
        "refused": refused,
        "under_way": devices.under_way(person(request), device(request)),
        "required": devices.is_required(),
    }
    return mark_device(request, step(request, "device", context))


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def volume(request: HttpRequest) -> HttpResponse:
    """Let the person set the volume by a passage of speech."""
    check = _check(request)
    if check is None:
        return redirect("join_device")
    form = VolumeForm(request.POST or None)
    if form.is_valid():
        devices.set_volume(check, form.cleaned_data["volume"])
        return redirect("join_headphones")
    return step(request, "volume", {"form": form})


@login_required
@cache_control(private=True, max_age=_HOUR)
@require_GET
def speech(request: HttpRequest) -> HttpResponse:
    """Send the passage by which the volume is set."""
    return _sound(devices.speech(get_language() or ""))


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def headphones(request: HttpRequest) -> HttpResponse:
    """Explain the trials, or ask the next one, or take its answer."""
    check = _check(request)
    if check is None:
        return redirect("join_device_result")
    trial = devices.next_trial(check)
    refused = None
    if request.method == "POST":
        try:
            if trial is None:
                devices.draw_trials(check, rng=_rng)
            else:
                devices.answer(trial, _choice(request))
            return redirect("join_headphones")
        except Refused as error:
            refused = error
    asked = check.trials.count()
    context = {
        "required": devices.is_required(),
        "kind": trial and trial.kind,
        "number": trial and 1 + check.trials.filter(answer__isnull=False).count(),
        "asked": asked,
        "tries_left": asked or devices.tries_left(person(request)),
        "refused": refused,
    }
    return step(request, "headphones" if trial is None else "trial", context)


@login_required
@never_cache
@require_GET
def trial(request: HttpRequest) -> HttpResponse:
    """Send the sound of the trial that is asked now."""
    check = _check(request)
    asked = devices.next_trial(check) if check else None
    if asked is None:
        raise Http404
    return _sound(devices.sound(asked))


@login_required
@require_POST
def decline(request: HttpRequest) -> HttpResponse:
    """Go on without the trials."""
    if check := _check(request):
        devices.decline(check)
    return redirect("join_device_result")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def result(request: HttpRequest) -> HttpResponse:
    """Say what came of the check, and offer one more try today."""
    check = devices.in_force(person(request), device(request))
    if check is None or _check(request):
        return redirect("join_device")
    if request.method == "POST":
        devices.begin(
            person(request), device=device(request), output=check.output, surroundings=check.surroundings
        )
        return redirect("join_volume")
    passed = check.result == DeviceCheck.Result.BOTH
    context = {
        "check": check,
        "passed": passed,
        "required": devices.is_required(),
        "tries_left": 0 if passed else devices.tries_left(person(request)),
    }
    return render(request, "judging/join/device_result.html", context | {"here": "device"})


def _check(request: HttpRequest) -> DeviceCheck | None:
    return devices.under_way(person(request), device(request))


def _choice(request: HttpRequest) -> int:
    given = request.POST.get("choice", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) == 1 else -1


def _sound(content: bytes) -> HttpResponse:
    headers = {
        "Content-Type": "audio/flac",
        "Content-Length": str(len(content)),
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, headers=headers)
