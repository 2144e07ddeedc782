"""One meaning of a rule: what it lists, what it counts for the search and what it masks are the same, with unknowns and without."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.record.errors import InvalidData, LianyinError
from matching import rules
from matching.pool import Bools, Pool
from matching.rules import (
    COUNTED,
    RULES,
    AtLeast,
    AtMost,
    Capacity,
    Cover,
    Differ,
    Exclude,
    ExcludePairs,
    Include,
    Near,
    RowRule,
    Rule,
    Size,
    Words,
    rule_from_json,
)

IDS = tuple("abcdefgh")
FIELDS = ("焊接", "检测", "测量")
CODES = {by: {"one": 0, "two": 1} for by in COUNTED}

members = st.lists(st.sampled_from([*IDS, "elsewhere"]), min_size=1, max_size=3).map(tuple)
pairs = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), min_size=1, max_size=4).map(tuple)
strict = st.booleans()
value = st.sampled_from([None, "one", "two", "nobody"])
counted = {"by": st.sampled_from(COUNTED), "n": st.integers(1, 3), "value": value, "strict": strict}
any_rule: st.SearchStrategy[Rule] = st.one_of(
    st.builds(lambda low, more, strict: Size(low, low + more, strict=strict), st.integers(1, 4), st.integers(0, 4), strict),
    st.builds(Include, members, strict=strict),
    st.builds(Exclude, members, strict=strict),
    st.builds(ExcludePairs, pairs, st.sampled_from(["", "rivals", "secret"]), strict=strict),
    st.builds(Differ, st.sampled_from(["place", *COUNTED]), strict=strict),
    st.builds(Near, st.sampled_from(["city", "district"]), strict=strict),
    st.builds(Capacity, st.integers(1, 3), strict=strict),
    st.builds(Cover, st.lists(st.sampled_from(FIELDS), min_size=1).map(tuple), strict=strict),
    st.builds(AtMost, **counted),
    st.builds(AtLeast, **counted),
)


@st.composite
def pools(draw: st.DrawFn) -> Pool:
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    count = len(IDS)
    places = random.integers(0, 2, (count, 3)).cumsum(axis=1).astype(np.int32)
    places += np.array([0, 10, 20], dtype=np.int32)
    depth = random.integers(0, 4, count)
    places[np.arange(3)[None, :] >= depth[:, None]] = -1
    fields = [frozenset(np.array(FIELDS)[random.random(len(FIELDS)) < 0.4].tolist()) for _ in range(count)]
    columns = {by: random.integers(-1, 3, count).astype(np.int32) for by in ("trade", "organisation", "level", "form", "kind")}
    codes = {**CODES, "city": {"one": 10, "two": 11}, "district": {"one": 20, "two": 21}}
    return Pool(IDS, columns, places, fields, random.integers(-1, 4, count).astype(np.int32), codes)


def pool(*rows: tuple[int, int, int], trades: tuple[int, ...] = (), fields: tuple[frozenset[str], ...] = ()) -> Pool:
    """A few rows with places and trades as told."""
    count = max(len(rows), len(trades), len(fields))
    places = np.array(rows or [(-1, -1, -1)] * count, dtype=np.int32)
    trade = np.array(trades or [-1] * count, dtype=np.int32)
    told = fields or (frozenset(),) * count
    return Pool(IDS[:count], {"trade": trade}, places, told, np.zeros(count, dtype=np.int32), {"trade": {"one": 0}, "city": {"大连": 2}})


choices = st.lists(st.integers(0, len(IDS) - 1), unique=True, max_size=6).map(tuple)


@given(pools(), any_rule, choices)
def test_costs_are_the_violations_of_every_choice_with_one_more(pool: Pool, rule: Rule, choice: tuple[int, ...]) -> None:
    costs = rule.costs(pool, choice)
    unverified = rule.amounts(pool, choice)[1]
    for row in set(range(len(IDS))) - set(choice):
        found = rule.violations(pool, (*choice, row))
        assert costs[row] == sum(one.amount for one in found if one.kind == "broken")
        open_ = [one.amount for one in rule.found(pool, (*choice, row)) if one.kind == "unverified"]
        assert unverified[row] == sum(open_)
    assert costs.dtype == np.int32


@given(pools(), st.lists(any_rule, max_size=4), st.sampled_from([None, *range(len(IDS))]))
def test_the_mask_of_a_pair_is_no_violation(pool: Pool, chosen: list[Rule], asked: int | None) -> None:
    mask = rules.mask(chosen, pool, asked)
    for row in set(range(len(IDS))) - {asked}:
        choice = (row,) if asked is None else (asked, row)
        assert mask[row] == (not [one for one in rules.violations(chosen, pool, choice) if one.kind == "broken"])


@given(pools(), any_rule, choices, st.randoms())
def test_the_order_of_a_choice_does_not_matter(pool: Pool, rule: Rule, choice: tuple[int, ...], random: object) -> None:
    turned = tuple(reversed(choice))
    assert rule.verdict(pool, turned) == rule.verdict(pool, choice)

    def told(choice: tuple[int, ...]) -> Counter[tuple[str, int, tuple[str, ...]]]:
        return Counter((one.kind, one.amount, tuple(sorted(one.ids))) for one in rule.violations(pool, choice))

    assert told(turned) == told(choice)


@given(pools(), any_rule, choices)
def test_strict_is_never_milder_and_leaves_nothing_unverified(pool: Pool, rule: Rule, choice: tuple[int, ...]) -> None:
    severe = rule_from_json({**rule.as_json(), "strict": True})
    mild = rule_from_json({**rule.as_json(), "strict": False})
    assert (severe.costs(pool, choice) >= mild.costs(pool, choice)).all()
    assert severe.verdict(pool, choice) == {"met": "met"}.get(mild.verdict(pool, choice), "broken")


@given(pools(), any_rule, choices)
def test_what_is_found_out_never_breaks_a_met_rule_nor_mends_a_broken_spread(pool: Pool, rule: Rule, choice: tuple[int, ...]) -> None:
    """Met stays met whatever the unknown cells turn out to be: unverified is the honest word for the rest."""
    if not isinstance(rule, AtMost | AtLeast | Differ) or rule.by not in pool.columns or rule.verdict(pool, choice) != "met":
        return
    for value in (0, 1, 2):
        column = np.where(pool.columns[rule.by] < 0, value, pool.columns[rule.by]).astype(np.int32)
        told = Pool(pool.ids, {**pool.columns, rule.by: column}, pool.places, pool.fields, pool.load, pool.codes)
        assert rule.verdict(told, choice) == "met"


@given(pools(), choices, st.integers(1, 3))
def test_unverified_at_most_can_really_be_broken(pool: Pool, choice: tuple[int, ...], n: int) -> None:
    rule = AtMost("trade", n)
    if rule.verdict(pool, choice) == "unverified":
        verdicts = set()
        for value in (0, 1, 2):
            column = np.where(pool.columns["trade"] < 0, value, pool.columns["trade"]).astype(np.int32)
            told = Pool(pool.ids, {**pool.columns, "trade": column}, pool.places, pool.fields, pool.load)
            verdicts.add(rule.verdict(told, choice))
        assert "broken" in verdicts


@given(any_rule)
def test_json_both_ways(rule: Rule) -> None:
    told = rule.as_json()
    assert rule_from_json(told) == rule
    assert rule_from_json(told).as_json() == told


@given(any_rule, pools(), choices)
def test_every_rule_and_violation_has_words(rule: Rule, pool: Pool, choice: tuple[int, ...]) -> None:
    for lang in ("zh", "en"):
        assert "{" not in rule.words(lang)
        assert all(one.words(lang) and "{" not in one.words(lang) for one in rule.violations(pool, choice))


def test_every_rule_is_in_the_list_and_among_the_examples() -> None:
    assert set(RULES) == set("size include exclude exclude_pairs differ at_most at_least cover capacity near".split())
    assert all(rule.__doc__ for rule in RULES.values())
    assert len({rule.title.zh for rule in RULES.values()} | {rule.title.en for rule in RULES.values()}) == 2 * len(RULES)


# ---- places, at the finest level that both tell

DALIAN, ZHONGSHAN, JINZHOU, SHENYANG, LIAONING, NOWHERE = (1, 2, -1), (1, 2, 3), (1, 2, 4), (1, 5, -1), (1, -1, -1), (-1, -1, -1)


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (DALIAN, ZHONGSHAN, "broken"),
        (ZHONGSHAN, JINZHOU, "met"),
        (DALIAN, SHENYANG, "met"),
        (ZHONGSHAN, SHENYANG, "met"),
        (DALIAN, DALIAN, "broken"),
        (LIAONING, DALIAN, "broken"),
        (NOWHERE, DALIAN, "unverified"),
        (NOWHERE, NOWHERE, "unverified"),
    ],
)
def test_places_differ_at_the_finest_level_that_both_tell(first: tuple[int, int, int], second: tuple[int, int, int], verdict: str) -> None:
    assert Differ("place").verdict(pool(first, second), (0, 1)) == verdict
    assert Differ("place", strict=True).verdict(pool(first, second), (0, 1)) == {"met": "met"}.get(verdict, "broken")


@pytest.mark.parametrize(
    ("first", "second", "city", "district"),
    [
        (DALIAN, ZHONGSHAN, "met", "unverified"),
        (ZHONGSHAN, JINZHOU, "met", "broken"),
        (DALIAN, SHENYANG, "broken", "broken"),
        (LIAONING, DALIAN, "unverified", "unverified"),
        (NOWHERE, DALIAN, "unverified", "unverified"),
        (ZHONGSHAN, ZHONGSHAN, "met", "met"),
    ],
)
def test_near_is_the_same_city_or_district(first: tuple[int, int, int], second: tuple[int, int, int], city: str, district: str) -> None:
    both = pool(first, second)
    assert Near().verdict(both, (0, 1)) == city
    assert Near("district").verdict(both, (0, 1)) == district


# ---- single meanings


def test_differ_is_pairwise_over_the_whole_choice() -> None:
    three = pool(trades=(0, 1, 0))
    assert [one.ids for one in Differ("trade").violations(three, (0, 1, 2))] == [("a", "c")]
    unknown = Differ("trade").violations(pool(trades=(0, -1, 1)), (0, 1, 2))
    assert [(one.kind, one.ids, one.amount) for one in unknown] == [("unverified", ("b",), 2)]


def test_unknown_never_satisfies() -> None:
    some = pool(trades=(0, -1, -1), fields=(frozenset({"焊接"}), frozenset(), frozenset()))
    assert AtLeast("trade", 2, "one").verdict(some, (0, 1, 2)) == "broken"
    assert AtLeast("trade", 1, "one").verdict(some, (0, 1, 2)) == "met"
    assert AtLeast("trade", 2).verdict(some, (0, 1, 2)) == "broken"
    assert Cover(("焊接", "检测")).violations(some, (0, 1, 2))[0].facts == {"field": "检测"}
    assert Include(("z",)).verdict(some, (0, 1, 2)) == "broken"


def test_unknown_never_violates() -> None:
    some = pool(trades=(0, -1, 0))
    assert Differ("trade").verdict(some, (0, 1)) == "unverified"
    assert AtMost("trade", 2).verdict(some, (0, 1, 2)) == "unverified"
    assert AtMost("trade", 3).verdict(some, (0, 1, 2)) == "met"
    assert AtMost("trade", 1, "nobody").verdict(some, (0, 1, 2)) == "met"
    assert Exclude(("z",)).verdict(some, (0, 1, 2)) == "met"
    assert AtMost("trade", 2, strict=True).verdict(some, (0, 1, 2)) == "broken"


def test_words_are_the_planners() -> None:
    names = {"大连": "大连", "a": "甲", "b": "乙"}
    for rule, words in {
        Differ("place"): "跨地区",
        Differ("trade"): "跨行业",
        Differ("organisation"): "跨单位",
        Differ("place", strict=True): "跨地区（未载视为不满足）",
        AtMost("city", 2): "每市至多2家",
        AtMost("city", 2, "大连"): "大连至多2家",
        AtLeast("form", 1, "university"): "至少1家高校",
        AtLeast("trade", 3): "至少3个不同行业",
        Cover(("焊接", "检测")): "覆盖：检测、焊接",
        Size(3, 9): "家数3–9",
        Include(("a",)): "必选：甲",
        ExcludePairs((("b", "a"),), "rivals"): "禁配：甲–乙",
        Near(): "同市",
    }.items():
        assert rule.words("zh", names) == words
    assert AtLeast("form", 1, "university").words("en") == "at least 1 university"
    two = pool(trades=(0, -1))
    assert Differ("trade").violations(two, (0, 1))[0].words("zh", names) == "“跨行业”未能核实（行业未载）：乙"
    severe = Differ("trade", strict=True).violations(two, (0, 1))[0]
    assert (severe.kind, severe.words("zh", names)) == ("broken", "“跨行业（未载视为不满足）”未能核实（行业未载）：乙")
    assert ExcludePairs((("b", "a"),), "rivals").violations(two, (0, 1))[0].words("zh", names) == "禁配（竞争关系）：甲、乙"


@pytest.mark.parametrize(
    ("given", "code", "property_id"),
    [
        ("differ", "rule_unknown", "rules[2]"),
        ({}, "rule_unknown", "rules[2]"),
        ({"rule": ["differ"]}, "rule_unknown", "rules[2]"),
        ({"rule": "differ"}, "rule_member_missing", "rules[2].by"),
        ({"rule": "differ", "by": "mood"}, "rule_value_wrong", "rules[2].by"),
        ({"rule": "differ", "by": 3}, "rule_value_wrong", "rules[2].by"),
        ({"rule": "differ", "by": "place", "how": 1}, "rule_member_unknown", "rules[2].how"),
        ({"rule": "differ", "by": "place", "strict": 1}, "rule_value_wrong", "rules[2].strict"),
        ({"rule": "size", "low": 5, "high": 3}, "rule_value_wrong", "rules[2].high"),
        ({"rule": "size", "low": True, "high": 3}, "rule_value_wrong", "rules[2].low"),
        ({"rule": "at_most", "by": "city", "n": 2**70}, "rule_value_wrong", "rules[2].n"),
        ({"rule": "at_most", "by": "place", "n": 2}, "rule_value_wrong", "rules[2].by"),
        ({"rule": "exclude", "ids": []}, "rule_value_wrong", "rules[2].ids"),
        ({"rule": "exclude", "ids": ["\ud800"]}, "text_refused", "rules[2].ids"),
        ({"rule": "exclude_pairs", "pairs": [["a"]]}, "rule_value_wrong", "rules[2].pairs"),
        ({"rule": "exclude_pairs", "pairs": [["a", 2]]}, "rule_value_wrong", "rules[2].pairs"),
        ({"rule": "cover", "fields": "焊接"}, "rule_value_wrong", "rules[2].fields"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(given: object, code: str, property_id: str) -> None:
    with pytest.raises(LianyinError) as refused:
        rule_from_json(given, "rules[2]")
    assert (refused.value.code, refused.value.place["property"]) == (code, property_id)
    assert isinstance(refused.value, InvalidData)
    assert str(refused.value)


def test_a_new_rule_is_one_dataclass() -> None:
    @dataclass(frozen=True)
    class FirstLetter(RowRule):
        """Only members whose id starts so."""

        letter: str
        title = Words("首字母{letter}", "first letter {letter}")

        def refused(self, pool: Pool) -> tuple[Bools, Bools]:
            return np.array([not id.startswith(self.letter) for id in pool.ids]), np.zeros(len(pool.ids), dtype=np.bool_)

    try:
        rule = rule_from_json({"rule": "first_letter", "letter": "a"})
        assert rule.words() == "首字母a"
        assert rule.mask(pool(trades=(0, 0))).tolist() == [True, False]
        assert rule_from_json(rule.as_json()) == rule
    finally:
        del RULES["first_letter"]
