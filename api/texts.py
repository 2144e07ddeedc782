"""The kept text that a statement was read from: its own document's, whatever that was merged with since."""

from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from graph.analysis.privacy import withheld
from graph.record.errors import NotFound
from graph.record.model import Statement, TextSpan, document_of, read_locator
from graph.record.snapshot import Fact, Snapshot, Thing
from graph.record.store import Store

if TYPE_CHECKING:
    from seeds.cleaning import Clean

KEPT = ("content", "text")
"""Whose values name a kept text; the last that is told is the one to read."""


class KeptText:
    """A kept text by lines, original and clean; the clean form is made when it is first asked for."""

    def __init__(self, kept: bytes) -> None:
        self._text = kept.decode("utf-8", "replace")
        self.lines = withheld(self._text).split("\n")

    @cached_property
    def clean(self) -> "Clean":
        """The clean text with the way from one to the other."""
        from seeds.cleaning import clean

        return clean(self._text)

    @cached_property
    def clean_lines(self) -> list[str]:
        """The lines of the clean text, as many as of the original."""
        return withheld(self.clean.text).split("\n")

    @cached_property
    def starts(self) -> list[int]:
        """Where each line begins."""
        return _begins(self.lines)

    @cached_property
    def paragraphs(self) -> list[int]:
        """Of each line the number of the last paragraph until there; an empty line is none."""
        return list(accumulate(int(line.strip() != "") for line in self.lines))

    def clean_span(self, span: TextSpan) -> tuple[int, int]:
        """The span in the clean text of the same block."""
        begin = self.starts[span.block]
        start, end = self.clean.cleaned(begin + span.start, begin + span.end)
        block = self._clean_starts[bisect_right(self._clean_starts, start) - 1]
        return start - block, end - block

    @cached_property
    def _clean_starts(self) -> list[int]:
        return _begins(self.clean_lines)


def _begins(lines: list[str]) -> list[int]:
    return list(accumulate((len(line) + 1 for line in lines[:-1]), initial=0))


class Texts:
    """The kept texts of a snapshot's documents, each read once. Made anew for each answer: an erasure alters kept bytes. (`form` may
    remember what it made of bytes: to clean 1 MB takes half a second.)

    Where no text is kept, none was told, or the told one is not here, there is none (原文未收录).
    """

    def __init__(self, store: Store, snapshot: Snapshot, form: Callable[[bytes], KeptText] = KeptText) -> None:
        self._store, self._snapshot, self._form = store, snapshot, form
        self._documents: dict[str, Thing] = {}
        self._texts: dict[str, KeptText | None] = {}

    def document(self, one: Statement) -> Thing | None:
        """The document that a statement was read from, with all that it was merged with."""
        id = document_of(one.source)
        if id is None or not self._snapshot.has(id):
            return None
        if id not in self._documents:
            self._documents[id] = self._snapshot.thing(id)
        return self._documents[id]

    def of(self, one: Statement) -> KeptText | None:
        """The text that a statement was read from: what its own source told, else its own document, else what shows."""
        thing, own = self.document(one), document_of(one.source)

        def nearness(fact: Fact) -> tuple[bool, bool, int, bool, int]:
            told = fact.row.statement
            return told.source == one.source, told.subject == own, KEPT.index(told.property), fact.current, fact.row.number

        facts = [fact for fact in thing.facts if fact.property_id in KEPT and fact.state == "told"] if thing else []
        return self._read(max(facts, key=nearness).value) if facts else None

    def shown(self, thing: Thing) -> KeptText | None:
        """The text that shows for a document."""
        digest = text_digest(thing)
        return self._read(digest) if digest else None

    def place(self, one: Statement) -> tuple[KeptText, TextSpan] | None:
        """The text that a statement was read from, and where in it; None where it names no place that is there."""
        at = read_locator(one.locator)
        text = self.of(one) if isinstance(at, TextSpan) else None
        return (text, at) if text and isinstance(at, TextSpan) and at.block < len(text.lines) else None

    def _read(self, digest: str) -> KeptText | None:
        if digest not in self._texts:
            try:
                self._texts[digest] = self._form(self._store.kept(digest))
            except NotFound:
                self._texts[digest] = None
        return self._texts[digest]


def text_digest(thing: Thing) -> str | None:
    """The digest of the text that shows for a document; None where none is told."""
    return next((value for id in reversed(KEPT) if (value := thing.value(id))), None)
