"""Finding things by what people type: names, traditional characters, pinyin, initials, a typo, or just some of the words.

Every line of text is laid into one array of code points, so that a query is a few vector operations over all names at once. Stages
run from the surest to the loosest and stop when k things are found: a thing found by a surer stage always stands before.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, islice
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from graph.analysis.text import grams, normal_name, readings, syllables

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

READ_UP_TO = 48
"""Longest line, in characters, that gets pinyin: the longest of 1,592 real names has 29, and nobody types a description so."""

MIXED_LETTERS = 14
"""Longest query tried as initials and syllables mixed: over 100,000 names, a longer one that begins like most of them took 35 ms."""

MIXED_UP_TO = 2_000
"""Hits looked at when initials and syllables are mixed (guanya): a regular expression finds 2,000 among 100,000 names in 5 ms."""

_STAGES = {"exact": 7.0, "prefix": 6.0, "substring": 5.0, "pinyin": 4.0, "initials": 3.0, "mixed": 2.5, "typo": 2.0, "grams": 0.0}
"""The score of each way of finding; what is added within one stays below .5."""


class Entry(NamedTuple):
    """A thing to be found: its number and kind, and its texts with weights in (0, 1], the name first."""

    number: int
    kind: str
    texts: Sequence[tuple[str, float]]


class Hit(NamedTuple):
    """A thing found: `matched` is the text as it was given, `how` one of exact, prefix, substring, pinyin, initials, mixed, typo, grams."""

    number: int
    score: float
    matched: str
    how: str


class _Found(NamedTuple):
    """Lines that one stage found, each with how close it is, in [0, 1]."""

    how: str
    lines: Ints
    closeness: Floats


class SearchIndex:
    """Entries, searchable. 1,500 things: built in 71 ms, a query 0.3 ms (slowest 3); 100,000: 6 s, 8 ms (slowest 45). `bench/walks.py`.

    >>> index = SearchIndex([Entry(0, "person", [("管延安", 1.0)]), Entry(1, "workshop", [("管延安创新工作室", 1.0)])])
    >>> [(hit.number, hit.how) for hit in index.search("gya")]
    [(0, 'initials'), (1, 'initials')]
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        kept = [Entry(*entry) for entry in entries]
        self._kinds = {kind: at for at, kind in enumerate(sorted({entry.kind for entry in kept}))}
        self._number = np.array([entry.number for entry in kept], np.int64)
        self._kind = np.array([self._kinds[entry.kind] for entry in kept], np.int64)
        self._texts = [text for entry in kept for text, _ in entry.texts]
        self._weight = np.array([weight for entry in kept for _, weight in entry.texts], np.float64)
        self._thing = np.repeat(np.arange(len(kept)), [len(entry.texts) for entry in kept])
        names = [normal_name(text) for text in self._texts]
        self._names = _Lines(names)
        self._alphabetical = _ranks(names)
        self._read([entry.kind == "person" for entry in kept for _ in entry.texts])
        self._words = _Words([" ".join(text for text, _ in entry.texts) for entry in kept])

    def _read(self, of_person: Sequence[bool]) -> None:
        short = zip(self._texts, of_person, strict=True)
        said = [syllables(text, person) if len(text) <= READ_UP_TO else [] for text, person in short]
        self._pinyin = _Lines(["".join(full for full, _ in line) for line in said])
        self._initials = _Lines(["".join(initial for _, initial in line) for line in said])
        self._begins = _beginnings(self._pinyin, [[len(full) for full, _ in line] for line in said])
        self._initial_begins = _beginnings(self._initials, [[len(initial) for _, initial in line] for line in said])

    def search(self, query: str, k: int = 20, kinds: Iterable[str] | None = None) -> list[Hit]:
        """The k best things for a query, best first; of the `kinds` given, or of all.

        Exact before prefix, substring, pinyin, initials, both mixed, one typo, and shared words (BM25). Within one: the weight of the
        text, then the share of it that the query covers; ties by name, then number. Namesakes are hits of their own.
        """
        wanted = normal_name(query).replace("\0", "")
        if not wanted or not len(self._thing) or k < 1:
            return []
        hits: list[Hit] = []
        open_to = self._open_to(kinds)
        for found in self._stages(wanted, query):
            hits += self._best(found, open_to, k - len(hits))
            if len(hits) >= k:
                break
        return hits

    def count(self, query: str, kinds: Iterable[str] | None = None) -> int:
        """How many things `search` finds for a query where none is left off."""
        wanted = normal_name(query).replace("\0", "")
        found = np.zeros(len(self._number), bool)
        for stage in self._stages(wanted, query) if wanted and len(self._thing) else ():
            found[self._thing[stage.lines]] = True
        return int(np.count_nonzero(found & self._open_to(kinds)))

    def _best(self, found: _Found, open_to: npt.NDArray[np.bool_], k: int) -> list[Hit]:
        """The k best things of a stage among those still open; they are open no more."""
        things = self._thing[found.lines]
        score = _STAGES[found.how] + 0.49 * self._weight[found.lines] * found.closeness
        best = np.zeros(len(self._number))
        np.maximum.at(best, things, score * open_to[things])
        # Sorting 100,000 equal hits takes 15 ms; only lines that may be among the k best things are sorted.
        worst = np.partition(best, -k)[-k] if k < len(best) else 0.0
        chosen = np.flatnonzero(open_to[things] & (score >= worst))
        lines, score = found.lines[chosen], score[chosen]
        hits: list[Hit] = []
        for at in np.lexsort((self._number[self._thing[lines]], self._alphabetical[lines], -score)):
            line, thing = int(lines[at]), self._thing[lines[at]]
            if len(hits) < k and open_to[thing]:
                open_to[thing] = False
                hits.append(Hit(int(self._number[thing]), float(score[at]), self._texts[line], found.how))
        return hits

    def _open_to(self, kinds: Iterable[str] | None) -> npt.NDArray[np.bool_]:
        if kinds is None:
            return np.ones(len(self._number), bool)
        return np.isin(self._kind, [self._kinds[kind] for kind in kinds if kind in self._kinds])

    def _stages(self, wanted: str, query: str) -> Iterator[_Found]:
        yield from self._by_name(wanted)
        for letters in _spelt(wanted):
            yield self._by_pinyin(letters)
        if wanted.isascii():
            at = self._initials.find(wanted)
            yield _aligned("initials", self._initials, at[self._initial_begins[at]], len(wanted))
        if any(character.isascii() for character in wanted):
            yield from (self._by_mixture(letters) for letters in _spelt(wanted) if len(letters) <= MIXED_LETTERS)
        if len(wanted) >= (4 if wanted.isascii() else 3):
            yield self._by_typo(wanted)
        yield self._by_words(query)

    def _by_name(self, wanted: str) -> Iterator[_Found]:
        at = self._names.find(wanted)
        lines = self._names.line(at)
        covered = len(wanted) / self._names.size[lines]
        begins = at == self._names.start[lines]
        for how, chosen in (("exact", begins & (covered == 1)), ("prefix", begins & (covered < 1)), ("substring", ~begins)):
            yield _Found(how, lines[chosen], covered[chosen])

    def _by_pinyin(self, letters: str) -> _Found:
        at = self._pinyin.find(letters)
        return _aligned("pinyin", self._pinyin, at[self._begins[at]], len(letters))

    def _by_mixture(self, letters: str) -> _Found:
        pattern = re.compile(_each_begun(letters).encode())
        hits = [(match.start(), match.end()) for match in islice(pattern.finditer(self._marked), MIXED_UP_TO)]
        at = np.array(hits, np.int64).reshape(-1, 2)
        return _aligned("mixed", self._pinyin, at[:, 0], at[:, 1] - at[:, 0])

    @cached_property
    def _marked(self) -> bytes:
        """The pinyin of all lines with a capital where a syllable begins: GuanYanAn."""
        letters = self._pinyin.codes.copy()
        letters[self._begins & (letters >= ord("a"))] -= 32
        return letters.tobytes()

    def _by_typo(self, wanted: str) -> _Found:
        lines, begins = (self._pinyin, self._begins) if wanted.isascii() else (self._names, None)
        at, size = lines.near(wanted, begins)
        # Three characters with one left out are two, and two stand everywhere: then the whole name has to be them.
        meant = (size > 2) | (size == lines.size[lines.line(at)])
        return _aligned("typo", lines, at[meant], size[meant])

    def _by_words(self, query: str) -> _Found:
        things, closeness = self._words.search(query)
        return _Found("grams", np.searchsorted(self._thing, things), closeness)  # the thing's first line, its name


def _aligned(how: str, lines: "_Lines", at: Ints, size: Ints | int) -> _Found:
    """Windows as lines: half of the closeness for beginning where the line begins, half for the share covered."""
    line = lines.line(at)
    return _Found(how, line, 0.5 * (at == lines.start[line]) + 0.5 * np.minimum(size / np.maximum(lines.size[line], 1), 1.0))


def _beginnings(lines: "_Lines", sizes: Sequence[Sequence[int]]) -> npt.NDArray[np.bool_]:
    """Where in the lines a syllable begins: lan is found in jin|lan, not in wei|lai or AutoPlan."""
    inside = [at for line in sizes if line for at in accumulate(line[:-1], initial=0)]
    begins = np.zeros(len(lines.codes), bool)
    begins[np.repeat(lines.start, [len(line) for line in sizes]) + np.array(inside, np.int64)] = True
    return begins


def _spelt(wanted: str) -> list[str]:
    """The letters that a query may stand for: itself, or the pinyin of what it has of Chinese, its beginning as a surname or not."""
    if wanted.isascii():
        return [wanted]
    if len(wanted) == 1:  # 单 would find 尚, 善 and every 上海
        return []
    spelt = dict.fromkeys(readings(wanted, person)[0] for person in (True, False))
    return [letters for letters in spelt if letters]


def _each_begun(letters: str) -> str:
    """A pattern for consecutive syllables each begun by some of the letters: guanya in GuanYanAn, gongzs in GongZuoShi."""
    first, *rest = map(re.escape, letters)
    return first.upper() + "".join(f"(?:{one}|[a-z]*{one.upper()})" for one in rest)


def _ranks(names: Sequence[str]) -> Ints:
    """Where each name stands in code point order; the same name, the same rank."""
    order = {name: at for at, name in enumerate(sorted(set(names)))}
    return np.array([order[name] for name in names], np.int64)


class _Lines:
    """Many strings in one array of code points (bytes where all is ASCII), each ended by a 0; `start` and `size` of every line."""

    def __init__(self, lines: Sequence[str]) -> None:
        joined = "".join(f"{line}\0" for line in lines)
        self._is_ascii = joined.isascii()
        self.codes = self._encoded(joined)
        self.size = np.array([len(line) for line in lines], np.int64)
        self.start: Ints = np.cumsum(self.size + 1) - self.size - 1

    def _encoded(self, text: str) -> npt.NDArray[Any]:
        if self._is_ascii:
            return np.frombuffer(text.encode("ascii"), np.uint8)
        return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)

    def line(self, at: Ints) -> Ints:
        """The line in which each position stands."""
        line: Ints = np.searchsorted(self.start, at, side="right") - 1
        return line

    def find(self, wanted: str) -> Ints:
        """Every position where `wanted` (not empty) begins, ascending."""
        if (self._is_ascii and not wanted.isascii()) or len(wanted) > len(self.codes):
            return np.empty(0, np.int64)
        word = self._encoded(wanted)
        last = len(self.codes) - len(word) + 1
        # The first two codes are compared everywhere, which leaves few places for the others: 1 ms over 4.5 M letters instead of 6.
        same = self.codes[:last] == word[0]
        if len(word) > 1:
            same &= self.codes[1 : last + 1] == word[1]
        at = np.flatnonzero(same)
        for offset in range(2, len(word)):
            at = at[self.codes[at + offset] == word[offset]]
        return at

    def near(self, wanted: str, begins: npt.NDArray[np.bool_] | None = None) -> tuple[Ints, Ints]:
        """Windows one edit away from `wanted`: a character other, one more, one less, or two neighbours swapped. (start, size) each.

        They start anywhere, or only where `begins` is true. `wanted` has at least three characters.
        One edit leaves one half of `wanted` whole (or swaps the two characters where the halves meet), so only windows beside a half
        that is found exactly are compared.
        """
        half = len(wanted) // 2
        swapped = wanted[: half - 1] + wanted[half] + wanted[half - 1] + wanted[half + 1 :]
        right = self.find(wanted[half:]) - half
        at = np.unique(np.concatenate([self.find(wanted[:half]), self.find(swapped), right - 1, right, right + 1]))
        at = at[(at >= 0) & (at < len(self.codes))]
        at = at if begins is None else at[begins[at]]
        last = self.start[self.line(at)] + self.size[self.line(at)]
        padded = np.concatenate([self.codes, np.zeros(len(wanted) + 1, self.codes.dtype)])
        window = sliding_window_view(padded, len(wanted) + 1)[at]
        near = [(at[which & (at + size <= last)], size) for size, which in _edits(window, self._encoded(wanted))]
        return np.concatenate([one for one, _ in near]), np.concatenate([np.full(len(one), size) for one, size in near])


def _edits(window: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> Iterator[tuple[int, npt.NDArray[np.bool_]]]:
    """For windows (n, m + 1) and a word of m: the sizes m, m + 1 and m - 1, and which windows of that size are one edit away."""
    m = len(wanted)
    same = window[:, :m] == wanted
    ahead = _run(same)
    behind = _run(same[:, ::-1])
    row, swap = np.arange(len(window)), np.minimum(ahead, m - 2)
    swapped = (window[row, swap] == wanted[swap + 1]) & (window[row, swap + 1] == wanted[swap])
    yield m, (ahead + behind == m - 1) | ((ahead + behind == m - 2) & swapped)
    yield m + 1, ahead + _run((window[:, 1:] == wanted)[:, ::-1]) >= m
    yield m - 1, ahead + _run((window[:, : m - 1] == wanted[1:])[:, ::-1]) >= m - 1


def _run(same: npt.NDArray[np.bool_]) -> Ints:
    """How many are true from the left, for each row."""
    run: Ints = np.logical_and.accumulate(same, axis=1).sum(axis=1)
    return run


class _Words:
    """BM25 (Robertson and Zaragoza 2009, k1 = 1.2, b = 0.75) over pairs of Chinese characters and Latin words of whole things."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._known: dict[str, int] = {}
        said = [[self._known.setdefault(word, len(self._known)) for word in _telling(text)] for text in texts]
        length = np.array([len(words) for words in said], np.float64)
        place = np.repeat(np.arange(len(texts)), length.astype(np.int64))
        pair, count = np.unique(np.array([word for words in said for word in words], np.int64) * len(texts) + place, return_counts=True)
        word, self._thing = np.divmod(pair, max(len(texts), 1))
        self._from = np.searchsorted(word, np.arange(len(self._known) + 1))
        in_how_many = np.diff(self._from)
        self._rarity = np.log(1 + (len(texts) - in_how_many + 0.5) / (in_how_many + 0.5))
        damped = count + 1.2 * (0.25 + 0.75 * length[self._thing] / max(length.mean() if len(texts) else 0.0, 1.0))
        self._weight = self._rarity[word] * count / damped
        self._size = len(texts)

    def search(self, query: str) -> tuple[Ints, Floats]:
        """Things that tell at least a tenth of what the query tells (0.1 of the highest score any text could have), with that share."""
        asked = set(_telling(query))
        words = [self._known[word] for word in sorted(asked & self._known.keys())]
        most = self._rarity[words].sum() + (len(asked) - len(words)) * np.log(2 * self._size + 2)
        if not words:
            return np.empty(0, np.int64), np.empty(0)
        span = np.concatenate([np.arange(self._from[word], self._from[word + 1]) for word in words])
        share = np.bincount(self._thing[span], self._weight[span], self._size) / most
        things = np.flatnonzero(share >= 0.1)
        return things, share[things]


def _telling(text: str) -> list[str]:
    """Grams without the single characters: 工 stands in every third name and tells nothing."""
    return [gram for gram in grams(text) if len(gram) > 1 or gram.isascii()]
