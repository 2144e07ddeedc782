"""More clients than can be served: the excess is told when to come again, health goes on answering, and nothing breaks."""

import asyncio
import threading
from collections import Counter
from pathlib import Path

import httpx
import pytest

from api.gate import Gate
from graph.record.errors import StoreUnavailable
from tests.api.serving import Served, running

CLIENTS = 200


async def asked_at_once(served: Served, path: str) -> tuple[list[httpx.Response], list[int]]:
    """200 clients each ask once, at once; meanwhile one asks for health, again and again."""
    limits = httpx.Limits(max_connections=CLIENTS + 1)
    base, headers = f"{served.address}/api/v1", {"Authorization": f"Bearer {served.token}"}
    async with httpx.AsyncClient(base_url=base, headers=headers, limits=limits, timeout=60, trust_env=False) as client:
        asking = asyncio.gather(*(client.get(path) for _ in range(CLIENTS)))
        health = []
        while not asking.done():
            health.append((await client.get("/health")).status_code)
        return await asking, health


def test_200_clients_at_once(tmp_path: Path) -> None:
    with running(tmp_path / "own" / "home", computing=2, waiting=6) as served:
        for number in range(30):
            served.client.post("/things", json={"kind": "workshop", "name": f"第{number}工作室"})
        answers, health = asyncio.run(asked_at_once(served, "/exports/csv"))
        counts = Counter(answer.status_code for answer in answers)
        assert set(counts) == {200, 503}
        assert counts[200] >= 8
        for answer in answers:
            if answer.status_code == 503:
                assert answer.headers["Retry-After"] == "1"
                assert answer.json()["code"] == "too_busy"
        assert health
        assert set(health) == {200}
        assert served.client.get("/things").json()["total"] == 30


def test_within_the_queue_nobody_is_sent_away(tmp_path: Path) -> None:
    with running(tmp_path / "own" / "home", waiting=CLIENTS) as served:
        answers, _ = asyncio.run(asked_at_once(served, "/things"))
        assert {answer.status_code for answer in answers} == {200}


def test_an_import_does_not_keep_readers_waiting(served: Served) -> None:
    """While a writer holds the store and other writes wait for it, reads are answered from the other connection."""
    hold, begun = threading.Event(), threading.Event()

    def write() -> None:
        with served.desk.writer._transaction():
            begun.set()
            hold.wait()

    writer = threading.Thread(target=write)
    writer.start()
    begun.wait()
    body, codes = {"kind": "workshop", "name": "甲工作室"}, []
    others = [threading.Thread(target=lambda: codes.append(served.client.post("/things", json=body).status_code)) for _ in range(8)]
    for other in others:
        other.start()
    try:
        for path in ("/things", "/health", "/changes", "/ontology", "/search?q=gya"):
            assert served.client.get(path).status_code == 200
    finally:
        hold.set()
        for thread in (writer, *others):
            thread.join()
    assert codes == [201] * 8


def test_readers_beside_a_writer_see_whole_versions(served: Served) -> None:
    """Each version tells one more note of one thing; whoever reads sees as many notes as the version it names has."""
    id = served.client.post("/things", json={"kind": "workshop", "name": "甲工作室"}).json()["id"]
    wrong: list[object] = []
    done = threading.Event()

    def read(path: str) -> None:
        with httpx.Client(base_url=served.client.base_url, headers=served.client.headers, trust_env=False, timeout=60) as client:
            while not done.is_set():
                told = client.get(path).json()
                rows = told.get("facts") or told.get("statements") or told.get("added")
                notes = [row["value"] for row in rows if row["property"] == "note"]
                upto = told.get("version") or told["to"]
                if sorted(notes) != sorted(f"第{number}条" for number in range(2, upto + 1)):
                    wrong.append((path, upto, notes))

    paths = (f"/things/{id}", f"/things/{id}/history", "/diff?from=0")
    readers = [threading.Thread(target=read, args=(path,)) for path in paths * 2]
    for reader in readers:
        reader.start()
    for number in range(2, 42):
        served.client.post(f"/things/{id}/facts", json={"property": "note", "value": f"第{number}条"})
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []


def test_who_waits_too_long_is_told() -> None:
    async def asking() -> None:
        free = asyncio.Event()

        async def slow(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
            await free.wait()

        gate = Gate(slow, computing=1, waiting=1, patience=0.01)
        scope = {"type": "http", "path": "/api/v1/things", "method": "GET"}
        first = asyncio.create_task(gate(scope, None, None))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        with pytest.raises(StoreUnavailable):
            await gate(scope, None, None)  # type: ignore[arg-type]
        free.set()
        await first
        await gate(scope, None, None)  # type: ignore[arg-type]

    asyncio.run(asking())
