"""What annotators say is wrong with a clip (J68, J70). A report neither casts nor skips."""

from django.utils.translation import gettext_lazy

from judging.models import Annotator, Ballot, Report
from judging.services import ballots, clips, limits, owed, refusals

# What a person may choose; the other kinds are not theirs to say on the page. Source: J68.
LABELS = (
    (Report.Kind.SILENCE, gettext_lazy("Silence")),
    (Report.Kind.NOISE, gettext_lazy("Noise")),
    (Report.Kind.BROKEN_OFF, gettext_lazy("Clipped or broken off")),
    (Report.Kind.WRONG_LANGUAGE, gettext_lazy("Wrong language")),
    (Report.Kind.SAYS_NAME, gettext_lazy("Says its name or maker")),
    (Report.Kind.UNSAFE, gettext_lazy("Unsafe")),
    (Report.Kind.PERSONAL_DATA, gettext_lazy("Personal data")),
    (Report.Kind.PROMPT_UNUSABLE, gettext_lazy("The prompt cannot be used")),
    (Report.Kind.OTHER, gettext_lazy("Something else")),
)
KINDS = {kind.value for kind, _ in LABELS}


def file(
    ballot: Ballot, *, by: Annotator, kind: str, clip: str = "", time_ms: int | None = None, text: str = ""
) -> Report:
    """Write down what is wrong.

    Raises:
        Refused: `kind_missing`, or `too_many` (429).
    """
    if kind not in KINDS:
        raise refusals.kind_missing()
    limits.require_report(by)
    return Report.objects.create(
        source=Report.Source.ANNOTATOR,
        reporter_id=by.user_id,
        kind=kind,
        text=text.strip()[:500],
        **_target(ballot, clip, time_ms),
    )


def faulty(ballot: Ballot, *, clip: str) -> None:
    """Take a pair away whose clip a page could not play, and report it.

    What the server finds faulty too is drawn anew; for the rest the same two systems come again, since
    anybody can say that a clip does not play.
    """
    if clip not in clips.NAMES:
        raise refusals.kind_missing()
    confirmed = not clips.is_whole(ballot, clip=clip)
    if ballots.void(ballot, code="faulty" if confirmed else owed.UNCONFIRMED):
        Report.objects.create(
            source=Report.Source.AUTOMATIC,
            reporter_id=ballot.annotator.user_id,
            kind=Report.Kind.CLIP_FAULTY,
            text="confirmed by the server" if confirmed else "",
            **_target(ballot, clip, None),
        )


def _target(ballot: Ballot, clip: str, time_ms: int | None) -> dict[str, object]:
    side = {"left": ballot.left, "right": ballot.right}.get(clip)
    answers = {"a": ballot.pair.response_a, "b": ballot.pair.response_b}
    return {
        "ballot": ballot,
        "clip": clip if clip in clips.NAMES else "",
        "time_ms": time_ms,
        "response": answers[side] if side else None,
        "prompt": ballot.pair.prompt if clip == "prompt" else None,
    }
