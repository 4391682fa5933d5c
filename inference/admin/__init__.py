"""The admin's pages about prompts, systems, jobs and responses, and what all its pages share."""

from inference.admin import (
    access,
    audio,
    audit,
    jobs,
    prompts,
    security,
    submissions,
    systems,
    taxonomy,
    teams,
    workers,
)

__all__ = [
    "access",
    "audio",
    "audit",
    "jobs",
    "prompts",
    "security",
    "submissions",
    "systems",
    "taxonomy",
    "teams",
    "workers",
]
