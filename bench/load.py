"""The API under load, beside a bare FastAPI route in the same run: python bench/load.py [--workshops 1469]

One worker over a generated city, clients in a process of their own: 32 that ask distinct questions, 32 that repeat one with
If-None-Match, then 200 at once while another asks for health. Everything is on loopback and shares the machine's cores, clients too.
"""

import argparse
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, perf_counter, sleep

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

BARE = """
import sys, uvicorn
from fastapi import FastAPI
from starlette.responses import Response
app = FastAPI()
@app.post("/api/v1/suggestions")
def bare(body: dict) -> Response:
    return Response(b"{}", media_type="application/json")
uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="warning")
"""


class Client:
    """One keep-alive connection; http.client would cost more than the answers."""

    def __init__(self, port: int, token: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        self._file = self._socket.makefile("rb")

    def ask(self, path: str, body: bytes = b"", seen: str = "") -> tuple[int, str, bytes]:
        """Status, ETag and body of one request (POST where there is a body)."""
        method, more = ("POST" if body else "GET"), (f"If-None-Match: {seen}\r\n" if seen else "")
        self._socket.sendall(f"{method} {path} HTTP/1.1\r\n{self._head}{more}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        status = int(self._file.readline().split()[1])
        length, etag = 0, ""
        while (line := self._file.readline().strip()):
            name, _, value = line.decode().partition(": ")
            length = int(value) if name.lower() == "content-length" else length
            etag = value if name.lower() == "etag" else etag
        return status, etag, self._file.read(length)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(*command: str) -> Iterator["subprocess.Popen[bytes]"]:
    started = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL)
    try:
        yield started
    finally:
        started.terminate()
        started.wait()


def waited(port: int, token: str, path: str = "/api/v1/health") -> Client:
    deadline = monotonic() + 60
    while True:
        try:
            client = Client(port, token)
            client.ask(path)
            return client
        except OSError:
            if monotonic() > deadline:
                raise
            sleep(0.02)


def hammered(port: int, token: str, bodies: Sequence[bytes], clients: int, seen: str = "") -> tuple[float, Counter[int]]:
    """Answers a second of all clients together, and how often each status came."""
    statuses: Counter[int] = Counter()
    lock, start = threading.Lock(), threading.Barrier(clients + 1)

    def work(mine: Sequence[bytes]) -> None:
        client, own = Client(port, token), Counter[int]()
        start.wait()
        for body in mine:
            own[client.ask("/api/v1/suggestions", body, seen)[0]] += 1
        with lock:
            statuses.update(own)

    threads = [threading.Thread(target=work, args=(bodies[at::clients],)) for at in range(clients)]
    for thread in threads:
        thread.start()
    start.wait()
    begun = perf_counter()
    for thread in threads:
        thread.join()
    return len(bodies) / (perf_counter() - begun), statuses


def in_process(home: Path, ids: Sequence[str]) -> float:
    """Median seconds of one full answer without HTTP."""
    from graph.record.sqlite_store import SqliteStore
    from matching.suggestion import Question, matcher
    from matching.training import vectors

    with SqliteStore(home) as store:
        ready = matcher(store.snapshot(), vectors(store))
        times = []
        for id in ids:
            begun = perf_counter()
            ready.suggest(Question(id=id))
            times.append(perf_counter() - begun)
    return statistics.median(times[len(times) // 4 :])


def health_while_busy(port: int, token: str, bodies: Sequence[bytes]) -> None:
    """200 clients at once, and how long health takes meanwhile."""
    delays: list[float] = []
    busy = threading.Event()

    def watch() -> None:
        client = Client(port, token)
        while not busy.is_set():
            begun = perf_counter()
            client.ask("/api/v1/health")
            delays.append(perf_counter() - begun)
            sleep(0.01)

    watcher = threading.Thread(target=watch)
    watcher.start()
    rate, statuses = hammered(port, token, bodies, 200)
    busy.set()
    watcher.join()
    print(f"200 clients at once: {rate:.0f} answers/s, statuses {dict(statuses)}; health meanwhile: median "
          f"{statistics.median(delays) * 1000:.0f} ms, slowest {max(delays) * 1000:.0f} ms (goal 200 ms)")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workshops", type=int, default=1469)
    count = parser.parse_args().workshops
    with tempfile.TemporaryDirectory() as name:
        os.environ["LIANYIN_KEYS"] = f"{name}/keys"
        home = Path(name) / "home"
        from api import homes, verbs
        from api.security import Tokens

        with homes.open_home(home, homes.GENERATED) as store:
            verbs.demo(store, "bench", city=count)
            snapshot = store.snapshot()
            ids = [snapshot.id(slot) for slot in snapshot.live("workshop").tolist()]
        token = Tokens(home).add("bench")
        alone = in_process(home, ids[: min(400, len(ids))])
        bodies = [json.dumps({"id": id}).encode() for id in ids]
        print(f"{count} workshops; load average {os.getloadavg()[0]:.1f}")
        port = free_port()
        with process("-m", "api.cli", "serve", "--home", str(home), "--empty", "--port", str(port)) as server:
            begun = perf_counter()
            client = waited(port, token)
            status, etag, answer = client.ask("/api/v1/suggestions", bodies[0])
            print(f"serve to the first suggestion (vectors kept): {perf_counter() - begun:.2f} s, status {status}, {len(answer)} bytes")
            rate, statuses = hammered(port, token, bodies, 32)
            print(f"32 clients, distinct questions: {rate:.0f} answers/s {dict(statuses)}; in process {alone * 1000:.2f} ms an answer, "
                  f"so {rate * alone:.2f} × one over it (goal 0.7; the clients use the second core)")  # fmt: skip
            rate, statuses = hammered(port, token, [bodies[0]] * 6000, 32, etag)
            print(f"32 clients, If-None-Match: {rate:.0f} answers/s {dict(statuses)} (goal 1500)")
            health_while_busy(port, token, bodies * 2)
            status_file = Path(f"/proc/{server.pid}/status")
            if status_file.exists():
                peak = next(line for line in status_file.read_text().splitlines() if line.startswith("VmHWM"))
                print(f"server's peak memory: {int(peak.split()[1]) / 1024:.0f} MiB")
        port = free_port()
        with process("-c", BARE, str(port)):
            waited(port, "", "/openapi.json")
            rate, _ = hammered(port, "", [b"{}"] * 6000, 32)
            print(f"a bare FastAPI route, 32 clients: {rate:.0f} answers/s")
    print(f"bench's own peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
