"""What a server makes once of a version and shows to everyone: the snapshot, and beside it whatever is asked for and kept until the next.

    published = desk.published()                                    # cheap: the same object until the head moves
    index = published.part("search", lambda one: make(one.snapshot))   # made at the first call, by one thread

A part is pure: it follows from the snapshot (and the recipe) alone, so that version and recipe stand for every answer made of it.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

from graph.record.arrays import Ints
from graph.record.snapshot import Snapshot
from graph.record.sqlite_store import SqliteStore

if TYPE_CHECKING:
    from api.verbs import Names
    from graph.analysis.derive import Derived
    from graph.analysis.search import SearchIndex
    from graph.analysis.training import Picture
    from matching.suggestion import Matcher

T = TypeVar("T")

CALM = 0.2
"""Seconds after a change before anything is made ahead of its version: changes come in rows, and their answers go first."""


@cache
def default_recipe() -> str:
    """8 characters for what an answer hangs on beside the version: the ontology and the glossary."""
    told = b"".join(files("graph.data").joinpath(name).read_bytes() for name in ("ontology.toml", "glossary.toml"))
    return blake2b(told, digest_size=4).hexdigest()


@dataclass(frozen=True)
class Origin:
    """What versions are made of: `reader` reads texts, `keeper` keeps trainings, `recipe` stands in ETags, `model` embeds."""

    reader: SqliteStore
    keeper: SqliteStore
    recipe: str
    model: str = ""


class Published:
    """One version as the server shows it."""

    def __init__(self, snapshot: Snapshot, origin: Origin, before: "Published | None" = None) -> None:
        self.snapshot = snapshot
        self.reader, self.recipe = origin.reader, origin.recipe
        self._origin = origin
        self._parts: dict[str, Any] = {}
        self._making: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()
        # the last version for which questions were asked: what did not change since is taken from there
        self._before: Published | None = before if before is None or "matcher" in before._parts else before._before

    @property
    def version(self) -> int:
        """The version's number."""
        return self.snapshot.version

    @property
    def etag(self) -> str:
        """What stands for every answer that is made of this version with this recipe."""
        return f"{self.version}.{self.recipe}"

    def part(self, name: str, make: "Callable[[Published], T]") -> T:
        """What `make` gives, made once; threads that ask meanwhile wait for it and no other part."""
        with self._lock:
            making = self._making.setdefault(name, threading.Lock())
        with making:
            if name not in self._parts:
                self._parts[name] = make(self)
            found: T = self._parts[name]
            return found

    @property
    def names(self) -> list[str]:
        """The name that shows, per slot."""
        return self.part("names", lambda one: one.snapshot.names())

    @property
    def called(self) -> "Names":
        """How things and values are called, for sentences about them."""
        from api.verbs import Names

        return self.part("called", lambda one: Names(one.snapshot, one.names))

    @property
    def derived(self) -> "Derived":
        """Told and inferred columns."""
        from graph.analysis.derive import derived

        return self.part("derived", lambda one: derived(one.snapshot))

    @property
    def search_index(self) -> "SearchIndex":
        """The index over names and aliases."""
        from api.verbs import search_index

        return self.part("search", lambda one: search_index(one.snapshot))

    @property
    def matcher(self) -> "Matcher":
        """The version made ready for questions, with the vectors that its trainings keep."""
        return self.part("matcher", _made_matcher)

    @property
    def joined(self) -> "tuple[Ints, Ints]":
        """Who touches whom on the map: CSR over slots, decisions left out."""
        from graph.analysis.communities import joined

        return self.part("joined", lambda one: joined(one.snapshot))

    @property
    def bound(self) -> "tuple[Ints, Ints]":
        """Who has to do with whom: the same without what only tells where or in which field."""
        from graph.analysis.communities import WHERE, joined

        return self.part("bound", lambda one: joined(one.snapshot, but=(*WHERE, "field")))

    @property
    def picture(self) -> "Picture":
        """Community and position of every slot."""
        from graph.analysis.training import picture

        return self.part("picture", lambda one: picture(one.reader, told=one.derived, keeper=one._origin.keeper))


def _made_matcher(published: Published) -> "Matcher":
    from matching.profile import forget_words
    from matching.suggestion import followed
    from matching.training import prepared

    before, published._before = published._before, None
    changes = [] if before is None else [one for one in published.reader.changes(before.version) if one.number <= published.version]
    if any(one.erases for one in changes):
        forget_words()
    elif before is not None:
        since = (row for one in changes for rows in published.reader.told_in(one.number) for row in rows)
        found = followed(before.matcher, published.snapshot, since)
        if found is not None:
            return found
    origin = published._origin
    return prepared(origin.reader, published.snapshot, model=origin.model, keeper=origin.keeper)


class Publisher:
    """Holds the published version of a home and makes the next one when the head has moved, whoever moved it.

    What somebody looks at in one version is made of the next ones ahead (`ahead`), on a thread of its own, before it is asked for.
    """

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._lock = threading.Lock()
        self._now = Published(origin.reader.snapshot(), origin)
        self._ahead: Sequence[Callable[[Published], object]] = ()
        self._maker = ThreadPoolExecutor(1, "ahead")
        self._closing = threading.Event()

    @property
    def last(self) -> Published:
        """What was published last, without a look at the store."""
        return self._now

    def now(self) -> Published:
        """The version of now."""
        reader = self._origin.reader
        if reader.head().number != self._now.version:
            with self._lock:
                snapshot = reader.snapshot()
                if snapshot.version != self._now.version:
                    self._now = Published(snapshot, self._origin, self._now)
                    self.stir()
        return self._now

    def ahead(self, steps: Sequence[Callable[[Published], object]]) -> None:
        """From now on makes this of every version as soon as it is there: steps that end in parts."""
        self._ahead = steps

    def stir(self) -> None:
        """Something was written: makes ahead what is wanted of the version of now."""
        if self._ahead:
            with suppress(RuntimeError):  # it is closing
                self._maker.submit(self._make)

    def _make(self) -> None:
        """A step that fails, or what a newer version overtakes, is left to whoever asks for it and is then told why."""
        if self._closing.wait(CALM):
            return
        version = self.now()
        for step in self._ahead:
            if self._closing.is_set() or version is not self._now:
                return
            step(version)

    def close(self) -> None:
        """Waits for the step that has begun."""
        self._closing.set()
        self._maker.shutdown(cancel_futures=True)
