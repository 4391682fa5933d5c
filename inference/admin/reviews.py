"""The review page of a submission: what a moderator looks at, a list to tick, and the decision (M22–M24)."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from inference.admin.base import person
from inference.errors import Refused
from inference.models import Submission, SubmissionReview
from inference.selectors import reviews, submissions
from inference.services import media
from inference.services.submissions import reviewing

if TYPE_CHECKING:
    from inference.admin.base import ReadOnlyAdmin

UNPROCESSABLE = 422


class ReviewForm(forms.Form):
    """What was ticked, how it is decided, and why."""

    ticked = forms.MultipleChoiceField(
        label=gettext_lazy("This is so"),
        choices=SubmissionReview.Point.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    code = forms.ChoiceField(
        label=gettext_lazy("Why it is rejected"),
        choices=[("", "---"), *SubmissionReview.Reason.choices],
        required=False,
        help_text=gettext_lazy("The team reads a sentence for it in both languages, then your own words."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60, "class": "vLargeTextField"}),
        help_text=gettext_lazy("Kept in the audit trail, with your name."),
    )


def review(table: "ReadOnlyAdmin", request: HttpRequest, key: int) -> HttpResponseBase:
    """Show a submission to whoever decides about it, and decide."""
    rows = Submission.objects.select_related("system__model__team", "team", "prompt_set", "created_by")
    submission = get_object_or_404(rows, pk=key)
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _decide(submission, request, form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("The submission is decided."))
            return redirect("admin:inference_submission_review", submission.pk)
    status = UNPROCESSABLE if form.is_bound else 200
    return TemplateResponse(
        request, "admin/inference/review.html", _context(table, request, submission, form), status=status
    )


def play(table: "ReadOnlyAdmin", request: HttpRequest, key: int, response: int) -> HttpResponse:
    """Answer with a clip of the submission, and note that this person heard it."""
    submission = get_object_or_404(Submission, pk=key)
    found = get_object_or_404(reviews.answers(submission).select_related("playback"), pk=response)
    content = media.read(found.playback)
    if submission.state == Submission.State.AWAITING_REVIEW:
        reviewing.note_played(submission, found, by=person(request))
    return HttpResponse(
        content, content_type=found.playback.media_type, headers={"Cache-Control": "private, no-store"}
    )


def views(table: "ReadOnlyAdmin") -> tuple[Any, Any]:
    """The page and its clips, for the admin's addresses."""

    @require_http_methods(["GET", "HEAD", "POST"])
    def page(request: HttpRequest, key: int) -> HttpResponseBase:
        return review(table, request, key)

    @require_safe
    def clip(request: HttpRequest, key: int, response: int) -> HttpResponseBase:
        return play(table, request, key, response)

    return page, clip


def _decide(submission: Submission, request: HttpRequest, said: dict[str, Any]) -> None:
    by, reason, ticked = person(request), said["reason"], said["ticked"]
    if "approve" in request.POST:
        reviewing.approve(submission, by=by, reason=reason, ticked=ticked)
    else:
        reviewing.reject(submission, by=by, reason=reason, code=said["code"], ticked=ticked)


def _context(
    table: "ReadOnlyAdmin", request: HttpRequest, submission: Submission, form: ReviewForm
) -> dict[str, Any]:
    own = reviews.of(submission, by=person(request).pk)
    played = set(own.played) if own else set()
    waits = submission.state == Submission.State.AWAITING_REVIEW
    sample = reviews.sample(submission)
    return {
        **table.admin_site.each_context(request),
        "title": _("Review of %(system)s") % {"system": submission.system.own_name},
        "opts": table.opts,
        "submission": submission,
        "system": submission.system,
        "form": form if waits else None,
        "sample": [(response, response.pk in played) for response in sample],
        "played": len(played),
        "needed": min(reviewing.FEWEST_PLAYED, len(sample)),
        "coverage": _coverage(submission),
        "checks": reviews.checks(submission),
        "timings": reviews.timings(submission),
        "failed": submissions.failed_by_code(submission),
        "hits": reviews.identity_hits(submission),
        "siblings": reviews.siblings(submission),
        "earlier": reviews.earlier(submission),
        "decided": reviews.decided(submission),
        "sentences": _sentences() if waits else [],
        "media": table.media,
    }


def _coverage(submission: Submission) -> list[tuple[str, list[reviews.Share]]]:
    found = reviews.coverage(submission)
    labels = {"language": _("Language"), "level": _("Level"), "task": _("Task")}
    return [(label, found[name]) for name, label in labels.items()]


def _sentences() -> list[tuple[str, tuple[str, str]]]:
    """What the team would read, by reason."""
    labels = dict(SubmissionReview.Reason.choices)
    return [(str(labels[code]), both) for code, both in reviewing.SENTENCES.items()]
