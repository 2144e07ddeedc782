"""What the clusters of the map are worth to a planner: python bench/clusters.py

On the demo data and on the generated city: clusters as Louvain draws them from every relation (as it was), from every
relation but place, and as the map has them. Told are how many there are, how many of the things that a planner looks for (workshops,
people, units, needs, groups, results) lie in one that has a title, the share of these things that are of their cluster's commonest trade
(those of which a trade is known), and modularity over the relations between things (no places, no fields); then the titles.
"""

import tempfile
from collections.abc import Mapping
from os import environ
from pathlib import Path

import numpy as np

from api import verbs
from graph.analysis.communities import WHERE, Labels, clusters, communities, joined
from graph.analysis.derive import DERIVED_FOR, Derived, derived
from graph.analysis.titles import named
from graph.analysis.walks import matrix
from graph.record.ontology import ontology
from graph.record.sqlite_store import SqliteStore

CITY = 1_469
WAYS = {
    "every relation": lambda told: communities(*joined(told.snapshot)),
    "but place": lambda told: communities(*joined(told.snapshot, but=WHERE)),
    "the map's": clusters,
}


def modularity(told: Derived, labels: Labels) -> float:
    """Newman's, over relations that are neither place nor field; what is in no cluster is one for itself."""
    from sknetwork.clustering import get_modularity

    indptr, indices = joined(told.snapshot, but=(*WHERE, "field"))
    linked = np.flatnonzero(np.diff(indptr))
    own = np.where(labels < 0, labels.max() + 1 + np.arange(len(labels)), labels)
    return float(get_modularity(matrix(indptr, indices)[linked][:, linked], np.unique(own[linked], return_inverse=True)[1]))


def coherence(told: Derived, labels: Labels) -> float:
    """Share of members with a known trade that are of their cluster's commonest one."""
    trade = told.column("trade")
    known = (trade >= 0) & (labels >= 0) & (told.snapshot.kind >= 0)
    pairs, counts = np.unique(np.column_stack([labels[known], trade[known]]), axis=0, return_counts=True)
    most = np.zeros(int(labels.max()) + 1)
    np.maximum.at(most, pairs[:, 0], counts)
    return float(most.sum() / known.sum())


def titled(told: Derived, labels: Labels, titles: Mapping[int, str]) -> float:
    """Share of what a planner looks for that lies in a cluster with a title."""
    sought = np.isin(told.snapshot.kind, [ontology().kind_ids.index(kind) for kind in DERIVED_FOR])
    good = [label for label, title in titles.items() if label >= 0 and not title.startswith("未归类")]
    return float(np.isin(labels[sought], good).mean())


def main() -> None:
    """Prints a line for each data set and way, and the map's titles."""
    with tempfile.TemporaryDirectory() as folder:
        environ["LIANYIN_KEYS"] = f"{folder}/keys"
        print(f"{'':>6} {'clusters from':>15} {'clusters':>9} {'titled':>7} {'one trade':>10} {'modularity':>11}")
        for name, city in (("demo", 0), ("city", CITY)):
            with SqliteStore(Path(folder) / name) as store:
                verbs.demo(store, "bench", city=city)
                told = derived(store.snapshot())
                for way, drawn in WAYS.items():
                    labels = drawn(told)
                    titles = named(told, labels)
                    figures = f"{titled(told, labels, titles):7.1%} {coherence(told, labels):10.1%} {modularity(told, labels):11.3f}"
                    print(f"{name:>6} {way:>15} {sum(label >= 0 for label in titles):9} {figures}")
                print("       " + " | ".join(titles[label] for label in sorted(titles, key=lambda one: (one < 0, one))))


if __name__ == "__main__":
    main()
