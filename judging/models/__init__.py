"""Annotators, criteria, policies, batches, pairs, ballots, votes, and what can be said about a vote later."""

from judging.models.annotators import Annotator, PanelMembership
from judging.models.ballots import Ballot
from judging.models.batches import Batch, BatchClosing, Purpose
from judging.models.consents import Consent, ConsentText
from judging.models.criteria import Criterion
from judging.models.devices import DeviceCheck, HearingTrial
from judging.models.exclusions import (
    ExclusionLift,
    ExclusionProposal,
    ExclusionRule,
    RuleRun,
    VoteExclusion,
)
from judging.models.gold import GoldAnswer
from judging.models.invitations import Invitation
from judging.models.languages import Affiliation, LanguageSkill
from judging.models.leaving import LeaveRequest
from judging.models.pairs import Pair, SystemPair
from judging.models.pauses import Pause
from judging.models.policies import Policy, PolicyCriterion
from judging.models.reports import Report
from judging.models.seals import Seal, SealedItem
from judging.models.tallies import Audience, Draw, PairTally, Past, Strength
from judging.models.training import TrainingPair, TrainingSet
from judging.models.votes import Beat, Heard, Reason, Verdict, Vote

__all__ = [
    "Affiliation",
    "Annotator",
    "Audience",
    "Ballot",
    "Batch",
    "BatchClosing",
    "Beat",
    "Consent",
    "ConsentText",
    "Criterion",
    "DeviceCheck",
    "Draw",
    "ExclusionLift",
    "ExclusionProposal",
    "ExclusionRule",
    "GoldAnswer",
    "Heard",
    "HearingTrial",
    "Invitation",
    "LanguageSkill",
    "LeaveRequest",
    "Pair",
    "PairTally",
    "PanelMembership",
    "Past",
    "Pause",
    "Policy",
    "PolicyCriterion",
    "Purpose",
    "Reason",
    "Report",
    "RuleRun",
    "Seal",
    "SealedItem",
    "Strength",
    "SystemPair",
    "TrainingPair",
    "TrainingSet",
    "Verdict",
    "Vote",
    "VoteExclusion",
]
