"""Documents: which there are, and one with its text beside what it told."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from api.looking import PAGE, read_cursor
from api.published import Published
from api.verbs import Data, Names, described
from graph.analysis.privacy import is_open, withheld
from graph.record.errors import NotFound
from graph.record.model import Row, TextSpan, document_of, read_locator
from graph.record.snapshot import Thing
from graph.record.store import Store

if TYPE_CHECKING:
    from seeds.cleaning import Clean

NO_TEXT = "原文未收录"


def documents(published: Published, *, cursor: str = "", limit: int = PAGE) -> Data:
    """A page of documents: title, date, addresses, whether its text is kept, and how many facts it tells."""
    slots = published.snapshot.live("document")
    start = int(np.searchsorted(slots, read_cursor(cursor), side="right"))
    page = slots[start : start + limit].tolist()
    things = {slot: published.snapshot.thing(published.snapshot.id(slot)) for slot in page}
    facts = _facts(published, things)
    more = start + limit < len(slots)
    return {
        "version": published.version, "total": len(slots), "next": str(page[-1]) if more else None,
        "rows": [_head(thing, facts[slot]) for slot, thing in things.items()],
    }  # fmt: skip


def _head(thing: Thing, facts: int) -> Data:
    return {
        "id": thing.id, "title": thing.name, "published": thing.value("published"), "addresses": thing.values("address"),
        "has_text": _text_digest(thing) is not None, "facts": facts,
    }  # fmt: skip


def _text_digest(thing: Thing) -> str | None:
    return thing.value("text") or thing.value("content")


def _sources(published: Published) -> Mapping[int, list[str]]:
    """Source ids by the slot of their document, mirrors under the one that stands for them."""

    def made(one: Published) -> Mapping[int, list[str]]:
        found: dict[int, list[str]] = {}
        for source in one.snapshot.sources():
            document = document_of(source)
            if document and one.snapshot.has(document):
                found.setdefault(one.snapshot.number(document), []).append(source)
        return found

    return published.part("sources", made)


def _facts(published: Published, things: Mapping[int, Thing]) -> Counter[int]:
    """How many facts each document tells, what is told of the document itself left out."""
    by_source = {source: slot for slot in things for source in _sources(published).get(slot, ())}
    rows = published.snapshot.told_by(*by_source) if by_source else []
    slots = [(by_source[row.statement.source], row.statement.subject) for row in rows]
    return Counter(slot for slot, subject in slots if subject not in things[slot].members)


def document(published: Published, id: str) -> Data:
    """A document with its kept text by blocks, original and clean, and the statements it told with their spans.

    Raises NotFound `thing_unknown`, `document_unknown`.
    """
    thing = published.snapshot.thing(id)
    if thing.kind != "document":
        raise NotFound("document_unknown", id=id[:80])
    page = page_of(published.reader, thing)
    sources = _sources(published).get(published.snapshot.number(id), [])
    rows = [row for row in published.snapshot.told_by(*sources) if row.statement.subject not in thing.members] if sources else []
    names = published.called
    return {
        **_head(thing, len(rows)), "version": published.version, "sources": sources, "editions": thing.values("edition"),
        "note": None if page else NO_TEXT, "blocks": page.blocks() if page else [],
        "statements": [_statement(published, row, names, page) for row in rows if is_open(row.statement.property)],
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """A kept text, its clean form, and where the lines of both begin."""

    lines: list[str]
    clean_lines: list[str]
    clean: "Clean"
    starts: list[int]
    clean_starts: list[int]

    def blocks(self) -> list[Data]:
        pairs = zip(self.lines, self.clean_lines, strict=True)
        return [{"block": at, "text": text, "clean": clean} for at, (text, clean) in enumerate(pairs)]

    def clean_span(self, span: TextSpan) -> Data:
        """The span in the clean text of the same block."""
        begin = self.starts[span.block]
        start, end = self.clean.cleaned(begin + span.start, begin + span.end)
        block = bisect_right(self.clean_starts, start) - 1
        return {"clean_start": start - self.clean_starts[block], "clean_end": end - self.clean_starts[block]}


def page_of(store: Store, thing: Thing) -> Page | None:
    """The kept text of a document; None where none is kept."""
    from seeds.cleaning import clean

    digest = _text_digest(thing)
    if digest is None:
        return None
    text = store.kept(digest).decode("utf-8", "replace")
    made = clean(text)
    lines, clean_lines = withheld(text).split("\n"), withheld(made.text).split("\n")
    return Page(lines, clean_lines, made, _begins(lines), _begins(clean_lines))


def _begins(lines: list[str]) -> list[int]:
    return list(accumulate((len(line) + 1 for line in lines[:-1]), initial=0))


def _statement(published: Published, row: Row, names: Names, page: Page | None) -> Data:
    one, where = row.statement, read_locator(row.statement.locator)
    told = {
        **described(one, names), "state": "refused" if row.number in published.snapshot.refused else "told",
        "confidence": one.confidence, "rule": one.rule, "block": None, "start": None, "end": None, "clean_start": None, "clean_end": None,
        "sheet": None, "row": None, "column": None,
    }  # fmt: skip
    if isinstance(where, TextSpan):
        told |= {"block": where.block, "start": where.start, "end": where.end, **(page.clean_span(where) if page else {})}
    elif where:
        told |= {"sheet": where.sheet, "row": where.row, "column": where.column}
    return told
