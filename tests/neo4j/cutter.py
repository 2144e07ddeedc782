"""A TCP proxy on loopback between a driver and a server that fails on purpose: cuts at a chosen message, swallows, dawdles, refuses.

Messages are recognised in what the client sends by their whole chunk: a Bolt message without fields is always the same six bytes.
"""

import socket
import struct
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Event, Lock, Thread
from typing import Literal, Self

COMMIT = bytes.fromhex("0002b0120000")
ROLLBACK = bytes.fromhex("0002b0130000")
RESET = bytes.fromhex("0002b00f0000")
WATCHED = (COMMIT, ROLLBACK, RESET)


@dataclass(frozen=True, slots=True)
class Cut:
    """Which message of the clients to cut at (the `count`-th from now), and when: before it is passed on, in its middle, or when the
    server has carried it out and answers. A silent cut closes nothing: both ends stay connected and hear nothing more."""

    message: bytes
    when: Literal["before", "within", "after"]
    count: int = 1
    silent: bool = False


class Connection:
    """One client and the server behind it."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client, self.server = client, server
        self.mute = Event()
        """Nothing is carried any more."""
        self.answered: Cut | None = None
        """The cut that waits for the server's next answer."""

    def cut(self) -> None:
        """Ends both sides at once, with a reset, as the network of a dead machine does."""
        self.mute.set()
        for end in (self.client, self.server):
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class Cutter:
    """Listens on a port of its own and carries to the port `target` until told otherwise. May be told from any thread."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.seen: Counter[bytes] = Counter()
        """How often each of the watched messages was sent."""
        self.cuts = 0
        self.reworded = b"", b""
        """What the server says, and what the client hears instead, of the same length."""
        self._cut: Cut | None = None
        self._then: Callable[[], object] = lambda: None
        self._swallowing, self._delay = False, 0.0
        self._lock = Lock()
        self._connections: list[Connection] = []
        self._listening = self._listen(0)
        self.port = int(self._listening.getsockname()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()

    @property
    def address(self) -> str:
        """Where a driver connects to."""
        return f"bolt://127.0.0.1:{self.port}"

    # ---- what it is told

    def cut_at(self, cut: Cut, then: Callable[[], object] = lambda: None) -> None:
        """Cuts once, at that message, and calls `then` (which may kill the server) before the client hears of it."""
        with self._lock:
            self._cut, self._then = cut, then

    def swallow(self) -> None:
        """Half-open from now on: takes connections and bytes, carries nothing, closes nothing."""
        with self._lock:
            self._swallowing = True
            for one in self._connections:
                one.mute.set()

    def dawdle(self, seconds: float) -> None:
        """Holds back each block, either way, for so long."""
        self._delay = seconds

    def refuse(self) -> None:
        """Cuts all connections and listens no more."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts: until then the port would stay open
        self._listening.close()
        with self._lock:
            gone, self._connections = self._connections, []
        for one in gone:
            one.cut()

    def heal(self) -> None:
        """Carries again; connections that lost bytes are cut, so that nobody reads on in the middle."""
        with self._lock:
            self._cut, self._swallowing, self._delay = None, False, 0.0
            broken = [one for one in self._connections if one.mute.is_set()]
            self._connections = [one for one in self._connections if not one.mute.is_set()]
        for one in broken:
            one.cut()
        if self._listening.fileno() < 0:
            self._listening = self._listen(self.port)

    # ---- carrying

    def _listen(self, port: int) -> socket.socket:
        listening = socket.create_server(("127.0.0.1", port))
        Thread(target=self._accept, args=(listening,), daemon=True).start()
        return listening

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):  # closed: refused
            while True:
                client, _ = listening.accept()
                try:
                    made = Connection(client, socket.create_connection(("127.0.0.1", self.target)))
                except OSError:  # the server behind is not there
                    client.close()
                    continue
                with self._lock:
                    self._connections.append(made)
                    if self._swallowing:
                        made.mute.set()
                for pump in (self._up, self._down):
                    Thread(target=self._pump, args=(made, pump), daemon=True).start()

    def _pump(self, made: Connection, carry: Callable[[Connection, bytes], None]) -> None:
        source = made.client if carry == self._up else made.server
        with suppress(OSError):
            while block := source.recv(65536):
                time.sleep(self._delay)
                if not made.mute.is_set():
                    carry(made, block)
        if not made.mute.is_set():  # one side has ended: so does the other
            made.cut()

    def _up(self, made: Connection, block: bytes) -> None:
        """Carries to the server, up to the message to cut at. A driver sends a commit apart, never split over blocks."""
        self.seen.update({message: block.count(message) for message in WATCHED})
        cut = self._due(block)
        if cut is None:
            made.server.sendall(block)
            return
        at = block.index(cut.message)
        made.answered = cut if cut.when == "after" else None
        made.server.sendall(block[: at + {"before": 0, "within": len(cut.message) // 2, "after": len(cut.message)}[cut.when]])
        if cut.when != "after":
            self._carry_out(made, cut)

    def _down(self, made: Connection, block: bytes) -> None:
        if made.answered:
            self._carry_out(made, made.answered)
        else:
            made.client.sendall(block.replace(*self.reworded))

    def _due(self, block: bytes) -> Cut | None:
        """The cut to make in this block, counted down until it is due."""
        with self._lock:
            cut = self._cut
            if cut is None or cut.message not in block:
                return None
            self._cut = replace(cut, count=cut.count - 1) if cut.count > 1 else None
            return cut if cut.count == 1 else None

    def _carry_out(self, made: Connection, cut: Cut) -> None:
        self.cuts += 1
        made.mute.set()
        self._then()
        if not cut.silent:
            made.cut()
