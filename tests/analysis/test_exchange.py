import csv
import io
import json
import zipfile

import networkx as nx
import numpy as np
import pytest

from graph.analysis import exchange
from graph.record.memory_store import MemoryStore
from graph.record.model import Change, Statement, thing_id

SOURCE = "desk:test"
WORKSHOP = thing_id("workshop", "desk", "w")
LEADER = thing_id("person", "desk", "p")
FIRM = thing_id("organisation", "desk", "o")
TWIN = thing_id("organisation", "desk", "twin")


def told(subject, **values):
    return [Statement(subject, key, one, SOURCE) for key, value in values.items() for one in np.atleast_1d(value).tolist()]


def statements():
    return [
        *told(WORKSHOP, kind="workshop", name='管延安"创新"工作室 <A&B>', alias=["=1+1", "管工"], level="national"),
        *told(WORKSHOP, leader=LEADER, host=FIRM),
        *told(LEADER, kind="person", name="管延安", employer=FIRM),
        *told(FIRM, kind="organisation", name="-中交一航局"),
        *told(TWIN, kind="organisation", name="一航局", same_as=FIRM),
        Statement(WORKSHOP, "host", FIRM, "desk:other"),
    ]


@pytest.fixture
def snapshot():
    store = MemoryStore()
    store.append(Change("test", adds=tuple(statements())))
    return store.snapshot()


def test_networkx_has_the_canonical_things_and_each_relation_once(snapshot):
    graph = exchange.to_networkx(snapshot)
    firm = snapshot.id(snapshot.number(TWIN))
    assert set(graph) == {WORKSHOP, LEADER, firm}
    assert sorted(graph.edges(keys=True)) == sorted([(WORKSHOP, LEADER, "leader"), (WORKSHOP, firm, "host"), (LEADER, firm, "employer")])
    assert graph.edges[WORKSHOP, firm, "host"]["told"] == 2
    assert graph.nodes[WORKSHOP]["alias"] == ["=1+1", "管工"]
    assert graph.nodes[WORKSHOP]["level"] == ["national"]


def test_graphml_says_the_same_to_networkx(snapshot):
    graph = exchange.to_networkx(snapshot)
    read = nx.read_graphml(io.BytesIO(exchange.graphml(snapshot)), force_multigraph=True)
    assert dict(read.nodes(data="name")) == dict(graph.nodes(data="name"))
    assert sorted(read.edges(data="property")) == sorted((a, b, key) for a, b, key in graph.edges(keys=True))
    assert sorted(read.edges(data="told")) == sorted(graph.edges(data="told"))


def test_node_link_says_the_same_to_networkx(snapshot):
    graph = exchange.to_networkx(snapshot)
    read = nx.node_link_graph(json.loads(exchange.node_link(snapshot)), edges="edges")
    assert dict(read.nodes(data=True)) == dict(graph.nodes(data=True))
    assert sorted(read.edges(keys=True, data="told")) == sorted(graph.edges(keys=True, data="told"))


def test_csv_opens_in_a_spreadsheet_without_running(snapshot):
    with zipfile.ZipFile(io.BytesIO(exchange.csv_zip(snapshot))) as archive:
        data = {name: archive.read(name) for name in archive.namelist()}
    assert set(data) == {"nodes.csv", "edges.csv"}
    assert all(content.startswith(b"\xef\xbb\xbf") for content in data.values())
    nodes = {row["id"]: row for row in csv.DictReader(io.StringIO(data["nodes.csv"].decode("utf-8-sig")))}
    assert nodes[WORKSHOP]["alias"] == "'=1+1; 管工"
    assert nodes[WORKSHOP]["name"] == '管延安"创新"工作室 <A&B>'
    edges = list(csv.DictReader(io.StringIO(data["edges.csv"].decode("utf-8-sig"))))
    assert [row["source_name"] for row in edges if row["property"] == "employer"] == ["管延安"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in [*nodes.values(), *edges] for cell in row.values())


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\ta", "\ra"])
def test_what_begins_like_a_formula_is_guarded(cell):
    assert exchange.guarded(cell) == "'" + cell


def test_the_order_in_which_things_were_told_changes_no_byte(snapshot):
    store = MemoryStore()
    store.append(Change("test", adds=tuple(reversed(statements()))))
    other = store.snapshot()
    for write in (exchange.graphml, exchange.node_link, exchange.csv_zip):
        assert write(other) == write(snapshot)


def test_what_is_not_for_others_stays(snapshot):
    private = [prop for prop in exchange.shown_properties() if prop in ("kind", "name", "refused")]
    assert private == []
    assert "level" in exchange.shown_properties()
    assert [node.values for node in exchange.tables(snapshot, ()).nodes] == [{}, {}, {}]


def test_an_empty_graph_is_written_too():
    snapshot = MemoryStore().snapshot()
    assert exchange.to_networkx(snapshot).number_of_nodes() == 0
    assert len(nx.read_graphml(io.BytesIO(exchange.graphml(snapshot)))) == 0
    assert json.loads(exchange.node_link(snapshot))["nodes"] == []
