"""Graph work beside networkx, layout, and search, each figure printed with its peer: python bench/walks.py [--quick]

One graph of 100,000 things and 1 M links in 100 communities; names put together from surnames and trade words. `--quick` leaves out
networkx's Louvain and the search over 100,000 names.
"""

import argparse
import random
import statistics
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

import networkx as nx
import numpy as np

from graph.analysis.communities import communities
from graph.analysis.layout import layout
from graph.analysis.search import Entry, SearchIndex
from graph.analysis.walks import Indices, bridges, personalised_pagerank
from graph.data.tables import surnames

QUERIES = ("gya", "管延安", "管延按", "guanyenan", "guanya", "管yanan", "工作室", "gongzuoshi", "gongzs", "數控", "焊接 热处理", "zhang")


def seconds(work: Callable[[], Any], rounds: int = 1) -> float:
    """Median wall clock of some runs."""
    times = []
    for _ in range(rounds):
        begun = perf_counter()
        work()
        times.append(perf_counter() - begun)
    return statistics.median(times)


def planted(things: int, links: int, camps: int, seed: int = 0) -> tuple[Indices, Indices]:
    """Symmetric CSR: four links in five stay within a camp of things / camps members; some things have many links."""
    random_ = np.random.default_rng(seed)
    size = things // camps
    camp = random_.integers(0, camps, links)
    first = camp * size + (size * random_.random(links) ** 2).astype(np.int64)
    inside = camp * size + (size * random_.random(links) ** 2).astype(np.int64)
    second = np.where(random_.random(links) < 0.2, (things * random_.random(links) ** 2).astype(np.int64), inside)
    apart = first != second
    pairs = np.unique(np.concatenate([first[apart] * things + second[apart], second[apart] * things + first[apart]]))
    source, target = np.divmod(pairs, things)
    return np.searchsorted(source, np.arange(things + 1)).astype(np.int32), target.astype(np.int32)


def as_networkx(indptr: Indices, indices: Indices) -> nx.Graph:
    """The same graph for the peer."""
    source = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    graph = nx.Graph()
    graph.add_nodes_from(range(len(indptr) - 1))
    graph.add_edges_from(zip(source.tolist(), indices.tolist(), strict=True))
    return graph


def told(what: str, ours: float, theirs: float | None, peer: str) -> None:
    """One line: ours, the peer's, and how many times faster ours is."""
    beside = f"{peer} {theirs * 1e3:10.1f} ms   × {theirs / ours:.0f}" if theirs is not None else f"{peer}: left out" if peer else ""
    print(f"{what:<40} {ours * 1e3:10.1f} ms   {beside}")


def graphs(quick: bool) -> None:
    """PageRank, communities and bridges at 100,000 things and 1 M links."""
    indptr, indices = planted(100_000, 1_100_000, 100)
    graph = as_networkx(indptr, indices)
    print(f"\n{len(indptr) - 1:,} things, {len(indices) // 2:,} links")
    ours = seconds(lambda: personalised_pagerank(indptr, indices, 5), 15)
    told("personalised PageRank", ours, seconds(lambda: nx.pagerank(graph, personalization={5: 1})), "networkx")
    communities(*planted(1000, 5000, 10))
    theirs = None if quick else seconds(lambda: nx.community.louvain_communities(graph, seed=1))
    told("communities", seconds(lambda: communities(indptr, indices, 1), 3), theirs, "networkx")
    told("bridges", seconds(lambda: bridges(indptr, indices), 3), seconds(lambda: list(nx.bridges(graph))), "networkx")


def layouts() -> None:
    """The map, from nothing and going on from itself; networkx's ForceAtlas2 as far as it goes."""
    for things, links, camps in ((1_500, 4_500, 25), (5_000, 15_000, 60)):
        indptr, indices = planted(things, links, camps)
        labels = communities(indptr, indices, 1)
        first = layout(indptr, indices, labels, 1)
        theirs = seconds(partial(nx.forceatlas2_layout, as_networkx(indptr, indices), seed=1)) if things == 1_500 else None
        told(f"layout, {things:,} things", seconds(partial(layout, indptr, indices, labels, 1), 3), theirs, "networkx")
        told(f"layout continued, {things:,} things", seconds(partial(layout, indptr, indices, labels, 1, first), 3), None, "")


def entries(count: int) -> list[Entry]:
    """Made-up workshops: a person's name, a trade's word, and a firm."""
    random_ = random.Random(1)
    known, given = sorted(surnames()), "延安兆海昭祥磊明伟建国志强秀英丽娟文军洋勇艳杰涛超霞平刚桂芳"
    trades = ("焊接", "数控加工", "港航测量", "热处理", "电力检修", "轴承", "自动化", "铸造")
    people = [random_.choice(known) + "".join(random_.choices(given, k=random_.choice((1, 2, 2)))) for _ in range(count)]
    return [
        Entry(at, "workshop", [(f"{person}{random_.choice(trades)}创新工作室", 1.0), (f"大连第{at % 900}{random_.choice(trades)}厂", 0.5)])
        for at, person in enumerate(people)
    ]


def searches(count: int) -> None:
    """Building the index and asking it a dozen ways."""
    things = entries(count)
    built = seconds(lambda: SearchIndex(things), 3 if count < 10_000 else 1)
    index = SearchIndex(things)
    times = {query: seconds(partial(index.search, query), 5) for query in QUERIES}
    told(f"search index, {count:,} things", built, None, "")
    told("  a query, median", statistics.median(times.values()), None, "")
    slowest = max(times, key=lambda query: times[query])
    told(f"  a query, slowest ({slowest})", times[slowest], None, "")


def main() -> None:
    """Prints all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without what takes longer than 20 s")
    quick = parser.parse_args().quick
    graphs(quick)
    layouts()
    searches(1_500)
    if not quick:
        searches(100_000)


if __name__ == "__main__":
    main()
