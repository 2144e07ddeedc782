"""A generated city on the embedded store and on a real Neo4j: every answer of the API compared, byte by byte.

    OPENBLAS_NUM_THREADS=1 python bench/alike.py [--workshops 8400] [--line 2026|5.26]

8,400 workshops are a city of 20,000 things. It is made and lived in (decisions, an edit taken back, a merge, a list) on the embedded store,
copied with its history, and served by another machine, whose replica comes from the log alone.
"""

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.record import timed  # noqa: E402
from tests.api.answers import answers, lived  # noqa: E402
from tests.api.serving import Served, made, moved, running  # noqa: E402
from tests.neo4j.server import CURRENT, LTS, Server  # noqa: E402

PATIENCE = 1800.0
"""Seconds for one answer: the best pairs of all workshops are new after each change, and take minutes at this size."""


def asked(name: str, served: Served) -> dict[str, bytes]:
    """All answers of one server."""
    found: dict[str, bytes] = {}
    served.client.timeout = PATIENCE
    timed(f"{name}: every question", lambda: found.update(answers(served.client, each=8)))
    return found


def alike(folder: Path, server: Server, workshops: int) -> list[str]:
    """The questions that the two answer differently."""
    home = folder / "home"
    timed("the city made and trained", lambda: made(folder, workshops))
    with running(home) as embedded:
        head = embedded.desk.reader.snapshot()
        print(f"{len(head.live())} things, version {head.version}", flush=True)
        embedded.client.timeout = PATIENCE
        timed("the best pairs of all", lambda: embedded.client.get("/pairs"))
        timed("lived in", lambda: lived(embedded.client))
        one = asked("embedded", embedded)
    timed("copied to Neo4j, every digest compared", lambda: moved(home, server))
    with running(folder / "machine", server) as shared:
        other = asked("another machine", shared)
    size = sum(map(len, one.values())) / (1 << 20)
    differ = [question for question in {**one, **other} if one.get(question) != other.get(question)]
    print(f"{len(one)} questions, {size:.0f} MiB of answers, {len(differ)} differ")
    return differ


def main() -> None:
    """Prints the outcome; ends with an error where an answer differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workshops", type=int, default=8400)
    parser.add_argument("--line", choices=("2026", "5.26"), default="2026")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(CURRENT if told.line == "2026" else LTS, Path(folder) / "server", heap="1g").start().ready()
        try:
            differ = alike(Path(folder), server, told.workshops)
        finally:
            server.kill()
    sys.exit("\n".join(differ) or 0)


if __name__ == "__main__":
    main()
