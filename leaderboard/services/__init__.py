"""Writes and decisions; one module a noun, verbs inside."""
