"""Loops that a compiler makes fast where numba is installed; what they do is written in NumPy beside each."""

import functools
import importlib.util
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

_INSTALLED: Final = importlib.util.find_spec("numba") is not None
_MOST_THREADS: Final = 8
_plain = _loaded = False


def available() -> bool:
    """Say whether kernels are to be used: the compiler is loaded, and nobody asked for the plain version."""
    return _loaded and not _plain


@contextmanager
def plainly() -> Iterator[None]:
    """Use no compiled code inside, in this whole process: how tests and benchmarks see the plain version."""
    global _plain  # noqa: PLW0603 -- threads that share the work must see it too
    before, _plain = _plain, True
    try:
        yield
    finally:
        _plain = before


def shared(work: Callable[[T], R], parts: Iterable[T]) -> list[R]:
    """Do the parts on all processors, and give what came of each, in order.

    Kernels and NumPy leave Python's lock alone, so threads do. A part must draw from a generator of its own:
    then what comes out does not depend on how many threads there were.
    """
    threads = min(len(os.sched_getaffinity(0)), _MOST_THREADS)
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, parts))


def load() -> None:
    """Load the compiler, where it is installed: asked for by work that gains more than this second."""
    global _loaded  # noqa: PLW0603 -- once in a process, for all kernels
    if _INSTALLED and not (_loaded or _plain):
        import numba  # noqa: F401, PLC0415

        _loaded = True
        # The compiler reads in half of itself with the first kernel, whichever that is.
        _nothing()


class Kernel(Generic[P, R]):
    """A function over arrays and numbers, compiled when first called and kept on disk for the next process.

    It runs without Python's lock, so that threads may share the work. Before load(), or inside plainly(), it
    runs as it is written: right, and slow.
    """

    def __init__(self, plain: Callable[P, R]) -> None:
        self.plain = plain
        functools.update_wrapper(self, plain)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:  # noqa: D102 -- the function's own
        return (self._machine if available() else self.plain)(*args, **kwargs)

    @functools.cached_property
    def _machine(self) -> Callable[P, R]:
        import numba  # noqa: PLC0415

        # Division as in NumPy: a check for zero before each would keep loops from being vectorised.
        compiler = functools.partial(numba.njit, nogil=True, error_model="numpy")
        try:
            machine: Callable[P, R] = compiler(cache=True)(self.plain)
        except RuntimeError:  # the code lies where nothing can be written: compiled anew in each process
            machine = compiler()(self.plain)
        return machine


@Kernel
def _nothing() -> int:
    return 0
