"""How often the planted partner of the made-up city is first, by shared words alone and by words and vectors.

    python bench/planted.py [workshops ...]
"""

import sys
import time
from collections.abc import Mapping

import numpy as np

from matching.embedding import GramEmbedder
from matching.lexical import Bm25
from seeds import city

LEARNT_FROM = ("name", "achievement", "seeks", "description", "note")
"""Texts of workshops, fields and needs that the vectors learn from; persons and firms tell names only and are left out."""


def rates(workshops: int, seed: int = 1) -> Mapping[str, float]:
    """Share of planted pairs whose partner is first among all other workshops, ties counted as misses.

    The query is what the one who asks seeks; a workshop is as near as the nearest of its lines (achievement, fields, notes).
    """
    reading = city.generate(workshops, seed)
    kind = {named.id: named.kind for named in reading.things}
    name = {named.id: named.name for named in reading.things}
    keys = {named.key[-1]: named.id for named in reading.things if named.kind == "workshop"}
    told = [claim.statement for claim in reading.claims]
    own = [one for one in told if kind[one.subject] == "workshop"]
    lines = [(one.subject, name.get(one.value, one.value)) for one in own if one.property in ("achievement", "field", "note")]
    seeks = {one.subject: one.value for one in own if one.property == "seeks"}
    texts = [one.value for one in told if one.property in LEARNT_FROM and kind[one.subject] in ("workshop", "field", "need")]

    began = time.perf_counter()
    embedder = GramEmbedder.train(texts)
    trained = time.perf_counter() - began
    index, vectors = Bm25([line for _, line in lines]), embedder.embed([line for _, line in lines])
    number = {id: at for at, id in enumerate(keys.values())}
    owner = np.array([number[id] for id, _ in lines])
    first = {"bm25": 0, "vectors": 0, "mixed": 0}
    plants = city.planted(workshops, seed)
    for plant in plants:
        asks, partner = keys[plant.asks], keys[plant.partner]
        words, near = index.similarity(seeks[asks]), vectors @ embedder.embed([seeks[asks]])[0]
        for way, values in (("bm25", words), ("vectors", near), ("mixed", near + 3 * words)):
            best = np.full(workshops, -np.inf)
            np.maximum.at(best, owner, values)
            best[number[asks]] = -np.inf
            first[way] += int((best >= best[number[partner]]).sum() == 1)
    return {way: hits / len(plants) for way, hits in first.items()} | {"pairs": len(plants), "trained, s": round(trained, 2)}


if __name__ == "__main__":
    for size in [int(one) for one in sys.argv[1:]] or [240, 1469]:
        print(size, {key: round(value, 3) for key, value in rates(size).items()})
