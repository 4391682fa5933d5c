"""S2S-Arena for researchers: what their machines and the server share, and the way to the server.

    from s2s_arena.http import Arena

    with Arena.from_settings() as arena:
        for system in arena.pages("systems", mine=1): ...

Nothing is imported here: the server reads `manifest` and `content`, and needs no client for that.
"""
