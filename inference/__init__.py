"""Prompts, systems, jobs and responses: how spoken prompts get spoken answers."""
