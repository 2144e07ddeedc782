"""A group to be formed, as data: candidates, how well each and each pair fits, rules, weights. Solvers and the checker read the same.

Scores are kept to six decimals (`MICRO` units), so that sums are whole numbers: the objective does not depend on the order of rows, and
what stands in the file is exactly what was searched. The JSON form is described in `docs/reference/formation.md`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.record.errors import InvalidData, LianyinError, LimitExceeded
from matching import given
from matching.pool import Ints, Pool
from matching.rules import Exclude, Include, Rule, Size, rule_from_json

Floats: TypeAlias = NDArray[np.float32]

MICRO = 1_000_000
"""Units in one. float32 tells a million steps of 0..1 apart, so six decimals survive it."""

MOST_CANDIDATES = 2_000
"""The pair matrix then takes 16 MB; a longer list is cut by value before it comes here."""

MOST_MEMBERS = 9


class Weights(NamedTuple):
    """Shares of the objective, adding up to one."""

    topic: float = 0.5
    pair: float = 0.3
    cover: float = 0.2


class Part(NamedTuple):
    """One part of the objective: weight × value = amount, each to six decimals."""

    name: str
    weight: float
    value: float
    amount: float


@dataclass(frozen=True, eq=False)
class Instance:
    """One group to be formed.

    `value` (n,) how well each fits the topic, need or lead; `pair` (n, n) symmetric, how well two fit each other; both 0..1. `wanted`
    are the fields whose covered share counts. `size` from, to; `locked` and `lead` must be in, `banned` must not. `version` and `recipe`
    say what the numbers were made from. Raises InvalidData `instance_wrong`, LimitExceeded `pool_too_large`.
    """

    pool: Pool
    value: Floats
    pair: Floats
    rules: tuple[Rule, ...] = ()
    size: tuple[int, int] = (3, MOST_MEMBERS)
    wanted: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    lead: str | None = None
    weights: Weights = field(default_factory=Weights)
    seed: int = 0
    version: int = 0
    recipe: str = ""

    def __post_init__(self) -> None:
        for name in ("wanted", "locked", "banned"):
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))
        count = len(self.pool.ids)
        if count > MOST_CANDIDATES:
            raise LimitExceeded("pool_too_large", count=count, limit=MOST_CANDIDATES)
        for member, right, expected in self._checks(count):
            if not right:
                raise _wrong(member, expected)

    def _checks(self, count: int) -> list[tuple[str, bool, str]]:
        pool, (low, high) = self.pool, self.size
        lengths = [len(pool.places), len(pool.fields), len(pool.load), len(self.value), *map(len, pool.columns.values())]
        shaped = self.pair.shape == (count, count)
        return [
            ("ids", len(pool.rows) == count, "different ids"),
            ("columns", all(length == count for length in lengths), f"{count} in every column"),
            ("value", _unit(self.value), "0..1"),
            ("pair", shaped and _unit(self.pair) and bool((self.pair == self.pair.T).all()), "0..1, symmetric, n × n"),
            ("size", 1 <= low <= high <= MOST_MEMBERS, f"1 <= low <= high <= {MOST_MEMBERS}"),
            ("weights", min(self.weights) >= 0 and abs(sum(self.weights) - 1) < 1e-6, "sum 1"),
            ("seed", 0 <= self.seed < 2**63, "0 <= seed < 2^63"),
        ]

    @cached_property
    def all_rules(self) -> tuple[Rule, ...]:
        """Size, locks and bans as rules, then the others."""
        must = (*self.locked, *((self.lead,) if self.lead else ()))
        own = (Size(*self.size), *((Include(must),) if must else ()), *((Exclude(self.banned),) if self.banned else ()))
        return (*own, *self.rules)

    @cached_property
    def micro_value(self) -> NDArray[np.int64]:
        """`value` (n,) in MICRO units."""
        return np.rint(self.value.astype(np.float64) * MICRO).astype(np.int64)

    @cached_property
    def micro_pair(self) -> Ints:
        """`pair` (n, n) in MICRO units, nobody paired with itself."""
        found: Ints = np.rint(self.pair * np.float32(MICRO)).astype(np.int32)
        np.fill_diagonal(found, 0)
        return found

    @cached_property
    def covering(self) -> Ints:
        """Which wanted field (F, n) each row covers, 0 or 1."""
        rows = [self.pool.covering(name) for name in self.wanted]
        return np.array(rows, dtype=np.int32).reshape(len(rows), len(self.pool.ids))

    def shares(self, size: int, value: Any, pair: Any, covered: Any) -> tuple[Any, Any, Any]:
        """Mean value, mean pair score and covered share, from sums over `size` members (MICRO units, fields); numbers or arrays alike."""
        pairs = max(size * (size - 1) // 2, 1)
        return value / (max(size, 1) * MICRO), pair / (pairs * MICRO), covered / max(len(self.wanted), 1)

    def weighed(self, shares: tuple[Any, Any, Any]) -> Any:
        """The objective from its shares, 0..1."""
        topic, pair, cover = self.weights
        return topic * shares[0] + pair * shares[1] + cover * shares[2]

    def _shares(self, choice: Sequence[int]) -> tuple[float, float, float]:
        held = list(choice)
        pair = int(self.micro_pair[np.ix_(held, held)].sum(dtype=np.int64)) // 2
        return self.shares(len(held), int(self.micro_value[held].sum()), pair, int(self.covering[:, held].any(axis=1).sum()))

    def total(self, choice: Sequence[int]) -> float:
        """The objective of a choice, 0..1."""
        return float(self.weighed(self._shares(choice)))

    def parts(self, choice: Sequence[int]) -> tuple[Part, ...]:
        """The parts of the objective; the total that is shown is the sum of their amounts."""
        told = zip(Weights._fields, self.weights, self._shares(choice), strict=True)
        return tuple(Part(name, weight, round(share, 6), round(weight * share, 6)) for name, weight, share in told)

    def ordered(self) -> "Instance":
        """The same instance with its rows in the order of a seeded hash of their ids: ties then fall alike however the rows came."""
        keys = [blake2b(f"{self.seed}\0{id}".encode(), digest_size=16).digest() for id in self.pool.ids]
        order = sorted(range(len(keys)), key=keys.__getitem__)
        pool = self.pool
        moved = Pool(
            [pool.ids[row] for row in order],
            {by: column[order] for by, column in pool.columns.items()},
            pool.places[order],
            [pool.fields[row] for row in order],
            pool.load[order],
            pool.codes,
        )
        return replace(self, pool=moved, value=self.value[order], pair=self.pair[np.ix_(order, order)])

    # ---- JSON

    def as_json(self) -> dict[str, Any]:
        """Plain data: columns of the pool, the pairs above zero as [row, row, score], and the rest as it is called here."""
        return {**self._members(), "pair": list(map(list, self._pairs()))}

    def _pairs(self) -> Iterator[tuple[int, int, float]]:
        micro = np.triu(self.micro_pair)
        first, second = np.nonzero(micro)
        return zip(first.tolist(), second.tolist(), (micro[first, second] / MICRO).tolist(), strict=True)

    def _members(self) -> dict[str, Any]:
        """All but the pairs, of which there can be two million."""
        pool = self.pool
        return {
            "ids": list(pool.ids),
            "columns": {by: pool.columns[by].tolist() for by in sorted(pool.columns)},
            "places": pool.places.tolist(),
            "fields": [sorted(names) for names in pool.fields],
            "load": pool.load.tolist(),
            "codes": {by: dict(sorted(pool.codes[by].items())) for by in sorted(pool.codes)},
            "value": [one / MICRO for one in self.micro_value.tolist()],
            "rules": [rule.as_json() for rule in self.rules],
            "size": list(self.size),
            "wanted": list(self.wanted),
            "locked": list(self.locked),
            "banned": list(self.banned),
            "lead": self.lead,
            "weights": self.weights._asdict(),
            "seed": self.seed,
            "version": self.version,
            "recipe": self.recipe,
        }

    def canonical(self) -> bytes:
        """JSON with sorted members, no blanks and six decimals: one instance, one file."""
        members = {name: _written(value) for name, value in self._members().items()}
        members["pair"] = "[" + ",".join(map("[%d,%d,%.6f]".__mod__, self._pairs())) + "]"
        return ("{" + ",".join(f'"{name}":{members[name]}' for name in sorted(members)) + "}").encode()


def _unit(scores: Floats) -> bool:
    """Whether all scores lie in 0..1; NaN does not."""
    return bool(((scores >= 0) & (scores <= 1)).all())


def _wrong(member: str, expected: str) -> InvalidData:
    return InvalidData("instance_wrong", place={"property": member}, expected=expected)


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_written(name)}:{_written(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return f"{value:.6f}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


READERS: Mapping[str, Callable[[Any], Any]] = {
    "ids": lambda told: list(given.texts(told)),
    "columns": given.columns,
    "places": lambda told: _places(given.table(told, 3)),
    "fields": given.text_sets,
    "load": given.codes,
    "codes": given.code_names,
    "value": given.scores,
    "pair": lambda told: given.table(told, 3),
    "rules": lambda told: tuple(rule_from_json(one, f"rules[{at}]") for at, one in enumerate(_list(told))),
    "size": lambda told: _two(tuple(map(given.integer, _list(told)))),
    "wanted": given.texts,
    "locked": given.texts,
    "banned": given.texts,
    "lead": given.text_or_none,
    "weights": lambda told: _weights(told),
    "seed": lambda told: given.integer(told, 2**63 - 1),
    "version": lambda told: given.integer(told, 2**63 - 1),
    "recipe": lambda told: "" if told == "" else given.text(told),
}
"""How each member of the JSON form is read."""

NOT_TOLD: Mapping[str, Callable[[int], Any]] = {
    "columns": lambda count: {},
    "places": lambda count: np.full((count, 3), -1, dtype=np.int32),
    "fields": lambda count: [frozenset()] * count,
    "load": lambda count: np.full(count, -1, dtype=np.int32),
    "codes": lambda count: {},
}
"""The pool's columns where they are left out."""


def instance_from_json(told: Any) -> Instance:
    """The instance of a JSON form; only `ids` and `value` have to be there.

    Raises InvalidData `instance_wrong` or an error of a rule, with the member as property; LimitExceeded `pool_too_large`.
    """
    if not isinstance(told, Mapping):
        raise _wrong("instance", "{…}")
    for name in sorted(map(str, told.keys() - READERS.keys())):
        raise _wrong(name, " | ".join(READERS))
    ids = _read("ids", told.get("ids"))
    if len(ids) > MOST_CANDIDATES:
        raise LimitExceeded("pool_too_large", count=len(ids), limit=MOST_CANDIDATES)
    read = {name: _read(name, value) for name, value in told.items() if name != "ids"}
    pool = Pool(ids, **{name: read.pop(name) if name in read else default(len(ids)) for name, default in NOT_TOLD.items()})
    value = read.pop("value") if "value" in read else _read("value", None)
    return Instance(pool, value, _matrix(read.pop("pair", np.zeros((0, 3))), len(ids)), **read)


def _read(name: str, value: Any) -> Any:
    try:
        return READERS[name](value)
    except TypeError as error:
        raise _wrong(name, str(error)) from None
    except LianyinError as error:
        raise error.at(property=name) from None


def _list(told: Any) -> list[Any]:
    if not isinstance(told, list):
        raise TypeError("[…]")
    return told


def _two(told: tuple[int, ...]) -> tuple[int, int]:
    if len(told) != 2:
        raise TypeError("[low, high]")
    return told[0], told[1]


def _weights(told: Any) -> Weights:
    if not isinstance(told, Mapping) or set(told) != set(Weights._fields):
        raise TypeError(" + ".join(Weights._fields))
    return Weights(*given.table([[told[name] for name in Weights._fields]], 3)[0].tolist())


def _places(told: NDArray[np.float64]) -> Ints:
    if not ((told == np.rint(told)) & (told >= -1) & (told < 2**31)).all():
        raise TypeError("[[province, city, district], …], -1 unknown")
    return told.astype(np.int32)


def _matrix(told: NDArray[np.float64], count: int) -> Floats:
    """The pair matrix of rows [row, row, score], each pair once."""
    places = told[:, :2]
    if not ((places == np.rint(places)) & (places >= 0) & (places < count)).all() or not (places[:, 0] < places[:, 1]).all():
        raise _wrong("pair", f"0 <= row < row < {count}")
    found = np.zeros((count, count), dtype=np.float32)
    first, second = places.astype(np.int64).T
    found[first, second] = found[second, first] = told[:, 2]
    return found
