"""What becomes of one audio file on its way in, and of many: for programs that send in thousands."""

import logging
import time
from collections import Counter
from dataclasses import dataclass, field

from inference.audio import children, flac
from inference.audio.errors import AudioRefused, Code
from inference.audio.ingest import ingest
from inference.audio.normalise import PEAK_DBTP, RATE

TAKEN = "taken"


@dataclass
class Verdict:
    """What became of one file.

    Attributes:
        file: which one.
        outcome: "taken", or the code of the refusal, or what else came out of `ingest`.
        seconds: of any time, from the call to its return.
        cpu_seconds: of the child.
        peak_bytes: resident memory of the child.
        exit_code: of the child; None where none was asked.
        wrong: what broke a promise outside the child; empty where nothing did.
    """

    file: str
    outcome: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_bytes: int = 0
    exit_code: int | None = None
    wrong: str = ""


@dataclass
class Tally:
    """What became of many files."""

    outcomes: Counter[str] = field(default_factory=Counter)
    seeds: dict[str, Counter[str]] = field(default_factory=dict)
    slowest: Verdict = field(default_factory=lambda: Verdict(""))
    busiest: Verdict = field(default_factory=lambda: Verdict(""))
    largest: Verdict = field(default_factory=lambda: Verdict(""))
    crashed_children: list[Verdict] = field(default_factory=list)
    wrong: list[Verdict] = field(default_factory=list)

    def add(self, verdict: Verdict, seed: str) -> None:
        """Count one file."""
        self.outcomes[verdict.outcome] += 1
        self.seeds.setdefault(seed, Counter())[verdict.outcome] += 1
        self._keep(verdict, verdict, verdict)
        if verdict.exit_code:
            self.crashed_children.append(verdict)
        if verdict.wrong:
            self.wrong.append(verdict)

    def merge(self, other: "Tally") -> None:
        """Count what another process counted."""
        self.outcomes += other.outcomes
        for seed, outcomes in other.seeds.items():
            self.seeds.setdefault(seed, Counter()).update(outcomes)
        self._keep(other.slowest, other.busiest, other.largest)
        self.crashed_children += other.crashed_children
        self.wrong += other.wrong

    def _keep(self, slow: Verdict, busy: Verdict, large: Verdict) -> None:
        self.slowest = max(self.slowest, slow, key=lambda verdict: verdict.seconds)
        self.busiest = max(self.busiest, busy, key=lambda verdict: verdict.cpu_seconds)
        self.largest = max(self.largest, large, key=lambda verdict: verdict.peak_bytes)


class Listener(logging.Handler):
    """Hears from the log how children ended, and whether a zygote died."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record until somebody asks."""
        self.records.append(record)

    def heard(self, start: str) -> tuple[object, ...] | None:
        """The figures of the last record that starts so; None where there was none."""
        found = [record.args for record in self.records if record.msg.startswith(start)]
        return found[-1] if found and isinstance(found[-1], tuple) else None


def listen() -> Listener:
    """Hear all that the parent of the children says, and keep it from the screen."""
    listener = Listener()
    children.logger.handlers, children.logger.propagate = [listener], False
    children.logger.setLevel(logging.DEBUG)
    return listener


def judge(file: str, raw: bytes, listener: Listener) -> Verdict:
    """Send one file in; this is where a promise is seen to break, so nothing may escape."""
    verdict = Verdict(file)
    listener.records.clear()
    began = time.perf_counter()
    try:
        playback = ingest(raw).playback
        verdict.outcome = TAKEN
        info = flac.stream_info(playback.flac)
        if (info.rate, info.channels, info.bits) != (RATE, 1, 16) or playback.true_peak_dbtp > PEAK_DBTP:
            verdict.wrong = f"a wrong playback file: {info}, {playback.true_peak_dbtp} dBTP"
    except AudioRefused as refused:
        verdict.outcome = str(refused.code)
    except Exception as error:  # the very thing that is looked for
        verdict.outcome, verdict.wrong = type(error).__name__, f"a crash outside the child: {error!r}"
    verdict.seconds = round(time.perf_counter() - began, 4)
    if ended := listener.heard("audio_child_ended"):
        verdict.exit_code, verdict.peak_bytes = int(str(ended[0])), int(str(ended[1]))
        verdict.cpu_seconds = round(float(str(ended[2])), 4)
    if listener.heard("audio_zygote_gone"):
        verdict.wrong = "the process that forks the children died"
    if verdict.outcome == Code.DECODER_FAILED and not verdict.exit_code:
        verdict.wrong = "our own code failed in the child"
    return verdict
