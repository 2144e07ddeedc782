"""Documents: which there are, and one with its text beside what it told."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from api.looking import PAGE, by_name, read_cursor, rows_page
from api.published import Published
from api.texts import KEPT, KeptText, Texts, text_digest
from api.verbs import Data, described
from graph.analysis.privacy import is_open
from graph.record.errors import NotFound
from graph.record.model import Cell, Row, TextSpan, document_of, read_locator
from graph.record.snapshot import Thing

NO_TEXT = "原文未收录"

STATES = ("told", "doubtful", "refused")
"""What is told surely, what was read across lost characters or from a loose sentence, and what was put aside."""

SURE = 700
"""Confidence (of 1000) under which a reading is doubtful."""

READ = 4
"""Kept texts that a version remembers: whoever reads one page asks for the next."""

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
        "has_text": text_digest(thing) is not None, "facts": facts,
    }  # fmt: skip


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
    """How many facts each document tells: those that its page lists."""
    by_source = {source: slot for slot in things for source in _sources(published).get(slot, ())}
    rows = published.snapshot.told_by(*by_source) if by_source else []
    told = ((by_source[row.statement.source], row) for row in rows)
    return Counter(slot for slot, row in told if _is_fact(row, things[slot]))


def _texts_first(published: Published) -> Order:
    """Those whose text is kept, then those of which only the address is known."""
    order = np.ones(published.snapshot.size)
    order[published.snapshot.texts(KEPT).slot] = 0
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
    """A document without its text and what it told: how many blocks, how many facts of each state.

    Raises NotFound `thing_unknown`, `document_unknown`.
    """
    thing = _document(published, id)
    reading, told = _reading(published, thing), _texts(published).shown(thing)
    counts = np.bincount(reading.states, minlength=len(STATES)).tolist()
    return {
        **_head(thing, len(reading.numbers)), "has_text": told is not None, "version": published.version,
        "sources": _told_in(published, thing), "editions": thing.values("edition"), "note": NO_TEXT if told is None else None,
        "length": 0 if told is None else len(told.lines),
        "counts": dict(zip(STATES, counts, strict=True)),
    }  # fmt: skip


def text(published: Published, id: str, *, near: str = "", cursor: str = "", limit: int = PAGE) -> Data:
    """A page of a kept text by blocks, original and clean, with the spans that were read from each; empty where no text is kept.

    `near` is a statement: without a cursor it is the page that shows it. Raises as `document`, InvalidData `cursor_refused`.
    """
    thing = _document(published, id)
    page, reading = _texts(published).shown(thing), _reading(published, thing)
    at = reading.place(published, near)
    block = int(reading.blocks[at]) if at >= 0 else -1
    told = around(published, range(len(page.lines) if page else 0), block, cursor, limit)
    return {**told, "rows": [_block(published, page, reading, at) for at in told["rows"]] if page else []}


def statements(
    published: Published, id: str, *, state: Collection[str] = (), near: str = "", cursor: str = "", limit: int = PAGE
) -> Data:  # fmt: skip
    """A page of what a document told, in the order of its text, of a table by its cells; `state` names some of STATES.

    `near` is a statement: without a cursor it is the page that holds it. Raises as `text`.
    """
    thing = _document(published, id)
    reading = _reading(published, thing)
    chosen = reading.of(state) if state else reading
    told = around(published, chosen.numbers, chosen.place(published, near), cursor, limit)
    texts = _texts(published)
    page = texts.shown(thing)
    rows = published.snapshot.rows(told["rows"].tolist())
    return {**told, "rows": [_statement(published, row, page, _place(row, texts, page)) for row in rows]}


def around(published: Published, rows: Sequence[int] | NDArray[np.int64], at: int, cursor: str, limit: int) -> Data:
    """The page of a cursor; without one the page that holds the row `at`, the first where that is -1."""
    first = read_cursor(cursor) if cursor else max(at, 0) // limit * limit
    end = first + limit
    return {
        "version": published.version, "total": len(rows), "next": str(end) if end < len(rows) else None,
        "previous": str(max(first - limit, 0)) if first else None, "rows": rows[first:end],
    }  # fmt: skip


def _document(published: Published, id: str) -> Thing:
    thing = published.snapshot.thing(id)
    if thing.kind != "document":
        raise NotFound("document_unknown", id=id[:80])
    return thing


# ---- what it told


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document told, in the order of its text: statement numbers, places in STATES, blocks (-1 where it is not of a text)."""

    numbers: NDArray[np.int64]
    states: NDArray[np.int8]
    blocks: NDArray[np.int32]

    def of(self, states: Collection[str]) -> "Reading":
        """Those in one of these states."""
        kept = np.isin(self.states, [STATES.index(one) for one in states])
        return Reading(self.numbers[kept], self.states[kept], self.blocks[kept])

    def place(self, published: Published, id: str) -> int:
        """Where a statement stands; -1 where it is not among these."""
        with suppress(NotFound):
            if id and len(found := np.flatnonzero(self.numbers == published.snapshot.statement(id).number)):
                return int(found[0])
        return -1


def _reading(published: Published, thing: Thing) -> Reading:
    return published.part(f"told by {thing.id}", lambda one: _read(one, thing))


def _read(published: Published, thing: Thing) -> Reading:
    sources = _told_in(published, thing)
    rows = [row for row in published.snapshot.told_by(*sources) if _is_fact(row, thing)] if sources else []
    texts = _texts(published)
    places = [_place(row, texts, texts.shown(thing)) for row in rows]
    order = sorted(range(len(rows)), key=lambda at: (places[at] is None, *_in_order(rows[at]), rows[at].number))
    blocks = [where.block if isinstance(where, TextSpan) else -1 for where in places]
    states = [STATES.index(_state(published, row)) for row in rows]
    return Reading(
        np.array([rows[at].number for at in order], np.int64), np.array([states[at] for at in order], np.int8),
        np.array([blocks[at] for at in order], np.int32),
    )  # fmt: skip


def _told_in(published: Published, thing: Thing) -> list[str]:
    return _sources(published).get(published.snapshot.number(thing.id), [])


def _is_fact(row: Row, thing: Thing) -> bool:
    """Whether it is shown, and not of the document itself."""
    return row.statement.subject not in thing.members and is_open(row.statement.property)


def _in_order(row: Row) -> tuple[int, int, str]:
    """As one reads: by block and span, or by row."""
    where = read_locator(row.statement.locator)
    if isinstance(where, TextSpan):
        return where.block, where.start, ""
    return (-1, where.row, where.sheet) if where else (-1, -1, "")


def _state(published: Published, row: Row) -> str:
    if row.number in published.snapshot.refused:
        return "refused"
    return "doubtful" if row.statement.confidence < SURE else "told"


# ---- its text


def _texts(published: Published) -> Texts:
    return Texts(published.reader, published.snapshot, published.part("kept texts", lambda _: lru_cache(READ)(KeptText)))


def _place(row: Row, texts: Texts, page: KeptText | None) -> TextSpan | Cell | None:
    """Where a statement stands in the text that shows, or in its table; None of what was read from the text of a merged document."""
    place = texts.place(row.statement)
    if place:
        return place[1] if place[0] is page else None
    where = read_locator(row.statement.locator)
    return where if isinstance(where, Cell) else None


def _block(published: Published, page: KeptText, reading: Reading, at: int) -> Data:
    rows = published.snapshot.rows(reading.numbers[reading.blocks == at].tolist())
    return {
        "block": at, "text": page.lines[at], "clean": page.clean_lines[at],
        "marks": [{"id": row.statement.id, **_span(read_locator(row.statement.locator), page)} for row in rows],
    }  # fmt: skip


def _span(where: TextSpan | Cell | None, page: KeptText | None) -> Data:
    """Where a statement stands in its block; what is not known of it is None."""
    if page is None or not isinstance(where, TextSpan):
        return dict.fromkeys(("start", "end", "clean_start", "clean_end"))
    start, end = page.clean_span(where)
    return {"start": where.start, "end": where.end, "clean_start": start, "clean_end": end}


def _statement(published: Published, row: Row, page: KeptText | None, where: TextSpan | Cell | None) -> Data:
    one = row.statement
    block = where.block if isinstance(where, TextSpan) else None
    cell = where if isinstance(where, Cell) else None
    return {
        **described(one, published.called), "state": _state(published, row), "confidence": one.confidence, "rule": one.rule,
        "block": block, "paragraph": None if page is None or block is None else page.paragraphs[block], **_span(where, page),
        "sheet": cell and cell.sheet, "row": cell and cell.row, "column": cell and cell.column,
    }  # fmt: skip
