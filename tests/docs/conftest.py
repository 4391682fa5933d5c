"""The rig with a broker, workers and a sweeper of the test's own."""

from tests.faults.conftest import rig

__all__ = ["rig"]
