"""Groups: the local search beside all subsets, beside random choices and beside ten times its own effort: python bench/formation.py

Candidates with places in eight cities (some untold), twenty trades, scores of pairs from vectors of 16 numbers. Rules: another place,
trade and organisation each, at most two from a city, a university, two fields covered, capacity.
"""

import resource
from itertools import combinations
from statistics import median
from time import perf_counter

import numpy as np

from matching.formation import KICKS, STARTS, Search, Standing, form
from matching.instance import Instance
from matching.pool import Pool
from matching.rules import AtLeast, AtMost, Capacity, Cover, Differ, Rule

FIELDS = ("焊接", "检测", "测量", "数控", "热处理")
RULES = (
    Differ("place"), Differ("trade"), Differ("organisation"), AtMost("city", 2), AtLeast("form", 1, "university"), Cover(FIELDS[:2]), Capacity(3),
)  # fmt: skip
FEW = (Differ("organisation"), AtMost("city", 2), Cover(FIELDS[:1]))
CLASH = (AtLeast("form", 3, "university"), AtMost("form", 2, "university"))


def planted(count: int, seed: int, rules: tuple[Rule, ...], size: tuple[int, int]) -> Instance:
    """Candidates as they come: a tenth without a place, four in ten without a district."""
    random = np.random.default_rng(seed)
    places = np.stack([np.zeros(count), random.integers(1, 9, count), random.integers(10, 70, count)], axis=1).astype(np.int32)
    places[random.random(count) < 0.4, 2] = -1
    places[random.random(count) < 0.1] = -1
    vectors = random.normal(size=(count, 16))
    vectors /= np.linalg.norm(vectors, axis=1)[:, None]
    pair = np.triu(np.clip((vectors @ vectors.T + 1) / 2, 0, 1), 1).round(6).astype(np.float32)
    columns = {
        by: random.integers(-1, top, count).astype(np.int32) for by, top in (("trade", 20), ("organisation", count // 2 + 2), ("form", 5))
    }
    fields = [frozenset(name for name in FIELDS if random.random() < 0.2) for _ in range(count)]
    pool = Pool(
        [f"t{row}" for row in range(count)],
        columns,
        places,
        fields,
        random.integers(0, 4, count).astype(np.int32),
        {"form": {"university": 1}},
    )
    return Instance(pool, (random.random(count) ** 2).astype(np.float32), pair + pair.T, rules, size, FIELDS[:3], seed=seed)


def search_of(instance: Instance) -> Search:
    """The search over the ordered instance."""
    return Search(instance.ordered(), instance.all_rules)


def beside_all_subsets(rounds: int = 20) -> None:
    """How often the search reaches the best of all 8,281 subsets of 14."""
    reached, ours, theirs = 0, [], []
    for seed in range(rounds):
        search = search_of(planted(14, seed, FEW, (3, 6)))
        begun = perf_counter()
        best = min(search.standing(choice) for size in range(3, 7) for choice in combinations(range(14), size))
        theirs.append(perf_counter() - begun)
        begun = perf_counter()
        found = search.run(STARTS, KICKS)[0]
        ours.append(perf_counter() - begun)
        reached += found == best
    print(f"n = 14, 3 to 6 members: the best of all subsets reached in {reached} of {rounds};", end=" ")
    print(f"{median(ours) * 1e3:.0f} ms beside {median(theirs) * 1e3:.0f} ms for all subsets")


def random_best(search: Search, size: tuple[int, int], seconds: float) -> tuple[Standing, int]:
    """The best of random choices drawn for so long, and how many there were."""
    random = np.random.default_rng(0)
    count, best, drawn, begun = len(search.instance.pool.ids), Standing(2**31, 0.0), 0, perf_counter()
    while perf_counter() - begun < seconds:
        choice = random.choice(count, int(random.integers(size[0], size[1] + 1)), replace=False)
        best, drawn = min(best, search.standing(tuple(sorted(choice.tolist())))), drawn + 1
    return best, drawn


def searches() -> None:
    """Time of a whole answer (three alternatives, swaps, checks), its best total, and what random choice and more effort reach."""
    print("\n     n  size    answer ms   best total   ten times the effort   random in the same time (violations)")
    for count in (200, 500, 1469, 2000):
        for size in ((3, 9), (6, 6), (9, 9)):
            instance = planted(count, 1, RULES, size)
            times = []
            for _ in range(3):
                begun = perf_counter()
                found = form(instance)
                times.append(perf_counter() - begun)
            search = search_of(instance)
            more = search.run(10 * STARTS, 10 * KICKS)[0]
            drawn, number = random_best(search, size, median(times))
            total = found.choices[0].total if found.choices else float("nan")
            print(f"{count:6d}  {size[0]}–{size[1]} {median(times) * 1e3:11.0f} {total:12.6f} {-more.loss:17.6f}", end="")
            print(f" ({more.broken} broken) {-drawn.loss:12.6f} ({drawn.broken} broken, {number:,} drawn)")


def way_out() -> None:
    """Where the rules clash: time until the nearest choice and the relaxation stand."""
    for count in (200, 2000):
        instance = planted(count, 1, (*RULES, *CLASH), (5, 9))
        begun = perf_counter()
        found = form(instance)
        taken = perf_counter() - begun
        offered = f"{found.relaxation.words('en')}, total {found.relaxation.choice.total}" if found.relaxation else "nothing helps"
        print(f"n = {count}, clashing rules: {found.words('en')}, {offered}; {taken * 1e3:.0f} ms")


if __name__ == "__main__":
    beside_all_subsets()
    searches()
    way_out()
    print(f"\npeak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
