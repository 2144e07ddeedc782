import networkx as nx
import numpy as np
import pytest

from graph.analysis.communities import communities
from graph.analysis.layout import _fill, _sunflower, discs, layout, layout_bytes, read_layout
from tests.analysis.toys import TOYS, arrays, camps, planted


def laid_out(graph, seed=1, previous=None, labels=None):
    links = arrays(graph)
    labels = communities(*links, seed) if labels is None else labels
    return layout(*links, labels, seed, previous), labels


def overlapping(positions, labels):
    """Pairs of discs that share a point."""
    _, centre, radius = discs(positions, labels)
    distance = np.linalg.norm(centre[:, None] - centre[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    return np.argwhere(distance < radius[:, None] + radius[None]).tolist()


def nearest_two(positions):
    distance = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    return distance.min()


def many_islands():
    """400 communities of very different size."""
    return nx.disjoint_union_all([nx.star_graph(1 + (at * 7) % 23) for at in range(400)])


@pytest.mark.parametrize("toy", [*TOYS.values(), many_islands], ids=[*TOYS, "many_islands"])
def test_discs_and_dots_keep_apart(toy):
    positions, labels = laid_out(toy())
    assert positions.dtype == np.float32
    assert overlapping(positions, labels) == []
    assert nearest_two(positions) > 0.9


def test_the_same_input_gives_the_same_bytes():
    one, _ = laid_out(camps())
    again, _ = laid_out(camps())
    assert one.tobytes() == again.tobytes()


@pytest.mark.parametrize("seed", range(8))
def test_linked_members_stand_nearer_than_others(seed):
    graph = planted(8, 10, 0.8, 0.02, seed)
    positions, _ = laid_out(graph, labels=np.zeros(80, np.int32))
    linked = np.mean([np.linalg.norm(positions[a] - positions[b]) for a, b in graph.edges])
    others = np.mean([np.linalg.norm(positions[a] - positions[b]) for a, b in nx.non_edges(graph)])
    assert linked < 0.55 * others


def test_linked_communities_stand_nearer_than_others():
    ring = nx.ring_of_cliques(12, 8)
    labels = (np.arange(96) // 8).astype(np.int32)
    positions, _ = laid_out(ring, labels=labels)
    centre = discs(positions, labels).centre
    around = [np.linalg.norm(centre[at] - centre[(at + 1) % 12]) for at in range(12)]
    across = [np.linalg.norm(centre[at] - centre[(at + 6) % 12]) for at in range(12)]
    assert np.mean(around) < np.mean(across)


def test_going_on_without_a_change_moves_nothing():
    positions, labels = laid_out(camps())
    again, _ = laid_out(camps(), previous=positions, labels=labels)
    assert np.abs(again - positions).max() < 0.05


@pytest.mark.parametrize("seed", range(8))
def test_what_stays_moves_little_when_things_come(seed):
    graph = camps(seed=seed)
    positions, labels = laid_out(graph)
    centre = discs(positions, labels).centre
    inmost = np.linalg.norm(centre - centre.mean(axis=0), axis=1).argmin()  # where the others have to give way all around
    member = np.flatnonzero(labels == discs(positions, labels).label[inmost]).tolist()
    graph.add_edges_from((new, member[(new + at) % len(member)]) for new in range(180, 190) for at in range(2))
    grown = np.append(labels, np.repeat(labels[member[0]], 10)).astype(np.int32)
    previous = np.vstack([positions, np.full((10, 2), np.nan, np.float32)])
    later, _ = laid_out(graph, previous=previous, labels=grown)
    size = np.ptp(positions, axis=0).max()
    moved = np.linalg.norm(later[:180] - positions, axis=1)
    assert np.median(moved) < 0.02 * size
    assert moved.max() < 0.1 * size
    assert overlapping(later, grown) == []
    assert nearest_two(later) > 0.7


def test_what_comes_takes_the_free_place_nearest_to_its_wish():
    """Beside a look at every place for every one that comes: many wish for the same."""
    random = np.random.default_rng(3)
    points = random.uniform(-4, 4, (400, 2))
    points[150:] = np.nan
    member, heart = np.arange(300), np.array([0.5, -0.5])
    wishes = random.uniform(-6, 6, (12, 2))
    wished = {node: wishes[node % 12] for node in range(150, 300)}
    expected, free = points.copy(), heart + _sunflower(np.arange(608))
    for node in range(150):
        free = free[((free - points[node]) ** 2).sum(axis=1) > 0.64]
    for node, wish in wished.items():
        at = ((free - wish) ** 2).sum(axis=1).argmin()
        expected[node], free = free[at], np.delete(free, at, axis=0)
    _fill(points, member, wished, heart)
    np.testing.assert_array_equal(points, expected)


def test_a_thing_that_changes_community_and_a_new_community_find_room():
    graph = camps()
    positions, labels = laid_out(graph)
    graph.add_edges_from(nx.complete_graph(range(180, 186)).edges)
    graph.add_edge(180, 3)
    changed = np.append(labels, np.repeat(labels.max() + 1, 6)).astype(np.int32)
    changed[0] = labels[179]
    previous = np.vstack([positions, np.full((6, 2), np.nan, np.float32)])
    later, _ = laid_out(graph, previous=previous, labels=changed)
    assert overlapping(later, changed) == []
    assert not np.isnan(later).any()


def test_what_no_cluster_holds_lies_outside():
    """However large they are, the two discs of no cluster leave the middle to the clusters."""
    graph = camps()
    graph.add_nodes_from(range(180, 780))
    labels = np.array([*(np.arange(180) // 30), *[-1] * 200, *[-2] * 400], np.int32)
    positions, _ = laid_out(graph, labels=labels)
    assert overlapping(positions, labels) == []
    label, centre, radius = discs(positions, labels)
    reach = np.linalg.norm(centre, axis=1)
    assert label.tolist() == [-2, -1, 0, 1, 2, 3, 4, 5]
    assert reach[2:].max() < reach[:2].min()
    assert reach[:2].max() < 2 * (reach[2:] + radius[2:]).max() + radius[:2].max()


def test_a_kept_layout_survives_other_numbers():
    positions, labels = laid_out(camps())
    ids = [f"thing{at:03}" for at in range(180)]
    order = np.random.default_rng(0).permutation(180)
    data = layout_bytes(ids, positions, labels)
    assert layout_bytes([ids[at] for at in order], positions[order], labels[order]) == data
    back, numbers = read_layout(data, ["unknown", *(ids[at] for at in order)])
    assert np.isnan(back[0]).all()
    assert (back[1:] == positions[order]).all()
    assert numbers.tolist() == [-1, *labels[order].tolist()]


def test_a_layout_of_clusters_that_are_no_more_is_not_continued():
    data = layout_bytes(["a"], np.ones((1, 2), np.float32), np.zeros(1, np.int32))
    positions, numbers = read_layout(b"lianyin layout 1" + data[16:-4], ["a"])
    assert np.isnan(positions).all()
    assert numbers.tolist() == [-1]


def test_nothing_is_laid_out_too():
    empty = layout(np.zeros(1, np.int32), np.empty(0, np.int32), np.empty(0, np.int32))
    assert empty.shape == (0, 2)
    assert read_layout(layout_bytes([], empty, np.empty(0, np.int32)), [])[0].shape == (0, 2)


def test_other_bytes_are_refused():
    with pytest.raises(ValueError, match="no layout"):
        read_layout(b"something else", [])
    with pytest.raises(ValueError, match="announced"):
        read_layout(layout_bytes(["a", "b"], np.zeros((2, 2), np.float32), np.zeros(2, np.int32))[:-8], ["a"])


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="nodes"):
        layout(np.zeros(3, np.int32), np.empty(0, np.int32), np.zeros(5, np.int32))


def test_where_nothing_kept_its_place_all_is_laid_out_afresh():
    """Two that stood far apart are of one community now: each is too far from its heart to have a place there."""
    links = arrays(nx.path_graph(2))
    previous = np.array([[-100, 0], [100, 0]], np.float32)
    positions = layout(*links, np.zeros(2, np.int32), 1, previous)
    np.testing.assert_array_equal(positions, layout(*links, np.zeros(2, np.int32), 1))
