"""The site's addresses, and the thinnest way to ask for jobs: a real request, the real service."""

import time
from pathlib import Path

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from inference.models import Prompt, System
from inference.services import jobs


@csrf_exempt
@require_POST
def ask(request: HttpRequest) -> JsonResponse:
    """Ask one system to answer one prompt, and say how long the bell took after the commit.

    That is without the time for which the machine was too busy to let this thread run.
    """
    committed: list[float] = []
    with transaction.atomic():
        # First in the queue: what comes after it is the bell.
        transaction.on_commit(lambda: committed.append(_seconds()))
        made = jobs.request(
            systems=[System.objects.get(pk=request.POST["system"])],
            prompts=[Prompt.objects.get(pk=request.POST["prompt"])],
            replicate=int(request.POST["replicate"]),
        )
    return JsonResponse({"made": made, "bell_ms": 1000 * (_seconds() - committed[0])})


def _seconds() -> float:
    """A clock that stands still while this thread could run and does not get to.

    Source: Documentation/scheduler/sched-stats.rst of Linux, /proc/<pid>/schedstat, the second number.
    """
    waited_ns = int(Path("/proc/thread-self/schedstat").read_text().split()[1])
    return time.perf_counter() - waited_ns / 1e9


urlpatterns = [path("rig/ask", ask), path("", include("arena_site.urls"))]
