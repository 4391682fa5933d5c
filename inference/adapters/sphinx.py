"""Speech recognition by PocketSphinx with the English model that comes with it."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np

from inference.adapters.base import clip_hash
from inference.adapters.extras import package_folder
from inference.audio.clip import Clip

STAGE = "recognise"
PACKAGE = "pocketsphinx"
RATE = 16_000

# PocketSphinx works at about 0.13 times the duration and keeps the interpreter's lock meanwhile: a minute of
# prompt stops a worker's heartbeat for 8 s, well within a lease.
LONGEST_SECONDS = 60.0

# Fewer hypotheses a frame and no second pass. On 20 English starter prompts it brings the processor time from
# 0.36 to 0.12 times the duration and leaves the word error rate where it was (0.79).
SETTINGS: dict[str, Any] = {"samprate": RATE, "maxhmmpf": 2000, "fwdflat": False}

# Below this peak (-60 dBFS) there is nothing to hear; of digital silence the decoder makes words.
SILENCE_PEAK = 32

# Heard before each clip, 5 ms. The decoder begins to score with the best densities of the last frame that it
# saw, and where scores tie these decide: a second of zeros was heard in four ways, by what had come before.
PRIMER = np.random.default_rng(0).normal(0, 3000, RATE // 10).astype(np.int16).tobytes()

# Transcripts are short: all prompts of a set stay known while one system after another is asked.
REMEMBERED = 1024


@dataclass(frozen=True)
class Recognition:
    """What was heard.

    Attributes:
        text: words in lower case without punctuation; empty where nothing was heard.
        seconds: how long the recognition took when it was done.
    """

    text: str
    seconds: float


class Recogniser:
    """A decoder that is loaded on first use and kept; one clip at a time, threads wait for each other.

    Attributes:
        loads: how often the model was loaded.
        runs: how many clips were really recognised, and not remembered.
    """

    def __init__(self) -> None:
        self.loads = 0
        self.runs = 0
        self._decoder: Any = None
        self._lock = threading.Lock()
        self._memory: OrderedDict[str, Recognition] = OrderedDict()

    def recognise(self, clip: Clip) -> Recognition:
        """Hear the words of a clip; what was heard before it plays no part.

        Raises:
            PermanentError: `extra_missing`.
        """
        key = clip_hash(clip)
        with self._lock:
            known = self._memory.get(key)
            if known is None:
                known = self._memory[key] = self._decode(clip)
            self._memory.move_to_end(key)
            if len(self._memory) > REMEMBERED:
                self._memory.popitem(last=False)
        return known

    def forget(self) -> None:
        """Drop what was recognised; the model stays."""
        with self._lock:
            self._memory.clear()

    def _decode(self, clip: Clip) -> Recognition:
        decoder = self._loaded()
        started = time.perf_counter()
        samples = clip.resampled(RATE).to_int16()
        text = ""
        if samples.size and max(-int(samples.min()), int(samples.max())) > SILENCE_PEAK:
            _heard(decoder, PRIMER)
            text = _heard(decoder, samples.tobytes())
        self.runs += 1
        return Recognition(text=text, seconds=time.perf_counter() - started)

    def _loaded(self) -> Any:
        if self._decoder is None:
            package_folder(PACKAGE, extra="offline", stage=STAGE)
            from pocketsphinx import Decoder  # noqa: PLC0415 -- only with the extra

            self._decoder = Decoder(loglevel="FATAL", **SETTINGS)
            self.loads += 1
        return self._decoder


def _heard(decoder: Any, samples: bytes) -> str:
    # The noise estimate and the cepstral mean of the last clip would colour this one; it takes 0.1 ms.
    decoder.reinit_feat()
    decoder.start_utt()
    decoder.process_raw(samples, full_utt=True)
    decoder.end_utt()
    best = decoder.hyp()
    return best.hypstr if best else ""


ENGLISH = Recogniser()
