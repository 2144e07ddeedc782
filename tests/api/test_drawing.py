"""The map as SVG: well-formed whatever the names, labels apart, shapes that count, the same bytes for the same question."""

import io
import re
from itertools import combinations
from pathlib import Path
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
    assert len(texts(drawn(served))) == 6


def test_lines_told_guessed_and_of_groups_look_different(served: Served) -> None:
    """A workshop whose place follows from its unit, in a group: two solid lines, one dashed, one double."""
    post = served.client.post
    ids = {name: post("/things", json={"kind": kind, "name": name}).json()["id"] for name, kind in (
        ("甲工作室", "workshop"), ("甲厂", "organisation"), ("大连", "place"), ("甲团", "group"))}  # fmt: skip
    for one, of, other in (("甲工作室", "host", "甲厂"), ("甲厂", "place", "大连"), ("甲团", "member", "甲工作室")):
        assert post(f"/things/{ids[one]}/facts", json={"property": of, "value": ids[other]}).status_code < 300
    found = served.client.get("/network/map", params={"detail": "members"}).json()
    names = [node["name"] for node in found["nodes"]]
    edges = {(names[edge["source"]], edge["property"], names[edge["target"]]): edge for edge in found["edges"]}
    assert {key for key, edge in edges.items() if edge.get("guessed")} == {("甲工作室", "place", "大连")}
    assert {key for key, edge in edges.items() if edge.get("membership")} == {("甲团", "member", "甲工作室")}
    assert len(edges) == 4
    lines = [one for one in drawn(served).iterfind("s:line", SPACE) if one.get("class")]
    legend = {"told": 1, "guessed": 1, "membership": 2}
    kinds = {kind: [one for one in lines if one.get("class") == kind] for kind in legend}
    assert {kind: len(found) for kind, found in kinds.items()} == {"told": 1 + 2, "guessed": 1 + 1, "membership": 2 + 2}
    assert all((one.get("stroke-dasharray") is not None) == (one.get("class") == "guessed") for one in lines)


def test_a_sheet_follows_words_and_steps_as_the_page_does(demo: Served) -> None:
    """Words stand in a name or its unit's; two steps around light more than one."""
    found = demo.client.get("/network/map", params={"detail": "members"}).json()
    nodes, unit = found["nodes"], {}
    for of in ("secretariat", "lead", "raised_by", "employer", "host"):
        told = [edge for edge in found["edges"] if edge["property"] == of]
        unit |= {edge["source"]: edge["target"] for edge in reversed(told)}
    shown = [at for at, node in enumerate(nodes) if "港" in node["name"] or (at in unit and "港" in nodes[unit[at]]["name"])]
    said = texts(drawn(demo, words="港"))
    assert f"筛选：搜 港 · 显示 {len(shown)}/{len(nodes)}" in said
    id = demo.client.get("/search", params={"q": "gya"}).json()["hits"][0]["id"]
    lit = [len([one for one in drawn(demo, select=id, hops=hops).iterfind("s:g", SPACE) if one.get("opacity") is None]) for hops in (1, 2)]
    assert lit[0] < lit[1]


def test_the_palette_is_the_pages() -> None:
    """Two languages, one palette: what the server draws looks as the page does."""
    told = (Path(__file__).resolve().parents[2] / "web/src/shared/palette.ts").read_text("utf-8")
    assert tuple(re.findall("'(#[0-9A-F]{6})'", told)) == (*drawing.PALETTE, drawing.UNCLUSTERED)
    rings = re.search(r"RINGS = \[(.*)\]", told)
    assert rings is not None
    assert len(rings[1].split(",")) == len(drawing.RINGS)


def test_gexf_comes_back_through_networkx(demo: Served) -> None:
    """Every thing and relation that passes, with place and colour; head with filters, version and date."""
    networkx = pytest.importorskip("networkx")
    wanted = {"kind": ["workshop", "group", "organisation"], "title": "<大连> & 沈阳"}
    answer = demo.client.get("/network/map.gexf", params=wanted)
    assert answer.headers["content-type"] == "application/gexf+xml"
    assert answer.headers["content-disposition"] == 'attachment; filename="map-1.gexf"'
    graph = networkx.read_gexf(io.BytesIO(answer.content))
    found = demo.client.get("/network/map", params={"detail": "members", "kind": wanted["kind"]}).json()
    nodes, titles = found["nodes"], {one["id"]: one["title"].rsplit(" ", 1)[0] for one in found["clusters"]}
    assert {id: data["label"] for id, data in graph.nodes(data=True)} == {node["id"]: node["name"] for node in nodes}
    for node in nodes:
        data, colour = graph.nodes[node["id"]], drawing.colour_of(node["cluster"])
        assert (data["cluster"], data["cluster_title"], data["links"]) == (node["cluster"], titles[node["cluster"]], node["degree"])
        assert data.get("place") == (found["places"][node["place"]] if node["place"] else None)
        assert data["viz"]["position"] == pytest.approx({"x": 10 * node["x"], "y": -10 * node["y"], "z": 0.0}, abs=0.01)
        assert "#{r:02X}{g:02X}{b:02X}".format(**data["viz"]["color"]) == colour
    ids = [node["id"] for node in nodes]
    ends = [(ids[edge["source"]], edge["property"], ids[edge["target"]], edge.get("membership", False)) for edge in found["edges"]]
    assert sorted((one, data["property"], other, data["membership"]) for one, other, data in graph.edges(data=True)) == sorted(ends)
    said = ElementTree.fromstring(answer.content).findtext(".//{*}description", "")
    assert said.startswith("<大连> & 沈阳 | 类别 工作室、团组、单位 · 显示 ")
    assert "第1版 · 打印于 20" in said


@pytest.mark.parametrize("name", HOSTILE)
def test_gexf_is_well_formed_and_masked_whatever_the_names(served: Served, name: str) -> None:
    networkx = pytest.importorskip("networkx")
    id = served.client.post("/things", json={"kind": "workshop", "name": name}).json()["id"]
    graph = networkx.read_gexf(io.BytesIO(served.client.get("/network/map.gexf").content))
    assert graph.nodes[id]["label"] == name.replace("\ufffe", "").replace("13800138000", "■" * 11)
    assert networkx.number_of_edges(graph) == 0
