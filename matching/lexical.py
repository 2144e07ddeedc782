"""Words that two texts share: BM25 over the characters and pairs of characters of `graph.analysis.text.grams`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.analysis.text import grams
from graph.data.tables import glossary

K1, B = 1.2, 0.75


GRID = np.float32(1 / 2048)
"""Numbers that are multiples of this have exact products and sums in float32 as long as these stay within 1: then no answer hangs on the
order in which a processor adds, on threads, or on where an array lies in memory."""


def on_grid(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """The nearest numbers of the grid."""
    return np.asarray(np.rint(values / GRID) * GRID, dtype=np.float32)


class Counts(NamedTuple):
    """How often each word stands in each line, ordered by word, then line: three arrays of one length, and each word's number."""

    number: dict[str, int]
    word: NDArray[np.int64]
    line: NDArray[np.int64]
    times: NDArray[np.int64]


def count(lines: Sequence[Sequence[str]]) -> Counts:
    """The words of every line, numbered in the order in which they are first met."""
    number = {word: at for at, word in enumerate(dict.fromkeys(chain.from_iterable(lines)))}
    word = np.fromiter((number[word] for word in chain.from_iterable(lines)), np.int64)
    line = np.repeat(np.arange(len(lines)), [len(one) for one in lines])
    cells, times = np.unique(word * max(len(lines), 1) + line, return_counts=True)
    return Counts(number, *np.divmod(cells, max(len(lines), 1)), times)


@cache
def gram_worth() -> Mapping[str, float]:
    """How telling a gram is, by how many trades have a word with it: 1 for one trade, the root of its share for several.

    处理 stands in words of fifty trades: who treats waste water has no answer to a gear that warps in heat treatment.
    """
    trades: Counter[str] = Counter()
    for trade in glossary().trades:
        trades.update({gram for word in (*trade.terms, *trade.symptoms) for gram in grams(word)})
    return {gram: count**-0.5 for gram, count in sorted(trades.items()) if count > 1}


class Bm25:
    """BM25 (Robertson & Zaragoza 2009; k1 1.2, b .75, the idf that is never negative) over lines of text.

    >>> index = Bm25(["角焊缝自动焊接", "齿轮热处理变形"])
    >>> [round(one, 2) for one in index.similarity("焊接变形").tolist()]
    [0.32, 0.28]
    """

    def __init__(self, texts: Sequence[str], worth: Mapping[str, float] | None = None) -> None:
        """`worth` (0..1 by gram, else 1) lowers what grams count that stand everywhere in the language and not only in these lines."""
        self._size = len(texts)
        counts = count([grams(text) for text in texts])
        length = np.bincount(counts.line, counts.times, len(texts)).astype(np.float64)
        self._mean_length = max(float(length.mean()), 1.0) if len(texts) else 1.0
        found = np.bincount(counts.word, minlength=len(counts.number))
        self._number, self._idf = counts.number, self._rarity(np.append(found, 0))
        if worth:
            self._idf[:-1] *= [worth.get(gram, 1.0) for gram in counts.number]
        self._starts = np.concatenate(([0], np.cumsum(found))).tolist()
        self._lines = counts.line
        self._gains = self._idf[counts.word] * self._saturated(counts.times, length[counts.line])

    def _rarity(self, found: NDArray[np.intp]) -> NDArray[np.float64]:
        rarity: NDArray[np.float64] = np.log1p((self._size - found + 0.5) / (found + 0.5))
        return rarity

    def _saturated(self, times: NDArray[np.int64], length: NDArray[np.float64]) -> NDArray[np.float64]:
        share: NDArray[np.float64] = times * (K1 + 1) / (times + K1 * (1 - B + B * length / self._mean_length))
        return share

    def scores(self, query: str) -> NDArray[np.float32]:
        """The score of every line (>= 0); a gram that the query says twice counts twice."""
        asked = [(self._number[gram], times) for gram, times in Counter(grams(query)).items() if gram in self._number]
        if not asked:
            return np.zeros(self._size, np.float32)
        parts = [slice(self._starts[gram], self._starts[gram + 1]) for gram, _ in asked]
        lines = np.concatenate([self._lines[part] for part in parts])
        gains = np.concatenate([self._gains[part] * times for part, (_, times) in zip(parts, asked, strict=True)])
        return np.bincount(lines, gains, self._size).astype(np.float32)

    def gains(self, known: Sequence[str], times: NDArray[np.int64], length: int) -> NDArray[np.float64]:
        """What each of these grams, all of them in the index, is worth in a text of that length that says it so often."""
        numbers = [self._number[gram] for gram in known]
        return self._idf[numbers] * self._saturated(times, np.full(1, length, np.float64))

    def self_score(self, query: str) -> float:
        """BM25(q, q): what a line with the query's own words would score; words that no line has count as the rarest there are."""
        asked = Counter(grams(query))
        times = np.fromiter(asked.values(), np.int64, len(asked))
        known = [self._number.get(gram, -1) for gram in asked]
        return float((times * self._idf[known] * self._saturated(times, np.full(1, times.sum(), np.float64))).sum())

    def similarity(self, query: str) -> NDArray[np.float32]:
        """Scores as shares of `self_score`, cut at 1: comparable between queries, where raw scores grow with a query's length."""
        scores = self.scores(query)
        whole = self.self_score(query)
        return np.minimum(scores / np.float32(whole), np.float32(1)) if whole else scores


class Queries:
    """Many questions against one text at a time: `Bm25.similarity` the other way round, for who asks what a given text answers.

    >>> index = Bm25(["角焊缝自动焊接", "齿轮热处理变形"])
    >>> asking = Queries(index, ["焊接变形"])
    >>> bool(np.allclose(asking.met_by("角焊缝自动焊接"), index.similarity("焊接变形")[0]))
    True
    """

    def __init__(self, index: Bm25, questions: Sequence[str]) -> None:
        self._index, self._size = index, len(questions)
        counts = count([grams(question) for question in questions])
        whole = np.array([index.self_score(question) or 1.0 for question in questions])
        found = np.bincount(counts.word, minlength=len(counts.number))
        self._number, self._lines = counts.number, counts.line
        self._starts = np.concatenate(([0], np.cumsum(found))).tolist()
        self._shares = counts.times / whole[counts.line] if len(questions) else np.zeros(0)

    def met_by(self, text: str) -> NDArray[np.float32]:
        """How much of each question the text answers (questions,), 0..1."""
        told = Counter(grams(text))
        shared = [(gram, times) for gram, times in told.items() if gram in self._number and gram in self._index._number]
        if not shared:
            return np.zeros(self._size, np.float32)
        gains = self._index.gains([gram for gram, _ in shared], np.array([times for _, times in shared]), told.total())
        parts = [slice(self._starts[self._number[gram]], self._starts[self._number[gram] + 1]) for gram, _ in shared]
        lines = np.concatenate([self._lines[part] for part in parts])
        worth = np.concatenate([self._shares[part] * gain for part, gain in zip(parts, gains, strict=True)])
        return np.minimum(np.bincount(lines, worth, self._size), 1).astype(np.float32)
