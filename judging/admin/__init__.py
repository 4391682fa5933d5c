"""The admin's pages about people, ballots, votes and what is said of them."""

from judging.admin import people, pool, said, votes, way_in

__all__ = ["people", "pool", "said", "votes", "way_in"]
