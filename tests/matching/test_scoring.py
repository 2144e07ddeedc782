"""The sum is the score, to the last digit shown; a rank is a place in a list sorted by hand."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.features import FEATURES
from matching.scoring import Ranking, combined, diverse, weights
from tests.matching.towns import Town

ALIKE = {one.code for one in FEATURES if one.alike}
KINDS = ("workshop", "person", "organisation", "need")
Data = dict[str, Any]


@pytest.fixture(scope="module", params=["demo", "city"])
def answers(request: pytest.FixtureRequest) -> list[Data]:
    town: Town = request.getfixturevalue(request.param)
    ids = [id for kind in KINDS for id in town.ids(kind)[::7]]
    return [town.ask(id, kinds=KINDS, k=20) for id in ids] + [town.ask(text="齿轮热处理后变形，求检测", kinds=KINDS, k=20)]


def items(answers: list[Data]) -> Iterator[Data]:
    found = [item for answer in answers for item in answer["items"]]
    assert len(found) > 300
    return iter(found)


def exact(number: float) -> Decimal:
    return Decimal(repr(number))


def test_parts_add_up_to_sides_and_sides_to_the_score(answers: list[Data]) -> None:
    for item in items(answers):
        sides = [exact(item[side]["score"]) for side in ("give", "get") if item[side]]
        for side in ("give", "get"):
            if item[side]:
                assert sum(exact(part["part"]) for part in item[side]["parts"]) == exact(item[side]["score"])
        share = exact(item["combine"]["share_of_weaker"])
        whole = share * min(sides) + (1 - share) * max(sides) if len(sides) == 2 else sides[0]
        assert abs(whole - exact(item["score"])) <= Decimal("0.0000005"), item


def test_a_part_is_value_times_weight(answers: list[Data]) -> None:
    for item in items(answers):
        for side in filter(None, (item["give"], item["get"])):
            for part in side["parts"]:
                assert part["part"] == pytest.approx(part["value"] * part["weight"], abs=1e-6)
                assert part["weight"] == weights().criteria[part["code"]]


def test_the_weaker_side_is_the_weaker_side(answers: list[Data]) -> None:
    for item in items(answers):
        if item["give"]:
            weaker = item["combine"]["weaker"]
            assert item[weaker]["score"] == min(item["give"]["score"], item["get"]["score"])


def test_everything_lies_between_zero_and_one(answers: list[Data]) -> None:
    for item in items(answers):
        assert 0 < item["score"] <= 1
        for side in filter(None, (item["give"], item["get"])):
            assert 0 <= side["score"] <= 1
            assert all(0 <= part["value"] <= 1 for part in side["parts"])


def test_what_holds_for_both_alike_has_one_value_on_both_sides(answers: list[Data]) -> None:
    for item in items(answers):
        if item["give"]:
            give, get = ({part["code"]: part for part in item[side]["parts"] if part["code"] in ALIKE} for side in ("give", "get"))
            assert give == get


def test_weights_sum_to_one() -> None:
    assert sum(Decimal(repr(weight)) for weight in weights().criteria.values()) == 1
    assert 0.5 <= weights().share_of_weaker <= 1


def test_no_value_of_any_pair_leaves_zero_to_one(city: Town, demo: Town) -> None:
    from matching.features import Meeting
    from matching.scoring import scored
    from matching.suggestion import asked_of

    for town in (city, demo):
        block = town.matcher.index.of_kinds(KINDS)
        for row in range(0, town.matcher.index.profiles.size, 29):
            found = scored(Meeting(town.matcher.index, (asked_of(town.matcher.index, row),), block))
            for told in found.values.values():
                assert np.isfinite(told).all()
                assert told.min() >= 0
                assert told.max() <= 1
            assert found.total.min() >= 0
            assert found.total.max() <= 1_000_000


# ---- ranks


totals = st.lists(st.integers(0, 5), min_size=1, max_size=30)


@given(totals, st.integers(0, 9))
def test_a_rank_is_the_place_in_the_sorted_list(total: list[int], seed: int) -> None:
    ids = [f"id{at}" for at in range(len(total))]
    ranking = Ranking(np.array(total, dtype=np.int64), ids, str(seed))
    by_hand = sorted((at for at in range(len(total)) if total[at] > 0), key=lambda at: (-total[at], ranking.tie(at)))
    assert ranking.best(len(total)) == by_hand
    assert [ranking.rank(at) for at in by_hand] == list(range(1, len(by_hand) + 1))


@given(totals, st.data())
def test_a_rank_with_another_score_is_the_place_in_the_list_with_that_score(total: list[int], data: st.DataObject) -> None:
    ids = [f"id{at}" for at in range(len(total))]
    at, score = data.draw(st.integers(0, len(total) - 1)), data.draw(st.integers(1, 6))
    changed = np.array(total, dtype=np.int64)
    ranking = Ranking(changed.copy(), ids, "seed")
    changed[at] = score
    assert ranking.rank(at, score) == Ranking(changed, ids, "seed").rank(at)


@given(totals, st.integers(0, 9))
def test_ties_fall_by_the_seed_and_never_by_the_order_in_which_they_came(total: list[int], seed: int) -> None:
    ids = [f"id{at}" for at in range(len(total))]
    forth = Ranking(np.array(total, dtype=np.int64), ids, str(seed))
    back = Ranking(np.array(total[::-1], dtype=np.int64), ids[::-1], str(seed))
    assert [ids[at] for at in forth.best(30)] == [ids[::-1][at] for at in back.best(30)]


@given(totals, st.integers(1, 12))
def test_a_diverse_choice_keeps_the_best_first_and_takes_nobody_twice(total: list[int], k: int) -> None:
    ranking = Ranking(np.array(total, dtype=np.int64), [str(at) for at in range(len(total))], "seed")
    random = np.random.default_rng(len(total))
    chosen = diverse(ranking, random.standard_normal((len(total), 4)).astype(np.float32), np.array([at % 3 for at in range(len(total))]), k)
    assert len(chosen) == len(set(chosen)) == min(k, sum(one > 0 for one in total))
    assert chosen[:1] == ranking.best(1)


def test_equal_look_alikes_of_one_unit_step_back() -> None:
    ranking = Ranking(np.array([100, 99, 98], dtype=np.int64), ["a", "b", "c"], "seed")
    assert diverse(ranking, np.eye(3, dtype=np.float32), np.array([7, 7, 8], dtype=np.int32), 3) == [0, 2, 1]


def test_one_side_is_the_score_of_a_question_that_only_asks() -> None:
    assert combined({"get": 7}) == 7
    share = weights().share_of_weaker
    assert combined({"get": 100, "give": 200}) == round(share * 100 + (1 - share) * 200)
