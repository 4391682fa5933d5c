"""What each project needs of us: its checkout on the path, its weights loaded once, its errors told apart."""

import contextlib
import importlib.util
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from inference.adapters.base import AdapterError, PermanentError

VARIABLE = "ARENA_CHECKOUT"
STAGE_LOAD = "load"
# After these a process is of no more use: it ends as a crash, and a fresh one takes over.
FATAL = ("CUDA error", "out of memory")
MESSAGE_LENGTH = 300

# How often each project's weights were loaded by this process.
loads: Counter[str] = Counter()
_lock = threading.Lock()
_held: dict[tuple[object, ...], Any] = {}
# Projects call their modules `utils` and the like: a process can hold one project.
_entered: list[Path] = []


def found(checkout: str) -> Path:
    """Say where a project's repository lies.

    Args:
        checkout: as configured; empty for what the environment says.

    Raises:
        PermanentError: `checkout_missing`.
    """
    named = checkout or os.environ.get(VARIABLE, "")
    if not named:
        message = f"Set {VARIABLE} to the folder that holds the project's repository."
        raise PermanentError(message, code="checkout_missing", stage=STAGE_LOAD)
    folder = Path(named).expanduser().resolve()
    if not folder.is_dir():
        message = f"There is no folder {folder}; the project's repository belongs there."
        raise PermanentError(message, code="checkout_missing", stage=STAGE_LOAD)
    return folder


def hold(key: tuple[object, ...], *, checkout: Path, load: Callable[[], Any]) -> Any:
    """Return what `load` made for this key, now or earlier; only the latest is kept.

    It is called with the checkout as the working directory and first on the path, as the project's own
    programs are: relative paths and imports then mean what they mean to the project.

    Raises:
        PermanentError: `another_project`, or why it cannot be loaded.
    """
    with _lock:
        if key not in _held:
            _held.clear()
            _enter(checkout)
            before = Path.cwd()
            os.chdir(checkout)
            try:
                _held[key] = load()
            finally:
                os.chdir(before)
            loads[str(checkout)] += 1
        return _held[key]


def _enter(checkout: Path) -> None:
    if not _entered:
        sys.path.insert(0, str(checkout))
        _entered.append(checkout)
    if _entered[0] != checkout:
        message = f"This process has loaded {_entered[0]}; {checkout} needs one of its own."
        raise PermanentError(message, code="another_project", stage=STAGE_LOAD)


def search(folder: str) -> None:
    """Put a folder of the checkout on the path too, behind what is there."""
    path = str(Path(folder).absolute())
    if path not in sys.path:
        sys.path.append(path)


def module(path: Path, *, name: str) -> Any:
    """Import a file under a name that is free; Mini-Omni's `inference.py` has the name of our package."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        message = f"The checkout holds no {path.name}; is it the right repository?"
        raise PermanentError(message, code="wrong_checkout", stage=STAGE_LOAD)
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    spec.loader.exec_module(made)
    return made


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Do a step in a project's code: what it raises is a permanent error of this step.

    Not so where the process itself is spoilt, as by a lack of memory: that passes, and counts as a crash.

    Raises:
        PermanentError: `not_installed`, `weights_missing` or `upstream_failed`.
    """
    try:
        yield
    except AdapterError:
        raise
    except ImportError as error:
        raise _told(error, "not_installed", name) from error
    except FileNotFoundError as error:
        raise _told(error, "weights_missing", name) from error
    except Exception as error:  # other people's code may raise anything
        if isinstance(error, MemoryError) or any(words in str(error) for words in FATAL):
            raise
        raise _told(error, "upstream_failed", name) from error


def _told(error: Exception, code: str, stage: str) -> PermanentError:
    words = " ".join(str(error).split())[:MESSAGE_LENGTH]
    return PermanentError(f"{type(error).__name__} in the project's code: {words}", code=code, stage=stage)


def needed(path: str, *, what: str) -> str:
    """Return the path of weights that upstream reads from the disk, relative to its checkout.

    Raises:
        PermanentError: `weights_missing`.
    """
    if not Path(path).exists():
        message = f"There is no {Path(path).absolute()}; {what} belong there."
        raise PermanentError(message, code="weights_missing", stage=STAGE_LOAD)
    return path


def commit(folder: Path) -> str:
    """Read which commit is checked out, without git; empty where the folder is no repository."""
    git = folder / ".git"
    try:
        if git.is_file():  # a submodule or a worktree
            git = folder / git.read_text("utf-8").removeprefix("gitdir:").strip()
        head = (git / "HEAD").read_text("utf-8").strip()
        if not head.startswith("ref: "):
            return head
        reference = head.removeprefix("ref: ")
        if (git / reference).is_file():
            return (git / reference).read_text("utf-8").strip()
        packed = (git / "packed-refs").read_text("utf-8").splitlines()
    except OSError:
        return ""
    return next((line.split()[0] for line in packed if line.endswith(f" {reference}")), "")


def use(device: str) -> tuple[str, str]:
    """Make a device the one that projects mean by `cuda`; return its name, and what its maker calls it.

    Raises:
        PermanentError: `device_missing`.
    """
    torch = import_module("torch")
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu":
        return device, device
    number = int(device.partition(":")[2] or 0)
    if number >= torch.cuda.device_count():
        message = f"This machine has no device {device}."
        raise PermanentError(message, code="device_missing", stage=STAGE_LOAD)
    # For this thread; some projects know no other name than `cuda`.
    torch.cuda.set_device(number)
    return f"cuda:{number}", torch.cuda.get_device_name(number)


def seed(value: int) -> None:
    """Start chance anew: what is drawn before one answer is not felt in the next."""
    torch = import_module("torch")
    torch.manual_seed(value)
