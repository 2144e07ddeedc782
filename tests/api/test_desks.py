"""「用自己的资料开始」: one server, two homes, and nothing of the one in the other."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api import homes, verbs
from tests.api.serving import Served, running
from tests.api.test_guards import browser, opened
from tests.api.test_writing import outcome


def made_up(home: Path) -> None:
    with homes.open_home(home, homes.GENERATED) as store:
        verbs.demo(store, "测试", city=12)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIANYIN_KEYS", str(tmp_path / "town" / "keys"))
        made_up(tmp_path / "town" / "home")
        with running(tmp_path / "town" / "home", own=tmp_path / "mine") as served:
            yield served


def names(client: httpx.Client) -> list[str]:
    return [row["name"] for row in client.get("/things", params={"kind": "workshop"}).json()["rows"]]


def test_ones_own_home_is_opened_and_the_other_shown_again(town: Served, tmp_path: Path) -> None:
    with browser(town) as client, browser(town) as another:
        opened(town, client)
        opened(town, another)
        client.put("/session", json={"actor": "王某"})
        before, seen = names(client), client.get("/things").headers["ETag"]
        assert client.get("/session").json()["other"] == "own"
        told = client.put("/session/home", json={"home": "own"}).json()
        assert (told["label"], told["other"], told["actor"]) == ("", "generated", "王某")
        assert names(client) == []
        assert names(another) == []  # whoever was let in stays so
        assert client.get("/things", headers={"If-None-Match": seen}).status_code == 200
        assert client.post("/things", json={"kind": "workshop", "name": "我的工作室"}).status_code == 201
        assert (tmp_path / "mine" / "store.db").exists()
        back = client.put("/session/home", json={"home": "generated"}).json()
        assert (back["label"], back["other"]) == ("generated", "own")
        assert names(client) == before
        assert client.get("/things").headers["ETag"] == seen
        client.put("/session/home", json={"home": "own"})
        assert client.put("/session/home", json={"home": "own"}).status_code == 200
        assert names(client) == ["我的工作室"]


def test_a_page_of_the_home_before_is_answered_nothing(town: Served) -> None:
    with browser(town) as client:
        opened(town, client)
        client.put("/session", json={"actor": "王某"})
        stale = {"Lianyin-Home": client.get("/session").json()["store"]}
        assert client.get("/things", headers=stale).status_code == 200
        client.put("/session/home", json={"home": "own"})
        for method, path in (("GET", "/things"), ("POST", "/things")):
            answer = client.request(method, path, headers=stale, json={"kind": "workshop", "name": "甲工作室"})
            assert (answer.status_code, answer.json()["code"]) == (409, "home_switched")
        assert names(client) == []


def test_a_program_stays_with_the_home_of_its_token(town: Served) -> None:
    assert town.client.put("/session/home", json={"home": "own"}).json()["code"] == "home_fixed"
    with browser(town) as client:
        opened(town, client)
        client.put("/session/home", json={"home": "own"})
        assert town.client.get("/things").status_code == 401
        client.put("/session/home", json={"home": "generated"})
        assert town.client.get("/things").status_code == 200


def test_no_switch_under_an_import(town: Served) -> None:
    with browser(town) as client:
        opened(town, client)
        client.put("/session", json={"actor": "王某"})
        table = "名称,所在单位\n" + "".join(f"第{at}工作室,某某厂\n" for at in range(2000))
        job = client.post("/imports", json={"name": "名单.csv", "text": table}).json()
        answer = client.put("/session/home", json={"home": "own"})
        assert (answer.status_code, answer.json()["code"]) == (409, "jobs_running")
        assert outcome(town, job)["state"] == "done"
        assert client.put("/session/home", json={"home": "own"}).status_code == 200
        assert client.get("/imports").json()["jobs"] == []


def test_made_up_data_are_not_taken_for_ones_own(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIANYIN_KEYS", str(tmp_path / "town" / "keys"))
        made_up(tmp_path / "town" / "home")
        made_up(tmp_path / "mine")
        with running(tmp_path / "town" / "home", own=tmp_path / "mine") as served, browser(served) as client:
            opened(served, client)
            assert client.put("/session/home", json={"home": "own"}).json()["code"] == "home_is_another"
            assert client.get("/session").json()["label"] == "generated"


def test_a_home_of_ones_own_or_a_named_host_offers_nothing_else(tmp_path: Path) -> None:
    with running(tmp_path / "own" / "home") as served, browser(served) as client:
        opened(served, client)
        assert client.get("/session").json()["other"] == ""
        assert client.put("/session/home", json={"home": "demo"}).json()["code"] == "home_fixed"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIANYIN_KEYS", str(tmp_path / "town" / "keys"))
        made_up(tmp_path / "town" / "home")
        with running(tmp_path / "town" / "home", own=tmp_path / "mine", hosts="lianyin.example") as served, browser(served) as client:
            opened(served, client)
            assert client.get("/session").json()["other"] == ""
            assert client.put("/session/home", json={"home": "own"}).json()["code"] == "home_fixed"
            assert not (tmp_path / "mine").exists()
