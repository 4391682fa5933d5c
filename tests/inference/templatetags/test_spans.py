import pytest

from inference.templatetags.spans import span


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (119, "1 min"),
        (10_121, "2 h 48 min"),
        (86_400, "1 d 0 h"),
        (100_000_000, "1157 d 9 h"),
    ],
)
def test_span_is_two_units_at_most(seconds, words):
    assert span(seconds) == words
