"""A trade read out of text and a place taken from the unit: inferred, marked, with evidence, never over what is told."""

import pytest

from graph.analysis.derive import derived, trade_of, words_in
from graph.record.memory_store import MemoryStore
from graph.record.model import Statement
from graph.record.ontology import ontology
from tests.said import named, say, thing

A, FIRM, CITY = thing("a"), thing("firm", "organisation"), thing("city", "place")


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    say(made, *named("a", "甲创新工作室"), *named("firm", "某厂", "organisation"), *named("city", "大连", "place"))
    say(made, Statement(A, "host", FIRM, "d"), Statement(FIRM, "place", CITY, "d"))
    return made


def test_a_trade_is_inferred_from_words_and_names_them(store: MemoryStore) -> None:
    say(store, Statement(A, "achievement", "氩弧焊打底与埋弧焊工艺改进", "d"))
    snapshot = store.snapshot()
    guess = derived(snapshot).guess(A, "trade")
    assert guess is not None
    assert guess.value == "C33"
    assert guess.words
    assert [snapshot.statement(id).statement.property for id in guess.evidence] == ["achievement"]
    slot = snapshot.number(A)
    assert derived(snapshot).inferred("trade")[slot]
    assert list(ontology().codes["trade"])[derived(snapshot).column("trade")[slot]] == "C33"


def test_what_is_told_stands_before(store: MemoryStore) -> None:
    say(store, Statement(A, "achievement", "氩弧焊打底与埋弧焊工艺改进", "d"), Statement(A, "trade", "E48", "d"))
    snapshot = store.snapshot()
    assert derived(snapshot).guess(A, "trade") is None
    assert not derived(snapshot).inferred("trade")[snapshot.number(A)]


def test_a_place_comes_from_the_unit(store: MemoryStore) -> None:
    snapshot = store.snapshot()
    guess = derived(snapshot).guess(A, "place")
    assert guess is not None
    assert guess.value == CITY
    assert {snapshot.statement(id).statement.property for id in guess.evidence} == {"host", "place"}
    assert derived(snapshot).column("place")[snapshot.number(A)] == snapshot.number(CITY)


def test_nothing_is_guessed_from_nothing() -> None:
    assert trade_of([("积极创新、提高质量", 1.0)]) is None
    assert list(words_in("")) == []


def test_a_symptom_speaks_for_its_trade() -> None:
    found = trade_of([("齿轮热处理后变形", 1.0)])
    assert found is not None
    assert found[0] in ("C33", "C34")
