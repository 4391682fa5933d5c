"""Hosted calls: every limit, and every failure in our words. The real library against a real socket."""

import threading

import pytest

from inference.adapters import openai_http, secrets
from inference.adapters.base import PermanentError, TransientError
from inference.adapters.endpoint import Endpoint, TimeLimits
from inference.adapters.openai_errors import retry_after_seconds
from tests.fakes.openai_server import KEY, RETRY_AFTER_SECONDS, OpenAIServer

ASKED = [{"role": "user", "content": "Good morning."}]


@pytest.fixture
def server():
    with OpenAIServer() as server:
        yield server


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv(secrets.variable("loopback"), KEY)


def endpoint(server, **limits):
    where = {"base_url": server.base_url, "model": "m", "secret": "loopback"}
    return Endpoint(**where, limits=TimeLimits(**limits))


def ask(where, **options):
    with openai_http.calling(where, stage="reply", **options) as client:
        return client.chat.completions.create(model=where.model, messages=ASKED).choices[0].message.content


def failure(where, **options):
    with pytest.raises((PermanentError, TransientError)) as raised:
        ask(where, **options)
    assert raised.value.stage == "reply"
    return raised.value


def test_call_that_goes_well_returns_what_was_said(server):
    assert ask(endpoint(server)) == "You said: Good morning.."


def test_answer_that_nobody_reads_keeps_no_connection(server):
    where = endpoint(server)

    with openai_http.calling(where, stage="reply") as client:
        answer = client.chat.completions.create(model=where.model, messages=ASKED, stream=True)

    assert list(answer) == []


@pytest.mark.parametrize(
    ("mode", "code", "transient"),
    [
        ("429", "http_429", True),
        ("500", "http_500", True),
        ("503", "http_503", True),
        ("close", "connection_failed", True),
        ("400", "http_400", False),
        ("401", "http_401", False),
        ("404", "http_404", False),
        ("413", "http_413", False),
        ("422", "http_422", False),
        ("filtered", "content_filter", False),
        ("redirect", "http_307", False),
        ("gzip", "not_the_protocol", False),
        ("not_json", "not_the_protocol", False),
    ],
)
def test_failure_has_its_kind_and_is_not_repeated(server, mode, code, transient):
    server.next("chat", mode)

    error = failure(endpoint(server))

    assert (error.code, error.transient) == (code, transient)
    assert server.count("chat") == 1


@pytest.mark.parametrize(
    ("mode", "limits", "message"),
    [
        ("hang", {"first_byte": 0.2}, "did not answer in time"),
        ("hang", {"total": 0.2}, "longer than 0.2 s in all"),
        ("drip", {"total": 0.2}, "longer than 0.2 s in all"),
        ("drip_headers", {"total": 0.2}, "longer than 0.2 s in all"),
    ],
)
def test_every_wait_has_an_end(server, mode, limits, message):
    server.next("chat", mode)

    error = failure(endpoint(server, **limits))

    assert (error.code, error.transient) == ("timeout", True)
    assert message in error.message


def test_silence_between_two_pieces_has_an_end(server):
    server.next("chat", "mid_hang")
    where = endpoint(server, silence=0.2)

    with (
        pytest.raises(TransientError) as raised,
        openai_http.calling(where, stage="reply") as client,
    ):
        list(client.chat.completions.create(model="m", messages=ASKED, stream=True))

    assert raised.value.code == "timeout"


def test_connection_that_is_refused_is_worth_another_try():
    with OpenAIServer() as server:
        gone = endpoint(server)

    error = failure(gone)

    assert (error.code, error.transient) == ("connection_failed", True)


def test_endless_answer_is_cut_at_its_size(server):
    server.next("chat", "endless")

    error = failure(endpoint(server), most_bytes=1_000_000)

    assert (error.code, error.transient) == ("answer_too_large", False)
    assert "1 MB" in error.message


def test_busy_server_says_when_to_come_back(server):
    server.next("chat", "429")

    assert failure(endpoint(server)).retry_after_seconds == RETRY_AFTER_SECONDS


@pytest.mark.parametrize("mode", ["400", "401"])
def test_error_that_repeats_the_key_is_masked(server, mode):
    server.next("chat", mode)

    error = failure(endpoint(server))

    assert KEY not in error.message
    assert KEY not in str(error)


def test_missing_secret_ends_before_any_call(server, monkeypatch):
    monkeypatch.delenv(secrets.variable("loopback"))

    with pytest.raises(PermanentError) as raised:
        ask(endpoint(server))

    assert raised.value.code == "secret_missing"
    assert server.calls == []


def test_nothing_of_the_environment_goes_to_a_server_without_a_secret(monkeypatch):
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID"):
        monkeypatch.setenv(f"OPENAI_{name}", "from-the-environment")
    with OpenAIServer(key="none") as server:
        ask(Endpoint(base_url=server.base_url, model="m"))

        (call,) = server.calls

    assert "from-the-environment" not in str(call.headers)


def test_calls_in_several_threads_have_clocks_of_their_own(server):
    server.next("chat", "hang", "ok", "ok", "ok")
    outcomes = []
    lock = threading.Lock()

    def one():
        try:
            outcome = ask(endpoint(server, total=0.5))
        except TransientError as error:
            outcome = error.code
        with lock:
            outcomes.append(outcome)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["You said: Good morning.."] * 3 + ["timeout"]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}, 40),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0),
        ({"retry-after": "-4"}, 0),
        ({"retry-after": "1e12"}, 86_400),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers, seconds):
    assert retry_after_seconds(headers, now=60.0) == seconds


@pytest.mark.parametrize(
    "address",
    ["ftp://host/v1", "host/v1", "https://user:word@host/v1", "https://host/v1?key=1", "https:///v1"],
)
def test_address_that_is_no_plain_one_is_refused(address):
    with pytest.raises(ValueError, match="base_url"):
        Endpoint(base_url=address, model="m")
