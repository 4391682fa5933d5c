"""What the exclusion rules match: pure functions from plain rows to matches. Knows nothing of Django."""
