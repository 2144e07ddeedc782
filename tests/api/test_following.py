"""Waiting for a version, and what is told of the store."""

import threading
from pathlib import Path

import httpx
import pytest

from api import following
from api.following import Follower
from api.published import Origin, Publisher
from graph.record.model import Change
from graph.record.sqlite_store import SqliteStore
from tests.api.conftest import EMBEDDED
from tests.api.serving import Served
from tests.neo4j.processes import soon
from tests.said import named


def test_health_tells_the_store(demo: Served, engine: str) -> None:
    told = demo.client.get("/health").json()
    assert (told["engine"], told["followed"] is None) == (("embedded", True) if engine == EMBEDDED else ("shared", False))


def test_a_request_waits_for_the_version_that_it_names(served: Served) -> None:
    head = served.desk.writer.head().number
    assert served.client.get("/home", headers={"Lianyin-At-Least": str(head)}).is_success
    late = served.client.get("/home", headers={"Lianyin-At-Least": str(head + 1)})
    assert (late.status_code, late.json()["code"], late.headers["Retry-After"]) == (503, "version_awaited", "1")

    timer = threading.Timer(0.2, served.desk.writer.append, [Change("x", adds=named("a", "甲工作室"))])
    timer.start()
    answer = served.client.get("/home", headers={"Lianyin-At-Least": str(head + 1)})
    timer.join()
    assert answer.headers["ETag"].startswith(f'"{head + 1}.')


def test_what_is_no_version_is_refused(demo: Served) -> None:
    for wrong in ("-1", "x", "1.5"):
        assert demo.client.get("/home", headers={"Lianyin-At-Least": wrong}).status_code == 422


def test_nobody_waits_who_is_not_known_or_asks_how_the_server_is(demo: Served) -> None:
    """Each look would read the store beside the gate."""
    unknown = {"Lianyin-At-Least": "999999"}
    with httpx.Client(trust_env=False, headers=unknown) as client:
        for path in ("/", "/api/v1/health", "/api/v1/openapi.json"):
            assert client.get(f"{demo.address}{path}").status_code in (200, 303, 404), path  # 404: the page is not built
    assert demo.client.get("/health", headers=unknown).status_code == 200


def test_following_goes_on_after_what_was_not_foreseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(following, "AGAIN", 0.05)
    done: list[str] = []

    class Stumbling(SqliteStore):
        def follow(self) -> int:
            done.append("follow")
            raise ValueError("secret words")

    def stumble(ended: threading.Event) -> None:
        done.append("then")
        raise KeyError("secret words")

    with Stumbling(tmp_path / "home") as store:
        follower = Follower(store, Publisher(Origin(store, store, "")), stumble)
        try:
            assert soon(10, lambda: min(done.count("follow"), done.count("then")) > 1)
        finally:
            follower.close()
    assert "unforeseen ValueError" in caplog.text
    assert "unforeseen KeyError" in caplog.text
    assert "secret" not in caplog.text


def test_what_takes_long_after_a_publishing_is_asked_to_end(tmp_path: Path) -> None:
    begun, heard = threading.Event(), []

    def fill(ended: threading.Event) -> None:
        begun.set()
        heard.append(ended.wait(60))

    with SqliteStore(tmp_path / "home") as store:
        follower = Follower(store, Publisher(Origin(store, store, "")), fill)
        assert begun.wait(60)
        follower.close()
    assert heard == [True]
