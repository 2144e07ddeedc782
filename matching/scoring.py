"""From values to scores. All arithmetic is in millionths: parts add up to sides to the last digit, and ties are ties on every machine."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import blake2b
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.features import FEATURES, GET, GIVE, Meeting
from matching.profile import Floats

Micros = NDArray[np.int64]
ONE = 1_000_000
FIRST = 200
"""How many of the best are put in order at once."""


class Weights(NamedTuple):
    """What weights.toml says; `criteria` in the order of FEATURES."""

    share_of_weaker: float
    diversity: float
    criteria: Mapping[str, float]


@cache
def weights() -> Weights:
    """The weights that ship, read once."""
    told = tomllib.loads(_file("weights.toml").decode())
    return Weights(told["share_of_weaker"], told["diversity"], {one.code: told["criteria"][one.code] for one in FEATURES})


def _file(name: str) -> bytes:
    return files("matching").joinpath(name).read_bytes()


@dataclass(frozen=True, eq=False)
class Scores:
    """Values and parts of every candidate, by side: (candidates, criteria). A question that only asks has the one side `get`.

    `total` is 0 for one whom nothing but place and acquaintance speaks for.
    """

    values: Mapping[str, Floats]
    parts: Mapping[str, Micros]
    sides: Mapping[str, Micros]
    total: Micros

    @property
    def two_sided(self) -> bool:
        """Whether both sides count."""
        return GIVE in self.sides


def scored(meeting: Meeting, by: Weights | None = None) -> Scores:
    """Scores of all candidates of a meeting."""
    by = by or weights()
    weight = np.array([by.criteria[one.code] for one in FEATURES], dtype=np.float64) * ONE
    names = (GIVE, GET) if meeting.asked.two_sided else (GET,)
    alike = {one.code: one.values(meeting, GET) for one in FEATURES if one.alike}
    values = {side: np.column_stack([alike[one.code] if one.alike else one.values(meeting, side) for one in FEATURES]) for side in names}
    parts = {side: np.rint(told * weight).astype(np.int64) for side, told in values.items()}
    sides = {side: told.sum(axis=1) for side, told in parts.items()}
    return Scores(values, parts, sides, total(parts, sides, by))


def total(parts: Mapping[str, Micros], sides: Mapping[str, Micros], by: Weights | None = None) -> Micros:
    """Scores (…,) from parts (…, criteria) and their sums: 0 for one whom nothing but place and acquaintance speaks for."""
    substance = [at for at, one in enumerate(FEATURES) if one.substance]
    speaks = np.any([told[..., substance].any(axis=-1) for told in parts.values()], axis=0)
    return np.where(speaks, combined(sides, by), 0)


def combined(sides: Mapping[str, Any], by: Weights | None = None) -> Any:
    """The score of two sides (arrays or numbers, in millionths); that of one side is the side."""
    if GIVE not in sides:
        return sides[GET]
    share = (by or weights()).share_of_weaker
    weaker, stronger = np.minimum(sides[GIVE], sides[GET]), np.maximum(sides[GIVE], sides[GET])
    return np.rint(share * weaker + (1 - share) * stronger).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Ranking:
    """Candidates by falling score, ties by a hash that the question seeds: never by id or by the order in which they came."""

    total: Micros
    ids: Any
    seed: str

    @cached_property
    def _falling(self) -> Micros:
        return np.sort(self.total)

    @cached_property
    def _first(self) -> tuple[list[int], dict[int, int]]:
        """The best as far as anything asks for them, and the rank of each."""
        best = self._best(FIRST)
        return best, {at: rank for rank, at in enumerate(best, 1)}

    def tie(self, at: int) -> bytes:
        """What breaks a tie."""
        return blake2b(f"{self.seed}\0{self.ids[at]}".encode(), digest_size=8).digest()

    def best(self, k: int) -> list[int]:
        """Places of the k best with a score above 0."""
        return self._first[0][:k] if k <= FIRST else self._best(k)

    def _best(self, k: int) -> list[int]:
        k = min(k, len(self.total) - int(np.searchsorted(self._falling, 0, side="right")))
        if not k:
            return []
        chosen = np.flatnonzero(self.total >= int(self._falling[-k])).tolist()
        return sorted(chosen, key=lambda at: (-int(self.total[at]), self.tie(at)))[:k]

    def rank(self, at: int, score: int | None = None) -> int:
        """The rank of a candidate, from 1; with `score`, the rank that it would have with that one, all others as they are."""
        if score is None and at in self._first[1]:
            return self._first[1][at]
        mine = int(self.total[at]) if score is None else score
        above = len(self.total) - int(np.searchsorted(self._falling, mine, side="right"))
        above -= int(self.total[at]) > mine
        equal = [one for one in np.flatnonzero(self.total == mine).tolist() if one != at]
        return 1 + above + (sum(self.tie(one) < self.tie(at) for one in equal) if mine > 0 else len(equal))


def diverse(ranking: Ranking, vectors: Floats, units: NDArray[np.int32], k: int, by: Weights | None = None) -> list[int]:
    """The k best such that look-alikes step back (maximal marginal relevance, Carbonell & Goldstein 1998); the best stays first.

    A unit that is already listed counts as fully alike.
    """
    open_to = ranking.best(4 * k)
    share = (by or weights()).diversity
    chosen: list[int] = []
    nearest = np.zeros(len(open_to), dtype=np.float32)
    score = ranking.total[open_to].astype(np.float64)
    unit, known = units[open_to], vectors[open_to]
    while open_to and len(chosen) < min(k, len(open_to)):
        left = score * (1 - share * nearest)
        left[[open_to.index(one) for one in chosen]] = -1
        at = int(left.argmax())
        chosen.append(open_to[at])
        nearest = np.maximum(nearest, np.clip(known @ known[at], 0, 1))
        nearest[(unit == unit[at]) & (unit >= 0)] = 1
    return chosen
