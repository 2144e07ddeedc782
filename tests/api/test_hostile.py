"""Hostile names on their ways in and out: told back as they came by every export; what no text may hold refused with its place."""

import csv
import io
import json
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest

from api import cli, sheets
from graph.analysis.exchange import guarded, unguarded
from seeds import tables
from tests.api.serving import Served, running
from tests.hostile import NAMES, REFUSED, SURROGATE, kept

KEPT = sorted(map(kept, NAMES))
MAPPING = """
series = "again"
[[table]]
sheet = "things.csv"
kind = "workshop"
key = ["编号"]
name = "名称"
ignore = ["种类", "单位", "地区", "地区是推断", "行业", "行业是推断", "级别", "联系数"]
"""
IN_XML = sorted(name.replace("\ufffe", "") for name in KEPT)


def taken_in(served: Served, name: str, data: bytes | str, type: str = "text/csv") -> dict[str, object]:
    """A job's end, or the refusal."""
    answer = served.client.post("/imports", params={"name": name}, content=data, headers={"Content-Type": type})
    return ended(served, answer.json()) if answer.status_code == 202 else answer.json()


def ended(served: Served, job: dict[str, object]) -> dict[str, object]:
    while job["state"] in ("waiting", "running"):
        time.sleep(0.02)
        job = served.client.get(f"/imports/{job['id']}").json()
    return job


def names_of(served: Served, kind: str = "workshop") -> list[str]:
    rows = served.client.get("/things", params={"kind": kind, "limit": 200}).json()["rows"]
    return sorted(row["name"] for row in rows)


def test_what_came_by_the_api_goes_out_and_comes_back_by_every_way(served: Served, tmp_path: Path) -> None:
    assert len(NAMES) >= 60
    for name in NAMES:
        answer = served.client.post("/things", json={"kind": "workshop", "name": name, "reason": name[:500]})
        assert answer.status_code == 201, (name[:40], answer.text)
    assert names_of(served) == KEPT
    for name, read in READERS.items():
        form = {"params": {"kind": "workshop", "format": name}} if name in ("csv", "xlsx") else {}
        answer = served.client.get("/things" if form else f"/exports/{name}" if "." not in name else f"/network/{name}", **form)
        told = read(answer.content)
        assert sorted(told) == (IN_XML if name in ("graphml", "map.svg") else KEPT), name
        assert answer.headers.get("content-disposition", "").isascii()
    listed = served.client.get("/things", params={"kind": "workshop", "format": "csv"}).content.decode("utf-8-sig")
    with running(tmp_path / "other" / "home") as other:
        body = {"name": "things.csv", "text": listed, "mapping": MAPPING}
        assert ended(other, other.client.post("/imports", json=body).json())["state"] == "done"
        assert names_of(other) == KEPT


def _first(column: str, rows: list[list[str]]) -> list[str]:
    return [row[rows[0].index(column)] for row in rows[1:]]


def _csv(data: bytes) -> list[str]:
    """By our own reader; and no cell of the file begins like a formula."""
    cells = [cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) for cell in cells)
    return [row["名称"] for _, row in tables.read_sheet("名单.csv", data).rows]


def _xlsx(data: bytes) -> list[str]:
    """By another's reader; every cell with a text is typed so."""
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    assert all(cell.data_type == "s" for cell in sheet["C"])
    return [str(cell.value).replace("_xFFFE_", "\ufffe") for cell in sheet["C"][1:]]  # as Excel reads it


def _csv_zip(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [row["name"] for _, row in tables.read_sheet("nodes.csv", archive.read("nodes.csv")).rows]


def _jsonl(data: bytes) -> list[str]:
    lines = [json.loads(line) for line in data.decode().split("\n") if line]
    return [one["value"] for one in lines if one["property"] == "name"]


def _graphml(data: bytes) -> list[str]:
    space = "{http://graphml.graphdrawing.org/xmlns}"
    return [one.text or "" for one in ElementTree.fromstring(data).iter(f"{space}data") if one.get("key") == "n_name"]


def _svg(data: bytes) -> list[str]:
    """Every name stands as a title; nothing in it can run."""
    space = "{http://www.w3.org/2000/svg}"
    root = ElementTree.fromstring(data)
    assert {one.tag.removeprefix(space) for one in root.iter()} <= {"svg", "rect", "text", "circle", "title", "line", "g", "polygon"}
    assert not any(name.startswith("on") or name.endswith("href") for one in root.iter() for name in one.attrib)
    return [one.text or "" for one in root.iterfind(f"{space}g/{space}title")]


READERS: dict[str, Callable[[bytes], list[str]]] = {
    "csv": _csv, "xlsx": _xlsx, "jsonl": _jsonl, "graphml": _graphml, "map.svg": _svg,
    "json": lambda data: [node["name"] for node in json.loads(data)["nodes"]],
}  # fmt: skip


def test_what_came_by_a_table_is_the_same(served: Served) -> None:
    ours = sheets.csv_bytes([["名称"], *([name] for name in NAMES)])
    job = taken_in(served, "甲!乙@丙.csv", ours)  # the name of the file is hostile too
    assert job["state"] == "done", job
    assert names_of(served) == KEPT
    archive = served.client.get("/exports/csv").content
    assert set(KEPT) <= set(_csv_zip(archive))
    for row in served.client.get("/things", params={"kind": "workshop", "limit": 200}).json()["rows"]:
        facts = served.client.get(f"/things/{row['id']}").json()["facts"]
        assert [one["quote"]["row"] for one in facts if one["property"] == "name"] == [NAMES.index(_origin(row["name"])) + 2]


def _origin(name: str) -> str:
    return next(one for one in NAMES if kept(one) == name)


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name[:12]))
def test_a_guard_is_taken_off_as_it_was_put_on(name: str) -> None:
    assert unguarded(guarded(name)) == name
    assert unguarded(guarded(guarded(name))) == guarded(name)
    assert not guarded(name).startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


# ---- what no text may hold


def refusals(served: Served, bad: str) -> list[tuple[str, str, dict[str, object]]]:
    """Every way in over HTTP: method, address, body with the bad text in the field that is told back."""
    id = served.client.post("/things", json={"kind": "workshop", "name": "甲"}).json()["id"]
    list_id = served.client.post("/shortlists", json={"name": "备选"}).json()["id"]
    decision = {"candidate": id, "text": "焊接", "answer": "decline", "reason": "other"}
    return [
        ("name", "/things", {"kind": "workshop", "name": bad}), ("reason", "/things", {"kind": "workshop", "name": "乙", "reason": bad}),
        ("value", f"/things/{id}/facts", {"property": "note", "value": bad}), ("since", f"/things/{id}/facts", {"property": "note",
        "value": "乙", "since": bad}),
        ("reason", f"/things/{id}/merge", {"other": id, "reason": bad}), ("name", "/shortlists", {"name": bad}), ("note", "/shortlists",
        {"name": "乙", "note": bad}),
        ("note", f"/shortlists/{list_id}/entries", {"things": [id], "note": bad}), ("words", "/decisions", {**decision, "words": bad}),
        ("text", "/decisions", {**decision, "text": bad}), ("name", "/imports", {"name": bad, "text": "甲"}), ("text", "/imports",
        {"name": "甲.txt", "text": bad}),
    ]  # fmt: skip


@pytest.mark.parametrize(("bad", "told"), [*REFUSED.items(), (SURROGATE, "U+D800")], ids=[*REFUSED.values(), "U+D800"])
def test_no_text_with_a_mark_comes_in_by_the_api(served: Served, bad: str, told: str) -> None:
    calls = refusals(served, bad)
    before = served.client.get("/exports/jsonl").content
    for field, path, body in calls:
        answer = served.client.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"}).json()
        assert (answer["code"], answer["details"]["character"]) == ("text_refused", told), (path, field)
        assert answer["place"] == {"field": field, "offset": min(at for at, one in enumerate(bad) if one not in "甲乙")}, (path, field)
    if bad != SURROGATE:
        answer = served.client.delete("/shortlists/x", params={"reason": bad})
        assert (answer.status_code, answer.json()["place"]["field"]) == (422, "reason")
    assert served.client.get("/exports/jsonl").content == before


@pytest.mark.parametrize("bad", REFUSED, ids=REFUSED.values())
def test_a_mark_in_a_table_is_told_with_its_cell(served: Served, bad: str) -> None:
    rows = [["名称", "所在单位", "说明"], ["甲", "某厂", "好"], [bad, "某厂", bad], ["乙", bad, "好"]]
    job = taken_in(served, "名单.csv", sheets.csv_bytes(rows))
    error = job.get("error") or job
    assert error["place"]["file"] == "名单.csv"
    if "\0" not in bad:  # that makes no table at all
        assert error["code"] == "cells_refused"
        assert error["place"] == {"file": "名单.csv", "sheet": "名单.csv", "row": 3, "column": "名称", "offset": error["place"]["offset"]}
        assert (error["details"]["count"], REFUSED[bad] in error["title"]) == (3, True)
    assert served.client.get("/changes").json()["total"] == 0


@pytest.mark.parametrize("bad", [one for one in REFUSED if "\0" not in one], ids=lambda bad: ascii(bad))
def test_a_text_is_read_without_its_marks(served: Served, bad: str) -> None:
    """An announcement is kept as it came, and read without what nobody meant: what it tells holds no mark."""
    job = taken_in(served, "通知.txt", f"市总工会命名{bad}创新工作室为劳模创新工作室。\t{bad}", "text/plain")
    assert job["state"] == "done"
    told = served.client.get("/exports/jsonl").content.decode()
    assert not any(mark in told for mark in bad if mark not in "甲乙[31m")


def test_an_actor_has_a_name_of_one_line(served: Served) -> None:
    import httpx

    with httpx.Client(base_url=f"{served.address}/api/v1", trust_env=False) as client:
        client.post("/session", json={"token": served.desk.sessions.invite()})
        for bad in [*REFUSED, "王\n某", "王\t某", " "]:
            answer = client.put("/session", json={"actor": bad})
            assert (answer.status_code, answer.json()["place"]["field"]) == (422, "actor"), ascii(bad)
        assert client.put("/session", json={"actor": " <b>王某</b> "}).json()["actor"] == "<b>王某</b>"


@pytest.mark.parametrize("bad", [*REFUSED, SURROGATE], ids=ascii)
def test_no_text_with_a_mark_comes_in_by_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], bad: str
) -> None:
    def lianyin(*words: str) -> dict[str, object]:
        monkeypatch.setattr(sys, "argv", ["lianyin", *words, "--home", str(tmp_path / "home"), "--json"])
        with pytest.raises(SystemExit):
            cli.main()
        return json.loads(capfd.readouterr().out)

    if "\0" in bad:
        return  # no system hands this to a command
    (tmp_path / "名单.csv").write_text("名称\n甲\n", "utf-8")
    for words in (
        ("set", "new:workshop", "名称", bad), ("set", "new:workshop", "名称", "乙", "--reason", bad),
        ("set", "new:workshop", "名称", "乙", "--actor", bad), ("set", "new:workshop", "名称", "乙", "--key", bad),
        ("import", str(tmp_path / "名单.csv"), "--series", bad),
        ("import", str(tmp_path / "名单.csv"), "--actor", bad),
    ):  # fmt: skip
        error = lianyin(*words)["error"]
        assert (error["code"], "offset" in error["place"]) == ("text_refused", True), words
    assert lianyin("search", bad)["hits"] == []


def test_what_a_screen_shows_becomes_cells_of_text(served: Served) -> None:
    body = {"heads": ["名称", "=得分"], "rows": [[name, at / 2] for at, name in enumerate(NAMES)]}
    answer = served.client.post("/tables", json=body)
    assert answer.headers["content-type"] == sheets.MEDIA["xlsx"]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    assert [cell.data_type for cell in sheet["A"]] == ["s"] * (len(NAMES) + 1)
    assert [str(cell.value).replace("_xFFFE_", "\ufffe") for cell in sheet["A"][1:]] == NAMES
    assert [cell.value for cell in sheet["B"]] == ["=得分", *(at / 2 for at in range(len(NAMES)))]
    assert sheet["B1"].data_type == "s"
    for refused in ({"heads": ["甲"], "rows": [[{"a": 1}]]}, {"heads": [], "rows": []}, {"heads": ["甲"], "rows": [["\u202e"]]}):
        assert served.client.post("/tables", json=refused).status_code == 422


BAD_MAPPINGS = [
    "series='a'\ntable=[1]", "a=" + "[" * 5000 + "]" * 5000,
    "series='a'\n[[table]]\nsheet='t.csv'\nkind='workshop'\nkey=['x']\nname='名称'",
    "series='a'\n[[table]]\nsheet='t.csv'\nkind='workshop'\nkey=['名称']\nname='名称'\nlink=3",
    "series='a'\n[[table]]\nsheet='t.csv'\nkind='workshop'\nkey=['名称']\nname='名称'\nleads='x'",
    "series='a'\n[[table]]\nsheet='t.csv'\nkind='workshop'\nkey=['名称']\nname='名称'\nplace=['x']",
]


@pytest.mark.parametrize("mapping", BAD_MAPPINGS, ids=lambda mapping: mapping[-20:].strip())
def test_a_mapping_that_is_none_is_an_error_of_ours(served: Served, mapping: str) -> None:
    job = ended(served, served.client.post("/imports", json={"name": "t.csv", "text": "名称\n甲\n", "mapping": mapping}).json())
    assert job["error"]["code"] == "mapping_unreadable"


def test_a_table_of_a_million_rows_is_refused_and_empty_ones_cost_little(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    assert taken_in(served, "名单.csv", "名称\n甲\n" + "\n" * 500_000)["state"] == "done"
    monkeypatch.setattr(tables, "ROW_LIMIT", 3)
    job = taken_in(served, "名单.csv", "名称\n甲\n乙\n\n丙\n丁\n")
    assert (job["error"]["code"], job["error"]["place"]) == ("table_too_long", {"file": "名单.csv", "row": 6})


def test_a_terminal_obeys_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "通知.txt").write_text("市总工会命名甲\x1b[31m乙\u202e创新工作室为劳模创新工作室。", "utf-8")
    monkeypatch.setattr(sys, "argv", ["lianyin", "read", str(tmp_path / "通知.txt")])
    with pytest.raises(SystemExit):
        cli.main()
    told = capfd.readouterr().out
    assert "\ufffd[31m" in told
    assert not set("\x1b\u202e") & set(told)
