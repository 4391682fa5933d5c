"""Files changed at random or by hand come in or are refused with a reason; `make mutants` does far more."""

import pytest

from inference.audio import flac
from inference.audio.errors import AudioRefused, Code
from inference.audio.ingest import ingest
from tests.inference.audio import handmade, mutation

OUR_FAULT = {Code.DECODER_FAILED, Code.DECODER_TIMED_OUT, Code.DECODER_OUT_OF_MEMORY}
HANDMADE = handmade.all_files()
KINDS, CHANGES = len(mutation.SEEDS), len(mutation.CHANGES)


def answer(raw):
    """The code of the refusal, or None for a file that came in and has a playback file."""
    try:
        playback = ingest(raw).playback
    except AudioRefused as refused:
        return refused.code
    info = flac.stream_info(playback.flac)
    assert (info.rate, info.channels, info.bits) == (24_000, 1, 16)
    return None


@pytest.mark.parametrize("first", range(KINDS), ids=list(mutation.SEEDS))
def test_mutants_come_in_or_are_refused_for_what_they_are(first):
    mutants = [mutation.mutant(number, run=7) for number in range(first, KINDS * CHANGES, KINDS)]

    answers = [answer(mutant.raw) for mutant in mutants]

    assert len({(mutant.seed, mutant.change.split(",")[0]) for mutant in mutants}) == CHANGES
    assert not OUR_FAULT & set(answers)


def test_a_mutant_is_made_of_its_number_alone():
    assert mutation.mutant(4711, run=1) == mutation.mutant(4711, run=1)
    assert len({mutation.mutant(number, run=1).raw for number in range(2000)}) > 1900


@pytest.mark.parametrize("name", HANDMADE)
def test_a_file_made_by_hand_comes_in_or_is_refused_for_what_it_is(name):
    assert answer(HANDMADE[name]()) not in OUR_FAULT
