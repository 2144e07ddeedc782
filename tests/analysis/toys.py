"""Small graphs whose answers are known, shared by the tests of this room."""

from itertools import combinations
from random import Random

import networkx as nx
import numpy as np

from graph.analysis.walks import Indices


def arrays(graph: nx.Graph) -> tuple[Indices, Indices]:
    """A networkx graph with nodes 0 … n-1 as symmetric CSR: (indptr, indices)."""
    size = graph.number_of_nodes()
    ends = np.array([*graph.edges, *((b, a) for a, b in graph.edges)], np.int64).reshape(-1, 2)
    ends = ends[np.lexsort((ends[:, 1], ends[:, 0]))]
    return np.searchsorted(ends[:, 0], np.arange(size + 1)).astype(np.int32), ends[:, 1].astype(np.int32)


def karate() -> nx.Graph:
    """Zachary's club of 34: two camps."""
    return nx.Graph(nx.karate_club_graph().edges)


def two_rings() -> nx.Graph:
    """Rings 0-4 and 5-9, joined by the one edge 4-5: the only bridge."""
    return nx.Graph([*((at, (at + 1) % 5) for at in range(5)), *((5 + at, 5 + (at + 1) % 5) for at in range(5)), (4, 5)])


def islands() -> nx.Graph:
    """A path 0-1-2, a triangle 3-4-5, a pair 6-7, and 8 alone."""
    graph = nx.Graph([(0, 1), (1, 2), (3, 4), (4, 5), (3, 5), (6, 7)])
    graph.add_node(8)
    return graph


def camps(count: int = 6, size: int = 30, seed: int = 1) -> nx.Graph:
    """`count` dense camps of `size`, thinly joined: the right partition is node // size."""
    return planted(count, size, 0.3, 0.005, seed)


def planted(count: int, size: int, inside: float, across: float, seed: int) -> nx.Graph:
    """`count` groups of `size`, pairs linked with these probabilities. Not networkx's own: its graphs differ between 3.6 and 3.7."""
    random = Random(seed)
    graph = nx.empty_graph(count * size)
    graph.add_edges_from(
        (a, b) for a, b in combinations(graph, 2) if random.random() < (inside if a // size == b // size else across)
    )
    return graph


def scattered(size: int, links: int, seed: int) -> nx.Graph:
    """A graph with exactly so many links anywhere."""
    random = Random(seed)
    graph = nx.empty_graph(size)
    graph.add_edges_from(sorted(combinations(graph, 2), key=lambda _: random.random())[:links])
    return graph


def relabelled(graph: nx.Graph, order: np.ndarray) -> nx.Graph:
    """The same graph with node i called order[i]."""
    other = nx.Graph()
    other.add_nodes_from(range(graph.number_of_nodes()))
    other.add_edges_from((int(order[a]), int(order[b])) for a, b in graph.edges)
    return other


TOYS = {"karate": karate, "two_rings": two_rings, "islands": islands, "camps": camps, "path": lambda: nx.path_graph(9)}
