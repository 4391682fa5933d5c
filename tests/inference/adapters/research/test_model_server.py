"""GLM-4-Voice by its project's own model server, over loopback, with what may go wrong on the line."""

import socket

import pytest

from inference.adapters.base import AdapterError
from inference.adapters.research import model_server
from inference.adapters.research.model_server import Limits
from tests.fakes.research.glm4_voice import END, answered
from tests.fakes.research.model_server import serving
from tests.inference.adapters.research.test_projects import PLAIN, ask, prompt, same

ASKED = {"prompt": "<|audio_1|><|audio_2|>", "temperature": 0.2, "top_p": 0.8, "max_new_tokens": 2_000}


def tokens(server, *, silence_seconds=5.0, total_seconds=5.0, **asked):
    url = f"http://127.0.0.1:{server.server_port}"
    limits = Limits(silence_seconds, total_seconds)
    return model_server.tokens(url, {**ASKED, **asked}, end=END, limits=limits)


@pytest.mark.parametrize("checkout", ["glm4_voice"], indirect=True)
def test_the_server_and_the_process_give_the_same_answer(checkout):
    (here,) = ask(checkout, prompt(PLAIN))

    with serving("whole") as server:
        (there,) = ask(checkout, prompt(PLAIN), server_url=f"http://127.0.0.1:{server.server_port}")

    assert same(here, there)
    assert here.transcript == there.transcript
    assert len(server.asked) == 1


def test_tokens_are_read_up_to_the_end():
    with serving("whole") as server:
        assert tokens(server) == answered(2, 2_000)


def test_as_many_tokens_as_were_allowed_are_a_whole_answer():
    with serving("whole") as server:
        assert len(tokens(server, max_new_tokens=40, prompt="<|audio_0|>" * 18)) == 40


@pytest.mark.parametrize(
    ("mode", "code", "transient"),
    [
        ("error", "server_error", True),
        ("garbage", "bad_answer", False),
        ("cut", "connection_lost", True),
        ("ended", "connection_lost", True),
        ("503", "http_503", True),
        ("429", "http_429", True),
        ("400", "http_400", False),
    ],
)
def test_faults_are_told_apart(mode, code, transient):
    with serving(mode) as server, pytest.raises(AdapterError) as told:
        tokens(server)

    assert (told.value.code, told.value.transient, told.value.stage) == (code, transient, "reply")
    if mode in {"503", "429"}:
        assert told.value.retry_after_seconds == 7


def test_silence_has_a_limit():
    with serving("silence") as server, pytest.raises(AdapterError) as told:
        tokens(server, silence_seconds=0.2)

    assert (told.value.code, told.value.transient) == ("timeout", True)


def test_the_whole_answer_has_a_limit():
    with serving("whole") as server, pytest.raises(AdapterError) as told:
        tokens(server, total_seconds=0)

    assert (told.value.code, told.value.transient) == ("timeout", True)


def test_nobody_listening_is_transient():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

        with pytest.raises(AdapterError) as told:
            model_server.tokens(f"http://127.0.0.1:{port}", ASKED, end=END, limits=Limits(1, 1))

    assert (told.value.code, told.value.transient) == ("connection_lost", True)
