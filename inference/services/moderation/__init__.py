"""What moderators decide about prompts, systems, jobs and responses (D9, D73–D76).

Each decision is one transaction with one audit entry, and nobody decides about their own team's systems (M4).
A system's or a response's end also ends the ballots that hold it: `judging/services/moderation.py` calls this
package in the same transaction, and is what the admin calls.
"""

from inference.services.moderation.jobs import cancel, retry, retry_failed
from inference.services.moderation.prompts import freeze, publish, withdraw
from inference.services.moderation.responses import ResponseFault, accept, quarantine, reject
from inference.services.moderation.systems import pause, resume, retire

__all__ = [
    "ResponseFault",
    "accept",
    "cancel",
    "freeze",
    "pause",
    "publish",
    "quarantine",
    "reject",
    "resume",
    "retire",
    "retry",
    "retry_failed",
    "withdraw",
]
