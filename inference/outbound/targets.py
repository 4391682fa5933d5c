"""Whom an address names, and where that is: parsed strictly, looked up once."""

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

from inference.outbound.addresses import Address, is_public

Place = tuple[str, int]
# From a host and a port to the addresses, as text.
Resolver = Callable[[str, int], Sequence[str]]

PORTS = {"https": 443, "http": 80}
# Where strangers' addresses may be called.
HTTPS = frozenset({443})
LONGEST = 2000
LONGEST_HOST = 253
# urlsplit drops some of these without a word, and some libraries take a backslash for a slash.
ODD = re.compile(r"[\x00-\x20\x7f\\]")
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# A last label like these makes libraries read the whole host as a number: 0x7f.1, 017700000001, 2130706433.
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
PLAIN = "/%:@!$&'()*+,;=~?"


class NotCalledError(Exception):
    """An address that we do not call; the text says why, in words for whoever wrote it."""


@dataclass(frozen=True)
class Target:
    """Somebody to call.

    Attributes:
        host: an ASCII name or an IP address without brackets.
        path: with the query, as it goes into the request.
        tls: whether the scheme is https.
        trusted: the operator listed this host and port, so it may lie anywhere.
    """

    host: str
    port: int
    path: str
    tls: bool
    trusted: bool


def allowed(entries: Iterable[str]) -> frozenset[Place]:
    """Read the operator's list of `host:port` that may be called wherever they are, without TLS too.

    Raises:
        ValueError: an entry is no `host:port`.
    """
    places = set()
    for entry in entries:
        host, _, port = entry.strip().lower().rpartition(":")
        if not host or not port.isdecimal():
            raise ValueError(f"{entry!r} is no host:port")
        places.add((host.strip("[]"), int(port)))
    return frozenset(places)


def read(url: str, *, allowed: Container[Place] = frozenset(), ports: frozenset[int] | None = None) -> Target:
    """Read an address; nothing is looked up.

    Args:
        url: as somebody wrote it.
        allowed: what may be called wherever it is.
        ports: where everything else may be called, with TLS; None: `HTTPS`.

    Raises:
        NotCalledError: another scheme or port, credentials inside, an odd host, or an IP address inside.
    """
    if len(url) > LONGEST or ODD.search(url):
        raise NotCalledError("the address is too long or holds signs that no address has")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotCalledError("the address cannot be read") from error
    if parts.scheme not in PORTS:
        raise NotCalledError("only https is called")
    if "@" in parts.netloc:
        raise NotCalledError("the address holds credentials")
    host = _host(parts)
    port = PORTS[parts.scheme] if port is None else port
    trusted = (host, port) in allowed
    if not trusted and parts.scheme != "https":
        raise NotCalledError("only https is called")
    if not trusted and port not in (HTTPS if ports is None else ports):
        raise NotCalledError(f"port {port} is not called")
    literal = _literal(host)
    if literal and not trusted and not is_public(literal):
        raise NotCalledError("the address is not on the public internet")
    path = quote(parts.path or "/", safe=PLAIN) + (
        "?" + quote(parts.query, safe=PLAIN) if parts.query else ""
    )
    return Target(host, port, path, tls=parts.scheme == "https", trusted=trusted)


def looked_up(host: str, port: int) -> list[str]:
    """Ask the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(where[0]) for *_, where in found]


def located(target: Target, *, seconds: float, resolve: Resolver = looked_up) -> list[Address]:
    """Look a target up, once, and return where it may be called, best first.

    Raises:
        NotCalledError: nothing was found in time, or one address of all is not public.
    """
    literal = _literal(target.host)
    if literal:
        texts: Sequence[str] = [str(literal)]
    else:
        texts = _within(seconds, lambda: resolve(target.host, target.port))
    try:
        addresses = [ipaddress.ip_address(text) for text in dict.fromkeys(texts)]
    except ValueError as error:
        raise NotCalledError("the host's name leads to no address") from error
    if not addresses:
        raise NotCalledError("the host's name leads nowhere")
    if not target.trusted and not all(map(is_public, addresses)):
        raise NotCalledError("the host is not on the public internet")
    return addresses


def _host(parts: SplitResult) -> str:
    """Return the host as ASCII; what libraries could read in two ways is none."""
    host = (parts.hostname or "").removesuffix(".")
    if "[" in parts.netloc:
        if not isinstance(_literal(host), ipaddress.IPv6Address) or "%" in host:
            raise NotCalledError("the host is no IPv6 address")
        return host
    try:
        # Full-width digits and dots become plain ones here, so the rest of the rules meets them.
        host = host.encode("idna").decode().lower().removesuffix(".")
    except UnicodeError as error:
        raise NotCalledError("the host's name cannot be read") from error
    labels = host.split(".")
    if len(host) > LONGEST_HOST or not all(LABEL.fullmatch(label) for label in labels):
        raise NotCalledError("the host's name cannot be read")
    if NUMBER.fullmatch(labels[-1]) and not _literal(host):
        raise NotCalledError("the host is a number")
    return host


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _within(seconds: float, ask: Callable[[], Sequence[str]]) -> Sequence[str]:
    """Ask a resolver, which knows no time limit of its own; one that is late talks to nobody."""
    found: list[Sequence[str]] = []

    def asked() -> None:
        try:
            found.append(ask())
        except (OSError, UnicodeError):
            found.append([])

    thread = threading.Thread(target=asked, daemon=True)
    thread.start()
    thread.join(max(seconds, 0))
    if not found:
        raise NotCalledError("the host's name was not found in time")
    return found[0]
