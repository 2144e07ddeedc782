"""Home over HTTP: behind every number stands a list of exactly so many rows."""

from collections.abc import Iterator
from queue import Queue

import pytest

from tests.api.serving import Served
from tests.api.test_reading import walked


def numbers(told: object) -> Iterator[tuple[str, int]]:
    """Every (path, total) of an answer, however deep."""
    if isinstance(told, dict):
        if "path" in told:
            yield told["path"], told["total"]
        for part in told.values():
            yield from numbers(part)
    elif isinstance(told, list):
        for part in told:
            yield from numbers(part)


def test_every_number_of_home_has_its_list(demo: Served) -> None:
    home = demo.client.get("/home", params={"since": 0}).json()
    lists = dict(numbers(home))
    assert len(lists) > 12
    for path, total in lists.items():
        assert demo.client.get(path).json()["total"] == total, path
        if total <= 1000 and path != "/pairs":
            bare, _, query = path.partition("?")
            wanted = dict(part.split("=") for part in query.split("&")) if query else {}
            assert len(walked(demo, bare, limit=200, **wanted)) == total


def test_home_counts_kinds_and_gaps_of_the_record(demo: Served) -> None:
    snapshot = demo.desk.reader.snapshot()
    home = demo.client.get("/home").json()
    for row in home["counts"]:
        assert row["total"] == sum(1 for _ in snapshot.things(row["code"]))
    bare = [thing for thing in snapshot.things("workshop") if not thing.value("host")]
    assert next(row["total"] for row in home["gaps"] if row["code"] == "host") == len(bare)
    assert home["changes"] is None
    assert demo.client.get("/home", params={"pairs": "false"}).json() == {**home, "pairs": None}
    assert sum(cluster["count"] for cluster in home["clusters"]) == len(snapshot.live()) - len(snapshot.live("decision"))


def test_clusters_on_home_are_called_as_in_reasons(demo: Served) -> None:
    titles = {one["id"]: one["title"].rsplit(" ", 1)[0] for one in demo.client.get("/home").json()["clusters"]}
    named = demo.desk.publisher.now().matcher.index.cluster_titles
    assert {id: title for id, title in titles.items() if id >= 0} == {id: title for id, title in named.items() if id >= 0}


def test_pairs_are_what_suggestions_say(demo: Served) -> None:
    """The best pair of home is the best over all workshops, with the reason that its suggestion gives first."""
    rows = demo.client.get("/home").json()["pairs"]["rows"]
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
    for row in rows:
        items = demo.client.post("/suggestions", json={"id": row["first"]["id"], "k": 50}).json()["items"]
        item = next(one for one in items if one["id"] == row["second"]["id"])
        assert item["rank"] == 1
        assert (item["score"], item["reasons"][0]) == (row["score"], row["reason"])
        assert next(iter(item["cautions"]), None) == row["caution"]
    best = [
        demo.client.post("/suggestions", json={"id": one["id"], "k": 1}).json()["items"]
        for one in demo.client.get("/things", params={"kind": "workshop", "limit": 40}).json()["rows"]
    ]
    assert rows[0]["score"] >= max(items[0]["score"] for items in best if items)


def test_every_number_of_a_suggestion_has_its_things(demo: Served) -> None:
    id = demo.client.get("/home").json()["pairs"]["rows"][0]["first"]["id"]
    for question in ({"id": id}, {"text": "齿轮热处理后变形"}):
        told = demo.client.post("/suggestions", json=question).json()
        counts = told["counts"]
        rules = counts.pop("rules")
        wanted = [({"which": which}, total) for which, total in counts.items()]
        wanted += [({"which": "violating", "at": [at]}, rule["violating"]) for at, rule in enumerate(rules)]
        plain = [{key: value for key, value in rule.items() if key not in ("words", "violating")} for rule in rules]
        for one in told["relaxations"]:
            wanted.append(({"which": "relaxed", "at": [plain.index(rule) for rule in one["rules"]]}, one["more"]))
        assert len(wanted) > 8
        for more, total in wanted:
            page = demo.client.post("/suggestions/counts", json={**question, **more}, params={"limit": 200}).json()
            assert page["total"] == total, more
            assert len({row["id"] for row in page["rows"]}) == min(total, 200)
    assert demo.client.post("/suggestions/counts", json={"id": id, "which": "violating", "at": [9]}).json()["code"] == "choice_unknown"


def test_a_figure_says_how_many_are_not_named(demo: Served) -> None:
    rows = {(row["name"], row["what"]): row for row in walked(demo, "/unnamed")}
    named = rows["大连市总工会命名", "大连市劳模创新工作室"]
    assert (named["told"], named["named"], named["more"], named["bound"]) == ("20个", 1, 19, "exactly")
    assert demo.desk.reader.snapshot().statement(named["statement"]).statement.property == "quantity"
    assert all(row["more"] > 0 for row in rows.values())


@pytest.fixture
def city(served: Served) -> Served:
    """Three workshops that suit each other by skill and need."""
    rows = ["名称,所在单位,地区,技能,所需", "甲工作室,甲厂,大连,焊接工艺,护理"]
    rows += [f"{name}工作室,{name}医院,{city},护理,焊接工艺" for name, city in (("乙", "沈阳"), ("丙", "鞍山"))]
    table = "\n".join(rows)
    job = served.client.post("/imports", json={"name": "名单.csv", "text": table, "kind": "workshop"}).json()
    while served.client.get(f"/imports/{job['id']}").json()["state"] in ("waiting", "running"):
        pass
    job = served.client.get(f"/imports/{job['id']}").json()
    assert job["state"] == "done", job
    return served


def test_a_decided_pair_makes_room_for_the_next(city: Served) -> None:
    first = city.client.get("/home").json()["pairs"]["rows"][0]
    ends = {"asked": first["first"]["id"], "candidate": first["second"]["id"]}
    done = city.client.post("/decisions", json={**ends, "answer": "decline", "reason": "far"}).json()
    pairs = [{row["first"]["id"], row["second"]["id"]} for row in walked(city, "/pairs")]
    assert set(ends.values()) not in pairs
    assert pairs
    city.client.post(f"/changes/{done['change']}/undo", json={})
    assert city.client.get("/home").json()["pairs"]["rows"][0] == first


def test_home_says_what_changed(city: Served) -> None:
    before = city.client.get("/things").json()["version"]
    id = city.client.get("/things", params={"kind": "workshop"}).json()["rows"][0]["id"]
    city.client.post("/things", json={"kind": "workshop", "name": "丁工作室"})
    city.client.post(f"/things/{id}/facts", json={"property": "level", "value": "市级"})
    told = city.client.get("/home", params={"since": before}).json()["changes"]
    assert told["text"] == f"第{before}→{before + 2}版：新增1个对象，更改1个；记入3条，撤回0条"
    assert [row["name"] for row in told["new"]["rows"]] == ["丁工作室"]
    assert [row["id"] for row in told["changed"]["rows"]] == [id]
    for path, total in numbers(told):
        assert city.client.get(path).json()["total"] == total
    assert city.client.get("/home", params={"since": before + 2}).json()["changes"]["text"] == "没有变化"
    assert city.client.get("/home", params={"since": before + 9}).status_code == 404


def test_what_is_looked_at_is_made_of_the_next_version_ahead(served: Served) -> None:
    made: Queue[int] = Queue()
    served.desk.publisher.ahead([lambda one: made.put(one.version)])
    done = served.client.post("/things", json={"kind": "workshop", "name": "后来的创新工作室"}).json()
    assert made.get(timeout=60) == done["version"] == served.desk.publisher.last.version
    served.client.get("/home")  # from here on it is home
    served.client.post("/things", json={"kind": "workshop", "name": "更晚的创新工作室"})
    assert made.empty()
