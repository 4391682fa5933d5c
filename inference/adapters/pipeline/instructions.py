"""What the text model is told in a configuration, and the form in which it has to answer."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from inference.adapters.pipeline import presets
from inference.adapters.pipeline.parsers import Form
from inference.adapters.pipeline.presets import TRANSCRIPT, Preset
from inference.adapters.pipeline.turns import Heard

Message = dict[str, str]

# Text models refuse, or answer, an empty message as they like.
NO_WORDS = "(The recording holds no words.)"


class Instructions(BaseModel):
    """The text given to the model: a preset, or in its place texts of one's own (S12, S58)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: presets.Name = "default"
    system: str | None = Field(default=None, max_length=20_000, description="Instead of the preset's text.")
    user: str | None = Field(
        default=None, max_length=20_000, description=f"Instead of the preset's; {TRANSCRIPT} is replaced."
    )
    form: Form = Field(default="plain", description="How style and words are told apart in an answer.")
    transcript: Literal["words", "tagged"] = Field(
        default="words", description="Whether the model is shown the recogniser's tags before the words."
    )

    @model_validator(mode="after")
    def _has_a_place_for_the_transcript(self) -> Self:
        if self.user is not None and TRANSCRIPT not in self.user:
            raise ValueError(f"user: {TRANSCRIPT} does not occur in it, so the model would not hear anything")
        return self

    @property
    def told(self) -> Preset:
        """Everything that the model is told."""
        preset = presets.PRESETS[self.preset]
        return Preset(
            system=preset.system if self.system is None else self.system,
            user=preset.user if self.user is None else self.user,
        )

    def messages(self, heard: Heard) -> list[Message]:
        """Write the conversation that the model continues."""
        transcript = heard.tagged if self.transcript == "tagged" else heard.text
        return self.told.messages(transcript or NO_WORDS)

    def repair(self, heard: Heard, answer: str) -> list[Message]:
        """Write the conversation in which the model is asked, once, to answer in the form."""
        asked = {"role": "user", "content": presets.REPAIR[self.form]}
        return [*self.messages(heard), {"role": "assistant", "content": answer}, asked]
