"""Stores made ready for questions: what every test of matching asks."""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from graph.record.memory_store import MemoryStore
from graph.record.model import Change, Statement
from graph.record.store import Store
from matching.embedding import Embedder
from matching.suggestion import Matcher, Question, matcher, texts
from seeds import resolution
from seeds.reading import Reading

DAY = "2026-01-15"
"""The day of all questions here: no test hangs on the clock."""

Data = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Town:
    """A store and its matcher."""

    store: Store
    matcher: Matcher

    def ids(self, kind: str = "workshop") -> list[str]:
        """Ids of a kind, in the order of the matcher's rows."""
        known = self.matcher.index.profiles
        return [known.ids[row] for row in known.of_kinds([kind]).tolist()]

    def ask(self, id: str = "", **more: Any) -> Data:
        """The answer to a question about a thing or, with `text`, a sentence."""
        return self.matcher.suggest(Question(id=id, **{"day": DAY, **more}))

    def answers(self, kind: str = "workshop", **more: Any) -> Iterator[Data]:
        """The answers to all of a kind."""
        return (self.ask(id, **more) for id in self.ids(kind))

    def again(self) -> "Town":
        """The store as it is now, in the same vectors."""
        return ready(self.store, self.matcher.index.embedder)

    def saying(self, *adds: Statement) -> "Town":
        """What would be if these were told: a draft of the store, in the same vectors."""
        draft = f"draft-{next(_drafts)}"
        self.store.open_log(draft)
        self.store.append(Change("tester", adds=adds, log=draft))
        return Town(self.store, matcher(self.store.snapshot(log=draft), self.matcher.index.embedder))

    def copy(self) -> "Town":
        """The same in a store of its own, to be changed."""
        return ready(copied(self.store), self.matcher.index.embedder)


_drafts = count()


def copied(store: Store) -> Store:
    """The live statements of a store in a store of their own."""
    made, snapshot = MemoryStore(), store.snapshot()
    told = tuple(row.statement for source in snapshot.sources() for row in snapshot.told_by(source))
    made.append(Change("tester", adds=told))
    return made


def read_in(readings: Iterable[Reading]) -> Store:
    """A store in memory that these were read into as one change."""
    store = MemoryStore()
    store.append(Change("tester", "first run", tuple(resolution.resolve(readings, store.snapshot()).adds)))
    return store


def ready(store: Store, embedder: Embedder) -> Town:
    """A store ready for questions."""
    return Town(store, matcher(store.snapshot(), embedder))


def shuffled(reading: Reading, seed: int) -> Reading:
    """The same reading with its things and claims in another order."""
    order = random.Random(seed)
    things, claims = list(reading.things), list(reading.claims)
    order.shuffle(things)
    order.shuffle(claims)
    return replace(reading, things=tuple(things), claims=tuple(claims))


def corpus(store: Store) -> list[str]:
    """What the built-in vectors of a store learn from."""
    return texts(store.snapshot())


def plain(answer: Data) -> str:
    """An answer as bytes would show it."""
    return json.dumps(answer, ensure_ascii=False)


def unhurried(town: Town, question: Question) -> Data:
    """The answer of a matcher made for this question alone."""
    return ready(town.store, town.matcher.index.embedder).matcher.suggest(replace(question, day=DAY))
