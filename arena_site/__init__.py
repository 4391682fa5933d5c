"""The house around the apps: settings, addresses, people, Celery, the embedded database and broker."""

import sys
from pathlib import Path

# The researchers' package lies beside; the server shares its validator.
sys.path.append(str(Path(__file__).resolve().parent.parent / "client"))
