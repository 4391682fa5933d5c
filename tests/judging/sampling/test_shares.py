"""Whose systems were heard more than their share."""

from judging.sampling import shares

OWNERS = {1: 7, 2: None, 3: None, 4: 8}


def test_an_owner_above_the_cap_is_crowded():
    # Fair is a quarter of the places; with 30 of 80 it is one and a half times that, and then one more.
    assert shares.crowded(OWNERS, {(1, 2): 30, (2, 3): 10}, cap=1.5) == frozenset()
    assert shares.crowded(OWNERS, {(1, 2): 30, (2, 3): 10, (1, 3): 1}, cap=1.5) == {7}


def test_the_site_crowds_nobody_out():
    assert shares.crowded(OWNERS, {(2, 3): 100}, cap=1.0) == frozenset()


def test_nothing_heard_is_nobodys_share():
    assert shares.crowded(OWNERS, {}, cap=2.0) == frozenset()
    assert shares.share(0, 0) is None
