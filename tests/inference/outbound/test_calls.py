"""S2: whatever the other side does, a call ends, small, and goes nowhere else."""

import gzip
import select
import socket
import ssl
import subprocess
import tracemalloc

import pytest

from inference.outbound import calls, targets
from inference.outbound.calls import Limits, NotAnsweredError
from tests.fakes.hostile_server import OK, Listener

PATIENT = Limits(seconds=20, most_bytes=1_000_000)
HASTY = Limits(seconds=1, most_bytes=1_000_000)
# Above it, the client kept more of an answer than it may.
MOST_MEMORY = 16_000_000


def _target(listener, path="/", scheme="http", host="127.0.0.1"):
    allowed = targets.allowed([f"{host}:{listener.port}"])
    return targets.read(f"{scheme}://{host}:{listener.port}{path}", allowed=allowed)


def _call(listener, limits=PATIENT, **more):
    more = {"body": b"{}", "headers": {}, **more}
    return calls.call("POST", _target(listener), limits=limits, **more)


def _endless(line):
    line.sendall(OK + b"\r\n")
    while True:
        line.sendall(b"x" * 65_536)


def _endless_chunks(line):
    line.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        line.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")


def _long_header(line):
    line.sendall(OK + b"X-Long: " + b"x" * 10_000_000 + b"\r\n\r\n")


def _many_headers(line):
    line.sendall(OK + b"X-Many: 1\r\n" * 1_000_000 + b"\r\n")


def _silent(line):
    line.recv(1)


def _drip(line, head=b""):
    """Send a byte as often as keeps every single read content; the end comes when the other side leaves."""
    line.sendall(head)
    for _ in range(300):
        if not select.select([line], [], [], 0.1)[0]:
            line.sendall(b"x")


def _drip_headers(line):
    _drip(line, OK + b"X-Slow: ")


def _drip_body(line):
    _drip(line, OK + b"Content-Length: 100000\r\n\r\n")


def _drip_until_cut(line):
    _drip(line, OK + b"\r\n")


def _go_on(line):
    while True:
        line.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


def _no_http(line):
    line.sendall(b"-ERR unknown command\r\n")


def _short(line):
    line.sendall(OK + b"Content-Length: 10\r\n\r\nx")


def _hang_up(line):
    line.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    "script", [_endless, _endless_chunks, _long_header, _many_headers, _no_http, _short, _hang_up]
)
def test_an_answer_out_of_bounds_is_given_up(script):
    with Listener(script) as listener:
        tracemalloc.start()
        try:
            with pytest.raises(NotAnsweredError) as refusal:
                _call(listener)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert "in time" not in str(refusal.value)
    if script not in {_long_header, _many_headers}:  # the server's own copy of those is as large
        assert peak < MOST_MEMORY


@pytest.mark.parametrize("script", [_silent, _drip, _drip_headers, _drip_body, _drip_until_cut, _go_on])
def test_an_answer_that_takes_too_long_is_cut(script):
    with Listener(script) as listener, pytest.raises(NotAnsweredError, match="in time"):
        _call(listener, HASTY)


def test_a_packed_answer_is_not_unpacked():
    bomb = gzip.compress(bytes(100_000_000))
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    with Listener(lambda line: line.sendall(head + bomb)) as listener:
        assert _call(listener).body == bomb
        assert b"Accept-Encoding: identity" in listener.heads[0]


def test_an_answer_of_which_nothing_is_wanted_is_not_read():
    with Listener(_endless) as listener:
        assert _call(listener, Limits(seconds=20, most_bytes=0)) == calls.Answer(200, b"")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_is_an_answer_and_nobody_follows_it(status):
    with Listener() as inside:
        where = f"http://127.0.0.1:{inside.port}/"
        head = f"HTTP/1.1 {status} Moved\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n"
        with Listener(lambda line: line.sendall(head.encode())) as listener:
            assert _call(listener).status == status
            assert (listener.accepted, inside.accepted) == (1, 0)


def test_proxies_of_the_environment_are_not_asked(monkeypatch):
    with Listener() as proxy, Listener() as listener:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            monkeypatch.setenv(name.lower(), f"http://127.0.0.1:{proxy.port}")
        assert _call(listener).status == 200
        assert (proxy.accepted, listener.accepted) == (0, 1)


def test_no_cookie_comes_back():
    head = OK + b"Set-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    with Listener(lambda line: line.sendall(head)) as listener:
        _call(listener)
        _call(listener)
        assert not any(b"cookie" in head.lower() for head in listener.heads)


def test_headers_hold_no_line_of_their_own():
    with Listener() as listener, pytest.raises(NotAnsweredError, match="ValueError"):
        _call(listener, headers={"X-Own": "1\r\nX-Other: 2"})


def test_the_connection_goes_where_the_first_look_led():
    """Between check and use a name may lead elsewhere; nobody looks again."""
    answers = iter([["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2"]])
    with Listener() as first, Listener(host="127.0.0.2", port=first.port) as second:
        target = _target(first, host="flips.example")
        answer = calls.call(
            "GET", target, body=b"", headers={}, limits=PATIENT, resolve=lambda host, port: next(answers)
        )
        assert (answer.status, first.accepted, second.accepted) == (200, 1, 0)
        assert f"Host: flips.example:{first.port}\r\n".encode() in first.heads[0]


def test_an_address_that_takes_nobody_is_passed_over():
    with Listener() as listener:
        target = _target(listener, host="two.example")
        answer = calls.call(
            "GET", target, body=b"", headers={}, limits=PATIENT,
            resolve=lambda host, port: ["127.0.0.3", "127.0.0.1"],
        )  # fmt: skip
        assert (answer.status, answer.body) == (200, b"ok")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of hooks.example.org that nobody but this test trusts."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=hooks.example.org", "-addext", "subjectAltName=DNS:hooks.example.org"),
            *("-keyout", folder / "key", "-out", folder / "cert"),
        ],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.mark.parametrize(
    ("host", "known"),
    [("hooks.example.org", True), ("other.example.org", True), ("hooks.example.org", False)],
)
def test_tls_is_spoken_under_the_name_that_was_asked_for(certificate, host, known):
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate / "cert", certificate / "key")
    tls = ssl.create_default_context(cafile=certificate / "cert") if known else None
    with Listener(tls=serving) as listener:
        target = _target(listener, scheme="https", host=host)

        def call():
            return calls.call(
                "POST",
                target,
                body=b"{}",
                headers={},
                limits=PATIENT,
                tls=tls,
                resolve=lambda *_: ["127.0.0.1"],
            )

        if known and host.startswith("hooks"):
            assert call() == calls.Answer(200, b"ok")
        else:
            with pytest.raises(NotAnsweredError, match="SSLCertVerificationError"):
                call()
            assert listener.heads == []
