"""What may be stated of a whole source."""

import pytest

from inference.errors import Refused
from inference.manifest import Stated


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"language": "Klingon"}, "unknown_language"),
        ({"answer_language": "Klingon"}, "unknown_language"),
        ({"level": 5}, "unknown_level"),
        ({"task": "juggling"}, "unknown_task"),
        ({"paper": 3}, "unknown_paper"),
        ({"split": "secret"}, "unknown_split"),
        ({"origin": "dreamt"}, "unknown_origin"),
    ],
)
def test_stated_value_that_is_unknown_is_refused_at_once(said, code):
    with pytest.raises(Refused) as caught:
        Stated(**said)

    assert caught.value.code == code
