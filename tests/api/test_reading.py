"""Reading over HTTP: lists and their numbers, things, surroundings, documents, the map, ETags."""

from itertools import accumulate

import numpy as np
import pytest

from graph.analysis.derive import derived
from graph.record.ontology import ontology
from seeds import announcements, documents, resolution
from tests.api.serving import Served


def walked(demo: Served, path: str, **wanted: object) -> list[dict]:  # type: ignore[type-arg]
    """All rows of a list, page by page; their count is the total that each page tells."""
    rows, cursor = [], ""
    while True:
        page = demo.client.get(path, params={**wanted, "cursor": cursor}).json()
        rows += page["rows"]
        if page["next"] is None:
            assert len(rows) == page["total"]
            return rows
        assert len(page["rows"]) == wanted.get("limit", 50)
        cursor = page["next"]


def test_a_walk_over_the_pages_gives_every_thing_once(demo: Served) -> None:
    rows = walked(demo, "/things", kind="workshop", limit=37)
    ids = [row["id"] for row in rows]
    assert len(set(ids)) == len(ids)
    assert set(ids) == {thing.id for thing in demo.desk.reader.snapshot().things("workshop")}


def test_missing_means_neither_told_nor_inferred(demo: Served) -> None:
    snapshot = demo.desk.reader.snapshot()
    inferred = derived(snapshot)
    for property_id in ("trade", "place", "level"):
        plain = {thing.id for thing in snapshot.things("workshop") if not thing.value(property_id)}
        expected = {id for id in plain if property_id == "level" or not inferred.guess(id, property_id)}
        rows = walked(demo, "/things", kind="workshop", missing=property_id)
        assert {row["id"] for row in rows} == expected
        assert all(row[property_id] is None for row in rows)


def test_filters_agree_with_what_things_tell(demo: Served) -> None:
    snapshot = demo.desk.reader.snapshot()
    for row in walked(demo, "/things", kind="workshop", level="省级", limit=200):
        assert snapshot.thing(row["id"]).value("level") == "provincial"
    told = {thing.id for thing in snapshot.things("workshop") if thing.value("level") in (None, "provincial")}
    assert {row["id"] for row in walked(demo, "/things", kind="workshop", level=["省级", "unknown"], limit=200)} == told
    trades = {row["trade"]["value"] for row in walked(demo, "/things", kind="workshop", limit=200) if row["trade"]}
    for code in sorted(trades)[:5]:
        for row in walked(demo, "/things", kind="workshop", trade=code):
            assert row["trade"]["inferred"] or code in snapshot.thing(row["id"]).values("trade")


def test_conflicts_are_those_that_things_show(demo: Served) -> None:
    told = {thing.id for thing in demo.desk.reader.snapshot().things() if any(fact.conflict for fact in thing.facts)}
    assert {row["id"] for row in walked(demo, "/things", conflict="true")} == told
    assert told


def test_a_place_holds_its_parts(demo: Served) -> None:
    snapshot = demo.desk.reader.snapshot()
    dalian = next(thing for thing in snapshot.things("place") if thing.name == "大连")
    parts = {dalian.id} | {thing.id for thing in snapshot.things("place") if dalian.id in thing.values("within")}
    rows = walked(demo, "/things", kind="workshop", place=dalian.id)
    assert rows
    assert {row["place"]["value"] for row in rows} <= parts


def test_search_finds_by_initials(demo: Served) -> None:
    hits = demo.client.get("/search", params={"q": "gya"}).json()["hits"]
    assert hits[0]["name"] == "管延安"
    listed = {row["id"] for row in walked(demo, "/things", q="gya")}
    few, many = (demo.client.get("/search", params={"q": "gya", "k": k}).json() for k in (5, 1000))
    assert few["total"] == many["total"] == len(many["hits"]) == len(listed) > 5
    assert [row["id"] for row in walked(demo, "/things", q="gya")] == [hit["id"] for hit in many["hits"]]  # best first
    assert {hit["id"] for hit in hits} <= listed


def test_a_thing_tells_its_sentence_and_who_points_to_it(demo: Served) -> None:
    hit = demo.client.get("/search", params={"q": "徐成武", "kind": "workshop"}).json()["hits"][0]
    thing = demo.client.get(f"/things/{hit['id']}").json()
    facts = {fact["property"]: fact for fact in thing["facts"]}
    assert "徐成武" in facts["name"]["quote"]["text"]
    host = demo.client.get(f"/things/{facts['host']['value']}").json()
    assert hit["id"] in [one["id"] for one in host["incoming"]]
    told = demo.client.get(f"/things/{hit['id']}/history").json()["statements"]
    assert {one["id"] for one in told} >= {fact["id"] for fact in thing["facts"]}


@pytest.mark.parametrize("hops", [1, 2, 3])
def test_neighbours_are_those_of_a_plain_search(demo: Served, hops: int) -> None:
    snapshot = demo.desk.reader.snapshot()
    id = demo.client.get("/things", params={"kind": "group", "limit": 1}).json()["rows"][0]["id"]
    pointers, links = snapshot.links()
    near, edge = {snapshot.number(id): 0}, [snapshot.number(id)]
    for hop in range(1, hops + 1):
        edge = [other for slot in edge for other in links[pointers[slot] : pointers[slot + 1]].tolist() if other not in near]
        near.update(dict.fromkeys(edge, hop))
    told = demo.client.get(f"/things/{id}/neighbours", params={"hops": hops}).json()
    assert told["total"] == len(near) - 1
    shown = {node["id"]: node["hops"] for node in told["nodes"]}
    assert len(shown) == min(len(near), 1000)
    assert all(near[snapshot.number(one)] == hop for one, hop in shown.items())
    assert all(one["source"] in shown and one["target"] in shown for one in told["edges"])


def read(demo: Served, document: str) -> tuple[list[dict], list[dict]]:  # type: ignore[type-arg]
    """A document's blocks and what it told."""
    return walked(demo, f"/documents/{document}/text"), walked(demo, f"/documents/{document}/statements")


def test_documents_are_listed_by_what_one_asks_for(demo: Served) -> None:
    listed = walked(demo, "/documents")
    kept = [row["has_text"] for row in listed]
    assert kept == sorted(kept, reverse=True)
    assert kept[0]
    for value in ("facts", "published"):
        up, down = (walked(demo, "/documents", sort=value, descending=way) for way in (False, True))
        for rows, reverse in ((up, False), (down, True)):
            known = [row[value] for row in rows if row[value] is not None]
            assert known == sorted(known, reverse=reverse)
            assert rows[-1][value] is None or len(known) == len(rows)
        assert {row["id"] for row in up} == {row["id"] for row in down} == {row["id"] for row in listed}
    assert demo.client.get("/documents", params={"sort": "weather"}).status_code == 422


def test_documents_show_their_text_and_what_it_told(demo: Served) -> None:
    rows = walked(demo, "/documents")
    seed = next(row for row in rows if row["has_text"])
    blocks, told = read(demo, seed["id"])
    assert len(told) == seed["facts"] > 0
    spanned = [one for one in told if one["block"] is not None]
    reading = announcements.read(documents.read_bytes((resolution.DATA / "dalian_announcement.txt").read_bytes()))
    claims = {claim.statement.id: claim for claim in reading.claims}
    begins = list(accumulate((len(block["clean"]) + 1 for block in blocks), initial=0))
    for one in spanned:
        start, end = (begins[one["block"]] + one[at] for at in ("clean_start", "clean_end"))
        assert (start, end) == claims[one["id"]].clean_span
        assert blocks[one["block"]]["text"][one["start"] : one["end"]] == claims[one["id"]].quote
    bare = next(row for row in rows if not row["has_text"] and row["facts"])
    page = demo.client.get(f"/documents/{bare['id']}").json()
    assert (page["note"], page["length"]) == ("原文未收录", 0)
    blocks, told = read(demo, bare["id"])
    assert blocks == []
    assert all(one["row"] for one in told)
    assert demo.client.get(f"/documents/{spanned[-1]['subject']}").json()["code"] == "document_unknown"


def test_what_a_document_told_stands_in_its_order_and_is_found_in_its_pages(demo: Served) -> None:
    seed = next(row for row in walked(demo, "/documents") if row["has_text"])
    path = f"/documents/{seed['id']}"
    blocks, told = read(demo, seed["id"])
    head = demo.client.get(path).json()
    assert head["length"] == len(blocks)
    assert [(one["block"], one["start"]) for one in told] == sorted((one["block"], one["start"]) for one in told)
    marks = {mark["id"]: (block["block"], mark["start"], mark["end"]) for block in blocks for mark in block["marks"]}
    assert marks == {one["id"]: (one["block"], one["start"], one["end"]) for one in told}
    for state, count in head["counts"].items():
        assert walked(demo, f"{path}/statements", state=state) == [one for one in told if one["state"] == state]
        assert count == sum(one["state"] == state for one in told)
    for at in (0, 7, len(told) - 1):
        near = told[at]["id"]
        page = demo.client.get(f"{path}/statements", params={"near": near, "limit": 5}).json()
        assert page["rows"] == told[at // 5 * 5 :][:5]
        text = demo.client.get(f"{path}/text", params={"near": near, "limit": 1}).json()
        assert [block["block"] for block in text["rows"]] == [told[at]["block"]]
        before = page
        while before["previous"] is not None:
            first, before = before, demo.client.get(f"{path}/statements", params={"cursor": before["previous"], "limit": 5}).json()
            assert before["next"] is not None
            assert demo.client.get(f"{path}/statements", params={"cursor": before["next"], "limit": 5}).json() == first
    beyond = demo.client.get(f"{path}/statements", params={"near": "nothing", "limit": 5}).json()
    assert beyond["rows"] == told[:5]


def test_the_map_is_one_picture_at_every_level(demo: Served) -> None:
    discs = demo.client.get("/network/map").json()
    whole = demo.client.get("/network/map", params={"detail": "members"}).json()
    assert discs["clusters"] == whole["clusters"] == demo.client.get("/network/communities").json()["clusters"]
    assert len(whole["nodes"]) == sum(one["count"] for one in discs["clusters"]) == len(demo.desk.reader.snapshot().live())
    circle = {one["id"]: one for one in discs["clusters"]}
    for node in whole["nodes"]:
        disc = circle[node["cluster"]]
        assert np.hypot(node["x"] - disc["x"], node["y"] - disc["y"]) <= disc["radius"] + 0.01
    largest = discs["clusters"][0]
    assert demo.client.get("/things", params={"cluster": largest["id"]}).json()["total"] == largest["count"]
    some = demo.client.get("/network/map", params={"detail": "members", "kind": ["workshop", "organisation"]}).json()
    assert {node["kind"] for node in some["nodes"]} == {"workshop", "organisation"}
    assert all(edge["property"] in ontology().properties and edge["target"] < len(some["nodes"]) for edge in some["edges"])


def test_bridges_join_clusters(demo: Served) -> None:
    rows = walked(demo, "/network/bridges")
    reaches = [len(row["reaches"]) for row in rows]
    assert reaches == sorted(reaches, reverse=True)
    assert all(row["cluster"] not in {one["cluster"] for one in row["reaches"]} for row in rows)


def test_changes_and_diff_of_the_first_run(demo: Served) -> None:
    page = demo.client.get("/changes").json()
    assert (page["total"], page["next"]) == (1, None)
    whole = demo.client.get("/changes/1").json()
    difference = demo.client.get("/diff", params={"from": 0}).json()
    assert len(whole["added"]) == whole["adds"] == len(difference["added"])


def test_exports_are_the_command_lines(demo: Served) -> None:
    from api.verbs import exported

    for form in ("jsonl", "graphml", "json", "csv"):
        answer = demo.client.get(f"/exports/{form}")
        assert answer.content == exported(demo.desk.reader.snapshot(), form)
        assert f"lianyin-1.{'zip' if form == 'csv' else form}" in answer.headers["Content-Disposition"]
    assert demo.client.get("/exports/docx").json()["code"] == "export_form_unknown"


@pytest.mark.parametrize("path", ["/things", "/search?q=gya", "/ontology", "/network/map", "/documents", "/changes", "/exports/csv"])
def test_an_etag_seen_gives_304(demo: Served, path: str) -> None:
    first = demo.client.get(path)
    tag = first.headers["ETag"]
    for header in (tag, f'"x", W/{tag}'):
        again = demo.client.get(path, headers={"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert demo.client.get(path, headers={"If-None-Match": '"x"'}).content == first.content


def test_words_follow_accept_language(demo: Served) -> None:
    for lang, words in (("en-GB,en;q=0.9", "there is no"), ("zh-CN", "没有")):
        problem = demo.client.get("/things/nothing", headers={"Accept-Language": lang})
        assert problem.headers["Content-Type"] == "application/problem+json"
        assert words in problem.json()["title"]
