"""Suggestions at city size: time by part, retrieval beside numpy and scikit-learn, planted partners beside BM25, load and memory.

    OPENBLAS_NUM_THREADS=1 python bench/suggest.py [--things 1469] [--questions 300] [--no-sklearn]

The service runs with one thread for each product of matrices, hence the setting: two that wait for each other take longer than one.
Every part is measured in rounds, and the median of the quietest round is printed beside that of all: other work on the machine makes
times longer and never shorter. scikit-learn is no dependency: it is installed into an environment of its own by this script.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import tempfile
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from graph.record.memory_store import MemoryStore
from graph.record.model import Change
from matching.embedding import GramEmbedder
from matching.lexical import Bm25
from matching.pool import Pool
from matching.profile import profiles
from matching.retrieval import index, nearest
from matching.suggestion import ABROAD, FOR_NEEDS, Matcher, Question, asked_of, kinds_of, matcher, read_text, score, sift, texts
from seeds import city

ROUNDS = 5
PEER = """
import json, statistics, sys
from time import perf_counter
import numpy as np
from sklearn.neighbors import NearestNeighbors
vectors, queries = np.load(sys.argv[1]), np.load(sys.argv[2])
found = NearestNeighbors(n_neighbors=10, algorithm="brute", metric="cosine").fit(vectors)
times = []
for query in queries:
    begun = perf_counter()
    found.kneighbors(query[None])
    times.append(perf_counter() - begun)
print(json.dumps(statistics.median(times)))
"""


def quietest(work: Callable[[Any], Any], over: Sequence[Any]) -> tuple[float, float]:
    """Median milliseconds of one call: of the quietest of ROUNDS rounds, and of all."""
    rounds = []
    for number in range(ROUNDS):
        times = []
        for one in over[number::ROUNDS]:
            begun = perf_counter()
            work(one)
            times.append(perf_counter() - begun)
        rounds.append(times)
    return min(map(statistics.median, rounds)) * 1e3, statistics.median(time for times in rounds for time in times) * 1e3


def told(what: str, measured: tuple[float, float], goal: str = "") -> None:
    """One line."""
    print(f"{what:<58}{measured[0]:9.3f} ms   (all rounds {measured[1]:.3f})   {goal}")


def timed(what: str, work: Callable[[], Any]) -> Any:
    """Runs once and prints seconds."""
    begun = perf_counter()
    result = work()
    print(f"{what:<58}{perf_counter() - begun:9.2f} s")
    return result


# ---- the city


def opened(workshops: int) -> Matcher:
    """The city made ready for questions, each step timed."""
    store = MemoryStore()
    reading = city.generate(workshops)
    store.append(Change("bench", adds=tuple(claim.statement for claim in reading.claims)))
    snapshot = store.snapshot()
    embedder = timed("vectors learnt", lambda: GramEmbedder.train(texts(snapshot)))
    timed("  of which reading profiles", lambda: profiles(snapshot))
    known = profiles(snapshot)
    timed("  of which the index", lambda: index(known, embedder))
    ready = timed("made ready: profiles, index, decisions", lambda: matcher(snapshot, embedder))
    first = known.ids[0]
    timed("first question (clusters, scarce skills)", lambda: ready.suggest(Question(id=first)))
    print(f"{'peak memory':<58}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:9.0f} MiB   goal <= 400 (service)")
    return ready


def ranked(ready: Matcher, question: Question) -> list[int]:
    """Retrieval and scoring alone: the ten best rows."""
    known = ready.index.profiles
    asked = read_text(ready.index, question)[0] if question.text else asked_of(ready.index, known.row(question.id))
    sifted = sift(ready, question, asked, FOR_NEEDS if question.text else ABROAD, ready.index.of_kinds(kinds_of(question, asked)).rows)
    found = score(ready, question, asked, sifted)
    return [int(found.meeting.rows[at]) for at in found.ranking(question).best(10)]


def questions(ready: Matcher, count: int) -> None:
    """Distinct questions of workshops, of those among them that have needs, and typed ones."""
    known = ready.index.profiles
    rows = known.of_kinds(("workshop",)).tolist()
    needy = [row for row in rows if len(known.seeks.at(row))]
    asked = {
        "a workshop asks": [Question(id=known.ids[row]) for row in rows[:: max(len(rows) // count, 1)]],
        "a workshop with a need asks": [Question(id=known.ids[row]) for row in needy[:count]],
        "a typed sentence": [Question(text=known.seeks.at(row)[0].text) for row in needy[:count]],
    }
    for who, each in asked.items():
        told(f"{who}: retrieval + scoring", quietest(lambda one: ranked(ready, one), each), "goal <= 1")
        told(f"{who}: the whole answer, ten explained", quietest(ready.suggest, each), "goal <= 4")


def plants(ready: Matcher, workshops: int) -> None:
    """How often the planted partner is first among the lawful ones, asked by the workshop and by its sentence, beside BM25 alone."""
    known = ready.index.profiles
    keys = {named.key[-1]: named.id for named in city.generate(workshops).things if named.kind == "workshop"}
    pairs = [(keys[plant.asks], keys[plant.partner]) for plant in city.planted(workshops)]
    rows = known.of_kinds(("workshop",))
    lexical = Bm25([" ".join(line.text for line in known.offers.at(int(row))) for row in rows])
    first = dict.fromkeys(("the workshop", "its sentence", "BM25 alone"), 0)
    for asks, partner in pairs:
        need = known.seeks.at(known.row(asks))[0].text
        lawful = sift(ready, Question(id=asks), asked_of(ready.index, known.row(asks)), ABROAD, rows)
        words = np.where(lawful.lawful & lawful.shown, lexical.scores(need), -1)
        target = int(np.searchsorted(rows, known.row(partner)))
        first["the workshop"] += ranked(ready, Question(id=asks))[:1] == [known.row(partner)]
        first["its sentence"] += ranked(ready, Question(text=need))[:1] == [known.row(partner)]
        first["BM25 alone"] += int((words >= words[target]).sum()) == 1
    rates = ", ".join(f"{who} {hits / len(pairs):.1%}" for who, hits in first.items())
    print(f"planted partner first, {len(pairs)} questions: {rates}   goal >= 90 %, BM25 <= 60 %")


# ---- retrieval


def plain(vectors: Any, query: Any) -> Any:
    """Top ten in plain numpy, without rules."""
    scores = vectors @ query
    best = np.argpartition(-scores, 9)[:10]
    return best[np.argsort(-scores[best])]


def searches(things: int, rounds: int, peer: "Peer | None") -> None:
    """The ten nearest under a mask, beside plain numpy without one and scikit-learn."""
    random = np.random.default_rng(things)
    vectors, queries = (_unit(random.standard_normal((count, 256), dtype=np.float32)) for count in (things, rounds))
    lawful = random.random(things) < 0.7
    ours = quietest(lambda query: nearest(vectors, query, lawful, 10), queries)
    theirs = quietest(lambda query: plain(vectors, query), queries)
    goal = f"goal <= 1.3 x numpy; x {ours[0] / theirs[0]:.2f}" if things < 10_000 else "goal <= 15"
    told(f"ten nearest of {things:,} under a mask", ours, goal)
    told("  plain numpy, no mask", theirs)
    if things >= 10_000:
        pool = made_up(things, random)
        both = quietest(lambda query: nearest(vectors, query, _lawful(pool), 10), queries)
        told("  with the three rules worked out each time", both, "goal <= 15")
    if peer:
        print(f"{'  scikit-learn, brute force, no mask':<58}{peer.median(vectors, queries) * 1e3:9.3f} ms")


def _unit(vectors: Any) -> Any:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def made_up(things: int, random: np.random.Generator) -> Pool:
    """What the default rules test, at random."""
    columns = {"trade": random.integers(-1, 97, things, np.int32), "organisation": random.integers(-1, things // 3, things, np.int32)}
    places = random.integers(0, 30, (things, 3), np.int32)
    return Pool([str(at) for at in range(things)], columns, places, [frozenset()] * things, np.zeros(things, np.int32))


def _lawful(pool: Pool) -> Any:
    return np.all([rule.mask(pool, 0) for rule in ABROAD], axis=0)


class Peer:
    """scikit-learn in an environment of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._python = folder / "sklearn" / ("Scripts" if os.name == "nt" else "bin") / "python"

    def install(self) -> bool:
        """Makes the environment; False, with a notice, where it cannot be had."""
        venv.create(self._folder / "sklearn", with_pip=True)
        done = subprocess.run([self._python, "-m", "pip", "install", "--quiet", "scikit-learn"], capture_output=True, text=True)
        if done.returncode:
            print(f"scikit-learn could not be installed and is left out: {done.stderr.strip().splitlines()[-1]}")
        return not done.returncode

    def median(self, vectors: Any, queries: Any) -> float:
        """Seconds a query."""
        for name, array in (("vectors", vectors), ("queries", queries)):
            np.save(self._folder / f"{name}.npy", array)
        command = [self._python, "-c", PEER, str(self._folder / "vectors.npy"), str(self._folder / "queries.npy")]
        return float(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def main() -> None:
    """Prints all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--things", type=int, default=1469)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--no-sklearn", action="store_true")
    told = parser.parse_args()
    print(
        f"load average at the start {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores: times hold for a load of 0; "
        f"OPENBLAS_NUM_THREADS {os.environ.get('OPENBLAS_NUM_THREADS', 'not set')}"
    )
    ready = opened(told.things)
    questions(ready, told.questions)
    plants(ready, told.things)
    with tempfile.TemporaryDirectory() as folder:
        peer = None if told.no_sklearn else Peer(Path(folder))
        if peer and not peer.install():
            peer = None
        searches(1_500, 500, peer)
        searches(100_000, 50, peer)
    print(f"load average at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
