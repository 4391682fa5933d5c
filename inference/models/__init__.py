"""Prompts, systems, jobs, responses and their constraints."""

from inference.models.audio import AudioFile
from inference.models.audit import AuditEntry
from inference.models.jobs import Attempt, Job, Stage, Turn, WorkerPulse
from inference.models.prompts import Prompt, PromptSet
from inference.models.responses import Response
from inference.models.systems import Model, System
from inference.models.taxonomy import Domain, Language, Level, Task
from inference.models.teams import Membership, Team

__all__ = [
    "Attempt",
    "AudioFile",
    "AuditEntry",
    "Domain",
    "Job",
    "Language",
    "Level",
    "Membership",
    "Model",
    "Prompt",
    "PromptSet",
    "Response",
    "Stage",
    "System",
    "Task",
    "Team",
    "Turn",
    "WorkerPulse",
]
