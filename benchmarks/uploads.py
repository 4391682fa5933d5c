"""How long a thousand answers of ten seconds take from a researcher's disk to stored and playable (issue 7).

Run from the repository: `python -m benchmarks.uploads [--responses 1000] [--seconds 10]`. It brings up a
PostgreSQL and a site of its own, sends all answers with the client, and then takes them in with one worker.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
sys.path.insert(0, str(Path(__file__).parents[1] / "client"))

from benchmarks.jobs import bring_up
from benchmarks.listener import site


def main() -> None:
    """Send, take in, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--responses", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10.0, help="Length of each.")
    options = parser.parse_args()
    bring_up()
    print(json.dumps(measure(options.responses, options.seconds), indent=1))


def measure(count: int, seconds: float) -> dict[str, object]:
    """Send and take in so many answers."""
    from inference.models import Response, Submission  # noqa: PLC0415 -- once Django is set up
    from inference.services.slots import Slot  # noqa: PLC0415 -- as above
    from inference.services.submissions import advancing  # noqa: PLC0415 -- as above
    from s2s_arena import folder, submitting  # noqa: PLC0415 -- as above
    from s2s_arena.http import Arena  # noqa: PLC0415 -- as above
    from tests import factories  # noqa: PLC0415 -- as above
    from tests.inference.api.client import Program, published_set, team_of  # noqa: PLC0415 -- as above

    ada = factories.user("ada@example.org")
    lab = Program(team_of(ada, provider="Harbour Lab"), ada)
    core = published_set(count=count, slug="core", version=3)
    with tempfile.TemporaryDirectory() as place:
        size = _answers(Path(place), core, seconds)
        _one(Path(place))
        with site() as url, Arena(url, lab.shown.text) as arena:
            began = time.monotonic()
            sent = submitting.submit(arena, folder.read(Path(place)))
            sending = time.monotonic() - began
        alone = _one(Path(place))
    began = time.monotonic()
    Slot(worker="benchmark", queues=["api"]).drain()
    advancing.advance_all()
    taking = time.monotonic() - began
    state = Submission.objects.get(public_id=sent["id"]).state
    return {
        "responses": count,
        "stored": Response.objects.count(),
        "state": state,
        "megabytes": round(size / 1e6, 1),
        "sending_seconds": round(sending, 1),
        "taking_in_seconds": round(taking, 1),
        "wall_seconds": round(sending + taking, 1),
        "sending_ms_a_file": round(1000 * sending / count),
        "taking_in_ms_a_file": round(1000 * taking / count),
        "decoding_one_alone_ms": round(1000 * alone),
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


def _one(place: Path) -> float:
    """Seconds that looking at one file takes in a child, with nothing around it."""
    from inference.audio.ingest import ingest  # noqa: PLC0415 -- once Django is set up

    data = next((place / "answers").iterdir()).read_bytes()
    began = time.monotonic()
    ingest(data)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
