"""Boards, snapshots and standings: how votes become a ranking with intervals."""
