"""Lists and surroundings: verbs that read the published version. All return plain data for JSON."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from api.published import Published
from api.verbs import Data, net
from graph.analysis.communities import drawn
from graph.analysis.derive import RULES
from graph.record.errors import InvalidData, NotFound
from graph.record.model import Statement
from graph.record.ontology import JUDGEMENTS, ontology
from graph.record.snapshot import Snapshot

Mask = NDArray[np.bool_]

PAGE = 50
"""Rows of a page unless asked otherwise."""

UNKNOWN = "unknown"
"""The filter value 未载: neither told nor inferred."""

REMEMBERED = 8
"""Versions of which it is kept what changed since."""

SURROUNDINGS = 1000
"""Most things that the neighbours of one are drawn with; how many more there are is said."""


# ---- things


def things(
    published: Published, wanted: Mapping[str, Sequence[str]], *, q: str = "", sort: str = "", cursor: str = "", limit: int = PAGE
) -> Data:
    """A page of things that pass all filters: `kind`, `missing`, `place`, `trade`, `level`, `cluster` (any of the values of each), and
    `conflict` (asked for by any value), `new_since` and `changed_since` (a version); those that a search finds, best first.

    Raises InvalidData (`code_unknown`, `unknown_property`, `cursor_refused`), NotFound `thing_unknown`.
    """
    slots = ranked(published, wanted, q=q)
    if sort:
        slots = slots[np.argsort(published.part(f"order {sort}", _ORDERS[sort])[slots], kind="stable")]
    page = rows_page(published, slots.tolist(), cursor, limit)
    return {**page, "rows": [thing_row(published, slot) for slot in page["rows"]]}


def chosen(published: Published, wanted: Mapping[str, Sequence[str]], *, q: str = "", on_map: bool = False) -> NDArray[np.int64]:
    """The slots of the things that pass all filters, rising; with `on_map` only of those that are drawn. Raises as `things`."""
    return np.sort(ranked(published, wanted, q=q, on_map=on_map))


def ranked(published: Published, wanted: Mapping[str, Sequence[str]], *, q: str = "", on_map: bool = False) -> NDArray[np.int64]:
    """The same in the order of the search, where there is one."""
    mask = drawn(published.snapshot) if on_map else published.snapshot.kind >= 0
    for name, values in wanted.items():
        if values:
            mask &= _FILTERS[name](published, values)
    if q:
        hits = published.search_index.search(q, k=published.snapshot.size)
        found = np.array([hit.number for hit in hits], np.int64)
        return found[mask[found]]
    return np.flatnonzero(mask)


def by_name(published: Published) -> NDArray[np.int64]:
    """Per slot its place by name, Chinese by sound: GB 18030 holds its 3,755 common characters in that order."""
    keys = [name.encode("gb18030") for name in published.names]
    place = np.empty(len(keys), dtype=np.int64)
    place[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    return place


def _by_degree(published: Published) -> NDArray[np.int64]:
    """Per slot its links, most first."""
    return -np.diff(published.joined[0]).astype(np.int64)


_ORDERS = {"name": by_name, "degree": _by_degree}


def read_cursor(cursor: str) -> int:
    """The number that a cursor stands for; -1 where it is empty. Raises InvalidData `cursor_refused`."""
    if not cursor:
        return -1
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise InvalidData("cursor_refused", place={"field": "cursor"})
    return int(cursor)


def rows_page(published: Published, rows: Sequence[Any], cursor: str, limit: int) -> Data:
    """A page of rows that stand in order."""
    start = read_cursor(cursor) + 1
    more = start + limit < len(rows)
    return {
        "version": published.version, "total": len(rows), "next": str(start + limit - 1) if more else None,
        "rows": list(rows[start : start + limit]),
    }  # fmt: skip


def _of_kind(published: Published, kinds: Sequence[str]) -> Mask:
    for kind in kinds:
        ontology().canonical("kind", kind)
    return np.isin(published.snapshot.kind, [ontology().kind_ids.index(ontology().canonical("kind", kind)) for kind in kinds])


def _without(published: Published, properties: Sequence[str]) -> Mask:
    """Things that may have a property of which it is neither told nor inferred: 「行业未载」."""
    missing = np.zeros(published.snapshot.size, dtype=bool)
    for property_id in properties:
        prop = ontology().property(property_id)
        kinds = [at for at, kind in enumerate(ontology().kind_ids) if prop.on is None or kind in prop.on]
        known = told(published.snapshot, prop.id)
        if prop.id in RULES:
            known |= published.derived.column(prop.id) >= 0
        missing |= np.isin(published.snapshot.kind, kinds) & ~known
    return missing


def told(snapshot: Snapshot, property_id: str, targets: Iterable[int] | None = None) -> Mask:
    """Per slot, whether the property is told (and its target is one of these)."""
    arrays = snapshot.arrays
    chosen = arrays.out_property == ontology().property_ids.index(property_id)
    if targets is not None:
        chosen &= np.isin(arrays.out_target, list(targets))
    found = np.zeros(snapshot.size, dtype=bool)
    found[np.searchsorted(arrays.out_ptr, np.flatnonzero(chosen), side="right") - 1] = True
    return found


def _in_place(published: Published, places: Sequence[str]) -> Mask:
    """Things in one of the places or in a part of it: a city holds its districts."""
    snapshot = published.snapshot
    wanted = {snapshot.number(id) for id in places if id != UNKNOWN}
    while more := set(np.flatnonzero(told(snapshot, "within", wanted)).tolist()) - wanted:
        wanted |= more
    inside = np.isin(published.derived.column("place"), list(wanted))
    return inside | _without(published, ["place"]) if UNKNOWN in places else inside


def _of_trade(published: Published, trades: Sequence[str]) -> Mask:
    codes = [ontology().canonical("trade", code) for code in trades if code != UNKNOWN]
    at = [list(ontology().codes["trade"]).index(code) for code in codes]
    inside = told(published.snapshot, "trade", at) | np.isin(published.derived.column("trade"), at)
    return inside | _without(published, ["trade"]) if UNKNOWN in trades else inside


def _of_level(published: Published, levels: Sequence[str]) -> Mask:
    codes = [ontology().canonical("level", code) for code in levels if code != UNKNOWN]
    at = [list(ontology().codes["level"]).index(code) for code in codes]
    inside = np.isin(published.snapshot.column("level"), at)
    return inside | _without(published, ["level"]) if UNKNOWN in levels else inside


def _in_cluster(published: Published, clusters: Sequence[str]) -> Mask:
    """The clusters of the map by their numbers; what has no link is -1."""
    labels = published.picture.labels
    found = {str(label): label for label in np.unique(labels).tolist()}
    inside: Mask = np.isin(labels, [found[cluster] for cluster in clusters if cluster in found]) & drawn(published.snapshot)
    return inside


def _conflicting(published: Published, _: Sequence[str]) -> Mask:
    """Things of which different values are told where only one may show: 「说法不一」."""
    return published.part("conflicts", _made_conflicts)


def _made_conflicts(published: Published) -> Mask:
    """Only things with two rows of one such property are assembled."""
    snapshot, arrays, properties = published.snapshot, published.snapshot.arrays, ontology().properties
    rows = np.flatnonzero(np.isin(arrays.out_property, [at for at, prop in enumerate(properties.values()) if not prop.many]))
    slots = np.searchsorted(arrays.out_ptr, rows, side="right") - 1
    pairs, count = np.unique(slots * len(properties) + arrays.out_property[rows], return_counts=True)
    conflicts = np.zeros(snapshot.size, dtype=bool)
    for slot in np.unique(pairs[count > 1] // len(properties)).tolist():
        conflicts[slot] = any(fact.conflict for fact in snapshot.thing(snapshot.id(slot)).facts)
    return conflicts


class Moved(NamedTuple):
    """What changed since a version: slots of things that are new and of those told of anew, how many statements came and went."""

    new: list[int]
    changed: list[int]
    adds: int
    retracts: int


def moved(published: Published, since: int) -> Moved:
    """What changed after a version, net. Raises NotFound `version_unknown`."""
    known: dict[int, Moved] = published.part("moved", lambda _: {})
    if since not in known:
        made = _moved(published, since)
        if len(known) >= REMEMBERED:
            known.clear()
        known[since] = made
    return known[since]


def _moved(published: Published, since: int) -> Moved:
    snapshot = published.snapshot
    added, retracted = net(published.reader, since, published.version)
    made = {one.subject for one in added if one.property == "kind"}
    touched = {id for one in (*added, *retracted) for id in _ends(snapshot, one)}
    slots = sorted({snapshot.number(id) for id in touched if snapshot.has(id)})
    new = [slot for slot in slots if snapshot.id(slot) in made and made.issuperset(snapshot.thing(snapshot.id(slot)).members)]
    return Moved(new, sorted(set(slots) - set(new)), len(added), len(retracted))


def _ends(snapshot: Snapshot, one: Statement) -> tuple[str, ...]:
    """The things that a statement touches; of a refusal that of the refused statement."""
    if one.property != "refused":
        return (one.subject, one.value) if one.property in JUDGEMENTS else (one.subject,)
    with suppress(NotFound):
        return (snapshot.statement(one.subject).statement.subject,)
    return ()


def _new_since(published: Published, versions: Sequence[str]) -> Mask:
    return np.isin(np.arange(published.snapshot.size), moved(published, int(versions[0])).new)


def _changed_since(published: Published, versions: Sequence[str]) -> Mask:
    return np.isin(np.arange(published.snapshot.size), moved(published, int(versions[0])).changed)


_FILTERS = {
    "kind": _of_kind, "missing": _without, "place": _in_place, "trade": _of_trade, "level": _of_level, "cluster": _in_cluster,
    "conflict": _conflicting, "new_since": _new_since, "changed_since": _changed_since,
}  # fmt: skip


def thing_row(published: Published, slot: int) -> Data:
    """A thing as lists show it: each cell with its value, how it is shown and whether it is inferred; null is 未载."""
    snapshot, names = published.snapshot, published.names
    unit = int(snapshot.column("organisation")[slot])
    place = int(published.derived.column("place")[slot])
    return {
        "id": snapshot.id(slot), "kind": ontology().kind_ids[snapshot.kind[slot]], "name": names[slot],
        "unit": None if unit < 0 else _cell(snapshot.id(unit), names[unit], False),
        "place": None if place < 0 else _cell(snapshot.id(place), names[place], _is_inferred(published, "place", slot)),
        "trade": _coded(published, "trade", int(published.derived.column("trade")[slot]), slot),
        "level": _coded(published, "level", int(snapshot.column("level")[slot]), slot),
        "degree": int(published.joined[0][slot + 1] - published.joined[0][slot]),
    }  # fmt: skip


def _cell(value: str, shown: str, inferred: bool) -> Data:
    return {"value": value, "shown": shown, "inferred": inferred}


def _is_inferred(published: Published, name: str, slot: int) -> bool:
    return bool(published.snapshot.column(name)[slot] < 0)


def _coded(published: Published, name: str, at: int, slot: int) -> Data | None:
    if at < 0:
        return None
    code = list(ontology().codes[name])[at]
    return _cell(code, ontology().label(name, code), _is_inferred(published, name, slot))


def neighbours(published: Published, id: str, *, hops: int = 1) -> Data:
    """What a thing is linked to, up to some hops, nearest first, and the relations among all of these; decisions are no relations."""
    from graph.analysis.walks import shortest_distances

    snapshot = published.snapshot
    distance = shortest_distances(*snapshot.links(), snapshot.number(id), hops=hops)
    reached = np.flatnonzero((distance >= 0) & drawn(snapshot))
    near = reached[np.argsort(distance[reached], kind="stable")][:SURROUNDINGS]
    return {
        "version": published.version, "id": snapshot.thing(id).id, "total": len(reached) - 1, "left_out": len(reached) - len(near),
        "nodes": [{**thing_row(published, slot), "hops": int(distance[slot])} for slot in near.tolist()],
        "edges": _edges_among(snapshot, near),
    }  # fmt: skip


def _edges_among(snapshot: Snapshot, slots: NDArray[np.integer]) -> list[Data]:
    edges = snapshot.edges()
    inside = np.isin(edges.source, slots) & np.isin(edges.target, slots)
    triples = zip(edges.source[inside].tolist(), edges.property[inside].tolist(), edges.target[inside].tolist(), strict=True)
    return [
        {"source": snapshot.id(source), "property": ontology().property_ids[at], "target": snapshot.id(target)}
        for source, at, target in dict.fromkeys(triples)
    ]


# ---- the ontology


def ontology_table() -> Data:
    """Kinds, properties and code lists."""
    table = ontology()
    return {
        "kinds": [
            {"id": kind.id, "zh": kind.zh, "en": kind.en, "edge": list(kind.edge) if kind.edge else None} for kind in table.kinds.values()
        ],
        "properties": [
            {
                "id": prop.id, "zh": prop.zh, "en": prop.en, "type": prop.type, "codes": prop.codes or None, "many": prop.many,
                "on": sorted(prop.on) if prop.on is not None else None, "to": sorted(prop.to) if prop.to is not None else None,
                "privacy": prop.privacy, "inferred": prop.id in RULES,
            }
            for prop in table.properties.values()
        ],
        "codes": {
            scheme: [{"code": code.code, "zh": code.zh, "en": code.en} for code in codes.values()] for scheme, codes in table.codes.items()
        },
    }  # fmt: skip
