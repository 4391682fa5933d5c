"""What a system of the catalogue needs, and whether this machine has it; nothing is loaded to find out."""

import os
import shutil
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from inference.adapters import registry, secrets
from inference.catalogue import Entry, Weights
from inference.errors import Refused

SMI_SECONDS = 10
MEGABYTES = 1000


def needs(entry: Entry) -> list[str]:
    """List what a machine must have, a short phrase each; empty where the site's own packages are enough."""
    found = [f"{one.name} ({one.gigabytes:g} GB)" for one in entry.needs.weights]
    if entry.needs.gpu_gigabytes:
        found.append(f"a GPU with {entry.needs.gpu_gigabytes:g} GB")
    found += [f"the package {name}" for name in entry.needs.packages]
    found += [f"the secret {name}" for name in secret_names(entry)]
    if entry.needs.project:
        found.append(f"an environment of {entry.needs.project}")
    return found


def missing(entry: Entry) -> list[str]:
    """List what of that is not here, one short phrase each.

    Weights are looked for where the Hugging Face hub keeps them; whether an environment of another project
    is here is not looked for.
    """
    lacking = [f"{one.name}" for one in entry.needs.weights if not _has_weights(one)]
    if entry.needs.gpu_gigabytes > gpu_gigabytes():
        lacking.append(f"a GPU with {entry.needs.gpu_gigabytes:g} GB (here: {gpu_gigabytes():.0f})")
    lacking += [f"pip install {name}" for name in entry.needs.packages if not _has_package(name)]
    names = map(secrets.variable, secret_names(entry))
    lacking += [f"{name} in the environment" for name in names if not os.environ.get(name)]
    return lacking


def commands(entry: Entry) -> list[str]:
    """List the commands that start it, in order; for one that cannot be called, those that bring its answers.

    All run where the site is, but for `python -m inference.worker`, which runs where the system can.
    """
    add = f"python manage.py add_system {entry.slug}"
    match entry.delivery:
        case "called":
            return [add, f"python manage.py ask --system {entry.slug} --wait"]
        case "pulled":
            return [
                add,
                "python manage.py export_prompts prompts",
                f"python -m inference.worker --system {entry.slug} --try prompts",
                f"python manage.py import_answers {entry.slug} prompts/answers-{entry.slug}",
            ]
        case "uploaded":
            return [add, f"python manage.py import_answers {entry.slug} answers"]


def secret_names(entry: Entry) -> tuple[str, ...]:
    """List the secrets that its configuration names; none where the adapter cannot be built here."""
    try:
        return registry.load(entry.adapter, entry.config).secret_names
    except (Refused, ImportError):
        return ()


@cache
def gpu_gigabytes() -> float:
    """Return the memory of the largest card that NVIDIA's driver reports, in 10⁹ bytes; 0 without one."""
    smi = shutil.which("nvidia-smi")
    if smi is None:
        return 0.0
    ask = [smi, "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(ask, capture_output=True, text=True, check=True, timeout=SMI_SECONDS)  # noqa: S603 -- the driver's own program
        sizes = [float(line) * 1.048576 for line in done.stdout.split("\n") if line.strip()]
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0.0
    return max(sizes, default=0.0) / MEGABYTES


def _has_package(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _has_weights(weights: Weights) -> bool:
    kept = _hub() / f"models--{weights.name.replace('/', '--')}" / "snapshots"
    if weights.revision:
        return (kept / weights.revision).is_dir()
    return kept.is_dir() and any(kept.iterdir())


def _hub() -> Path:
    """Say where the hub's own library keeps what it downloads."""
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    return Path(os.environ.get("HF_HUB_CACHE", home / "hub")).expanduser()
