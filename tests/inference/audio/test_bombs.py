"""What asks for much is refused for the right reason, within two seconds of processor time and 512 MB."""

import pytest

from inference.audio.children import Allowance
from inference.audio.errors import AudioRefused
from inference.audio.ingest import ingest
from tests.inference.audio.bombs import BOMBS

# The child is killed at its limits, and then the reason is another one. No clock is read here.
TIGHT = Allowance(memory_bytes=512_000_000, cpu_seconds=2)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_for_what_it_is(name):
    make, code = BOMBS[name]

    with pytest.raises(AudioRefused) as refused:
        ingest(make(), allowance=TIGHT)

    assert refused.value.code == code
