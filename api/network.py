"""The graph as a picture: clusters and what joins them, and the map at several levels of detail."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from api.looking import PAGE, chosen, rows_page
from api.published import Published
from api.verbs import Data
from graph.analysis.communities import between, bridging, drawn
from graph.analysis.derive import UNITS
from graph.analysis.privacy import withheld
from graph.record.ontology import MEMBER_ROLES, ontology


class View(NamedTuple):
    """What a sheet or a file of the map shows: the filters of /things, words of a name or a unit, what is selected and how far around
    it, and what the sheet says of itself."""

    wanted: Mapping[str, Sequence[str]]
    q: str = ""
    words: str = ""
    select: str = ""
    hops: int = 1
    title: str = ""
    day: str = ""
    lang: str = "zh"


def seen(published: Published, view: View) -> npt.NDArray[np.int64]:
    """The slots that pass. Raises what `looking.chosen` raises."""
    slots = chosen(published, view.wanted, q=view.q, on_map=True)
    words = view.words.strip().lower()
    if not words:
        return slots
    has = [words in name.lower() for name in published.names]
    unit = _units(published)
    return np.array([slot for slot in slots.tolist() if has[slot] or (unit[slot] >= 0 and has[unit[slot]])], np.int64)


def _units(published: Published) -> list[int]:
    """Per slot its unit as the map's list shows it, -1 where none is told: also who leads a group."""
    edges, ids = published.snapshot.edges(), ontology().property_ids
    unit = np.full(published.snapshot.size, -1)
    for name in ("secretariat", "lead", *reversed(UNITS)):
        rows = np.flatnonzero(edges.property == ids.index(name))[::-1]  # of several the first
        unit[edges.source[rows]] = edges.target[rows]
    found: list[int] = unit.tolist()
    return found


class Relation(NamedTuple):
    """One line of the map, from slot to slot. Guessed: no document and nobody at the desk says so; membership: of a group."""

    source: int
    property: str
    target: int
    guessed: bool
    membership: bool


def relations(published: Published) -> list[Relation]:
    """Every relation once, in order; also to the places that are inferred."""
    return published.part("relations", _made_relations)


def _made_relations(published: Published) -> list[Relation]:
    snapshot, ids, group = published.snapshot, ontology().property_ids, ontology().kind_ids.index("group")
    edges = snapshot.edges()
    rules = [source for source in snapshot.sources() if source.startswith("rule:")]
    by_rule = np.isin(edges.statement, [row.number for row in snapshot.told_by(*rules)] if rules else [])
    found: dict[tuple[int, int, int], bool] = {}
    for *ends, guessed in zip(*(one.tolist() for one in (edges.source, edges.property, edges.target, by_rule)), strict=True):
        key = (ends[0], ends[1], ends[2])
        found[key] = found.get(key, True) and guessed
    place, at = published.derived.column("place"), ids.index("place")
    for slot in np.flatnonzero(published.derived.inferred("place") & (snapshot.kind >= 0)).tolist():
        found[slot, at, int(place[slot])] = True
    return [
        Relation(source, ids[of], target, guessed, ids[of] in MEMBER_ROLES and snapshot.kind[source] == group)
        for (source, of, target), guessed in sorted(found.items())
    ]


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
        {"id": label, "title": withheld(titles[label]), "count": counts[label], "x": _rounded(x), "y": _rounded(y),
         "radius": _rounded(radius)}
        for label, (x, y), radius in zip(placed.label.tolist(), placed.centre.tolist(), placed.radius.tolist(), strict=True)
    ]  # fmt: skip
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
            "id": snapshot.id(one.node), "name": withheld(published.names[one.node]), "kind": kinds[snapshot.kind[one.node]],
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
    shown = drawn(snapshot)
    if kinds:
        shown &= np.isin(snapshot.kind, [ontology().kind_ids.index(ontology().canonical("kind", kind)) for kind in kinds])
    if clusters:
        shown &= np.isin(published.picture.labels, list(clusters))
    slots = np.flatnonzero(shown).tolist()
    at = {slot: place for place, slot in enumerate(slots)}
    nodes = [node(published, slot) for slot in slots]
    return {
        "nodes": nodes,
        "edges": [_edge(one, at) for one in relations(published) if one.source in at and one.target in at],
        "places": {one["place"]: published.names[snapshot.number(one["place"])] for one in nodes if one["place"]},
    }


def _edge(one: Relation, at: Mapping[int, int]) -> Data:
    """What a line is besides told is said only where it is so: most are told, and there are many."""
    marks = {name: True for name in ("guessed", "membership") if getattr(one, name)}
    return {"source": at[one.source], "target": at[one.target], "property": one.property, **marks}


def node(published: Published, slot: int) -> Data:
    """A thing as the map tells it."""
    snapshot, (x, y) = published.snapshot, published.picture.positions[slot].tolist()
    place = int(published.derived.column("place")[slot])
    indptr = published.joined[0]
    return {
        "id": snapshot.id(slot), "name": withheld(published.names[slot]), "kind": ontology().kind_ids[snapshot.kind[slot]],
        "x": _rounded(x), "y": _rounded(y), "cluster": int(published.picture.labels[slot]), "degree": int(indptr[slot + 1] - indptr[slot]),
        "place": snapshot.id(place) if place >= 0 else None, "trade": _code("trade", int(published.derived.column("trade")[slot])),
        "level": _code("level", int(snapshot.column("level")[slot])),
    }  # fmt: skip


def rows(published: Published, slots: Sequence[int]) -> Iterator[Data]:
    """The things with what stands beside them in a file: names of unit, place and cluster, None where none is told."""
    unit, names = _units(published), published.names
    titles = {one["id"]: one["title"].rsplit(" ", 1)[0] for one in _clusters(published)}
    for slot in slots:
        row = node(published, slot)
        place = names[published.snapshot.number(row["place"])] if row["place"] else None
        yield {**row, "unit": withheld(names[unit[slot]]) if unit[slot] >= 0 else None, "place_name": place,
               "cluster_title": titles[row["cluster"]]}  # fmt: skip


def _code(scheme: str, at: int) -> str | None:
    return list(ontology().codes[scheme])[at] if at >= 0 else None
