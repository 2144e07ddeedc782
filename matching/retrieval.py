"""Who comes into question: an index over the profiles of a snapshot, and the way from all things to the candidates that are scored.

Rules are a mask before the search, never a sieve after it. Up to EXACT things every lawful candidate is scored; above, three channels
(shared words, vectors, walks over the graph) each bring their best, mixed by the larger of their z-scores: a channel scaled by its own
maximum would call its best perfect even where it knows nothing (DESIGN 5).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.analysis.communities import clusters
from graph.analysis.titles import named
from graph.analysis.walks import neighbours, personalised_pagerank
from graph.data.tables import glossary
from graph.record.ontology import ontology
from matching.embedding import Embedder
from matching.lexical import Bm25, Queries, gram_worth, on_grid
from matching.profile import Floats, Ints, Lines, Profiles, knowledge, terms_in

EXACT = 20_000
"""Lawful candidates up to which every one is scored."""
POOL = 600
"""Candidates that are scored above that (TARGETS: this many do not limit nDCG@10)."""
BIG = 3
"""Members from which a cluster counts as one."""
SCARCE = 3
"""Most things that may tell a skill for it to count as scarce."""
NOISE_QUANTILE = 0.95
CLEARLY, UNMEANT = 0.1, 0.3
"""How far above the noise a cosine says that shared characters are meant alike; what they count where it does not."""
SHARED_BY_CHANCE = 0.05
"""Share of a need's words (BM25) that 95 of 100 texts say without meaning it: characters recur."""
_INSTITUTION = re.compile("(?:公司|集团|大学|学院|学校|[中小]学|医院|煤矿|油田|[局厂院所会段])$")
HALF_FROM = 50_000
"""Texts from which vectors are kept as 16-bit numbers: half a million of 256 would fill 500 MB."""


@dataclass(frozen=True, eq=False)
class Block:
    """Candidates with all that criteria read of them, cut out of the index once for all questions about the same kinds.

    `offers` are vectors of different texts, `offer_text` says which of them each offer line is: fields and units recur in many lines.
    """

    rows: Ints
    vectors: Floats
    offers: Floats
    offer_text: Ints
    offer_start: Ints
    seeks: Floats
    seek_at: Ints
    seek_start: Ints
    trades: Floats
    supplies: Floats
    methods: NDArray[np.bool_]
    roles: Floats
    places: Ints

    @cached_property
    def role_set(self) -> Ints:
        """Each candidate's roles as the bits of a number."""
        return np.asarray(self.roles @ (1 << np.arange(self.roles.shape[1])), dtype=np.int32)

    def best_offer(self, values: Floats) -> Floats:
        """The largest value of each candidate's offer lines; (…, texts) in, (…, candidates) out, 0 for one without lines."""
        return largest(values[:, self.offer_text], self.offer_start)

    def best_seek(self, values: Floats) -> Floats:
        """The largest value of each candidate's needs; (…, lines) in, (…, candidates) out."""
        return largest(values, self.seek_start)

    def offers_at(self, at: int) -> Floats:
        """Vectors of the offer lines of one candidate."""
        return self.offers[self.offer_text[self.offer_start[at] : self.offer_start[at + 1]]]

    def seeks_at(self, at: int) -> Floats:
        """Vectors of the needs of one candidate."""
        return self.seeks[self.seek_start[at] : self.seek_start[at + 1]]


def is_skill(term: str) -> bool:
    """Whether a glossary word is something that one can do: neither a whole trade, nor what units are called, nor too short to say it."""
    return len(term) > 2 and not _INSTITUTION.search(term) and term not in knowledge().trades


def largest(values: Floats, start: Ints, axis: int = 1) -> Floats:
    """The largest of the values that belong to each along an axis of two: those of the next begin at `start`; 0 for one without any."""
    some, count = np.flatnonzero(np.diff(start)), len(start) - 1
    if 0 < len(some) == count:
        return np.maximum.reduceat(values, start[some], axis)
    found = np.zeros((count, values.shape[1]) if axis == 0 else (len(values), count), dtype=np.float32)
    if len(some):
        found[some if axis == 0 else (slice(None), some)] = np.maximum.reduceat(values, start[some], axis)
    return found


class Scarce(NamedTuple):
    """Per row its scarcest skill: (word, how many tell it) or None, its worth 0..1, and in which divisions it is told."""

    skill: Sequence[tuple[str, int] | None]
    worth: Floats
    divisions: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Index:
    """Profiles made ready for questions. Immutable; made by `index`, held as long as its snapshot."""

    profiles: Profiles
    embedder: Embedder
    vectors: Floats
    offer_vectors: NDArray[np.floating]
    offer_text: Ints
    seek_vectors: Floats
    lexical: Bm25
    asking: Queries
    noise: float

    # ---- scaling: constants of the embedder alone, so no rule or question moves them

    def above_noise(self, cosine: Floats) -> Floats:
        """Cosines as 0..1: 0 up to what unrelated texts reach, 1 for equal ones."""
        return _above(cosine, self.noise)

    def clearly_above_noise(self, cosine: Floats) -> Floats:
        """The same from where the likeness is clear."""
        return _above(cosine, self.noise + CLEARLY)

    def answer(self, cosine: Floats, shared: Floats, said: NDArray[np.bool_]) -> Floats:
        """How well a text answers a need, 0..1, from their cosine, the share of its characters, and whether a word of its trade is said.

        The root lets a paraphrase count, whose cosine is a fifth where equal words reach one, and keeps apart what is above it.
        Characters alone (a gear warps in heat treatment, somebody treats waste water) count little where neither a glossary word is
        shared nor the vectors see a likeness.
        """
        meant = said | (cosine > self.noise + CLEARLY)
        counted = _above(shared, SHARED_BY_CHANCE) * np.where(meant, np.float32(1), np.float32(UNMEANT))
        return np.asarray(np.sqrt(np.minimum(self.above_noise(cosine) + counted, 1)))

    @cached_property
    def _rows_saying(self) -> Mapping[str, Ints]:
        return _inverted(words.terms if len(self.profiles.offers.at(row)) else () for row, words in enumerate(self.profiles.words))

    @cached_property
    def _needs_saying(self) -> Mapping[str, Ints]:
        return _inverted(terms_in(line.text) for line in self.profiles.seeks.lines)

    def rows_saying(self, terms: Iterable[str]) -> NDArray[np.bool_]:
        """Rows whose offers say one of these glossary words."""
        return _any(self._rows_saying, terms, self.profiles.size)

    def needs_saying(self, terms: Iterable[str]) -> NDArray[np.bool_]:
        """Lines of needs that say one of these glossary words."""
        return _any(self._needs_saying, terms, len(self.profiles.seeks.lines))

    @cached_property
    def remembered(self) -> dict[str, Any]:
        """What others worked out of the index alone, kept for as long as it lives."""
        return {}

    # ---- candidates

    @cached_property
    def _blocks(self) -> dict[tuple[str, ...], Block]:
        return {}

    def of_kinds(self, kinds: Sequence[str]) -> Block:
        """All candidates of these kinds."""
        key = tuple(sorted(set(kinds)))
        if key not in self._blocks:
            self._blocks[key] = self.block(self.profiles.of_kinds(key))
        return self._blocks[key]

    def block(self, rows: Ints) -> Block:
        """These candidates."""
        profiles = self.profiles
        offer_at, offer_start = _lines_of(profiles.offers, rows)
        seek_at, seek_start = _lines_of(profiles.seeks, rows)
        used, offer_text = np.unique(self.offer_text[offer_at], return_inverse=True)
        offers = np.ascontiguousarray(self.offer_vectors[used], dtype=np.float32)
        return Block(
            rows, self.vectors[rows], offers, offer_text.astype(np.int32), offer_start, self.seek_vectors[seek_at], seek_at, seek_start,
            profiles.trades[rows], profiles.supplies[rows], profiles.methods[rows], profiles.roles[rows],
            np.asfortranarray(profiles.places[rows]),
        )  # fmt: skip

    # ---- what is counted over all

    @cached_property
    def method_weights(self) -> Floats:
        """How much sharing a method tells (0.2..1): the rarer the more."""
        told = self.profiles.methods.sum(axis=0)
        share = told / max(self.profiles.size, 1)
        weight: Floats = np.clip(-np.log10(np.maximum(share, 1e-4)) / 3, 0.2, 1).astype(np.float32)
        return weight

    @cached_property
    def scarce(self) -> Scarce:
        """The scarcest glossary word of every row; one told by a workshop and its own leader is told once."""
        profiles, trade = self.profiles, self.profiles.columns["trade"]
        holders: dict[str, set[int]] = {}
        able = [row for row in range(profiles.size) if len(profiles.offers.at(row))]
        for row in able:
            for term in profiles.words[row].terms:
                holders.setdefault(term, set()).add(row)
        skill: list[tuple[str, int] | None] = [None] * profiles.size
        worth = np.zeros(profiles.size, dtype=np.float32)
        divisions = np.zeros((profiles.size, len(ontology().codes["trade"])), dtype=bool)
        houses = self._houses
        for row in able:
            terms = profiles.words[row].terms
            counts = ((len({houses[one] for one in holders[term]}), term) for term in terms if len(holders[term]) <= 4 * SCARCE)
            count, term = min(((count, term) for count, term in counts if is_skill(term)), default=(SCARCE + 1, ""))
            if count <= SCARCE:
                skill[row], worth[row] = (term, count), (1.0, 0.7, 0.5)[count - 1]
                told = trade[list(holders[term])]
                divisions[row, told[told >= 0]] = True
        return Scarce(skill, worth, divisions)

    @cached_property
    def _houses(self) -> Sequence[int]:
        """The smallest row of each row's own circle: a workshop, its leader and its unit are one house."""
        start, rows = self.profiles.circle
        return [min([row, *rows[start[row] : start[row + 1]].tolist()]) for row in range(self.profiles.size)]

    def rarest(self, terms: Iterable[str]) -> str | None:
        """Of these glossary words the one that fewest rows tell; None where there is none."""
        counts = self._told_by
        return min(terms, key=lambda term: (counts.get(term, 0), term), default=None)

    def word(self, word: str) -> tuple[Floats, Queries]:
        """A glossary word as a need: its vector, and itself as a question; remembered, for there are some thousands at most."""
        if word not in self._words:
            self._words[word] = on_grid(self.embedder.embed([word]))[0], Queries(self.lexical, [word])
        return self._words[word]

    @cached_property
    def _words(self) -> dict[str, tuple[Floats, Queries]]:
        return {}

    @cached_property
    def _told_by(self) -> Mapping[str, int]:
        return Counter(term for words in self.profiles.words for term in words.terms)

    @cached_property
    def doubtful(self) -> NDArray[np.bool_]:
        """Rows of which some source tells a property twice that shows one value: only these can be in conflict."""
        profiles, ids = self.profiles, ontology().property_ids
        single = np.array([not prop.many for prop in ontology().properties.values()] + [False])
        arrays = profiles.snapshot.arrays
        slot = np.repeat(np.arange(profiles.snapshot.size, dtype=np.int64), np.diff(arrays.out_ptr))
        keys = np.sort((slot * (len(ids) + 1) + arrays.out_property)[single[arrays.out_property]])
        twice = np.zeros(profiles.snapshot.size, dtype=bool)
        twice[keys[1:][keys[1:] == keys[:-1]] // (len(ids) + 1)] = True
        return twice[profiles.slots]

    # ---- statements

    @cached_property
    def _statements(self) -> dict[int, str]:
        return {}

    def statement_ids(self, numbers: Iterable[int]) -> list[str]:
        """Ids of statements by number, each once; what was asked before is remembered."""
        wanted = list(dict.fromkeys(numbers))
        new = [number for number in wanted if number not in self._statements]
        if new:
            rows = self.profiles.snapshot.rows(new)
            self._statements.update((number, row.statement.id) for number, row in zip(new, rows, strict=True))
        return [self._statements[number] for number in wanted]

    # ---- the graph

    @cached_property
    def _labels(self) -> Ints:
        return clusters(self.profiles.derived)

    @cached_property
    def clusters(self) -> Ints:
        """The cluster of each row; -1 for one that is in no cluster or in one too small to speak of."""
        labels = self._labels
        sizes = np.bincount(labels[labels >= 0], minlength=1)
        large = (labels >= 0) & (sizes[np.maximum(labels, 0)] >= BIG)
        return np.where(large, labels, -1)[self.profiles.slots].astype(np.int32)

    def cluster_of(self, row: int) -> int:
        """The cluster of a row; -1 for none and for a typed question."""
        return int(self.clusters[row]) if row >= 0 else -1

    @cached_property
    def tied_clusters(self) -> NDArray[np.bool_]:
        """Which clusters already have a cooperation between them (clusters, clusters)."""
        count = int(self.clusters.max(initial=0)) + 1
        tied = np.zeros((count, count), dtype=bool)
        start, other = self.profiles.ties
        first, second = np.repeat(self.clusters, np.diff(start)), self.clusters[other]
        known = (first >= 0) & (second >= 0)
        tied[first[known], second[known]] = True
        return tied

    @cached_property
    def cluster_titles(self) -> Mapping[int, str]:
        """What each cluster is called, as on the map, without its count."""
        return {label: title.rsplit(" ", 1)[0] for label, title in named(self.profiles.derived, self._labels).items()}

    def friends_in_common(self, row: int) -> Ints:
        """Per row, how many work with both it and this one."""
        indptr, indices = self.profiles.ties
        mine = self.profiles.tied(row)
        reached, _ = neighbours(indptr, indices, mine)
        return np.bincount(reached, minlength=self.profiles.size).astype(np.int32)

    # ---- names

    def trade_name(self, trade: int) -> str:
        """The Chinese name of a division; empty for none."""
        return list(ontology().codes["trade"].values())[trade].zh if trade >= 0 else ""

    def slot_name(self, slot: int) -> str:
        """The name of a thing that is no candidate, such as a place."""
        return self._all_names[slot] if slot >= 0 else ""

    @cached_property
    def _all_names(self) -> Sequence[str]:
        return self.profiles.snapshot.names()


def _inverted(terms: Iterable[Iterable[str]]) -> Mapping[str, Ints]:
    found: dict[str, list[int]] = {}
    for at, told in enumerate(terms):
        for term in told:
            found.setdefault(term, []).append(at)
    return {term: np.array(places, dtype=np.int32) for term, places in found.items()}


def _any(places: Mapping[str, Ints], terms: Iterable[str], size: int) -> NDArray[np.bool_]:
    found = np.zeros(size, dtype=np.bool_)
    for term in terms:
        if term in places:
            found[places[term]] = True
    return found


def _above(value: Floats, noise: float) -> Floats:
    share: Floats = np.maximum((value - np.float32(noise)) / np.float32(1 - noise), 0)
    return np.minimum(share, 1)


def _lines_of(lines: Lines, rows: Ints) -> tuple[Ints, Ints]:
    """The places of these rows' lines, row by row, and where each row's begin."""
    count = np.diff(lines.start)[rows]
    start = np.zeros(len(rows) + 1, dtype=np.int32)
    np.cumsum(count, out=start[1:])
    at = np.arange(start[-1], dtype=np.int32) + np.repeat(lines.start[rows] - start[:-1], count)
    return at.astype(np.int32), start


def index(profiles: Profiles, embedder: Embedder) -> Index:
    """Makes profiles ready for questions with an embedder's vectors."""
    offers, seeks = profiles.offers, profiles.seeks
    whole = [" ".join(line.text for line in profiles.spoken(row)) for row in range(profiles.size)]
    documents = [" ".join(line.text for line in offers.at(row)) for row in range(profiles.size)]
    lexical = Bm25(documents, gram_worth())
    told = {text: at for at, text in enumerate(dict.fromkeys(line.text for line in offers.lines))}
    vectors = on_grid(embedder.embed(list(told)))
    if len(vectors) > HALF_FROM:
        vectors = vectors.astype(np.float16)
    asked = [line.text for line in seeks.lines]
    offer_text = np.array([told[line.text] for line in offers.lines], dtype=np.int32)
    return Index(
        profiles, embedder, on_grid(embedder.embed(whole)), vectors, offer_text, on_grid(embedder.embed(asked)), lexical,
        Queries(lexical, asked),
        noise(embedder),
    )  # fmt: skip


def noise(embedder: Embedder) -> float:
    """The cosine that 95 of 100 pairs of unrelated texts stay below: words of different trades of the glossary, eight to a text."""
    trades = glossary().trades
    vectors = on_grid(embedder.embed([" ".join(trade.terms[:8]) for trade in trades]))
    divisions = np.array([trade.division for trade in trades])
    apart = divisions[:, None] != divisions[None, :]
    return float(np.quantile((vectors @ vectors.T)[apart], NOISE_QUANTILE))


# ---- from all lawful candidates to those that are scored


def nearest(vectors: Floats, query: Floats, lawful: NDArray[np.bool_], k: int) -> Ints:
    """The k lawful rows whose vectors lie closest, closest first; exact."""
    scores = vectors @ query
    scores[~lawful] = -2
    k = min(k, int(lawful.sum()))
    if not k:
        return np.zeros(0, dtype=np.int32)
    best = np.argpartition(-scores, k - 1)[:k]
    return best[np.argsort(-scores[best], kind="stable")].astype(np.int32)


def pool(found: Index, row: int, text: str, vector: Floats, rows: Ints, lawful: NDArray[np.bool_]) -> Ints:
    """At most POOL of the lawful rows for an exact scoring: the best of three channels by the larger of their z-scores."""
    channels = [found.vectors[rows] @ vector, found.lexical.scores(text)[rows]]
    if row >= 0:
        channels.append(_walk(found, row)[rows])
    mixed = np.max([_standardised(channel, lawful) for channel in channels], axis=0)
    mixed[~lawful] = -np.inf
    k = min(POOL, int(lawful.sum()))
    return np.sort(rows[np.argpartition(-mixed, k - 1)[:k]]) if k else rows[:0]


def _walk(found: Index, row: int) -> Floats:
    slots, score = personalised_pagerank(*found.profiles.snapshot.links(), int(found.profiles.slots[row]))
    reached = np.zeros(found.profiles.snapshot.size, dtype=np.float32)
    reached[slots] = score
    return reached[found.profiles.slots]


def _standardised(channel: Floats, lawful: NDArray[np.bool_]) -> Floats:
    spread = float(channel[lawful].std()) or 1.0
    return np.asarray((channel - channel[lawful].mean()) / np.float32(spread))
