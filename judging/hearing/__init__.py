"""The hearing checks' sounds and rules: pure, made from a seed. Knows nothing of Django."""
