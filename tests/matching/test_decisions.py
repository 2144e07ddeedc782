"""Decisions: recorded with what was seen, hidden both ways, undone without a trace, held through a merge."""

from dataclasses import replace
from typing import Any

import pytest

from graph.record.errors import InvalidData, LianyinError, NotFound
from graph.record.memory_store import MemoryStore
from graph.record.model import Receipt, Statement
from matching.decisions import Verdict, decided, read
from matching.embedding import GramEmbedder
from matching.grouping import GroupQuestion, group
from matching.suggestion import MOST
from tests.matching.towns import DAY, Town, ready
from tests.said import named, say, thing, told

A, B, C = (thing(key) for key in "abc")
SEEN = {"version": 7, "recipe": "f00d"}


@pytest.fixture
def town(glossary: GramEmbedder) -> Town:
    """Six that weld, each in its own unit; `a` asks for what `b` does."""
    store = MemoryStore()
    for key in "abcdef":
        unit = thing(f"unit {key}", "organisation")
        say(
            store, *named(key, f"{key}号工作室"), *named(f"unit {key}", f"{key}厂", "organisation"),
            Statement(thing(key), "host", unit, "table:toy"), Statement(thing(key), "offers", f"焊缝气孔治理{key}", "table:toy"),
            Statement(thing(key), "seeks", "焊缝气孔怎么治", "table:toy"),
        )  # fmt: skip
    return ready(store, glossary)


def decide(town: Town, verdict: Verdict, key: str = "k", actor: str = "tester", day: str = DAY) -> tuple[Town, Receipt]:
    """The town after a verdict, and the receipt of its change."""
    receipt = town.store.append(decided(town.store.snapshot(), verdict, actor, key=key, day=day, **SEEN))
    return town.again(), receipt


def proposed(town: Town, asked: str, **more: Any) -> set[str]:
    return {item["id"] for item in town.ask(asked, k=MOST, rules=(), **more)["items"]}


DECLINED = Verdict(B, "decline", A, reason="rivals")


@pytest.mark.parametrize("verdict", [DECLINED, Verdict(B, "accept", A), Verdict(B, "put_off", A)])
def test_a_decision_hides_the_pair_in_both_directions_and_undo_brings_it_back(town: Town, verdict: Verdict) -> None:
    before = told(town.store)
    after, receipt = decide(town, verdict)
    for asked, other in ((A, B), (B, A)):
        assert other in proposed(town, asked)
        assert other not in proposed(after, asked)
    assert C in proposed(after, A)
    assert receipt.number is not None
    town.store.undo(receipt.number, actor="tester")
    assert told(town.store) == before
    undone = town.again()
    assert undone.ask(A, rules=())["items"] == town.ask(A, rules=())["items"]


def test_a_decision_is_a_thing_that_says_who_what_and_what_was_seen(town: Town) -> None:
    after, receipt = decide(town, replace(DECLINED, reason="other", words="下次再议"), actor="wang")
    (decision,) = after.matcher.decisions.all
    assert decision.about == tuple(sorted((A, B), key=decision.about.index))
    assert set(decision.about) == {A, B}
    assert (decision.answer, decision.reason, decision.words, decision.actor) == ("decline", "other", "下次再议", "wang")
    assert (decision.seen_version, decision.seen_recipe) == ("7", "f00d")
    assert decision.change == receipt.number
    assert after.matcher.snapshot.thing(decision.id).kind == "decision"


def test_counts_tell_who_is_hidden_for_which_reason(town: Town) -> None:
    after, _ = decide(town, DECLINED, "1")
    after, _ = decide(after, Verdict(C, "accept", A), "2")
    after, _ = decide(after, Verdict(thing("d"), "put_off", A), "3")
    after, _ = decide(after, Verdict(thing("e"), "decline", A, reason="existing"), "4")
    counts = after.ask(A, rules=())["counts"]
    assert {name: counts[name] for name in ("accepted", "declined", "put_off", "existing")} == {
        "accepted": 1, "declined": 1, "put_off": 1, "existing": 1,
    }  # fmt: skip
    assert proposed(after, A) == {thing("f")}


def test_put_off_holds_for_thirty_days(town: Town) -> None:
    after, _ = decide(town, Verdict(B, "put_off", A), day="2026-01-15")
    assert B not in proposed(after, A, day="2026-01-15")
    assert B not in proposed(after, A, day="2026-02-13")
    assert B in proposed(after, A, day="2026-02-14")


@pytest.mark.parametrize("answer", ["put_off", "decline"])
def test_a_date_given_is_the_day_on_which_the_pair_comes_back(town: Town, answer: str) -> None:
    after, _ = decide(town, Verdict(B, answer, A, reason="early" if answer == "decline" else "", until="2026-03-01"))
    assert B not in proposed(after, A, day="2026-02-28")
    assert B in proposed(after, A, day="2026-03-01")


def test_a_month_given_is_its_first_day(town: Town) -> None:
    after, _ = decide(town, Verdict(B, "put_off", A, until="2026-03"))
    assert B not in proposed(after, A, day="2026-02-28")
    assert B in proposed(after, A, day="2026-03-01")


def test_a_later_decision_counts_and_undo_brings_the_earlier_one_back(town: Town) -> None:
    after, _ = decide(town, DECLINED, "1")
    after, second = decide(after, Verdict(A, "put_off", B), "2")
    assert [one.answer for one in after.matcher.decisions.all] == ["put_off"]
    assert B in proposed(after, A, day="2027-01-01")
    assert second.number is not None
    town.store.undo(second.number, actor="tester")
    back = town.again()
    assert [one.answer for one in back.matcher.decisions.by_pair.values()] == ["decline"]
    assert B not in proposed(back, A, day="2027-01-01")


def test_after_an_undo_one_can_decide_anew(town: Town) -> None:
    after, first = decide(town, DECLINED, "1")
    assert first.number is not None
    town.store.undo(first.number, actor="tester")
    after, _ = decide(town, Verdict(B, "accept", A), "2")
    assert [one.answer for one in after.matcher.decisions.all] == ["accept"]


def test_the_same_key_again_is_the_same_decision(town: Town) -> None:
    after, _ = decide(town, DECLINED, "1")
    first = decided(after.store.snapshot(), Verdict(B, "put_off", A), "tester", key="2", day=DAY, **SEEN)
    receipt = town.store.append(first)
    again = decided(town.store.snapshot(), Verdict(B, "put_off", A), "tester", key="2", day="2026-01-20", **SEEN)
    assert town.store.append(again) == receipt


def test_two_people_may_use_one_key_for_two_pairs(town: Town) -> None:
    decide(town, DECLINED, "1", "wang")
    after, _ = decide(town, Verdict(thing("d"), "accept", C), "1", "li")
    assert sorted(one.answer for one in after.matcher.decisions.by_pair.values()) == ["accept", "decline"]
    assert B not in proposed(after, A)
    assert thing("d") not in proposed(after, C)


def test_a_decision_on_a_merged_thing_holds(town: Town) -> None:
    """Made on either id, before the merge or after; a split gives it back to whom it was made on."""
    for asked in (B, C):
        own = town.copy()
        own.store.append(decided(own.store.snapshot(), Verdict(asked, "decline", A, reason="secret"), "tester", key="k", day=DAY, **SEEN))
        own.store.merge(C, B, actor="tester")
        after = own.again()
        merged = after.matcher.snapshot.id(after.matcher.snapshot.number(C))
        assert merged not in proposed(after, A)
        assert A not in proposed(after, C)
        assert A not in proposed(after, B)
    after, _ = decide(after, Verdict(C, "accept", thing("d")), "later")
    assert thing("d") not in proposed(after, B)


def test_a_pair_that_became_one_is_decided_about_no_more(town: Town) -> None:
    decide(town, DECLINED)
    town.store.merge(A, B, actor="tester")
    after = town.again()
    assert after.matcher.decisions.by_pair == {}
    assert C in proposed(after, A)


@pytest.mark.parametrize("again", ["焊缝气孔怎么治", "  焊缝气孔怎么治 ", "焊缝气孔怎么治\u3000"])
def test_a_decision_on_a_sentence_hides_for_that_sentence(town: Town, again: str) -> None:
    after, _ = decide(town, Verdict(B, "decline", text="焊缝气孔怎么治", reason="mismatch"))
    found = {item["id"] for item in after.ask(text=again, k=MOST)["items"]}
    assert B not in found
    assert C in found
    assert B in {item["id"] for item in after.ask(text="焊缝气孔怎么办", k=MOST)["items"]}
    assert B in proposed(after, A)


def test_a_sentence_is_the_same_however_it_is_composed(town: Town) -> None:
    after, _ = decide(town, Verdict(B, "decline", text="焊缝 e\u0301 气孔", reason="mismatch"))
    assert B not in {item["id"] for item in after.ask(text="焊缝 e\u0301 气孔", k=MOST)["items"]}
    assert B not in {item["id"] for item in after.ask(text="焊缝 \u00e9 气孔", k=MOST)["items"]}


@pytest.mark.parametrize(
    ("verdict", "kind", "code"),
    [
        (replace(DECLINED, answer="maybe"), InvalidData, "answer_unknown"),
        (replace(DECLINED, answer="agree"), InvalidData, "answer_unknown"),
        (replace(DECLINED, reason=""), InvalidData, "reason_needed"),
        (replace(DECLINED, reason="ugly"), InvalidData, "reason_needed"),
        (replace(DECLINED, reason="other"), InvalidData, "reason_needed"),
        (replace(DECLINED, reason="other", words="  "), InvalidData, "reason_needed"),
        (replace(DECLINED, asked=""), InvalidData, "decision_pair"),
        (replace(DECLINED, asked=B), InvalidData, "decision_pair"),
        (replace(DECLINED, text="焊接"), InvalidData, "decision_pair"),
        (replace(DECLINED, asked="", text="  "), InvalidData, "decision_pair"),
        (replace(DECLINED, candidate="nobody"), NotFound, "thing_unknown"),
        (replace(DECLINED, candidate=""), InvalidData, "decision_pair"),
        (Verdict(B, "put_off", A, until="soon"), InvalidData, "date_impossible"),
        (Verdict(B, "put_off", A, until="2026-13-45"), InvalidData, "date_impossible"),
        (Verdict(B, "accept", A, reason="ugly"), InvalidData, "code_unknown"),
        (replace(DECLINED, asked="", text="焊\x00接"), InvalidData, "text_refused"),
    ],
)
def test_what_is_no_decision_is_refused_and_leaves_no_trace(town: Town, verdict: Verdict, kind: type[LianyinError], code: str) -> None:
    before = town.store.head()
    with pytest.raises(kind) as caught:
        decide(town, verdict)
    assert caught.value.code == code
    assert town.store.head() == before


@pytest.mark.parametrize(("reason", "apart"), [("rivals", True), ("secret", True), ("unit_no", True), ("far", False), ("busy", False)])
def test_hard_reasons_keep_a_pair_out_of_groups_too(town: Town, reason: str, apart: bool) -> None:
    after, _ = decide(town, Verdict(C, "decline", B, reason=reason))
    told = group(after.matcher, GroupQuestion(text="焊缝气孔治理", size=(6, 6), day=DAY))
    assert (told["status"] == "none_found") is apart
    fewer = group(after.matcher, GroupQuestion(text="焊缝气孔治理", size=(3, 5), day=DAY))
    assert fewer["status"] == "better"
    for choice in fewer["choices"]:
        members = {member["id"] for member in choice["members"]}
        assert not (apart and {B, C} <= members)


def test_a_hard_reason_with_a_date_keeps_apart_until_then(town: Town) -> None:
    after, _ = decide(town, Verdict(C, "decline", B, reason="unit_no", until="2026-03-01"))
    six = GroupQuestion(text="焊缝气孔治理", size=(6, 6))
    before = group(after.matcher, replace(six, day="2026-02-28"))
    assert before["status"] == "none_found"
    broken = [one for rule in before["nearest"]["rules"] for one in rule["violations"]]
    assert [one["words"] for one in broken] == ["禁配（单位不同意）：b号工作室、c号工作室"]
    assert before["relaxation"]["rule"]["rule"] == "size"  # what people refused is not offered to be dropped
    assert group(after.matcher, replace(six, day="2026-03-01"))["status"] == "better"


def test_a_hard_decision_between_what_the_group_is_about_and_a_thing_keeps_that_out(town: Town) -> None:
    need = thing("need", "need")
    say(town.store, *named("need", "焊缝气孔怎么治", "need"))
    town.store.append(decided(town.store.snapshot(), Verdict(B, "decline", need, reason="secret"), "tester", key="1", day=DAY, **SEEN))
    town.store.append(
        decided(town.store.snapshot(), Verdict(C, "decline", text="焊缝气孔", reason="secret"), "tester", key="2", day=DAY, **SEEN)
    )
    after = town.again()
    for question, out in ((GroupQuestion(id=need, day=DAY), B), (GroupQuestion(text="焊缝气孔", day=DAY), C)):
        five, six = (group(after.matcher, replace(question, size=(size, size))) for size in (5, 6))
        assert five["status"] == "better"
        assert all(out not in {member["id"] for member in choice["members"]} for choice in five["choices"])
        assert six["status"] == "none_found"
        assert out not in {member["id"] for member in six["nearest"]["members"]}


def test_a_decision_about_a_thing_that_is_gone_counts_for_nothing(town: Town) -> None:
    decide(town, DECLINED)
    snapshot = town.store.snapshot()
    about = [row.statement.id for one in read(snapshot).all for row in (fact.row for fact in snapshot.thing(one.id).facts)]
    gone = [fact.row.statement.id for fact in snapshot.thing(B).facts]
    say(town.store, retracts=(*gone, *about))
    assert town.again().matcher.decisions.by_pair == {}
