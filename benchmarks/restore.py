"""The restore drill at its size (V7): an arena of a million votes is saved, brought back and proven.

    python -m benchmarks.restore --arena FOLDER
    python -m benchmarks.restore --votes 20000

FOLDER is the VAR_DIR of a stopped arena, such as `manage.py make_arena` fills one with a million votes;
without it a smaller one is made here. Backup and restore are the commands of docs/backups.md.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MOST_SECONDS = 600


def main() -> None:
    """Save, bring back, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--arena", type=Path, default=None)
    parser.add_argument("--votes", type=int, default=20_000)
    parser.add_argument("--scratch", type=Path, default=None, help="Where there is room for two copies.")
    parser.add_argument(
        "--without-media", action="store_true", help="A generated arena has no sounds to save."
    )
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="s2s-arena-restore-", dir=options.scratch))
    folder.chmod(0o711)
    try:
        print(json.dumps(figures(options, folder), indent=1))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def figures(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Run the drill."""
    arena = options.arena or made(folder / "arena", votes=options.votes)
    media = ["--without-media"] if options.without_media or not options.arena else []
    server = embedded(arena)
    try:
        migrated, _ = timed(arena, "migrate", "--verbosity", "0")
        saved, _ = timed(arena, "backup", str(folder / "backups"), *media)
    finally:
        server.stop()
    [backup] = [path for path in (folder / "backups").iterdir() if (path / "manifest.json").exists()]
    manifest = json.loads((backup / "manifest.json").read_text())
    restored, said = timed(folder / "new", "restore", str(backup), *media)
    return {
        "load": round(os.getloadavg()[0], 1),
        "cores": os.cpu_count(),
        "votes": manifest["rows"]["judging_vote"],
        "rows": sum(manifest["rows"].values()),
        "boards": len(manifest["snapshots"]),
        "dump_mb": round(manifest["dump_bytes"] / 1e6),
        "migrate_s": migrated,
        "backup_s": saved,
        "restore_and_proof_s": restored,
        "said": said.strip().splitlines()[-1],
        "holds": restored <= MOST_SECONDS,
    }


def made(var: Path, *, votes: int) -> Path:
    """Make a small arena."""
    var.mkdir(parents=True)
    var.chmod(0o711)
    server = embedded(var)
    try:
        timed(var, "migrate", "--verbosity", "0")
        timed(var, "load_taxonomy")
        people, prompts = max(20, votes // 200), max(40, votes // 20)
        timed(
            var,
            *("make_arena", "--systems", "8", "--prompts", str(min(prompts, 2000))),
            *("--annotators", str(min(people, 200)), "--votes", str(votes)),
        )
    finally:
        server.stop()
    return var


def embedded(var: Path) -> Any:
    """Start the PostgreSQL of a folder."""
    from arena_site.embedded import Postgres  # noqa: PLC0415 -- after the folder is there

    server = Postgres(var)
    server.start()
    return server


def timed(var: Path, *command: str) -> tuple[float, str]:
    """Run one of the site's commands on the arena of a folder; its seconds, and what it said."""
    ours = {"DATABASE_URL", "REDIS_URL", "MEDIA_DIR"}
    clean = {name: value for name, value in os.environ.items() if name not in ours} | {"VAR_DIR": str(var)}
    began = time.monotonic()
    ran = subprocess.run(  # noqa: S603 -- our own program
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(f"{' '.join(command)}: {ran.stderr[-3000:]}")
    return round(time.monotonic() - began, 1), ran.stdout


if __name__ == "__main__":
    main()
