"""Casting in tests: everything was heard, and every row answered, unless told otherwise."""

import uuid

from judging.models import Ballot
from judging.services import ballots, clips, votes
from judging.services.gate import Played
from judging.services.votes import Casting, Said

CRITERIA = ("semantic", "paralinguistic", "overall")


def played(ballot: Ballot, page: uuid.UUID, *, number: int = 1, **ranges) -> Played:
    """A beat in which each clip was heard from start to end; `left=[[0, 500]]` says otherwise of one."""
    whole = {clip: [[0, ms]] for clip, ms in clips.durations_ms(ballot).items()} | ranges
    lengths = tuple(sum(end - start for start, end in whole[clip]) for clip in clips.NAMES)
    return Played(page, number, whole, lengths, (1, 1, 1), (0, 0, 0), (1, 2, 3))


def casting(ballot: Ballot, answer: str = "left", *, mark=None, page=None, heard=None, **said) -> Casting:
    """What a page sends; `heard` is a beat, or False for none, and other names are verdicts or its fields."""
    page = page or Ballot.objects.get(pk=ballot.pk).page or ballots.hold(ballot)
    fields = {name: said.pop(name) for name in ("supersedes", "voice_known", "build") if name in said}
    verdicts = {slug: Said(each) for slug, each in (dict.fromkeys(CRITERIA, answer) | said).items()}
    beat = None if heard is False else heard or played(ballot, page)
    return Casting(mark or uuid.uuid4(), page, verdicts, beat, **fields)


def cast(ballot: Ballot, answer: str = "left", *, by=None, **fields):
    """Cast a ballot as its annotator."""
    return votes.cast(ballot, casting(ballot, answer, **fields), by=by or ballot.annotator)
