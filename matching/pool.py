"""The candidates of a question as rules see them: numbers in columns, one row a candidate."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int32]
Bools: TypeAlias = NDArray[np.bool_]

LEVELS: Mapping[str, int] = {"province": 0, "city": 1, "district": 2}
"""Column of `Pool.places` a level stands in."""


@dataclass(frozen=True, eq=False)
class Pool:
    """What rules test, one row a candidate; a choice holds row numbers.

    `ids` (n,) thing ids; `columns` by name (n,) codes, -1 unknown; `places` (n, 3) codes of province, city and district, each place its
    own code, -1 where not told that finely (a municipality is its own city); `fields` (n,) what each row can cover, empty where unknown;
    `load` (n,) in how many groups it stands, -1 unknown; `codes` by column the code of a value that a rule may name
    (`{"form": {"university": 1}}`, a place's id under its level).
    """

    ids: Sequence[str]
    columns: Mapping[str, Ints]
    places: Ints
    fields: Sequence[frozenset[str]]
    load: Ints
    codes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """The row of an id."""
        return {id: row for row, id in enumerate(self.ids)}

    def column(self, by: str) -> Ints:
        """Codes (n,) of a column or of a level of place; all -1 where the pool does not tell it."""
        if by in LEVELS:
            level: Ints = self.places[:, LEVELS[by]]
            return level
        return self.columns[by] if by in self.columns else np.full(len(self.ids), -1, dtype=np.int32)

    def code(self, by: str, value: str) -> int:
        """The code of a value; -2, which no row has, where the pool does not know it."""
        return self.codes.get(by, {}).get(value, -2)

    def covering(self, name: str) -> Bools:
        """Rows (n,) that can cover a field."""
        return self._covering.get(name, self._nothing)

    def has(self, ids: Collection[str]) -> Bools:
        """Rows (n,) of these ids; those that the pool does not hold are passed over."""
        found = np.zeros(len(self.ids), dtype=np.bool_)
        found[[self.rows[id] for id in ids if id in self.rows]] = True
        return found

    @cached_property
    def _nothing(self) -> Bools:
        return np.zeros(len(self.ids), dtype=np.bool_)

    @cached_property
    def _covering(self) -> Mapping[str, Bools]:
        found: dict[str, Bools] = {}
        for row, names in enumerate(self.fields):
            for name in names:
                found.setdefault(name, np.zeros(len(self.ids), dtype=np.bool_))[row] = True
        return found


def any_of(column: Ints, values: Collection[int]) -> Bools:
    """Where a column holds one of a few values; nine comparisons cost less than one `isin`."""
    found = np.zeros(len(column), dtype=np.bool_)
    for value in values:
        found |= column == value
    return found


def compared(places: Ints, row: int | Ints, levels: Collection[int]) -> tuple[Bools, Bools]:
    """Rows known to lie elsewhere at one of these levels, and rows that share at least one of them with the row in being told.

    (n,) for one row, (rows, n) for a column of them.
    """
    elsewhere = both = np.zeros(len(places), dtype=np.bool_)
    for level in levels:
        own, theirs = places[row, level], places[:, level]
        told = (theirs >= 0) & (own >= 0)
        elsewhere = elsewhere | told & (theirs != own)
        both = both | told
    return elsewhere, both
