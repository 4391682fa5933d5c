"""Annotators, criteria, pairs, ballots, votes, and what can be said about a vote later."""

from judging.models.annotators import Annotator
from judging.models.ballots import Ballot, Verdict, Vote
from judging.models.criteria import Criterion
from judging.models.exclusions import ExclusionLift, ExclusionRule, VoteExclusion
from judging.models.pairs import Pair, SystemPair
from judging.models.seals import Seal, SealedItem
from judging.models.tallies import Audience, PairTally, Strength

__all__ = [
    "Annotator",
    "Audience",
    "Ballot",
    "Criterion",
    "ExclusionLift",
    "ExclusionRule",
    "Pair",
    "PairTally",
    "Seal",
    "SealedItem",
    "Strength",
    "SystemPair",
    "Verdict",
    "Vote",
    "VoteExclusion",
]
