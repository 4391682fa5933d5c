"""The admin's pages about people, ballots, votes and what is said of them."""

from judging.admin import batches, people, pool, reports, rules, said, tallies, votes, way_in

__all__ = ["batches", "people", "pool", "reports", "rules", "said", "tallies", "votes", "way_in"]
