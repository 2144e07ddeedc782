from itertools import combinations

import networkx as nx
import numpy as np
import pytest

from graph.analysis.communities import ALONE, BESIDE, FEW, between, bridging, clusters, communities, continued, joined
from graph.analysis.derive import derived
from graph.analysis.titles import named
from graph.record.model import Change, Statement, thing_id
from tests.analysis.toys import TOYS, arrays, camps, islands, relabelled, scattered, two_rings
from tests.said import named as named_as
from tests.said import say, thing


def parts(labels):
    """A partition as a set of sets: what is left when labels are taken away."""
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


def test_planted_camps_are_found():
    labels = communities(*arrays(camps()), 1)
    assert parts(labels) == parts(np.arange(180) // 30)


def test_what_has_no_link_is_alone():
    labels = communities(*arrays(islands()))
    assert labels.tolist()[8] == ALONE
    assert parts(labels) == {frozenset({0, 1, 2}), frozenset({3, 4, 5}), frozenset({6, 7}), frozenset({8})}


def test_the_largest_comes_first_and_the_dtype_is_small():
    labels = communities(*arrays(islands()))
    sizes = np.bincount(labels[labels >= 0])
    assert labels.dtype == np.int32
    assert sizes.tolist() == sorted(sizes.tolist(), reverse=True)


@pytest.mark.parametrize("name", ["karate", "two_rings", "camps"])
def test_modularity_is_near_that_of_networkx(name):
    graph = TOYS[name]()
    ours = nx.community.modularity(graph, parts(communities(*arrays(graph), 1)))
    theirs = nx.community.modularity(graph, nx.community.louvain_communities(graph, seed=1))
    assert ours >= theirs - 0.03


@pytest.mark.parametrize("seed", range(10))
def test_numbering_things_otherwise_gives_the_same_partition(seed):
    graph = scattered(80, 200, seed)
    order = np.random.default_rng(seed).permutation(80)
    labels = communities(*arrays(graph), 3)
    other = communities(*arrays(relabelled(graph, order)), 3)
    assert parts(other[order]) == parts(labels)


def test_nothing_at_all():
    assert communities(np.zeros(1, np.int32), np.empty(0, np.int32)).tolist() == []
    assert communities(np.zeros(3, np.int32), np.empty(0, np.int32)).tolist() == [ALONE, ALONE]


def test_labels_follow_the_largest_overlap():
    previous = np.array([0, 0, 0, 1, 1, 1, 2, 2], np.int32)
    current = np.array([1, 1, 1, 0, 0, 2, 2, 2, 3, 3, ALONE], np.int32)
    assert continued(previous, current).tolist() == [0, 0, 0, 1, 1, 2, 2, 2, 3, 3, ALONE]


def test_a_split_keeps_one_label_and_finds_a_new_one():
    previous = np.array([0, 0, 0, 0, 0, 5, 5], np.int32)
    current = np.array([0, 0, 0, 1, 1, 2, 2], np.int32)
    assert continued(previous, current).tolist() == [0, 0, 0, 1, 1, 5, 5]


def test_continuing_changes_names_only():
    rng = np.random.default_rng(0)
    for _ in range(50):
        previous, current = rng.integers(-1, 6, 40).astype(np.int32), rng.integers(-1, 6, 50).astype(np.int32)
        renamed = continued(previous, current)
        assert parts(renamed) == parts(current)
        assert ((renamed == ALONE) == (current == ALONE)).all()
        assert continued(current, current).tolist() == current.tolist()


def test_between_counts_each_link_once():
    graph = scattered(40, 120, 4)
    labels = (np.arange(40) % 4).astype(np.int32)
    found = between(*arrays(graph), labels)
    counted = {(a, b): sum({x % 4, y % 4} == {a, b} for x, y in graph.edges) for a, b in combinations(range(4), 2)}
    assert dict(zip(zip(found.first.tolist(), found.second.tolist(), strict=True), found.links.tolist(), strict=True)) == counted


def test_bridging_names_the_two_ends():
    found = bridging(*arrays(two_rings()), (np.arange(10) // 5).astype(np.int32))
    assert [(one.node, one.community, one.reaches, one.links) for one in found] == [(4, 0, ((1, 1),), 1), (5, 1, ((0, 1),), 1)]


def test_who_is_in_no_cluster_joins_none():
    """A thing apart has links to both camps: they count neither between clusters nor as a bridge."""
    graph = nx.Graph([(0, 1), (2, 3), (1, 4), (4, 2), (4, 5)])
    labels = np.array([0, 0, 1, 1, ALONE, BESIDE], np.int32)
    assert between(*arrays(graph), labels).links.tolist() == []
    assert bridging(*arrays(graph), labels) == []


def test_what_is_apart_keeps_its_label():
    previous = np.array([3, 3, ALONE, BESIDE], np.int32)
    assert continued(previous, np.array([0, 0, ALONE, BESIDE, 1], np.int32)).tolist() == [3, 3, ALONE, BESIDE, 0]


def clustered(store):
    """The clusters of the store, as sets of names."""
    snapshot = store.snapshot()
    labels, names = clusters(derived(snapshot)), snapshot.names()
    found = {}
    for slot in np.flatnonzero(snapshot.kind >= 0).tolist():
        found.setdefault(int(labels[slot]), set()).add(names[slot])
    return found


def test_mere_place_joins_nobody_and_a_trade_does(store):
    """Twelve of one city, half weld and half nurse: two clusters; the city and whoever tells nothing are in none."""
    workshops = [(str(at), ("焊接", "护理")[at % 2]) for at in range(12)]
    say(store, *named_as("city", "大连", "place"), *named_as("silent", "某工作室"), told_of("silent", "place", thing("city", "place")))
    for key, skill in workshops:
        say(store, *named_as(key, f"工作室{key}"), told_of(key, "skill", skill), told_of(key, "place", thing("city", "place")))
    halves = [{f"工作室{at}" for at in range(start, 12, 2)} for start in (0, 1)]
    found = clustered(store)
    assert sorted(map(sorted, (found[0], found[1]))) == sorted(map(sorted, halves))
    assert (found[ALONE], found[BESIDE]) == ({"某工作室"}, {"大连"})


def test_somebody_and_his_firm_are_no_cluster(store):
    """FEW together are one; one less is none, whatever documents and fields they have besides."""
    firms = {name: [f"{name}{at}" for at in range(count)] for name, count in (("多", FEW - 1), ("少", FEW - 2))}
    for name, members in firms.items():
        say(store, *named_as(name, name, "organisation"), *named_as(name, f"{name}领域", "field"))
        for one in members:
            say(store, *named_as(one, one, "person"), told_of(one, "employer", thing(name, "organisation"), "person"))
        say(store, told_of(name, "field", thing(name, "field"), "organisation"))
    found = clustered(store)
    assert found == {0: {"多", "多领域", *firms["多"]}, ALONE: {"少", *firms["少"]}, BESIDE: {"少领域"}}


def test_a_few_around_a_field_go_to_whom_they_know(store):
    """Three who share a field, two of one group and one of another: each with his group, the field with the two."""
    for group in "甲乙":
        say(store, *named_as(group, group, "group"), *(one for at in range(12) for one in named_as(f"{group}{at}", f"{group}{at}")))
        say(store, *(told_of(group, "member", thing(f"{group}{at}"), "group") for at in range(12)))
    say(store, *named_as("f", "绳结", "field"), *(told_of(key, "field", thing("f", "field")) for key in ("甲0", "甲1", "乙0")))
    found = clustered(store)
    assert set(found) == {0, 1}
    assert {"甲", "绳结", *(f"甲{at}" for at in range(12))} <= next(one for one in found.values() if "甲" in one)


def test_joined_leaves_out_what_it_is_told_to(store):
    say(store, *named_as("a", "甲"), *named_as("b", "乙"), *named_as("p", "大连", "place"))
    say(store, told_of("a", "partner", thing("b")), told_of("b", "partner", thing("a")), told_of("a", "place", thing("p", "place")))
    snapshot = store.snapshot()
    everything, some = joined(snapshot), joined(snapshot, but=("place",))
    assert [column.tolist() for column in everything] == [column.tolist() for column in snapshot.links()]
    assert [int(np.diff(some[0])[snapshot.number(id)]) for id in (thing("a"), thing("b"), thing("p", "place"))] == [1, 1, 0]


def told_of(key, property_id, value, kind="workshop"):
    return Statement(thing(key, kind), property_id, value, "table:toy")


def test_a_decision_joins_nobody(store):
    """Two camps of twenty, one pair of them declined: still two camps, and no cluster holds the decision."""
    ids = [thing_id("workshop", "name", str(at)) for at in range(40)]
    camps = [(hub, at) for hub in (0, 20) for at in range(hub + 1, hub + 20)]
    adds = [Statement(id, property_id, value, "desk:a") for at, id in enumerate(ids) for property_id, value in told(at)]
    adds += [Statement(ids[first], "partner", ids[second], "desk:a") for first, second in camps]
    store.append(Change("a", adds=tuple(adds)))
    before = clusters(derived(store.snapshot()))
    decision = thing_id("decision", "desk", "1")
    about = tuple(Statement(decision, "about", ids[at], "desk:a") for at in (0, 20))
    store.append(Change("a", adds=(Statement(decision, "kind", "decision", "desk:a"), *about)))
    after = derived(store.snapshot())
    assert clusters(after)[: len(before)].tolist() == before.tolist()
    assert sorted(named(after, clusters(after)).values()) == ["护理与康养 20", "焊接 20"]


def told(at):
    return (("kind", "workshop"), ("name", f"甲{at}"), ("skill", "焊接" if at < 20 else "护理"))
