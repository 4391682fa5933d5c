"""A cascade that needs no key, no weights and no network: PocketSphinx, an NLTK chat engine, eSpeak NG."""

import time
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from pydantic import Field

from inference.adapters import chat, espeak, sphinx
from inference.adapters.base import OneByOne, Reply, Stage, StageStore, clip_hash, stage_key
from inference.audio.clip import Clip

DISTRIBUTIONS = ("pocketsphinx", "nltk", "espeakng-loader")


class Offline(OneByOne):
    """Hears English, answers by the patterns of the 1960s, and speaks with a synthetic voice: a baseline.

    Another language is heard as if it were English. Where no words are heard, it asks to say them again.
    """

    engine: Literal["eliza", "iesha", "rude", "suntsu", "zen"] = Field(
        description="Which of NLTK's chat engines answers; iesha writes slang and rude is what it says."
    )
    voice: str = Field(
        default="en-us",
        pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]+)*(\+[A-Za-z0-9 ]+)?$",
        description="An eSpeak NG language and, after a plus sign, a variant of it: en-us+f3.",
    )
    words_per_minute: int = Field(default=175, ge=80, le=450)
    pitch: int = Field(default=50, ge=0, le=99)

    @property
    def queue(self) -> Literal["api", "gpu"]:
        """A processor is enough."""
        return "api"

    @property
    def longest_prompt_seconds(self) -> float | None:
        """What the recogniser is given at most."""
        return sphinx.LONGEST_SECONDS

    def answer(self, prompt: Clip, *, seed: int, stages: StageStore) -> Reply:
        """Recognise, reply, speak.

        Raises:
            AdapterError: `extra_missing`, or an error of `chat.reply` or `espeak.speak`.
        """
        heard = self._recognised(prompt, stages)
        said = self._replied(heard.text, seed, stages)
        spoken, clip = self._spoken(said.text, stages)
        return Reply(
            clip=clip,
            total_seconds=heard.seconds + said.seconds + spoken.seconds,
            transcript=said.text,
            parameters={"seed": seed, "device": "cpu", "libraries": libraries()},
            stop_reason="length" if said.text.endswith(chat.CUT) else "end",
        )

    def _recognised(self, prompt: Clip, stages: StageStore) -> Stage:
        key = stage_key(
            sphinx.STAGE, model=_model("pocketsphinx"), settings=sphinx.SETTINGS, given=clip_hash(prompt)
        )
        done = stages.get(sphinx.STAGE, key)
        if done is None:
            heard = sphinx.ENGLISH.recognise(prompt)
            done = Stage(name=sphinx.STAGE, key=key, text=heard.text, seconds=heard.seconds)
            stages.put(done)
        return done

    def _replied(self, transcript: str, seed: int, stages: StageStore) -> Stage:
        settings = {"engine": self.engine, "seed": seed, "longest_words": chat.LONGEST_WORDS}
        key = stage_key(chat.STAGE, model=_model("nltk"), settings=settings, given=transcript)
        done = stages.get(chat.STAGE, key)
        if done is None:
            started = time.perf_counter()
            text = chat.reply(self.engine, transcript, seed=seed)
            done = Stage(name=chat.STAGE, key=key, text=text, seconds=time.perf_counter() - started)
            stages.put(done)
        return done

    def _spoken(self, text: str, stages: StageStore) -> tuple[Stage, Clip]:
        # The sound is the reply itself and no stage keeps it: after a restart it is spoken again, in 0.03 s.
        settings = {"voice": self.voice, "words_per_minute": self.words_per_minute, "pitch": self.pitch}
        key = stage_key(espeak.STAGE, model=_model("espeakng-loader"), settings=settings, given=text)
        started = time.perf_counter()
        clip = espeak.speak(text, voice=self.voice, words_per_minute=self.words_per_minute, pitch=self.pitch)
        done = Stage(name=espeak.STAGE, key=key, text="", seconds=time.perf_counter() - started)
        stages.put(done)
        return done, clip


def libraries() -> dict[str, str]:
    """Return the versions of what the cascade is made of; only what is installed."""
    return {name: found for name in DISTRIBUTIONS if (found := _version(name))}


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def _model(distribution: str) -> str:
    return f"{distribution} {_version(distribution)}"
