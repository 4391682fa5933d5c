"""What people write on the owner's pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inference.models import Membership, Scope
from inference.services import audit, tokens


class ResumeForm(forms.Form):
    """What was changed before a system runs again."""

    reason = forms.CharField(
        label=_("What did you change?"),
        max_length=audit.LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One sentence. It is kept with your name."),
    )


class TeamForm(forms.Form):
    """A team that is wanted."""

    name = forms.CharField(label=_("Name"), max_length=120)
    slug = forms.SlugField(
        label=_("Short name"),
        max_length=50,
        help_text=_("Lower-case words with hyphens; fixed from then on."),
    )
    provider = forms.CharField(
        label=_("Maker"), max_length=120, required=False, help_text=_("The maker's name that boards show.")
    )
    contact_email = forms.EmailField(label=_("Contact"), required=False)


class InvitationForm(forms.Form):
    """Who is asked in."""

    email = forms.EmailField(label=_("E-mail address"), help_text=_("They answer on their own page."))
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[(Membership.Role.MEMBER, _("Member")), (Membership.Role.OWNER, _("Owner"))],
    )


SCOPES = [
    (Scope.SYSTEMS, _("Create and change models and systems")),
    (Scope.SUBMISSIONS, _("Submit and upload")),
    (Scope.RESULTS, _("Read results")),
    (Scope.WORKER, _("Answer jobs as a pull worker")),
    (Scope.WEBHOOKS, _("Manage webhooks")),
    (Scope.TOKENS, _("Make and revoke tokens")),
]


class TokenForm(forms.Form):
    """A token that is wanted."""

    name = forms.CharField(label=_("What is it for?"), max_length=80)
    scopes: Any = forms.MultipleChoiceField(
        label=_("What it may do beside reading"),
        choices=SCOPES,
        required=False,
        widget=forms.SelectMultiple(attrs={"size": len(SCOPES)}),
    )
    days = forms.IntegerField(
        label=_("Days until it ends"), min_value=1, max_value=tokens.MOST_DAYS, initial=tokens.DEFAULT_DAYS
    )
