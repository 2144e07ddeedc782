"""The search against all subsets of small pools; its words against what can be recomputed; one instance, one answer."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.record.errors import LianyinError
from matching.formation import Choice, Formed, Search, form, looser
from matching.instance import MOST_CANDIDATES, READERS, Instance, Weights, instance_from_json
from matching.pool import Pool
from matching.rules import RULES, AtLeast, AtMost, Capacity, Cover, Differ, Exclude, ExcludePairs, Include, Near, Rule, Size, violations

FIELDS = ("检测", "测量", "焊接")
ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/reference/formation.md").read_text("utf-8")


def planted(seed: int, count: int = 9, rules: tuple[Rule, ...] = (), size: tuple[int, int] = (3, 5), **more: Any) -> Instance:
    """Random candidates with unknown cells and distinct scores."""
    random = np.random.default_rng(seed)
    places = np.stack([np.zeros(count), random.integers(10, 13, count), random.integers(20, 29, count)], axis=1).astype(np.int32)
    places[random.random(count) < 0.4, 2] = -1
    places[random.random(count) < 0.15] = -1
    columns = {by: random.integers(-1, 5, count).astype(np.int32) for by in ("trade", "organisation", "form")}
    fields = [frozenset(name for name in FIELDS if random.random() < 0.35) for _ in range(count)]
    pair = np.triu(random.random((count, count)), 1).round(6).astype(np.float32)
    ids = [f"t{number}" for number in range(count)]
    pool = Pool(ids, columns, places, fields, random.integers(-1, 4, count).astype(np.int32), {"form": {"company": 0, "university": 1}})
    return Instance(pool, random.random(count).round(6).astype(np.float32), pair + pair.T, rules, size, FIELDS[:2], seed=seed, **more)


USUAL = (Differ("organisation"), AtMost("city", 2), Cover(("焊接",)), Capacity(3))
HARD = (Differ("organisation"), Differ("trade"), AtLeast("form", 1, "university"), AtMost("city", 1), Cover(("焊接", "测量")))
POOL_OF_RULES = (
    *USUAL,
    *HARD,
    Near(),
    ExcludePairs((("t0", "t1"), ("t2", "t5")), "rivals"),
    AtLeast("city", 2),
    Size(4, 4),
    Exclude(("t3",)),
)
some_rules = st.lists(st.sampled_from(POOL_OF_RULES), max_size=5, unique=True).map(tuple)


def lawful(instance: Instance) -> list[tuple[int, ...]]:
    """Every choice of the size range that breaks nothing, by trying all."""
    count, rules = len(instance.pool.ids), instance.all_rules
    tried = (choice for size in range(instance.size[0], instance.size[1] + 1) for choice in combinations(range(count), size))
    return [one for one in tried if not any(found.kind == "broken" for found in violations(rules, instance.pool, one))]


def worth(instance: Instance, choice: tuple[int, ...]) -> float:
    """The objective as the reference describes it, in plain Python."""
    pairs = [float(instance.pair[a, b]) for a, b in combinations(choice, 2)]
    covered = set(instance.wanted) & set().union(*(instance.pool.fields[row] for row in choice))
    topic, pair, cover = instance.weights
    mean = sum(float(instance.value[row]) for row in choice) / len(choice)
    return topic * mean + pair * sum(pairs) / max(len(pairs), 1) + cover * len(covered) / max(len(instance.wanted), 1)


def rows(instance: Instance, choice: Choice) -> tuple[int, ...]:
    return tuple(sorted(instance.pool.rows[id] for id in choice.ids))


def broken(instance: Instance, choice: Choice) -> list[str]:
    return [one.rule.code for one in violations(instance.all_rules, instance.pool, rows(instance, choice)) if one.kind == "broken"]


# ---- against all subsets


def test_the_search_reaches_the_best_of_all_subsets_and_never_calls_a_broken_choice_lawful() -> None:
    reached = possible = 0
    for seed in range(20):
        instance = planted(seed, rules=HARD if seed % 3 else USUAL)
        oracle, found = lawful(instance), form(instance)
        assert all(broken(instance, choice) == [] for choice in found.choices)
        if not oracle:
            assert found.status == "none_found"
            assert found.nearest is not None
            assert broken(instance, found.nearest)
            continue
        possible += 1
        best = max(worth(instance, one) for one in oracle)
        assert all(choice.total <= best + 1e-5 for choice in found.choices)
        reached += bool(found.choices) and found.choices[0].total >= best - 1e-5
    assert possible >= 12
    assert reached >= 0.95 * possible


def test_alternatives_differ_in_two_members_and_are_the_best_that_do() -> None:
    right = asked = 0
    for seed in range(12):
        instance = planted(seed, rules=USUAL)
        found = form(instance).choices
        if not found:
            continue
        totals = [choice.total for choice in found]
        assert totals == sorted(totals, reverse=True)
        for one, other in combinations([set(choice.ids) for choice in found], 2):
            assert max(len(one - other), len(other - one)) >= 2
        first = set(rows(instance, found[0]))
        apart = [one for one in lawful(instance) if max(len(first - set(one)), len(set(one) - first)) >= 2]
        if apart:
            asked += 1
            right += len(found) > 1 and abs(found[1].total - max(worth(instance, one) for one in apart)) < 1e-5
    assert asked >= 6
    assert right >= 0.9 * asked


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), some_rules, st.sampled_from(POOL_OF_RULES))
def test_a_harder_question_never_raises_the_optimum(seed: int, rules: tuple[Rule, ...], harder: Rule) -> None:
    mild = planted(seed, 7, rules, (3, 4))
    severe = replace(mild, rules=(*rules, harder))
    assert set(lawful(severe)) <= set(lawful(mild))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), some_rules, st.lists(st.integers(0, 8), unique=True, max_size=5))
def test_all_candidates_at_once_are_weighed_as_one_by_one(seed: int, rules: tuple[Rule, ...], base: list[int]) -> None:
    instance = planted(seed, rules=rules)
    search = Search(instance, instance.all_rules)
    costs, totals = search.costs(tuple(base)), search.totals(tuple(base))
    for row in set(range(9)) - set(base):
        standing = search.standing((*base, row))
        found = violations(instance.all_rules, instance.pool, (*base, row))
        assert costs[row] == standing.broken == sum(one.amount for one in found if one.kind == "broken")
        assert totals[row] == -standing.loss
        assert totals[row] == pytest.approx(worth(instance, (*base, row)), abs=1e-6)


# ---- what is said can be recomputed


def every_choice(found: Formed) -> list[Choice]:
    return [*found.choices, *([found.nearest] if found.nearest else []), *([found.relaxation.choice] if found.relaxation else [])]


@pytest.mark.parametrize("seed", range(6))
def test_parts_sum_to_the_total_and_every_verdict_is_recomputable(seed: int) -> None:
    instance = planted(seed, rules=HARD)
    found = form(instance)
    for choice in [*found.choices, *([found.nearest] if found.nearest else [])]:
        assert choice.total == round(sum(part.amount for part in choice.parts), 6)
        assert choice.total == pytest.approx(worth(instance, rows(instance, choice)), abs=2e-6)
        assert 0 <= choice.total <= 1
        for part in choice.parts:
            assert part.amount == pytest.approx(part.weight * part.value, abs=2e-6)
        assert [one.rule for one in choice.rules] == list(instance.all_rules)
        by_id = sorted(rows(instance, choice), key=lambda row: instance.pool.ids[row])
        for one in choice.rules:
            assert list(one.violations) == one.rule.violations(instance.pool, by_id)
            assert one.verdict == one.rule.verdict(instance.pool, by_id)


@pytest.mark.parametrize("seed", range(6))
def test_a_swap_is_the_best_stand_in_and_changes_the_total_so(seed: int) -> None:
    instance = planted(seed, rules=USUAL, locked=("t4",))
    for choice in form(instance).choices:
        here = set(rows(instance, choice))
        for member in choice.members:
            if member.id == "t4":
                assert member.swap is None
                continue
            rest = here - {instance.pool.rows[member.id]}
            others = [tuple(sorted(rest | {row})) for row in set(range(9)) - here]
            allowed = [one for one in others if one in lawful(instance)]
            assert (member.swap is None) == (not allowed)
            if member.swap:
                stand_in = tuple(sorted(rest | {instance.pool.rows[member.swap.id]}))
                assert stand_in in allowed
                best = max(worth(instance, one) for one in allowed)
                assert worth(instance, stand_in) == pytest.approx(best, abs=1e-6)
                assert member.swap.change == pytest.approx(best - worth(instance, tuple(sorted(here))), abs=2e-6)


def test_one_leads_and_covers_are_told() -> None:
    instance = planted(3, rules=(Cover(("焊接",)),))
    for choice in form(instance).choices:
        assert [member.role for member in choice.members] == ["lead"] + ["member"] * (len(choice.members) - 1)
        held = list(rows(instance, choice))
        worths = {row: instance.value[row] + sum(instance.pair[row, other] for other in held) / (len(held) - 1) for row in held}
        assert instance.pool.rows[choice.members[0].id] == max(held, key=worths.__getitem__)
        for member in choice.members:
            assert set(member.covers) == instance.pool.fields[instance.pool.rows[member.id]] & {"焊接", *instance.wanted}
    led = form(replace(instance, lead="t6"))
    assert all(choice.members[0].id == "t6" and choice.members[0].swap is None for choice in led.choices)


def test_unknown_is_unverified_and_strict_leaves_it_out() -> None:
    instance = planted(1, rules=(Differ("trade"),))
    unknown = instance.pool.columns["trade"] < 0
    lifted = replace(instance, value=np.where(unknown, 1, instance.value).astype(np.float32))
    assert unknown.any()
    choice = form(lifted).choices[0]
    assert {one.rule.code: one.verdict for one in choice.rules}["differ"] == "unverified"
    severe = form(replace(lifted, rules=(Differ("trade", strict=True),)))
    assert all(not unknown[list(rows(instance, choice))].any() for choice in severe.choices)


# ---- locks, bans, and the way out


@pytest.mark.parametrize("seed", range(5))
def test_locks_and_bans_hold_also_where_nothing_is_found(seed: int) -> None:
    instance = planted(seed, rules=HARD, locked=("t1", "t2"), banned=("t3", "t5"))
    found = form(instance)
    for choice in [*found.choices, *([found.nearest] if found.nearest else [])]:
        assert {"t1", "t2"} <= set(choice.ids)
        assert not {"t3", "t5"} & set(choice.ids)
    if found.relaxation:
        assert not {"t3", "t5"} & set(found.relaxation.choice.ids)


def test_a_second_run_marks_who_is_new_and_who_left() -> None:
    first = form(planted(9, rules=USUAL)).choices[0]
    gone = first.members[0].id
    again = form(planted(9, rules=USUAL, banned=(gone,)), previous=first.ids).choices
    assert again
    assert all(gone in choice.left for choice in again)
    for choice in again:
        assert set(choice.entered) == set(choice.ids) - set(first.ids)
        assert set(choice.left) == set(first.ids) - set(choice.ids)


CLASH = (AtLeast("form", 2, "university"), AtMost("form", 1, "university"))


def test_the_relaxation_offered_really_succeeds_and_is_the_cheapest() -> None:
    offered = 0
    for seed in range(6):
        instance = planted(seed, 8, rules=(*HARD[:1], *USUAL[1:], *CLASH))
        found = form(instance)
        assert found.status == "none_found"
        assert found.choices == ()
        assert lawful(instance) == []
        options = relaxed(instance)
        assert (found.relaxation is None) == (not options)
        if found.relaxation:
            offered += 1
            one = found.relaxation
            assert one.rule in instance.all_rules
            key = (one.to is None, -one.choice.total)
            assert key <= (min(options)[0], min(options)[1] + 1e-5)
            mended = tuple(one.to if rule == one.rule else rule for rule in instance.all_rules)
            rules = [rule for rule in mended if rule is not None]
            assert all(v.kind != "broken" for v in violations(rules, instance.pool, rows(instance, one.choice)))
            assert one.words("zh").startswith(("把“", "去掉“"))
    assert offered >= 2


def relaxed(instance: Instance) -> list[tuple[bool, float]]:
    """Every single relaxation that helps, by trying all subsets: (dropped, minus the best objective)."""
    found = []
    for place, rule in enumerate(instance.all_rules):
        for to in looser(rule):
            rules = (*instance.all_rules[:place], *((to,) if to else ()), *instance.all_rules[place + 1 :])
            tried = [one for size in range(1, 7) for one in combinations(range(len(instance.pool.ids)), size)]
            held = [one for one in tried if not any(v.kind == "broken" for v in violations(rules, instance.pool, one))]
            if held:
                found.append((to is None, -max(worth(instance, one) for one in held)))
    return found


def test_what_people_refused_is_never_offered() -> None:
    for rule in (Exclude(("t1",)), ExcludePairs((("t1", "t2"),), "secret")):
        assert list(looser(rule)) == []
    assert list(looser(Size(3, 9))) == [Size(2, 9)]
    assert list(looser(AtMost("city", 2, strict=True))) == [AtMost("city", 2), AtMost("city", 3, strict=True), None]
    assert list(looser(Include(("a", "b")))) == [Include(("b",)), Include(("a",)), None]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_candidates_than_members_is_said_not_raised(count: int) -> None:
    found = form(planted(1, count))
    assert found.status == "none_found"
    assert found.words() == "没有找到"
    assert found.nearest is not None
    assert len(found.nearest.members) == count
    assert "size" in [one.rule.code for one in found.nearest.rules if one.verdict == "broken"]


def test_a_lock_that_is_not_in_the_pool_is_told_by_name() -> None:
    found = form(planted(1, rules=USUAL[:1], locked=("elsewhere",)))
    assert found.nearest is not None
    assert [one.violations[0].words() for one in found.nearest.rules if one.verdict == "broken"] == ["缺必选的：elsewhere"]
    assert found.relaxation is not None
    assert found.relaxation.words() == "去掉“必选：elsewhere”"


# ---- one instance, one answer


def shuffled(instance: Instance, seed: int) -> Instance:
    order = np.random.default_rng(seed).permutation(len(instance.pool.ids))
    pool = instance.pool
    columns = {by: column[order] for by, column in pool.columns.items()}
    ids, fields = [pool.ids[row] for row in order], [pool.fields[row] for row in order]
    moved = Pool(ids, columns, pool.places[order], fields, pool.load[order], pool.codes)
    return replace(instance, pool=moved, value=instance.value[order], pair=instance.pair[np.ix_(order, order)])


@pytest.mark.parametrize("seed", range(4))
def test_shuffled_rows_give_the_same_answer_ties_too(seed: int) -> None:
    instance = planted(seed, 12, HARD if seed % 2 else USUAL)
    if seed > 1:  # everything ties
        flat = np.full((12, 12), 0.5, dtype=np.float32)
        instance = replace(instance, value=np.full(12, 0.5, dtype=np.float32), pair=flat, rules=())
    told = form(instance).as_json()
    for turn in range(3):
        assert form(shuffled(instance, turn)).as_json() == told


def test_ties_fall_by_the_seed_not_by_name_or_order() -> None:
    flat = replace(
        planted(0, 12, size=(3, 3)), value=np.full(12, 0.5, dtype=np.float32), pair=np.zeros((12, 12), dtype=np.float32), wanted=()
    )
    assert len({form(replace(flat, seed=seed)).choices[0].ids for seed in range(6)}) > 1


def test_another_hash_seed_and_process_give_the_same_bytes(tmp_path: Path) -> None:
    instance = planted(5, 12, HARD)
    (tmp_path / "instance.json").write_bytes(instance.canonical())
    script = (
        "import json, sys; from matching.formation import form; from matching.instance import instance_from_json as read;"
        "print(json.dumps(form(read(json.load(open(sys.argv[1], encoding='utf-8')))).as_json()))"
    )
    run = [sys.executable, "-c", script, str(tmp_path / "instance.json")]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "77"}
    told = subprocess.run(run, env=env, capture_output=True, text=True, check=True).stdout
    assert json.loads(told) == json.loads(json.dumps(form(instance).as_json()))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), some_rules, st.integers(0, 9), st.sampled_from([None, "t2"]))
def test_json_both_ways(seed: int, rules: tuple[Rule, ...], count: int, lead: str | None) -> None:
    instance = planted(seed, count, rules, locked=("t1",), banned=("t4", "t3"), lead=lead, version=7, recipe="9f")
    told = instance.canonical()
    again = instance_from_json(json.loads(told))
    assert again.canonical() == told
    assert (again.micro_pair == instance.micro_pair).all()
    assert (again.micro_value == instance.micro_value).all()
    assert again.all_rules == instance.all_rules
    assert again.as_json() == instance.as_json()


def test_six_decimals_survive_float32() -> None:
    micro = np.arange(0, 1_000_001, 7)
    one = replace(planted(0, 2), value=np.array([0, 0], dtype=np.float32))
    for start in range(0, len(micro), 2000):
        part = micro[start : start + 2000]
        scores = (part / 1e6).astype(np.float32)
        assert (np.rint(scores.astype(np.float64) * 1e6).astype(np.int64) == part).all()
        assert (np.rint(scores * np.float32(1e6)).astype(np.int64) == part).all()
    assert one.micro_value.tolist() == [0, 0]


RULE_ROWS = PAGE.split("## The rules")[1].splitlines()
EXAMPLE = json.loads(next(iter(re.findall(r"```json\n(.*?)```", PAGE, re.S))))


def test_the_example_of_the_reference_is_read_and_answered() -> None:
    instance = instance_from_json(EXAMPLE)
    assert instance.as_json().keys() == EXAMPLE.keys() == READERS.keys()
    found = form(instance)
    assert found.status == "better"
    assert found.words("zh") == "较好方案（未证明最优）"
    assert "甲" in found.choices[0].ids
    assert json.loads(json.dumps(found.as_json()))["version"] == 128


def test_every_member_and_rule_is_in_the_reference() -> None:
    for name in (*READERS, *RULES, *form(instance_from_json(EXAMPLE)).as_json()):
        assert f"`{name}`" in PAGE, name
    for rule in RULES.values():
        row = next(line for line in RULE_ROWS if line.startswith(f"| `{rule.code}` |"))
        assert [name for name in rule.__match_args__ if f"`{name}`" not in row] == []


@pytest.mark.parametrize(
    ("member", "value", "property_id"),
    [
        ("ids", ["甲", "甲", "乙", "丙", "丁"], "ids"),
        ("ids", "甲", "ids"),
        ("ids", None, "ids"),
        ("value", [0.5], "columns"),
        ("value", [0.5, 0.5, 0.5, 0.5, float("nan")], "value"),
        ("value", [0.5, 0.5, 0.5, 0.5, 1.5], "value"),
        ("value", [0.5, 0.5, 0.5, 0.5, True], "value"),
        ("value", [0.5, 0.5, 0.5, 0.5, 10**400], "value"),
        ("value", [0.5, 0.5, 0.5, 0.5, 1e300], "value"),
        ("value", None, "value"),
        ("pair", [[0, 0, 0.5]], "pair"),
        ("pair", [[1, 0, 0.5]], "pair"),
        ("pair", [[0, 5, 0.5]], "pair"),
        ("pair", [[0, 1, 2]], "pair"),
        ("pair", [[0, 1, -1e300]], "pair"),
        ("pair", [[0, 1, "0.5"]], "pair"),
        ("pair", [[0, 1]], "pair"),
        ("load", [0, 0, 0, 0, 2**40], "load"),
        ("load", [0, 0, 0, 0, 1.0], "load"),
        ("columns", {"trade": [1]}, "columns"),
        ("columns", [1], "columns"),
        ("codes", {"form": 3}, "codes"),
        ("places", [[0.5, 1, 1]] * 5, "places"),
        ("fields", ["焊接"] * 5, "fields"),
        ("size", [3], "size"),
        ("size", [5, 3], "size"),
        ("size", [3, 10], "size"),
        ("weights", {"topic": 1}, "weights"),
        ("weights", {"topic": 0.9, "pair": 0.9, "cover": 0.2}, "weights"),
        ("weights", [0.5, 0.3, 0.2], "weights"),
        ("seed", -1, "seed"),
        ("seed", 2**70, "seed"),
        ("lead", 3, "lead"),
        ("recipe", "\ud800", "recipe"),
        ("locked", [None], "locked"),
        ("rules", [{"rule": "differ", "by": "mood"}], "rules[0].by"),
        ("rules", {"rule": "differ"}, "rules"),
        ("mood", 1, "mood"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_member(member: str, value: Any, property_id: str) -> None:
    with pytest.raises(LianyinError) as refused:
        instance_from_json({**EXAMPLE, member: value})
    assert refused.value.place["property"] == property_id
    assert refused.value.status == 422
    assert str(refused.value)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.sampled_from(["\ud800", "甲", "\x00", 2**70]),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=2) | st.sampled_from(["trade", "rule", "form"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(READERS)), anything)
def test_any_json_is_read_or_refused_in_order(member: str, value: Any) -> None:
    refused = None
    try:
        instance_from_json({**EXAMPLE, member: value}).canonical()
    except LianyinError as error:
        refused = error
    assert refused is None or (refused.status in (413, 422) and refused.place["property"])


def test_more_candidates_than_promised_are_refused() -> None:
    count = MOST_CANDIDATES + 1
    with pytest.raises(LianyinError) as refused:
        instance_from_json({"ids": [str(number) for number in range(count)], "value": [0.5] * count})
    assert refused.value.code == "pool_too_large"
    assert refused.value.status == 413


def test_a_matrix_must_be_symmetric() -> None:
    one = planted(1)
    pair = one.pair.copy()
    pair[0, 1] += np.float32(0.125) if pair[0, 1] < 0.5 else np.float32(-0.125)
    with pytest.raises(LianyinError, match="pair"):
        replace(one, pair=pair)


def test_weights_choose_what_counts() -> None:
    instance = planted(4, rules=())
    by_value = form(replace(instance, weights=Weights(1, 0, 0), size=(3, 3))).choices[0]
    order = np.argsort(-instance.value)
    assert set(rows(instance, by_value)) == set(order[:3].tolist())
    assert all(before >= after for before, after in pairwise(sorted(instance.value[order[:4]].tolist(), reverse=True)))
