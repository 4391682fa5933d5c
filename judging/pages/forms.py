"""What the pages on the way in send."""

from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy

from inference.models import Language
from judging.models import Affiliation, Annotator, ConsentText, DeviceCheck, LanguageSkill
from judging.services import languages

TIES = 2


class ConsentForm(forms.Form):
    """An unticked box, and which text was shown beside it (J7)."""

    accept = forms.BooleanField(label=gettext_lazy("I have read this, and I agree."))
    version = forms.IntegerField(widget=forms.HiddenInput)
    language = forms.CharField(widget=forms.HiddenInput, max_length=10)
    invitation = forms.CharField(label=gettext_lazy("Code of your invitation"), required=False, max_length=32)

    def __init__(self, *args: Any, invited: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not invited:
            del self.fields["invitation"]

    def shown(self) -> ConsentText | None:
        """The text that the form names; None where there is none such."""
        values = self.cleaned_data
        return ConsentText.objects.filter(version=values["version"], language=values["language"]).first()


class LanguagesForm(forms.Form):
    """A level for each language of the arena; none means that it is not known."""

    def __init__(self, *args: Any, annotator: Annotator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.languages = list(Language.objects.order_by("name_en"))
        known = dict(annotator.skills.values_list("language_id", "level"))
        for language in self.languages:
            self.fields[_level(language)] = forms.ChoiceField(
                label=name_of(language),
                choices=[("", gettext_lazy("I do not know it")), *LanguageSkill.Level.choices],
                initial=known.get(language.pk, ""),
                required=False,
            )

    def levels(self) -> dict[Language, str]:
        """What was stated, by language."""
        stated = {language: self.cleaned_data[_level(language)] for language in self.languages}
        return {language: level for language, level in stated.items() if level}


class TieForm(forms.Form):
    """A tie to a maker of systems (J102)."""

    provider = forms.CharField(
        label=gettext_lazy("Maker"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"list": "makers", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(label=gettext_lazy("What ties you"), choices=Affiliation.Kind, required=False)


TieFormSet = forms.formset_factory(TieForm, extra=TIES, max_num=TIES)


class DeviceForm(forms.Form):
    """How, and where, somebody listens."""

    output = forms.ChoiceField(
        label=gettext_lazy("How do you listen?"), choices=DeviceCheck.Output, widget=forms.RadioSelect
    )
    surroundings = forms.ChoiceField(
        label=gettext_lazy("How is it around you?"),
        choices=DeviceCheck.Surroundings,
        widget=forms.RadioSelect,
    )


class VolumeForm(forms.Form):
    """Where the page's own slider stands."""

    volume = forms.FloatField(
        label=gettext_lazy("Volume on these pages"),
        min_value=0,
        max_value=1,
        initial=1,
        widget=forms.NumberInput(attrs={"type": "range", "step": "0.05"}),
    )


def name_of(language: Language) -> str:
    """How a language is called in the language of the page."""
    return language.name_zh_hans if get_language() == languages.CHINESE else language.name_en


def _level(language: Language) -> str:
    return f"level-{language.code}"
