"""Annotators, pairs, ballots and votes: how people judge answers by ear, blind."""
