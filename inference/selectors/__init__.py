"""What pages and programs read about jobs; nothing here writes."""
