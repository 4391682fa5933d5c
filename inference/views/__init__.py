"""The pages of a team: its systems, its submissions, its people and its tokens."""
