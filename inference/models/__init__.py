"""Teams, prompts, systems, submissions, jobs, responses and their constraints."""

from inference.models.alarms import Alarm
from inference.models.audio import AudioFile
from inference.models.audit import AuditEntry
from inference.models.jobs import Attempt, Job, Stage, Turn, WorkerPulse
from inference.models.prompts import Prompt, PromptSet
from inference.models.quotas import Bucket, QuotaAccount, QuotaGrant, QuotaUse
from inference.models.responses import Response
from inference.models.reviews import SubmissionReview
from inference.models.secrets import Secret
from inference.models.security import SecurityEvent
from inference.models.submissions import Fault, Submission, SubmissionEvent
from inference.models.systems import Model, System
from inference.models.taxonomy import Domain, Language, Level, Task
from inference.models.teams import Invitation, Membership, Team
from inference.models.tokens import ApiToken, IdempotencyKey, Scope
from inference.models.uploads import Upload, UploadPart
from inference.models.webhooks import Webhook, WebhookDelivery

__all__ = [
    "Alarm",
    "ApiToken",
    "Attempt",
    "AudioFile",
    "AuditEntry",
    "Bucket",
    "Domain",
    "Fault",
    "IdempotencyKey",
    "Invitation",
    "Job",
    "Language",
    "Level",
    "Membership",
    "Model",
    "Prompt",
    "PromptSet",
    "QuotaAccount",
    "QuotaGrant",
    "QuotaUse",
    "Response",
    "Scope",
    "Secret",
    "SecurityEvent",
    "Stage",
    "Submission",
    "SubmissionEvent",
    "SubmissionReview",
    "System",
    "Task",
    "Team",
    "Turn",
    "Upload",
    "UploadPart",
    "Webhook",
    "WebhookDelivery",
    "WorkerPulse",
]
