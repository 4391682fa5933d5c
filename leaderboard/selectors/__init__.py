"""Reads: what a board is computed from, and what its pages and the API show."""
