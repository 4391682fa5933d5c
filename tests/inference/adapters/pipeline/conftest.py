"""Tiny models of every stage, made once a test run."""

import pytest


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """A pipeline's configuration with tiny models on this machine, loaded by the first test that asks."""
    import torch  # noqa: PLC0415 -- most tests do without

    from tests.fakes import tiny_pipeline  # noqa: PLC0415 -- beside it

    torch.set_num_threads(1)
    return tiny_pipeline.pipeline(tmp_path_factory.mktemp("tiny"))
