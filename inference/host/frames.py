"""Frames on a socket: a JSON object and, after it, raw bytes. No pickle: a frame can do no more than lie."""

import json
import socket
import struct
from collections.abc import Mapping

# The lengths of the JSON and of the bytes.
HEAD = struct.Struct(">II")
MOST_TEXT_BYTES = 1_000_000
# Five and a half minutes at 48 kHz; two minutes are what the arena takes.
MOST_SOUND_BYTES = 64_000_000
CHUNK = 1 << 18

Frame = tuple[bytearray, bytearray]


class NotAFrame(Exception):  # noqa: N818 -- says what came
    """Something else came over the line, or more than a frame may hold."""


def send(line: socket.socket, message: Mapping[str, object], sound: memoryview | None = None) -> None:
    """Write one frame.

    Raises:
        OSError: the other side is gone or does not read.
        ValueError, TypeError: the message holds what JSON cannot.
    """
    # A lone surrogate, which no JSON parser takes, becomes a question mark.
    text = json.dumps(message, ensure_ascii=False, allow_nan=False).encode(errors="replace")
    line.sendall(HEAD.pack(len(text), sound.nbytes if sound else 0) + text)
    if sound:
        line.sendall(sound)


def receive(line: socket.socket) -> Frame | None:
    """Wait for a frame of somebody who is trusted; None once the other side has hung up."""
    inbox = Inbox(line, most_sound_bytes=(1 << 32) - 1)
    try:
        while (frame := inbox.take()) is None:
            pass
    except EOFError:
        return None
    return frame


class Inbox:
    """Puts frames together from what has come, and never more than a frame may hold.

    Args:
        line: where to read; one that does not block makes `take` return at once.
    """

    def __init__(self, line: socket.socket, *, most_sound_bytes: int = MOST_SOUND_BYTES) -> None:
        self._line = line
        self._most_sound_bytes = most_sound_bytes
        self._next()

    def take(self) -> Frame | None:
        """Return a frame; None while it is not complete.

        Raises:
            EOFError: the other side hung up.
            NotAFrame: it sent something else.
        """
        while (part := self._unfilled()) is not None:
            try:
                size = self._line.recv_into(memoryview(part)[self._filled :])
            except BlockingIOError:
                return None
            except ConnectionResetError as error:
                raise EOFError from error
            if size == 0:
                raise EOFError
            self._filled += size
        frame = self._parts[1], self._parts[2]
        self._next()
        return frame

    def _next(self) -> None:
        self._parts = [bytearray(HEAD.size)]
        self._filled = 0

    def _unfilled(self) -> bytearray | None:
        """Return the part that is being read: head, text or sound; None once all three are there."""
        while self._filled == len(self._parts[-1]):
            if len(self._parts) == len(("head", "text", "sound")):
                return None
            if len(self._parts) == 1:
                self._check(*HEAD.unpack(self._parts[0]))
            self._parts.append(bytearray(HEAD.unpack(self._parts[0])[len(self._parts) - 1]))
            self._filled = 0
        return self._parts[-1]

    def _check(self, text: int, sound: int) -> None:
        if text > MOST_TEXT_BYTES or sound > self._most_sound_bytes:
            raise NotAFrame(f"A frame of {text} and {sound} bytes was announced.")
