"""Waiting for a version, and what is told of the store."""

import threading

from graph.record.model import Change
from tests.api.conftest import EMBEDDED
from tests.api.serving import Served
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
