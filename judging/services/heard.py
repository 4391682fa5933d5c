"""What was heard of a ballot: beats come in, and a vote keeps what they come to (J54, J58)."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models.functions import Now

from inference.services import security
from judging.models import Ballot, Beat, Heard, Vote
from judging.services import gate, refusals
from judging.services.gate import CLIPS, ClipHeard, Played

# Afterwards only what the vote keeps is left. Source: D80.
KEPT_FOR = timedelta(days=90)
HEARING = {Ballot.State.OPENED, Ballot.State.VOTED}


def beat(ballot: Ballot, played: Played) -> None:
    """Keep what a page says; the same number again changes nothing.

    Raises:
        Refused: `opened_elsewhere` or `batch_closed` (409); or `ballot_void`, where it is not being heard.
    """
    row = Ballot.objects.select_related("batch").get(pk=ballot.pk)
    require_page(row, played.page)
    if row.batch is None or row.batch.state != "open":
        raise refusals.batch_closed()
    if row.state not in HEARING:
        raise refusals.ballot_void()
    write(row, played)


def require_page(ballot: Ballot, page: object) -> None:
    """Pass the page that holds the ballot: the newest (J74).

    Raises:
        Refused: `opened_elsewhere` (409).
    """
    if ballot.page != page:
        raise refusals.opened_elsewhere()


def write(ballot: Ballot, played: Played) -> None:
    """Insert a beat, unless its number is there."""
    ranges = {f"{clip}_ranges": gate.union(played.ranges.get(clip, [])) for clip in CLIPS}
    Beat.objects.bulk_create(
        [
            Beat(
                ballot=ballot,
                page=played.page,
                number=played.number,
                **ranges,
                played_ms=list(played.played_ms),
                starts=list(played.starts),
                seeks=list(played.seeks),
                first_order=list(played.first_order),
                hidden_ms=played.hidden_ms,
                volume=played.volume,
            )
        ],
        ignore_conflicts=True,
    )


def so_far(ballot: Ballot, *, durations: dict[str, int]) -> tuple[dict[str, ClipHeard], int]:
    """Sum up all beats of all pages: by clip, and the ms out of sight.

    A page's beats are cumulative, so its greatest figures stand for it; pages add up.
    """
    beats = list(Beat.objects.filter(ballot=ballot))
    pages = {beat.page: [each for each in beats if each.page == beat.page] for beat in beats}
    order = next((said[-1].first_order for said in pages.values() if any(said[-1].first_order)), [0, 0, 0])
    heard = {}
    for place, clip in enumerate(CLIPS):
        sounding = [each for beat in beats if beat.volume > 0 for each in getattr(beat, f"{clip}_ranges")]
        heard[clip] = ClipHeard(
            ranges=gate.within(gate.union(sounding), durations[clip]),
            total_ms=_sum(pages.values(), "played_ms", place),
            starts=_sum(pages.values(), "starts", place),
            seeks=_sum(pages.values(), "seeks", place),
            first_order=order[place],
        )
    return heard, sum(max(beat.hidden_ms for beat in said) for said in pages.values())


def keep(vote: Vote, heard: dict[str, ClipHeard], *, hidden_ms: int) -> None:
    """Write a vote's three rows, in the pair's terms."""
    sides = {"prompt": "prompt", "left": vote.ballot.left, "right": vote.ballot.right}
    Heard.objects.bulk_create(
        Heard(
            vote=vote,
            clip=sides[clip],
            ranges=said.ranges,
            unique_ms=said.unique_ms,
            total_ms=said.total_ms,
            starts=said.starts,
            seeks=said.seeks,
            first_order=said.first_order,
            hidden_ms=hidden_ms,
        )
        for clip, said in heard.items()
    )


def note_impossible(ballot: Ballot) -> None:
    """Let a person look at listening that cannot have been; the listener learns what is missing (J55)."""
    security.note("impossible_listening", user=ballot.annotator.user_id, ballot=str(ballot.public_id))


def forget() -> int:
    """Delete the beats that are older than KEPT_FOR, and return how many those were."""
    deleted, _ = Beat.objects.filter(at__lt=Now() - KEPT_FOR).delete()
    return deleted


def _sum(pages: Iterable[list[Beat]], figure: str, place: int) -> int:
    return sum(max(getattr(beat, figure)[place] for beat in beats) for beats in pages)
