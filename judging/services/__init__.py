"""Writes and decisions of the judging: who judges, what, and what came of it."""
