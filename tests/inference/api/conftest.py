"""A published set, and programs of two teams."""

import pytest

from tests.inference.api.client import Program, published_set, team_of


@pytest.fixture
def prompt_set(db):
    """Three public prompts."""
    return published_set()


@pytest.fixture
def lab(ada):
    """Ada's program, which may do everything."""
    return Program(team_of(ada, slug="harbour", provider="Harbour Lab"), ada)


@pytest.fixture
def rivals(cleo):
    """A program of another team."""
    return Program(team_of(cleo, slug="rivals"), cleo)
