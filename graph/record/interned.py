"""Texts told by number: interned integers instead of text ids halve a store's file."""

from collections.abc import Iterable, Mapping
from typing import Any

import apsw


class Interned:
    """A table of texts told by number, mirrored in memory and grown by what other processes add."""

    def __init__(self, db: apsw.Connection, table: str, column: str) -> None:
        self._db: Any = db
        self._table, self._column = table, column
        self.drop()

    def drop(self) -> None:
        """Forgets the mirror: after a rollback or an erasure it may say what the table does not."""
        self._texts: list[str] = []
        self._numbers = _Numbers(self)
        self._loaded = False

    def refresh(self) -> None:
        """Reads what was added since."""
        sql = f"SELECT number, {self._column} FROM {self._table} WHERE number > ? ORDER BY number"
        for number, text in self._db.execute(sql, (len(self._texts),)).fetchall():
            self._texts.append(text or "")
            if text is not None:
                self._numbers[text] = number
        self._loaded = True

    def number(self, text: str) -> int | None:
        """The number of a text; None where it was never told."""
        found = self._numbers.get(text)
        if found is None:
            found = self._db.execute(f"SELECT number FROM {self._table} WHERE {self._column} = ?", (text,)).get
        return found

    def text(self, number: int) -> str:
        """The text of a number; empty where it was erased."""
        if number > len(self._texts):
            self.refresh()
        return self._texts[number - 1]

    def all(self) -> list[str]:
        """All texts, by number from 1."""
        self.refresh()
        return self._texts

    def interned(self) -> Mapping[str, int]:
        """Numbers by text, given at a text's first mention. Inside a write transaction, after `refresh`."""
        if not self._loaded:
            self.refresh()
        return self._numbers

    def begin(self, texts: Iterable[str]) -> None:
        """Fills an empty table, in this order; empty texts stand for erased ones."""
        rows = ((number, text or None) for number, text in enumerate(texts, 1))
        self._db.executemany(f"INSERT INTO {self._table} VALUES(?, ?)", rows)
        self.drop()

    def intern(self, text: str) -> int:
        """A new text's number."""
        self._texts.append(text)
        self._db.execute(f"INSERT INTO {self._table} VALUES(?, ?)", (len(self._texts), text))
        return len(self._texts)


class _Numbers(dict[str, int]):
    """Numbers by text; what is missing is interned. A dictionary because a write asks 5 million times."""

    def __init__(self, table: Interned) -> None:
        self._interned = table

    def __missing__(self, text: str) -> int:
        self[text] = number = self._interned.intern(text)
        return number
