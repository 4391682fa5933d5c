"""What an annotator says they know, and whom they say they are close to (J11, J102)."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Now
from django.utils.translation import gettext

from inference.errors import Refused
from inference.models import Language
from judging.models import Affiliation, Annotator, Ballot, Batch, LanguageSkill

Level = LanguageSkill.Level
# From best to least.
ORDER = (Level.NATIVE, Level.FLUENT, Level.WORKING, Level.BASIC)
CHINESE = "zh-hans"
# Source: J13.
SKIPS_TO_REVIEW = 3
REVIEW_WITHIN = timedelta(days=30)
# Source: J12.
JUDGES_IN = (Level.NATIVE, Level.FLUENT)


@transaction.atomic
def state(annotator: Annotator, levels: Mapping[Language, str]) -> None:
    """Replace what the person said before; a level that did not change keeps its moment, unless it was asked.

    Raises:
        Refused: `language_missing` where no language is native or fluent.
    """
    if not any(level in JUDGES_IN for level in levels.values()):
        message = gettext("Please name at least one language that you know fluently or as a native speaker.")
        raise Refused(message, "language_missing")
    known = dict(annotator.skills.values_list("language_id", "level"))
    reviewed = {language.pk for language in to_review(annotator)}
    annotator.skills.exclude(language__in=levels).delete()
    for language, level in levels.items():
        if known.get(language.pk) != level or language.pk in reviewed:
            LanguageSkill.objects.update_or_create(
                annotator=annotator, language=language, defaults={"level": level, "stated_at": Now()}
            )


def judged_by(annotator: Annotator) -> list[Language]:
    """List the languages in which this person can be given ballots."""
    return list(
        Language.objects.filter(
            pk__in=annotator.skills.filter(level__in=JUDGES_IN).values("language")
        ).order_by("code")
    )


def to_review(annotator: Annotator) -> list[Language]:
    """List the languages that the person skipped pairs for not knowing, often enough to ask again (J13)."""
    skipped = Ballot.objects.filter(
        annotator=annotator,
        state=Ballot.State.SKIPPED,
        closing_code="language",
        opened_at__gt=Now() - REVIEW_WITHIN,
        pair__prompt__language=OuterRef("language"),
        opened_at__gte=OuterRef("stated_at"),
    )
    often = skipped.order_by().values("pair__prompt__language").annotate(times=Count("pk")).values("times")
    asked = annotator.skills.annotate(skips=Subquery(often)).filter(
        skips__gte=SKIPS_TO_REVIEW, level__in=JUDGES_IN
    )
    return [skill.language for skill in asked.select_related("language")]


def codes_of(batch: Batch) -> list[str]:
    """List the codes of the languages in which pairs are given in a batch (J12, J25)."""
    return batch.languages or [language.code for language in judged_by(batch.annotator)]


def affiliate(annotator: Annotator, *, provider: str, kind: str) -> Affiliation:
    """Add a tie to a maker of systems; said twice is said once.

    Raises:
        Refused: `maker_missing`, or `tie_unknown`.
    """
    provider = " ".join(provider.split())
    if not provider:
        raise Refused(gettext("Please name the maker."), "maker_missing")
    if kind not in Affiliation.Kind.values:
        raise Refused(gettext("Please say what ties you to this maker."), "tie_unknown")
    there = Affiliation.objects.filter(
        annotator=annotator, provider__iexact=provider, kind=kind, until=None
    ).first()
    return there or Affiliation.objects.create(annotator=annotator, provider=provider, kind=kind)


def end_affiliation(affiliation: Affiliation) -> None:
    """Write down that a tie is over; the row stays, since past ties bar too (J102)."""
    Affiliation.objects.filter(pk=affiliation.pk, until=None).update(until=Now())
