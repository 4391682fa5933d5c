"""The pipeline: any recogniser, any text model, any synthesiser, each here or behind an address."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from inference.adapters import evidence
from inference.adapters.base import Adapter, AdapterError, Reply, StageStore, check_prompt
from inference.adapters.pipeline.hosted import HostedRecogniser, HostedReplier, HostedSpeaker
from inference.adapters.pipeline.instructions import Instructions
from inference.adapters.pipeline.local import LocalRecogniser, LocalReplier, LocalSpeaker
from inference.adapters.pipeline.run import Run
from inference.adapters.pipeline.steps import Turn, Work, steps
from inference.audio.clip import Clip


class Pipeline(Adapter):
    """Recognises a prompt, lets a text model answer the words, and speaks the answer.

    How the prompt was spoken is lost at the first stage, but for what a recogniser says in tags.
    """

    recognise: Annotated[HostedRecogniser | LocalRecogniser, Field(discriminator="kind")]
    reply: Annotated[HostedReplier | LocalReplier, Field(discriminator="kind")]
    speak: Annotated[HostedSpeaker | LocalSpeaker, Field(discriminator="kind")]
    instructions: Instructions = Instructions()
    longest_seconds: float | None = Field(
        default=None, gt=0, description="Refuse longer prompts, for a recogniser that can hear no more."
    )

    @property
    def queue(self) -> Literal["api", "gpu"]:
        """Where every stage is a server's, any worker will do."""
        return "api" if all(work.hosted for work in self._works) else "gpu"

    @property
    def longest_prompt_seconds(self) -> float | None:
        """As configured: recognisers cut long prompts at pauses."""
        return self.longest_seconds

    @property
    def secret_names(self) -> tuple[str, ...]:
        """The secrets of the stages that are called."""
        hosted = [one for one in (self.recognise, self.reply, self.speak) if one.kind == "hosted"]
        return tuple(sorted({one.secret for one in hosted if one.secret}))

    def respond(
        self, prompts: Sequence[Clip], *, seed: int, stages: Sequence[StageStore]
    ) -> Iterator[Reply | AdapterError]:
        """Answer a batch; a prompt that fails fails alone."""
        turns = [Turn(prompt, store) for prompt, store in zip(prompts, stages, strict=True)]
        for turn in turns:
            try:
                check_prompt(turn.prompt, longest_seconds=self.longest_seconds)
            except AdapterError as error:
                turn.fail(error)
        named = steps(
            recognise=self.recognise, reply=self.reply, speak=self.speak, instructions=self.instructions
        )
        run = Run(
            turns,
            steps=named,
            seed=seed,
            in_flight=self.batch_size,
            replied=lambda turn: self._reply(turn, seed),
        )
        yield from run.outcomes()

    def _reply(self, turn: Turn, seed: int) -> Reply:
        if turn.spoken is None or turn.said is None or turn.answer is None:
            raise RuntimeError("A reply was asked for before it was spoken.")
        *before, _ = turn.finished
        waited = sum(stage.seconds for stage in before)
        return Reply(
            clip=turn.spoken.clip,
            total_seconds=sum(stage.seconds for stage in turn.finished),
            transcript=turn.said.words,
            first_audio_seconds=waited + turn.spoken.first_audio_seconds,
            parameters=self._evidence(turn, seed),
            stop_reason=turn.answer.stop_reason,
        )

    def _evidence(self, turn: Turn, seed: int) -> dict[str, object]:
        answered = turn.answer.evidence if turn.answer else {}
        return evidence.parameters(
            seed=seed,
            libraries=sorted({name for work in self._works for name in work.libraries()}),
            device=", ".join(sorted({work.device_name() for work in self._works} - {""})),
            revision=str(answered.get("model", "")),
            instructions=self.instructions.told.text,
            style=turn.said.style if turn.said else None,
            language=turn.heard.language if turn.heard else None,
            tokens=answered.get("tokens"),
        )

    @property
    def _works(self) -> tuple[Work, ...]:
        return (self.recognise, self.reply, self.speak)
