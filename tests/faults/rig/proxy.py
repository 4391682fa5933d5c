"""A stream proxy that misbehaves when told to: slow, deaf, cut off, or one byte at a time."""

import asyncio
import contextlib
import socket
import struct
import threading
from enum import StrEnum
from pathlib import Path

CHUNK = 65_536
# Reset instead of an orderly end, where the socket is a TCP one.
NO_LINGER = struct.pack("ii", 1, 0)


class Mode(StrEnum):
    """What happens to the bytes that come by."""

    PASS = "pass"
    DELAY = "delay"
    RESET = "reset"
    BLACK_HOLE = "black-hole"
    SLICE = "slice"


class _Link:
    """One connection through the proxy, with its two sockets."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter | None = None) -> None:
        self.near = near
        self.far = far
        self.deaf = False
        self.over = asyncio.Event()

    def abort(self) -> None:
        self.over.set()
        for writer in (self.near, self.far):
            if writer is None:
                continue
            found = writer.get_extra_info("socket")
            if found is not None and found.family != socket.AF_UNIX:
                with contextlib.suppress(OSError):
                    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            writer.transport.abort()


class Proxy:
    """Stands between a program and its server.

    A connection that was open during a black hole stays half open for ever: each side believes in it and
    hears nothing, until `cut`.

    Attributes:
        listen: where it is reached: a socket's path, or a port on the loopback (0: any free one).
        target: where it passes things on to, in the same way.
        delay_seconds: how long each chunk waits in the mode `delay`.
    """

    def __init__(self, *, listen: Path | int, target: Path | int) -> None:
        self.listen = listen
        self.target = target
        self.delay_seconds = 2.0
        self._mode = Mode.PASS
        self._links: set[_Link] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=f"proxy {listen}", daemon=True)
        self._server: asyncio.Server | None = None

    @property
    def mode(self) -> Mode:
        """How it treats what comes by."""
        return self._mode

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)
        if self.listen == 0:
            self.listen = self._server.sockets[0].getsockname()[1]

    def become(self, mode: Mode) -> None:
        """Treat from now on what comes by in another way; `reset` also cuts what is open."""
        self._loop.call_soon_threadsafe(self._become, mode)

    def cut(self, *, deaf_only: bool = False) -> None:
        """Break connections off: all, or those that went through a black hole."""
        self._loop.call_soon_threadsafe(self._cut, deaf_only)

    def close(self) -> None:
        """Stop listening and break everything off."""
        if not self._thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _open(self) -> asyncio.Server:
        if isinstance(self.listen, int):
            return await asyncio.start_server(self._serve, "127.0.0.1", self.listen)
        self.listen.unlink(missing_ok=True)
        server: asyncio.Server = await asyncio.start_unix_server(self._serve, self.listen)
        self.listen.chmod(0o777)
        return server

    async def _close(self) -> None:
        if self._server:
            self._server.close()
        self._cut(deaf_only=False)
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _become(self, mode: Mode) -> None:
        self._mode = mode
        if mode is Mode.BLACK_HOLE:
            for link in self._links:
                link.deaf = True
        if mode is Mode.RESET:
            self._cut(deaf_only=False)

    def _cut(self, deaf_only: bool) -> None:
        for link in list(self._links):
            if link.deaf or not deaf_only:
                link.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = _Link(writer)
        self._links.add(link)
        try:
            if self._mode is Mode.RESET:
                link.abort()
            elif self._mode is Mode.BLACK_HOLE:
                link.deaf = True
                await link.over.wait()
            else:
                far_reader, link.far = await self._connect()
                await asyncio.gather(self._pump(link, reader, link.far), self._pump(link, far_reader, writer))
        except OSError:
            link.abort()
        finally:
            self._links.discard(link)
            for end in (link.near, link.far):
                if end is not None:
                    end.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.target, int):
            return await asyncio.open_connection("127.0.0.1", self.target)
        return await asyncio.open_unix_connection(self.target)

    async def _pump(self, link: _Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            if link.deaf:
                await link.over.wait()
                return
            if self._mode is Mode.DELAY:
                await asyncio.sleep(self.delay_seconds)
            if self._mode is Mode.SLICE:
                for number in range(len(data)):
                    writer.write(data[number : number + 1])
                    await writer.drain()
            else:
                writer.write(data)
                await writer.drain()
        if link.deaf:
            await link.over.wait()
            return
        writer.close()
