"""Turns what was drawn into rows: closed batches of votes on generated systems, sealed like all others."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from django.db import connection, models, transaction

from inference.errors import Refused
from inference.models import PromptSet, System
from judging.models import (
    Annotator,
    Ballot,
    Batch,
    BatchClosing,
    Criterion,
    GoldAnswer,
    Heard,
    Pair,
    Policy,
    Verdict,
    Vote,
)
from judging.services import seals, tallies
from leaderboard.ranking.arrays import Ids
from leaderboard.ranking.comparisons import OUTCOMES
from leaderboard.services.generated import competitors
from leaderboard.services.generated.batched import GOLD, PURPOSES, REPEAT, Batched, batched
from leaderboard.services.generated.copying import copy
from leaderboard.services.generated.tastes import CRITERIA, Size, Tastes, heard

_FILLED: Final = ("inference_", "judging_")
SPAN: Final = timedelta(days=300)
_PAIR_SECONDS: Final = 40
_HOUR: Final = timedelta(hours=1)
# Ballots that are written and sealed at once: what bounds the memory.
_AT_ONCE: Final = 60_000


@transaction.atomic
def make(size: Size, *, seed: int, until: datetime, tell: Callable[[str], object] = print) -> None:
    """Fill an empty arena; the same size, seed and end make the same votes.

    Every trigger and constraint looks at every row.

    Args:
        size: how much.
        seed: what all numbers are drawn from.
        until: when the last batch was closed; the first began 300 days earlier.
        tell: is told how far it is.

    Raises:
        Refused: `not_empty`.
        ValueError: the size cannot be made.
    """
    for model in (System, PromptSet, Annotator):
        if model._default_manager.exists():  # noqa: SLF001 -- Django's public name
            raise Refused("The arena is not empty: generated votes are never mixed with others.", "not_empty")
    rng = np.random.Generator(np.random.PCG64(seed))
    tastes = Tastes(size, rng)
    ballots = batched(size, heard(size, rng), tastes, rng)
    begin = until - SPAN
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    competitors.write(size, at=begin, rng=rng)
    rows = _Rows(size, ballots, begin=begin, rng=rng)
    for done in rows.written():
        seals.seal()
        tell(f"{done} of {len(ballots.batch)} ballots")
    _count_anew()
    tallies.rebuild()


def _count_anew() -> None:
    """Let the database count its rows: it plans for the few that it knew of otherwise, and takes minutes."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(_FILLED):
                cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")


class _Rows:
    """Writes what was judged, a stretch of batches at a time; keys are indices from 0 plus 1."""

    def __init__(self, size: Size, ballots: Batched, *, begin: datetime, rng: np.random.Generator) -> None:
        self._size, self._ballots, self._begin, self._rng = size, ballots, begin, rng
        self._policy = Policy.objects.get(current=True)
        slugs = dict(Criterion.objects.values_list("slug", "pk"))
        self._criteria = [slugs[slug] for slug in CRITERIA]
        seconds = ballots.begins * (SPAN - _HOUR).total_seconds()
        self._begins = np.datetime64(begin.replace(tzinfo=None), "ms") + (seconds * 1000).astype(
            "timedelta64[ms]"
        )
        self._pair = self._pairs()

    def written(self) -> Any:
        """Write stretch after stretch; yield how many ballots there are."""
        starts = self._ballots.starts
        batch, batches = 0, len(starts) - 1
        while batch < batches:
            after = max(batch + 1, int(np.searchsorted(starts, starts[batch] + _AT_ONCE, side="right")) - 1)
            self._batches(batch, after)
            self._cast(int(starts[batch]), int(starts[after]))
            batch = after
            yield int(starts[batch])

    def _copy(self, model: type[models.Model], rows: int, first: int, /, **columns: Any) -> None:
        copy(model, rows, columns, now=self._begin, rng=self._rng, first=first + 1)

    def _pairs(self) -> Ids:
        """Write the pairs that are heard, and what is right on gold ones; give each ballot's."""
        heard, systems = self._ballots.heard, self._size.systems
        codes = (heard.prompt * systems + heard.a) * systems + heard.b
        different, pair = np.unique(codes, return_inverse=True)
        rest, b = np.divmod(different, systems)
        prompt, a = np.divmod(rest, systems)
        self._copy(
            Pair,
            len(different),
            0,
            prompt_id=prompt + 1,
            system_a_id=a + 1,
            system_b_id=b + 1,
            response_a_id=prompt * systems + a + 1,
            response_b_id=prompt * systems + b + 1,
        )
        self._gold(np.unique(pair[self._ballots.purpose == GOLD]), a, b)
        return np.asarray(pair + 1)

    def _gold(self, pair: Ids, a: Ids, b: Ids) -> None:
        _, better, worse = self._ballots.gold
        a_is_better = np.isin(a[pair] * self._size.systems + b[pair], better * self._size.systems + worse)
        rows = len(pair) * len(CRITERIA)
        self._copy(
            GoldAnswer,
            rows,
            0,
            pair_id=np.repeat(pair + 1, len(CRITERIA)),
            criterion_id=np.tile(self._criteria, len(pair)),
            key=np.tile([slug == CRITERIA[-1] for slug in CRITERIA], len(pair)),
            accepted=[["a" if one else "b"] for one in np.repeat(a_is_better, len(CRITERIA)).tolist()],
            origin=GoldAnswer.Origin.CONTROL,
        )

    def _batches(self, begin: int, end: int) -> None:
        ballots, rows = self._ballots, end - begin
        first, last = ballots.starts[begin:end], ballots.starts[begin + 1 : end + 1] - 1
        sizes = (last - first + 1).tolist()
        ended = self._moments(last) + np.timedelta64(_PAIR_SECONDS, "s")
        self._copy(
            Batch,
            rows,
            begin,
            annotator_id=ballots.heard.annotator[first] + 1,
            policy_id=self._policy.pk,
            size=sizes,
            plan=[["normal"] * (size - 2) + ["gold", "repeat"] for size in sizes],
            criterion_order=list(map(list, [CRITERIA] * rows)),
            state=Batch.State.CLOSED,
            started_at=self._begins[begin:end],
            last_cast_at=ended,
        )
        self._copy(
            BatchClosing,
            rows,
            begin,
            batch_id=np.arange(begin, end) + 1,
            by=BatchClosing.By.ANNOTATOR,
            at=ended,
        )

    def _cast(self, begin: int, end: int) -> None:
        ballots, rows, part = self._ballots, end - begin, slice(begin, end)
        keys, opened = np.arange(begin, end), self._moments(np.arange(begin, end))
        repeats = (ballots.purpose[part] == REPEAT).tolist()
        earlier = (ballots.repeat_of[part] + 1).tolist()
        self._copy(
            Ballot,
            rows,
            begin,
            annotator_id=ballots.heard.annotator[part] + 1,
            batch_id=ballots.batch[part] + 1,
            policy_id=self._policy.pk,
            position=ballots.position[part],
            purpose=np.array(PURPOSES)[ballots.purpose[part]],
            repeat_of_id=[key if repeat else None for key, repeat in zip(earlier, repeats, strict=True)],
            pair_id=self._pair[part],
            left=np.array(["a", "b"])[ballots.left[part]],
            first=np.array(["left", "right"])[self._rng.integers(0, 2, rows)],
            target_lufs=-23,
            normaliser_version=1,
            rule=Policy.Rule.COVERAGE,
            rule_version=1,
            probability=1 / self._size.pairs,
            state=Ballot.State.VOTED,
            issued_at=opened,
            opened_at=opened,
            expires_at=opened + np.timedelta64(1, "D"),
        )
        self._votes(keys, opened)
        self._verdicts(part, keys)

    def _votes(self, keys: Ids, opened: Any) -> None:
        took = (1000 * self._rng.uniform(4, _PAIR_SECONDS - 2, len(keys))).astype(np.int64)
        cast = opened + took.astype("timedelta64[ms]")
        self._copy(
            Vote, len(keys), int(keys[0]), ballot_id=keys + 1, cast_at=cast, elapsed_ms=took, active_ms=took
        )
        clips = list(Heard.Clip.values)
        self._copy(
            Heard,
            len(keys) * len(clips),
            int(keys[0]) * len(clips),
            vote_id=np.repeat(keys + 1, len(clips)),
            clip=clips * len(keys),
            ranges="{{0," + str(competitors.CLIP_MS) + "}}",
            unique_ms=competitors.CLIP_MS,
            total_ms=competitors.CLIP_MS,
            starts=1,
            seeks=0,
            first_order=[1, 2, 3] * len(keys),
            hidden_ms=0,
        )

    def _verdicts(self, part: slice, keys: Ids) -> None:
        many = len(CRITERIA)
        self._copy(
            Verdict,
            len(keys) * many,
            int(keys[0]) * many,
            vote_id=np.repeat(keys + 1, many),
            criterion_id=np.tile(self._criteria, len(keys)),
            answer=np.array(OUTCOMES)[self._ballots.answers[part].ravel()],
            confidence=2,
        )

    def _moments(self, ballots: Ids) -> Any:
        """Give when ballots were opened: one after another, from their batch's beginning."""
        within = (self._ballots.position[ballots] - 1) * _PAIR_SECONDS
        return self._begins[self._ballots.batch[ballots]] + within.astype("timedelta64[s]")
