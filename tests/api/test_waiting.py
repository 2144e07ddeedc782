"""Work for somebody who waits: where it is, and that it ends when the client has gone."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from fastapi import FastAPI

from api import problems
from api.server import bound, configured
from api.waiting import Waiting
from graph.analysis.steps import Watch, step, stepping, watched
from graph.record.errors import Conflict
from tests.api.serving import Served

LONG = 2000


def until(true: Callable[[], bool]) -> None:
    for _ in range(1000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it never came")


@pytest.fixture
def slow() -> Iterator[tuple[FastAPI, str, list[str]]]:
    """A server whose one question takes ten seconds, step by step, and how each ended."""
    app, ends = FastAPI(), []
    app.state.watches = {}
    problems.install(app)

    @app.post("/work")
    def work(body: dict[str, int]) -> dict[str, int]:
        try:
            for _ in stepping("pairs", list(range(body["steps"]))):
                time.sleep(0.005)
        except Conflict as end:
            ends.append(end.code)
            raise
        ends.append("done")
        return body

    app.add_middleware(Waiting)
    app.add_middleware(problems.Problems)
    listening = bound("127.0.0.1", 0)
    server = configured(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    until(lambda: server.started)
    yield app, f"http://127.0.0.1:{listening.getsockname()[1]}/work", ends
    server.should_exit = True
    thread.join()
    listening.close()


def test_work_for_a_client_that_has_gone_is_given_up(slow: tuple[FastAPI, str, list[str]]) -> None:
    app, address, ends = slow
    with httpx.Client(trust_env=False) as client:
        asking = threading.Thread(target=lambda: _given_up(client, address), daemon=True)
        asking.start()
        until(lambda: "mine" in app.state.watches and app.state.watches["mine"].at > 3)
        watch: Watch = app.state.watches["mine"]
        assert (watch.step, watch.of) == ("pairs", LONG)
    until(lambda: bool(ends))
    assert ends == ["not_wanted"]
    until(lambda: app.state.watches == {})
    asking.join()


def _given_up(client: httpx.Client, address: str) -> None:
    with pytest.raises(httpx.HTTPError):
        client.post(address, json={"steps": LONG}, headers={"Lianyin-Ask": "mine"}, timeout=0.5)


def test_an_answer_that_is_waited_for_comes_whole(slow: tuple[FastAPI, str, list[str]]) -> None:
    app, address, ends = slow
    assert httpx.post(address, json={"steps": 3}, headers={"Lianyin-Ask": "x" * 1000}, trust_env=False).json() == {"steps": 3}
    assert (ends, app.state.watches) == (["done"], {})


def test_nothing_is_told_of_what_nobody_asked(demo: Served) -> None:
    assert demo.client.get("/steps/nothing").json() == {"step": "", "at": 0, "of": 0}
    assert httpx.get(f"{demo.address}/api/v1/steps/nothing", trust_env=False).status_code == 401
    told = demo.client.post("/suggestions", json={"text": "齿轮热处理后变形"}, headers={"Lianyin-Ask": "mine"})
    assert told.status_code == 200
    assert demo.client.get("/steps/mine").json()["step"] == ""


def test_steps_cost_nothing_where_nobody_watches() -> None:
    step("pairs")
    with watched(Watch()) as watch:
        assert list(stepping("pairs", "ab")) == ["a", "b"]
        assert (watch.at, watch.of) == (1, 2)
        watch.wanted = False
        with pytest.raises(Conflict):
            step("groups")
    step("pairs")


def test_a_client_that_goes_while_it_sends_is_nothing_unforeseen(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    url = httpx.URL(served.address)
    head = f"POST /api/v1/things HTTP/1.1\r\nHost: 127.0.0.1:{url.port}\r\nAuthorization: Bearer {served.token}\r\n"
    with socket.create_connection((url.host, url.port or 80)) as client:
        client.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{{".encode())
        time.sleep(0.2)  # it is being read when the client goes
    assert served.client.post("/things", json={"kind": "workshop", "name": "甲工作室"}).status_code == 201
    assert "unforeseen" not in caplog.text
