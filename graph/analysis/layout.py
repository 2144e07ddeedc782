"""Where things stand on the map: every community a disc, the discs apart, members inside near what they are linked to.

A position is (x, y) in units of the distance between dots. Members stand on the points of a sunflower (Vogel 1979), so dots never
overlap and a disc's area follows its count. A map that continues another leaves everything that stays where it was within its disc.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from graph.analysis.communities import Labels
from graph.analysis.walks import Indices

Points: TypeAlias = npt.NDArray[np.float64]
Positions: TypeAlias = npt.NDArray[np.float32]

SPREAD = 0.62
"""Radius of a disc over the root of its count: neighbours on the sunflower then stand about 1 apart (0.96 at the least)."""

GAP = 1.5
"""Room between discs."""

KEPT_GAP = 0.5
"""Room that a map which continues another must leave: what grows takes the rest of the gap before it moves its neighbours."""

ROUNDS = 150
"""Rounds in which discs are drawn together and pushed apart."""

RENEW = 8
"""Rounds for which the list of discs near each other serves."""

GOLDEN = np.pi * (3 - np.sqrt(5))
"""The turn from one point of a sunflower to the next, in radians."""

SAMPLE = 24
"""Others, drawn anew each step, that push a member away. All of them would be quadratic: 5.5 s at 5,000 things instead of 0.4."""

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
        points, gap = _fresh(graph, seed), GAP
    else:
        points, gap = _continued(graph, previous.astype(np.float64), seed), KEPT_GAP
    centre = graph.sums(points) / graph.count[:, None]
    inside = points - centre[graph.community]
    reach = np.zeros(len(graph.count))
    np.maximum.at(reach, graph.community, np.linalg.norm(inside, axis=1))
    return (_apart(centre, reach + 0.5, gap)[graph.community] + inside).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Graph:
    """The links, from CSR and as pairs, with communities 0 … count-1; `member` lists nodes community by community, each from `start`.

    The first `outside` of them are none (labels below 0): what no cluster holds.
    """

    first: Indices
    node: Indices
    neighbour: Indices
    community: Indices
    count: Indices
    member: Indices
    start: Indices
    outside: int

    def sums(self, values: Points) -> Points:
        """Sums of (n, 2) over each community's members."""
        return _sums(values, self.community, len(self.count))


def _graph(indptr: Indices, indices: Indices, labels: Labels) -> _Graph:
    label, community, count = np.unique(labels, return_inverse=True, return_counts=True)
    degree = np.diff(indptr)
    # Well linked members first: they get the inner places.
    member = np.lexsort((-degree, community))
    outside = int((label < 0).sum())
    return _Graph(indptr, np.repeat(np.arange(len(labels)), degree), indices, community, count, member, np.cumsum(count) - count, outside)


def _sums(values: Points, at: Indices, size: int) -> Points:
    sums: Points = np.column_stack([np.bincount(at, values[:, 0], size), np.bincount(at, values[:, 1], size)])
    return sums


def _sunflower(place: npt.NDArray[Any]) -> Points:
    """The points of these numbers, 0 innermost: evenly spread, however many there are."""
    turn = place * GOLDEN
    points: Points = (SPREAD * np.sqrt(place + 0.5))[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    return points


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
    """The points moved to a sunflower's: points and seats of a community are halved alike, across and along in turn, down to one.

    Seating ring by ring and by direction tore neighbours apart: linked members stood 0.57 as far from each other as others do, now 0.44.
    """
    seats = _sunflower(np.arange(len(points)) - np.repeat(graph.start, graph.count))
    who, seat = graph.member, np.arange(len(points))
    part = np.repeat(np.arange(len(graph.count)), graph.count)
    for level in range(int(graph.count.max() - 1).bit_length()):
        who = who[np.lexsort((points[who, level % 2], part))]
        seat = seat[np.lexsort((seats[seat, level % 2], part))]
        _, start, at, size = np.unique(part, return_index=True, return_inverse=True, return_counts=True)
        part = 2 * part + (2 * (np.arange(len(part)) - start[at]) >= size[at])
    seated = np.empty_like(points)
    seated[who] = seats[seat]
    return seated


def _placed(graph: _Graph) -> Points:
    """Centres of the discs: from a spiral, the largest inmost, drawn together where links join them, pushed apart where they meet.

    What no cluster holds lies outside of all: large as it is and often hidden, it would leave a hole in the middle.
    """
    radius = SPREAD * np.sqrt(graph.count) + 0.5
    centre = np.zeros((len(radius), 2))
    centre[graph.outside :] = _drawn(graph, radius[graph.outside :])
    for at in reversed(range(graph.outside)):
        centre[at] = _beside(centre[at + 1 :], radius[at + 1 :] + radius[at] + GAP, at * GOLDEN)
    return centre


def _beside(centre: Points, room: npt.NDArray[np.float64], turn: float) -> Points:
    """The first point in a direction from the middle that is farther from each centre than its room."""
    way = np.array([np.cos(turn), np.sin(turn)])
    along = centre @ way
    aside = np.maximum(room**2 - (centre**2).sum(axis=1) + along**2, 0.0)
    return way * float((along + np.sqrt(aside)).max(initial=0.0, where=aside > 0))


def _drawn(graph: _Graph, radius: npt.NDArray[np.float64]) -> Points:
    centre = _spiral(radius)
    first, second, pull = _ties(graph)
    for at in range(ROUNDS):
        if at % RENEW == 0:
            near = _near(centre, radius)
        way, distance = _ways(centre, first, second)
        drawn = way * (pull * np.maximum(distance - radius[first] - radius[second] - GAP, 0.0))[:, None]
        centre = 0.99 * centre + 0.2 * (_sums(drawn, first, len(radius)) - _sums(drawn, second, len(radius)))
        centre += _push(centre, radius + GAP / 2, near)
    return centre


def _spiral(radius: npt.NDArray[np.float64]) -> Points:
    """Discs on a sunflower whose turns widen with their area, so that few overlap from the start."""
    largest = np.argsort(-radius, kind="stable")
    area = (radius[largest] + GAP / 2) ** 2
    out = 1.2 * np.sqrt(np.cumsum(area) - area / 2)
    turn = np.arange(len(radius)) * GOLDEN
    centre = np.empty((len(radius), 2))
    centre[largest] = out[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    return centre


def _ties(graph: _Graph) -> tuple[Indices, Indices, npt.NDArray[np.float64]]:
    """Pairs of linked communities and how strongly each is drawn: links over the root of both counts, at most 1 in all for a disc."""
    ends = graph.community[graph.node], graph.community[graph.neighbour]
    size = len(graph.count)
    pair, links = np.unique((ends[0] * size + ends[1])[(graph.outside <= ends[0]) & (ends[0] < ends[1])], return_counts=True)
    first, second = np.divmod(pair, size)
    pull = links / np.sqrt(graph.count[first] * graph.count[second])
    first, second, size = first - graph.outside, second - graph.outside, size - graph.outside
    total = np.bincount(first, pull, size) + np.bincount(second, pull, size)
    return first, second, pull / max(float(total.max(initial=0.0)), 1e-9)


def _ways(centre: Points, first: Indices, second: Indices) -> tuple[Points, npt.NDArray[np.float64]]:
    """The direction from each first disc to its second one, and their distance."""
    way = centre[second] - centre[first]
    distance = np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)
    return way / distance[:, None], distance


def _near(centre: Points, radius: npt.NDArray[np.float64]) -> tuple[Indices, Indices]:
    """Pairs of discs that overlap or soon may. Quadratic, 4 ms for 533 discs, which is why it is not asked anew each round."""
    across, along = (np.subtract.outer(one, one) for one in centre.T)
    first, second = np.nonzero(np.triu(across * across + along * along < (np.add.outer(radius, radius) + 2 * GAP) ** 2, 1))
    return first, second


def _push(centre: Points, radius: npt.NDArray[np.float64], near: tuple[Indices, Indices]) -> Points:
    """What takes each disc (with half its gap in the radius) out of those it stands in; a small one gives way to a large one."""
    first, second = near
    way, distance = _ways(centre, first, second)
    overlap = way * np.maximum(radius[first] + radius[second] - distance, 0.0)[:, None]
    share = (radius[second] ** 2 / (radius[first] ** 2 + radius[second] ** 2))[:, None]
    return _sums(overlap * (1 - share), second, len(radius)) - _sums(overlap * share, first, len(radius))


def _apart(centre: Points, radius: npt.NDArray[np.float64], gap: float) -> Points:
    """Centres moved until no two discs overlap; none moves where all keep this gap. What the rounds leave, one common stretch ends."""
    room = radius + gap / 2
    for _ in range(2 * ROUNDS // RENEW):
        near = _near(centre, radius)
        if np.abs(_push(centre, room, near)).max() < 0.01:  # within the gap; waiting for exactly nothing would take all rounds
            return centre
        for _ in range(RENEW):
            centre = centre + _push(centre, room, near)
    first, second = _near(centre, radius)
    _, distance = _ways(centre, first, second)
    return centre * max(1.0, float(((radius[first] + radius[second] + 0.01) / distance).max(initial=0.0)))


def _continued(graph: _Graph, previous: Points, seed: int) -> Points:
    """The previous points; new things, and those that moved to another community, in free places of their discs."""
    heart = _hearts(graph, previous)
    width = SPREAD * np.sqrt(graph.count)
    far = np.linalg.norm(previous - heart[graph.community], axis=1) > 2 * width[graph.community] + 2
    points = previous.copy()
    points[far] = np.nan
    unknown = np.isnan(points[:, 0])
    if unknown.all():
        return _fresh(graph, seed)
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
    """Puts the new members, in order, on the free point of the community's sunflower that is nearest to where they should stand.

    Many wish for one place: each distinct wish goes through the seats by rising distance once. (Looking at all seats for each of 20,000
    that came with one list took minutes.)
    """
    from scipy.spatial import KDTree

    tree: Any = KDTree
    seats = tree(heart + _sunflower(np.arange(2 * len(member) + 8)))
    free = np.ones(seats.n, np.bool_)
    known = np.setdiff1d(member, list(wished))
    for taken in seats.query_ball_point(points[known], 0.8):
        free[taken] = False
    nearest: dict[bytes, Iterator[int]] = {}
    for node, wish in wished.items():
        seat = next(at for at in nearest.setdefault(wish.tobytes(), _by_distance(seats, wish)) if free[at])
        points[node] = seats.data[seat]
        free[seat] = False


def _by_distance(seats: Any, wish: Points) -> Iterator[int]:
    """All points of a tree, nearest first, a few at a time."""
    told = 0
    while told < seats.n:
        found = np.atleast_1d(seats.query(wish, min(4 * told + 8, seats.n))[1])
        yield from found[told:].tolist()
        told = len(found)


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
        turn = community * GOLDEN
        centre[community] = (points[around].mean(axis=0) if len(around) else middle) + np.array([np.cos(turn), np.sin(turn)])
    points[new] = (centre[graph.community] + _seated(graph, _relaxed(graph, centre, seed)))[new]
    return points


MAGIC = b"lianyin layout 2\n"
OLDER = b"lianyin layout 1\n"
"""Made of clusters that places joined, whose numbers it did not keep: there is nothing in it to continue."""

_ROW = np.dtype([("at", "<f4", 2), ("label", "<i4")])


def layout_bytes(ids: Sequence[str], positions: Positions, labels: Labels) -> bytes:
    """A layout to keep: magic, count (4 bytes, little endian), ids by line in order, then for each x and y as little-endian float32 and
    the number of its community as int32.

    Keyed by id and sorted, so it means the same whatever the things are numbered, and equal layouts are equal bytes.
    """
    order = sorted(range(len(ids)), key=ids.__getitem__)
    names = "".join(f"{ids[at]}\n" for at in order).encode()
    rows = np.empty(len(ids), _ROW)
    rows["at"], rows["label"] = positions[order], labels[order]
    return MAGIC + len(ids).to_bytes(4, "little") + names + rows.tobytes()


def read_layout(data: bytes, ids: Sequence[str]) -> tuple[Positions, Labels]:
    """The kept positions of these things, (n, 2), and their communities; NaN and -1 for a thing that it does not hold.

    Raises ValueError where the bytes are no layout.
    """
    positions, labels = np.full((len(ids), 2), np.nan, np.float32), np.full(len(ids), -1, np.int32)
    if data.startswith(OLDER):
        return positions, labels
    if not data.startswith(MAGIC):
        raise ValueError("no layout")
    count = int.from_bytes(data[len(MAGIC) : len(MAGIC) + 4], "little")
    body = len(data) - _ROW.itemsize * count
    names = data[len(MAGIC) + 4 : body].decode().split("\n")[:-1]
    if len(names) != count:
        raise ValueError(f"{count} things announced, {len(names)} found")
    kept = np.frombuffer(data[body:], _ROW)
    places = {name: at for at, name in enumerate(names)}
    found = np.array([places.get(id, -1) for id in ids], np.int64)
    known = found >= 0
    positions[known], labels[known] = kept["at"][found[known]], kept["label"][found[known]]
    return positions, labels
