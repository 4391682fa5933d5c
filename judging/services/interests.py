"""Systems in whose result a person has a stake: they never judge them (judging J102)."""

from collections.abc import Iterable, Iterator

from allauth.account.models import EmailAddress
from django.db.models import Q

from inference.models import Membership, System, Team
from judging.models import Annotator


def of(annotator: Annotator) -> frozenset[int]:
    """Find the keys of the systems that this person never hears.

    Those of a team that they are or were in, or that a confirmed address of theirs belongs to, of those and
    the makers to whom they said to be tied, now or once, and of the makers whom such a team names.
    """
    teams = set(Membership.objects.filter(person=annotator.user_id).values_list("team_id", flat=True))
    teams |= set(Team.objects.filter(mail_domains__overlap=_domains(annotator)).values_list("pk", flat=True))
    tied = annotator.affiliations.values_list("team_id", "provider")
    teams |= {team for team, _ in tied if team}
    makers = {provider for _, provider in tied if provider}
    teams |= set(_named(makers))
    if not teams and not makers:
        return frozenset()
    makers |= set(Team.objects.filter(pk__in=teams).exclude(provider="").values_list("provider", flat=True))
    theirs = Q(model__team__in=teams)
    for maker in makers:
        theirs |= Q(model__provider__iexact=maker) | Q(model__team__provider__iexact=maker)
    return frozenset(System.objects.filter(theirs).values_list("pk", flat=True))


def _named(makers: Iterable[str]) -> Iterator[int]:
    """Find the teams that name one of these makers."""
    for maker in makers:
        yield from Team.objects.filter(provider__iexact=maker).values_list("pk", flat=True)


def _domains(annotator: Annotator) -> list[str]:
    """Find the domains of the confirmed addresses, with what they are part of: a.b.org is b.org's too."""
    found: set[str] = set()
    addresses = EmailAddress.objects.filter(user=annotator.user_id, verified=True)
    for address in addresses.values_list("email", flat=True):
        parts = address.rpartition("@")[2].lower().split(".")
        found |= {".".join(parts[start:]) for start in range(len(parts) - 1)}
    return sorted(found)
