"""Groups around a topic, a need or a lead: what is asked for holds, what is refused stays out, and words are honest."""

import re
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from graph.record.errors import InvalidData, LianyinError, NotFound
from graph.record.memory_store import MemoryStore
from graph.record.model import Statement
from matching.embedding import GramEmbedder
from matching.formation import STATUS
from matching.grouping import GroupQuestion, group, instance_of
from matching.instance import instance_from_json
from matching.profile import akin
from matching.rules import AtLeast, AtMost, Cover, Differ, Near, Rule, rule_from_json
from matching.suggestion import MOST
from tests.matching.towns import DAY, Town, plain, ready
from tests.said import named, say, thing

Data = dict[str, Any]
TOPIC = GroupQuestion(text="焊接机器人与无损检测", size=(3, 5), day=DAY)


@pytest.fixture(scope="module")
def town(glossary: GramEmbedder) -> Town:
    """Twelve in four units and three cities; some weld, some measure."""
    store = MemoryStore()
    for city in ("大连", "沈阳", "鞍山"):
        say(store, *named(city, city, "place"), *named("辽宁", "辽宁", "place"))
        say(store, Statement(thing(city, "place"), "within", thing("辽宁", "place"), "table:toy"))
    for at in range(12):
        key, unit, city = f"w{at}", thing(f"u{at % 6}", "organisation"), thing(("大连", "沈阳", "鞍山")[at % 3], "place")
        told = {"host": unit, "place": city, "offers": ("焊接机器人", "无损检测", "三坐标测量")[at % 3] + f"{at}号"}
        say(
            store, *named(key, f"{at}号工作室"), *named(f"u{at % 6}", f"第{at % 6}厂", "organisation"),
            *(Statement(thing(key), name, value, "table:toy") for name, value in told.items()),
        )  # fmt: skip
    say(store, *named("need", "焊缝探伤一次合格率低", "need"))
    return ready(store, glossary)


def ask(town: Town, question: GroupQuestion = TOPIC, **more: Any) -> Data:
    return group(town.matcher, replace(question, **more))


def members(choice: Data) -> list[str]:
    return [member["id"] for member in choice["members"]]


W = [thing(f"w{at}") for at in range(12)]


# ---- what is asked for


@pytest.mark.parametrize(
    "about", [{}, {"text": "", "id": thing("need", "need")}, {"text": "", "lead": W[0]}, {"lead": W[1]}, {"text": "", "id": W[2]}]
)
def test_every_choice_obeys_and_says_so(town: Town, about: Data) -> None:
    question = replace(TOPIC, **about, rules=(Differ("organisation"), AtMost("city", 2)), locked=(W[3],), banned=(W[4], W[5]))
    told = ask(town, question)
    assert told["status"] == "better"
    assert told["words"] == "较好方案（未证明最优）"
    assert told["relaxation"] is told["nearest"] is None
    instance, _ = instance_of(town.matcher, question)
    for choice in told["choices"]:
        ids = members(choice)
        assert 3 <= len(ids) == len(set(ids)) <= 5
        assert W[3] in ids
        assert not {W[4], W[5]} & set(ids)
        assert [member["role"] for member in choice["members"]].count("lead") == 1
        if question.lead:
            assert ids[0] == question.lead
            assert choice["members"][0]["said"] == "牵头单位"
        rows = [instance.pool.rows[id] for id in ids]
        for rule in choice["rules"]:
            assert rule["verdict"] == rule_from_json(rule["rule"]).verdict(instance.pool, rows) == "met"
        assert choice["total"] == pytest.approx(sum(part["amount"] for part in choice["parts"]), abs=1e-6)
    for first, second in combinations([set(members(choice)) for choice in told["choices"]], 2):
        assert max(len(first - second), len(second - first)) >= 2


def test_wanted_fields_are_covered_where_they_can_be(town: Town) -> None:
    told = ask(town, wanted=("无损检测", "焊接机器人"))
    covered = {name for member in told["choices"][0]["members"] for name in member["covers"]}
    assert covered == {"无损检测", "焊接机器人"}


def test_a_swap_is_worth_what_it_says(town: Town) -> None:
    told = ask(town)
    best = told["choices"][0]
    instance, _ = instance_of(town.matcher, TOPIC)
    for member in best["members"]:
        swap = member["swap"]
        assert swap is not None
        other = [swap["id"] if id == member["id"] else id for id in members(best)]
        total = sum(part.amount for part in instance.parts(tuple(sorted(instance.pool.rows[id] for id in other))))
        assert total - best["total"] == pytest.approx(swap["change"], abs=2e-6)
        assert f"{member['name']}→{swap['name']}" in swap["words"]


def test_who_came_and_who_left_is_told(town: Town) -> None:
    first = ask(town)["choices"][0]
    gone = members(first)[-1]
    again = ask(town, banned=(gone,), previous=tuple(members(first)))["choices"][0]
    assert {one["id"] for one in again["left"]} == set(members(first)) - set(members(again))
    assert {one["id"] for one in again["entered"]} == set(members(again)) - set(members(first))
    assert gone in {one["id"] for one in again["left"]}
    assert all(one["name"] for one in (*again["left"], *again["entered"]))


def test_members_have_reasons_with_facts(town: Town) -> None:
    for choice in ask(town)["choices"]:
        for member in choice["members"]:
            assert len(member["reasons"]) <= 2
            for reason in member["reasons"]:
                assert all(town.matcher.snapshot.statement(id).live for id in reason["evidence"])


def test_the_instance_is_plain_data_and_comes_back(town: Town) -> None:
    from matching.formation import form

    instance, _ = instance_of(town.matcher, TOPIC)
    again = instance_from_json(instance.as_json())
    assert again.as_json() == instance.as_json()
    assert form(again).choices == form(instance).choices


def test_the_same_question_gives_the_same_bytes(town: Town) -> None:
    assert plain(ask(town)) == plain(ask(town.again()))
    assert plain(ask(town, lang="en")) == plain(ask(town.again(), lang="en"))


# ---- where none is found


IMPOSSIBLE: tuple[tuple[Rule, ...], ...] = (
    (Differ("organisation"), Near("city"), AtLeast("city", 2)),
    (Differ("city"),),
    (Cover(("无损检测", "良种选育")),),
    (AtMost("organisation", 1), AtLeast("form", 1, "university")),
)


@pytest.mark.parametrize("rules", IMPOSSIBLE)
def test_where_none_is_found_the_nearest_and_one_way_out_that_succeeds(town: Town, rules: tuple[Rule, ...]) -> None:
    question = replace(TOPIC, rules=rules, size=(4, 5))
    told = ask(town, question)
    assert told["status"] == "none_found"
    assert told["words"] == "没有找到"
    assert "不可能" not in plain(told)
    assert told["choices"] == []
    broken = [rule for rule in told["nearest"]["rules"] if rule["verdict"] == "broken"]
    assert broken
    assert all(rule["said"] == "不满足" and rule["violations"] and all(one["words"] for one in rule["violations"]) for rule in broken)
    way = told["relaxation"]
    assert way is not None
    size = question.size
    kept = []
    for rule in rules:
        if rule.as_json() != way["rule"]:
            kept.append(rule)
        elif way["to"]:
            kept.append(rule_from_json(way["to"]))
    if way["rule"]["rule"] == "size":
        size = (way["to"]["low"], way["to"]["high"])
    again = ask(town, replace(question, rules=tuple(kept), size=size))
    assert again["status"] == "better", way


def test_two_locked_that_were_declined_stay_refused(town: Town) -> None:
    from matching.decisions import Verdict, decided

    own = town.copy()
    verdict = Verdict(W[0], "decline", W[1], reason="secret")
    own.store.append(decided(own.store.snapshot(), verdict, "tester", key="k", version=1, recipe="r", day=DAY))
    told = ask(own.again(), locked=(W[0], W[1]))
    assert told["status"] == "none_found"
    (broken,) = [one["words"] for rule in told["nearest"]["rules"] for one in rule["violations"]]
    assert broken in ("禁配（涉密）：0号工作室、1号工作室", "禁配（涉密）：1号工作室、0号工作室")
    assert told["relaxation"] is None or told["relaxation"]["rule"]["rule"] == "include"


# ---- what is said of a topic that is not met


def test_what_was_read_is_said_as_for_partners(demo: Town) -> None:
    for text in ("焊接自动化", "齿轮热处理后变形", "你好"):
        told = group(demo.matcher, GroupQuestion(text=text, day=DAY))
        assert told["read"] == demo.ask(text=text)["read"]
    assert group(demo.matcher, GroupQuestion(lead=demo.ids()[0], day=DAY))["read"] is None


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_topic_that_says_nothing_to_anyone_gets_no_group(town: Town, demo: Town, lang: str) -> None:
    for here in (town, demo):
        told = group(here.matcher, GroupQuestion(text="你好", lang=lang, day=DAY))
        assert told["status"] == "nothing_read"
        assert told["words"] == STATUS["nothing_read"].fill(lang, {})
        assert not told["choices"]
        assert told["nearest"] is told["relaxation"] is None


@pytest.mark.parametrize("more", [{"lead": W[0]}, {"locked": (W[0],)}, {"wanted": ("无损检测",)}])
def test_what_else_is_asked_for_makes_a_group_that_is_not_said_to_fit_the_topic(town: Town, more: Data) -> None:
    told = ask(town, text="你好", **more)
    assert told["status"] == "better"
    assert told["choices"]
    assert "较好" not in told["words"]
    assert "没读出" in told["words"]


def test_a_word_of_the_topic_that_nobody_tells_is_said_of_the_group(demo: Town) -> None:
    """Of five for 焊接自动化 nobody welds: nothing said so."""
    seen = set()
    for text in ("焊接自动化", "焊接", "水产养殖与无人机巡检"):
        told = group(demo.matcher, GroupQuestion(text=text, size=(5, 5), day=DAY))
        profiles = demo.matcher.index.profiles
        for choice in told["choices"]:
            lines = [line.text for id in members(choice) for line in profiles.spoken(profiles.row(id))]
            lacking = [term for term in told["read"]["terms"] if not any(akin(term, line) for line in lines)]
            seen.update(lacking)
            assert [one["text"] for one in choice["cautions"]] == ([f"题目里的“{'、'.join(lacking)}”，组内材料均未见"] if lacking else [])
    assert "焊接" in seen


def test_a_member_with_little_to_do_with_the_topic_is_marked(town: Town, demo: Town) -> None:
    """As the card of the same candidate: found by letters or vectors alone; and where nothing speaks for it, that."""
    seen = set()
    for here, text, size in ((demo, "焊接", (3, 5)), (demo, "齿轮热处理后变形", (4, 5)), (town, "无损检测", (6, 6))):
        cards = {item["id"]: item for item in here.ask(text=text, kinds=("workshop",), rules=(), k=MOST)["items"]}
        for choice in group(here.matcher, GroupQuestion(text=text, size=size, day=DAY))["choices"]:
            for member in choice["members"]:
                codes = [one["code"] for one in member["cautions"]]
                seen.update(codes)
                if not member["reasons"]:
                    assert codes == ["no_ground"]
                elif member["id"] in cards:
                    assert codes == [one["code"] for one in cards[member["id"]]["cautions"] if one["code"] in ("literal", "meaning")]
    assert seen >= {"literal", "meaning", "no_ground"}


def test_one_who_leads_needs_no_tie_to_itself(town: Town) -> None:
    for choice in ask(town, text="", lead=W[0])["choices"]:
        assert choice["cautions"] == choice["members"][0]["cautions"] == []


# ---- merged, unknown


def test_ids_of_merged_things_are_one(town: Town) -> None:
    after = town.saying(Statement(W[1], "same_as", W[0], "desk:tester"))
    known = after.matcher.snapshot
    one = known.id(known.number(W[1]))
    for asked in (W[0], W[1]):
        told = ask(after, locked=(asked,))
        assert all(one in members(choice) for choice in told["choices"])
        banned = ask(after, banned=(asked,))
        assert all(one not in members(choice) for choice in banned["choices"])
        led = ask(after, lead=asked)
        assert all(members(choice)[0] == one for choice in led["choices"])
    ruled = ask(after, rules=(rule_from_json({"rule": "include", "ids": [W[1]]}),))
    assert ruled["status"] == "better"


@pytest.mark.parametrize(
    ("more", "kind", "code"),
    [
        ({"text": ""}, InvalidData, "group_question_empty"),
        ({"text": "  "}, InvalidData, "group_question_empty"),
        ({"lead": "nobody"}, NotFound, "thing_unknown"),
        ({"locked": ("nobody",)}, NotFound, "thing_unknown"),
        ({"banned": ("nobody",)}, NotFound, "thing_unknown"),
        ({"text": "", "id": "nobody"}, NotFound, "thing_unknown"),
        ({"text": "", "id": thing("大连", "place")}, InvalidData, "not_a_candidate"),
        ({"locked": (thing("大连", "place"),)}, InvalidData, "not_a_candidate"),
        ({"kinds": ("place",)}, InvalidData, "code_unknown"),
        ({"kinds": ()}, InvalidData, "code_unknown"),
        ({"text": "焊\x00"}, InvalidData, "text_refused"),
    ],
)
def test_unknowns_are_refused(town: Town, more: Data, kind: type[LianyinError], code: str) -> None:
    with pytest.raises(kind) as caught:
        ask(town, **more)
    assert caught.value.code == code


def test_a_previous_member_that_is_gone_is_told_by_its_id(town: Town) -> None:
    told = ask(town, previous=("nobody", W[0]))
    assert told["status"] == "better"
    assert {"id": "nobody", "name": ""} in told["choices"][0]["left"]


def test_people_and_units_form_groups_too(demo: Town) -> None:
    told = group(demo.matcher, GroupQuestion(text="水产养殖与加工", kinds=("workshop", "person", "organisation"), size=(3, 6), day=DAY))
    assert told["status"] == "better"
    assert len(told["choices"]) >= 2


# ---- in English


def test_english_has_no_chinese_but_names(town: Town) -> None:
    for question in (TOPIC, replace(TOPIC, rules=IMPOSSIBLE[0], size=(4, 5)), replace(TOPIC, rules=(Differ("level"), AtLeast("form", 1)))):
        told = ask(town, question, lang="en")
        assert told["words"] in (words.en for words in STATUS.values())
        shown = [*told["choices"], *filter(None, (told["nearest"], (told["relaxation"] or {}).get("choice")))]
        said = [told["note"], (told["relaxation"] or {"words": ""})["words"]]
        for choice in shown:
            said += [part["label"] for part in choice["parts"]] + [rule["words"] for rule in choice["rules"]]
            said += [one["words"] for rule in choice["rules"] for one in rule["violations"]] + [rule["said"] for rule in choice["rules"]]
            said += [member["said"] for member in choice["members"]] + [m["swap"]["words"] for m in choice["members"] if m["swap"]]
            said += [reason["text"] for member in choice["members"] for reason in member["reasons"]]
            said += [one["text"] for told_of in (choice, *choice["members"]) for one in told_of["cautions"]]
        for sentence in said:
            left = re.sub("“[^”]*”|[0-9]+号工作室|无损检测(与检验)?|焊接(机器人)?", "", sentence)
            assert not re.search("[\u3000-\u303f\u3400-\u9fff，。；：（）]", left), sentence
