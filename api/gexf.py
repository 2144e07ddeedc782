"""The map for Gephi: GEXF 1.2 with places, colours and sizes as on screen, and in its head what a sheet of it says.

Written here: networkx's writer has no room for title and description and dates every file with the day of writing.
"""

from collections.abc import Iterable, Iterator, Mapping

from api import network
from api.drawing import colophon, colour_of, told
from api.network import Relation, View
from api.published import Published
from api.verbs import Data
from graph.analysis.exchange import xml_quoted, xml_text
from graph.record.ontology import ontology

COLUMNS = ("kind", "unit", "place", "trade", "level", "cluster", "cluster_title", "links")
"""What is told of a node beside its name; codes are shown by their labels."""

SCALE = 10.0
"""Gephi draws a node of size 1 as one unit wide: dots that stand 1 apart on our map would be one blot."""


def gexf(published: Published, view: View) -> bytes:
    """The things that pass and the relations between them. Raises what `looking.chosen` raises."""
    slots = network.seen(published, view).tolist()
    inside = {slot: published.snapshot.id(slot) for slot in slots}
    lines = [one for one in network.relations(published) if one.source in inside and one.target in inside]
    nodes = (_node(row, view.lang) for row in network.rows(published, slots))
    edges = (_edge(at, one, inside) for at, one in enumerate(lines))
    head = _head(published, view, len(slots))
    return "\n".join([*head, "<nodes>", *nodes, "</nodes>", "<edges>", *edges, "</edges>", "</graph>", "</gexf>", ""]).encode()


def _head(published: Published, view: View, shown: int) -> Iterator[str]:
    title = view.title or ("联姻图谱" if view.lang == "zh" else "Lianyin map")
    said = xml_text(f"{title} | {told(published, view, shown)} | {colophon(published, view)}")
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<gexf xmlns="http://www.gexf.net/1.2draft" xmlns:viz="http://www.gexf.net/1.2draft/viz" version="1.2">'
    yield f"<meta lastmodifieddate={xml_quoted(view.day)}><creator>Lianyin 联姻</creator><description>{said}</description></meta>"
    yield '<graph defaultedgetype="directed" mode="static">'
    yield from _declared("node", [(name, "integer" if name in ("cluster", "links") else "string") for name in COLUMNS])
    yield from _declared("edge", [("property", "string"), ("guessed", "boolean"), ("membership", "boolean")])


def _declared(of: str, columns: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f'<attributes class="{of}" mode="static">'
    yield from (f'<attribute id="{name}" title="{name}" type="{type}"/>' for name, type in columns)
    yield "</attributes>"


def _node(row: Data, lang: str) -> str:
    """A node with its columns (none for 未载), its colour, place (y upwards, as Gephi counts) and size."""
    coded = {name: ontology().label(name, row[name], lang) for name in ("kind", "trade", "level") if row[name]}
    values = {"unit": row["unit"], "place": row["place_name"], "cluster": row["cluster"], "cluster_title": row["cluster_title"],
              "links": row["degree"], **coded}  # fmt: skip
    red, green, blue = bytes.fromhex(colour_of(row["cluster"])[1:])
    x, y, size = SCALE * row["x"], -SCALE * row["y"], 2 + row["degree"] ** 0.5
    return (
        f'<node id="{row["id"]}" label={xml_quoted(row["name"])}>{_values(values)}<viz:color r="{red}" g="{green}" b="{blue}"/>'
        f'<viz:position x="{x:.2f}" y="{y:.2f}" z="0.0"/><viz:size value="{size:.2f}"/></node>'
    )


def _edge(at: int, one: Relation, ids: Mapping[int, str]) -> str:
    values = {"property": one.property, "guessed": str(one.guessed).lower(), "membership": str(one.membership).lower()}
    return f'<edge id="{at}" source="{ids[one.source]}" target="{ids[one.target]}">{_values(values)}</edge>'


def _values(values: Mapping[str, object]) -> str:
    known = (f'<attvalue for="{name}" value={xml_quoted(str(value))}/>' for name, value in values.items() if value is not None)
    return f"<attvalues>{''.join(known)}</attvalues>"
