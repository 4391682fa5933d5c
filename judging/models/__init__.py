"""Annotators, criteria, pairs, ballots, votes, and what can be said about a vote later."""

from judging.models.annotators import Annotator
from judging.models.ballots import Ballot, Verdict, Vote
from judging.models.consents import Consent, ConsentText
from judging.models.criteria import Criterion
from judging.models.devices import DeviceCheck, HearingTrial
from judging.models.exclusions import ExclusionLift, ExclusionRule, VoteExclusion
from judging.models.invitations import Invitation
from judging.models.languages import Affiliation, LanguageSkill
from judging.models.leaving import LeaveRequest
from judging.models.pairs import Pair, SystemPair
from judging.models.pauses import Pause
from judging.models.seals import Seal, SealedItem
from judging.models.tallies import Audience, PairTally, Strength

__all__ = [
    "Affiliation",
    "Annotator",
    "Audience",
    "Ballot",
    "Consent",
    "ConsentText",
    "Criterion",
    "DeviceCheck",
    "ExclusionLift",
    "ExclusionRule",
    "HearingTrial",
    "Invitation",
    "LanguageSkill",
    "LeaveRequest",
    "Pair",
    "PairTally",
    "Pause",
    "Seal",
    "SealedItem",
    "Strength",
    "SystemPair",
    "Verdict",
    "Vote",
    "VoteExclusion",
]
