"""Verdicts kept in a file as of the last seal that was read, so that a build reads the new ones alone.

A file is used for the chain of seals that it names and no other. It is never proof: `rebuild_snapshot` reads
every vote from the database, and so shows whatever a file had wrong.
"""

import contextlib
import os
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from django.conf import settings

from judging import selectors as judged
from judging.models import Seal
from leaderboard.selectors import earning, votes
from leaderboard.selectors.votes import COLUMNS, Columns, Counted

# With more new votes than so many it is quicker to read all.
_MOST_NEW: Final = 50_000
_FEW: Final = frozenset({"answer", "left", "first"})


def read(seal: Seal) -> Counted:
    """Give what counts as of a seal, as `votes.read` does, and keep what is held for the next time."""
    held = _held(seal)
    out = np.isin(held["vote"], np.array(judged.left_out(seal), dtype=np.int64))
    gone = {name: column[out] for name, column in held.items()}
    if out.any():
        held = {name: column[~out] for name, column in held.items()}
    return votes.made(held, earning=earning.of(seal, counted=held), left_out=gone)


def _held(seal: Seal) -> Columns:
    kept, earlier = _newest(seal)
    if earlier is not None and kept == seal:
        return earlier
    new = judged.newly_held(seal, after=kept) if kept else set()
    if earlier is None or len(new) > _MOST_NEW:
        held = votes.columns(judged.held(seal))
    elif not new:
        held = earlier
    else:
        more = votes.columns(judged.held(seal).filter(vote__in=new), whole=False)
        held = {name: np.concatenate([earlier[name], more[name]]) for name in COLUMNS}
    _keep(held, seal)
    return held


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "kept"


def _path(seal: Seal) -> Path:
    return _folder() / f"verdicts-{seal.number}-{seal.digest}.npz"


def _newest(seal: Seal) -> tuple[Seal | None, Columns | None]:
    """Load the file of the latest seal up to this one; one that cannot be read is none."""
    numbers = [int(file.name.split("-")[1]) for file in _folder().glob("verdicts-*.npz")]
    for earlier in Seal.objects.filter(number__in=numbers, number__lte=seal.number).order_by("-number"):
        # Another builder may remove it meanwhile.
        with contextlib.suppress(OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
            return earlier, _load(_path(earlier))
    return None, None


def _load(file: Path) -> Columns:
    with np.load(file, allow_pickle=False) as stored:
        return {name: stored[name].astype(np.int64) for name in COLUMNS}


def _keep(held: Columns, seal: Seal) -> None:
    """Write the file, and drop those of other seals. A disk that refuses costs the next build time only."""
    path = _path(seal)
    unfinished = path.with_name(f"unfinished-{os.getpid()}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        with unfinished.open("wb") as stream:
            columns: dict[str, Any] = {name: _small(name, column) for name, column in held.items()}
            np.savez(stream, **columns)
        unfinished.replace(path)
        for other in _folder().glob("verdicts-*.npz"):
            if other != path:
                other.unlink(missing_ok=True)


def _small(name: str, column: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    if name in _FEW:
        return column.astype(np.int8)
    fits = column.max(initial=0) <= np.iinfo(np.int32).max
    return column.astype(np.int32) if fits else column
