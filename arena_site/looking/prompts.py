"""All about one prompt (M25)."""

from collections import Counter
from typing import Any, Final

from django.db.models import Count, Q

from inference.models import AuditEntry, Job, Prompt, Response
from judging.models import Ballot, Report, Verdict

LINES: Final = 20
# Votes on one prompt are few; a training prompt may have more.
MOST: Final = 5_000


def of(prompt: Prompt) -> dict[str, Any]:
    """Read everything that the page shows, in about ten statements."""
    ballots = Ballot.objects.filter(pair__prompt=prompt)
    skipped = ballots.filter(state=Ballot.State.SKIPPED)
    return {
        "ballots": list(ballots.order_by("state").values_list("state").annotate(count=Count("pk"))),
        "skips": list(skipped.values_list("closing_code").annotate(count=Count("pk")).order_by("-count")),
        "by_system": _by_system(prompt),
        "reports": list(
            Report.objects.filter(Q(prompt=prompt) | Q(response__prompt=prompt)).order_by("-pk")[:LINES]
        ),
        "jobs": list(
            Job.objects.filter(prompt=prompt)
            .order_by("state")
            .values_list("state")
            .annotate(count=Count("pk"))
        ),
        "answers": list(
            Response.objects.filter(prompt=prompt)
            .select_related("system", "playback")
            .order_by("system__slug")[:60]
        ),
        "variants": list(prompt.noisy_variants.order_by("slug")[:LINES]),
        "history": list(
            AuditEntry.objects.filter(target_type="inference.prompt", target_id=str(prompt.pk))[:LINES]
        ),
    }


def _by_system(prompt: Prompt) -> list[tuple[str, int, int]]:
    """How many votes each system got here, and how often both were bad: slug, votes, both bad."""
    rows = Verdict.objects.filter(
        vote__ballot__pair__prompt=prompt, criterion__slug="overall", vote__superseded_by=None
    ).values_list("vote__ballot__pair__system_a__slug", "vote__ballot__pair__system_b__slug", "answer")
    votes: Counter[str] = Counter()
    bad: Counter[str] = Counter()
    for one, other, answer in rows[:MOST]:
        for slug in (one, other):
            votes[slug] += 1
            bad[slug] += answer == "both_bad"
    return sorted(((slug, number, bad[slug]) for slug, number in votes.items()), key=lambda row: -row[2])
