"""Each kind of glue planted in a tiny graph: found, said in the right words with the right facts, and gone with its condition."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from graph.record.memory_store import MemoryStore
from graph.record.model import Statement
from matching.embedding import GramEmbedder
from matching.features import FEATURES, Meeting
from matching.retrieval import is_skill
from matching.scoring import scored
from matching.suggestion import MOST, asked_of
from tests.matching.towns import Town, ready
from tests.said import named, say, thing

Data = dict[str, Any]
A, B, C = (thing(key) for key in "abc")


def tell(key: str, property_id: str, value: str, kind: str = "workshop") -> Statement:
    return Statement(thing(key, kind), property_id, value, "table:toy")


def toy(embedder: GramEmbedder, *told: Statement | Sequence[Statement]) -> Town:
    """Two workshops that tell nothing of themselves, and what is told besides."""
    store = MemoryStore()
    say(store, *named("a", "甲工作室"), *named("b", "乙工作室"))
    say(store, *(one for some in told for one in ([some] if isinstance(some, Statement) else some)))
    return ready(store, embedder)


def values(town: Town, code: str, asked: str = A, other: str = B) -> tuple[float, float]:
    """(give, get) of a criterion."""
    index = town.matcher.index
    found = scored(Meeting(index, (asked_of(index, index.profiles.row(asked)),), index.block(np.array([index.profiles.row(other)]))))
    place = [one.code for one in FEATURES].index(code)
    return float(found.values["give"][0, place]), float(found.values["get"][0, place])


def reason(town: Town, code: str, lang: str = "zh", direction: str = "", asked: str = A, other: str = B, **more: Any) -> Data:
    """The reason of that code that is given for the other one."""
    item = next(item for item in town.ask(asked, lang=lang, rules=(), k=MOST, **more)["items"] if item["id"] == other)
    return next(one for one in item["reasons"] if one["code"] == code and direction in ("", one["direction"]))


def ids(*statements: Statement) -> set[str]:
    return {one.id for one in statements}


# ---- need


def test_a_need_is_answered_by_who_did_it(glossary: GramEmbedder) -> None:
    asks, does = tell("a", "seeks", "焊缝气孔总是超标"), tell("b", "offers", "焊缝气孔超标治理")
    town = toy(glossary, asks, does)
    give, get = values(town, "need")
    assert get > 0.3
    assert give == 0
    told = reason(town, "need")
    assert told["text"] == "甲工作室提出“焊缝气孔总是超标”；乙工作室有“焊缝气孔超标治理”。"
    assert reason(town, "need", "en")["text"] == "甲工作室 asks for “焊缝气孔总是超标”; 乙工作室 has “焊缝气孔超标治理”."
    assert told["direction"] == "get"
    assert set(told["evidence"]) == ids(asks, does)
    mirrored = reason(town, "need", asked=B, other=A)
    assert mirrored["text"] == told["text"]
    assert mirrored["direction"] == "give"
    assert values(toy(glossary, asks, tell("b", "offers", "幼儿绘本讲读")), "need") == (0, 0)


def test_the_line_that_answers_best_is_the_one_quoted(glossary: GramEmbedder) -> None:
    town = toy(
        glossary, tell("a", "seeks", "幼儿绘本怎么选"), tell("a", "seeks", "焊缝气孔总是超标"),
        tell("b", "offers", "钢丝绳换绳"), tell("b", "offers", "焊缝气孔超标治理"),
    )  # fmt: skip
    assert reason(town, "need")["text"] == "甲工作室提出“焊缝气孔总是超标”；乙工作室有“焊缝气孔超标治理”。"


def test_who_works_in_the_trade_of_a_need_that_only_asks_counts(glossary: GramEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matching.features.TRADE_ANSWER", 1.0)  # in so small a world the vectors of one trade already answer more
    need, does = named("n", "电梯困人", "need"), tell("b", "does", "曳引机、轿厢与限速器")
    town = toy(glossary, *need, does)
    told = reason(town, "need", asked=thing("n", "need"))
    assert told["text"] == "电梯困人属电梯；乙工作室从事电梯。"
    assert (
        reason(town, "need", "en", asked=thing("n", "need"))["text"] == "电梯困人 is about Elevators and escalators; 乙工作室 works in it."
    )
    assert told["guessed"]
    assert set(told["evidence"]) == ids(need[1], does)


# ---- swap, common


def test_a_swap_needs_both_answers(glossary: GramEmbedder) -> None:
    told = (
        tell("a", "seeks", "焊缝气孔治理"), tell("b", "offers", "焊缝气孔治理办法"),
        tell("b", "seeks", "钢丝绳更换"), tell("a", "offers", "钢丝绳更换工具"),
    )  # fmt: skip
    town = toy(glossary, *told)
    give, get = values(town, "swap")
    assert give == get == pytest.approx(min(values(town, "need")))
    assert give > 0.2
    found = reason(town, "swap")
    assert found["text"] == (
        "甲工作室可提供“钢丝绳更换工具”，乙工作室可提供“焊缝气孔治理办法”；甲工作室需“焊缝气孔治理”，乙工作室需“钢丝绳更换”。"
    )
    assert reason(town, "swap", "en")["text"] == (
        "甲工作室 can offer “钢丝绳更换工具”, 乙工作室 “焊缝气孔治理办法”; 甲工作室 needs “焊缝气孔治理”, 乙工作室 “钢丝绳更换”."
    )
    assert found["direction"] == "both"
    assert set(found["evidence"]) == ids(*told)
    for gone in range(4):
        assert values(toy(glossary, *told[:gone], *told[gone + 1 :]), "swap") == (0, 0)


def test_a_common_problem_is_asked_by_both(glossary: GramEmbedder) -> None:
    mine, theirs = tell("a", "seeks", "淬火开裂怎么防"), tell("b", "seeks", "怎么防淬火开裂")
    town = toy(glossary, mine, theirs)
    assert min(values(town, "common")) > 0.5
    found = reason(town, "common")
    assert found["text"] == "两家都提出过相近的问题：“淬火开裂怎么防”和“怎么防淬火开裂”。"
    assert reason(town, "common", "en")["text"] == "Both raised a similar problem: “淬火开裂怎么防” and “怎么防淬火开裂”."
    assert set(found["evidence"]) == ids(mine, theirs)
    assert values(toy(glossary, mine, tell("b", "offers", "怎么防淬火开裂")), "common") == (0, 0)


# ---- chain


def test_a_chain_goes_from_who_makes_to_who_uses(glossary: GramEmbedder) -> None:
    makes, uses = tell("a", "does", "曳引机与轿厢"), tell("b", "does", "航站楼与廊桥、机坪")
    town = toy(glossary, makes, uses)
    give, get = values(town, "chain")
    assert give > 0.3
    assert get == 0
    found = reason(town, "chain")
    assert found["text"] == "甲工作室从事电梯，乙工作室从事机场与航空运输；电梯一般供机场与航空运输用。〔行业知识〕"
    assert reason(town, "chain", "en")["text"] == (
        "甲工作室 works in Elevators and escalators, 乙工作室 in Airports and air transport; "
        "Airports and air transport commonly uses 电梯. [trade knowledge]"
    )
    assert found["guessed"]
    assert found["direction"] == "give"
    assert set(found["evidence"]) == ids(makes, uses)
    assert reason(town, "chain", asked=B, other=A)["text"] == found["text"]
    assert values(toy(glossary, makes, tell("b", "does", "曳引机与轿厢")), "chain") == (0, 0)


# ---- same method, research and making, scarce skill


def method(first: str, second: str) -> tuple[Statement, ...]:
    return (
        tell("a", "skill", "机器视觉"), tell("b", "skill", "机器视觉找缺陷"),
        *((tell("a", "trade", first),) if first else ()), *((tell("b", "trade", second),) if second else ()),
    )  # fmt: skip


def test_one_method_in_two_trades(glossary: GramEmbedder) -> None:
    told = method("C33", "Q84")
    town = toy(glossary, *told)
    give, get = values(town, "same_method")
    assert give == get > 0
    found = reason(town, "same_method")
    assert found["text"] == "两家都用机器视觉：甲工作室在金属制品业，乙工作室在卫生。"
    assert reason(town, "same_method", "en")["text"] == "Both use 机器视觉: 甲工作室 in Metal products, 乙工作室 in Health."
    assert set(found["evidence"]) == ids(*told[:2])
    assert values(toy(glossary, *method("C33", "C33")), "same_method") == (0, 0)
    assert values(toy(glossary, told[0], *told[2:]), "same_method") == (0, 0)


def test_research_and_making_complete_each_other(glossary: GramEmbedder) -> None:
    mine, theirs = tell("a", "does", "轴承研发与轴承试验"), tell("b", "does", "轴承制造")
    town = toy(glossary, mine, theirs)
    give, get = values(town, "sci_make_test")
    assert give == get > 0
    found = reason(town, "sci_make_test")
    assert found["text"] == "甲工作室可研、检，乙工作室可制，研、制、检俱备。"
    assert reason(town, "sci_make_test", "en")["text"] == (
        "甲工作室 brings research, testing, 乙工作室 making: research, making and testing are all there."
    )
    assert set(found["evidence"]) == ids(mine, theirs)
    less = toy(glossary, tell("a", "does", "轴承研发"), theirs)
    assert 0 < values(less, "sci_make_test")[0] < give
    assert reason(less, "sci_make_test")["text"] == "甲工作室可研，乙工作室可制，尚缺检。"
    assert values(toy(glossary, tell("a", "does", "轴承制造与装配"), theirs), "sci_make_test") == (0, 0)


def test_a_scarce_skill_that_the_others_trade_does_not_have(glossary: GramEmbedder) -> None:
    skill, trade, trades = (
        tell("b", "skill", "轴承异响"),
        tell("a", "does", "轴承振动"),
        (tell("a", "trade", "C37"), tell("b", "trade", "C34")),
    )
    town = toy(glossary, skill, trade, *trades)
    assert values(town, "scarce")[1] > 0
    found = reason(town, "scarce", direction="get")
    assert found["text"] == "乙工作室会轴承异响；现有资料中仅1家载有，甲工作室所在铁路、船舶、航空航天和其他运输设备制造业未见。"
    assert reason(town, "scarce", "en", direction="get")["text"] == (
        "乙工作室 can do 轴承异响; only 1 tell it, none in Railway, ship, aerospace and other transport equipment where 甲工作室 is."
    )
    assert set(found["evidence"]) == ids(skill)
    many = [one for key in "cdef" for one in (*named(key, f"{key}工作室"), tell(key, "skill", "轴承异响"))]
    assert values(toy(glossary, skill, trade, *trades, many), "scarce")[1] == 0
    same = (tell("a", "trade", "C34"), tell("b", "trade", "C34"))
    assert values(toy(glossary, skill, trade, *same), "scarce") == (0, 0)


# ---- the graph


def group(key: str, *members: str) -> tuple[Statement, ...]:
    return (*named(key, f"{key}团组", "group"), *(tell(key, "member", thing(member), "group") for member in members))


ALIKE = method("C33", "Q84")
"""That makes them a pair for more than who they know."""


def test_a_friend_in_common_can_introduce(glossary: GramEmbedder) -> None:
    first, second = group("g", "a", "c"), group("h", "b", "c")
    town = toy(glossary, *ALIKE, *named("c", "丙工作室"), *first, *second)
    assert values(town, "referral") == (0.5, 0.5)
    found = reason(town, "referral")
    assert found["text"] == "丙工作室与两家都有合作，可请其引荐。"
    assert reason(town, "referral", "en")["text"] == "丙工作室 works with both and can introduce them."
    assert set(found["evidence"]) == ids(*first[2:], *second[2:])
    assert values(toy(glossary, *ALIKE, *named("c", "丙工作室"), *first), "referral") == (0, 0)
    visit = tell("h", "form", "exchange", "group")
    assert values(toy(glossary, *ALIKE, *named("c", "丙工作室"), *first, *second, visit), "referral") == (0, 0)


def test_a_long_way_is_made_short(glossary: GramEmbedder) -> None:
    others = [one for key in "cd" for one in named(key, f"{key}工作室")]
    chain = (*group("g", "a", "c"), *group("h", "c", "d"), *group("i", "d", "b"))
    town = toy(glossary, *ALIKE, others, *chain)
    give, get = values(town, "bridge")
    assert give == get > 0
    item = next(one for one in town.ask(A, rules=(), k=MOST)["items"] if one["id"] == B)
    assert {part["code"] for part in item["get"]["parts"]} >= {"bridge"}
    short = (*group("g", "a", "c"), *group("h", "c", "b"))
    assert values(toy(glossary, *ALIKE, others, *short), "bridge") == (0, 0)


def places(first: str, second: str, inner: str = "大连") -> list[Statement]:
    told = [*named("大连", "大连", "place"), *named("沈阳", "沈阳", "place"), *named("辽宁", "辽宁", "place")]
    told += [tell(city, "within", thing("辽宁", "place"), "place") for city in ("大连", "沈阳")]
    for district, city in (("中山", "大连"), ("西岗", "大连"), ("和平", "沈阳")):
        told += [*named(district, district, "place"), tell(district, "within", thing(city, "place"), "place")]
    return [*told, tell("a", "place", thing(first, "place")), tell("b", "place", thing(second, "place"))]


@pytest.mark.parametrize(
    ("first", "second", "value", "said"),
    [("中山", "中山", 1.0, "中山"), ("中山", "西岗", 0.6, "大连"), ("大连", "大连", 0.6, "大连"), ("中山", "大连", 0.6, "大连"),
     ("中山", "和平", 0, ""), ("辽宁", "辽宁", 0, "")],
)  # fmt: skip
def test_near_is_one_district_or_with_less_weight_one_city(
    glossary: GramEmbedder, first: str, second: str, value: float, said: str
) -> None:
    told = places(first, second)
    town = toy(glossary, *ALIKE, told)
    assert values(town, "near") == pytest.approx((value, value))
    if said:
        found = reason(town, "near")
        assert found["text"] == f"同在{said}。"
        assert reason(town, "near", "en")["text"] == f"Both in {said}."
        assert set(found["evidence"]) == ids(*told[-2:])


def test_place_and_acquaintance_alone_propose_nobody(glossary: GramEmbedder) -> None:
    town = toy(glossary, *named("c", "丙工作室"), *group("g", "a", "c"), *group("h", "b", "c"), places("中山", "中山"))
    assert min(values(town, "near")) == 1
    assert min(values(town, "referral")) == 0.5
    assert town.ask(A, rules=())["items"] == []


def test_what_both_share_is_in_both_waterfalls(glossary: GramEmbedder) -> None:
    assert [one.code for one in FEATURES if one.alike] == [
        "swap", "same_method", "sci_make_test", "common", "bridge", "referral", "near",
    ]  # fmt: skip
    assert all(one.values.__doc__ for one in FEATURES)


SKILLS = {"冷连轧": True, "轴承异响": True, "供电公司": False, "职业大学": False, "火力发电": False, "动车段": False, "刀具": False}


@pytest.mark.parametrize(("word", "skill"), SKILLS.items())
def test_a_skill_is_what_one_can_do(word: str, skill: bool) -> None:
    """No unit's name, no whole trade: 「会职业大学」 says nothing."""
    assert is_skill(word) is skill
