"""The sentence that is shown as proof is of the text that told it, whatever becomes of its document."""

from collections.abc import Mapping

import httpx

from api.mirroring import sentences
from api.texts import KEPT
from graph.record.model import Change
from tests.api.serving import Served
from tests.api.test_reading import read, walked
from tests.api.test_writing import outcome

NOTICE = """关于命名劳模创新工作室的通知
大连港集团有限公司设立张明远劳模创新工作室，领办人张明远。
大连市总工会
2023年5月1日
"""
REPRINT = """喜报
2024年6月1日，本市发布新闻，以下内容为转载，文字有所增加，段落不同。
各单位要认真学习。
关于命名劳模创新工作室的通知
大连港集团有限公司设立张明远劳模创新工作室，领办人张明远。
"""
QUOTE = ("original", "clean", "paragraph", "note")


def imported(served: Served, *texts: str) -> list[dict]:  # type: ignore[type-arg]
    """The documents of these texts, in that order."""
    found: list[dict] = []  # type: ignore[type-arg]
    for number, text in enumerate(texts):
        job = outcome(served, served.client.post("/imports", json={"name": f"{number}.txt", "text": text}).json())
        assert job["state"] == "done", job
        known = {row["id"] for row in found}
        found += [row for row in walked(served, "/documents") if row["id"] not in known]
    return found


def proofs(served: Served, ids: list[str]) -> Mapping[str, tuple]:  # type: ignore[type-arg]
    """Of each statement what evidence, the page of its thing and the readable graph show as the words behind it."""
    snapshot = served.desk.reader.snapshot()
    sentence = sentences(served.desk.reader, snapshot)
    rows = served.client.post("/evidence", json={"ids": ids}).json()["rows"]
    quotes = {}
    for subject in {row["subject"] for row in rows}:
        quotes |= {fact["id"]: fact["quote"]["text"] for fact in served.client.get(f"/things/{subject}").json()["facts"]}
    return {
        row["id"]: (*(row[part] for part in QUOTE), quotes[row["id"]], sentence(snapshot.statement(row["id"]).statement)) for row in rows
    }


def every_answer(served: Served, document: str) -> list[httpx.Response]:
    subjects = {one["subject"] for one in read(served, document)[1]}
    return [served.client.get(path) for path in (f"/documents/{document}", *(f"/things/{id}" for id in subjects))]


def test_merged_documents_keep_each_its_own_words(served: Served) -> None:
    first, second = (row["id"] for row in imported(served, NOTICE, REPRINT))
    told = {document: [one["id"] for one in read(served, document)[1]] for document in (first, second)}
    ids = [*told[first], *told[second]]
    before = proofs(served, ids)
    assert all(proof[0]["marked"] for proof in before.values())
    assert served.client.post(f"/things/{first}/merge", json={"other": second}).is_success
    assert proofs(served, ids) == before
    blocks, rows = read(served, second)
    shown = {one["id"] for one in rows if one["block"] is not None}
    assert {one["id"] for one in rows} == set(ids)
    assert shown in [set(told[first]), set(told[second])]
    assert {mark["id"] for block in blocks for mark in block["marks"]} == shown
    assert [one["id"] in shown for one in rows] == sorted((one["id"] in shown for one in rows), reverse=True)
    for one in rows:
        if one["block"] is not None:
            assert blocks[one["block"]]["text"][one["start"] : one["end"]] == before[one["id"]][0]["marked"]


def test_no_digest_is_said_of_bytes_that_are_not_here(served: Served) -> None:
    document = imported(served, NOTICE)[0]["id"]
    for property_id in ("text", "content", "正文", "mapping", "edition"):
        said = served.client.post(f"/things/{document}/facts", json={"property": property_id, "value": "abc"})
        assert (said.status_code, said.json()["code"]) == (404, "blob_unknown")
    assert all(answer.is_success for answer in every_answer(served, document))


def test_a_text_said_at_the_desk_proves_nothing_that_another_text_told(served: Served) -> None:
    document = imported(served, NOTICE)[0]["id"]
    ids = [one["id"] for one in read(served, document)[1]]
    before = proofs(served, ids)
    other = served.desk.writer.keep("短".encode())
    assert served.client.post(f"/things/{document}/facts", json={"property": "text", "value": other}).is_success
    assert proofs(served, ids) == before
    blocks, rows = read(served, document)
    assert ([block["text"] for block in blocks], {one["block"] for one in rows}) == (["短"], {None})


def test_a_text_that_is_not_here_is_not_kept_and_takes_nothing_along(served: Served) -> None:
    """Such a digest may stand in the record of an older release."""
    document = imported(served, NOTICE)[0]["id"]
    ids = [one["id"] for one in read(served, document)[1]]
    snapshot = served.desk.writer.snapshot()
    told = [fact.row.statement for fact in snapshot.thing(document).facts if fact.property_id in KEPT]
    adds = tuple(one._replace(value="abc") for one in told)
    served.desk.writer.append(Change("t", adds=adds, retracts=tuple(one.id for one in told)))
    assert all(answer.is_success for answer in every_answer(served, document))
    assert served.client.get(f"/documents/{document}").json()["note"] == "原文未收录"
    assert read(served, document)[0] == []
    for original, _, _, note, quote, sentence in proofs(served, ids).values():
        assert (original, note, quote, sentence) == (None, "原文未收录", None, "")
