"""The name of the ranking code."""

from leaderboard.services import code


def test_version_names_the_code_and_fits_its_column():
    named = code.version()

    assert named.startswith("ranking-")
    assert len(named) == 24
    assert int(named.removeprefix("ranking-"), 16) > 0
