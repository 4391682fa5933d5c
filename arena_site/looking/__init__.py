"""The admin's drill-downs: all about one system, one prompt, one person (moderation M25, M30–M33)."""
