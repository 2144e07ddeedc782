"""Where things stand on the map: every community a disc, the discs apart, members inside near what they are linked to.

A position is (x, y) in units of the distance between dots. Members stand on the points of a sunflower (Vogel 1979), so dots never
overlap and a disc's area follows its count. A map that continues another leaves everything that stays where it was within its disc.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from graph.analysis.communities import Labels
from graph.analysis.walks import Indices

Points: TypeAlias = npt.NDArray[np.float64]
Positions: TypeAlias = npt.NDArray[np.float32]

SPREAD = 0.62
"""Radius of a disc over the root of its count: neighbours on the sunflower then stand about 1 apart (0.98 at the least)."""

GAP = 2.0
"""Room between discs."""

SAMPLE = 24
"""Others that push a member away in a step. All of them at once is quadratic: 2.4 s at 5,000 things, this 0.6, and looks no better."""

STEPS = 60
"""Steps of the forces inside the discs, cooling to nothing."""


class Discs(NamedTuple):
    """The circle of each community, by rising label: `label` (count,), `centre` (count, 2), `radius` (count,)."""

    label: Labels
    centre: Points
    radius: npt.NDArray[np.float64]


def discs(positions: Positions, labels: Labels) -> Discs:
    """The disc of every community on a map: centred on its members' mean, wide enough for all of them and half a dot."""
    label, community, count = np.unique(labels, return_inverse=True, return_counts=True)
    points = positions.astype(np.float64)
    centre = _sums(points, community, len(label)) / count[:, None]
    radius = np.zeros(len(label))
    np.maximum.at(radius, community, np.linalg.norm(points - centre[community], axis=1))
    return Discs(label, centre, radius + 0.5)


def layout(indptr: Indices, indices: Indices, labels: Labels, seed: int = 0, previous: Positions | None = None) -> Positions:
    """Positions, float32 (n, 2), the same for the same input and seed; no two discs overlap.

    `previous`, (n, 2), continues an earlier map: NaN where a thing is new. What stays keeps its place in its disc; what is new goes to
    the free place nearest to the mean of its neighbours; discs give way to one another as little as they must.
    Raises ValueError where the shapes do not fit.
    """
    if len(labels) != len(indptr) - 1 or (previous is not None and previous.shape != (len(labels), 2)):
        raise ValueError(f"{len(indptr) - 1} nodes, {len(labels)} labels, previous {None if previous is None else previous.shape}")
    if not len(labels):
        return np.empty((0, 2), np.float32)
    graph = _graph(indptr, indices, labels)
    if previous is None or np.isnan(previous).all():
        points = _fresh(graph, seed)
    else:
        points = _continued(graph, previous.astype(np.float64), seed)
    centre = graph.sums(points) / graph.count[:, None]
    inside = points - centre[graph.community]
    reach = np.zeros(len(graph.count))
    np.maximum.at(reach, graph.community, np.linalg.norm(inside, axis=1))
    return (_apart(centre, reach + 0.5)[graph.community] + inside).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Graph:
    """The links, from CSR and as pairs, with communities 0 … count-1: `member` lists the nodes community by community, each from `start` on."""

    first: Indices
    node: Indices
    neighbour: Indices
    community: Indices
    count: Indices
    member: Indices
    start: Indices

    def sums(self, values: Points) -> Points:
        """Sums of (n, 2) over each community's members."""
        return _sums(values, self.community, len(self.count))


def _graph(indptr: Indices, indices: Indices, labels: Labels) -> _Graph:
    _, community, count = np.unique(labels, return_inverse=True, return_counts=True)
    degree = np.diff(indptr)
    # Well linked members first: they get the inner places.
    member = np.lexsort((-degree, community))
    return _Graph(indptr, np.repeat(np.arange(len(labels)), degree), indices, community, count, member, np.cumsum(count) - count)


def _sums(values: Points, at: Indices, size: int) -> Points:
    return np.column_stack([np.bincount(at, values[:, 0], size), np.bincount(at, values[:, 1], size)])


def _sunflower(place: npt.NDArray[Any]) -> Points:
    """The points of these numbers, 0 innermost: evenly spread, however many there are."""
    turn = place * (np.pi * (3 - np.sqrt(5)))
    return (SPREAD * np.sqrt(place + 0.5))[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])


def _fresh(graph: _Graph, seed: int) -> Points:
    centre = _placed(graph)
    return centre[graph.community] + _seated(graph, _relaxed(graph, centre, seed))


def _places(graph: _Graph) -> Indices:
    """Each node's number within its community, in `member` order."""
    place = np.empty(len(graph.member), np.int64)
    place[graph.member] = np.arange(len(place)) - np.repeat(graph.start, graph.count)
    return place


def _relaxed(graph: _Graph, centre: Points, seed: int) -> Points:
    """Members pushed and pulled (Fruchterman and Reingold 1991) within each community, and outwards to the discs they have links to."""
    random = np.random.default_rng(seed)
    points = _sunflower(_places(graph))
    own = graph.community[graph.node] == graph.community[graph.neighbour]
    node, neighbour = graph.node[own], graph.neighbour[own]
    outward = _outward(graph, centre, ~own)
    start, count = graph.start[graph.community][:, None], graph.count[graph.community][:, None]
    for step in range(STEPS):
        other = graph.member[start + (random.random((len(points), SAMPLE)) * count).astype(np.int64)]
        away = points[:, None] - points[other]
        push = (away / ((away**2).sum(axis=2) + 0.1)[:, :, None]).mean(axis=1) * count
        along = points[neighbour] - points[node]
        pull = _sums(along * np.linalg.norm(along, axis=1)[:, None], node, len(points))
        move = push + pull + outward
        length = np.maximum(np.linalg.norm(move, axis=1), 1e-9)[:, None]
        furthest = 0.3 * SPREAD * np.sqrt(count) * (1 - step / STEPS)
        points = points + move / length * np.minimum(length, furthest)
    return points


def _outward(graph: _Graph, centre: Points, leaves: npt.NDArray[np.bool_]) -> Points:
    """For each node the sum of directions of the discs that its links lead to: those who bridge stand on that side."""
    node, neighbour = graph.node[leaves], graph.neighbour[leaves]
    way = centre[graph.community[neighbour]] - centre[graph.community[node]]
    return _sums(way / np.maximum(np.linalg.norm(way, axis=1), 1e-9)[:, None], node, len(graph.community))


def _seated(graph: _Graph, points: Points) -> Points:
    """The points moved to a sunflower's: ring by ring from the middle, within a ring by direction, so that neighbours stay so."""
    mean = graph.sums(points) / graph.count[:, None]
    points = points - mean[graph.community]
    nearest = np.lexsort((np.linalg.norm(points, axis=1), graph.community))
    place = np.arange(len(points)) - np.repeat(graph.start, graph.count)
    seats = _sunflower(place)
    community = np.repeat(np.arange(len(graph.count)), graph.count)
    ring = np.sqrt(place / 3).astype(np.int64)
    who = nearest[np.lexsort((_direction(points[nearest]), ring, community))]
    seated = np.empty_like(points)
    seated[who] = seats[np.lexsort((_direction(seats), ring, community))]
    return seated


def _direction(points: Points) -> npt.NDArray[np.float64]:
    return np.arctan2(points[:, 1], points[:, 0])


def _placed(graph: _Graph) -> Points:
    """Centres of the discs: from a spiral, the largest in the middle, drawn together where links join them, pushed apart where they meet.

    Quadratic in the number of discs; fewer steps for many of them (2,000 discs: 3 s).
    """
    radius = SPREAD * np.sqrt(graph.count) + 0.5
    size = len(radius)
    largest = np.argsort(-radius, kind="stable")
    centre = np.empty((size, 2))
    wide = np.sqrt(np.cumsum((radius[largest] + GAP / 2) ** 2) - (radius[largest] + GAP / 2) ** 2 / 2)
    turn = np.arange(size) * (np.pi * (3 - np.sqrt(5)))
    centre[largest] = 1.2 * wide[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    weight = np.bincount(graph.community[graph.node] * size + graph.community[graph.neighbour], minlength=size * size).astype(float)
    weight = weight.reshape(size, size) / np.sqrt(np.outer(graph.count, graph.count))
    np.fill_diagonal(weight, 0.0)
    weight /= max(weight.sum(axis=1).max(), 1e-9)
    for _ in range(int(np.clip(2e7 / size**2, 12, 200))):
        way, distance, need = _ways(centre, radius)
        drawn = weight * np.maximum(distance - need, 0.0)
        centre = centre + 0.2 * (way * drawn[:, :, None]).sum(axis=1) - 0.01 * centre
        centre = centre - _push(centre, radius)
    return centre


def _ways(centre: Points, radius: npt.NDArray[np.float64]) -> tuple[Points, Points, Points]:
    """For every two discs the direction from one to the other, their distance, and the distance they need."""
    way = centre[None] - centre[:, None]
    distance = np.linalg.norm(way, axis=2)
    way /= np.maximum(distance, 1e-9)[:, :, None]
    return way, distance, radius[:, None] + radius[None] + GAP


def _push(centre: Points, radius: npt.NDArray[np.float64]) -> Points:
    """How far each disc stands in others: to be taken from its centre. A small one gives way to a large one."""
    way, distance, need = _ways(centre, radius)
    overlap = np.maximum(need - distance, 0.0)
    np.fill_diagonal(overlap, 0.0)
    area = radius**2
    overlap *= area[None] / (area[:, None] + area[None])
    return (way * overlap[:, :, None]).sum(axis=1)


def _apart(centre: Points, radius: npt.NDArray[np.float64]) -> Points:
    """Centres moved until no two discs overlap; none moves where all keep the gap. What 100 rounds leave, one common stretch ends."""
    for _ in range(100 if len(radius) < 500 else 10):
        push = _push(centre, radius)
        if np.abs(push).max() < 0.01:  # within GAP; waiting for exactly nothing would take all rounds
            return centre
        centre = centre - push
    _, distance, need = _ways(centre, radius)
    np.fill_diagonal(need, 0.0)
    return centre * max(1.0, float((need / np.maximum(distance, 1e-9)).max()))


def _continued(graph: _Graph, previous: Points, seed: int) -> Points:
    """The previous points; new things, and those that moved to another community, in free places of their discs."""
    heart = _hearts(graph, previous)
    width = SPREAD * np.sqrt(graph.count)
    far = np.linalg.norm(previous - heart[graph.community], axis=1) > 2 * width[graph.community] + 2
    points = previous.copy()
    points[far] = np.nan
    unknown = np.isnan(points[:, 0])
    for community in np.flatnonzero(np.bincount(graph.community[unknown], minlength=len(graph.count))):
        member = graph.member[graph.start[community] : graph.start[community] + graph.count[community]]
        if unknown[member].all():
            continue
        _fill(points, member, _wished(graph, points, heart, member[unknown[member]]), heart[community])
    return _with_new_communities(graph, points, seed)


def _hearts(graph: _Graph, points: Points) -> Points:
    """The median of each community's known points, which a few members from elsewhere do not shift; NaN where none is known."""
    heart = np.full((len(graph.count), 2), np.nan)
    known = graph.member[~np.isnan(points[graph.member, 0])]
    label, start = np.unique(graph.community[known], return_index=True)
    for community, members in zip(label, np.split(known, start[1:]), strict=True):
        heart[community] = np.median(points[members], axis=0)
    return heart


def _wished(graph: _Graph, points: Points, heart: Points, new: Indices) -> Mapping[int, Points]:
    """Where each new member should stand: the mean of its known neighbours in the community, else the community's middle."""
    wished = {}
    for node in new.tolist():
        around = graph.neighbour[graph.first[node] : graph.first[node + 1]]
        around = around[(graph.community[around] == graph.community[node]) & ~np.isnan(points[around, 0])]
        wished[node] = points[around].mean(axis=0) if len(around) else heart[graph.community[node]]
    return wished


def _fill(points: Points, member: Indices, wished: Mapping[int, Points], heart: Points) -> None:
    """Puts the new members, in order, on the free point of the community's sunflower that is nearest to where they should stand."""
    free = heart + _sunflower(np.arange(2 * len(member) + 8))
    for node in member.tolist():
        if node not in wished:
            free = free[((free - points[node]) ** 2).sum(axis=1) > 0.64]
    for node, wish in wished.items():
        nearest = ((free - wish) ** 2).sum(axis=1).argmin()
        points[node] = free[nearest]
        free = np.delete(free, nearest, axis=0)


def _with_new_communities(graph: _Graph, points: Points, seed: int) -> Points:
    """Communities of which nothing was known are laid out afresh, around the middle of what they are linked to."""
    new = np.isnan(points[:, 0])
    if not new.any():
        return points
    middle = np.nanmean(points, axis=0)
    centre = np.tile(middle, (len(graph.count), 1))
    for community in np.unique(graph.community[new]):
        around = graph.neighbour[graph.community[graph.node] == community]
        around = around[~np.isnan(points[around, 0])]
        # A little off the middle, each in its own direction: two centres on one point could not be pushed apart.
        turn = community * (np.pi * (3 - np.sqrt(5)))
        centre[community] = (points[around].mean(axis=0) if len(around) else middle) + np.array([np.cos(turn), np.sin(turn)])
    points[new] = (centre[graph.community] + _seated(graph, _relaxed(graph, centre, seed)))[new]
    return points


MAGIC = b"lianyin layout 1\n"


def layout_bytes(ids: Sequence[str], positions: Positions) -> bytes:
    """A layout to keep: magic, count (4 bytes, little endian), ids by line in order, then x and y of each as little-endian float32.

    Keyed by id and sorted, so it means the same whatever the things are numbered, and equal layouts are equal bytes.
    """
    order = sorted(range(len(ids)), key=ids.__getitem__)
    names = "".join(f"{ids[at]}\n" for at in order).encode()
    return MAGIC + len(ids).to_bytes(4, "little") + names + positions[order].astype("<f4").tobytes()


def read_layout(data: bytes, ids: Sequence[str]) -> Positions:
    """The kept positions of these things, (n, 2), NaN for a thing that it does not hold: what `layout` takes as `previous`.

    Raises ValueError where the bytes are no layout.
    """
    if not data.startswith(MAGIC):
        raise ValueError("no layout")
    count = int.from_bytes(data[len(MAGIC) : len(MAGIC) + 4], "little")
    body = len(data) - 8 * count
    names = data[len(MAGIC) + 4 : body].decode().split("\n")[:-1]
    if len(names) != count:
        raise ValueError(f"{count} things announced, {len(names)} found")
    kept = np.frombuffer(data[body:], "<f4").reshape(count, 2)
    row = {name: at for at, name in enumerate(names)}
    found = [row.get(id, -1) for id in ids]
    return np.vstack([kept, np.full((1, 2), np.nan, np.float32)])[found].astype(np.float32).reshape(-1, 2)
