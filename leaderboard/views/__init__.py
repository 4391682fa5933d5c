"""The public pages; every number about votes comes from a board's current snapshot (judging J96)."""
