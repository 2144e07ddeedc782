"""What follows from who is linked to whom: nearness by random walks, hops, and links that everything hangs on.

A graph is two arrays, `indptr` and `indices` (CSR, int32 or int64): the neighbours of i are `indices[indptr[i]:indptr[i + 1]]`, sorted,
each edge in both directions, no edge twice and none to itself, as `Snapshot.links()` gives them.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Indices: TypeAlias = npt.NDArray[np.signedinteger[Any]]
Floats: TypeAlias = npt.NDArray[np.float64]


def neighbours(indptr: Indices, indices: Indices, nodes: Indices) -> tuple[Indices, Indices]:
    """Neighbours of all `nodes` in one array, node by node, and how many each has."""
    count = np.diff(indptr)[nodes].astype(np.int64)
    begin = indptr[nodes] - (np.cumsum(count) - count)
    return indices[np.arange(count.sum()) + np.repeat(begin, count)], count


def matrix(indptr: Indices, indices: Indices, weights: Floats | None = None) -> Any:
    """The graph as scipy's matrix, of ones without weights; csr_matrix, since scikit-network 0.33 takes no csr_array."""
    from scipy.sparse import csr_matrix

    size = len(indptr) - 1
    return csr_matrix((np.ones(len(indices)) if weights is None else weights, indices, indptr), shape=(size, size))  # type: ignore[no-untyped-call]


def personalised_pagerank(
    indptr: Indices, indices: Indices, source: int, *, damping: float = 0.85, epsilon: float = 1e-6
) -> tuple[Indices, Floats]:
    """Where a walk that returns to `source` with chance 1 - `damping` at each step is found: (nodes ascending, scores), scores above 0.

    Forward push (Andersen, Chung, Lang 2006), all nodes whose residue exceeds `epsilon` times their degree in one round. Each score is
    below the true one by at most `epsilon` times the node's degree; without links the walk never leaves. At 100,000 nodes and 1 M
    edges 3-7 ms, networkx 3.7 s; the same loop in numba 2-4 ms, which is not worth its 0.2 s of import and 64 MB of install.
    """
    degree = np.diff(indptr)
    if not degree[source]:
        return np.array([source]), np.ones(1)
    score, residue, bound = np.zeros(len(degree)), np.zeros(len(degree)), epsilon * degree
    residue[source] = 1.0
    front: Indices = np.array([source])
    while len(front):
        mass = residue[front]
        residue[front] = 0.0
        score[front] += (1 - damping) * mass
        reached, count = neighbours(indptr, indices, front)
        share = np.repeat(damping * mass / count, count)
        if len(reached) > len(residue) // 100:
            residue += np.bincount(reached, share, len(residue))
            front = np.flatnonzero(residue > bound)
        else:  # a round that reaches few must not cost a pass over all nodes: 0.2 ms of 100,000
            np.add.at(residue, reached, share)
            reached = np.unique(reached)
            front = reached[residue[reached] > bound[reached]]
    nodes = np.flatnonzero(score)
    return nodes, score[nodes]


def shortest_distances(indptr: Indices, indices: Indices, sources: int | Indices, *, hops: int) -> npt.NDArray[np.int32]:
    """Steps from the nearest source to every node, up to `hops`; -1 where it is further or not linked at all."""
    distance = np.full(len(indptr) - 1, -1, np.int32)
    front = np.atleast_1d(np.asarray(sources))
    distance[front] = 0
    for step in range(1, hops + 1):
        reached, _ = neighbours(indptr, indices, front)
        front = np.unique(reached[distance[reached] < 0])
        distance[front] = step
        if not len(front):
            break
    return distance


def bridges(indptr: Indices, indices: Indices) -> Indices:
    """Edges whose loss would part two sides that nothing else joins: (count, 2), each smaller end first, in order.

    Low-links (Tarjan 1974): depth-first numbers come from scipy, the lowest number that each node's neighbours have from one reduction;
    only folding them up the tree is a Python loop, over nodes, not edges.
    """
    number, parent = _depth_first(indptr, indices)
    order = np.argsort(number)
    low = _lowest(indptr, indices, number, parent).tolist()
    above = parent.tolist()
    for node in order[::-1].tolist():
        if above[node] >= 0 and low[node] < low[above[node]]:
            low[above[node]] = low[node]
    cut = np.flatnonzero((parent >= 0) & (np.array(low, np.int64) >= number))
    edges = np.sort(np.column_stack([parent[cut], cut]), axis=1)
    return edges[np.lexsort((edges[:, 1], edges[:, 0]))]


def _depth_first(indptr: Indices, indices: Indices) -> tuple[Indices, Indices]:
    """Each node's number in a depth-first walk through all components, and its parent there (-1 at a root)."""
    from scipy.sparse.csgraph import connected_components, depth_first_order

    size = len(indptr) - 1
    if not size:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    _, component = connected_components(matrix(indptr, indices), directed=False)
    _, roots = np.unique(component, return_index=True)
    # One more node, with an edge to each component, so that one walk sees all of them.
    whole = matrix(np.append(indptr, indptr[-1] + len(roots)), np.append(indices, roots))
    order, parent = depth_first_order(whole, size, directed=True)
    number = np.empty(size + 1, np.int64)
    number[order] = np.arange(size + 1)
    return number[:size], np.where(parent[:size] == size, -1, parent[:size]).astype(np.int64)


def _lowest(indptr: Indices, indices: Indices, number: Indices, parent: Indices) -> Indices:
    """The lowest number among each node and its neighbours, its parent left out."""
    count = np.diff(indptr)
    seen = np.where(indices == np.repeat(parent, count), len(number), number[indices])
    low = number.copy()
    some = np.flatnonzero(count)
    low[some] = np.minimum(low[some], np.minimum.reduceat(seen, indptr[some])) if len(some) else low[some]
    return low
