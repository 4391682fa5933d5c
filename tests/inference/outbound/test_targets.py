"""S1: addresses that lead inside are refused, however they are written, and nobody there is called."""

import socket
import threading

import pytest

from inference.outbound import calls, targets
from inference.outbound.calls import Limits
from inference.outbound.targets import NotCalledError
from tests.fakes.hostile_server import Listener

LIMITS = Limits(seconds=2, most_bytes=1000)

# As a literal and as the answer of a resolver.
INSIDE = [
    *("127.0.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255"),
    *("100.64.0.1", "100.127.255.254", "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.254"),
    *("192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.254"),
    *("198.18.0.1", "198.19.255.254", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255"),
    *("240.0.0.1", "255.255.255.255", "168.63.129.16", "192.31.196.1", "192.52.193.1", "192.175.48.1"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"),
    *(
        "::ffff:8.8.8.8",
        "::ffff:0:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::10.0.0.1",
    ),
    *(
        "100::1",
        "2001::1",
        "2001:0:7f00:1::80ff:fffe",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
    ),
    *(
        "2002:7f00:1::1",
        "2002:a9fe:a9fe::1",
        "2002:808:808::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
    ),
    *(
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "4000::1",
        "2606:4700::5efe:7f00:1",
        "2606:4700::200:5efe:a00:1",
    ),
]
OUTSIDE = [
    "1.1.1.1",
    "8.8.8.8",
    "100.128.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "223.255.255.254",
    "2606:4700::1111",
]

# Each once led some library to 127.0.0.1 or past its check; {port} is the listener's.
WRITTEN = [
    *("https://127.1:{port}/", "https://127.0.1:{port}/", "https://2130706433:{port}/", "https://0:{port}/"),
    *(
        "https://0x7f000001:{port}/",
        "https://0x7f.0.0.1:{port}/",
        "https://0X7F.1:{port}/",
        "https://0x:{port}/",
    ),
    *("https://017700000001:{port}/", "https://0177.0.0.1:{port}/", "https://0177.0.0.0x1:{port}/"),
    *("https://127.0.0.01:{port}/", "https://127.0.0.1.:{port}/", "https://127.0.0.1..:{port}/"),
    *("https://00000127.0.0.1:{port}/", "https://1.1.1.1.1:{port}/", "https://256.0.0.1:{port}/"),
    *("https://127。0。0。1:{port}/", "https://127.0.0.1:{port}/", "https://①②⑦.⓪.⓪.①:{port}/"),
    *("https://127｡0｡0｡1:{port}/", "https://１２７.０.０.１:{port}/", "https://٠١٢٧.0.0.1:{port}/"),
    *(
        "https://%31%32%37.0.0.1:{port}/",
        "https://127.0.0.1%00.example.org:{port}/",
        "https://127%2e0%2e0%2e1:{port}/",
    ),
    *("https://[::1]:{port}/", "https://[::1%25lo]:{port}/", "https://[::ffff:7f00:1]:{port}/"),
    *(
        "https://[0:0:0:0:0:ffff:127.0.0.1]:{port}/",
        "https://[127.0.0.1]:{port}/",
        "https://[v1.127]:{port}/",
    ),
    *("https://[::1]@example.org:{port}/", "https://[fe80::1%25eth0]:{port}/"),
    *("https://example.org@127.0.0.1:{port}/", "https://example.org:443@127.0.0.1:{port}/"),
    *("https://127.0.0.1:{port}@example.org/", "https://@127.0.0.1:{port}/", "https://a:b@example.org/"),
    *(
        "https://example.org\\@127.0.0.1:{port}/",
        "https:\\\\127.0.0.1:{port}\\",
        "https://127.0.0.1:{port}\\@example.org/",
    ),
    *(
        "https://127.0.0.1\t:{port}/",
        "https://127.0.0.1\n:{port}/",
        "https://127.0.0.1:{port}/\r\nHost: x",
        " https://127.0.0.1/",
    ),
    *("https:///127.0.0.1:{port}/", "https:127.0.0.1:{port}/", "//127.0.0.1:{port}/", "127.0.0.1:{port}", ""),
    *(
        "https://",
        "https://:{port}/",
        "https://.:{port}/",
        "https://-a.example:{port}/",
        "https://a..b:{port}/",
    ),
    *("http://127.0.0.1:{port}/", "http://example.org/", "http://example.org:443/", "HTTP://example.org/"),
    *(
        "https://example.org:22/",
        "https://example.org:6379/",
        "https://example.org:0/",
        "https://example.org:65536/",
    ),
    *("https://example.org:-1/", "https://example.org:4 43/", "https://example.org:٤٤٣/"),
    *(
        "file:///etc/passwd",
        "file://127.0.0.1/etc/passwd",
        "gopher://127.0.0.1:{port}/_x",
        "ftp://127.0.0.1:{port}/",
    ),
    *(
        "dict://127.0.0.1:{port}/x",
        "ldap://127.0.0.1:{port}/",
        "unix:///var/run/docker.sock",
        "http+unix://%2Fvar%2Frun/",
    ),
    *("ws://127.0.0.1:{port}/", "data:text/plain,x", "jar:https://127.0.0.1:{port}/!/", "javascript:0"),
    *("https://localhost:{port}/", "https://LOCALHOST.:{port}/", "https://localhost.localdomain:{port}/"),
    *("https://ⓛocalhost:{port}/", "https://℀.example:{port}/", "https://example.org/" + "a" * 2000),
]


def _inside(host, port):
    return ["127.0.0.1"]


def _refused(url, listener, resolve=_inside):
    def call():
        target = targets.read(url, ports=frozenset({443, listener.port}))
        calls.call("POST", target, body=b"", headers={}, limits=LIMITS, resolve=resolve)

    with pytest.raises(NotCalledError):
        call()
    assert listener.accepted == 0


def test_there_are_as_many_vectors_as_were_asked_for():
    assert len({*INSIDE, *WRITTEN}) >= 120


@pytest.mark.parametrize("url", WRITTEN)
def test_an_odd_spelling_calls_nobody(url):
    with Listener() as listener:
        _refused(url.replace("{port}", str(listener.port)), listener)


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_calls_nobody(address):
    host = f"[{address}]" if ":" in address else address
    with Listener() as listener:
        _refused(f"https://{host}:{listener.port}/", listener)


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_inside_calls_nobody(address):
    with Listener() as listener:
        _refused(f"https://a.example:{listener.port}/", listener, lambda host, port: [address])
        _refused(f"https://a.example:{listener.port}/", listener, lambda host, port: [*OUTSIDE, address])
        _refused(f"https://a.example:{listener.port}/", listener, lambda host, port: [address, *OUTSIDE])


@pytest.mark.parametrize("answer", [[], ["no address"], ["fe80::1%lo"], ["2606:4700::1%lo"], [""]])
def test_a_name_that_leads_nowhere_calls_nobody(answer):
    with Listener() as listener:
        _refused(f"https://a.example:{listener.port}/", listener, lambda host, port: answer)


def test_a_resolver_that_is_late_calls_nobody():
    asked = threading.Event()
    target = targets.read("https://a.example/")
    with pytest.raises(NotCalledError, match="in time"):
        targets.located(target, seconds=0, resolve=lambda host, port: asked.wait(30) and ["8.8.8.8"])
    asked.set()


def test_a_resolver_that_fails_calls_nobody():
    def fails(host, port):
        raise socket.gaierror("no such name")

    with Listener() as listener:
        _refused(f"https://a.example:{listener.port}/", listener, fails)


@pytest.mark.parametrize("address", OUTSIDE)
def test_the_open_internet_may_be_called(address):
    host = f"[{address}]" if ":" in address else address
    target = targets.read(f"https://{host}/")
    assert [str(one) for one in targets.located(target, seconds=5)] == [address]


def test_a_name_is_looked_up_once_and_a_later_answer_changes_nothing():
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    target = targets.read("https://flips.example/")
    found = targets.located(target, seconds=5, resolve=lambda host, port: next(answers))
    assert [str(one) for one in found] == ["8.8.8.8"]
    assert next(answers) == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://hooks.example.org", "hooks.example.org", "/"),
        ("https://HOOKS.Example.org.:443/a b?c=d".replace(" ", "%20"), "hooks.example.org", "/a%20b?c=d"),
        ("https://bücher.example/ü?ü", "xn--bcher-kva.example", "/%C3%BC?%C3%BC"),
        ("https://語音。example/", "xn--i42ao6x.example", "/"),
        ("https://[2606:4700:0::1111]/", "2606:4700:0::1111", "/"),
    ],
)
def test_an_address_is_read(url, host, path):
    target = targets.read(url)
    assert (target.host, target.port, target.path, target.tls) == (host, 443, path, True)


def test_what_the_operator_lists_may_lie_inside():
    allowed = targets.allowed(["LocalHost:8000", "[::1]:9000"])
    assert targets.read("http://localhost:8000/v1", allowed=allowed).trusted
    assert targets.read("http://[::1]:9000/v1", allowed=allowed).trusted
    with pytest.raises(NotCalledError):
        targets.read("http://localhost:8001/v1", allowed=allowed)


@pytest.mark.parametrize("entry", ["localhost", ":80", "localhost:", "localhost:http"])
def test_a_list_that_names_no_port_is_refused(entry):
    with pytest.raises(ValueError, match="host:port"):
        targets.allowed([entry])
