"""Where things stand on the map: every community a disc, the discs apart, members inside near what they are linked to.

A position is (x, y) in units of the distance between dots. Members stand on the points of a sunflower (Vogel 1979), so dots never
overlap and a disc's area follows its count. A map that continues another leaves everything that stays where it was within its disc.
"""

from typing import NamedTuple, TypeAlias

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
    """The links with the communities as 0 … count-1: `member` lists the nodes community by community, each from `start` on."""

    node: Indices
    neighbour: Indices
    degree: Indices
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
    return _Graph(np.repeat(np.arange(len(labels)), degree), indices, degree, community, count, member, np.cumsum(count) - count)


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
    largest = SPREAD * np.sqrt(graph.count)[graph.community]
    for step in range(STEPS):
        move = 0.5 * outward
        for _ in range(SAMPLE):
            other = graph.member[(graph.start + random.random((len(points), 1))[:, 0, None] * 0).astype(np.int64)[:, 0]]
            move += other
    return points
