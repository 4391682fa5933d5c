"""S1 and S2 for what a team submits: hosted adapters call where the pinned client may, and nowhere else."""

import time
from contextlib import suppress

import pytest

from inference.adapters import openai_http
from inference.adapters.base import AdapterError, PermanentError
from inference.adapters.endpoint import Endpoint, TimeLimits
from inference.adapters.realtime import line
from inference.adapters.research import model_server
from inference.outbound import reach, targets
from tests.fakes.hostile_server import Listener
from tests.inference.outbound import test_calls
from tests.inference.outbound.test_targets import INSIDE, WRITTEN

LIMITS = TimeLimits(connect=2, first_byte=2, silence=2, total=3)


@pytest.fixture(autouse=True)
def limited():
    """As in a host that works for a team."""
    reach.limit(frozenset())
    yield
    reach.limit(reach.ANYWHERE)


def _endpoint(url, limits=LIMITS):
    # Not through its own validation, which refuses much of this at once.
    return Endpoint.model_construct(base_url=url, model="m", secret=None, limits=limits)


def _chat(url, limits=LIMITS):
    with openai_http.calling(_endpoint(url, limits), stage="reply") as client:
        client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hello."}])


def _realtime(url, limits=LIMITS):
    endpoint = _endpoint(url, limits)
    with (
        openai_http.calling(endpoint, stage=line.CONNECT) as client,
        line.opened(client, endpoint) as opened,
    ):
        opened.be_patient(limits.first_byte)
        opened.next()


def _model_server(url, limits=LIMITS):
    limits = model_server.Limits(silence_seconds=limits.silence, total_seconds=limits.total)
    model_server.tokens(url, {"max_new_tokens": 4}, end=0, limits=limits)


WAYS = pytest.mark.parametrize("way", [_chat, _realtime, _model_server])


def _urls(port):
    yield from (url.replace("{port}", str(port)) for url in WRITTEN)
    for address in INSIDE:
        yield f"https://[{address}]:{port}/v1" if ":" in address else f"https://{address}:{port}/v1"


@WAYS
def test_no_vector_makes_a_connection(way, monkeypatch):
    """All of S1's, each over each way, with the listener's own port for one that is called."""
    with Listener() as listener:
        monkeypatch.setattr(targets, "HTTPS", frozenset({443, listener.port}))
        urls = list(_urls(listener.port))
        assert len(urls) >= 120
        for url in urls:
            with pytest.raises(PermanentError) as refusal:
                way(url)
            assert refusal.value.code == "endpoint_refused_address", url
        assert listener.accepted == 0


@WAYS
def test_proxies_of_the_environment_are_not_asked(way, monkeypatch):
    with Listener() as proxy, Listener() as listener:
        reach.limit(frozenset({("127.0.0.1", listener.port)}))
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "WS_PROXY", "WSS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            monkeypatch.setenv(name.lower(), f"http://127.0.0.1:{proxy.port}")
        with suppress(AdapterError):
            way(f"http://127.0.0.1:{listener.port}")
        assert (proxy.accepted, listener.accepted) == (0, 1)


@WAYS
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_is_not_followed(way, status):
    with Listener() as inside:
        where = f"http://127.0.0.1:{inside.port}/"
        head = f"HTTP/1.1 {status} Moved\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()
        with Listener(lambda line: line.sendall(head)) as listener:
            reach.limit(frozenset({("127.0.0.1", listener.port), ("127.0.0.1", inside.port)}))
            with pytest.raises(PermanentError, match=str(status)):
                way(f"http://127.0.0.1:{listener.port}")
            assert (listener.accepted, inside.accepted) == (1, 0)


@WAYS
@pytest.mark.parametrize("script", ["_silent", "_drip", "_drip_headers", "_go_on"])
def test_a_call_ends_a_second_after_its_time_at_the_latest(way, script):
    hasty = TimeLimits(connect=1, first_byte=1, silence=1, total=1)
    with Listener(getattr(test_calls, script)) as listener:
        reach.limit(frozenset({("127.0.0.1", listener.port)}))
        began = time.monotonic()
        with pytest.raises(AdapterError):
            way(f"http://127.0.0.1:{listener.port}", hasty)
        # The bound is S2's own: the deadline and a second, and one more for a machine that is busy.
        assert time.monotonic() - began < 3


@WAYS
@pytest.mark.parametrize("script", ["_long_header", "_many_headers", "_no_http", "_hang_up"])
def test_what_is_out_of_bounds_is_given_up(way, script):
    with Listener(getattr(test_calls, script)) as listener:
        reach.limit(frozenset({("127.0.0.1", listener.port)}))
        with pytest.raises(AdapterError):
            way(f"http://127.0.0.1:{listener.port}")
