"""The containers that come in, one module a kind: what a file says of itself, before a codec sees it."""
