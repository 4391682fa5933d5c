"""What goes wrong, and how: kinds, codes, limits, and no key in any message (S4, S15, S30)."""

import pytest

from inference.adapters.base import PermanentError, TransientError
from tests.inference.adapters import sounds

PROMPT = sounds.noise(0.3)


@pytest.mark.parametrize(
    ("mode", "kind", "code"),
    [
        ("error", TransientError, "server_error"),
        ("error busy", TransientError, "rate_limited"),
        ("error refused", PermanentError, "request_refused"),
        ("error key", PermanentError, "key_refused"),
        ("failed", TransientError, "server_error"),
        ("busy", TransientError, "rate_limited"),
        ("cancelled", TransientError, "answer_cancelled"),
        ("close", TransientError, "connection_failed"),
        ("drop", TransientError, "connection_failed"),
        ("never ends", TransientError, "connection_failed"),
        ("half a sample", TransientError, "bad_audio"),
        ("garbage", PermanentError, "not_the_protocol"),
    ],
)
def test_a_fault_in_the_answer_has_a_kind_and_a_code(server, ask, mode, kind, code):
    server.mode_of = lambda heard: mode

    error, stages = ask(PROMPT)

    assert type(error) is kind
    assert (error.code, error.stage) == (code, "answer")
    assert server.key not in error.message
    assert "not-a-r***" not in error.message
    assert kind is PermanentError or stages == []


@pytest.mark.parametrize(
    ("mode", "limits", "why"),
    [
        ("mute", {"first_byte": 0.2}, "said nothing for 0.2 s"),
        ("stall", {"silence": 0.2}, "said nothing for 0.2 s"),
        ("endless", {"total": 0.4}, "come to its end"),
    ],
)
def test_every_wait_has_a_limit(server, ask, mode, limits, why):
    server.mode_of = lambda heard: mode

    error, _ = ask(PROMPT, limits=limits)

    assert (type(error), error.code) == (TransientError, "timeout")
    assert why in error.message
    assert server.calls[0].closed.wait(10)


@pytest.mark.parametrize(
    ("status", "kind", "wait"),
    [(429, TransientError, 3.0), (503, TransientError, 3.0), (403, PermanentError, None)],
)
def test_a_refused_handshake_is_told_apart_by_its_status(server, ask, status, kind, wait):
    body = '{"error": {"message": "Wait, please.", "code": "rate_limit_exceeded"}}'
    server.refusals.append((status, {"Retry-After": "3", "Content-Length": str(len(body))}, body))

    error, _ = ask(PROMPT)

    assert (type(error), error.code, error.stage) == (kind, f"http_{status}", "connect")
    assert getattr(error, "retry_after_seconds", None) == wait


def test_a_wrong_key_is_permanent_and_is_not_repeated(server, ask, monkeypatch):
    monkeypatch.setenv("ARENA_SECRET_OTHER_HOUSE", "another-key-0123456789")

    error, _ = ask(PROMPT, secret="other-house")

    assert (type(error), error.code) == (PermanentError, "http_401")
    assert "key-0123456789" not in error.message
    assert "not-a-" not in error.message


def test_an_address_where_nobody_listens_is_transient(server, adapter):
    silent = adapter().model_copy(
        update={"endpoint": adapter().endpoint.model_copy(update={"base_url": "http://127.0.0.1:9/v1"})}
    )

    (error,) = silent.respond([PROMPT], seed=1, stages=[None])

    assert (type(error), error.code, error.stage) == (TransientError, "connection_failed", "connect")


def test_a_server_that_takes_no_handshake_is_given_up(server, ask, deaf_port, adapter):
    endpoint = adapter(limits={"connect": 0.2}).endpoint
    deaf = endpoint.model_copy(update={"base_url": f"http://127.0.0.1:{deaf_port}/v1"})

    (error,) = adapter().model_copy(update={"endpoint": deaf}).respond([PROMPT], seed=1, stages=[None])

    assert (type(error), error.code, error.stage) == (TransientError, "timeout", "connect")


def test_the_wire_is_never_shown_to_a_debugging_log(server, ask, caplog):
    with caplog.at_level("DEBUG"):
        ask(PROMPT)

    assert server.key not in caplog.text
