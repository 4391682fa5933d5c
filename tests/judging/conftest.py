"""What the judging's tests share: a small arena, and many hands at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from inference.models import Response
from tests import factories


@pytest.fixture
def arena():
    """Make an arena: `arena(prompts=2, systems=3)` gives prompts, and live systems that answered all."""

    def build(*, prompts: int = 1, systems: int = 2, **fields):
        asked = [factories.prompt() for _ in range(prompts)]
        live = [factories.system(**fields) for _ in range(systems)]
        for system in live:
            for prompt in asked:
                factories.response(system, prompt)
        return asked, live

    return build


@pytest.fixture
def together():
    """Run `act(number)` in many threads that start at one moment; gives what each returned or raised."""

    def run(times: int, act) -> list:
        barrier = threading.Barrier(times)

        def one(number: int):
            try:
                barrier.wait()
                return act(number)
            except Exception as error:
                return error
            finally:
                connection.close()

        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(one, range(times)))

    return run


def rejected(response: Response) -> None:
    """Take a response out."""
    Response.objects.filter(pk=response.pk).update(state="rejected", state_code="test")
