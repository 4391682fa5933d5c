"""Annotators, criteria, pairs, ballots, votes, and what can be said about a vote later."""

from judging.models.annotators import Annotator
from judging.models.ballots import Ballot, Verdict, Vote
from judging.models.criteria import Criterion
from judging.models.exclusions import ExclusionLift, ExclusionRule, VoteExclusion
from judging.models.pairs import Pair, SystemPair
from judging.models.seals import Seal, SealedItem

__all__ = [
    "Annotator",
    "Ballot",
    "Criterion",
    "ExclusionLift",
    "ExclusionRule",
    "Pair",
    "Seal",
    "SealedItem",
    "SystemPair",
    "Verdict",
    "Vote",
    "VoteExclusion",
]
