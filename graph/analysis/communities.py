"""Clusters (片区) of the graph: who belongs together, under which number from version to version, and what joins them.

Labels are int32, one a node: 0 … count-1, the largest community first; `ALONE` and `BESIDE` (below 0) for what is in none.
"""

from collections.abc import Collection, Mapping
from itertools import count as numbers
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from graph.analysis.derive import DERIVED_FOR, Derived
from graph.analysis.walks import Floats, Indices, matrix
from graph.record.ontology import ontology
from graph.record.snapshot import Snapshot

Labels: TypeAlias = npt.NDArray[np.int32]

ALONE = -1
"""The label of a node that has no links; on the map, of what a planner looks for and no cluster holds."""

BESIDE = -2
"""The label of what else no cluster holds: places, documents and the like. Apart from ALONE, so that it takes no room among it."""

WHERE = ("place", "within")
"""Relations that bring nobody together: of two in one city one knows no more than that. Joined by them, the demo's clusters were cities:
28 % of a cluster's members were of its commonest trade, without them and with trades 76 % (`bench/clusters.py`)."""

TRADE = 0.5
"""What being of one trade, told or inferred, counts for beside a relation that somebody told."""

FEW = 5
"""Workshops, people, units, needs and groups that a cluster holds at least: below, it is somebody and his firm."""


def clusters(told: Derived, seed: int = 0) -> Labels:
    """The clusters of a snapshot, by slot: those who work together, belong together, name one field or are of one trade."""
    snapshot = told.snapshot
    bonds = _bonds(told)
    found = communities(bonds.indptr, bonds.indices, seed, weights=bonds.weights)
    sought = np.isin(snapshot.kind, [ontology().kind_ids.index(kind) for kind in DERIVED_FOR])
    found = _gathered(found, _large(found, sought), bonds)
    kept = (found >= 0) & _large(found, sought)[found]
    labels = np.where(sought, ALONE, BESIDE).astype(np.int32)
    labels[kept[: snapshot.size]] = _largest_first(found[: snapshot.size][kept[: snapshot.size]])
    return labels


class _Bonds(NamedTuple):
    """Who is bound to whom, as CSR with weights; behind the slots a node for each trade."""

    indptr: Indices
    indices: Indices
    weights: Floats


def _large(found: Labels, sought: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Per community whether FEW of those that a planner looks for are in it."""
    members = found[: len(sought)][sought]
    large: npt.NDArray[np.bool_] = np.bincount(members[members >= 0], minlength=len(found) + 1) >= FEW
    return large


def _gathered(found: Labels, large: npt.NDArray[np.bool_], bonds: _Bonds) -> Labels:
    """Members of small communities put to the large one that they are bound to most (of equal ones the first), then those bound to them;
    who is bound to none stays."""
    found, node, size = found.copy(), np.repeat(np.arange(len(found)), np.diff(bonds.indptr)), len(large)
    while (leaving := ~large[found[node]] & large[found[bonds.indices]]).any():
        pair, at = np.unique(node[leaving] * size + found[bonds.indices[leaving]], return_inverse=True)
        weakest_first = np.lexsort((-pair, np.bincount(at, bonds.weights[leaving])))
        found[pair[weakest_first] // size] = pair[weakest_first] % size
    return found


def _bonds(told: Derived) -> _Bonds:
    indptr, indices = joined(told.snapshot, but=WHERE)
    size, trade = told.snapshot.size, told.column("trade")
    of_trade = np.flatnonzero((trade >= 0) & (told.snapshot.kind >= 0))
    source, other = np.repeat(np.arange(size), np.diff(indptr)), size + trade[of_trade]
    pairs = np.concatenate([_pairs(source, indices), _pairs(of_trade, other), _pairs(other, of_trade)])
    pointers, ends = _rows(pairs, size + int(trade.max(initial=-1)) + 1)
    outer = (np.repeat(np.arange(len(pointers) - 1), np.diff(pointers)) >= size) | (ends >= size)
    return _Bonds(pointers, ends, np.where(outer, TRADE, 1.0))


def joined(snapshot: Snapshot, but: Collection[str] = ()) -> tuple[Indices, Indices]:
    """Who touches whom, as `Snapshot.links`, but for some properties.

    Decisions are left out: that a pair was declined brings it no closer.
    """
    edges, ids = snapshot.edges(), ontology().property_ids
    is_decision = snapshot.kind == ontology().kind_ids.index("decision")
    kept = ~(is_decision[edges.source] | is_decision[edges.target]) & (edges.source != edges.target)
    kept &= ~np.isin(edges.property, [ids.index(name) for name in but])
    source, target = edges.source[kept], edges.target[kept]
    return _rows(np.unique(np.concatenate([_pairs(source, target), _pairs(target, source)])), snapshot.size)


def among(links: tuple[Indices, Indices], chosen: Indices) -> tuple[Indices, Indices]:
    """The same links, of these nodes alone (rising) and numbered by their places; nothing may lead elsewhere."""
    indptr, indices = links
    place = np.full(len(indptr) - 1, -1, np.int32)
    place[chosen] = np.arange(len(chosen), dtype=np.int32)
    pointers = np.zeros(len(chosen) + 1, np.int32)
    np.cumsum(np.diff(indptr)[chosen], out=pointers[1:])
    return pointers, place[indices]


def _pairs(first: Indices, second: Indices) -> npt.NDArray[np.int64]:
    """Both ends in one number, the first in its upper half."""
    return first.astype(np.int64) << 32 | second.astype(np.int64)


def _rows(pairs: npt.NDArray[np.int64], size: int) -> tuple[Indices, Indices]:
    """CSR of these pairs."""
    pairs = np.sort(pairs)
    pointers = np.zeros(size + 1, np.int32)
    np.cumsum(np.bincount(pairs >> 32, minlength=size), out=pointers[1:])
    return pointers, (pairs & 0xFFFFFFFF).astype(np.int32)


def drawn(snapshot: Snapshot) -> npt.NDArray[np.bool_]:
    """Per slot, whether a thing stands on the map: whatever is live and no decision."""
    found: npt.NDArray[np.bool_] = (snapshot.kind >= 0) & (snapshot.kind != ontology().kind_ids.index("decision"))
    return found


def communities(indptr: Indices, indices: Indices, seed: int = 0, *, weights: Floats | None = None, resolution: float = 1.0) -> Labels:
    """The partition that Louvain (Blondel et al. 2008, scikit-network) finds; higher `resolution`, smaller communities.

    Louvain's answer hangs on the order of the nodes. They are put in an order that follows from the structure alone, so that numbering
    things otherwise gives the same partition, but for nodes that the structure cannot tell apart. Measured at 100,000 nodes and 1 M
    edges: 0.5 s (1.6 s without any communities in it), networkx 16 s.
    """
    from sknetwork.clustering.louvain import Louvain

    labels = np.full(len(indptr) - 1, ALONE, np.int32)
    linked = np.flatnonzero(np.diff(indptr))
    if not len(linked):
        return labels
    order = linked[np.argsort(_structure(indptr, indices)[linked], kind="stable")]
    ordered = matrix(indptr, indices, weights)[order][:, order]
    ordered.sort_indices()
    labels[order] = _largest_first(Louvain(resolution=resolution, random_state=seed).fit_predict(ordered))
    return labels


def _structure(indptr: Indices, indices: Indices, rounds: int = 5) -> npt.NDArray[np.uint64]:
    """A number for each node made of its surroundings alone: colour refinement (Weisfeiler and Leman 1968), hashed to 64 bits."""
    count = np.diff(indptr)
    some = np.flatnonzero(count)
    colour = _mixed(count.astype(np.uint64))
    for _ in range(rounds):
        around = np.zeros(len(count), np.uint64)
        around[some] = np.add.reduceat(_mixed(colour)[indices], indptr[some]) if len(some) else 0
        colour = _mixed(colour * np.uint64(3) + around)
    return colour


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """splitmix64 (Steele, Lea, Flood 2014), wrapping; the sum of mixed colours stands for their multiset."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _largest_first(found: npt.NDArray[np.integer]) -> Labels:
    """Labels 0 … count-1 by size, largest first; of equal ones, that of the first node."""
    _, first, same, size = np.unique(found, return_index=True, return_inverse=True, return_counts=True)
    place = np.empty(len(size), np.int32)
    place[np.lexsort((first, -size))] = np.arange(len(size))
    return place[same]


def continued(previous: Labels, current: Labels) -> Labels:
    """The current partition under the previous labels, so that colours stay: communities that share most members keep the label.

    Arrays by slot; `previous` may be shorter (things came later). Every old label goes to one community at most; communities without
    one get the smallest numbers that the previous partition did not use, in their own order.
    """
    shared = min(len(previous), len(current))
    both = (previous[:shared] >= 0) & (current[:shared] >= 0)
    pairs, overlap = np.unique(np.column_stack([previous[:shared], current[:shared]])[both], axis=0, return_counts=True)
    kept: dict[int, int] = {}
    for at in np.lexsort((pairs[:, 1], pairs[:, 0], -overlap)):
        old, new = map(int, pairs[at])
        if new not in kept and old not in kept.values():
            kept[new] = old
    return _renamed(current, kept, used={*previous[previous >= 0].tolist()})


def _renamed(current: Labels, kept: Mapping[int, int], used: Collection[int]) -> Labels:
    """Labels replaced as `kept` says; the others take free numbers."""
    free = (number for number in numbers() if number not in used)
    names = np.unique(current[current >= 0]).tolist()
    table = {name: kept[name] if name in kept else next(free) for name in names}
    return np.array([table.get(label, label) for label in current.tolist()], np.int32)


class Between(NamedTuple):
    """How many links join two communities; `first` < `second`, in order."""

    first: Labels
    second: Labels
    links: npt.NDArray[np.int64]


def between(indptr: Indices, indices: Indices, labels: Labels) -> Between:
    """Links between communities. A pair that is not there has none; a pair with 1 hangs on a single link."""
    ends = np.column_stack([np.repeat(labels, np.diff(indptr)), labels[indices]])
    pairs, links = np.unique(ends[(ends[:, 0] >= 0) & (ends[:, 0] < ends[:, 1])], axis=0, return_counts=True)
    return Between(pairs[:, 0], pairs[:, 1], links)


class Bridging(NamedTuple):
    """A thing whose links reach into other communities: which, and by how many links each; most links first."""

    node: int
    community: int
    reaches: tuple[tuple[int, int], ...]

    @property
    def links(self) -> int:
        """Links that leave the community."""
        return sum(count for _, count in self.reaches)


def bridging(indptr: Indices, indices: Indices, labels: Labels) -> list[Bridging]:
    """Things that join communities, those that reach most communities first, then by links, then by node."""
    node = np.repeat(np.arange(len(labels)), np.diff(indptr))
    reached = labels[indices]
    leaves = (labels[node] != reached) & (labels[node] >= 0) & (reached >= 0)
    pairs, links = np.unique(np.column_stack([node, reached])[leaves], axis=0, return_counts=True)
    reaches: dict[int, list[tuple[int, int]]] = {}
    for (at, community), count in zip(pairs.tolist(), links.tolist(), strict=True):
        reaches.setdefault(at, []).append((community, count))
    found = [Bridging(at, int(labels[at]), tuple(sorted(to, key=lambda one: (-one[1], one[0])))) for at, to in reaches.items()]
    return sorted(found, key=lambda one: (-len(one.reaches), -one.links, one.node))
