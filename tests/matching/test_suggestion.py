"""Suggestions as a whole: who is proposed and who never, what rules do to a list, and that the same question gives the same bytes."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from graph.record.errors import InvalidData, LianyinError, LimitExceeded, NotFound
from graph.record.memory_store import MemoryStore
from graph.record.model import Statement
from matching.decisions import Verdict, decided
from matching.embedding import GramEmbedder
from matching.profile import KINDS
from matching.rules import AtMost, Capacity, Differ, Exclude, Near, Rule
from matching.suggestion import ABROAD, MOST, Question
from tests.matching.towns import DAY, Town, plain, read_in, ready, unhurried
from tests.said import named, say, thing

Data = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
STRICT = tuple(Differ(rule.by, strict=True) for rule in ABROAD if isinstance(rule, Differ))
RULES: tuple[Rule, ...] = (*ABROAD, *STRICT, Near("city"), Near("district"), Capacity(1), Capacity(1, strict=True), AtMost("trade", 1))


def few(town: Town, kind: str = "workshop", count: int = 12) -> list[str]:
    """Some of a kind, spread over all."""
    ids = town.ids(kind)
    return ids[:: max(1, len(ids) // count)]


@pytest.fixture(params=["demo", "city"])
def town(request: pytest.FixtureRequest) -> Town:
    found: Town = request.getfixturevalue(request.param)
    return found


# ---- who is proposed


def test_nobody_is_proposed_who_works_with_it_already_or_belongs_to_it(town: Town) -> None:
    profiles = town.matcher.index.profiles
    for kind in KINDS:
        for id in few(town, kind, 15):
            row = profiles.row(id)
            kept_out = {id} | {profiles.ids[one] for one in (*profiles.tied(row).tolist(), *profiles.circle_of(row).tolist())}
            answer = town.ask(id, kinds=KINDS, rules=(), k=MOST)
            assert not kept_out & {item["id"] for item in answer["items"]}


def test_host_and_leader_are_its_circle(city: Town) -> None:
    for id in few(city):
        thing = city.matcher.snapshot.thing(id)
        profiles = city.matcher.index.profiles
        circle = {profiles.ids[row] for row in profiles.circle_of(profiles.row(id)).tolist()}
        assert {*thing.values("host"), *thing.values("leader")} <= circle


def test_members_of_one_group_are_not_proposed_to_each_other(demo: Town) -> None:
    snapshot, checked = demo.matcher.snapshot, 0
    for group in snapshot.things("group"):
        members = [id for role in ("lead", "member") for id in group.values(role) if snapshot.thing(id).kind == "workshop"]
        if len(members) < 2 or group.value("form") in ("umbrella", "exchange", "union_framework"):
            continue
        checked += 1
        proposed = {item["id"] for item in demo.ask(members[0], rules=(), k=MOST)["items"]}
        assert not proposed & {snapshot.id(snapshot.number(id)) for id in members[1:]}
    assert checked > 3


def test_every_item_has_a_reason_and_every_fact_of_it_is_in_the_snapshot(town: Town) -> None:
    snapshot, items = town.matcher.snapshot, 0
    for kind in KINDS:
        for answer in (town.ask(id, kinds=KINDS, k=20) for id in few(town, kind, 12)):
            for item in answer["items"]:
                items += 1
                assert 1 <= len(item["reasons"]) <= 5
                assert len(item["cautions"]) <= 3
                for reason in item["reasons"]:
                    assert reason["text"]
                    assert len(set(reason["evidence"])) == len(reason["evidence"])
                    for id in reason["evidence"]:
                        assert snapshot.statement(id).live
                    if reason["code"] != "bridge":
                        assert reason["evidence"], (answer["question"], item["id"], reason)
    assert items > 100


def test_items_come_by_rank_but_for_look_alikes(town: Town) -> None:
    for answer in (town.ask(id) for id in few(town)):
        if answer["items"]:
            assert answer["items"][0]["rank"] == 1
        scores = {item["rank"]: item["score"] for item in answer["items"]}
        assert [scores[rank] for rank in sorted(scores)] == sorted(scores.values(), reverse=True)
        assert [item["shown"] for item in answer["items"]] == list(range(1, len(answer["items"]) + 1))


# ---- both sides


def test_what_one_gives_is_what_the_other_gets(town: Town) -> None:
    """The same parts and the same score from either end."""
    pairs = 0
    for id in few(town, count=8):
        for item in town.ask(id, k=MOST)["items"][::5]:
            back = town.ask(item["id"], k=MOST)
            other = next((one for one in back["items"] if one["id"] == id), None)
            if other is None:
                continue
            pairs += 1
            assert other["score"] == item["score"]
            for mine, theirs in (("give", "get"), ("get", "give")):
                assert other[theirs]["score"] == item[mine]["score"]
                assert [(part["code"], part["part"]) for part in other[theirs]["parts"]] == [
                    (part["code"], part["part"]) for part in item[mine]["parts"]
                ]
    assert pairs > 10


# ---- the same bytes


def batch(town: Town) -> list[Question]:
    ids = [id for kind in KINDS for id in few(town, kind, 2)[:2]]
    asked = [Question(id, kinds=KINDS, day=DAY, lang=lang) for id in ids for lang in ("zh", "en")]
    return [*asked, *(Question(text=text, day=DAY) for text in ("齿轮热处理后变形", "焊缝气孔", "吊具防摇控制"))]


def test_a_batch_equals_single_questions_also_from_eight_threads(town: Town) -> None:
    questions = batch(town)
    single = [plain(unhurried(town, question)) for question in questions[::6]]
    fresh = town.again()
    with ThreadPoolExecutor(8) as threads:
        together = [plain(answer) for answer in threads.map(fresh.matcher.suggest, [*questions, *reversed(questions)])]
    one_by_one = [plain(town.matcher.suggest(question)) for question in questions]
    assert together == [*one_by_one, *reversed(one_by_one)]
    assert one_by_one[::6] == single


ELSEWHERE = """
import random, sys
from matching.embedding import GramEmbedder
from matching.suggestion import Question
from seeds import city
from tests.matching.towns import corpus, plain, read_in, ready, shuffled
order = int(sys.argv[1])
store = read_in([shuffled(city.generate(36), order) if order else city.generate(36)])
town = ready(store, GramEmbedder.train(corpus(store), dimensions=16))
for id in sorted(town.ids())[::4]:
    print(plain(town.ask(id, kinds=("workshop", "organisation", "person"))))
print(plain(town.ask(text="齿轮热处理后变形")))
"""


def test_another_process_hash_seed_and_order_of_rows_give_the_same_bytes() -> None:
    told = set()
    for hash_seed, order in (("0", "0"), ("77", "5")):
        told.add(
            subprocess.run(
                [sys.executable, "-c", ELSEWHERE, order],
                cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8"}, check=True, capture_output=True,
            ).stdout
        )  # fmt: skip
    assert len(told) == 1
    assert len(told.pop()) > 20_000


def test_a_seed_breaks_ties_and_changes_nothing_else(city: Town) -> None:
    for id in few(city, count=4):
        first, second = (city.ask(id, seed=seed, k=MOST, kinds=("workshop",)) for seed in (0, 1))
        assert sorted(item["score"] for item in first["items"])[-1] == sorted(item["score"] for item in second["items"])[-1]
        assert first["counts"] == second["counts"]


# ---- rules


def test_counts_are_those_of_the_rules_own_violations(town: Town) -> None:
    pool, profiles = town.matcher.pool, town.matcher.index.profiles
    for id in few(town, count=4):
        row = profiles.row(id)
        rows = [one for one in profiles.of_kinds(["workshop"]).tolist() if one != row]
        answer = town.ask(id, rules=RULES)
        broken = {
            rule: {one for one in rows if any(found.kind == "broken" for found in rule.violations(pool, (row, one)))}
            - ({one for one in rows} if any(found.kind == "broken" for found in rule.violations(pool, (row,))) else set())
            for rule in RULES
        }
        assert answer["counts"]["all"] == len(rows) + 1
        for told, rule in zip(answer["counts"]["rules"], RULES, strict=True):
            if not any(found.kind == "broken" for found in rule.violations(pool, (row,))):
                # the asked one beside itself breaks what forbids likes, and is in no list anyway
                assert told["violating"] - len(broken[rule]) in (0, 1), rule
        some = tuple(rule for rule in ABROAD)
        lawful = town.ask(id, rules=some)["counts"]["lawful"]
        by_hand = [one for one in rows if not any(one in broken[rule] for rule in some)]
        assert lawful - len(by_hand) in (0, 1)


def test_a_hard_rule_never_improves_the_best_and_adds_nobody(town: Town) -> None:
    for id in few(town, count=3):
        free = town.ask(id, rules=(), k=MOST)
        for rule in (*RULES, Exclude((free["items"][0]["id"],))) if free["items"] else RULES:
            for before, after in ((free, town.ask(id, rules=(rule,), k=MOST)),
                                  (town.ask(id, k=MOST), town.ask(id, rules=(*ABROAD, rule), k=MOST))):  # fmt: skip
                best = [max((item["score"] for item in one["items"]), default=0) for one in (before, after)]
                assert best[1] <= best[0]
                assert after["counts"]["lawful"] <= before["counts"]["lawful"]
                assert after["counts"]["proposed"] <= before["counts"]["proposed"]
                if before["counts"]["proposed"] <= MOST:
                    assert {item["id"] for item in after["items"]} <= {item["id"] for item in before["items"]}


def test_rules_move_no_score(town: Town) -> None:
    """Scaling constants hang on no rule."""
    for id in few(town, count=6):
        free = {item["id"]: item["score"] for item in town.ask(id, rules=(), k=MOST)["items"]}
        for item in town.ask(id, k=MOST)["items"]:
            assert free.get(item["id"], item["score"]) == item["score"]


def test_a_relaxation_is_what_asking_without_the_rule_gives(town: Town) -> None:
    told = 0
    for id in few(town, count=10):
        for rules in (ABROAD, STRICT, (Near("district", strict=True), Differ("trade"))):
            answer = town.ask(id, rules=rules)
            for offer in answer["relaxations"]:
                told += 1
                rest = tuple(rule for rule in rules if rule.as_json() not in offer["rules"])
                again = town.ask(id, rules=rest)
                assert again["items"][0]["id"] == offer["first"]
                assert again["items"][0]["score"] == offer["score"]
                assert again["items"][0]["name"] in offer["text"]
                assert str(offer["more"]) in offer["text"]
                assert open_to(again) - open_to(answer) == offer["more"]
    assert told > 10


def open_to(answer: Data) -> int:
    """Lawful ones that are hidden for no other reason (no decisions are in play, and nobody is of one's own circle and a partner)."""
    counts = answer["counts"]
    return int(counts["lawful"] - counts["own"] - counts["existing"])


def test_where_nothing_is_left_the_fewest_rules_are_offered_without_which_something_is(glossary: GramEmbedder) -> None:
    """One candidate only, of the same trade and the same unit: no single rule lets it through."""
    store = MemoryStore()
    unit = thing("unit", "organisation")
    say(
        store, *named("unit", "甲单位", "organisation"), *named("a", "甲工作室"), *named("b", "乙工作室"),
        *(Statement(thing(key), "trade", "C33", "table:toy") for key in "ab"),
        *(Statement(thing(key), "host", unit, "table:toy") for key in "ab"),
        Statement(thing("a"), "seeks", "焊缝气孔怎么治", "table:toy"), Statement(thing("b"), "offers", "焊缝气孔怎么治", "table:toy"),
    )  # fmt: skip
    answer = ready(store, glossary).ask(thing("a"), rules=(Differ("trade"), Differ("organisation"), Capacity(3)))
    assert answer["items"] == []
    assert answer["counts"]["lawful"] == 0
    (offer,) = answer["relaxations"]
    assert offer["rules"] == [{"rule": "differ", "by": "trade"}, {"rule": "differ", "by": "organisation"}]
    assert offer["first"] == thing("b")


# ---- sentences


def test_nothing_read_says_so(city: Town) -> None:
    answer = city.ask(text="今天天气不错")
    assert answer["read"]["trade"] == {"code": "", "name": "", "state": "unknown"}
    assert answer["read"]["note"] == "没读出行业，请选一个或补一句现象"
    assert answer["two_sided"] is False


def test_a_guessed_trade_is_shown_with_its_words_and_can_be_corrected(city: Town) -> None:
    guessed = city.ask(text="齿轮热处理后变形")["read"]
    assert guessed["trade"]["state"] == "inferred"
    assert guessed["note"].startswith(f"推断：{guessed['trade']['name']}（依据“齿轮热处理后变形")
    corrected = city.ask(text="齿轮热处理后变形", trade="C34")["read"]
    assert corrected["trade"]["code"] == "C34"
    assert corrected["trade"]["state"] == "told"
    assert corrected["note"] == ""
    none = city.ask(text="齿轮热处理后变形", trade="-")["read"]
    assert none["trade"]["code"] == ""
    with pytest.raises(InvalidData, match="code_unknown"):
        city.ask(text="齿轮", trade="X99")


def test_words_taken_out_are_not_read(city: Town) -> None:
    whole = city.ask(text="焊缝气孔，PVD涂层起皮")["read"]
    assert {"焊缝气孔", "pvd涂层"} <= set(whole["terms"])
    less = city.ask(text="焊缝气孔，PVD涂层起皮", without=("PVD涂层",))
    assert "pvd涂层" not in less["read"]["terms"]
    assert city.ask(text="焊缝气孔", without=("",))["items"] == city.ask(text="焊缝气孔")["items"]


HOSTILE = (
    "。，、！？", "🙂🔥" * 40, "'; DROP TABLE statements; --", "<script>alert(1)</script>", "{a}{0}{need!r}%s%(x)s", "a" * 2000,
    "焊" * 2000, "é" * 10, "½ ㎡ ﬁ", "𠮷野家の鋼", "\u3000焊接\u3000",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_sentences_get_an_answer(city: Town, text: str) -> None:
    for lang in ("zh", "en"):
        answer = city.ask(text=text, lang=lang)
        assert answer["question"]["text"] == text
        assert all(item["reasons"] for item in answer["items"])


@pytest.mark.parametrize("text", ["焊接\x00", "焊接\x1b[31m", "焊\u202e接", "\ud800"])
def test_control_characters_are_refused_with_their_place(city: Town, text: str) -> None:
    with pytest.raises(InvalidData) as caught:
        city.ask(text=text)
    assert caught.value.code == "text_refused"
    assert caught.value.place == {"offset": next(at for at, one in enumerate(text) if not one.isprintable())}


def test_limits_and_unknowns_are_refused(city: Town) -> None:
    id = city.ids()[0]
    for refused, code, more in (
        (LimitExceeded, "question_too_long", {"text": "焊" * 10_000}),
        (LimitExceeded, "too_many_asked", {"id": id, "k": MOST + 1}),
        (LimitExceeded, "too_many_asked", {"id": id, "k": 0}),
        (LimitExceeded, "too_many_asked", {"id": id, "k": -1}),
        (InvalidData, "code_unknown", {"id": id, "kinds": ("place",)}),
        (InvalidData, "code_unknown", {"id": id, "kinds": ()}),
        (InvalidData, "question_empty", {}),
        (InvalidData, "question_empty", {"text": "  "}),
        (InvalidData, "question_empty", {"id": id, "text": "焊接"}),
        (NotFound, "thing_unknown", {"id": "nobody"}),
        (InvalidData, "not_a_candidate", {"id": city.matcher.snapshot.id(int(city.matcher.snapshot.live("place")[0]))}),
    ):  # fmt: skip
        with pytest.raises(refused) as caught:
            city.ask(**more)
        assert caught.value.code == code
        assert isinstance(caught.value, LianyinError)


def test_an_id_with_a_blank_sentence_is_a_question_about_the_thing(city: Town) -> None:
    id = city.ids()[0]
    assert city.ask(id, text="  ")["items"] == city.ask(id)["items"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("proposed", KINDS)
def test_every_kind_can_ask_and_be_proposed(demo: Town, kind: str, proposed: str) -> None:
    found = 0
    for id in few(demo, kind, 6):
        answer = demo.ask(id, kinds=(proposed,), k=3, rules=())
        profiles = demo.matcher.index.profiles
        assert answer["two_sided"] is (len(profiles.offers.at(profiles.row(id))) > 0)
        assert len(answer["items"]) <= 3
        for item in answer["items"]:
            found += 1
            assert item["kind"] == proposed
            assert item["id"] != id
            assert (item["give"] is None) is not answer["two_sided"]
    assert found or (kind == proposed == "need")


# ---- merged, retracted


def test_a_merged_thing_asks_and_is_proposed_as_one(demo: Town) -> None:
    first, second = demo.ids()[:2]
    town = demo.saying(Statement(second, "same_as", first, "desk:tester"))
    assert len(town.ids()) == len(demo.ids()) - 1
    answers = [town.ask(id) for id in (first, second)]
    assert answers[0]["items"] == answers[1]["items"]
    assert not {first, second} & {item["id"] for item in answers[0]["items"]}


def test_rules_know_a_merged_thing_by_each_of_its_ids(city: Town) -> None:
    asked = city.ids()[0]
    first, second = (item["id"] for item in city.ask(asked)["items"][:2])
    town = city.saying(Statement(second, "same_as", first, "desk:tester"))
    left = [{item["id"] for item in town.ask(asked, rules=(Exclude((id,)),), k=MOST)["items"]} for id in (first, second)]
    assert left[0] == left[1]
    assert not {first, second} & left[0]


def test_a_retracted_thing_is_unknown_and_not_proposed(city: Town) -> None:
    store = read_in([])
    say(store, *named("a", "甲焊接工作室"), *named("b", "乙焊接工作室"))
    snapshot = store.snapshot()
    say(store, retracts=tuple(fact.row.statement.id for fact in snapshot.thing(thing("b")).facts))
    town = ready(store, city.matcher.index.embedder)
    assert town.ask(thing("a"), rules=())["items"] == []
    with pytest.raises(NotFound):
        town.ask(thing("b"))


def test_an_empty_store_and_a_lone_thing_get_an_answer(glossary: GramEmbedder) -> None:
    town = ready(MemoryStore(), glossary)
    assert town.ask(text="焊接")["items"] == []
    say(town.store, *named("a", "甲焊接工作室"))
    assert town.again().ask(thing("a"), kinds=KINDS)["items"] == []


def test_a_declined_pair_is_hidden(city: Town) -> None:
    id = city.ids()[0]
    best = city.ask(id)["items"][0]["id"]
    town = city.copy()
    snapshot = town.store.snapshot()
    town.store.append(decided(snapshot, Verdict(best, "decline", id, reason="rivals"), "tester", key="k", version=1, recipe="r", day=DAY))
    answer = town.again().ask(id, k=MOST)
    assert best not in {item["id"] for item in answer["items"]}
    assert answer["counts"]["declined"] == 1


# ---- more than are scored one by one


def test_the_best_of_three_channels_score_as_they_do_among_all(city: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above EXACT a pool is scored: where it holds every lawful one the answer is the same, bytes and all."""
    asked = [{"id": id} for id in few(city, count=6)] + [{"text": "齿轮热处理后变形"}]
    exact = [plain(city.ask(**one, rules=rules)) for one in asked for rules in (None, STRICT)]
    monkeypatch.setattr("matching.suggestion.EXACT", 0)
    assert [plain(city.ask(**one, rules=rules)) for one in asked for rules in (None, STRICT)] == exact
    monkeypatch.setattr("matching.retrieval.POOL", 40)
    for one in asked:
        whole, pooled = (city.ask(**one, k=MOST) for _ in range(2))
        assert plain(whole) == plain(pooled)
        assert pooled["counts"]["proposed"] <= 40
