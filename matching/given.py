"""Readers of plain JSON data from outside: each gives the value, or raises TypeError with what was expected in its place.

LianyinError comes through where a text itself is refused. Nothing is converted: a number in quotes is a text, `true` is no number.
"""

from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.record.ontology import clean_text

MOST = 1_000_000
"""Largest whole number that is taken; the arrays hold 32 bits."""


def text(value: Any) -> str:
    """A clean text."""
    if not isinstance(value, str):
        raise TypeError("text")
    return clean_text(value)


def text_or_none(value: Any) -> str | None:
    """A clean text or null."""
    return None if value is None else text(value)


def integer(value: Any, most: int = MOST) -> int:
    """A whole number from 0."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise TypeError(f"0..{most}")
    return value


def truth(value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise TypeError("true | false")
    return value


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list):
        raise TypeError('["…", …]')
    return tuple(map(text, value))


def pairs(value: Any) -> tuple[tuple[str, str], ...]:
    """A list of two texts each."""
    if not isinstance(value, list) or not all(isinstance(one, list) and len(one) == 2 for one in value):
        raise TypeError('[["…", "…"], …]')
    return tuple((text(first), text(second)) for first, second in value)


def text_sets(value: Any) -> list[frozenset[str]]:
    """A list of lists of texts."""
    if not isinstance(value, list):
        raise TypeError('[["…", …], …]')
    return [frozenset(texts(one)) for one in value]


def codes(value: Any) -> NDArray[np.int32]:
    """A list of whole numbers from -1 (unknown)."""
    if not isinstance(value, list) or not set(map(type, value)) <= {int} or not all(-1 <= one < 2**31 for one in value):
        raise TypeError("[-1.., …]")
    return np.array(value, dtype=np.int32)


def columns(value: Any) -> dict[str, NDArray[np.int32]]:
    """Codes by the name of their column."""
    if not isinstance(value, Mapping):
        raise TypeError('{"…": [-1.., …]}')
    return {text(name): codes(one) for name, one in value.items()}


def code_names(value: Any) -> dict[str, dict[str, int]]:
    """By column, what a value is called in it."""
    if not isinstance(value, Mapping) or not all(isinstance(one, Mapping) for one in value.values()):
        raise TypeError('{"…": {"…": 0..}}')
    return {text(by): {text(name): integer(code, 2**31 - 1) for name, code in one.items()} for by, one in value.items()}


def table(value: Any, width: int) -> NDArray[np.float64]:
    """Rows of `width` numbers below 2^31, so that they fit whatever they are kept in."""
    expected = f"[[{width} numbers], …]"
    if not isinstance(value, list) or not all(isinstance(row, list) and len(row) == width for row in value):
        raise TypeError(expected)
    if not set(map(type, chain.from_iterable(value))) <= {int, float}:
        raise TypeError(expected)
    try:
        found = np.array(value, dtype=np.float64).reshape(-1, width)
    except OverflowError:
        raise TypeError(expected) from None
    if not (np.abs(found) < 2**31).all():
        raise TypeError(expected)
    return found


def scores(value: Any) -> NDArray[np.float32]:
    """A list of numbers."""
    if not isinstance(value, list):
        raise TypeError("[0..1, …]")
    return table([[one] for one in value], 1)[:, 0].astype(np.float32)
