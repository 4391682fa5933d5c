"""People, what they told about themselves, and their teams."""

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.utils import timezone

from inference.models import Language, Membership, Team
from judging.models import Annotator, DeviceCheck, LanguageSkill
from judging.services import consents, devices
from tests.factories.numbers import NUMBERS

PASSWORD = "correct horse battery staple"


def user(email: str, *, password: str | None = None, **fields):
    """An account with a confirmed address; no password unless one is given (hashing is slow)."""
    made = get_user_model().objects.create_user(email, password, **fields)
    EmailAddress.objects.create(user=made, email=email, verified=True, primary=True)
    return made


def annotator(
    email: str | None = None, *, ready: bool = True, password: str | None = None, **fields
) -> Annotator:
    """Somebody who judges: their terms accepted, two languages known, every device of theirs checked."""
    values = {"state": "active"} | fields
    account = user(email or f"annotator{next(NUMBERS)}@example.org", password=password)
    made = Annotator.objects.create(user=account, **values)
    if ready:
        consents.accept(account, consents.text("en"))
        for code in ("en", "zh"):
            LanguageSkill.objects.create(
                annotator=made, language=Language.objects.get(code=code), level="native"
            )
        device_check(account)
    return made


def device_check(of, *, device: str = devices.ANY_DEVICE, result: str = "both", **fields) -> DeviceCheck:
    """A finished check of somebody's device."""
    values = {"output": "wired", "surroundings": "quiet", "at": timezone.now()} | fields
    return DeviceCheck.objects.create(user=of, device=device, result=result, **values)


def team(*people, **fields) -> Team:
    """A team with these members."""
    slug = fields.pop("slug", f"team-{next(NUMBERS)}")
    made = Team.objects.create(slug=slug, **({"name": slug.title()} | fields))
    for person in people:
        Membership.objects.create(team=made, person=person)
    return made
