"""Each row of systems.md against a real Celery worker, with the rig of the fault tests (S69)."""

from tests.faults.conftest import rig, wait_until

__all__ = ["rig", "wait_until"]
