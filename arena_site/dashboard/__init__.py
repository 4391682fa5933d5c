"""The admin's first page: what waits for a person, what is wrong, how the arena does (moderation M9–M15)."""
