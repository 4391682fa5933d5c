"""What an annotator may be told instead of a yes: one sentence and one stable code each (J72)."""

import math

from django.utils.translation import gettext, ngettext

from inference.errors import Refused


def not_heard_enough(*, missing_ms: float) -> Refused:
    """The clips cannot have been heard in the time since the ballot was opened."""
    seconds = max(1, math.ceil(missing_ms / 1000))
    sentence = ngettext(
        "Please listen a little longer: %(seconds)d more second of the clips is missing.",
        "Please listen a little longer: %(seconds)d more seconds of the clips are missing.",
        seconds,
    )
    return Refused(sentence % {"seconds": seconds}, "not_heard_enough")


def verdict_missing(*, criterion: str) -> Refused:
    """A criterion that is asked has no answer, or none that we know."""
    return Refused(gettext("Please answer: %(criterion)s.") % {"criterion": criterion}, "verdict_missing")


def mark_missing() -> Refused:
    """The form came without its mark: it was not sent by our page."""
    return Refused(gettext("This page is out of date. Please load it again."), "mark_missing")


def reason_missing() -> Refused:
    """A skip without a reason that we know."""
    return Refused(gettext("Please say why you skip this pair."), "reason_missing")


def already_voted() -> Refused:
    """The ballot has its vote, or the mark belongs to another one."""
    return Refused(gettext("You have already judged this pair."), "already_voted", status=409)


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
