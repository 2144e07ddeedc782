"""Evidence over HTTP: the sentence of every statement, marked; the row of a table; who said it; and what is left out of people."""

import io
import zipfile
from dataclasses import replace

import httpx
import pytest

from api import evidence, verbs
from graph.analysis import privacy
from graph.record.ontology import ontology
from seeds import announcements, figures, telling
from tests.api.serving import Served
from tests.api.test_reading import read, walked


def test_every_statement_of_the_seed_shows_its_words_in_their_sentence(demo: Served) -> None:
    seed = next(row for row in walked(demo, "/documents") if row["has_text"])
    blocks, told_here = read(demo, seed["id"])
    text = "\n".join(block["text"] for block in blocks)
    ids = [one["id"] for one in told_here]
    rows = []
    for at in range(0, len(ids), 50):
        rows += demo.client.post("/evidence", json={"ids": ids[at : at + 50]}).json()["rows"]
    assert [row["id"] for row in rows] == ids
    for row, one in zip(rows, told_here, strict=True):
        told = row["original"]
        assert told["marked"] == blocks[one["block"]]["text"][one["start"] : one["end"]]
        assert told["lead"] + told["marked"] + told["tail"] in text
        assert all(sentence in text for sentence in (*told["before"], *told["after"]))
        assert row["clean"]["marked"] == blocks[one["block"]]["clean"][one["clean_start"] : one["clean_end"]]
        assert row["document"]["id"] == seed["id"]
        assert row["rule_words"]
        assert row["paragraph"] == one["paragraph"] == 1 + sum(1 for block in blocks[: one["block"]] if block["text"].strip())


def test_one_is_as_one_of_many(demo: Served) -> None:
    id = demo.client.get("/things", params={"kind": "workshop"}).json()["rows"][0]["id"]
    fact = demo.client.get(f"/things/{id}").json()["facts"][0]["id"]
    answer = demo.client.get(f"/evidence/{fact}")
    assert answer.json() == demo.client.post("/evidence", json={"ids": [fact]}).json()["rows"][0]
    assert demo.client.get(f"/evidence/{fact}", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert demo.client.get("/evidence/nothing").status_code == 404


def test_a_page_that_was_not_kept_says_so_and_shows_its_row(demo: Served) -> None:
    document = next(row for row in walked(demo, "/documents") if not row["has_text"] and row["facts"])
    ids = [one["id"] for one in read(demo, document["id"])[1]][:50]
    rows = demo.client.post("/evidence", json={"ids": ids}).json()["rows"]
    assert {row["note"] for row in rows} == {"原文未收录"}
    marked = [cell for row in rows for cell in row["cells"] if cell["marked"]]
    assert len(marked) == len(rows)
    assert all(row["address"].startswith(f"{row['sheet']}!") and row["address"].endswith(str(row["row"])) for row in rows)
    assert all(row["rule_words"] == "按表头对应读入这一格" for row in rows)


def test_what_a_person_said_names_the_person(served: Served) -> None:
    id = served.client.post("/things", json={"kind": "workshop", "name": "甲工作室"}).json()["id"]
    served.client.post(f"/things/{id}/facts", json={"property": "level", "value": "市级", "reason": "电话核实"})
    fact = next(one for one in served.client.get(f"/things/{id}").json()["facts"] if one["property"] == "level")
    told = served.client.get(f"/evidence/{fact['id']}").json()
    assert (told["actor"], told["state"], told["shown"]) == ("测试", "told", "市级")
    assert told["change"]["reason"] == "电话核实"
    assert told["document"] is None
    assert told["original"] is None
    served.client.delete(f"/things/{id}/facts/{fact['id']}")
    assert served.client.get(f"/evidence/{fact['id']}").json()["state"] == "retracted"


def test_a_typed_question_of_evidence_waits_in_the_line_of_reads() -> None:
    from api.gate import QUESTIONS

    assert {"/api/v1/evidence", "/api/v1/groups/instance"} <= set(QUESTIONS)


def test_every_reading_rule_has_words() -> None:
    built = {"built_of_short_name", "built_of_city", "built_of_shared_tail", "built_of_pair", "built_of_person"}
    ids = {rule.id for rule in announcements.RULES} | {shape for shape, _, _ in figures.SHAPES} | built
    assert set(evidence._rules()) == ids
    assert telling.Rule("", 0, lambda page: iter(())).id not in evidence._rules()


PRIVATE = "张伟，1968年3月生，党员。电话13812345678，邮箱zhang@example.com；身份证210202196803151234。"

MAPPING = """series = "名单"
[[table]]
sheet = "名单.csv"
kind = "workshop"
key = ["名称"]
name = "名称"
ignore = ["联系电话"]
[table.columns]
"所在单位" = { property = "host", to = "organisation" }
"备注" = "note"
"""


def test_texts_and_rows_show_no_birth_year_phone_or_contact(served: Served) -> None:
    text = f"市总工会命名甲乙劳模创新工作室，联系电话0411-82345678。{PRIVATE}"
    table = "名称,所在单位,联系电话,备注\n丙工作室,丙厂,13800138000,1970年出生，手机13900139000\n"
    for name, data, mapping in (("通知.txt", text, ""), ("名单.csv", table, MAPPING)):
        job = served.client.post("/imports", json={"name": name, "text": data, "mapping": mapping}).json()
        while (told := served.client.get(f"/imports/{job['id']}").json())["state"] in ("waiting", "running"):
            pass
        assert told["state"] == "done", told
    served.client.post("/things", json={"kind": "need", "name": "求助"})
    need = served.client.get("/things", params={"kind": "need"}).json()["rows"][0]["id"]
    served.client.post(f"/things/{need}/facts", json={"property": "description", "value": "轴承过热，联系13711112222"})
    paths = ("/needs", f"/things/{need}", f"/things/{need}/history", "/diff?from=0", "/documents")
    answers = [served.client.get(path).text for path in paths]
    for row in walked(served, "/documents"):
        answers += [served.client.get(f"/documents/{row['id']}{part}").text for part in ("", "/text", "/statements")]
    for row in walked(served, "/things"):
        thing = served.client.get(f"/things/{row['id']}")
        answers += [thing.text, served.client.post("/evidence", json={"ids": [fact["id"] for fact in thing.json()["facts"]][:50]}).text]
    for secret in ("13812345678", "zhang@", "19680315", "1968年", "0411-8", "13800138000", "1970年", "13900139000", "13711112222"):
        assert all(secret not in answer for answer in answers), secret
    assert any("〔已隐去〕" in answer for answer in answers)


def test_masks_keep_the_length() -> None:
    assert len(privacy.withheld(PRIVATE)) == len(PRIVATE)
    assert privacy.withheld("生于\n1970年5月。\n138\n0013\n8000") == "生于\n■■■■■■■。\n■■■\n■■■■\n■■■■"
    for run in ("a", " ", "1999 ", "1999年 ", "a@", "a.", "0", "1" * 10 + " ", "(0", "-"):  # linear, or this would not end
        privacy.withheld(run * (100_000 // len(run)))
    for plain in ("1998年生产线", "编号91210200241268437E", "近300项", "2023-07-19", "138工作室", "http://a.cn/13812345678x"):
        assert privacy.withheld(plain) == plain


def test_personal_facts_are_served_to_those_who_ask(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ontology has no personal property yet: one is made personal here."""
    table = ontology().properties
    monkeypatch.setitem(table, "honour", replace(table["honour"], privacy="personal"))
    id = served.client.post("/things", json={"kind": "workshop", "name": "甲工作室"}).json()["id"]
    change = served.client.post(f"/things/{id}/facts", json={"property": "honour", "value": "省劳模"}).json()["change"]
    paths = [f"/things/{id}", f"/things/{id}/history", f"/changes/{change}", "/diff?from=0"]
    assert all("省劳模" not in served.client.get(path).text for path in paths)
    told = served.client.get(f"/things/{id}", params={"personal": "true"}).json()["facts"]
    fact = next(one for one in told if one["property"] == "honour")
    assert served.client.get(f"/evidence/{fact['id']}").status_code == 404
    assert served.client.get(f"/evidence/{fact['id']}", params={"personal": "true"}).json()["value"] == "省劳模"


def unpacked(answer: httpx.Response) -> str:
    """An export as text, whatever it is packed in."""
    if answer.headers["content-type"] != "application/zip":
        return answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


@pytest.mark.parametrize("form", ["jsonl", "graphml", "json", "csv"])
def test_exports_are_masked_as_the_screen_is(served: Served, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """A value and a relation that are personal, a sensitive value, contacts in plain texts, and a person who was erased."""
    table = ontology().properties
    for id, kept in (("honour", "personal"), ("description", "sensitive"), ("leader", "personal")):
        monkeypatch.setitem(table, id, replace(table[id], privacy=kept))
    names = [("workshop", "甲工作室"), ("person", "王一凡"), ("person", "赵无名")]
    room, leader, gone = (served.client.post("/things", json={"kind": kind, "name": name}).json()["id"] for kind, name in names)
    facts = {"honour": "省劳模", "description": "身体不好", "note": "联系13800138000", "leader": leader, "level": "市级"}
    for property_id, value in facts.items():
        assert served.client.post(f"/things/{room}/facts", json={"property": property_id, "value": value}).status_code == 200
    served.client.post(f"/things/{room}/facts", json={"property": "note", "value": "赵无名来过"})
    verbs.erase(served.desk.writer, [gone], "测试")
    told = unpacked(served.client.get(f"/exports/{form}"))
    for secret in ("省劳模", "身体不好", "13800138000", "赵无名", '"leader"', ">leader<", ",leader,"):
        assert secret not in told
    assert "联系" + "■" * 11 in told
    assert "王一凡" in told
    assert "leader" not in [one["property"] for one in served.client.get(f"/things/{leader}").json()["incoming"]]
