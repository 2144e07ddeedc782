"""The graph as a picture: clusters and what joins them, and the map at several levels of detail."""

from collections.abc import Collection, Sequence

import numpy as np

from api.looking import PAGE, rows_page
from api.published import Published
from api.verbs import Data
from graph.analysis.communities import between, bridging, drawn
from graph.record.ontology import ontology


def communities(published: Published) -> Data:
    """Every cluster with its title, count and disc, largest first; and how many links join each two."""
    clusters = _clusters(published)
    return {"version": published.version, "total": len(clusters), "clusters": clusters, "links": _between(published)}


def _clusters(published: Published) -> list[Data]:
    return published.part("clusters", _made_clusters)


def _made_clusters(published: Published) -> list[Data]:
    from graph.analysis.layout import discs
    from graph.analysis.titles import named

    live = np.flatnonzero(drawn(published.snapshot))
    if not len(live):
        return []
    labels = published.picture.labels[live]
    titles = named(published.derived, published.picture.labels)
    placed = discs(published.picture.positions[live], labels)
    counts = dict(zip(*(column.tolist() for column in np.unique(labels, return_counts=True)), strict=True))
    found = [
        {"id": label, "title": titles[label], "count": counts[label], "x": _rounded(x), "y": _rounded(y), "radius": _rounded(radius)}
        for label, (x, y), radius in zip(placed.label.tolist(), placed.centre.tolist(), placed.radius.tolist(), strict=True)
    ]
    return sorted(found, key=lambda one: (one["id"] < 0, -one["count"], one["id"]))


def _rounded(value: float) -> float:
    return round(value, 3)


def _between(published: Published) -> list[Data]:
    found = between(*published.bound, published.picture.labels)
    columns = (found.first.tolist(), found.second.tolist(), found.links.tolist())
    return [{"first": first, "second": second, "links": links} for first, second, links in zip(*columns, strict=True)]


LEAST = 5
"""Workshops from which a cluster counts where clusters are held against each other: below, every gap would be one."""


def gaps(published: Published, *, links: int, cursor: str = "", limit: int = PAGE) -> Data:
    """A page of the pairs of clusters with so many links between them (0: no cooperation, 1: a single one), the largest first."""
    return rows_page(published, published.part("gaps", _made_gaps)[links], cursor, limit)


def _made_gaps(published: Published) -> tuple[list[Data], list[Data]]:
    """Pairs without a link and pairs with one, among the clusters that hold at least LEAST workshops."""
    labels = published.picture.labels
    inside = labels[published.snapshot.live("workshop")]
    found, counts = np.unique(inside[inside >= 0], return_counts=True)
    clusters = {one["id"]: one for one in _clusters(published)}
    large = sorted((clusters[label] for label in found[counts >= LEAST].tolist()), key=lambda one: (-one["count"], one["id"]))
    links = {frozenset((pair["first"], pair["second"])): pair["links"] for pair in _between(published)}
    pairs = [_gap(large[one], large[other]) for other in range(len(large)) for one in range(other)]
    pairs.sort(key=lambda pair: -pair["first_count"] * pair["second_count"])
    told = [{**pair, "links": links.get(frozenset((pair["first"], pair["second"])), 0)} for pair in pairs]
    return [pair for pair in told if not pair["links"]], [pair for pair in told if pair["links"] == 1]


def _gap(one: Data, other: Data) -> Data:
    return {
        "first": one["id"], "first_title": one["title"], "first_count": one["count"],
        "second": other["id"], "second_title": other["title"], "second_count": other["count"],
    }  # fmt: skip


def bridges(published: Published, *, cursor: str = "", limit: int = PAGE) -> Data:
    """A page of the things that join clusters, those that reach most first, and the pairs of clusters that hang on one link."""
    found = published.part("bridging", _made_bridging)
    return {**rows_page(published, found, cursor, limit), "single": [pair for pair in _between(published) if pair["links"] == 1]}


def _made_bridging(published: Published) -> list[Data]:
    snapshot, kinds = published.snapshot, ontology().kind_ids
    return [
        {
            "id": snapshot.id(one.node), "name": published.names[one.node], "kind": kinds[snapshot.kind[one.node]],
            "cluster": one.community, "links": one.links,
            "reaches": [{"cluster": cluster, "links": links} for cluster, links in one.reaches],
        }
        for one in bridging(*published.bound, published.picture.labels)
    ]  # fmt: skip


def map_data(published: Published, *, detail: str = "discs", kinds: Sequence[str] = (), clusters: Collection[int] = ()) -> Data:
    """The map: `discs` holds clusters and their links, `members` also every thing and relation of the kinds and clusters asked for.

    An edge names its ends by their place in `nodes`; `places` names the places that nodes tell.
    """
    told = {**communities(published), "detail": detail, "nodes": [], "edges": [], "places": {}}
    if detail == "members":
        told |= _members(published, kinds, clusters)
    return told


def _members(published: Published, kinds: Sequence[str], clusters: Collection[int]) -> Data:
    snapshot = published.snapshot
    chosen = drawn(snapshot)
    if kinds:
        chosen &= np.isin(snapshot.kind, [ontology().kind_ids.index(ontology().canonical("kind", kind)) for kind in kinds])
    if clusters:
        chosen &= np.isin(published.picture.labels, list(clusters))
    slots = np.flatnonzero(chosen)
    at = np.full(snapshot.size, -1)
    at[slots] = np.arange(len(slots))
    edges = snapshot.edges()
    inside = chosen[edges.source] & chosen[edges.target]
    triples = zip(at[edges.source[inside]].tolist(), edges.property[inside].tolist(), at[edges.target[inside]].tolist(), strict=True)
    property_ids = ontology().property_ids
    nodes = [_node(published, slot) for slot in slots.tolist()]
    return {
        "nodes": nodes,
        "edges": [{"source": source, "target": target, "property": property_ids[of]} for source, of, target in dict.fromkeys(triples)],
        "places": {node["place"]: published.names[snapshot.number(node["place"])] for node in nodes if node["place"]},
    }


def _node(published: Published, slot: int) -> Data:
    snapshot, (x, y) = published.snapshot, published.picture.positions[slot].tolist()
    place = int(published.derived.column("place")[slot])
    indptr = published.joined[0]
    return {
        "id": snapshot.id(slot), "name": published.names[slot], "kind": ontology().kind_ids[snapshot.kind[slot]],
        "x": _rounded(x), "y": _rounded(y), "cluster": int(published.picture.labels[slot]), "degree": int(indptr[slot + 1] - indptr[slot]),
        "place": snapshot.id(place) if place >= 0 else None, "trade": _code("trade", int(published.derived.column("trade")[slot])),
        "level": _code("level", int(snapshot.column("level")[slot])),
    }  # fmt: skip


def _code(scheme: str, at: int) -> str | None:
    return list(ontology().codes[scheme])[at] if at >= 0 else None
