"""What matching sees of a thing, and what it must not see: who somebody is."""

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from graph.record.memory_store import MemoryStore
from graph.record.model import Change, Statement, thing_id
from matching.embedding import GramEmbedder
from matching.profile import BORROWED, People, profiles, trade_shares, words_of
from matching.profile import Line as Told
from matching.suggestion import MOST, texts
from seeds import city as generated
from tests.matching.towns import Town, corpus, read_in, ready
from tests.said import named, say, thing

Data = dict[str, Any]


def tell(key: str, property_id: str, value: str, kind: str = "workshop") -> Statement:
    return Statement(thing(key, kind), property_id, value, "table:toy")


# ---- nobody is preferred for who they are


HONORIFICS = ("先生", "女士", "同志", "师傅", "老师")
AGES = ("男，35岁", "女，58岁", "1966年生", "90后")
PARTY = ("中共党员", "群众", "民进会员", "共青团员")


def city_of(swap: int, workshops: int = 200) -> MemoryStore:
    """The generated city; with `swap`, all leaders have other names and everybody's person words are others.

    Names are permuted among the leaders, consistently in names of workshops; a thousand records tell words about the person.
    """
    plain = read_in([generated.generate(workshops)])
    snapshot = plain.snapshot()
    told = [row.statement for source in snapshot.sources() for row in snapshot.told_by(source)]
    names = sorted({one.value for one in told if one.property == "name" and one.subject in set(ids(snapshot, "person"))})
    turned = dict(zip(names, names[swap:] + names[:swap], strict=True))
    leader = {slot: snapshot.names()[slot] for slot in snapshot.live("person").tolist()}
    assert len(leader) > 100
    longest = re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True)))

    def renamed(one: Statement) -> Statement:
        return one._replace(value=longest.sub(lambda found: turned[found.group()], one.value)) if one.property == "name" else one

    store = MemoryStore()
    about = [*ids(snapshot, "person"), *ids(snapshot, "workshop")]
    more = []
    for at, id in enumerate(about):
        person = [HONORIFICS[(at + swap) % 5], AGES[(at + swap) % 4], PARTY[(at * 3 + swap) % 4]]
        more += [Statement(id, "note", " ".join(person), "table:toy"), Statement(id, "honour", f"优秀{person[2]}{person[0]}", "table:toy")]
    assert len(more) + len(about) > 1000
    store.append(Change("tester", adds=(*map(renamed, told), *more)))
    return store


def ids(snapshot: Any, kind: str) -> list[str]:
    return [snapshot.id(slot) for slot in snapshot.live(kind).tolist()]


def test_names_gender_age_and_party_change_no_list() -> None:
    """The vectors are trained anew from the swapped texts; lists are compared by row."""
    towns = []
    for swap in (0, 7):
        store = city_of(swap)
        towns.append(ready(store, GramEmbedder.train(corpus(store), dimensions=64)))
    first, second = towns
    assert texts(first.matcher.snapshot) == texts(second.matcher.snapshot)
    assert first.matcher.index.profiles.names != second.matcher.index.profiles.names
    for kinds in (("workshop",), ("person",)):
        for row in range(0, first.matcher.index.profiles.size, 11):
            assert listed(first, row, kinds) == listed(second, row, kinds)


def listed(town: Town, row: int, kinds: tuple[str, ...]) -> list[tuple[Any, ...]]:
    profiles = town.matcher.index.profiles
    items = town.ask(profiles.ids[row], kinds=kinds, k=MOST)["items"]
    return [(item["rank"], profiles.row(item["id"]), item["score"], [one["code"] for one in item["reasons"]]) for item in items]


@pytest.mark.parametrize("name", ["王立新劳模创新工作室", "王立新高技能人才创新工作室", "王立新技能大师工作室(连江县)", "首席工匠工作站"])
def test_a_name_that_every_workshop_could_have_says_nothing(glossary: GramEmbedder, name: str) -> None:
    store = MemoryStore()
    say(store, *named("a", name))
    known = ready(store, glossary).matcher.index.profiles
    assert [line.text for line in known.offers.at(0) if line.text != "连江县"] == []


def test_who_leads_says_nothing_of_what_is_done(glossary: GramEmbedder) -> None:
    """A leader called like a trade leads no workshop of it."""
    store = MemoryStore()
    say(
        store, *named("p", "焊接", "person"), *named("q", "王立新", "person"), *named("a", "焊接劳模创新工作室"),
        *named("b", "王立新劳模创新工作室"),
        tell("a", "leader", thing("p", "person")), tell("b", "leader", thing("q", "person")),
        tell("a", "honour", "全国劳动模范王立新"), tell("b", "offers", "王立新带徒焊接的办法"),
    )  # fmt: skip
    known = ready(store, glossary).matcher.index.profiles
    lines = {id: [line.text for line in known.offers.at(known.row(id))] for id in (thing("a"), thing("b"))}
    assert lines[thing("a")] == []
    assert [text for text in lines[thing("b")] if "王立新" in text] == []


def test_names_are_cut_folded_and_longest_first() -> None:
    people = People(frozenset(("王立新", "王立", "焊")))
    assert people.cut("王立新和王立做焊接") == "和 做焊接"
    assert people.cut("ＡＢＣ王立新") == "abc"
    assert people.cut("") == ""


# ---- lines


def test_lines_come_from_the_thing_its_leader_and_its_unit_with_the_statements_that_told_them(glossary: GramEmbedder) -> None:
    host, leader = tell("a", "host", thing("u", "organisation")), tell("a", "leader", thing("p", "person"))
    own, skill, does = tell("a", "offers", "焊缝返修"), tell("p", "skill", "氩弧焊", "person"), tell("u", "does", "造船", "organisation")
    honour = tell("p", "honour", "全国劳动模范", "person")
    store = MemoryStore()
    say(
        store,
        *named("a", "甲焊接工作室"),
        *named("u", "甲船厂", "organisation"),
        *named("p", "张三丰", "person"),
        host,
        leader,
        own,
        skill,
        does,
        honour,
    )
    town = ready(store, glossary)
    known, index = town.matcher.index.profiles, town.matcher.index
    lines = {line.text: set(index.statement_ids(line.statements)) for line in known.offers.at(known.row(thing("a")))}
    assert lines == {
        "焊缝返修": {own.id}, "氩弧焊": {skill.id}, "甲船厂": {host.id}, "造船": {does.id}, "甲焊接": {named("a", "甲焊接工作室")[1].id},
    }  # fmt: skip
    assert "honour" not in BORROWED


def test_the_same_words_are_one_line(glossary: GramEmbedder) -> None:
    store = MemoryStore()
    say(
        store,
        *named("a", "甲工作室"),
        tell("a", "offers", "焊缝返修"),
        tell("a", "skill", "焊缝返修"),
        tell("a", "achievement", " 焊缝返修 "),
    )
    known = ready(store, glossary).matcher.index.profiles
    assert [line.text for line in known.offers.at(known.row(thing("a")))].count("焊缝返修") == 1


def test_a_need_is_one_line_and_offers_nothing(glossary: GramEmbedder) -> None:
    store = MemoryStore()
    say(
        store, *named("n", "齿轮变形", "need"), tell("n", "description", "热处理后超差", "need"), *named("u", "甲厂", "organisation"),
        tell("n", "raised_by", thing("u", "organisation"), "need"),
    )  # fmt: skip
    known = ready(store, glossary).matcher.index.profiles
    row, unit = known.row(thing("n", "need")), known.row(thing("u", "organisation"))
    (line,) = known.seeks.at(row)
    assert sorted(line.text.split()) == ["热处理后超差", "齿轮变形"]
    assert list(known.offers.at(row)) == []
    assert known.seeks.at(unit) == [line]
    assert unit in known.circle_of(row).tolist()


def test_a_need_says_nothing_twice(glossary: GramEmbedder) -> None:
    store = MemoryStore()
    say(store, *named("n", "齿轮变形", "need"), tell("n", "description", "齿轮变形", "need"))
    known = ready(store, glossary).matcher.index.profiles
    assert [line.text for line in known.seeks.at(0)] == ["齿轮变形"]


# ---- who works with whom


@pytest.mark.parametrize(
    ("form", "tied"), [("team", True), ("", True), ("alliance", True), ("umbrella", False), ("exchange", False), ("union_framework", False)]
)
def test_members_of_a_group_that_works_together_are_tied(glossary: GramEmbedder, form: str, tied: bool) -> None:
    store = MemoryStore()
    say(
        store, *named("a", "甲"), *named("b", "乙"), *named("g", "团", "group"), *((tell("g", "form", form, "group"),) if form else ()),
        tell("g", "lead", thing("a"), "group"), tell("g", "member", thing("a"), "group"), tell("g", "member", thing("b"), "group"),
    )  # fmt: skip
    known = ready(store, glossary).matcher.index.profiles
    first, second = known.row(thing("a")), known.row(thing("b"))
    assert known.tied(first).tolist() == ([second] if tied else [])
    assert known.tied(second).tolist() == ([first] if tied else [])
    assert known.load.tolist() == ([1, 1] if tied else [0, 0])


def test_ties_and_circles_are_symmetric(demo: Town) -> None:
    known = demo.matcher.index.profiles
    for start, rows in (known.ties, known.circle):
        pairs = {(row, int(other)) for row in range(known.size) for other in rows[start[row] : start[row + 1]]}
        assert pairs == {(b, a) for a, b in pairs}
        assert not any(a == b for a, b in pairs)
        assert len(pairs) == len(rows)


# ---- columns


def test_trade_shares_sum_to_one_or_nothing(demo: Town) -> None:
    known = demo.matcher.index.profiles
    sums = known.trades.sum(axis=1)
    assert np.all((np.abs(sums - 1) < 1 / 128) | (sums == 0))
    assert trade_shares((), -1).sum() == 0


def test_words_name_the_first_line_that_told_them() -> None:
    words = words_of([Told("钢丝绳", ()), Told("焊缝与钢丝绳", ()), Told("氩弧焊", ())])
    assert words.terms["钢丝绳"] == 0
    assert words.terms["焊缝"] == 1


def test_places_stand_at_their_level_with_and_without_a_country(glossary: GramEmbedder) -> None:
    store = MemoryStore()
    path = ("中国", "辽宁", "大连", "中山")
    told = [one for name in path for one in named(name, name, "place")]
    told += [tell(inner, "within", thing(outer, "place"), "place") for outer, inner in pairwise(path[1:])]
    say(
        store,
        *told,
        *named("a", "甲"),
        *named("b", "乙"),
        tell("a", "place", thing("中山", "place")),
        tell("b", "place", thing("大连", "place")),
    )
    for more in ((), (tell("辽宁", "within", thing("中国", "place"), "place"),)):
        say(store, *more)
        known = profiles(store.snapshot())
        names = [
            [known.snapshot.names()[slot] if slot >= 0 else "" for slot in known.places[known.row(thing(key))].tolist()] for key in "ab"
        ]
        assert names[0] == ["辽宁", "大连", "中山"]
        if not more:
            assert names[1] == ["辽宁", "大连", ""]


def test_kinds_stand_together(city: Town) -> None:
    known = city.matcher.index.profiles
    assert known.kind.tolist() == sorted(known.kind.tolist())
    assert [known.row(id) for id in known.ids] == list(range(known.size))
    assert replace(known).size == known.size
    assert thing_id("workshop", "desk", "nobody") not in known.ids
