"""Frames on a socket."""

import socket
import struct

import pytest

from inference.host import frames


@pytest.fixture
def line():
    """Two ends; ours does not block."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def test_a_frame_arrives_whole_however_it_is_cut(line):
    ours, theirs = line
    inbox, taken = frames.Inbox(ours), []
    whole = struct.pack(">II", 8, 4) + b'{"a": 1}' + b"\0\1\2\3"

    for number in range(len(whole)):
        theirs.sendall(whole[number : number + 1])
        taken.append(inbox.take())

    assert taken[:-1] == [None] * (len(whole) - 1)
    assert taken[-1] == (bytearray(b'{"a": 1}'), bytearray(b"\0\1\2\3"))


def test_frames_that_arrive_together_are_taken_one_by_one(line):
    ours, theirs = line
    frames.send(theirs, {"a": 1})
    frames.send(theirs, {"b": "ü\ud800"}, memoryview(b"1234"))
    inbox = frames.Inbox(ours)

    assert inbox.take() == (b'{"a": 1}', b"")
    assert inbox.take() == ('{"b": "ü?"}'.encode(), b"1234")
    assert inbox.take() is None


@pytest.mark.parametrize("head", [(frames.MOST_TEXT_BYTES + 1, 0), (2, frames.MOST_SOUND_BYTES + 1)])
def test_more_than_a_frame_may_hold_is_refused_before_it_comes(line, head):
    ours, theirs = line
    theirs.sendall(struct.pack(">II", *head))

    with pytest.raises(frames.NotAFrame):
        frames.Inbox(ours).take()


def test_who_hangs_up_in_the_middle_is_noticed(line):
    ours, theirs = line
    theirs.sendall(struct.pack(">II", 8, 0) + b"{")
    theirs.close()

    with pytest.raises(EOFError):
        frames.Inbox(ours).take()


def test_what_json_cannot_say_is_not_sent(line):
    _, theirs = line

    with pytest.raises(ValueError, match="JSON"):
        frames.send(theirs, {"seconds": float("nan")})
