"""The graph for other programs: GraphML, CSV, node-link JSON, networkx. The same graph at the same version gives the same bytes.

What goes out is what shows: canonical things with their kind, name and told values, and relations as edges, one for each property
between two things, with how many statements tell it. Statements with their sources are another export.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from graph.record.ontology import ontology
from graph.record.snapshot import Snapshot

if TYPE_CHECKING:
    import networkx

BETWEEN_VALUES = "; "
"""What parts several values in one cell or attribute."""

_RUNS = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
"""How a cell begins that a spreadsheet would run as a formula (OWASP, CSV injection), and how one that only looks guarded begins."""

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 cannot hold, escaped or not."""


Said = Callable[[str, str], str]
"""How a value of a property is told outside: (property, value) -> text."""


def _plain(property_id: str, value: str) -> str:
    return value


class Node(NamedTuple):
    """A thing. `values` holds each told property once, its values sorted."""

    id: str
    kind: str
    name: str
    values: Mapping[str, tuple[str, ...]]


class Edge(NamedTuple):
    """A relation. `told` is the number of statements that tell it."""

    source: str
    property: str
    target: str
    told: int


class Tables(NamedTuple):
    """Nodes by id and edges by (source, property, target)."""

    version: int
    nodes: list[Node]
    edges: list[Edge]


def shown_properties() -> tuple[str, ...]:
    """What goes out unless asked otherwise: every told value that is no relation and not personal or sensitive."""
    return tuple(prop.id for prop in ontology().properties.values() if prop.type != "ref" and prop.id not in _ELSEWHERE and prop.is_open)


_ELSEWHERE = ("kind", "name", "refused")
"""What a node bears otherwise, or not at all."""


def tables(snapshot: Snapshot, properties: Collection[str] | None = None, *, said: Said = _plain) -> Tables:
    """The one place that knows how a snapshot is made. Relations that are personal or sensitive stay here."""
    kinds, property_ids = ontology().kind_ids, ontology().property_ids
    ids = {number: snapshot.id(number) for number in snapshot.live().tolist()}
    names, values = snapshot.names(), _values(snapshot, shown_properties() if properties is None else properties)
    nodes = [
        Node(id, kinds[snapshot.kind[number]], said("name", names[number]),
             {key: tuple(said(key, text) for text in texts) for key, texts in values.get(number, {}).items()})
        for number, id in ids.items()
    ]  # fmt: skip
    edges = snapshot.edges()
    told = Counter(zip(edges.source.tolist(), edges.property.tolist(), edges.target.tolist(), strict=True))
    goes_out = [prop.is_open for prop in ontology().properties.values()]
    relations = [Edge(ids[source], property_ids[at], ids[target], count) for (source, at, target), count in told.items() if goes_out[at]]
    return Tables(snapshot.version, sorted(nodes), sorted(relations))


def _values(snapshot: Snapshot, properties: Collection[str]) -> dict[int, dict[str, tuple[str, ...]]]:
    """By slot and property, in the ontology's order, the told values without repetition."""
    slots, at, _, texts = snapshot.texts(tuple(properties))
    values: dict[int, dict[str, tuple[str, ...]]] = {}
    for slot, index, text in sorted(set(zip(slots.tolist(), at.tolist(), texts, strict=True))):
        of_slot = values.setdefault(slot, {})
        key = ontology().property_ids[index]
        of_slot[key] = (*of_slot.get(key, ()), text)
    return values


def to_networkx(snapshot: Snapshot) -> "networkx.MultiDiGraph":
    """A MultiDiGraph: nodes by id with `kind`, `name` and lists of values; edges keyed by property, with `told`."""
    import networkx

    found = tables(snapshot)
    graph = networkx.MultiDiGraph(version=found.version)
    for node in found.nodes:
        graph.add_node(node.id, kind=node.kind, name=node.name, **{key: list(values) for key, values in node.values.items()})
    for edge in found.edges:
        graph.add_edge(edge.source, edge.target, key=edge.property, told=edge.told)
    return graph


def node_link(snapshot: Snapshot, said: Said = _plain) -> bytes:
    """Node-link JSON, as `networkx.node_link_graph(json.loads(…), edges="edges")` and d3 read it."""
    found = tables(snapshot, said=said)
    data = {
        "directed": True,
        "multigraph": True,
        "graph": {"version": found.version},
        "nodes": [{"id": node.id, "kind": node.kind, "name": node.name, **node.values} for node in found.nodes],
        "edges": [{"source": one.source, "target": one.target, "key": one.property, "told": one.told} for one in found.edges],
    }
    return json.dumps(data, ensure_ascii=False, indent=1).encode()


def csv_tables(snapshot: Snapshot, said: Said = _plain) -> dict[str, bytes]:
    """`nodes.csv` and `edges.csv`: UTF-8 with BOM, as spreadsheets expect; several values of a property in one cell."""
    found = tables(snapshot, said=said)
    told = [key for key in ontology().property_ids if any(key in node.values for node in found.nodes)]
    nodes = [[node.id, node.kind, node.name, *(_joined(node, key) for key in told)] for node in found.nodes]
    name = {node.id: node.name for node in found.nodes}
    edges = [[one.source, name[one.source], one.property, one.target, name[one.target], str(one.told)] for one in found.edges]
    return {
        "nodes.csv": _csv(["id", "kind", "name", *told], nodes),
        "edges.csv": _csv(["source", "source_name", "property", "target", "target_name", "told"], edges),
    }


def csv_zip(snapshot: Snapshot, said: Said = _plain) -> bytes:
    """Both tables in one zip, dated 1980 so that its bytes do not hang on the clock."""
    data = io.BytesIO()
    with ZipFile(data, "w") as archive:
        for name, content in csv_tables(snapshot, said).items():
            entry = ZipInfo(name)
            entry.compress_type = ZIP_DEFLATED
            archive.writestr(entry, content)
    return data.getvalue()


def _joined(node: Node, key: str) -> str:
    return BETWEEN_VALUES.join(node.values.get(key, ()))


def _csv(header: list[str], rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([header, *([guarded(cell) for cell in row] for row in rows)])
    return text.getvalue().encode("utf-8-sig")


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: one that begins like one gets a leading '. So does one that begins like a
    guarded one, that `unguarded` gives back just what was there.

    >>> guarded("=1+1"), guarded("港航"), guarded("'=1")
    ("'=1+1", '港航', "''=1")
    """
    return f"'{cell}" if _RUNS.match(cell) else cell


def unguarded(cell: str) -> str:
    """A cell as it was before it was guarded.

    >>> unguarded("'=1+1"), unguarded("'港航'")
    ('=1+1', "'港航'")
    """
    return cell[1:] if cell.startswith("'") and _RUNS.match(cell) else cell


def xml_text(text: str) -> str:
    """A text for XML: escaped, without what XML cannot hold."""
    return escape(_NO_XML.sub("", text))


def xml_quoted(text: str) -> str:
    """The same as the value of an attribute, with its quotation marks."""
    return quoteattr(_NO_XML.sub("", text))


def graphml(snapshot: Snapshot, said: Said = _plain) -> bytes:
    """GraphML 1.0 for Gephi, yEd, Cytoscape and networkx. Written here: networkx's writer needs a graph first (167 bytes an edge)."""
    found = tables(snapshot, said=said)
    told = [key for key in ontology().property_ids if any(key in node.values for node in found.nodes)]
    lines = ['<?xml version="1.0" encoding="utf-8"?>', '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">']
    lines += [f'<key id="n_{key}" for="node" attr.name="{key}" attr.type="string"/>' for key in ("kind", "name", *told)]
    lines += ['<key id="e_property" for="edge" attr.name="property" attr.type="string"/>']
    lines += ['<key id="e_told" for="edge" attr.name="told" attr.type="int"/>']
    lines += [f'<graph id="version{found.version}" edgedefault="directed">']
    for node in found.nodes:
        values = {"kind": node.kind, "name": node.name, **{key: _joined(node, key) for key in told if key in node.values}}
        lines.append(f"<node id={quoteattr(node.id)}>{_data('n', values)}</node>")
    for at, edge in enumerate(found.edges):
        ends = f"source={quoteattr(edge.source)} target={quoteattr(edge.target)}"
        lines.append(f'<edge id="e{at}" {ends}>{_data("e", {"property": edge.property, "told": edge.told})}</edge>')
    return "\n".join([*lines, "</graph>", "</graphml>", ""]).encode()


def _data(prefix: str, values: Mapping[str, Any]) -> str:
    return "".join(f'<data key="{prefix}_{key}">{xml_text(str(value))}</data>' for key, value in values.items())
