"""How long a thousand answers of ten seconds take from a researcher's disk to stored and playable (issue 7).

Run from the repository: `python -m benchmarks.uploads [--responses 1000] [--seconds 10] [--kills 10]`. It
brings up a PostgreSQL and a site of its own, sends all answers with the client (killed as often as said, at
moments of chance, and started again), and then takes them in with one worker. It says how long each step
takes of one file.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")

from benchmarks.jobs import bring_up
from benchmarks.listener import site

CLIENT = Path(__file__).parents[1] / "client"
TIMES = 10


def main() -> None:
    """Send, take in, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--responses", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10.0, help="Length of each.")
    parser.add_argument("--kills", type=int, default=0, help="How often the sender is killed.")
    options = parser.parse_args()
    bring_up()
    print(json.dumps(measure(options.responses, options.seconds, options.kills), indent=1))


def measure(count: int, seconds: float, kills: int) -> dict[str, object]:
    """Send and take in so many answers."""
    from inference.models import Response, Submission, Upload  # noqa: PLC0415 -- once Django is set up
    from inference.services.slots import Slot  # noqa: PLC0415 -- as above
    from inference.services.submissions import advancing  # noqa: PLC0415 -- as above
    from tests import factories  # noqa: PLC0415 -- as above
    from tests.inference.api.client import Program, published_set, team_of  # noqa: PLC0415 -- as above

    ada = factories.user("ada@example.org")
    lab = Program(team_of(ada, provider="Harbour Lab"), ada)
    core = published_set(count=count, slug="core", version=3)
    with tempfile.TemporaryDirectory() as place:
        size = _answers(Path(place), core, seconds)
        _one(Path(place))
        with site() as url:
            began = time.monotonic()
            sent = _sent(url, lab.shown.text, Path(place), kills=kills, count=count)
            sending = time.monotonic() - began
        alone, steps = _one(Path(place)), _steps(Path(place))
    began = time.monotonic()
    Slot(worker="benchmark", queues=["api"]).drain()
    advancing.advance_all()
    taking = time.monotonic() - began
    state = Submission.objects.get(public_id=sent["id"]).state
    return {
        "responses": count,
        "kills": kills,
        "stored": Response.objects.count(),
        "files": Upload.objects.filter(state="complete").values("sha256").distinct().count(),
        "uploads": Upload.objects.count(),
        "state": state,
        "megabytes": round(size / 1e6, 1),
        "sending_seconds": round(sending, 1),
        "taking_in_seconds": round(taking, 1),
        "wall_seconds": round(sending + taking, 1),
        "sending_ms_a_file": round(1000 * sending / count),
        "taking_in_ms_a_file": round(1000 * taking / count),
        "looking_at_one_alone_ms": round(1000 * alone),
        "of_it_processor_ms": steps,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }


def _answers(place: Path, core: object, seconds: float) -> int:
    """Write the folder of a submission; the bytes of its answers."""
    from tests import factories  # noqa: PLC0415 -- once Django is set up

    (place / "answers").mkdir()
    (place / "prompts").mkdir()
    lines, size = [], 0
    for number, slug in enumerate(core.prompts.values_list("slug", flat=True)):  # type: ignore[attr-defined]
        data = factories.wav(factories.tone(hz=200 + number / 2, seconds=seconds))
        (place / "answers" / f"{slug}.wav").write_bytes(data)
        lines.append(json.dumps({"id": slug, "language": "en"}))
        size += len(data)
    (place / "prompts" / "manifest.jsonl").write_text("\n".join(lines))
    (place / "submission.toml").write_text(
        'prompt_set = "core/3"\nkind = "uploaded"\n[model]\nname = "Tones"\nlicence = "CC0-1.0"\n'
        '[system]\nversion = "1"\nlanguages = ["en"]\n'
    )
    return size


def _sent(url: str, token: str, place: Path, *, kills: int, count: int) -> dict[str, str]:
    """Submit a folder by the command line; killed so often on the way, once a share of the files is there."""
    from inference.models import Upload  # noqa: PLC0415 -- once Django is set up

    rng = random.Random(7)  # noqa: S311 -- moments, no secret
    command = [sys.executable, "-m", "s2s_arena.cli", "submit", str(place), "--json"]
    named = {"S2S_ARENA_URL": url, "S2S_ARENA_TOKEN": token, "PYTHONPATH": str(CLIENT)}
    for kill in range(kills):
        wanted = (kill + rng.random()) * count / kills
        with subprocess.Popen(command, env=os.environ | named, stdout=subprocess.DEVNULL) as sender:  # noqa: S603 -- ours
            while sender.poll() is None and Upload.objects.filter(state="complete").count() < wanted:
                time.sleep(0.2)
            sender.kill()
    done = subprocess.run(  # noqa: S603 -- our own program
        command, env=os.environ | named, capture_output=True, text=True, check=False
    )
    said: dict[str, str] = json.loads(done.stdout)
    return said


def _steps(place: Path) -> dict[str, float]:
    """Milliseconds of the processor that each step of a look takes of one file, in this very process."""
    from inference.audio import checks, loudness  # noqa: PLC0415 -- once Django is set up
    from inference.audio.clip import Clip, encode_flac  # noqa: PLC0415 -- as above
    from inference.audio.decode import decode  # noqa: PLC0415 -- as above
    from inference.audio.normalise import RATE, normalise  # noqa: PLC0415 -- as above

    raw = next((place / "answers").iterdir()).read_bytes()
    decoded = decode(raw, limits=checks.Limits())
    clip = decoded.clip.resampled(RATE)
    pcm = Clip(samples=clip.samples, rate=RATE).to_int16()
    wide = clip.samples.astype("float64")
    steps = {
        "decode": lambda: decode(raw, limits=checks.Limits()),
        "resample": lambda: decoded.clip.resampled(RATE),
        "loudness": lambda: loudness.integrated(wide, RATE),
        "true_peak": lambda: loudness.true_peak(wide, RATE),
        "encode": lambda: encode_flac(pcm, RATE),
        "normalise_whole": lambda: normalise(decoded.clip),
    }
    return {name: _processor_ms(step) for name, step in steps.items()}


def _processor_ms(step: Callable[[], object]) -> float:
    step()
    began = time.process_time()
    for _ in range(TIMES):
        step()
    return round(1000 * (time.process_time() - began) / TIMES, 1)


def _one(place: Path) -> float:
    """Seconds that looking at one file takes in a child, with nothing around it."""
    from inference.audio.ingest import ingest  # noqa: PLC0415 -- once Django is set up

    data = next((place / "answers").iterdir()).read_bytes()
    began = time.monotonic()
    ingest(data)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
