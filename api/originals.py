"""The words behind a fact: the sentence of a kept text, or the row of a kept table with its cell marked."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.texts import Texts
from graph.analysis.privacy import cell
from graph.record.errors import InvalidData, NotFound
from graph.record.model import Cell, Statement, document_of, read_locator
from graph.record.snapshot import Snapshot
from graph.record.store import Store

Data = dict[str, Any]


class Originals:
    """What was kept of the documents of a snapshot, each read once. Made anew for each answer: an erasure alters kept bytes."""

    def __init__(self, store: Store, snapshot: Snapshot) -> None:
        self._store, self.texts = store, Texts(store, snapshot)
        self._rows: dict[tuple[str, str], Mapping[int, Mapping[str, str]]] = {}

    def quote(self, one: Statement) -> Data:
        """Where a statement was read, and the words.

        `kept` says whether the original itself is here (原文未收录 where not: only its address is known, `link`); None for what a
        person or a rule said. `text` is the sentence of a kept text; `cells` is the row of a table, the told cell `marked`.
        """
        document, locator = self.texts.document(one), read_locator(one.locator)
        where: Data = {"document": None, "kept": None, "link": None, "text": None}
        if document is not None:
            kept = self.texts.of(one) is not None or document.value("edition") is not None
            link = one.source if one.source.startswith("http") else next(iter(document.values("address")), None)
            where |= {"document": document_of(one.source), "kept": kept, "link": link, **self._sentence(one)}
        return where | self._row(locator) if isinstance(locator, Cell) else where

    def _sentence(self, one: Statement) -> Data:
        place = self.texts.place(one)
        if place is None:
            return {}
        text, at = place
        return {"text": text.lines[at.block][at.start : at.end], "block": at.block, "start": at.start, "end": at.end}

    def _row(self, at: Cell) -> Data:
        if (at.edition, at.sheet) not in self._rows:
            self._rows[at.edition, at.sheet] = self._read(at)
        told = self._rows[at.edition, at.sheet].get(at.row, {})
        cells = [{"column": column, "text": cell(column, text), "marked": column == at.column} for column, text in told.items() if text]
        return {"sheet": at.sheet, "row": at.row, "column": at.column, "cells": cells, "address": _address(at, list(told))}

    def _read(self, at: Cell) -> Mapping[int, Mapping[str, str]]:
        """The rows of an edition by number; none where it was not kept, or holds no table since an erasure."""
        from seeds import tables

        try:
            return dict(tables.read_sheet(at.sheet, self._store.kept(at.edition)).rows)
        except (NotFound, InvalidData):
            return {}


def _address(at: Cell, columns: Sequence[str]) -> str:
    """The cell as a spreadsheet calls it: 名单.csv!B12; with the column's name where the table is not here."""
    if at.column not in columns:
        return f"{at.sheet}!{at.column}{at.row}"
    place, letters = columns.index(at.column) + 1, ""
    while place:
        place, letter = divmod(place - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{at.sheet}!{letters}{at.row}"
