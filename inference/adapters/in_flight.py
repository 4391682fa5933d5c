"""Several calls to a server at once, their outcomes in the order of the prompts."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from inference.adapters.base import AdapterError, MemoryStages, Reply, StageStore, check_prompt
from inference.audio.clip import Clip


def outcomes(
    ask: Callable[[Clip, StageStore], Reply],
    prompts: Sequence[Clip],
    stages: Sequence[StageStore],
    *,
    longest_seconds: float | None,
) -> Iterator[Reply | AdapterError]:
    """Ask about all prompts at the same time, each in a thread, and yield what comes of each in turn.

    The caller's stores are only used in the caller's thread, when an outcome's turn has come: what a call
    learns is collected meanwhile.

    Args:
        ask: makes one call, every wait of which has a limit; raises an AdapterError where none is answered.
        prompts: as many as may be in flight.
        stages: one store per prompt.
        longest_seconds: longer prompts are refused and not asked.
    """
    calls = list(zip(prompts, stages, strict=True))
    threads = ThreadPoolExecutor(max_workers=max(1, len(calls)), thread_name_prefix="call")
    try:
        flying = []
        for prompt, store in calls:
            learnt = MemoryStages()
            flying.append((store, learnt, threads.submit(_outcome, ask, prompt, learnt, longest_seconds)))
        for store, learnt, call in flying:
            outcome = call.result()
            for stage in learnt.all():
                store.put(stage)
            yield outcome
    finally:
        # Whoever wants no more outcomes does not wait for calls in the air: each ends by its own limits.
        threads.shutdown(wait=False, cancel_futures=True)


def _outcome(
    ask: Callable[[Clip, StageStore], Reply], prompt: Clip, learnt: StageStore, longest_seconds: float | None
) -> Reply | AdapterError:
    try:
        check_prompt(prompt, longest_seconds=longest_seconds)
        return ask(prompt, learnt)
    except AdapterError as error:
        return error
