"""The admin's pages about prompts, systems, jobs and responses, and what all its pages share."""

from inference.admin import audio, audit, jobs, prompts, systems, taxonomy, teams, workers

__all__ = ["audio", "audit", "jobs", "prompts", "systems", "taxonomy", "teams", "workers"]
