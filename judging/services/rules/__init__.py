"""The exclusion rules at work: what they look at, run, propose, and when they alarm (J127–J132)."""
