"""What an annotator may be told instead of a yes: one sentence and one stable code each (J72)."""

import math
from collections.abc import Mapping

from django.utils.translation import gettext, gettext_lazy, ngettext

from inference.errors import Refused
from inference.models.wording import in_language
from judging.models import Criterion

# As the page names them.
_CLIPS = {"prompt": gettext_lazy("the prompt"), "left": gettext_lazy("A"), "right": gettext_lazy("B")}


def not_heard_enough(missing_ms: Mapping[str, int]) -> Refused:
    """Say exactly what is missing, clip by clip (J56)."""
    sentences = []
    for clip, missing in missing_ms.items():
        if missing > 0:
            seconds = math.ceil(missing / 1000)
            sentence = ngettext(
                "Please hear %(seconds)d more second of %(clip)s.",
                "Please hear %(seconds)d more seconds of %(clip)s.",
                seconds,
            )
            sentences.append(sentence % {"seconds": seconds, "clip": _CLIPS[clip]})
    return Refused(" ".join(sentences), "not_heard_enough")


def verdict_missing(criterion: Criterion) -> Refused:
    """A criterion that is asked has no answer, or none that we know."""
    label = in_language(criterion, "label")
    return Refused(gettext("Please answer: %(criterion)s.") % {"criterion": label}, "verdict_missing")


def mark_missing() -> Refused:
    """The form came without its mark: it was not sent by our page."""
    return Refused(gettext("This page is out of date. Please load it again."), "mark_missing")


def reason_missing() -> Refused:
    """A skip without a reason that we know."""
    return Refused(gettext("Please say why you skip this pair."), "reason_missing")


def already_voted() -> Refused:
    """The ballot has its vote, or the mark belongs to another one."""
    return Refused(
        gettext("You have already judged this pair. Press U to change it."), "already_voted", status=409
    )


def already_skipped() -> Refused:
    """The ballot was skipped."""
    return Refused(gettext("You have skipped this pair."), "already_skipped", status=409)


def ballot_expired() -> Refused:
    """The ballot was not cast in its time."""
    return Refused(
        gettext("This pair had been waiting too long; here is another one."), "ballot_expired", status=409
    )


def ballot_void() -> Refused:
    """A response, system or prompt of the ballot is not judged any more."""
    return Refused(
        gettext("One of these clips was taken out; here is another pair."), "ballot_void", status=409
    )


def opened_elsewhere() -> Refused:
    """Another page took the ballot over (J74)."""
    return Refused(
        gettext("This pair is open in another tab. Continue here?"), "opened_elsewhere", status=409
    )


def batch_closed() -> Refused:
    """What is finished stays as it is."""
    return Refused(
        gettext("This batch is finished and can no longer be changed."), "batch_closed", status=409
    )


def kind_missing() -> Refused:
    """A report that does not say what is wrong."""
    return Refused(gettext("Please say what is wrong."), "kind_missing")


def not_found() -> Refused:
    """Somebody else's: it is not told from what does not exist."""
    return Refused(gettext("There is nothing here."), "not_found", status=404)


def clip_unavailable() -> Refused:
    """The file cannot be read just now."""
    return Refused(gettext("The audio could not be loaded; nothing is lost."), "clip_unavailable", status=503)


def email_unverified() -> Refused:
    """Only a confirmed address becomes an annotator (J6)."""
    return Refused(
        gettext("Please confirm your e-mail address first: we sent you a link."),
        "email_unverified",
        status=403,
    )


def consent_needed() -> Refused:
    """The version of the terms in force was not accepted (J9)."""
    return Refused(gettext("Please read and accept the new terms first."), "consent_needed", status=403)


def languages_needed() -> Refused:
    """No language is known well enough to judge in (J11)."""
    return Refused(gettext("Please name your languages first."), "languages_needed", status=403)


def device_check_needed() -> Refused:
    """This device was not checked, or too long ago (J14)."""
    return Refused(gettext("Please check your headphones first."), "device_check_needed", status=403)


def training_needed() -> Refused:
    """The training was not passed yet, or the criteria are new (J19, J22)."""
    return Refused(gettext("A short training comes first."), "training_needed", status=403)


def moderators_do_not_judge() -> Refused:
    """Staff see names in the admin (M6)."""
    return Refused(
        gettext("Moderators see the systems' names and therefore do not judge."),
        "moderators_do_not_judge",
        status=403,
    )


def paused() -> Refused:
    """The person gets no new pairs for now; their own page says more, and takes an appeal (J121)."""
    return Refused(
        gettext("Your judging is paused. Your own page says more, and you can reply there."),
        "paused",
        status=403,
    )


def stopped() -> Refused:
    """The person has left, or was stopped for good."""
    return Refused(gettext("You do not judge here any more."), "stopped", status=403)
