"""How far a judge can be relied on: pure figures and rules. Knows nothing of Django."""
