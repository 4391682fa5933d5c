"""What people write on the owner's pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from inference.services import audit


class ResumeForm(forms.Form):
    """What was changed before a system runs again."""

    reason = forms.CharField(
        label=_("What did you change?"),
        max_length=audit.LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One sentence. It is kept with your name."),
    )
