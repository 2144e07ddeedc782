"""What follows from what is told and is never recorded: a trade read out of text, a place taken from the host.

One table of pure functions, run over a snapshot. Every derived value is marked as inferred and names the statements it came from.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.analysis.text import normalise
from graph.data.tables import glossary
from graph.record.model import Statement
from graph.record.ontology import ontology
from graph.record.snapshot import Snapshot, Thing

OWN_TEXT = ("name", "skill", "does", "achievement", "description", "topic", "offers", "seeks")
"""Properties whose words speak of a thing's trade; the names of its fields count fully, its unit's name half."""

UNITS = ("host", "employer", "raised_by")

ENOUGH, MARGIN = 1.0, 1.25
"""A trade is inferred from at least one whole word of its own, and only where it leads the next division by a quarter."""


class Guess(NamedTuple):
    """An inferred value (a trade's code or a place's id) and what it rests on: statement ids, and the words that spoke."""

    value: str
    evidence: tuple[str, ...]
    words: tuple[str, ...]


class Word(NamedTuple):
    """A glossary word found in a text, with the divisions it speaks for and how strongly, and the trades that list it."""

    text: str
    votes: Mapping[str, float]
    trades: tuple[str, ...]


@cache
def _vocabulary() -> tuple[Mapping[str, Word], tuple[int, ...]]:
    """Every normalised word with its votes by division, and the word lengths, longest first.

    A word that several trades share counts a share for each; a symptom, being a whole phrase, counts twice.
    """
    votes: dict[str, dict[str, float]] = {}
    trades: dict[str, list[str]] = {}
    for trade in glossary().trades:
        for words, weight in ((trade.terms, 1.0), (trade.symptoms, 2.0)):
            for word in dict.fromkeys(map(normalise, words)):
                told = votes.setdefault(word, {})
                told[trade.division] = max(told.get(trade.division, 0.0), weight)
                trades.setdefault(word, []).append(trade.zh)
    found = {
        word: Word(word, {division: weight / len(told) for division, weight in told.items()}, tuple(dict.fromkeys(trades[word])))
        for word, told in votes.items()
    }
    return found, tuple(sorted({len(word) for word in found}, reverse=True))


@lru_cache(maxsize=1 << 16)
def words_in(text: str) -> tuple[Word, ...]:
    """Glossary words in a text, longest first from the left, without overlap: one dictionary look-up a length and place.

    Remembered, since the texts of a version are those of the one before but for a few: a third of the time after an edit.
    """
    return tuple(_found_in(normalise(text)))


def _found_in(text: str) -> Iterator[Word]:
    vocabulary, lengths = _vocabulary()
    at = 0
    while at < len(text):
        found = next((text[at : at + length] for length in lengths if text[at : at + length] in vocabulary), None)
        if found:
            yield vocabulary[found]
        at += len(found) if found else 1


def trade_of(texts: Sequence[tuple[str, float]]) -> tuple[str, tuple[str, ...]] | None:
    """The division that these (text, weight) speak for, with the words that did; None where no one leads clearly."""
    votes, words = _votes(texts)
    found = _leading(votes)
    return (found, tuple(dict.fromkeys(words[found]))) if found else None


def _votes(texts: Sequence[tuple[str, float]]) -> tuple[dict[str, float], dict[str, list[str]]]:
    """By division, how strongly these (text, weight) speak for it, and the words that do; a word counts once a text."""
    votes: dict[str, float] = {}
    words: dict[str, list[str]] = {}
    for text, weight in texts:
        for word in _heard(text):
            for division, vote in word.votes.items():
                votes[division] = votes.get(division, 0.0) + vote * weight
                words.setdefault(division, []).append(word.text)
    return votes, words


@lru_cache(1 << 14)
def _heard(text: str) -> tuple[Word, ...]:
    """The distinct glossary words of a text: names of units and fields come again and again, and every text once for trades and titles."""
    return tuple({one.text: one for one in words_in(text)}.values())


def _leading(votes: Mapping[str, float]) -> str | None:
    """The division that has enough votes and leads the next one clearly."""
    ranked = sorted(votes.items(), key=lambda one: (-one[1], one[0]))
    if not ranked or ranked[0][1] < ENOUGH or (len(ranked) > 1 and ranked[0][1] < MARGIN * ranked[1][1]):
        return None
    return ranked[0][0]


def _trade(derived: "Derived", thing: Thing) -> Guess | None:
    texts, evidence = derived.speaking(thing)
    found = trade_of(texts)
    if found is None:
        return None
    spoke = tuple(one.id for one, (text, _) in zip(evidence, texts, strict=True) if any(word in normalise(text) for word in found[1]))
    return Guess(found[0], spoke, found[1])


def _place(derived: "Derived", thing: Thing) -> Guess | None:
    for property_id in UNITS:
        unit = thing.value(property_id)
        if unit is None:
            continue
        host = derived.snapshot.thing(unit)
        told = host.value("place")
        if told:
            rests_on = [fact for fact in (*thing.facts, *host.facts) if fact.current and fact.value in (unit, told)]
            return Guess(told, tuple(fact.row.statement.id for fact in rests_on if fact.property_id in (property_id, "place")), ())
    return None


RULES: Mapping[str, Callable[["Derived", Thing], Guess | None]] = {"trade": _trade, "place": _place}
"""What is derived, each by one function; a told value always stands before."""

DERIVED_FOR = ("workshop", "person", "organisation", "need", "result", "group")


@dataclass(frozen=True)
class Derived:
    """Derived columns over a snapshot, worked out when first asked for. Use `derived(snapshot)`."""

    snapshot: Snapshot

    @cached_property
    def _texts(self) -> Mapping[int, list[tuple[str, str]]]:
        told = self.snapshot.texts(OWN_TEXT)
        names = ontology().property_ids
        found: dict[int, list[tuple[str, str]]] = {}
        for slot, property_index, text in zip(told.slot.tolist(), told.property.tolist(), told.value, strict=True):
            found.setdefault(slot, []).append((names[property_index], text))
        return found

    @cached_property
    def names(self) -> list[str]:
        """The name that shows, per slot."""
        return self.snapshot.names()

    def column(self, name: str) -> NDArray[np.int32]:
        """A rule column (`trade`, `place`) with inferred values where nothing is told; -1 where neither. Read-only."""
        return self._columns[name]

    def inferred(self, name: str) -> NDArray[np.bool_]:
        """Per slot, whether the column's value is inferred."""
        return (self.snapshot.column(name) < 0) & (self.column(name) >= 0)

    @cached_property
    def _columns(self) -> dict[str, NDArray[np.int32]]:
        return {"trade": self._filled_trade(), "place": self._filled_place()}

    def _open(self, name: str) -> list[int]:
        kinds = [ontology().kind_ids.index(kind) for kind in DERIVED_FOR]
        return np.flatnonzero((self.snapshot.column(name) < 0) & np.isin(self.snapshot.kind, kinds)).tolist()

    def _filled_trade(self) -> NDArray[np.int32]:
        column = self.snapshot.column("trade").copy()
        places = {code: place for place, code in enumerate(ontology().codes["trade"])}
        for slot in self._open("trade"):
            found = trade_of(self.spoken(slot))
            if found:
                column[slot] = places[found[0]]
        return column

    def _filled_place(self) -> NDArray[np.int32]:
        """Arrays only: the unit's column, first of host, employer, raised by."""
        told = self.snapshot.column("place")
        unit = self.snapshot.column("organisation")
        column = told.copy()
        empty = (told < 0) & (unit >= 0)
        column[empty] = told[unit[empty]]
        return column

    def spoken(self, slot: int) -> list[tuple[str, float]]:
        """The texts that speak of a thing's trade, with their weights: its own, its fields' names, half its unit's name."""
        own = [(text, 1.0) for _, text in self._texts.get(slot, ())]
        arrays, ids = self.snapshot.arrays, ontology().property_ids
        for at in range(arrays.out_ptr[slot], arrays.out_ptr[slot + 1]):
            property_id = ids[arrays.out_property[at]]
            if property_id == "field":
                own.append((self.names[arrays.out_target[at]], 1.0))
            elif property_id in UNITS:
                own.append((self.names[arrays.out_target[at]], 0.5))
        return own

    @cached_property
    def callings(self) -> list[Mapping[str, float]]:
        """Per slot how much its texts speak for each trade of the glossary, by its name; a word of k trades speaks for each a k-th."""
        return [self._calling(slot) for slot in range(self.snapshot.size)]

    def _calling(self, slot: int) -> Mapping[str, float]:
        votes: dict[str, float] = {}
        for text, weight in self.spoken(slot):
            for word in _heard(text):
                for trade in word.trades:
                    votes[trade] = votes.get(trade, 0.0) + weight / len(word.trades)
        return votes

    def trade_if(self, slot: int, told: str) -> int:
        """What the column `trade` would hold for a thing, were this text of its own told besides; -1 for none."""
        if self.snapshot.column("trade")[slot] >= 0:
            return int(self.snapshot.column("trade")[slot])
        votes = self._voted.get(slot)
        if votes is None:  # candidates come again from question to question
            votes = self._voted[slot] = _votes(self.spoken(slot))[0]
        more, _ = _votes([(told, 1.0)])
        found = _leading({division: votes.get(division, 0.0) + more.get(division, 0.0) for division in {**votes, **more}})
        return -1 if found is None else self._codes[found]

    @cached_property
    def _voted(self) -> dict[int, dict[str, float]]:
        return {}

    @cached_property
    def _codes(self) -> Mapping[str, int]:
        return {code: place for place, code in enumerate(ontology().codes["trade"])}

    def speaking(self, thing: Thing) -> tuple[list[tuple[str, float]], list[Statement]]:
        """The texts that speak of a thing's trade, with the statement each came from."""
        called = {}
        texts, evidence = [], []
        for fact in thing.facts:
            weight = 1.0 if fact.property_id in (*OWN_TEXT, "field") else 0.5 if fact.property_id in UNITS else 0.0
            if weight and fact.state == "told":
                is_ref = ontology().properties[fact.property_id].type == "ref"
                if is_ref and fact.value not in called:
                    called[fact.value] = self.snapshot.thing(fact.value).name
                texts.append((called[fact.value] if is_ref else fact.value, weight))
                evidence.append(fact.row.statement)
        return texts, evidence

    def guess(self, id: str, name: str) -> Guess | None:
        """The inferred value of one thing with its evidence; None where a value is told or none can be inferred."""
        return self.guess_of(self.snapshot.thing(id), name)

    def guess_of(self, thing: Thing, name: str) -> Guess | None:
        """The same of a thing in hand."""
        return None if self.snapshot.column(name)[self.snapshot.number(thing.id)] >= 0 else RULES[name](self, thing)


def derived(snapshot: Snapshot) -> Derived:
    """The derived side of a snapshot."""
    return Derived(snapshot)
