"""What is said about a suggestion: counterfactuals that recompute, words that exist in both languages, and no flattery."""

import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from graph.analysis.text import normalise
from graph.data.tables import glossary
from graph.record.model import Statement
from graph.record.ontology import ontology
from matching.explanation import MOST_CAUTIONS, words
from matching.features import FEATURES
from matching.profile import akin
from matching.rules import Differ
from matching.scoring import combined
from matching.suggestion import ABROAD, MOST, Question, asked_of, score, sift
from matching.worth import data_worth
from tests.matching.towns import DAY, Town

Data = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
KINDS = ("workshop", "person", "organisation")
BANNED = ("完美", "最佳", "绝配", "天作之合", "强强联合", "高度契合", "赋能", "AI认为", "智能推荐", "百分百", "perfect", "best match")


@pytest.fixture(params=["demo", "city"])
def town(request: pytest.FixtureRequest) -> Town:
    found: Town = request.getfixturevalue(request.param)
    return found


def some(town: Town, kind: str = "workshop", count: int = 20) -> list[str]:
    ids = town.ids(kind)
    return ids[:: max(1, len(ids) // count)]


# ---- what would change it


def test_without_its_weightiest_reason_it_stands_where_a_list_sorted_by_hand_puts_it(town: Town) -> None:
    seen: set[str] = set()
    for id in some(town):
        for item in town.ask(id, kinds=KINDS, k=20)["items"]:
            total, ranked = by_hand(town, id, item)
            told = next((one for one in item["counterfactuals"] if one["code"] in ("without", "no_score")), None)
            assert told is None or told["criterion"] == item["reasons"][0]["code"]
            if told is None:
                assert total
                assert ranked == item["rank"]
                continue
            seen.add(told["code"])
            assert told["from"] == item["rank"]
            assert (told["code"] == "no_score") is (total == 0), (id, item["id"])
            assert told["score"] == total / 1_000_000
            assert told["to"] == (ranked if total else None)
            if total:
                assert f"按得分由第{item['rank']}降到第{ranked}" in told["text"]
    assert seen == {"without", "no_score"}


def by_hand(town: Town, id: str, item: Data) -> tuple[int, int]:
    """(score in millionths, rank) of an item whose weightiest reason counts nothing on the sides that it speaks of."""
    matcher = town.matcher
    question = Question(id, kinds=KINDS, day=DAY)
    asked = asked_of(matcher.index, matcher.index.profiles.row(id))
    found = score(matcher, question, asked, sift(matcher, question, asked, ABROAD, matcher.index.of_kinds(KINDS).rows))
    ranking = found.ranking(question)
    at = found.meeting.rows.tolist().index(matcher.index.profiles.row(item["id"]))
    place = [one.code for one in FEATURES].index(item["reasons"][0]["code"])
    direction = item["reasons"][0]["direction"]
    parts = {side: told[at].copy() for side, told in found.scores.parts.items()}
    for side in parts if direction == "both" else [direction]:
        parts[side][place] = 0
    speaks = any(told[at] for told in parts.values() for at, one in enumerate(FEATURES) if one.substance)
    total = int(combined({side: told.sum() for side, told in parts.items()})) if speaks else 0
    better = [
        one for one in range(len(ranking.total)) if one != at and (int(ranking.total[one]), ranking.tie(at)) > (total, ranking.tie(one))
    ]
    return total, len(better) + 1


def test_had_it_told_a_need_it_would_stand_where_it_stands_once_it_is_told(town: Town) -> None:
    """The need is really told, in a copy of the store, and the question asked again."""
    checked = 0
    for id in some(town, count=6):
        for item in town.ask(id, kinds=KINDS)["items"]:
            told = next((one for one in item["counterfactuals"] if one["code"] == "if_seeks"), None)
            if told is None or checked == 6:
                continue
            checked += 1
            with_it = town.saying(Statement(item["id"], "seeks", told["what"], "desk:tester"))
            again = next((one for one in with_it.ask(id, kinds=KINDS, k=MOST)["items"] if one["id"] == item["id"]), None)
            assert again is not None, told
            assert (again["rank"], again["score"]) == (told["to"], told["score"]), told
            assert f"若{item['name']}写明需要“{told['what']}”，按得分升到第{told['to']}。" == told["text"]
    assert checked > 4


def test_a_need_is_not_said_to_tell_another_need(demo: Town) -> None:
    for id in some(demo):
        for item in demo.ask(id, kinds=("need",), k=20)["items"]:
            assert "if_seeks" not in {one["code"] for one in item["counterfactuals"]}


def test_a_near_tie_says_by_how_much_and_a_tie_says_so(town: Town) -> None:
    seen = set()
    for id in some(town):
        answer = town.ask(id, k=MOST)
        for item in answer["items"]:
            others = [other for other in answer["items"] if other["id"] != item["id"]]
            closest = min((round(abs(other["score"] - item["score"]), 6) for other in others), default=1.0)
            told = [one for one in item["cautions"] if one["code"] in ("tie", "near_tie")]
            if not told:
                near = closest < 0.02 * item["score"]
                assert not near or len(item["cautions"]) == MOST_CAUTIONS, item["name"]
                continue
            seen.add(told[0]["code"])
            said = re.search(r"与列表第(\d+)位(?:同分|仅差(0\.\d+)，可视为并列)$", told[0]["text"])
            assert said is not None, told[0]["text"]
            other = answer["items"][int(said[1]) - 1]
            assert other["shown"] == int(said[1]) != item["shown"]
            gap = round(abs(other["score"] - item["score"]), 6)
            assert gap == closest < 0.02 * max(item["score"], other["score"])
            assert (told[0]["code"] == "tie") is (gap == 0)
            assert float(said[2] or 0) == pytest.approx(gap, rel=0.05)
    assert seen == {"tie", "near_tie"}


def test_who_only_asks_has_no_rivals(demo: Town) -> None:
    for answer in (demo.ask(text="无人机巡检输电线路"), *(demo.ask(id) for id in some(demo, "need", 10))):
        assert "rivals" not in {one["code"] for item in answer["items"] for one in item["cautions"]}


# ---- words


def templates(table: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Data]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from templates(value, (*path, key))
    if "zh" in table or "en" in table:
        yield path, {key: told for key, told in table.items() if isinstance(told, str)}


def holes(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_word_is_there_in_both_languages_with_the_same_holes() -> None:
    found = list(templates(words()))
    assert len(found) > 60
    for path, told in found:
        assert told.keys() == {"zh", "en"}, path
        assert told["zh"], path
        assert told["en"], path
        assert holes(told["zh"]) == holes(told["en"]), path
        assert not re.search("[\u3400-\u9fff，。；：、（）]", told["en"]), path
    assert words()["reasons"].keys() == {one.code for one in FEATURES}


def test_no_flattery_in_any_table() -> None:
    files = [*(ROOT / "matching").glob("*.toml"), ROOT / "graph/data/errors.toml"]
    for path in files:
        text = path.read_text("utf-8")
        assert not [word for word in BANNED if word in text], path
        assert "最优" not in re.sub("未证明最优|已证明最优", "", text), path


def texts(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        for key, value in told.items():
            if key not in ("id", "recipe", "evidence"):
                yield from texts(value)
    elif isinstance(told, list):
        for value in told:
            yield from texts(value)
    elif isinstance(told, str):
        yield told


def test_no_flattery_in_any_answer(demo: Town) -> None:
    for id in some(demo, count=40):
        for item in demo.ask(id, kinds=KINDS)["items"]:
            said = [one["text"] for part in ("reasons", "cautions", "counterfactuals") for one in item[part]]
            own = " ".join([item["name"], item["unit"]])
            for sentence in said:
                assert not [word for word in (*BANNED, "最优") if word in re.sub("“[^”]*”", "", sentence) and word not in own]


def test_english_sentences_have_no_chinese_but_names_and_quotations(town: Town) -> None:
    names = sorted({normalise(name) for name in town.matcher.snapshot.names() if name} | town_words(), key=len, reverse=True)
    known = re.compile("|".join(map(re.escape, names)))
    for question in [*({"id": id} for id in some(town, count=15)), {"text": "齿轮热处理后变形"}, {"text": "今天天气不错"}]:
        answer = town.ask(**question, kinds=KINDS, lang="en", rules=(*ABROAD, Differ("place", strict=True)))
        sentences = [answer["note"], answer["read"]["note"] if answer["read"] else ""]
        sentences += [one["text"] for one in answer["relaxations"]] + [one["words"] for one in answer["counts"]["rules"]]
        for item in answer["items"]:
            sentences += [one["text"] for part in ("reasons", "cautions", "counterfactuals") for one in item[part]]
            sentences += [item["trade"]["name"], item["trade"]["said"], item["combine"]["formula"], item["get"]["title"]]
            sentences += [one["label"] for part in ("reasons", "missing") for one in item[part]]
            sentences += [part["label"] for part in item["get"]["parts"]]
        for sentence in sentences:
            left = known.sub("", normalise(re.sub("“[^”]*”|may both belong to .*", "", sentence)))
            assert not re.search("[\u3000-\u303f\u3400-\u9fff，。；：（）]", left), sentence


def town_words() -> set[str]:
    """What the glossary knows in Chinese alone: words, methods and products."""
    told = glossary()
    return {normalise(word) for trade in told.trades for word in (*trade.terms, *trade.makes, *trade.symptoms)} | set(told.methods)


def test_english_names_of_trades_are_used(demo: Town) -> None:
    read = demo.ask(text="齿轮热处理后变形", lang="en")["read"]
    assert read["trade"]["name"] == ontology().codes["trade"][read["trade"]["code"]].en
    assert ontology().codes["trade"][read["trade"]["code"]].zh not in read["note"]


def test_an_answer_that_is_alike_in_wording_only_says_so(demo: Town) -> None:
    """Waste water is no answer to a gear, a bearing is one to a bearing: the card must not sound the same for both."""
    for text, told in (("齿轮热处理后变形", "污水深度处理"), ("轴承磨削烧伤", "轴承")):
        for item in demo.ask(text=text, kinds=KINDS)["items"]:
            unconfirmed = bool({"literal", "meaning"} & {one["code"] for one in item["cautions"]})
            answered = [one["text"] for one in item["reasons"] if one["code"] == "need"]
            if any(f"“{told}”" in one for one in answered):
                assert unconfirmed is not akin(text, told), item["name"]
    assert akin("轴承磨削烧伤", "轴承")
    assert akin("管道焊接变形", "船舶焊接")
    assert not akin("齿轮热处理后变形", "污水深度处理")


def test_letters_are_named_as_what_found_an_answer_only_where_both_sentences_have_them(town: Town) -> None:
    """“管系” for “焊接” was found by vectors: no character stands in both."""
    seen = set()
    for text in ("大铁钩抖得厉害", "焊接", "齿轮热处理后变形", "焊接自动化", "你好"):
        for item in town.ask(text=text, kinds=KINDS, k=20)["items"]:
            quoted = [re.findall("“([^”]*)”", one["text"])[-1] for one in item["reasons"] if one["code"] == "need"]
            assert "literal" not in {one["code"] for one in item["cautions"]} or set(text) & set("".join(quoted))
            shared = any(pair in said for said in quoted for pair in pairs_of(text))
            for code in {"literal", "meaning"} & {one["code"] for one in item["cautions"]}:
                seen.add((code, shared))
    assert {("literal", True), ("meaning", False)} <= seen
    assert ("meaning", True) not in seen


def pairs_of(text: str) -> list[str]:
    return [first + second for first, second in pairwise(text)]


def test_the_worth_of_data_is_told_in_english_too(demo: Town) -> None:
    told = data_worth(demo.matcher, ("workshop", "person"), "en", DAY)
    assert all(not re.search("[\u3000-\u9fff]", line["text"]) for line in told["lines"])


def test_quotations_hold_no_person_who_is_known(demo: Town) -> None:
    """Names are cut from what is quoted: lines say what is done, not by whom."""
    names = demo.matcher.snapshot.names()
    people = {names[slot] for slot in demo.matcher.snapshot.live("person").tolist() if len(names[slot]) > 2}
    anybody = re.compile("|".join(map(re.escape, sorted(people))))
    for id in some(demo, count=30):
        for item in demo.ask(id)["items"]:
            for reason in item["reasons"]:
                assert not any(map(anybody.search, re.findall("“([^”]*)”", reason["text"])))


# ---- how the tables are read


def test_the_tables_hold_nothing_that_is_not_used() -> None:
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "matching").glob("*.py"))
    table = tomllib.loads((ROOT / "matching/words.toml").read_text("utf-8"))
    for section, entries in table.items():
        for key in entries:
            assert re.search(rf"\b{key}\b", sources), f"{section}.{key}"
