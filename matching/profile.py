"""What a thing offers, seeks, where it is and with whom it already works: the side of a snapshot that matching sees.

A row is a candidate (workshop, expert, company, need), in the order of KINDS and then of slots. Its words come in lines, each with the
statements that told it; person names are cut from all of them, so that no list hangs on who somebody is.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.analysis.derive import Derived, derived, words_in
from graph.analysis.text import normalise, without_person
from graph.data.tables import glossary
from graph.record.ontology import MEMBER_ROLES, ontology
from graph.record.snapshot import Snapshot
from matching.lexical import on_grid

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Hashes = NDArray[np.uint64]

KINDS = ("workshop", "person", "organisation", "need")
"""Kinds that can be asked for and proposed; rows of one kind stand together."""

OFFERS = ("offers", "achievement", "skill", "does", "description")
BORROWED = ("offers", "achievement", "skill", "does")
"""What a workshop shows of its leader and of its unit, besides the unit's name."""
UNITS = ("host", "employer")
NO_TIE = ("umbrella", "exchange", "union_framework")
"""Forms of groups whose members do not work together for it: statistics, visits and framework papers."""


ROLES = ("research", "making", "testing")
ROLE_WORDS = tuple(
    re.compile(words)
    for words in (
        "研发|研究|研制|科研|设计院|大学|学院|实验室", "制造|生产|加工|装配|建造|制作", "检测|检验|试验|测试|计量|探伤|校准|质检|鉴定",
    )
)  # fmt: skip
"""What tells that somebody researches, makes or tests."""


_ANY_WORKSHOP = re.compile(
    "(?:国家?级|省级|市级|区级|示范性?|劳模|劳动模范|工匠|人才|职工|职员|青年|巾帼|高技能|技能|技术|大师|名师|名匠|首席|专家|创新"
    "|工作室|工作站|团队|班组|和|与|及|暨|[()（）、·])+"
)
"""Words of workshops' names that every workshop could have: they say nothing of what is done there."""


_TALLY = re.compile(
    r"[^\d]{0,10}\d[\d.,]*[余多]?[万亿千百]?[项名人个次件篇元年家种台套场期届][^\d,，]{0,6}"
    "|.{0,16}(?:[一二三特]等奖|[金银铜]奖|年度人物|创新人物|标兵|先进集体|称号|带头人)"
)
"""Counts and honours: without a word of some trade they say how much, not what."""

NO_MAKERS = ("university", "school", "institute", "hospital", "union", "government", "association", "think_tank", "training_base")
"""Forms of organisations that have no goods to deliver, whatever trade their words speak of."""

TRIVIAL = 0.4
"""Worth below which a product is none to meet for: what every fifth trade uses (power, steam)."""


class Line(NamedTuple):
    """A line of text of a row, names cut, with the statement numbers that told it; `said` is what a sentence quotes of it."""

    text: str
    statements: tuple[int, ...]
    said: str = ""

    @property
    def quoted(self) -> str:
        """What a sentence quotes."""
        return self.said or self.text


@dataclass(frozen=True)
class Lines:
    """Lines of all rows, row by row: those of row r are `start[r]` to `start[r + 1]`."""

    lines: Sequence[Line]
    start: Ints

    @classmethod
    def of(cls, by_row: Sequence[Sequence[Line]]) -> "Lines":
        """From the lines of each row."""
        start = np.zeros(len(by_row) + 1, dtype=np.int32)
        np.cumsum([len(lines) for lines in by_row], out=start[1:])
        return cls([line for lines in by_row for line in lines], start)

    def at(self, row: int) -> Sequence[Line]:
        """The lines of a row."""
        return self.lines[self.start[row] : self.start[row + 1]]

    @cached_property
    def owner(self) -> Ints:
        """The row of every line."""
        return np.repeat(np.arange(len(self.start) - 1, dtype=np.int32), np.diff(self.start))


class Knowledge(NamedTuple):
    """The glossary as arrays. `flow[a, b]`: how telling (0..1) the most telling product is that trade a makes and trade b uses, in the
    same words; what everybody uses (power, gas) tells little."""

    trades: tuple[str, ...]
    divisions: Ints
    by_word: Mapping[str, tuple[int, ...]]
    flow: Floats
    methods: Mapping[str, int]


@cache
def knowledge() -> Knowledge:
    """The glossary's trades, words, product flows and methods, read once."""
    told = glossary()
    by_word: dict[str, list[int]] = {}
    for at, trade in enumerate(told.trades):
        for word in dict.fromkeys(map(normalise, (*trade.terms, *trade.symptoms))):
            by_word.setdefault(word, []).append(at)
    worth = product_worth()
    flow = np.array(
        [[max((worth[one] for one in set(maker.makes) & set(user.uses) if worth[one] >= TRIVIAL), default=0.0) for user in told.trades]
         for maker in told.trades],
        dtype=np.float32,
    )
    np.fill_diagonal(flow, 0)
    flow = on_grid(flow)
    places = {code: place for place, code in enumerate(ontology().codes["trade"])}
    return Knowledge(
        tuple(trade.zh for trade in told.trades), np.array([places[trade.division] for trade in told.trades], dtype=np.int32),
        {word: tuple(trades) for word, trades in by_word.items()}, flow, _methods(),
    )  # fmt: skip


@cache
def product_worth() -> Mapping[str, float]:
    """How telling a product is: 1 where nobody uses it, towards 0 where every trade does."""
    users = Counter(one for trade in glossary().trades for one in set(trade.uses))
    whole = np.log1p(len(glossary().trades))
    return {one: float(1 - np.log1p(count) / whole) for one, count in sorted(users.items())}


@cache
def product_between(maker: int, user: int) -> str:
    """The most telling product that one glossary trade makes and another uses; there is one wherever `flow` is above 0."""
    trades, worth = glossary().trades, product_worth()
    return max((one for one in trades[maker].makes if one in trades[user].uses), key=lambda one: worth[one])


def _methods() -> Mapping[str, int]:
    """Each word that names a cross-trade method: the method itself, and the terms of the trade that is called so."""
    told = glossary()
    number = {method: at for at, method in enumerate(told.methods)}
    words = {normalise(method): at for method, at in number.items()}
    for trade in told.trades:
        if trade.zh in number:
            words.update({normalise(term): number[trade.zh] for term in trade.terms if normalise(term) not in words})
    return words


def roles_in(text: str) -> list[bool]:
    """Which of ROLES a text names."""
    return [bool(pattern.search(text)) for pattern in ROLE_WORDS]


class Words(NamedTuple):
    """What the glossary finds in lines: each word with the first line that told it."""

    terms: Mapping[str, int]
    methods: Mapping[int, int]


def words_of(lines: Sequence[Line]) -> Words:
    """Glossary words and methods in lines; a line is told by its place."""
    terms: dict[str, int] = {}
    methods: dict[int, int] = {}
    named = knowledge().methods
    for at, line in enumerate(lines):
        for word in words_in(line.text):
            terms.setdefault(word.text, at)
            if word.text in named:
                methods.setdefault(named[word.text], at)
    return Words(terms, methods)


@lru_cache(maxsize=1 << 16)
def terms_in(text: str) -> tuple[str, ...]:
    """The glossary words of a line, each once; remembered, since lines of needs are asked about again and again."""
    return tuple(dict.fromkeys(word.text for word in words_in(text)))


def akin(first: str, second: str) -> bool:
    """Whether the glossary knows a word that both texts say, or a trade that words of both belong to.

    >>> akin("齿轮热处理后变形", "污水深度处理"), akin("管道焊接变形", "船舶焊接"), akin("海参苗种病害", "水产养殖")
    (False, True, True)
    """
    known = knowledge().by_word
    pieces = {first[at : at + width] for width in range(2, 9) for at in range(len(first) - width + 1)}
    if any(piece in second for piece in pieces if piece in known or piece in knowledge().methods):
        return True
    trades = [{trade for term in terms_in(text) for trade in known.get(term, ())} for text in (first, second)]
    return bool(trades[0] & trades[1])


def forget_words() -> None:
    """Lets go of the texts that are remembered: after an erasure none may stay."""
    words_in.cache_clear()
    terms_in.cache_clear()


def trade_shares(terms: Iterable[str], division: int) -> Floats:
    """How much a thing's words speak for each glossary trade, summing to 1; only trades of its division where that is known."""
    found = knowledge()
    votes = np.zeros(len(found.trades), dtype=np.float32)
    for term in terms:
        told = found.by_word.get(term, ())
        for trade in told:
            votes[trade] += 1 / len(told)
    if division >= 0 and (votes * (found.divisions == division)).any():
        votes *= found.divisions == division
    votes[votes < 0.25 * votes.max(initial=0)] = 0  # a stray word is no trade
    total = votes.sum()
    return on_grid(votes / total) if total else votes


def place_levels(snapshot: Snapshot, column: Ints) -> Ints:
    """Slots of province, city and district (slots, 3) of each slot's place; -1 where it is not told that finely."""
    inner = np.full(snapshot.size, -1, dtype=np.int32)
    edges = snapshot.edges()
    within = edges.property == ontology().property_ids.index("within")
    inner[edges.source[within]] = edges.target[within]
    levels = np.full((snapshot.size, 3), -1, dtype=np.int32)
    for slot in np.unique(column[column >= 0]).tolist():
        path = [slot]
        while inner[path[-1]] >= 0 and len(path) < 5:
            path.append(int(inner[path[-1]]))
        # the outermost place is the country where more than three are told
        outward = path[::-1][-3:] if len(path) > 3 else path[::-1]
        levels[column == slot, : len(outward)] = outward
    return levels


@dataclass(frozen=True)
class People:
    """Names of the people we know, folded: what is cut from every text."""

    names: frozenset[str]

    @cached_property
    def _lengths(self) -> Sequence[int]:
        return sorted({len(name) for name in self.names if len(name) > 1}, reverse=True)

    def cut(self, text: str) -> str:
        """Text, folded, without their names; what is left of a name is a gap."""
        text, kept, at = normalise(text), [], 0
        while at < len(text):
            length = next((size for size in self._lengths if text[at : at + size] in self.names), 0)
            kept.append(" " if length else text[at])
            at += length or 1
        return "".join(kept).strip()


def hashed(ids: Sequence[str]) -> Hashes:
    """64 bits of each id's digest."""
    return np.array([int.from_bytes(blake2b(id.encode(), digest_size=8).digest(), "little") for id in ids], dtype=np.uint64)


@dataclass(frozen=True)
class Profiles:
    """All candidates of a snapshot. Arrays are read-only and indexed by row; `slots` leads back to the snapshot."""

    snapshot: Snapshot
    derived: Derived
    slots: Ints
    row_of: Ints
    kind: Ints
    names: Sequence[str]
    people: People
    offers: Lines
    seeks: Lines
    columns: Mapping[str, Ints]
    places: Ints

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.slots)

    def of_kinds(self, kinds: Sequence[str]) -> Ints:
        """Rows of these kinds, ascending."""
        return np.flatnonzero(np.isin(self.kind, [KINDS.index(kind) for kind in kinds])).astype(np.int32)

    def row(self, id: str) -> int:
        """The row of a thing; -1 where its kind is no candidate. Raises NotFound `thing_unknown`."""
        return int(self.row_of[self.snapshot.number(id)])

    def id(self, row: int) -> str:
        """The thing id of a row."""
        return self.snapshot.id(int(self.slots[row]))

    @cached_property
    def ids(self) -> Sequence[str]:
        """The thing id of every row."""
        known = self.snapshot.ids
        return [known[slot] for slot in self.slots.tolist()]

    @cached_property
    def id_hashes(self) -> Hashes:
        """A hash of every row's id: what breaks ties is made from it."""
        return hashed(self.ids)

    # ---- what the glossary says

    @cached_property
    def words(self) -> Sequence[Words]:
        """Glossary words and methods in the offers of each row; of one that only asks, in what it asks."""
        return [words_of(self.spoken(row)) for row in range(self.size)]

    def spoken(self, row: int) -> Sequence[Line]:
        """The lines that `words` looks at."""
        return self.offers.at(row) or self.seeks.at(row)

    @cached_property
    def trades(self) -> Floats:
        """Shares of the glossary's trades (rows, trades)."""
        division = self.columns["trade"].tolist()
        rows = [trade_shares(words.terms, at) for words, at in zip(self.words, division, strict=True)]
        return np.array(rows, dtype=np.float32).reshape(self.size, len(knowledge().trades))

    @cached_property
    def makes(self) -> Floats:
        """The same for what comes out as goods: nothing of those that have none."""
        form = self.columns["form"]
        idle = np.isin(form, [list(ontology().codes["form"]).index(code) for code in NO_MAKERS])
        return np.where(idle[:, None], np.float32(0), self.trades)

    @cached_property
    def supplies(self) -> Floats:
        """What these goods are worth to each trade (rows, trades)."""
        return on_grid(self.makes @ knowledge().flow)

    @cached_property
    def methods(self) -> NDArray[np.bool_]:
        """Which methods each row's own words name (rows, methods)."""
        found = np.zeros((self.size, len(glossary().methods)), dtype=bool)
        for row, words in enumerate(self.words):
            found[row, list(words.methods)] = True
        return found

    @cached_property
    def roles(self) -> Floats:
        """Which of ROLES each row's words name (rows, 3), 1 or 0."""
        said = [" ".join(line.text for line in self.offers.at(row)) for row in range(self.size)]
        return np.array([roles_in(text) for text in said], dtype=np.float32).reshape(self.size, len(ROLES))

    # ---- who works with whom

    @cached_property
    def memberships(self) -> tuple[Ints, Ints, Ints]:
        """(group slot, row, statement), sorted by group and row; groups whose members do not work together left out."""
        edges, ids = self.snapshot.edges(), ontology().property_ids
        roles = np.isin(edges.property, [ids.index(role) for role in MEMBER_ROLES])
        group = self.snapshot.kind[edges.source] == ontology().kind_ids.index("group")
        form = self.snapshot.column("form")[edges.source]
        idle = np.isin(form, [list(ontology().codes["form"]).index(code) for code in NO_TIE])
        chosen = roles & group & ~idle & (self.row_of[edges.target] >= 0)
        group_slot, row, told = edges.source[chosen], self.row_of[edges.target[chosen]], edges.statement[chosen]
        order = np.lexsort([told, row, group_slot])
        group_slot, row, told = group_slot[order], row[order], told[order]
        first = np.ones(len(row), dtype=bool)
        first[1:] = (np.diff(group_slot) != 0) | (np.diff(row) != 0)  # one in two roles is a member once
        return group_slot[first], row[first], told[first]

    @cached_property
    def load(self) -> Ints:
        """In how many groups each row stands."""
        return np.bincount(self.memberships[1], minlength=self.size).astype(np.int32)

    @cached_property
    def ties(self) -> tuple[Ints, Ints]:
        """Who already works with whom: symmetric CSR over rows, from groups and told partners."""
        from scipy.sparse import csr_array

        group, row, _ = self.memberships
        distinct, at = np.unique(group, return_inverse=True)
        shape = (len(distinct), self.size)
        members = csr_array((np.ones(len(row), dtype=np.int32), (at, row)), shape=shape)  # type: ignore[no-untyped-call]
        direct = self._partners()
        ends = (direct[:, 0], direct[:, 1])
        edges = csr_array((np.ones(len(direct), dtype=np.int32), ends), shape=(self.size,) * 2)  # type: ignore[no-untyped-call]
        both = (members.T @ members + edges + edges.T).tocoo()
        apart = both.row != both.col
        order = np.lexsort([both.col[apart], both.row[apart]])
        start = np.zeros(self.size + 1, dtype=np.int32)
        np.cumsum(np.bincount(both.row[apart], minlength=self.size), out=start[1:])
        return start, both.col[apart][order].astype(np.int32)

    def _partners(self) -> NDArray[np.int64]:
        edges = self.snapshot.edges()
        told = edges.property == ontology().property_ids.index("partner")
        pairs = np.column_stack([self.row_of[edges.source[told]], self.row_of[edges.target[told]]]).astype(np.int64)
        return pairs[(pairs >= 0).all(axis=1)]

    def tied(self, row: int) -> Ints:
        """Rows that already work with this one."""
        start, rows = self.ties
        return rows[start[row] : start[row + 1]]

    def membership(self, first: int, second: int) -> tuple[int, ...]:
        """Statements by which two rows work together: their places in a group that both are in, or a told partnership."""
        group, row, told = self.memberships
        shared = np.intersect1d(group[row == first], group[row == second])
        if len(shared):
            return tuple(told[(group == shared[0]) & np.isin(row, (first, second))].tolist())
        partner, slots = ontology().property_ids.index("partner"), self.slots
        arrays = self.snapshot.arrays
        return tuple(
            int(arrays.out_number[at])
            for a, b in ((slots[first], slots[second]), (slots[second], slots[first]))
            for at in range(arrays.out_ptr[a], arrays.out_ptr[a + 1])
            if arrays.out_property[at] == partner and arrays.out_target[at] == b
        )

    def statements(self, slot: int, *properties: str) -> list[tuple[int, int]]:
        """(target, statement number) of what is told of a slot with these properties."""
        arrays, wanted = self.snapshot.arrays, [ontology().property_ids.index(name) for name in properties]
        rows = range(arrays.out_ptr[slot], arrays.out_ptr[slot + 1])
        return [(int(arrays.out_target[at]), int(arrays.out_number[at])) for at in rows if arrays.out_property[at] in wanted]

    def place_statements(self, row: int) -> tuple[int, ...]:
        """What told where a row is: its own place, or its unit and the unit's place."""
        if row not in self._placed:
            self._placed[row] = self._place_told(row) if row >= 0 else ()
        return self._placed[row]

    @cached_property
    def _placed(self) -> dict[int, tuple[int, ...]]:
        return {}

    def _place_told(self, row: int) -> tuple[int, ...]:
        own = self.statements(int(self.slots[row]), "place")
        if own:
            return tuple(number for _, number in own)
        units = self.statements(int(self.slots[row]), *UNITS, "raised_by")[:1]
        return tuple(number for unit, told in units for number in (told, *(one for _, one in self.statements(unit, "place"))))

    @cached_property
    def circle(self) -> tuple[Ints, Ints]:
        """Whose own unit, leader or workshop is who: symmetric CSR over rows. No partner is looked for inside it."""
        edges, ids = self.snapshot.edges(), ontology().property_ids
        own = np.isin(edges.property, [ids.index(name) for name in ("host", "employer", "leader", "parent", "raised_by")])
        first, second = self.row_of[edges.source[own]], self.row_of[edges.target[own]]
        inside = (first >= 0) & (second >= 0)
        ends = np.concatenate([np.column_stack([first, second])[inside], np.column_stack([second, first])[inside]])
        pairs = np.unique(ends, axis=0)
        start = np.zeros(self.size + 1, dtype=np.int32)
        np.cumsum(np.bincount(pairs[:, 0], minlength=self.size), out=start[1:])
        return start, pairs[:, 1].astype(np.int32)

    def circle_of(self, row: int) -> Ints:
        """Rows of its own circle."""
        start, rows = self.circle
        return rows[start[row] : start[row + 1]]


def profiles(snapshot: Snapshot) -> Profiles:
    """The candidates of a snapshot with their words and columns. At 1,500 workshops with units and leaders about 0.2 s."""
    by_kind = [snapshot.live(kind) for kind in KINDS]
    slots = np.concatenate(by_kind).astype(np.int32)
    row_of = np.full(snapshot.size, -1, dtype=np.int32)
    row_of[slots] = np.arange(len(slots), dtype=np.int32)
    kind = np.repeat(np.arange(len(KINDS), dtype=np.int32), [len(one) for one in by_kind])
    names = snapshot.names()
    reader = _Reader(snapshot, names)
    guessed = derived(snapshot)
    columns = {name: snapshot.column(name)[slots] for name in ("organisation", "level", "form")}
    columns["organisation"] = np.where(kind == KINDS.index("organisation"), slots, columns["organisation"]).astype(np.int32)
    unit = columns["organisation"]
    columns["form"] = np.where((columns["form"] < 0) & (unit >= 0), snapshot.column("form")[unit], columns["form"]).astype(np.int32)
    columns |= {name: guessed.column(name)[slots] for name in ("trade", "place")}
    columns["kind"] = kind
    return Profiles(
        snapshot, guessed, slots, row_of, kind, [names[slot] for slot in slots.tolist()], reader.people,
        Lines.of([reader.offers(slot, KINDS[at]) for slot, at in zip(slots.tolist(), kind.tolist(), strict=True)]),
        Lines.of([reader.seeks(slot, KINDS[at]) for slot, at in zip(slots.tolist(), kind.tolist(), strict=True)]),
        columns, np.asfortranarray(place_levels(snapshot, guessed.column("place"))[slots]),  # rules read it level by level
    )  # fmt: skip


class _Reader:
    """Reads the lines of things out of a snapshot: all texts and edges once, then thing by thing."""

    def __init__(self, snapshot: Snapshot, names: Sequence[str]) -> None:
        self._snapshot, self._names = snapshot, names
        person = ontology().kind_ids.index("person")
        self.people = People(frozenset(normalise(names[slot]) for slot in np.flatnonzero(snapshot.kind == person).tolist() if names[slot]))
        told = snapshot.texts(tuple(dict.fromkeys((*OFFERS, "seeks", "name"))))
        ids = ontology().property_ids
        self._texts: dict[int, list[tuple[str, str, int]]] = {}
        for slot, at, number, text in zip(told.slot.tolist(), told.property.tolist(), told.number.tolist(), told.value, strict=True):
            self._texts.setdefault(slot, []).append((ids[at], text, number))

    def _edges(self, slot: int, *properties: str) -> Iterator[tuple[str, int, int]]:
        """(property, target slot, statement number) of a thing's edges with these properties."""
        arrays, ids = self._snapshot.arrays, ontology().property_ids
        for at in range(arrays.out_ptr[slot], arrays.out_ptr[slot + 1]):
            if ids[arrays.out_property[at]] in properties:
                yield ids[arrays.out_property[at]], int(arrays.out_target[at]), int(arrays.out_number[at])

    def _pointing(self, slot: int, property_id: str) -> Iterator[int]:
        arrays, wanted = self._snapshot.arrays, ontology().property_ids.index(property_id)
        for at in range(arrays.in_ptr[slot], arrays.in_ptr[slot + 1]):
            if arrays.in_property[at] == wanted:
                yield int(arrays.in_source[at])

    def _line(self, text: str, *statements: int) -> Line:
        return Line(self.people.cut(text), statements)

    def _told(self, slot: int, properties: Sequence[str]) -> Iterator[Line]:
        for property_id, text, number in self._texts.get(slot, ()):
            if property_id in properties:
                yield self._line(text, number)

    def offers(self, slot: int, kind: str) -> list[Line]:
        """What it can do: its own words, its fields, what its leader and its unit tell, and its own name without the person's."""
        if kind == "need":
            return []
        found = [*self._told(slot, OFFERS), *(self._line(self._names[to], number) for _, to, number in self._edges(slot, "field"))]
        for _, leader, _number in self._edges(slot, "leader"):
            found += self._told(leader, BORROWED)
        for _, unit, number in self._edges(slot, *UNITS):
            found += [self._line(self._names[unit], number), *self._told(unit, BORROWED)]
        named = ((text, number) for id, text, number in self._texts.get(slot, ()) if id == "name")
        own = [self._line(_ANY_WORKSHOP.sub(" ", without_person(text)), number) for text, number in named]
        return _each_once(line for line in [*found, *(own if kind != "person" else [])] if not _only_counts(line.text))

    def seeks(self, slot: int, kind: str) -> list[Line]:
        """What it asks for: its own words, and the needs that it raised. A need is one line: name, description, fields."""
        if kind == "need":
            return [self._need(slot)]
        return _each_once([*self._told(slot, ("seeks",)), *(self._need(need) for need in self._pointing(slot, "raised_by"))])

    def _need(self, slot: int) -> Line:
        own = [(text, number) for id, text, number in self._texts.get(slot, ()) if id in ("name", "description", "seeks")]
        fields = [(self._names[to], number) for _, to, number in self._edges(slot, "field")]
        # the description is what a planner wants to see first
        told = next((text for id, text, _ in self._texts.get(slot, ()) if id == "description"), own[0][0] if own else "")
        return Line(
            self.people.cut(" ".join(dict.fromkeys(text for text, _ in (*own, *fields)))),
            tuple(number for _, number in (*own[::-1], *fields)), self.people.cut(told),
        )  # fmt: skip


def _only_counts(text: str) -> bool:
    return bool(_TALLY.fullmatch(text)) and not any(words_in(text))


def _each_once(lines: Iterable[Line]) -> list[Line]:
    """Lines that say something, the same words only once."""
    return list({line.text: line for line in reversed(list(lines)) if line.text}.values())[::-1]
