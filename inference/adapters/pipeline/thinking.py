"""Text models on this machine: any with a chat template, in batches padded on the left.

Imports torch: load it at the first call.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2.exceptions import TemplateError
from transformers import AutoModelForCausalLM, AutoTokenizer

from inference.adapters.base import AdapterError, PermanentError
from inference.adapters.pipeline import rows
from inference.adapters.pipeline.loading import OnThisMachine
from inference.adapters.pipeline.turns import Answer

Messages = Sequence[Mapping[str, str]]


@dataclass
class Chat:
    """A text model and its tokenizer."""

    model: Any
    tokenizer: Any

    def prompt(self, messages: Messages, template: Mapping[str, object]) -> str:
        """Write a conversation as the model was trained to read it."""
        try:
            return self._written(messages, template)
        except TemplateError:
            # Some templates know no system (Gemma's): its text goes before the user's.
            system, user, *rest = [dict(one) for one in messages]
            user["content"] = f"{system['content']}\n\n{user['content']}"
            return self._written([user, *rest], template)

    def _written(self, messages: Messages, template: Mapping[str, object]) -> str:
        return str(
            self.tokenizer.apply_chat_template(
                list(messages), tokenize=False, add_generation_prompt=True, **template
            )
        )

    def answers(
        self, prompts: Sequence[str], *, seed: int, generation: Mapping[str, object]
    ) -> list[Answer | AdapterError]:
        """Continue each prompt; one that the model has no room for fails alone."""
        room = self._room(int(str(generation["max_new_tokens"])))
        counts = [len(self.tokenizer(one, add_special_tokens=False).input_ids) for one in prompts]
        fitting = [one for one, count in zip(prompts, counts, strict=True) if count <= room]
        answered = iter(self._generated(fitting, seed=seed, generation=generation) if fitting else [])
        return [next(answered) if count <= room else _too_long(count, room) for count in counts]

    def _room(self, wanted: int) -> int:
        most = getattr(self.model.config.get_text_config(), "max_position_embeddings", None)
        return (int(most) - wanted) if most else 10**9

    def _generated(
        self, prompts: Sequence[str], *, seed: int, generation: Mapping[str, object]
    ) -> list[Answer]:
        batch = self.tokenizer(
            list(prompts), add_special_tokens=False, padding=True, padding_side="left", return_tensors="pt"
        ).to(self.model.device)
        with rows.seeded(seed):
            made = self.model.generate(
                input_ids=batch.input_ids,
                attention_mask=batch.attention_mask,
                pad_token_id=self.tokenizer.pad_token_id,
                **generation,
            )
        return [self._answer(row) for row in made[:, batch.input_ids.shape[1] :].tolist()]

    def _answer(self, row: list[int]) -> Answer:
        ends = self.model.generation_config.eos_token_id
        ends = {ends} if isinstance(ends, int) else set(ends or ())
        length = next((at for at, one in enumerate(row) if one in ends), None)
        text = self.tokenizer.decode(row[:length], skip_special_tokens=True)
        tokens = len(row) if length is None else length + 1
        return Answer(text, "length" if length is None else "end", {"tokens": tokens})


def load(of: OnThisMachine) -> Chat:
    """Load a text model.

    Raises:
        OSError, ValueError: there is none, or it knows no conversations.
    """
    tokenizer = AutoTokenizer.from_pretrained(of.model, **of.source())
    if tokenizer.chat_template is None:
        raise ValueError("its tokenizer has no chat template")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    model = AutoModelForCausalLM.from_pretrained(of.model, **of.place())
    return Chat(model=model.to(of.device_name()).eval(), tokenizer=tokenizer)


def _too_long(count: int, room: int) -> PermanentError:
    message = f"The conversation has {count} tokens; the model has room for {room} before its answer."
    return PermanentError(message, code="prompt_too_long", stage="reply")
