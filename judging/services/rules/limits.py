"""How much one person, or one run, may take out of the count at once (M39)."""

from datetime import timedelta
from typing import Final

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Sum
from django.utils import timezone

from judging.models import SystemPair, VoteExclusion

# Of the votes that count. Source: M39.
SHARE: Final = 0.01
# In an arena of a few hundred votes one percent would be nothing.
FREE: Final = 5
# Many small acts of one person in so long are one act.
ONE_ACT: Final = timedelta(hours=24)


def counted() -> int:
    """Give how many votes count, from the tallies."""
    return SystemPair.objects.aggregate(all=Sum("counted"))["all"] or 0


def needs_two(votes: int) -> bool:
    """Say whether so many votes at once need a second person."""
    return votes > max(FREE, SHARE * counted())


def taken_lately(by: AbstractBaseUser) -> int:
    """Count the votes that one person took out within the last day, accepted proposals among them."""
    since = timezone.now() - ONE_ACT
    return VoteExclusion.objects.filter(created_by=by.pk, created_at__gt=since).count()


def is_alone(by: AbstractBaseUser) -> bool:
    """Say whether there is no other active member of staff (M62)."""
    staff = get_user_model()._default_manager.filter(is_staff=True, is_active=True)  # noqa: SLF001 -- Django's
    return not staff.exclude(pk=by.pk).exists()
