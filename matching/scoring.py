"""From values to scores. All arithmetic is in millionths: parts add up to sides to the last digit, and ties are ties on every machine."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.features import FEATURES, GET, GIVE, Meeting
from matching.profile import Floats, Hashes, hashed

Micros = NDArray[np.int64]
ONE = 1_000_000
SUBSTANCE = [at for at, one in enumerate(FEATURES) if one.substance]
CIRCUMSTANCE = [at for at, one in enumerate(FEATURES) if not one.substance]


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
    """Scores of all candidates for the one that asks."""
    values, parts, sides, total = _tables(meeting, by or weights())
    return Scores(_turned(values), _turned(parts), sides, total)


def totals(meeting: Meeting, by: Weights | None = None) -> Micros:
    """The scores alone, (askers, candidates)."""
    return _tables(meeting, by or weights())[-1].reshape(len(meeting.askers), -1)


def _tables(meeting: Meeting, by: Weights) -> tuple[Mapping[str, Floats], Mapping[str, Micros], Mapping[str, Micros], Micros]:
    """Values and parts (criteria, askers x candidates), sides and totals (askers x candidates): sums along rows of ten are slow."""
    weight = np.array([[by.criteria[one.code] * ONE] for one in FEATURES])
    names = (GIVE, GET) if meeting.asked.two_sided else (GET,)
    alike = {one.code: one.values(meeting, GET) for one in FEATURES if one.alike}
    told = {side: [alike[one.code] if one.alike else one.values(meeting, side) for one in FEATURES] for side in names}
    values = {side: np.array(each).reshape(len(FEATURES), -1) for side, each in told.items()}
    parts = {side: np.rint(table * weight).astype(np.int64) for side, table in values.items()}
    sides = {side: table.sum(axis=0) for side, table in parts.items()}
    speaks = np.any([sides[side] > table[CIRCUMSTANCE].sum(axis=0) for side, table in parts.items()], axis=0)
    return values, parts, sides, np.where(speaks, combined(sides, by), 0)


def _turned(tables: Mapping[str, Any]) -> Mapping[str, Any]:
    return {side: table.T for side, table in tables.items()}


def combined(sides: Mapping[str, Any], by: Weights | None = None) -> Any:
    """The score of two sides (arrays or numbers, in millionths); that of one side is the side."""
    if GIVE not in sides:
        return sides[GET]
    share = (by or weights()).share_of_weaker
    if isinstance(sides[GET], int):  # arrays of one number cost ten times as much, and explanations ask for many
        return round(share * min(sides[GIVE], sides[GET]) + (1 - share) * max(sides[GIVE], sides[GET]))
    weaker, stronger = np.minimum(sides[GIVE], sides[GET]), np.maximum(sides[GIVE], sides[GET])
    return np.rint(share * weaker + (1 - share) * stronger).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Ranking:
    """Candidates by falling score, ties by a hash that the question seeds: never by id or by the order in which they came.

    `ids` are those of the candidates, or their hashes where these are at hand: hashing them for each question took a third of its time.
    """

    total: Micros
    ids: Sequence[str] | Hashes
    seed: str

    @cached_property
    def _ties(self) -> Hashes:
        return mixed(self.ids if isinstance(self.ids, np.ndarray) else hashed(self.ids), self.seed)

    @cached_property
    def _falling(self) -> Micros:
        return np.sort(self.total)

    def tie(self, at: int) -> int:
        """What breaks a tie."""
        return int(self._ties[at])

    def best(self, k: int) -> list[int]:
        """Places of the k best with a score above 0."""
        k = min(k, int(np.count_nonzero(self.total > 0)))
        if not k:
            return []
        chosen = np.flatnonzero(self.total >= (self.total.max() if k == 1 else self._falling[-k]))
        order = np.lexsort((self._ties[chosen], -self.total[chosen]))
        return [int(at) for at in chosen[order[:k]]]

    def rank(self, at: int, score: int | None = None) -> int:
        """The rank of a candidate, from 1; with `score`, the rank that it would have with that one, all others as they are."""
        mine = int(self.total[at]) if score is None else score
        first, last = int(self._falling.searchsorted(mine, "left")), int(self._falling.searchsorted(mine, "right"))
        above = len(self.total) - last - (int(self.total[at]) > mine)
        if last - first == (int(self.total[at]) == mine):
            return 1 + above
        equal = np.flatnonzero(self.total == mine)
        equal = equal[equal != at]
        return 1 + above + int((self._ties[equal] < self._ties[at]).sum() if mine > 0 else len(equal))


def mixed(hashes: Hashes, seed: str) -> Hashes:
    """Hashes seeded anew: as good as hashing seed and id together (the finaliser of SplitMix64, Steele, Lea & Flood 2014)."""
    value = hashes ^ hashed([seed])
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(value ^ (value >> np.uint64(31)))


def diverse(ranking: Ranking, vectors: Floats, units: NDArray[np.int32], k: int, by: Weights | None = None) -> list[int]:
    """The k best such that look-alikes step back (maximal marginal relevance, Carbonell & Goldstein 1998); the best stays first.

    A unit that is already listed counts as fully alike.
    """
    open_to = np.array(ranking.best(4 * k), dtype=np.intp)
    share = (by or weights()).diversity
    chosen: list[int] = []
    score, unit, known = ranking.total[open_to].astype(np.float64), units[open_to], vectors[open_to]
    alike = np.clip(known @ known.T, 0, 1)
    alike[(unit[:, None] == unit) & (unit >= 0)] = 1
    nearest = np.zeros(len(open_to), dtype=np.float32)
    for _ in range(min(k, len(open_to))):
        left = score * (1 - share * nearest)
        left[chosen] = -1
        at = int(left.argmax())
        chosen.append(at)
        nearest = np.maximum(nearest, alike[at])
    return [int(at) for at in open_to[chosen]]
