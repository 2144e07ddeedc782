import networkx as nx
import numpy as np
import pytest

from graph.analysis.walks import bridges, personalised_pagerank, shortest_distances
from tests.analysis.toys import TOYS, arrays, relabelled, scattered


@pytest.mark.parametrize("name", TOYS)
def test_pagerank_is_that_of_networkx(name):
    graph = TOYS[name]()
    indptr, indices = arrays(graph)
    for source in (0, 4):
        nodes, scores = personalised_pagerank(indptr, indices, source, epsilon=1e-12)
        reached = graph.subgraph(nx.node_connected_component(graph, source))
        truth = nx.pagerank(reached, 0.85, personalization={source: 1}, tol=1e-12, max_iter=1000)
        assert nodes.tolist() == sorted(truth)
        np.testing.assert_allclose(scores, [truth[node] for node in nodes], atol=1e-8)


def test_pagerank_stays_within_its_bound():
    indptr, indices = arrays(TOYS["camps"]())
    degree = np.diff(indptr)
    _, exact = personalised_pagerank(indptr, indices, 7, epsilon=1e-14)
    for epsilon in (1e-3, 1e-4, 1e-5):
        nodes, scores = personalised_pagerank(indptr, indices, 7, epsilon=epsilon)
        missing = exact[nodes] - scores
        assert (missing > -1e-12).all()
        assert (missing <= epsilon * degree[nodes] + 1e-12).all()


def test_pagerank_of_one_without_links_is_itself():
    nodes, scores = personalised_pagerank(*arrays(TOYS["islands"]()), 8)
    assert (nodes.tolist(), scores.tolist()) == ([8], [1.0])


@pytest.mark.parametrize("name", TOYS)
def test_bridges_are_those_of_networkx(name):
    graph = TOYS[name]()
    assert [tuple(edge) for edge in bridges(*arrays(graph)).tolist()] == sorted(tuple(sorted(edge)) for edge in nx.bridges(graph))


def test_bridges_of_random_graphs_whatever_the_numbering():
    for seed in range(60):
        graph = scattered(25, 26 + seed % 8, seed)
        order = np.random.default_rng(seed).permutation(25)
        other = relabelled(graph, order)
        expected = sorted(tuple(sorted(edge)) for edge in nx.bridges(other))
        assert [tuple(edge) for edge in bridges(*arrays(other)).tolist()] == expected


def test_nothing_has_no_bridges():
    assert bridges(np.zeros(1, np.int32), np.empty(0, np.int32)).shape == (0, 2)


@pytest.mark.parametrize("hops", [0, 1, 2, 9])
def test_distances_are_those_of_networkx(hops):
    for name, toy in TOYS.items():
        graph = toy()
        truth = nx.single_source_shortest_path_length(graph, 4, cutoff=hops)
        found = shortest_distances(*arrays(graph), 4, hops=hops)
        assert found.tolist() == [truth.get(node, -1) for node in range(len(graph))], name


def test_distances_from_the_nearest_of_several():
    assert shortest_distances(*arrays(nx.path_graph(7)), np.array([0, 6]), hops=2).tolist() == [0, 1, 2, -1, 2, 1, 0]
