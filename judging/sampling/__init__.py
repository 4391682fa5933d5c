"""Which pair next, and which answer on which side: pure and seeded."""
