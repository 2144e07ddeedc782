"""Documents: which there are, and one with its text beside what it told."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from api.looking import PAGE, by_name, rows_page
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
Order = NDArray[np.float64]


def documents(published: Published, *, sort: str = "", descending: bool = False, cursor: str = "", limit: int = PAGE) -> Data:
    """A page of documents: title, date, addresses, whether its text is kept, and how many facts it tells.

    `sort` is an entry of ORDERS; what is not told stands last both ways.
    """
    slots = published.snapshot.live("document")
    order = published.part(f"documents by {sort}", ORDERS[sort])[slots]
    signed = np.where(np.isfinite(order), -order, order) if descending else order
    page = rows_page(published, slots[np.argsort(signed, kind="stable")].tolist(), cursor, limit)
    things = _things(published, page["rows"])
    facts = _facts(published, things)
    return {**page, "rows": [_head(thing, facts[slot]) for slot, thing in things.items()]}


def _things(published: Published, slots: Iterable[int]) -> Mapping[int, Thing]:
    return {slot: published.snapshot.thing(published.snapshot.id(slot)) for slot in slots}


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


def _texts_first(published: Published) -> Order:
    """Those whose text is kept, then those of which only the address is known."""
    order = np.ones(published.snapshot.size)
    order[published.snapshot.texts(("text", "content")).slot] = 0
    return order


def _by_day(published: Published) -> Order:
    """Days as numbers; a month or a year is its first day, what is told without a year is told last."""
    order = np.full(published.snapshot.size, np.inf)
    slots, _, _, days = published.snapshot.texts(("published",))
    for slot, day in zip(slots.tolist(), days, strict=True):
        if day[:4].isdigit():
            order[slot] = int(day.rstrip("~").replace("-", "").ljust(8, "0"))
    return order


def _by_facts(published: Published) -> Order:
    order = np.zeros(published.snapshot.size)
    for slot, count in _facts(published, _things(published, published.snapshot.live("document").tolist())).items():
        order[slot] = count
    return order


ORDERS: Mapping[str, Callable[[Published], Order]] = {
    "": _texts_first, "title": lambda one: by_name(one).astype(float), "published": _by_day, "facts": _by_facts,
}  # fmt: skip
"""By what documents are listed: per slot a number, infinite where there is nothing to go by."""


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
