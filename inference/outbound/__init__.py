"""The one way out to addresses that other people chose: looked up once, tested, pinned, bounded.

    target = targets.read(url, allowed=targets.allowed(["localhost:8000"]))
    answer = calls.call("POST", target, body=b"{}", headers={}, limits=calls.Limits(seconds=10, most_bytes=0))

Knows nothing of Django. Whoever may name an address (a webhook's, a submitted endpoint's) could otherwise
have the site call its own database for them.
"""
