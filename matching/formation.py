"""Groups of three to nine: a seeded local search over an `Instance`, and what it found in honest words.

The search knows no more than it has tried. A choice without violations is 「较好方案（未证明最优）」; where none was met it says
「没有找到」 and shows the nearest choice with the rules that it breaks, and the one relaxation under which a search succeeds.

It climbs from several greedy starts by adding, dropping and swapping members, first to fewer violations, then to a higher objective,
and goes on from the best by taking two members out and refilling (iterated local search: Lourenço, Martin, Stützle 2003). All
candidates are weighed at once as arrays. Rows are searched in the order of a seeded hash of their ids, so neither the order in which
candidates came nor their names decide a tie.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.analysis.steps import step, stepping
from matching.instance import MOST_MEMBERS, Instance, Part
from matching.pool import Bools, Ints, Pool
from matching.rules import (
    AtLeast,
    AtMost,
    Capacity,
    Cover,
    Exclude,
    ExcludePairs,
    Include,
    Near,
    PairRule,
    RowRule,
    Rule,
    Size,
    Violation,
    Words,
    verdict,
)

STARTS, KICKS = 8, 12
"""Greedy starts, and rounds of taking two out. bench/formation.py prints what ten times as many would gain: mostly nothing."""

RELAXED_STARTS, RELAXED_KICKS = 2, 3
"""The same for each relaxation tried: it has to succeed, not to shine."""

PROMISING = 40
"""Starts begin with one of so many candidates that have the highest value and best partner."""

CHOICES = 3

APART = 2
"""Alternatives differ in so many members."""

STATUS: Mapping[str, Words] = {
    "better": Words("较好方案（未证明最优）", "a good choice (not proven optimal)"),
    "none_found": Words("没有找到", "none found"),
    "nothing_read": Words(
        "没读出题目说的行业或本领，材料里也无人提到：请补一句现象，或选一个需求、牵头",
        "no trade or skill could be read out of the topic, and nobody tells of it: add what is seen, or choose a need or a lead",
    ),
}

LOOSENED = Words("把“{rule}”放宽为“{to}”", "loosen “{rule}” to “{to}”")
REMOVED = Words("去掉“{rule}”", "drop “{rule}”")
Row = tuple[int, ...]


# ---- the search


class Standing(NamedTuple):
    """How good a choice is; the smaller the better: amount of violation, then the objective below zero."""

    broken: int
    loss: float


NOTHING = Standing(2**31, 0.0)


@dataclass(frozen=True, eq=False)
class Apart(Rule):
    """At least two members come or go between this choice and the given one."""

    rows: Row

    def _short(self, inside: Any, size: int) -> Any:
        return np.maximum(APART - np.maximum(size - inside, len(self.rows) - inside), 0)

    def found(self, pool: Pool, choice: Sequence[int]) -> Iterator[Violation]:
        short = int(self._short(len(set(self.rows) & set(choice)), len(choice)))
        if short:
            yield Violation(self, "broken", (), short)

    def amounts(self, pool: Pool, choice: Sequence[int]) -> tuple[Ints, Ints]:
        inside = np.full(len(pool.ids), len(set(self.rows) & set(choice)), dtype=np.int32)
        inside[list(self.rows)] += 1
        return self._short(inside, len(choice) + 1).astype(np.int32), np.zeros(len(pool.ids), dtype=np.int32)


@dataclass(frozen=True, eq=False)
class Search:
    """A local search over an instance whose rows are `ordered`, under these rules."""

    instance: Instance
    rules: tuple[Rule, ...]
    clashes: dict[int, Ints] = field(default_factory=dict)
    """By row, how many pair rules it breaks (n,) beside each other row; worked out when first asked for."""

    def under(self, rules: tuple[Rule, ...]) -> "Search":
        """The same under other rules; what is known of pairs is kept where the pair rules are the same."""
        before, after = ([rule for rule in told if isinstance(rule, PairRule)] for told in (self.rules, rules))
        return Search(self.instance, rules, self.clashes if before == after else {})

    @cached_property
    def kept(self) -> Row:
        """Rows that must be in: never dropped, never swapped."""
        pool = self.instance.pool
        return tuple(sorted({pool.rows[id] for rule in self.rules if isinstance(rule, Include) for id in rule.ids if id in pool.rows}))

    @cached_property
    def open(self) -> Bools:
        """Rows (n,) that may come in. What is excluded never does, not even into the nearest choice."""
        found = np.ones(len(self.instance.pool.ids), dtype=np.bool_)
        for rule in self.rules:
            if isinstance(rule, Exclude):
                found &= rule.mask(self.instance.pool)
        return found

    @cached_property
    def size(self) -> tuple[int, int]:
        """From, to, by the rules on size."""
        sizes = [rule for rule in self.rules if isinstance(rule, Size)]
        low, high = max(rule.low for rule in sizes), min(rule.high for rule in sizes)
        return low, max(low, high)

    @cached_property
    def _single(self) -> Ints:
        """Violations (n,) of each row by itself."""
        total = np.zeros(len(self.instance.pool.ids), dtype=np.int32)
        for rule in self.rules:
            if isinstance(rule, RowRule):
                total += ~rule.mask(self.instance.pool)
        return total

    def _clash(self, row: int) -> Ints:
        if row not in self.clashes:
            total = np.zeros(len(self.instance.pool.ids), dtype=np.int32)
            for rule in self.rules:
                if isinstance(rule, PairRule):
                    broken, unverified = rule.clash(self.instance.pool, row)
                    total += (broken | unverified) if rule.strict else broken
            self.clashes[row] = total
        return self.clashes[row]

    @cached_property
    def _whole(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if not isinstance(rule, RowRule | PairRule))

    def costs(self, base: Row) -> Ints:
        """Violations (n,) of the base with each row added: what `Rule.costs` of all rules sum to."""
        held = list(base)
        total: Ints = self._single + self._single[held].sum(dtype=np.int32)
        for place, row in enumerate(base):
            clash = self._clash(row)
            total += clash
            total += clash[held[place + 1 :]].sum(dtype=np.int32)
        for rule in self._whole:
            total += rule.costs(self.instance.pool, base)
        return total

    def totals(self, base: Row) -> NDArray[np.float64]:
        """The objective (n,) of the base with each row added."""
        one, held = self.instance, list(base)
        beside = one.micro_pair[held].sum(axis=0, dtype=np.int64)
        value = one.micro_value + one.micro_value[held].sum()
        pair = beside + beside[held].sum() // 2
        covered = one.covering[:, held].any(axis=1)
        gained = one.covering[~covered].sum(axis=0) + covered.sum()
        found: NDArray[np.float64] = one.weighed(one.shares(len(held) + 1, value, pair, gained))
        return found

    def best(self, base: Row, without: Collection[int] = ()) -> tuple[Standing, Row]:
        """The base with the best row added that is open and not in `without`."""
        costs = self.costs(base)
        closed = [*base, *without]
        costs[closed] = NOTHING.broken - 1
        costs[~self.open] = NOTHING.broken - 1
        least = costs.min(initial=NOTHING.broken - 1)
        if least == NOTHING.broken - 1:
            return NOTHING, base
        totals = np.where(costs == least, self.totals(base), -1.0)
        row = int(totals.argmax())
        return Standing(int(least), -float(totals[row])), tuple(sorted((*base, row)))

    def standing(self, choice: Row) -> Standing:
        """How good a choice is."""
        held, pool = list(choice), self.instance.pool
        broken = int(self._single[held].sum())
        broken += sum(int(self._clash(row)[held[place + 1 :]].sum()) for place, row in enumerate(held))
        broken += sum(one.amount for rule in self._whole for one in rule.violations(pool, choice) if one.kind == "broken")
        return Standing(broken, -self.instance.total(choice))

    def free(self, choice: Row) -> list[int]:
        """Members that may leave."""
        return [row for row in choice if row not in self.kept]

    def _moves(self, choice: Row) -> Iterator[tuple[Standing, Row]]:
        """The best addition, every best swap, every drop."""
        if len(choice) < MOST_MEMBERS:
            yield self.best(choice)
        for row in self.free(choice):
            base = tuple(one for one in choice if one != row)
            yield self.best(base, (row,))
            if len(base) >= self.size[0]:
                yield self.standing(base), base

    def climb(self, choice: Row) -> tuple[Standing, Row]:
        """Moves as long as one makes it better."""
        here = (self.standing(choice), choice)
        while True:
            step("groups")
            best = min(self._moves(here[1]), key=lambda move: move[0], default=here)
            if best[0] >= here[0]:
                return here
            here = best

    def grow(self, choice: Row, size: int, without: Collection[int] = ()) -> Row:
        """Adds the best row until there are so many."""
        while len(choice) < size:
            standing, choice = self.best(choice, without)
            if standing == NOTHING:
                break
        return choice

    def run(self, starts: int, kicks: int, known: Sequence[Row] = ()) -> tuple[Standing, Row]:
        """The best choice that was met; `known` are starts too."""
        random = np.random.default_rng(self.instance.seed)
        here = min((self.climb(choice) for choice in [*known, *self._starts(starts, random)]), key=lambda one: one[0])
        for _ in range(kicks):
            free = self.free(here[1])
            out = random.permutation(free)[:APART].tolist()
            rest = tuple(row for row in here[1] if row not in out)
            here = min(here, self.climb(self.grow(rest, len(here[1]), out)), key=lambda one: one[0])
        return here

    def _starts(self, count: int, random: np.random.Generator) -> Iterator[Row]:
        low, high = self.size
        first = self._promising()
        yield self.grow(self.kept, low)
        for start in range(1, count):
            seed = (*self.kept, int(random.choice(first))) if len(first) and len(self.kept) < high else self.kept
            yield self.grow(tuple(sorted(seed)), low + start % (high - low + 1))

    def _promising(self) -> NDArray[np.int64]:
        one = self.instance
        if not len(one.pool.ids):
            return np.zeros(0, dtype=np.int64)
        worth = one.weights.topic * one.micro_value + one.weights.pair * one.micro_pair.max(axis=1)
        worth[~self.open] = -1
        worth[list(self.kept)] = -1
        order = np.argsort(-worth, kind="stable")[:PROMISING]
        found: NDArray[np.int64] = order[worth[order] >= 0]
        return found


# ---- what is answered


@dataclass(frozen=True)
class Swap:
    """Who would best stand in for a member, and by how much the total then changes."""

    id: str
    change: float


@dataclass(frozen=True)
class Member:
    """A member: lead or member, the asked fields that it covers, and who would stand in for it (none for a lock)."""

    id: str
    role: str
    covers: tuple[str, ...]
    swap: Swap | None


@dataclass(frozen=True)
class Checked:
    """A rule and what was found by it."""

    rule: Rule
    violations: tuple[Violation, ...]

    @property
    def verdict(self) -> str:
        """met, broken or unverified."""
        return verdict(self.violations)


@dataclass(frozen=True)
class Choice:
    """A group: members (the lead first, then by id), total and its parts, every rule checked, who is new and who left."""

    members: tuple[Member, ...]
    total: float
    parts: tuple[Part, ...]
    rules: tuple[Checked, ...]
    entered: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Its members, sorted."""
        return tuple(sorted(member.id for member in self.members))

    def beside(self, previous: Collection[str]) -> "Choice":
        """The same choice with what is new in it and what left since the previous one."""
        return replace(self, entered=tuple(sorted(set(self.ids) - set(previous))), left=tuple(sorted(set(previous) - set(self.ids))))

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        rules = [
            {"rule": one.rule.as_json(), "verdict": one.verdict, "violations": [found.as_json() for found in one.violations]}
            for one in self.rules
        ]
        told = {"members": [asdict(member) for member in self.members], "parts": [part._asdict() for part in self.parts]}
        return {**told, "total": self.total, "rules": rules, "entered": list(self.entered), "left": list(self.left)}


@dataclass(frozen=True)
class Relaxation:
    """One rule loosened (`to`) or dropped (None), and the choice that the search then finds."""

    rule: Rule
    to: Rule | None
    choice: Choice

    def words(self, lang: str = "zh", names: Mapping[str, str] | None = None) -> str:
        """What to do, in a few words."""
        told = {"rule": self.rule.words(lang, names), "to": self.to.words(lang, names) if self.to else ""}
        return (LOOSENED if self.to else REMOVED).fill(lang, told)


@dataclass(frozen=True)
class Formed:
    """The answer. better: up to three lawful choices, the best first. none_found: the nearest choice, and a relaxation if one helps.
    nothing_read: the topic says nothing to anyone, and no search was made."""

    status: str
    choices: tuple[Choice, ...]
    nearest: Choice | None
    relaxation: Relaxation | None
    seed: int
    version: int
    recipe: str

    def words(self, lang: str = "zh") -> str:
        """The honest word for it."""
        return STATUS[self.status].fill(lang, {})

    def as_json(self) -> dict[str, Any]:
        """Plain data; rules in their JSON form."""
        helps = self.relaxation and {
            "rule": self.relaxation.rule.as_json(),
            "to": self.relaxation.to and self.relaxation.to.as_json(),
            "choice": self.relaxation.choice.as_json(),
        }
        return {
            "status": self.status,
            "choices": [choice.as_json() for choice in self.choices],
            "nearest": self.nearest and self.nearest.as_json(),
            "relaxation": helps,
            "seed": self.seed,
            "version": self.version,
            "recipe": self.recipe,
        }


def form(instance: Instance, *, previous: Collection[str] | None = None) -> Formed:
    """Up to three groups, or the nearest one with a way out. With `previous` (ids) each choice tells who is new and who left."""
    search = Search(instance.ordered(), instance.all_rules)
    found = _alternatives(search)
    lawful = [_told(search, rows) for standing, rows in found if not standing.broken]
    nearest, relaxation = None, None
    if not lawful:
        nearest, relaxation = _told(search, found[0][1]), relax(search, found[0][1])
    if previous is not None:
        lawful = [choice.beside(previous) for choice in lawful]
        nearest = nearest and nearest.beside(previous)
        relaxation = relaxation and replace(relaxation, choice=relaxation.choice.beside(previous))
    status = "better" if lawful else "none_found"
    return Formed(status, tuple(lawful), nearest, relaxation, instance.seed, instance.version, instance.recipe)


def _alternatives(search: Search) -> list[tuple[Standing, Row]]:
    """The best choice, then the best that differs from all before it, while there are lawful ones."""
    found = [search.run(STARTS, KICKS)]
    while not found[-1][0].broken and len(found) < CHOICES:
        rows = [rows for _, rows in found]
        apart = search.under((*search.rules, *map(Apart, rows)))
        found.append(apart.run(STARTS // 2, KICKS // 2, rows[:1]))
    lawful = [one for one in found if not one[0].broken]
    return sorted(lawful or found, key=lambda one: one[0])


def _told(search: Search, rows: Row) -> Choice:
    instance = search.instance
    parts, lead = instance.parts(rows), _lead(instance, rows)
    asked = set(instance.wanted).union(*(rule.fields for rule in search.rules if isinstance(rule, Cover)))
    members = []
    for row in rows:
        covers = tuple(sorted(asked & instance.pool.fields[row]))
        members.append(Member(instance.pool.ids[row], "lead" if row == lead else "member", covers, _swap(search, rows, row)))
    members.sort(key=lambda member: (member.role != "lead", member.id))
    by_id = _by_id(instance, rows)
    checked = tuple(Checked(rule, tuple(rule.violations(instance.pool, by_id))) for rule in search.rules)
    return Choice(tuple(members), round(sum(part.amount for part in parts), 6), parts, checked)


def _by_id(instance: Instance, rows: Row) -> Row:
    """Rows in the order of their ids, in which violations are told."""
    return tuple(sorted(rows, key=lambda row: instance.pool.ids[row]))


def _lead(instance: Instance, rows: Row) -> int:
    """The given lead, else who fits best itself and beside the others: value + mean pair score; a tie falls to the first row."""
    given = instance.pool.rows.get(instance.lead or "", -1)
    if given in rows:
        return given
    held = list(rows)
    beside = instance.micro_pair[np.ix_(held, held)].sum(axis=1, dtype=np.int64) / max(len(held) - 1, 1)
    return held[int((instance.micro_value[held] + beside).argmax())] if held else -1


def _swap(search: Search, rows: Row, row: int) -> Swap | None:
    """The best stand-in under which no more is broken than now."""
    if row in search.kept:
        return None
    standing, other = search.best(tuple(one for one in rows if one != row), (row,))
    here = search.standing(rows)
    if standing.broken > here.broken:
        return None
    (id,) = set(other) - set(rows)
    return Swap(search.instance.pool.ids[id], round(here.loss - standing.loss, 6))


# ---- the way out


def looser(rule: Rule) -> Iterator[Rule | None]:
    """The rule one step milder in every way there is, then None for dropped. What people refused (Exclude, ExcludePairs) stays."""
    if isinstance(rule, Exclude | ExcludePairs):
        return
    if rule.strict:
        yield replace(rule, strict=False)
    if isinstance(rule, Size):
        yield from (
            Size(low, high) for low, high in ((rule.low - 1, rule.high), (rule.low, rule.high + 1)) if 1 <= low and high <= MOST_MEMBERS
        )
        return
    if isinstance(rule, AtMost):
        yield replace(rule, n=rule.n + 1)
    elif isinstance(rule, Capacity):
        yield replace(rule, limit=rule.limit + 1)
    elif isinstance(rule, AtLeast) and rule.n > 1:
        yield replace(rule, n=rule.n - 1)
    elif isinstance(rule, Near) and rule.level == "district":
        yield replace(rule, level="city")
    elif isinstance(rule, Include) and len(rule.ids) > 1:
        yield from (replace(rule, ids=tuple(one for one in rule.ids if one != id)) for id in rule.ids)
    elif isinstance(rule, Cover) and len(rule.fields) > 1:
        yield from (replace(rule, fields=tuple(one for one in rule.fields if one != name)) for name in rule.fields)
    yield None


def relax(search: Search, nearest: Row) -> Relaxation | None:
    """The cheapest single relaxation under which a search succeeds: one that only loosens before one that drops, then by objective.

    Each is searched anew, from `nearest` too. None where no single one helps.
    """
    rules = search.rules
    tried: list[tuple[tuple[bool, float, int], Relaxation]] = []
    for place, rule in enumerate(stepping("relaxing", rules)):
        for to in looser(rule):
            milder = search.under((*rules[:place], *((to,) if to else ()), *rules[place + 1 :]))
            standing, rows = milder.run(RELAXED_STARTS, RELAXED_KICKS, [nearest])
            if not standing.broken:
                tried.append(((to is None, standing.loss, len(tried)), Relaxation(rule, to, _told(milder, rows))))
    return min(tried, key=lambda one: one[0])[1] if tried else None
