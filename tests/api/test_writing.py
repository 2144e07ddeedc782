"""Writing over HTTP: edits, judgements, undo, imports; once however often sent, and never over what was not seen."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from api import homes, judging, verbs
from graph.record.errors import Conflict
from graph.record.model import Statement
from graph.record.snapshot import Snapshot
from graph.record.sqlite_store import SqliteStore
from tests.api.serving import Served, running, telling
from tests.neo4j.server import Server
from tests.said import named, say, thing

TABLE = "名称,所在单位,级别\n甲乙工作室,某某厂,市级\n丙丁工作室,某某厂,省级\n"


def made(served: Served, name: str = "甲工作室", kind: str = "workshop") -> str:
    answer = served.client.post("/things", json={"kind": kind, "name": name})
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


def version(served: Served) -> int:
    number: int = served.client.get("/health").json()["version"]
    return served.client.get("/changes").json()["version"] if number >= 0 else number


def outcome(served: Served, job: dict) -> dict:  # type: ignore[type-arg]
    while job["state"] in ("waiting", "running"):
        time.sleep(0.02)
        job = served.client.get(f"/imports/{job['id']}").json()
    return job


def test_a_day_is_said_as_people_write_it(served: Served) -> None:
    id = made(served)
    fact = {"property": "named", "value": "2023年7月19日", "since": "2023/8"}
    assert served.client.post(f"/things/{id}/facts", json=fact).status_code == 200
    told = next(one for one in served.client.get(f"/things/{id}").json()["facts"] if one["property"] == "named")
    assert (told["value"], told["since"]) == ("2023-07-19", "2023-08")
    wrong = served.client.post(f"/things/{id}/facts", json={"property": "named", "value": "2023年2月30日"}).json()
    assert (wrong["code"], "2023年2月30日" in wrong["title"]) == ("date_impossible", True)


def test_one_key_of_two_actors_makes_two_things(served: Served) -> None:
    with served.client.__class__(base_url=served.client.base_url, trust_env=False) as other:
        other.headers["Authorization"] = f"Bearer {served.desk.tokens.add('另一人')}"
        made_by = [client.post("/things", json={"kind": "person", "name": name}, headers={"Idempotency-Key": "1"}).json()["id"]
                   for client, name in ((served.client, "王大力"), (other, "李思源"))]  # fmt: skip
    assert [served.client.get(f"/things/{id}").json()["name"] for id in made_by] == ["王大力", "李思源"]


def test_a_fact_is_said_and_taken_back(served: Served) -> None:
    id = made(served)
    said = served.client.post(f"/things/{id}/facts", json={"property": "级别", "value": "市级", "reason": "电话核实"}).json()
    assert (said["id"], said["adds"], said["change"]) == (id, 1, 2)
    again = served.client.post(f"/things/{id}/facts", json={"property": "level", "value": "省级"}).json()
    assert (again["adds"], again["retracts"]) == (1, 1)
    facts = served.client.get(f"/things/{id}").json()["facts"]
    level = next(fact for fact in facts if fact["property"] == "level")
    assert (level["shown"], level["source"]) == ("省级", "desk:测试")
    assert served.client.delete(f"/things/{id}/facts/{level['id']}", params={"reason": "误填"}).json()["retracts"] == 1
    assert served.client.get("/things", params={"missing": "level"}).json()["total"] == 1
    assert [one["actor"] for one in served.client.get("/changes").json()["rows"]] == ["测试"] * 4
    assert served.client.get("/changes/3").json()["added"][0]["shown"] == "省级"


def test_a_correction_is_one_change_and_one_undo(served: Served) -> None:
    """Two documents tell the same level: one's own word answers both, and one undo brings both back."""
    for number in (1, 2):
        table = f"名称,级别,备注\n甲乙工作室,市级,{number}\n"
        job = served.client.post("/imports", json={"name": f"{number}.csv", "text": table, "series": f"第{number}份"}).json()
        assert outcome(served, job)["state"] == "done"
    id, twin = (row["id"] for row in served.client.get("/things", params={"kind": "workshop"}).json()["rows"])
    served.client.post(f"/things/{id}/merge", json={"other": twin})

    def levels() -> list[tuple[str, str]]:
        facts = served.client.get(f"/things/{id}").json()["facts"]
        return sorted((fact["shown"], fact["state"]) for fact in facts if fact["property"] == "level")

    told = [fact["id"] for fact in served.client.get(f"/things/{id}").json()["facts"] if fact["property"] == "level"]
    before = levels()
    assert before == [("市级", "told")] * 2
    said = served.client.post(f"/things/{id}/facts", json={"property": "level", "value": "省级", "instead": told}).json()
    assert levels() == sorted([("省级", "told"), *[("市级", "refused")] * len(told)])
    served.client.post(f"/changes/{said['change']}/undo", json={"reason": ""})
    assert levels() == before
    refused = served.client.delete(f"/things/{id}/facts/{told[0]}", params={"also": told[1:]}).json()
    assert levels() == [("市级", "refused")] * len(told)
    served.client.post(f"/changes/{refused['change']}/undo", json={"reason": ""})
    assert levels() == before
    other = made(served)
    answer = served.client.post(f"/things/{other}/facts", json={"property": "level", "value": "省级", "instead": told})
    assert (answer.status_code, answer.json()["code"]) == (404, "statement_unknown")


def test_nothing_is_made_by_a_fact_of_nothing(served: Served) -> None:
    answer = served.client.post("/things/new:workshop/facts", json={"property": "name", "value": "甲工作室"})
    assert (answer.status_code, answer.json()["code"]) == (404, "thing_unknown")


def test_a_thing_as_it_was(served: Served) -> None:
    id = made(served)
    served.client.post(f"/things/{id}/facts", json={"property": "level", "value": "市级"})
    now, then = (served.client.get(f"/things/{id}", params=params) for params in ({}, {"version": 1}))
    assert (len(now.json()["facts"]), len(then.json()["facts"])) == (3, 2)
    assert now.headers["ETag"] != then.headers["ETag"]
    assert served.client.get(f"/things/{id}", headers={"If-None-Match": now.headers["ETag"]}).status_code == 304
    assert served.client.get(f"/things/{id}", params={"version": 9}).json()["code"] == "version_unknown"


def test_a_fact_of_another_thing_is_not_unset(served: Served) -> None:
    first, second = made(served), made(served, "乙工作室")
    name = served.client.get(f"/things/{first}").json()["facts"][1]["id"]
    refused = served.client.delete(f"/things/{second}/facts/{name}")
    assert (refused.status_code, refused.json()["code"]) == (404, "statement_unknown")


def test_if_match_guards_the_thing_and_nothing_else(served: Served) -> None:
    id, other = made(served), made(served, "乙工作室")
    seen = served.client.get(f"/things/{id}").headers["ETag"]
    served.client.post(f"/things/{other}/facts", json={"property": "level", "value": "市级"})
    assert served.client.get(f"/things/{id}").headers["ETag"] != seen  # version and recipe are in it
    fact = {"property": "level", "value": "市级"}
    done = served.client.post(f"/things/{id}/facts", json=fact, headers={"If-Match": seen, "Idempotency-Key": "k"})
    assert done.status_code == 200
    repeated = served.client.post(f"/things/{id}/facts", json=fact, headers={"If-Match": seen, "Idempotency-Key": "k"})
    assert repeated.content == done.content
    before = version(served)
    for call in (
        lambda headers: served.client.post(f"/things/{id}/facts", json={"property": "level", "value": "省级"}, headers=headers),
        lambda headers: served.client.post(f"/things/{id}/merge", json={"other": other}, headers=headers),
        lambda headers: served.client.post(f"/things/{id}/split", json={}, headers=headers),
        lambda headers: served.client.delete(f"/things/{id}/facts/{_level(served, id)}", headers=headers),
    ):
        late = call({"If-Match": seen})
        assert (late.status_code, late.json()["code"]) == (412, "thing_changed")
    assert version(served) == before
    now = served.client.get(f"/things/{id}").json()["etag"]
    for header in (f'"{now}"', "*"):
        fact["value"] = "省级" if header == "*" else "国家级"
        assert served.client.post(f"/things/{id}/facts", json=fact, headers={"If-Match": header}).is_success


def _level(served: Served, id: str) -> str:
    facts = served.client.get(f"/things/{id}").json()["facts"]
    found: str = next(fact["id"] for fact in facts if fact["property"] == "level")
    return found


def test_a_list_under_another_name_says_how_many_it_tells_anew(served: Served) -> None:
    done = [
        outcome(served, served.client.post("/imports", json={"name": name, "text": TABLE}).json())["outcome"]
        for name in ("名单.csv", "名单（新）.csv", "名单.csv")
    ]
    assert [one["namesakes"] for one in done] == [0, 2, 0]


def test_what_was_settled_between_two_does_not_leave_one_without_a_name(served: Served) -> None:
    first, second, store = thing("a"), thing("b"), served.desk.writer
    for key, level in (("a", "municipal"), ("b", "provincial")):
        say(store, *named(key, f"{key}创新工作室"), Statement(thing(key), "level", level, "table:t"))
    verbs.merge(store, first, second, "x")
    for property_id in ("name", "level"):
        assert served.client.post(f"/things/{first}/conflicts/{property_id}", json={"choice": "old"}).status_code == 200
    before = store.head().number
    served.client.post(f"/things/{second}/split", json={})
    assert store.head().number == before + 1
    told = [store.snapshot().thing(id) for id in (first, second)]
    assert [(one.name, one.value("level")) for one in told] == [("a创新工作室", "municipal"), ("b创新工作室", "provincial")]


def test_the_last_name_is_not_taken_away(served: Served) -> None:
    say(served.desk.writer, *named("a", "甲工作室"), Statement(thing("a"), "alias", "甲", "d"))
    answer = served.client.delete(f"/things/{thing('a')}/facts/{named('a', '甲工作室')[1].id}")
    assert (answer.status_code, answer.json()["code"]) == (409, "name_last")
    assert served.client.delete(f"/things/{thing('a')}/facts/{Statement(thing('a'), 'alias', '甲', 'd').id}").status_code == 200


def test_merge_split_and_undo(served: Served) -> None:
    first, second = made(served), made(served, "乙工作室")
    merged = served.client.post(f"/things/{first}/merge", json={"other": second}).json()
    assert (merged["id"], merged["already_one"]) == (first, False)
    assert served.client.post(f"/things/{second}/merge", json={"other": first}).json()["already_one"]
    assert served.client.get(f"/things/{second}").json()["id"] == first
    blocked = served.client.post("/changes/1/undo", json={})
    assert (blocked.status_code, blocked.json()["code"]) == (409, "undo_blocked")
    assert blocked.json()["details"]["changes"] == [3]
    served.client.post(f"/things/{second}/split", json={"reason": "并错了"})
    assert served.client.get(f"/things/{second}").json()["id"] == second
    assert served.client.post("/changes/1/undo", json={"with_later": True}).is_success
    assert served.client.get(f"/things/{first}").status_code == 404


def writes(served: Served) -> list[tuple[str, str, dict, dict]]:  # type: ignore[type-arg]
    """Every mutating call once with a body, and with another."""
    first, second, third = made(served), made(served, "乙工作室"), made(served, "丙工作室")
    served.client.post(f"/things/{first}/merge", json={"other": third})
    note = served.client.post(f"/things/{second}/facts", json={"property": "note", "value": "记"}).json()["change"]
    last = served.client.post(f"/things/{second}/facts", json={"property": "note", "value": "又"}).json()["change"]
    return [
        ("POST", "/things", {"kind": "workshop", "name": "丁"}, {"kind": "workshop", "name": "戊"}),
        ("POST", f"/things/{second}/facts", {"property": "level", "value": "省级"}, {"property": "level", "value": "国家级"}),
        ("POST", f"/things/{third}/split", {}, {"reason": "另一"}),
        ("POST", f"/things/{first}/merge", {"other": second}, {"other": third}),
        ("POST", f"/changes/{note}/undo", {}, {"with_later": True}),
        ("POST", f"/changes/{last}/undo", {"with_later": True}, {}),
    ]


def test_each_write_sent_five_times_has_one_effect_and_one_answer(served: Served) -> None:
    for number, (method, path, body, other) in enumerate(writes(served)):
        headers = {"Idempotency-Key": f"key-{number}"}
        before = version(served)
        answers = {served.client.request(method, path, json=body, headers=headers).content for _ in range(5)}
        assert len(answers) == 1, answers
        assert version(served) == before + 1, (path, answers)
        reused = served.client.request(method, path, json=other, headers=headers)
        assert (reused.status_code, reused.json()["code"]) == (409, "key_reused"), path
        assert version(served) == before + 1


def test_unset_sent_five_times_has_one_effect(served: Served) -> None:
    id = made(served)
    served.client.post(f"/things/{id}/facts", json={"property": "level", "value": "市级"})
    path = f"/things/{id}/facts/{_level(served, id)}"
    answers = {served.client.delete(path, headers={"Idempotency-Key": "k"}).content for _ in range(5)}
    assert len(answers) == 1
    assert version(served) == 3
    assert served.client.delete(path, params={"reason": "另一"}, headers={"Idempotency-Key": "k"}).json()["code"] == "key_reused"


def test_writers_at_once_have_one_effect(served: Served) -> None:
    id = made(served)
    answers = []

    def say() -> None:
        fact = {"property": "note", "value": "同时"}
        answers.append(served.client.post(f"/things/{id}/facts", json=fact, headers={"Idempotency-Key": "k"}).content)

    threads = [threading.Thread(target=say) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1
    assert version(served) == 2


@pytest.mark.parametrize("how", ["json", "csv"])
def test_an_import_is_a_job_that_can_be_undone(served: Served, how: str) -> None:
    if how == "json":
        first = served.client.post("/imports", json={"name": "名单.csv", "text": TABLE})
    else:
        headers = {"Content-Type": "text/csv"}
        first = served.client.post("/imports", params={"name": "名单"}, content=TABLE.encode("gb18030"), headers=headers)
    assert first.status_code == 202
    assert first.headers["Location"].endswith(first.json()["id"])
    job = outcome(served, first.json())
    assert (job["state"], job["at"], job["of"]) == ("done", 5, 5)
    assert job["outcome"]["adds"] == len(job["outcome"]["added"]) > 5
    assert served.client.get("/things", params={"kind": "workshop"}).json()["total"] == 2
    less = "".join(TABLE.splitlines(keepends=True)[:2])
    again = outcome(served, served.client.post("/imports", json={"name": "名单.csv", "text": less}).json())
    assert {one["value"] for one in again["outcome"]["retractions"]} >= {"丙丁工作室"}
    gone = outcome(served, served.client.post("/imports", json={"name": "名单.csv", "text": less, "retract": True}).json())
    assert {one["name"] for one in gone["outcome"]["retracted"]} >= {"丙丁工作室"}
    assert all(one["name"] for one in gone["outcome"]["retracted"])
    assert served.client.post(job["outcome"]["undo"].removeprefix("/api/v1"), json={"with_later": True}).is_success
    assert served.client.get("/things").json()["total"] == 0


def test_an_announcement_comes_in_as_text(served: Served) -> None:
    text = "大连市总工会命名张三创新工作室为大连市劳模创新工作室。"
    answer = served.client.post("/imports", params={"name": "通知.txt"}, content=text.encode(), headers={"Content-Type": "text/plain"})
    assert outcome(served, answer.json())["outcome"]["adds"] > 2
    row = served.client.get("/documents").json()["rows"][0]
    assert served.client.get(f"/documents/{row['id']}/text").json()["rows"][0]["text"] == text


def test_an_import_sent_five_times_is_one_job(served: Served) -> None:
    body = {"name": "名单.csv", "text": TABLE}
    headers = {"Idempotency-Key": "k"}
    jobs = {served.client.post("/imports", json=body, headers=headers).json()["id"] for _ in range(5)}
    assert len(jobs) == 1
    outcome(served, served.client.get(f"/imports/{jobs.pop()}").json())
    assert version(served) == 1
    assert served.client.post("/imports", json={**body, "text": TABLE + "x,y,市级\n"}, headers=headers).json()["code"] == "key_reused"
    assert len(served.client.get("/imports").json()["jobs"]) == 1


def test_an_import_sent_again_after_a_restart_has_one_effect(shared: Server | None, tmp_path: Path) -> None:
    if shared:
        shared.clear()
    body, headers = {"name": "名单.csv", "text": TABLE}, {"Idempotency-Key": "k"}
    outcomes = []
    for _ in range(2):
        with running(tmp_path / "own" / "home", shared) as served:
            outcomes.append(outcome(served, served.client.post("/imports", json=body, headers=headers).json())["outcome"])
            assert version(served) == 1
    assert outcomes[0]["change"] == outcomes[1]["change"] == 1
    assert outcomes[0]["added"] == outcomes[1]["added"]
    with running(tmp_path / "own" / "home", shared) as served:
        other = served.client.post("/imports", json={**body, "text": TABLE + "x,y,市级\n"}, headers=headers).json()
        assert outcome(served, other)["error"]["code"] == "key_reused"
        assert version(served) == 1


def test_an_import_that_cannot_be_read_says_where_and_changes_nothing(served: Served) -> None:
    job = outcome(served, served.client.post("/imports", json={"name": "坏.csv", "text": "名称,级别\n甲,最高级\n"}).json())
    assert (job["state"], job["outcome"]) == ("failed", None)
    assert job["error"]["code"] == "cells_refused"
    assert (job["error"]["place"]["row"], job["error"]["place"]["column"]) == (2, "级别")
    assert version(served) == 0


def test_progress_comes_as_events_until_the_end(served: Served) -> None:
    job = served.client.post("/imports", json={"name": "名单.csv", "text": TABLE}).json()
    with served.client.stream("GET", f"/imports/{job['id']}/events") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        lines = [line for line in answer.iter_lines() if line.startswith("data:")]
    assert '"state":"done"' in lines[-1].replace(" ", "")
    assert len(lines) >= 1
    assert served.client.get("/imports/none/events").json()["code"] == "job_unknown"


def test_a_cancelled_import_changes_nothing(served: Served) -> None:
    hold, begun = threading.Event(), threading.Event()

    def waiting(progress):  # type: ignore[no-untyped-def]
        begun.set()
        hold.wait()
        return {}

    served.desk.jobs.start("先来的", "测试", ("x",), waiting)
    begun.wait()
    job = served.client.post("/imports", json={"name": "名单.csv", "text": TABLE}).json()
    assert job["state"] == "waiting"
    cancelled = served.client.delete(f"/imports/{job['id']}").json()
    hold.set()
    assert cancelled["state"] == "cancelled"
    assert served.client.delete(f"/imports/{job['id']}").json()["state"] == "cancelled"
    later = outcome(served, served.client.post("/imports", json={"name": "名单.csv", "text": TABLE, "series": "另"}).json())
    assert later["state"] == "done"
    assert served.client.get(f"/imports/{job['id']}").json()["state"] == "cancelled"
    assert version(served) == 1
    late = served.client.delete(f"/imports/{later['id']}")
    assert (late.status_code, late.json()["code"]) == (409, "job_too_late")


def test_too_many_imports_are_told_to_wait(served: Served) -> None:
    hold = threading.Event()

    def waiting(progress):  # type: ignore[no-untyped-def]
        hold.wait()
        return {}

    for number in range(served.desk.settings.jobs):
        served.desk.jobs.start("占位", "测试", (str(number),), waiting)
    refused = served.client.post("/imports", json={"name": "名单.csv", "text": TABLE})
    hold.set()
    assert (refused.status_code, refused.json()["code"], refused.headers["Retry-After"]) == (503, "too_busy", "1")


def test_what_another_process_wrote_is_seen(served: Served) -> None:
    assert served.client.get("/things").json()["total"] == 0
    with telling(served.environment), homes.open_home(homes.home(), address=homes.address()) as other:
        say(other, *named("a", "甲工作室"))
    assert served.client.get("/things").json()["rows"][0]["name"] == "甲工作室"


class Behind(SqliteStore):
    """What it shows is one change old, as on a machine that has not followed yet."""

    def snapshot(self, version: int | None = None, **more: object) -> Snapshot:
        return super().snapshot(self.head().number - 1 if version is None else version, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("unseen", ["told", "refused"])
@pytest.mark.parametrize("name", ["set", "take back", "refuse", "resolve", "merge", "split"])
def test_if_match_holds_for_what_others_did_unseen(tmp_path: Path, name: str, unseen: str) -> None:
    first, second, third = (thing(key) for key in "abc")
    alias, own = Statement(first, "alias", "甲室", "table:toy"), Statement(first, "note", "原话", "desk:y")
    with Behind(tmp_path) as store:
        say(store, *named("a", "甲工作室"), *named("b", "乙工作室"), *named("c", "丙工作室"), *named("a", "某工作室", source="other"))
        store.merge(first, third, actor="x")
        say(store, alias, own)
        acts: dict[str, Callable[[str], object]] = {
            "set": lambda match: verbs.set_fact(store, first, "level", "市级", "y", match=match),
            "take back": lambda match: verbs.unset_fact(store, own.id, "y", match=match),
            "refuse": lambda match: verbs.unset_fact(store, named("a", "甲工作室")[1].id, "y", match=match),
            "resolve": lambda match: judging.resolve(store, first, "name", "new", "y", match=match),
            "merge": lambda match: verbs.merge(store, first, second, "y", match=match),
            "split": lambda match: verbs.split(store, first, "y", match=match),
        }
        if unseen == "told":
            say(store, Statement(first, "alias", "新名", "desk:z"))
        else:
            store.refuse(alias.id, actor="z", reason="误")
        before = store.head()
        with pytest.raises(Conflict) as error:
            acts[name](store.snapshot().thing(first).etag)
        assert (error.value.code, store.head()) == ("touched_since", before)
        say(store, Statement(second, "alias", "乙室", "desk:z"))
        if name != "merge":  # what others did to other things is in nobody's way
            acts[name](store.snapshot().thing(first).etag)
            assert store.head().number == before.number + 2
