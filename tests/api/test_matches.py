"""Suggestions, groups, decisions, needs and data worth over HTTP, and the commands that call the same functions."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.serving import Served, made, moved, running
from tests.neo4j.server import Server


@pytest.fixture(scope="module")
def town(shared: Server | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A small generated city of its own: decisions are made in it."""
    with running(moved(made(tmp_path_factory.mktemp("town"), 120), shared), shared) as served:
        yield served


def asking(served: Served) -> str:
    """A workshop that has lawful partners."""
    for row in served.client.get("/things", params={"kind": "workshop"}).json()["rows"]:
        if served.client.post("/suggestions", json={"id": row["id"]}).json()["items"]:
            return str(row["id"])
    raise AssertionError("nobody has partners")


def test_every_evidence_is_a_statement_that_can_be_opened(town: Served) -> None:
    id = asking(town)
    item = town.client.post("/suggestions", json={"id": id}).json()["items"][0]
    facts = {fact["id"] for one in (id, item["id"]) for fact in town.client.get(f"/things/{one}").json()["facts"]}
    assert any(set(reason["evidence"]) & facts for reason in item["reasons"])


def test_the_same_question_is_the_same_bytes_and_costs_nothing_twice(town: Served) -> None:
    question = {"id": asking(town), "k": 5}
    first, second = (town.client.post("/suggestions", json=question) for _ in range(2))
    assert first.content == second.content
    assert first.headers["ETag"] == second.headers["ETag"]
    again = town.client.post("/suggestions", json=question, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = town.client.post("/suggestions", json={**question, "k": 6}, headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200
    english = town.client.post("/suggestions", json=question, headers={"Accept-Language": "en", "If-None-Match": first.headers["ETag"]})
    assert english.json()["note"] == "The system proposes, a person decides"


def test_counts_open_lists(town: Served) -> None:
    counts = town.client.post("/suggestions", json={"id": asking(town), "kinds": ["workshop", "organisation"]}).json()["counts"]
    total = sum(town.client.get("/things", params={"kind": kind}).json()["total"] for kind in ("workshop", "organisation"))
    assert counts["all"] == total
    assert counts["lawful"] <= total - max(rule["violating"] for rule in counts["rules"])


def test_rules_are_taken_and_named(town: Served) -> None:
    id = asking(town)
    told = town.client.post("/suggestions", json={"id": id, "rules": [{"rule": "near", "level": "district"}]}).json()
    assert [rule["words"] for rule in told["question"]["rules"]] == ["同区县"]
    assert town.client.post("/suggestions", json={"id": id, "rules": []}).json()["counts"]["rules"] == []
    refused = town.client.post("/suggestions", json={"id": id, "rules": [{"rule": "differ", "by": "weather"}]})
    assert (refused.status_code, refused.headers["Content-Type"]) == (422, "application/problem+json")


def test_a_decision_hides_both_ways_and_undo_brings_back(town: Served) -> None:
    id = asking(town)
    before = town.client.post("/suggestions", json={"id": id}).json()
    candidate = before["items"][0]["id"]
    decision = {"candidate": candidate, "asked": id, "answer": "decline", "reason": "rivals",
                "version": before["version"], "recipe": before["recipe"]}  # fmt: skip
    done = [town.client.post("/decisions", json=decision, headers={"Idempotency-Key": "d1"}) for _ in range(3)]
    assert {(one.status_code, one.content) for one in done} == {(201, done[0].content)}
    row = town.client.get("/decisions").json()["rows"][0]
    assert (row["reason"], row["actor"], row["version_seen"], row["recipe_seen"]) == ("rivals", "测试", before["version"], before["recipe"])
    for one, other in ((id, candidate), (candidate, id)):
        told = town.client.post("/suggestions", json={"id": one, "k": 50, "rules": []}).json()
        assert other not in {item["id"] for item in told["items"]}
        assert told["counts"]["declined"] == 1
    group = town.client.post("/groups", json={"lead": id, "locked": [candidate], "low": 3, "high": 3}).json()
    assert group["status"] == "none_found"
    assert any(rule["verdict"] == "broken" for rule in group["nearest"]["rules"])
    town.client.post(f"/changes/{done[0].json()['change']}/undo", json={})
    after = town.client.post("/suggestions", json={"id": id}).json()
    assert after["items"] == before["items"]


def test_a_note_is_kept_with_its_decision_and_may_be_written_later(town: Served) -> None:
    id = asking(town)
    candidate = town.client.post("/suggestions", json={"id": id}).json()["items"][0]["id"]
    decision = {"candidate": candidate, "asked": id, "answer": "accept", "words": "先请秘书处引荐，电话13800138000"}
    done = town.client.post("/decisions", json=decision).json()

    def notes(about: str) -> list[str]:
        return [row["words"] for row in town.client.get("/decisions", params={"about": about}).json()["rows"]]

    assert notes(id) == notes(candidate) == ["先请秘书处引荐，电话" + "■" * 11]
    facts = town.client.get(f"/things/{done['id']}").json()["facts"]
    standing = [fact["id"] for fact in facts if fact["property"] == "words"]
    said = town.client.post(
        f"/things/{done['id']}/facts", json={"property": "words", "value": "已约周三", "instead": standing}
    ).json()
    assert notes(id) == ["已约周三"]
    assert "已约周三" in town.client.get("/decisions", params={"about": id, "format": "csv"}).text
    town.client.post(f"/changes/{said['change']}/undo", json={})
    assert notes(id) == ["先请秘书处引荐，电话" + "■" * 11]
    town.client.post(f"/changes/{done['change']}/undo", json={})
    assert notes(id) == []
    assert town.client.get("/decisions", params={"about": "aaaaaaaaaaaaaaaa"}).json()["code"] == "thing_unknown"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/suggestions", {}, "question_empty"),
        ("/suggestions", {"id": "aaaaaaaaaaaaaaaa"}, "thing_unknown"),
        ("/suggestions", {"text": "x" * 2001}, None),
        ("/suggestions", {"text": "漏油", "trade": "Z99"}, "code_unknown"),
        ("/groups", {}, "group_question_empty"),
        ("/groups", {"text": "漏油", "low": 5, "high": 3}, "instance_wrong"),
        ("/groups", {"text": "漏油", "locked": ["aaaaaaaaaaaaaaaa"]}, "thing_unknown"),
        ("/decisions", {"candidate": "aaaaaaaaaaaaaaaa", "text": "漏油", "answer": "accept"}, "thing_unknown"),
        ("/decisions", {"candidate": "aaaaaaaaaaaaaaaa", "text": "漏油", "answer": "perhaps"}, "answer_unknown"),
        ("/decisions", {"candidate": "aaaaaaaaaaaaaaaa", "text": "漏油", "answer": "decline"}, "reason_needed"),
    ],
)
def test_what_cannot_be_asked_changes_nothing(town: Served, path: str, body: dict[str, object], code: str | None) -> None:
    before = town.client.get("/changes").json()["version"]
    answer = town.client.post(path, json=body)
    assert 400 <= answer.status_code < 500
    assert code in (None, answer.json()["code"])
    assert answer.json()["remedy"]
    assert town.client.get("/changes").json()["version"] == before


def test_groups_in_words(town: Served) -> None:
    told = town.client.post("/groups", json={"lead": asking(town), "low": 4, "high": 4}).json()
    assert (told["status"], told["words"]) == ("better", "较好方案（未证明最优）")
    for choice in told["choices"]:
        assert [member["role"] for member in choice["members"]].count("lead") == 1
        assert len(choice["members"]) == 4
        assert choice["total"] == pytest.approx(sum(part["amount"] for part in choice["parts"]), abs=1e-6)
    instance = town.client.post("/groups/instance", json={"lead": asking(town), "low": 4, "high": 4}).json()
    assert len(instance["ids"]) == len(instance["value"])


def test_needs_have_a_status(demo: Served) -> None:
    rows, cursor = [], ""
    while True:
        page = demo.client.get("/needs", params={"cursor": cursor}).json()
        rows += page["rows"]
        cursor = page["next"] or ""
        if not cursor:
            break
    assert len(rows) == page["total"] == demo.client.get("/things", params={"kind": "need"}).json()["total"]
    by_status = {status: demo.client.get("/needs", params={"status": status}).json()["total"] for status in {row["status"] for row in rows}}
    assert sum(by_status.values()) == len(rows)
    assert all(not row["takers"] for row in rows if row["status"] == "open")


def test_data_worth_and_criteria(demo: Served) -> None:
    told = demo.client.get("/data-worth").json()
    assert told["lines"]
    assert all(line["text"] for line in told["lines"])
    missing = demo.client.get("/things", params={"kind": "workshop", "missing": "trade"}).json()["total"]
    assert next(line["things"] for line in told["lines"] if line["gap"] == "trade") <= missing
    criteria = demo.client.get("/suggestions/criteria").json()["criteria"]
    assert sum(one["weight"] for one in criteria) == pytest.approx(1)
    assert all(one["about"] for one in criteria)


def command(served: Served, *arguments: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments, "--json"], env={**os.environ, **served.environment, "PYTHONUTF8": "1"},
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2], encoding="utf-8",
    )  # fmt: skip
    assert not done.returncode, done.stderr
    return dict(json.loads(done.stdout))


def test_a_command_and_a_route_answer_alike(demo: Served) -> None:
    text = "焊缝有气孔"
    assert command(demo, "suggest", text, "--k", "3") == demo.client.post("/suggestions", json={"text": text, "k": 3}).json()
    assert command(demo, "data-worth") == demo.client.get("/data-worth").json()
