"""A system that is switched off says so, and calls nothing."""

from inference.adapters.base import MemoryStages, PermanentError
from inference.adapters.uploaded import Uploaded
from tests.inference.adapters import sounds


def test_a_system_that_is_uploaded_is_never_answered_for():
    adapter = Uploaded.model_validate({"as_run": {"model": "gone", "voices": ["a", "b"]}})

    (outcome,) = adapter.respond([sounds.sine()], seed=1, stages=[MemoryStages()])

    assert isinstance(outcome, PermanentError)
    assert outcome.code == "uploaded"
