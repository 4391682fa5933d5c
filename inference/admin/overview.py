"""The overview of all queues: what waits where, how attempts end, and who works."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.admin import ModelAdmin
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from inference.models import Attempt
from inference.selectors import failures, queues

if TYPE_CHECKING:
    _Table = ModelAdmin[Any]

STEP = timedelta(minutes=5)
STEPS = 48
DAY = timedelta(days=1)
# Of the picture, in its own units.
WIDTH, HEIGHT, GAP = 960, 160, 3
# From the bottom of a bar: what is well, what is tried again, what is not.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "done": (Attempt.Outcome.DONE,),
    "again": (Attempt.Outcome.TRANSIENT, Attempt.Outcome.RELEASED, Attempt.Outcome.CANCELLED),
    "bad": (Attempt.Outcome.PERMANENT, Attempt.Outcome.LOST, Attempt.Outcome.FENCED),
}


class Queues(TemplateView):
    """Shows the overview to staff."""

    http_method_names = ["get", "head", "options"]
    template_name = "admin/inference/queues.html"
    table: "_Table | None" = None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Read everything once."""
        assert self.table is not None  # noqa: S101 -- the admin says whose page it is
        found = queues.queues()
        ended = queues.ended(DAY)
        context = {
            **self.table.admin_site.each_context(self.request),
            "title": _("Queues"),
            "opts": self.table.opts,
            "queues": [queue for queue in found if not queue.is_idle],
            "idle": sum(queue.is_idle for queue in found),
            "paused": [queue for queue in found if queue.paused_at],
            "totals": {
                name: sum(getattr(queue, name) for queue in found)
                for name in ("waiting", "running", "failed")
            },
            "oldest": max((queue.oldest_due_seconds or 0.0 for queue in found), default=0.0),
            "expired": queues.expired(),
            "codes": failures.codes(),
            "ended": [(_outcome(how), _fault(whose), count) for (how, whose), count in sorted(ended.items())],
            "workers": queues.workers(),
            "chart": chart(queues.ended_by_step(step=STEP, steps=STEPS)),
            "now": timezone.now(),
            "media": self.table.media,
        }
        return super().get_context_data(**kwargs) | context


def chart(steps: list[Mapping[str, int]]) -> dict[str, Any]:
    """Lay out one bar a step, its parts stacked; numbers are units of the picture."""
    counts = [{group: sum(step.get(one, 0) for one in of) for group, of in GROUPS.items()} for step in steps]
    highest = max((sum(count.values()) for count in counts), default=0)
    width = WIDTH / len(steps)
    parts = []
    for place, count in enumerate(counts):
        top = float(HEIGHT)
        for group, number in count.items():
            height = HEIGHT * number / highest if highest else 0.0
            top -= height
            if number:
                x = round(place * width + GAP / 2, 1)
                parts.append({"group": group, "x": x, "y": round(top, 1), "height": round(height, 1)})
    totals = {group: sum(count[group] for count in counts) for group in GROUPS}
    return {
        "parts": parts,
        "bar": round(width - GAP, 1),
        "width": WIDTH,
        "height": HEIGHT,
        "highest": highest,
        "hours": int(STEP * len(steps) / timedelta(hours=1)),
        **totals,
    }


def _outcome(value: str) -> str:
    return str(Attempt.Outcome(value).label)


def _fault(value: str) -> str:
    return str(Attempt.Fault(value).label) if value else ""
