"""The map as SVG: well-formed whatever the names, labels apart, shapes that count, the same bytes for the same question."""

import doctest
from itertools import combinations
from xml.etree import ElementTree

import pytest

from api import drawing
from tests.api.serving import Served

SPACE = {"s": "http://www.w3.org/2000/svg"}


def drawn(served: Served, **wanted: object) -> ElementTree.Element:
    answer = served.client.get("/network/map.svg", params=wanted)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/svg+xml"
    return ElementTree.fromstring(answer.content)


def texts(svg: ElementTree.Element) -> list[str]:
    return [one.text or "" for one in svg.iterfind(".//s:text", SPACE)]


def boxes(svg: ElementTree.Element) -> list[tuple[float, float, float, float]]:
    labels = [one for one in svg.iterfind(".//s:text", SPACE) if one.get("class") == "label"]
    places = [(float(one.get("x", 0)), float(one.get("y", 0)), drawing.width(one.text or "")) for one in labels]
    return [(x, y - drawing.FONT, x + wide, y + drawing.FONT / 3) for x, y, wide in places]


@pytest.mark.parametrize("wanted", [{}, {"kind": "workshop"}, {"kind": ["workshop", "group"], "level": "省级"}, {"cluster": "1"}])
def test_labels_never_overlap_and_stay_on_the_sheet(demo: Served, wanted: dict[str, object]) -> None:
    found = boxes(drawn(demo, **wanted))
    assert len(found) > 5
    for one, other in combinations(found, 2):
        assert not drawing._cross((one[0] + 0.1, one[1] + 0.1, one[2] - 0.1, one[3] - 0.1), other)
    assert all(0 <= box[0] and box[2] <= drawing.WIDTH and box[3] <= drawing.HEIGHT for box in found)


def test_the_sheet_says_what_it_shows(demo: Served) -> None:
    svg = drawn(demo, kind="workshop", title="大连联姻图谱")
    total = demo.client.get("/things", params={"kind": "workshop"}).json()["total"]
    said = texts(svg)
    assert said[0] == "大连联姻图谱"
    assert f"工作室 {total}" in said
    assert any(f"类别 工作室 · 显示 {total}/" in one for one in said)
    assert any(one.startswith("第1版 · 打印于 20") and "资料截至 20" in one and one.endswith("系统建议，须经人工确认") for one in said)


def test_every_thing_of_a_large_cluster_has_its_shape(demo: Served) -> None:
    """One cluster alone fills the sheet: each member is a shape, hollow circles are workshops."""
    members = demo.client.get("/things", params={"cluster": "1", "limit": 200}).json()["rows"]
    svg = drawn(demo, cluster="1")
    groups = [one for one in svg.iterfind("s:g", SPACE) if one.find("s:title", SPACE) is not None]
    assert sorted(one.findtext("s:title", "", SPACE) for one in groups) == sorted(row["name"] for row in members)
    hollow = [one for one in groups if (circle := one.find("s:circle", SPACE)) is not None and circle.get("r") == "4.0"]
    assert len(hollow) == sum(row["kind"] == "workshop" for row in members)


def test_a_selected_thing_stands_out(demo: Served) -> None:
    id = demo.client.get("/search", params={"q": "gya"}).json()["hits"][0]["id"]
    nodes = demo.client.get("/network/map", params={"detail": "members"}).json()["nodes"]
    cluster = next(node["cluster"] for node in nodes if node["id"] == id)
    svg = drawn(demo, cluster=cluster, select=id)
    groups = [one for one in svg.iterfind("s:g", SPACE) if one.find("s:title", SPACE) is not None]
    near = {node["name"] for node in demo.client.get(f"/things/{id}/neighbours").json()["nodes"]}
    assert {one.findtext("s:title", "", SPACE) for one in groups if one.get("opacity") is None} <= near
    bold = [one.text for one in svg.iterfind(".//s:text", SPACE) if one.get("class") == "label" and one.get("font-weight") == "700"]
    assert bold == ["管延安"]


def test_the_same_question_has_the_same_bytes(demo: Served) -> None:
    first, again = (demo.client.get("/network/map.svg", params={"kind": "workshop"}) for _ in range(2))
    assert first.content == again.content
    seen = {"If-None-Match": first.headers["etag"]}
    assert demo.client.get("/network/map.svg", params={"kind": "workshop"}, headers=seen).status_code == 304
    assert demo.client.get("/network/map.svg", params={"select": "nothing"}).status_code == 404


HOSTILE = ["<script>alert(1)</script>", "]]>&amp;\"'", "=1+1", "长" * 10_000, "👩‍🔧é", "\ufffe甲", "手机13800138000"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_names(served: Served, name: str) -> None:
    id = served.client.post("/things", json={"kind": "workshop", "name": name}).json()["id"]
    unit = served.client.post("/things", json={"kind": "organisation", "name": name}).json()["id"]
    served.client.post(f"/things/{id}/facts", json={"property": "host", "value": unit})
    svg = drawn(served, title=name[:80])
    shown = name.replace("\ufffe", "").replace("13800138000", "■" * 11)
    assert sorted(one.text or "" for one in svg.iterfind("s:g/s:title", SPACE)) == [shown, shown]
    assert not [one for one in svg.iter() if one.tag.endswith("script")]
    assert max(len(one) for one in texts(svg)) < 200


def test_an_empty_home_has_an_empty_sheet(served: Served) -> None:
    assert len(texts(drawn(served))) == 5


def test_examples_in_words() -> None:
    assert doctest.testmod(drawing).failed == 0
