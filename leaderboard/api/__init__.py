"""The boards and a team's results over HTTP; every number comes from a published snapshot."""
