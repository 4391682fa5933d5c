"""The order of things in a batch: servers are called side by side, models of ours take all at once."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from inference.adapters.base import AdapterError, Reply, Stage
from inference.adapters.pipeline.steps import Step, Turn


class Run:
    """One batch. Stores are touched by the caller's thread alone; other threads only wait for servers.

    Args:
        turns: the prompts.
        steps: by name, in order.
        seed: for every stage.
        in_flight: how many servers are called at the same time at most; earlier prompts go first.
        replied: makes the reply of a turn that was spoken.
    """

    def __init__(
        self,
        turns: Sequence[Turn],
        *,
        steps: Mapping[str, Step],
        seed: int,
        in_flight: int,
        replied: Callable[[Turn], Reply],
    ) -> None:
        self.turns = turns
        self.steps = steps
        self.seed = seed
        self.in_flight = in_flight
        self.replied = replied
        self._flying: dict[Future[tuple[Any, float]], Turn] = {}
        self._looked: set[tuple[int, str]] = set()
        self._pool = ThreadPoolExecutor(max_workers=in_flight, thread_name_prefix="stage")

    def outcomes(self) -> Iterator[Reply | AdapterError]:
        """Yield one outcome per prompt, in order, as soon as each is known."""
        try:
            for turn in self.turns:
                while turn.outcome is None:
                    self._advance()
                yield turn.outcome
        finally:
            # Calls that are under way end by their own limits; nobody waits for what is not wanted any more.
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _advance(self) -> None:
        """Start what can start, then wait for one server, or let a model do what has gathered before it."""
        flying = {id(turn) for turn in self._flying.values()}
        waiting = [turn for turn in self.turns if turn.step and id(turn) not in flying]
        for turn in waiting:
            self._remember(turn)
        for turn in waiting:
            hosted = turn.step and self.steps[turn.step].work.hosted
            if hosted and len(self._flying) < self.in_flight:
                self._call(turn)
        if self._flying:
            self._land()
            return
        gathered = [turn for turn in waiting if turn.step]
        first = next((name for name in self.steps if any(turn.step == name for turn in gathered)), "")
        if first:
            self._batch(self.steps[first], [turn for turn in gathered if turn.step == first])

    def _remember(self, turn: Turn) -> None:
        """Take up every stage that an earlier try finished."""
        while turn.step and (id(turn), turn.step) not in self._looked:
            self._looked.add((id(turn), turn.step))
            step = self.steps[turn.step]
            stage = turn.store.get(step.name, step.key(turn, seed=self.seed))
            result = None if stage is None else step.restored(stage)
            if stage is None or result is None:
                return
            turn.finished.append(stage)
            self._take(turn, step, result)

    def _call(self, turn: Turn) -> None:
        step = self.steps[turn.step]
        given, key = step.given(turn), step.key(turn, seed=self.seed)
        self._flying[self._pool.submit(_called, step, given, self.seed, key)] = turn

    def _land(self) -> None:
        done, _ = wait(self._flying, return_when=FIRST_COMPLETED)
        for future in done:
            turn = self._flying.pop(future)
            result, seconds = future.result()
            self._finish(turn, result, seconds)

    def _batch(self, step: Step, turns: Sequence[Turn]) -> None:
        keys = [step.key(turn, seed=self.seed) for turn in turns]
        started = time.perf_counter()
        results: Sequence[Any]
        try:
            results = step.work.run([step.given(turn) for turn in turns], seed=self.seed, keys=keys)
        except AdapterError as error:
            # Such as weights that are not there: none of them can be answered, and each is told so.
            results = [error] * len(turns)
        # Each of them waited for all: that is how long it took to have it.
        seconds = time.perf_counter() - started
        for turn, result in zip(turns, results, strict=True):
            self._finish(turn, result, seconds)

    def _finish(self, turn: Turn, result: Any, seconds: float) -> None:
        """Keep a stage as soon as it is there, and go on."""
        step = self.steps[turn.step]
        if isinstance(result, AdapterError):
            turn.fail(result)
            return
        text, tags = step.kept(result)
        key = step.key(turn, seed=self.seed)
        stage = Stage(name=step.name, key=key, text=text, seconds=seconds, tags=tags)
        turn.store.put(stage)
        turn.finished.append(stage)
        self._take(turn, step, result)

    def _take(self, turn: Turn, step: Step, result: Any) -> None:
        try:
            step.taken(turn, result)
        except AdapterError as error:
            turn.fail(error)
            return
        if not turn.step:
            turn.outcome = self.replied(turn)


def _called(step: Step, given: Any, seed: int, key: str) -> tuple[Any, float]:
    started = time.perf_counter()
    result: Any
    try:
        (result,) = step.work.run([given], seed=seed, keys=[key])
    except AdapterError as error:
        result = error
    return result, time.perf_counter() - started
