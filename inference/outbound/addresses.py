"""Which IP addresses lie on the open internet: our own table, since Python's changes between releases."""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# IANA's special-purpose blocks, multicast, and what was reserved for later.
V4 = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        # Not IANA's: a cloud's own server, reached from inside its machines only.
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# All global unicast that was ever given out. Loopback, ULA, link-local, multicast, and the IPv4-mapped,
# IPv4-compatible and NAT64 addresses lie outside, whatever they wrap.
GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
V6 = tuple(
    ipaddress.IPv6Network(block)
    for block in (
        # Protocol assignments, with Teredo (2001::/32) and both kinds of ORCHID.
        "2001::/23",
        "2001:db8::/32",
        # 6to4: what it wraps does not matter, nobody needs it.
        "2002::/16",
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
# The middle of an ISATAP address, which wraps an IPv4 one under anybody's prefix.
ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})


def is_public(address: Address) -> bool:
    """Say whether an address is global unicast and in no special block.

    Addresses that wrap an IPv4 one (mapped, compatible, NAT64, 6to4, Teredo, ISATAP) never are.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in block for block in V4)
    wraps = (int(address) >> 32) & 0xFFFF_FFFF in ISATAP
    # A zone (fe80::1%eth0) names one of our own links.
    return not (
        wraps
        or address.scope_id is not None
        or address not in GLOBAL_V6
        or any(address in block for block in V6)
    )
