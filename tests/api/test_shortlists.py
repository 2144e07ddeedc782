"""Shortlists over HTTP: logs of their own that leave the main one alone."""

import pytest

from api import verbs
from tests.api.serving import Served


@pytest.fixture
def ids(served: Served) -> list[str]:
    made = [served.client.post("/things", json={"kind": "workshop", "name": name}).json()["id"] for name in ("甲工作室", "乙工作室")]
    return [str(id) for id in made]


def test_a_list_from_its_opening_to_its_end(served: Served, ids: list[str]) -> None:
    head = served.desk.reader.head()
    client = served.client
    opened = client.post("/shortlists", json={"name": "港航备选", "note": "待走访"}).json()
    path = f"/shortlists/{opened['id']}"
    one = client.post(f"{path}/entries", json={"things": ids[:1], "note": "先问"}).json()
    client.post(f"{path}/entries", json={"things": ids, "note": "一对"})
    client.post(f"{path}/entries", json={"things": ids[:1], "note": "已问"})
    told = client.get(path).json()
    assert (told["name"], told["note"], told["entries"], told["actor"]) == ("港航备选", "待走访", 2, "测试")
    assert [([thing["name"] for thing in row["things"]], row["note"]) for row in told["rows"]] == [
        (["甲工作室"], "已问"), (["甲工作室", "乙工作室"], "一对"),
    ]  # fmt: skip
    taken = client.delete(f"{path}/entries/{one['entry']}").json()
    assert client.get(path).json()["entries"] == 1
    client.post(f"{path}/changes/{taken['change']}/undo", json={})
    assert client.get(path).json()["entries"] == 2
    client.put(path, json={"name": "大连港航"})
    assert [(row["name"], row["note"]) for row in client.get("/shortlists").json()["rows"]] == [("大连港航", "")]
    gone = client.delete(path).json()
    assert client.get(path).json()["code"] == "shortlist_unknown"
    assert client.get("/shortlists").json()["total"] == 0
    client.post(f"{path}/changes/{gone['change']}/undo", json={})
    assert client.get(path).json()["entries"] == 2
    assert served.desk.reader.head() == head
    assert served.desk.reader.snapshot().live("decision").tolist() == []


def test_what_came_later_can_be_listed_and_what_went_is_said(served: Served, ids: list[str]) -> None:
    opened = served.client.post("/shortlists", json={"name": "备选"}).json()
    later = served.client.post("/things", json={"kind": "person", "name": "张伟"}).json()
    path = f"/shortlists/{opened['id']}"
    served.client.post(f"{path}/entries", json={"things": [later["id"], ids[0]]})
    served.client.post(f"/changes/{later['change']}/undo", json={})
    row = served.client.get(path).json()["rows"][0]
    assert ([thing["id"] for thing in row["things"]], row["gone"]) == ([ids[0]], [later["id"]])


def test_lists_answer_once_and_know_their_state(served: Served, ids: list[str]) -> None:
    key = {"Idempotency-Key": "k"}
    opened = [served.client.post("/shortlists", json={"name": "备选"}, headers=key).json() for _ in range(3)]
    assert opened == opened[:1] * 3
    path = f"/shortlists/{opened[0]['id']}"
    seen = served.client.get(path).headers["etag"]
    assert served.client.get(path, headers={"If-None-Match": seen}).status_code == 304
    put = [served.client.post(f"{path}/entries", json={"things": ids[:1]}, headers={"Idempotency-Key": "p"}).json() for _ in range(3)]
    assert put == put[:1] * 3
    assert served.client.get(path, headers={"If-None-Match": seen}).status_code == 200
    entry = f"{path}/entries/{put[0]['entry']}"
    taken = [served.client.delete(entry, headers={"Idempotency-Key": "t"}).json() for _ in range(3)]
    assert taken == taken[:1] * 3
    deleted = [served.client.delete(path, headers={"Idempotency-Key": "d"}).json() for _ in range(3)]
    assert deleted == deleted[:1] * 3


def test_a_list_is_a_file_too(served: Served, ids: list[str]) -> None:
    path = f"/shortlists/{served.client.post('/shortlists', json={'name': '备选'}).json()['id']}"
    served.client.post(f"{path}/entries", json={"things": ids, "note": "=一对"})
    head, row = served.client.get(path, params={"format": "csv"}).content.decode("utf-8-sig").splitlines()
    assert head.startswith("编号,名称,单位")
    assert row.startswith(f"{ids[0]}；{ids[1]},甲工作室；乙工作室,,,,'=一对,测试,")


def test_an_erased_person_is_on_no_list(served: Served) -> None:
    person = served.client.post("/things", json={"kind": "person", "name": "欧阳试笔"}).json()["id"]
    path = f"/shortlists/{served.client.post('/shortlists', json={'name': '备选', 'note': '先找欧阳试笔'}).json()['id']}"
    served.client.post(f"{path}/entries", json={"things": [person], "note": "欧阳试笔下周有空"})
    verbs.erase(served.desk.writer, [person], "测试")
    told = served.client.get(path)
    assert "欧阳试笔" not in told.text
    assert told.json()["rows"][0]["gone"] == [person]
    assert verbs.verify(served.desk.writer)["ok"]


def test_what_no_list_takes(served: Served, ids: list[str]) -> None:
    path = f"/shortlists/{served.client.post('/shortlists', json={'name': '备选'}).json()['id']}"
    assert served.client.post(f"{path}/entries", json={"things": [ids[0], ids[0]]}).json()["code"] == "shortlist_pair"
    assert served.client.post(f"{path}/entries", json={"things": ["a" * 16]}).json()["code"] == "thing_unknown"
    assert served.client.delete(f"{path}/entries/{'a' * 16}").json()["code"] == "entry_unknown"
    assert served.client.get("/shortlists/main").json()["code"] == "shortlist_unknown"
    logs = served.desk.writer.logs()
    assert served.client.post("/shortlists", json={"name": "\u202e"}).json()["code"] == "text_refused"
    assert served.client.post("/shortlists", json={"name": "　 "}).json()["code"] == "text_empty"
    assert served.client.post("/shortlists", json={"name": "备选", "note": "\u202e"}).json()["code"] == "text_refused"
    assert served.desk.writer.logs() == logs
