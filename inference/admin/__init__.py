"""The admin's pages about prompts, systems, jobs and responses, and what all its pages share."""

from inference.admin import audio, jobs, prompts, systems, taxonomy

__all__ = ["audio", "jobs", "prompts", "systems", "taxonomy"]
