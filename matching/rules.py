"""What a choice has to obey: each rule one frozen dataclass with one meaning, for solver, API, page, checker and tests alike.

A choice is a sequence of rows of a `Pool`. `violations` says what is wrong with it and why; `costs` says the same as numbers for the
choice with each row of the pool added, as arrays; `mask` is `costs` for a pair. Unknown (-1, an empty set of fields) never violates
Differ, AtMost, Near or Capacity and never satisfies AtLeast or Cover: it leaves the rule `unverified`; `strict` makes that `broken`.

A new rule is one subclass of `Rule` (of `RowRule` where it tests members one by one, of `PairRule` where it tests them two by two):
its code in JSON is its name, its members are its JSON form, its words are its templates. The list of rules keeps itself.
"""

import re
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cached_property
from itertools import combinations
from typing import Any, ClassVar, NamedTuple, TypeAlias

import numpy as np

from graph.record.errors import InvalidData, LianyinError
from graph.record.ontology import ontology
from matching import given
from matching.pool import LEVELS, Bools, Ints, Pool, any_of, compared

Ids: TypeAlias = tuple[str, ...]
Pairs: TypeAlias = tuple[tuple[str, str], ...]

BY: Mapping[str, tuple[str, str]] = {
    "place": ("地区", "place"), "province": ("省", "province"), "city": ("市", "city"), "district": ("区县", "district"),
    "trade": ("行业", "trade"), "organisation": ("单位", "organisation"), "level": ("级别", "level"), "form": ("类别", "form"),
    "kind": ("种类", "kind"), "load": ("所在团组数", "number of groups"),
}  # fmt: skip
"""What rules speak of, in Chinese and English. `place` is compared at the finest level that both sides tell, so it cannot be counted."""

COUNTED = ("province", "city", "district", "trade", "organisation", "level", "form", "kind")


class Words(NamedTuple):
    """One text in both languages, with {holes}."""

    zh: str
    en: str

    def fill(self, lang: str, told: Mapping[str, Any]) -> str:
        """The text of a language with its holes filled."""
        return (self.zh if lang == "zh" else self.en).format_map(told)


UNVERIFIED = Words("“{rule}”未能核实（{by}未载）：{ids}", "{rule}: not verified ({by} not told): {ids}")
STRICT = Words("（未载视为不满足）", " (unknown counts as broken)")


@dataclass(frozen=True)
class Violation:
    """What is wrong, or not known: `kind` is broken or unverified, `amount` how far (pairs, members, fields), `facts` are for words.

    `ids` are those concerned; where something is `unknown`, those of whom it is not told. A strict rule is broken by unknowns too.
    """

    rule: "Rule"
    kind: str
    ids: Ids
    amount: int = 1
    facts: Mapping[str, str | int] = field(default_factory=dict)
    unknown: bool = False

    def words(self, lang: str = "zh", names: Mapping[str, str] | None = None) -> str:
        """One sentence, ids by name where names are given: 「“跨行业”未能核实（行业未载）：乙」."""
        told = {**self.rule.told(lang, names), **self.facts, "by": _label(str(self.facts.get("by", "")), lang)}
        told |= {"ids": _listed(self.ids, lang, names), "rule": self.rule.words(lang, names)}
        return (UNVERIFIED if self.unknown else self.rule.said).fill(lang, told)

    def as_json(self) -> dict[str, Any]:
        """Plain data, the rule in its JSON form."""
        told = {"rule": self.rule.as_json(), "kind": self.kind, "ids": list(self.ids), "amount": self.amount}
        return {**told, "facts": dict(self.facts), "unknown": self.unknown}


RULES: dict[str, type["Rule"]] = {}
"""Every rule by its code."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule over a whole choice. `strict` counts what is unverified as broken."""

    strict: bool = False

    code: ClassVar[str]
    title: ClassVar[Words]
    said: ClassVar[Words] = Words("不满足“{rule}”：{ids}", "{rule}: broken by {ids}")

    def __init_subclass__(cls) -> None:
        """A subclass that says what it is called is a rule."""
        if "title" in vars(cls):
            cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
            RULES[cls.code] = cls

    @abstractmethod
    def found(self, pool: Pool, choice: Sequence[int]) -> Iterator[Violation]:
        """What is broken and what is unverified, before `strict`."""

    @abstractmethod
    def amounts(self, pool: Pool, choice: Sequence[int]) -> tuple[Ints, Ints]:
        """Sums of the amounts broken and unverified (n,) for the choice with each row added, before `strict`."""

    def tests(self) -> str:
        """What it looks at, one of BY; empty where that is always known."""
        return ""

    def violations(self, pool: Pool, choice: Sequence[int]) -> list[Violation]:
        """All that is wrong with a choice by this rule."""
        return [replace(one, kind="broken") if self.strict else one for one in self.found(pool, choice)]

    def costs(self, pool: Pool, choice: Sequence[int]) -> Ints:
        """How much is broken (n,) with each row added to the choice; entries of rows that stand in it already mean nothing."""
        broken, unverified = self.amounts(pool, choice)
        return broken + unverified if self.strict else broken

    def mask(self, pool: Pool, asked: int | None = None) -> Bools:
        """Rows (n,) that break nothing beside the asked one, or alone: microseconds at 1,500 rows, so it can stand before a search."""
        lawful: Bools = self.costs(pool, () if asked is None else (asked,)) == 0
        return lawful

    def verdict(self, pool: Pool, choice: Sequence[int]) -> str:
        """met, broken or unverified."""
        return verdict(self.violations(pool, choice))

    def words(self, lang: str = "zh", names: Mapping[str, str] | None = None) -> str:
        """The rule in a few words: 「跨行业」. `names` gives ids and values their names; code lists know theirs."""
        return self._title().fill(lang, self.told(lang, names)) + (STRICT.fill(lang, {}) if self.strict else "")

    def _title(self) -> Words:
        return self.title

    def told(self, lang: str, names: Mapping[str, str] | None) -> dict[str, Any]:
        """The members as texts, for the holes of words."""
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        return told | {member: _listed(value, lang, names) for member, value in told.items() if isinstance(value, tuple)}

    def as_json(self) -> dict[str, Any]:
        """Plain data: `rule` and the members that are not at their default."""
        told = {one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name) != one.default}
        return {"rule": self.code} | {member: _plain(value) for member, value in told.items()}


def _wrong(rule: str, member: str, expected: str) -> InvalidData:
    return InvalidData("rule_value_wrong", place={"property": member}, rule=rule, expected=expected)


def _at_least(rule: Rule, member: str, least: int) -> None:
    if getattr(rule, member) < least:
        raise _wrong(rule.code, member, f">= {least}")


def _one_of(rule: Rule, member: str, allowed: Collection[str]) -> None:
    if getattr(rule, member) not in allowed:
        raise _wrong(rule.code, member, " | ".join(allowed))


def _sorted(rule: Rule, member: str) -> None:
    """A set as it is written: sorted, each once, and not empty."""
    if not getattr(rule, member):
        raise _wrong(rule.code, member, "[…]")
    object.__setattr__(rule, member, tuple(sorted(set(getattr(rule, member)))))


def _label(by: str, lang: str) -> str:
    return BY[by][lang != "zh"] if by in BY else by


def _listed(told: Collection[Any], lang: str, names: Mapping[str, str] | None) -> str:
    called = ["–".join((names or {}).get(id, id) for id in ((one,) if isinstance(one, str) else one)) for one in told]
    return ("、" if lang == "zh" else ", ").join(called)


def _called(value: str, codes: str, lang: str, names: Mapping[str, str] | None) -> str:
    entry = ontology().codes.get(codes, {}).get(value)
    return (names or {}).get(value) or (getattr(entry, lang) if entry else value)


def _plain(value: Any) -> Any:
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _unverified(rule: Rule, ids: Ids, amount: int, by: str) -> Violation:
    return Violation(rule, "unverified", ids, amount, {"by": by}, unknown=True)


def _ids(pool: Pool, rows: Collection[int]) -> Ids:
    return tuple(pool.ids[row] for row in rows)


# ---- members one by one


@dataclass(frozen=True, kw_only=True)
class RowRule(Rule):
    """A rule that tests each member by itself."""

    @abstractmethod
    def refused(self, pool: Pool) -> tuple[Bools, Bools]:
        """Rows (n,) that break the rule, and rows of which that is not known."""

    def found(self, pool: Pool, choice: Sequence[int]) -> Iterator[Violation]:
        broken, unverified = self.refused(pool)
        yield from (Violation(self, "broken", (pool.ids[row],)) for row in choice if broken[row])
        unknown = [row for row in choice if unverified[row]]
        if unknown:
            yield _unverified(self, _ids(pool, unknown), len(unknown), self.tests())

    def amounts(self, pool: Pool, choice: Sequence[int]) -> tuple[Ints, Ints]:
        broken, unverified = self.refused(pool)
        held = list(choice)
        return np.int32(broken[held].sum()) + broken.astype(np.int32), np.int32(unverified[held].sum()) + unverified.astype(np.int32)


@dataclass(frozen=True)
class Exclude(RowRule):
    """None of these."""

    ids: Ids
    title = Words("不选：{ids}", "without {ids}")

    def __post_init__(self) -> None:
        _sorted(self, "ids")

    def refused(self, pool: Pool) -> tuple[Bools, Bools]:
        return pool.has(self.ids), np.zeros(len(pool.ids), dtype=np.bool_)


@dataclass(frozen=True)
class Capacity(RowRule):
    """No member that stands in `limit` groups or more already."""

    limit: int
    title = Words("每家至多在{limit}个团组", "at most {limit} groups each")
    said = Words("所在团组已达上限{limit}个：{ids}", "already in {limit} groups or more: {ids}")

    def __post_init__(self) -> None:
        _at_least(self, "limit", 1)

    def tests(self) -> str:
        return "load"

    def refused(self, pool: Pool) -> tuple[Bools, Bools]:
        return pool.load >= self.limit, pool.load < 0


# ---- members two by two


@dataclass(frozen=True, kw_only=True)
class PairRule(Rule):
    """A rule that tests members two by two."""

    @abstractmethod
    def clash(self, pool: Pool, row: int) -> tuple[Bools, Bools]:
        """Rows (n,) that break the rule beside this one, and rows of which that is not known. Symmetric."""

    def untold(self, pool: Pool) -> Bools:
        """Rows (n,) of which that is not told."""
        finest: Ints = pool.places.max(axis=1) if self.tests() == "place" else pool.column(self.tests())
        return finest < 0

    def found(self, pool: Pool, choice: Sequence[int]) -> Iterator[Violation]:
        clashes = [self.clash(pool, row) for row in choice]
        pairs = list(combinations(range(len(choice)), 2))
        for first, second in pairs:
            if clashes[first][0][choice[second]]:
                yield Violation(self, "broken", _ids(pool, (choice[first], choice[second])), 1, {"by": self.tests()})
        unverified = sum(bool(clashes[first][1][choice[second]]) for first, second in pairs)
        if unverified:
            untold = self.untold(pool)
            yield _unverified(self, _ids(pool, [row for row in choice if untold[row]]), unverified, self.tests())

    def amounts(self, pool: Pool, choice: Sequence[int]) -> tuple[Ints, Ints]:
        broken, unverified = np.zeros(len(pool.ids), dtype=np.int32), np.zeros(len(pool.ids), dtype=np.int32)
        for place, row in enumerate(choice):
            held = list(choice[place + 1 :])
            for total, rows in zip((broken, unverified), self.clash(pool, row), strict=True):
                total += rows
                total += np.int32(rows[held].sum())
        return broken, unverified


@dataclass(frozen=True)
class ExcludePairs(PairRule):
    """Never these two together: declined as rivals, for secrecy, or because a unit says no (`reason`: a code of `decline`)."""

    pairs: Pairs
    reason: str = ""
    title = Words("禁配：{pairs}", "never together: {pairs}")
    said = Words("禁配（{reason}）：{ids}", "never together ({reason}): {ids}")

    def __post_init__(self) -> None:
        object.__setattr__(self, "pairs", tuple((min(pair), max(pair)) for pair in self.pairs))
        _sorted(self, "pairs")

    @cached_property
    def _others(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for first, second in self.pairs:
            found.setdefault(first, []).append(second)
            found.setdefault(second, []).append(first)
        return found

    def clash(self, pool: Pool, row: int) -> tuple[Bools, Bools]:
        return pool.has(self._others.get(pool.ids[row], ())), np.zeros(len(pool.ids), dtype=np.bool_)

    def told(self, lang: str, names: Mapping[str, str] | None) -> dict[str, Any]:
        told = super().told(lang, names)
        return {**told, "reason": _called(self.reason, "decline", lang, names)}


@dataclass(frozen=True)
class Differ(PairRule):
    """All members differ in this, two by two; `place` is compared at the finest level that both tell (大连 and 大连/中山 do not differ)."""

    by: str
    title = Words("跨{by}", "another {by} each")
    said = Words("{by}相同：{ids}", "same {by}: {ids}")

    def __post_init__(self) -> None:
        _one_of(self, "by", ("place", *COUNTED))

    def clash(self, pool: Pool, row: int | Ints) -> tuple[Bools, Bools]:
        """For a column of rows (rows, 1) that of each, (rows, n)."""
        if self.by == "place":
            elsewhere, both = compared(pool.places, row, LEVELS.values())
            return both & ~elsewhere, ~both
        column = pool.column(self.by)
        unknown = (column < 0) | (column[row] < 0)
        return (column == column[row]) & ~unknown, unknown

    def tests(self) -> str:
        return self.by

    def told(self, lang: str, names: Mapping[str, str] | None) -> dict[str, Any]:
        return {"by": _label(self.by, lang)}


@dataclass(frozen=True)
class Near(PairRule):
    """All members in one city, or in one district. A place told less finely violates where it is known to lie elsewhere."""

    level: str = "city"
    title = Words("同{by}", "same {by}")
    said = Words("不在同一{by}：{ids}", "not in the same {by}: {ids}")

    def __post_init__(self) -> None:
        _one_of(self, "level", ("city", "district"))

    def clash(self, pool: Pool, row: int) -> tuple[Bools, Bools]:
        elsewhere, _ = compared(pool.places, row, range(LEVELS[self.level] + 1))
        column = pool.column(self.level)
        return elsewhere, ((column < 0) | (column[row] < 0)) & ~elsewhere

    def tests(self) -> str:
        return self.level

    def told(self, lang: str, names: Mapping[str, str] | None) -> dict[str, Any]:
        return {"by": _label(self.level, lang)}


# ---- the choice as a whole


@dataclass(frozen=True)
class Size(Rule):
    """From low to high members."""

    low: int
    high: int
    title = Words("家数{low}–{high}", "{low}–{high} members")
    said = Words("现有{have}家，应为{low}–{high}家", "{have} members instead of {low}–{high}")

    def __post_init__(self) -> None:
        _at_least(self, "low", 1)
        _at_least(self, "high", self.low)

    def _off(self, have: int) -> int:
        return max(self.low - have, have - self.high, 0)

    def found(self, pool: Pool, choice: Sequence[int]) -> Iterator[Violation]:
        if self._off(len(choice)):
            yield Violation(self, "broken", (), self._off(len(choice)), {"have": len(choice)})

    def amounts(self, pool: Pool, choice: Sequence[int]) -> tuple[Ints, Ints]:
        return np.full(len(pool.ids), self._off(len(choice) + 1), dtype=np.int32), np.zeros(len(pool.ids), dtype=np.int32)


@dataclass(frozen=True)
class Include(Rule):
    """All of these. One that the pool does not hold is missing from every choice."""

    ids: Ids
    title = Words("必选：{ids}", "with {ids}")
    said = Words("缺必选的：{ids}", "missing: {ids}")

    def __post_init__(self) -> None:
        _sorted(self, "ids")

    def _missing(self, pool: Pool, choice: Sequence[int]) -> list[str]:
        held = {pool.ids[row] for row in choice}
        return [id for id in self.ids if id not in held]

    def found(self, pool: Pool, choice: Sequence[int]) -> Iterator[Violation]:
        yield from (Violation(self, "broken", (id,)) for id in self._missing(pool, choice))

    def amounts(self, pool: Pool, choice: Sequence[int]) -> tuple[Ints, Ints]:
        missing = self._missing(pool, choice)
        return np.int32(len(missing)) - pool.has(missing).astype(np.int32), np.zeros(len(pool.ids), dtype=np.int32)


@dataclass(frozen=True)
class Cover(Rule):
    """Every one of these fields by at least one member. A member whose fields are not told covers nothing."""

    fields: Ids
    title = Words("覆盖：{fields}", "covering {fields}")
    said = Words("没有成员覆盖：{field}", "no member covers {field}")

    def __post_init__(self) -> None:
        _sorted(self, "fields")

    def _open(self, pool: Pool, choice: Sequence[int]) -> list[str]:
        covered = frozenset().union(*(pool.fields[row] for row in choice))
        return [name for name in self.fields if name not in covered]

    def found(self, pool: Pool, choice: Sequence[int]) -> Iterator[Violation]:
        yield from (Violation(self, "broken", (), 1, {"field": name}) for name in self._open(pool, choice))

    def amounts(self, pool: Pool, choice: Sequence[int]) -> tuple[Ints, Ints]:
        left = np.zeros(len(pool.ids), dtype=np.int32)
        for name in self._open(pool, choice):
            left += ~pool.covering(name)
        return left, np.zeros(len(pool.ids), dtype=np.int32)


@dataclass(frozen=True)
class Counted(Rule):
    """A rule that counts members by what they are."""

    by: str
    n: int
    value: str | None = None

    of_one: ClassVar[Words]
    """What it is called where a value is given; `title` is for all values alike."""

    def __post_init__(self) -> None:
        _one_of(self, "by", COUNTED)
        _at_least(self, "n", 1)

    def tests(self) -> str:
        return self.by

    def _title(self) -> Words:
        return self.title if self.value is None else self.of_one

    def told(self, lang: str, names: Mapping[str, str] | None) -> dict[str, Any]:
        return {"by": _label(self.by, lang), "n": self.n, "value": _called(self.value or "", self.by, lang, names)}


@dataclass(frozen=True)
class AtMost(Counted):
    """At most n members of each city (trade, unit …), or of the one given. Members of whom it is not told may be of any."""

    title = Words("每{by}至多{n}家", "at most {n} from each {by}")
    of_one = Words("{value}至多{n}家", "at most {n} {value}")
    said = Words("“{rule}”超出{over}家：{ids}", "{rule}: {over} too many: {ids}")

    def found(self, pool: Pool, choice: Sequence[int]) -> Iterator[Violation]:
        column = pool.column(self.by)
        groups: dict[int, list[int]] = {}
        for row in choice:
            groups.setdefault(int(column[row]), []).append(row)
        unknown = groups.pop(-1, [])
        counted = groups if self.value is None else {code: groups.get(code, []) for code in [pool.code(self.by, self.value)]}
        for rows in counted.values():
            if len(rows) > self.n:
                yield Violation(self, "broken", _ids(pool, rows), len(rows) - self.n, {"by": self.by, "over": len(rows) - self.n})
        most = max(map(len, counted.values()), default=0)
        more = min(len(unknown), most + len(unknown) - self.n)
        if more > 0:
            yield _unverified(self, _ids(pool, unknown), more, self.by)

    def amounts(self, pool: Pool, choice: Sequence[int]) -> tuple[Ints, Ints]:
        column = pool.column(self.by)
        held = Counter(column[list(choice)].tolist())
        unknown = np.int32(held.pop(-1, 0)) + (column < 0)
        if self.value is None:
            most = max(held.values(), default=0)
            over = sum(max(0, count - self.n) for count in held.values())
            broken = np.int32(over) + any_of(column, [code for code, count in held.items() if count >= self.n])
            most_after = most + (any_of(column, [code for code, count in held.items() if count == most]) if most else column >= 0)
        else:
            code = pool.code(self.by, self.value)
            most_after = held[code] + (column == code)
            broken = np.maximum(most_after - self.n, 0)
        return broken.astype(np.int32), np.clip(most_after + unknown - self.n, 0, unknown).astype(np.int32)


@dataclass(frozen=True)
class AtLeast(Counted):
    """At least n members with a value, or members of at least n different values. Who does not tell it does not count."""

    title = Words("至少{n}个不同{by}", "at least {n} different of {by}")
    of_one = Words("至少{n}家{value}", "at least {n} {value}")
    said = Words("“{rule}”还差{short}家", "{rule}: {short} short")

    def found(self, pool: Pool, choice: Sequence[int]) -> Iterator[Violation]:
        codes = pool.column(self.by)[list(choice)].tolist()
        have = len(set(codes) - {-1}) if self.value is None else codes.count(pool.code(self.by, self.value))
        if have < self.n:
            unknown = [row for row, code in zip(choice, codes, strict=True) if code < 0]
            yield Violation(self, "broken", _ids(pool, unknown), self.n - have, {"by": self.by, "have": have, "short": self.n - have})

    def amounts(self, pool: Pool, choice: Sequence[int]) -> tuple[Ints, Ints]:
        column = pool.column(self.by)
        codes = column[list(choice)].tolist()
        if self.value is None:
            seen = set(codes) - {-1}
            have = len(seen) + ((column >= 0) & ~any_of(column, seen))
        else:
            code = pool.code(self.by, self.value)
            have = codes.count(code) + (column == code)
        return np.maximum(self.n - have, 0).astype(np.int32), np.zeros(len(column), dtype=np.int32)


# ---- over many rules


def mask(rules: Sequence[Rule], pool: Pool, asked: int | None = None) -> Bools:
    """Rows (n,) that break none of the rules beside the asked one."""
    lawful = np.ones(len(pool.ids), dtype=np.bool_)
    for rule in rules:
        lawful &= rule.mask(pool, asked)
    return lawful


def violations(rules: Sequence[Rule], pool: Pool, choice: Sequence[int]) -> list[Violation]:
    """All that is wrong with a choice, rule by rule."""
    return [found for rule in rules for found in rule.violations(pool, choice)]


def verdict(found: Collection[Violation]) -> str:
    """met, broken or unverified, from what a rule found."""
    kinds = {one.kind for one in found}
    return "broken" if "broken" in kinds else "unverified" if kinds else "met"


# ---- in from JSON


READERS: Mapping[Any, Callable[[Any], Any]] = {
    str: given.text, str | None: given.text_or_none, int: given.integer, bool: given.truth, Ids: given.texts, Pairs: given.pairs,
}  # fmt: skip
"""How a member of each type is read."""


def rule_from_json(told: Any, where: str = "rule") -> Rule:
    """The rule of a JSON form. Raises InvalidData `rule_unknown`, `rule_member_unknown`, `rule_member_missing`, `rule_value_wrong` with
    the place as property, as in `rules[2].by`.
    """
    kind = RULES.get(str(told.get("rule"))) if isinstance(told, Mapping) else None
    if kind is None:
        raise InvalidData("rule_unknown", place={"property": where}, known=", ".join(RULES))
    members = {one.name: one for one in fields(kind)}
    values = {name: value for name, value in told.items() if name != "rule"}
    for name in sorted(values.keys() - members.keys()):
        raise InvalidData("rule_member_unknown", place={"property": f"{where}.{name}"}, known=", ".join(members))
    for name, one in members.items():
        if one.default is MISSING and name not in values:
            raise InvalidData("rule_member_missing", place={"property": f"{where}.{name}"}, rule=kind.code)
    try:
        return kind(**{name: _member(kind.code, name, members[name].type, value) for name, value in values.items()})
    except LianyinError as error:
        error.place["property"] = f"{where}.{error.place['property']}"
        raise


def _member(rule: str, name: str, type: Any, value: Any) -> Any:
    try:
        return READERS[type](value)
    except TypeError as error:
        raise _wrong(rule, name, str(error)) from None
    except LianyinError as error:
        raise error.at(property=name) from None
