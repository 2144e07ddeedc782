"""What every store promises; run over all of them."""

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pytest

from graph.record import invariants
from graph.record.arrays import Arrays
from graph.record.backup import verify
from graph.record.errors import Conflict, Forbidden, InvalidData, NotFound
from graph.record.model import Change, Statement, document_of
from graph.record.snapshot import build
from graph.record.store import Store
from tests.said import named, say, thing, told

A, B, C = thing("a"), thing("b"), thing("c")
FIRM = thing("firm", "organisation")


def filled(store: Store) -> Store:
    say(store, *named("a", "甲工作室"), *named("b", "乙工作室"), *named("firm", "某厂", "organisation"))
    return store


def code(error: pytest.ExceptionInfo[Exception]) -> str:
    return error.value.code  # type: ignore[attr-defined]


def assert_sound(store: Store) -> None:
    assert [one.problem for one in verify(store) if one.problem] == []


def test_only_effective_sets_are_recorded(store: Store) -> None:
    filled(store)
    again = say(store, *named("a", "甲工作室"), Statement(A, "note", "新", "table:toy"))
    assert (again.number, again.adds) == (2, 1)
    none = say(store, *named("a", "甲工作室"), retracts=("a" * 26,))
    assert (none.number, none.version) == (None, 2)


def test_a_key_stands_for_one_request(store: Store) -> None:
    first = say(store, *named("a", "甲"), key="k")
    assert say(store, *named("a", "甲"), key="k") == first
    with pytest.raises(Conflict) as error:
        say(store, *named("b", "乙"), key="k")
    assert code(error) == "key_reused"
    assert say(store, *named("a", "甲"), key="none").number is None
    assert say(store, *named("a", "甲"), key="none").number is None


def test_a_key_stands_for_what_was_asked_where_sets_follow_from_the_state(store: Store) -> None:
    filled(store)
    first, second = (Statement(A, "level", level, "desk:x") for level in ("municipal", "provincial"))
    say(store, first)
    asked = ("set", A, "level", "provincial")
    done = store.append(Change("x", adds=(second,), retracts=(first.id,), key="k", asked=asked))
    assert store.append(Change("x", adds=(second,), retracts=(second.id,), key="k", asked=asked)) == done
    assert store.answered("x", "k") == done
    assert store.answered("y", "k") is None
    with pytest.raises(Conflict) as error:
        store.append(Change("x", adds=(second,), key="k", asked=("set", A, "level", "national")))
    assert code(error) == "key_reused"


def test_conflict_is_per_thing(store: Store) -> None:
    filled(store)
    say(store, Statement(A, "note", "一", "desk:x"))
    with pytest.raises(Conflict) as error:
        store.append(Change("y", adds=(Statement(A, "note", "二", "desk:y"),)), base=1)
    assert code(error) == "touched_since"
    assert store.append(Change("y", adds=(Statement(B, "note", "二", "desk:y"),)), base=1).number == 3


def test_conflict_sees_through_merges(store: Store) -> None:
    filled(store)
    store.merge(A, B, actor="x")
    with pytest.raises(Conflict):
        store.append(Change("y", adds=(Statement(B, "note", "二", "desk:y"),)), base=1)


def test_a_refusal_touches_what_it_is_about(store: Store) -> None:
    filled(store)
    first, other = (named(key, name)[1] for key, name in (("a", "甲工作室"), ("b", "乙工作室")))
    store.refuse(first.id, actor="x", reason="误")
    refused, note = Statement(first.id, "refused", "误", "desk:y"), Statement(A, "note", "二", "desk:y")
    for one in (refused, note):
        with pytest.raises(Conflict) as error:
            store.append(Change("y", adds=(one,)), base=1)
        assert (code(error), error.value.facts["things"]) == ("touched_since", [A])  # type: ignore[attr-defined]
    assert store.append(Change("y", adds=(Statement(other.id, "refused", "误", "desk:y"),)), base=1).number == 3
    store.merge(A, B, actor="x")
    with pytest.raises(Conflict):
        store.append(Change("y", adds=(Statement(B, "note", "二", "desk:y"),)), base=3)
    assert store.append(Change("y", adds=(refused, note)), base=4).number == 5


def test_merge_and_split_are_of_what_was_seen(store: Store) -> None:
    filled(store)
    say(store, Statement(B, "note", "一", "desk:x"))
    with pytest.raises(Conflict) as error:
        store.merge(A, B, actor="y", base=1)
    assert code(error) == "touched_since"
    merged = store.merge(A, B, actor="y", key="m", base=2)
    say(store, Statement(FIRM, "note", "一", "desk:x"))
    assert store.merge(A, B, actor="y", key="m", base=1) == merged
    assert store.merge(A, B, actor="y", base=3).number is None
    say(store, Statement(A, "note", "一", "desk:x"))
    with pytest.raises(Conflict) as error:
        store.split(B, actor="y", base=4)
    assert code(error) == "touched_since"
    split = store.split(B, actor="y", key="s", base=5)
    assert store.split(B, actor="y", key="s", base=1) == split


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (Statement(C, "note", "x", "d"), "subject_unknown"),
        (Statement(A, "host", thing("nobody", "organisation"), "d"), "ref_unknown"),
        (Statement(A, "employer", FIRM, "d"), "property_not_on_kind"),
        (Statement(A, "host", B, "d"), "end_not_allowed"),
        (Statement(A, "kind", "person", "d"), "kind_differs"),
        (Statement(A, "nonsense", "x", "d"), "unknown_property"),
        (Statement("short", "note", "x", "d"), "id_malformed"),
        (Statement(A, "named", "2023-02-30", "d"), "date_impossible"),
        (Statement(A, "named", "２０２３-０７-１９", "d"), "date_impossible"),
        (Statement(A, "note", "a\x00b", "d"), "text_refused"),
        (Statement(A, "note", "\ud800", "d"), "text_refused"),
        (Statement(A, "note", "\u202eabc", "d"), "text_refused"),
        (Statement(A, "note", "  ", "d"), "text_empty"),
        (Statement(A, "level", "最高", "d"), "code_unknown"),
        (Statement(A, "note", "x", "d", confidence=1001), "confidence_out_of_range"),
        (Statement("a" * 26, "refused", "x", "d"), "statement_unknown"),
        (Statement(A, "same_as", FIRM, "d"), "kinds_differ"),
    ],
)
def test_what_breaks_a_rule_changes_nothing(store: Store, statement: Statement, expected: str) -> None:
    filled(store)
    before = told(store)
    with pytest.raises((InvalidData, Conflict)) as error:
        say(store, Statement(A, "note", "good", "d"), statement)
    assert code(error) == expected
    assert error.value.problem()["remedy"]  # type: ignore[attr-defined]
    assert told(store) == before
    assert store.head().number == 1


def test_a_thing_that_is_named_keeps_its_kind(store: Store) -> None:
    filled(store)
    say(store, Statement(A, "host", FIRM, "d"))
    kind, name = named("firm", "某厂", "organisation")
    with pytest.raises(Conflict) as error:
        say(store, retracts=(kind.id, name.id))
    assert code(error) == "thing_in_use"


def test_a_kind_is_refused_as_it_is_retracted(store: Store) -> None:
    filled(store)
    say(store, Statement(A, "host", FIRM, "d"), *(one._replace(source="other") for one in named("firm", "某厂", "organisation")))
    mine, others = ([one for one in told(store) if (one.subject, one.source) == (FIRM, source)] for source in ("table:toy", "other"))

    def refuse(*statements: Statement) -> None:
        store.append(Change("x", adds=tuple(Statement(one.id, "refused", "误", "desk:x") for one in statements)))

    refuse(mine[0])
    assert store.snapshot().has(FIRM)
    for told_wrong in ([others[0]], [*mine, *others]):
        with pytest.raises(Conflict) as error:
            refuse(*told_wrong)
        assert code(error) == "thing_in_use"
    with pytest.raises(Conflict):
        store.append(Change("x", adds=(Statement(others[0].id, "refused", "误", "desk:x"), Statement(FIRM, "note", "新", "desk:x"))))
    refuse(Statement(A, "host", FIRM, "d"), *mine, *others)
    assert not store.snapshot().has(FIRM)
    assert store.snapshot().thing(A).value("host") is None
    say(store, Statement(B, "host", FIRM, "d"))
    assert [store.snapshot().thing(FIRM).kind, store.snapshot().thing(FIRM).value("name")] == ["organisation", None]
    say(store, retracts=(Statement(B, "host", FIRM, "d").id,))
    assert not store.snapshot().has(FIRM)


def test_a_kind_that_was_refused_all_the_same_shows(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the record of an older release."""
    filled(store)
    say(store, Statement(A, "host", FIRM, "d"))
    monkeypatch.setattr(invariants, "_check_refused_kinds", lambda *_: None)
    kind = named("firm", "某厂", "organisation")[0]
    store.refuse(kind.id, actor="x", reason="误")
    assert store.snapshot().thing(A).value("host") == store.snapshot().thing(FIRM).id == FIRM
    assert [fact.state for fact in store.snapshot().thing(FIRM).facts] == ["told", "told"]
    assert store.snapshot().edges().target.tolist() == [store.snapshot().number(FIRM)]


def test_undo_gives_back_the_same_statements(store: Store) -> None:
    filled(store)
    before = told(store)
    done = say(store, Statement(A, "note", "x", "d"), retracts=(named("b", "乙工作室")[1].id,))
    undone = store.undo(done.version, actor="x")
    assert told(store) == before
    store.undo(undone.version, actor="x")
    assert Statement(A, "note", "x", "d") in told(store)
    assert_sound(store)


def test_undo_names_what_stands_on_a_change(store: Store) -> None:
    filled(store)
    say(store, Statement(A, "host", FIRM, "d"))
    say(store, *named("c", "丙"))
    with pytest.raises(Conflict) as error:
        store.undo(1, actor="x")
    assert code(error) == "undo_blocked"
    assert error.value.facts["changes"] == [2]  # type: ignore[attr-defined]
    store.undo(1, actor="x", with_later=True)
    assert {one.subject for one in told(store)} == {C}


def test_merge_folds_and_split_unfolds(store: Store) -> None:
    filled(store)
    held = store.snapshot()
    store.merge(B, A, actor="x")
    snapshot = store.snapshot()
    assert snapshot.thing(B).id == A == min(A, B) or snapshot.thing(A).id == snapshot.thing(B).id
    assert set(snapshot.thing(A).values("name")) == {"甲工作室", "乙工作室"}
    assert store.merge(A, B, actor="x").number is None
    assert held.thing(B).values("name") == ["乙工作室"]
    store.split(B, actor="x")
    assert store.snapshot().thing(B).values("name") == ["乙工作室"]
    with pytest.raises(Conflict):
        store.split(B, actor="x")


def test_split_leaves_the_others_one(store: Store) -> None:
    filled(store)
    say(store, *named("c", "丙"))
    store.merge(A, B, actor="x")
    store.merge(B, C, actor="x")
    store.split(B, actor="x")
    snapshot = store.snapshot()
    assert snapshot.thing(A).id == snapshot.thing(C).id != snapshot.thing(B).id


def test_different_things_do_not_merge(store: Store) -> None:
    filled(store)
    say(store, Statement(A, "different_from", B, "desk:x"))
    with pytest.raises(Conflict) as error:
        store.merge(A, B, actor="x")
    assert code(error) == "different_inside"


def test_undo_of_a_merge(store: Store) -> None:
    filled(store)
    before = told(store)
    merged = store.merge(A, B, actor="x")
    store.undo(merged.version, actor="x")
    assert told(store) == before


def test_a_refused_fact_stays_out_and_another_source_brings_it_back(store: Store) -> None:
    filled(store)
    wrong = Statement(A, "level", "national", "https://one.example")
    say(store, wrong)
    store.refuse(wrong.id, actor="x", reason="误", instead=Statement(A, "level", "municipal", "desk:x"))
    assert store.snapshot().thing(A).value("level") == "municipal"
    say(store, retracts=(wrong.id,))
    say(store, wrong)
    assert store.snapshot().thing(A).values("level") == ["municipal"]
    say(store, wrong._replace(source="https://two.example"))
    facts = [fact for fact in store.snapshot().thing(A).facts if fact.property_id == "level" and fact.state == "told"]
    assert {fact.value for fact in facts} == {"municipal", "national"}
    assert all(fact.conflict for fact in facts)


def test_a_refusal_covers_mirrors(store: Store) -> None:
    filled(store)
    pages = ("https://one.example", "https://two.example")
    for page in pages:
        say(store, Statement(document_of(page) or "", "kind", "document", page))
        say(store, Statement(A, "level", "national", page))
    say(store, Statement(document_of(pages[0]) or "", "same_as", document_of(pages[1]) or "", "desk:x"))
    store.refuse(Statement(A, "level", "national", pages[0]).id, actor="x", reason="误")
    assert store.snapshot().thing(A).values("level") == []
    assert store.snapshot().column("level")[store.snapshot().number(A)] == -1


def test_which_value_shows(store: Store) -> None:
    filled(store)
    pages = {"https://old.example": "2020", "https://new.example": "2024-05"}
    for page, day in pages.items():
        document = document_of(page) or ""
        say(store, Statement(document, "kind", "document", page), Statement(document, "published", day, page))
    say(store, Statement(A, "level", "municipal", "https://new.example"), Statement(A, "level", "national", "https://old.example"))
    assert store.snapshot().thing(A).value("level") == "municipal"
    say(store, Statement(A, "level", "district", "desk:x", confidence=1))
    assert store.snapshot().thing(A).values("level")[0] == "district"


def test_three_dates(store: Store) -> None:
    filled(store)
    say(store, Statement(A, "host", FIRM, "https://p.example", since="2020", until="2022-06"))
    document = document_of("https://p.example") or ""
    say(store, Statement(document, "kind", "document", "desk:x"), Statement(document, "published", "2021-03", "desk:x"))
    assert store.snapshot(1).thing(A).value("host") is None
    assert store.snapshot(on="2021-01-01").thing(A).value("host") == FIRM
    assert store.snapshot(on="2023-01-01").thing(A).value("host") is None
    assert not store.snapshot(known_by="2021-01-01").has(A)
    with pytest.raises(NotFound):
        store.snapshot(99)


def test_a_draft_is_a_log_of_its_own(store: Store) -> None:
    filled(store)
    store.open_log("draft")
    say(store, Statement(A, "note", "稿", "desk:x"), retracts=(named("b", "乙工作室")[1].id,), log="draft")
    assert store.snapshot(log="draft").thing(A).values("note") == ["稿"]
    assert store.snapshot(log="draft").thing(B).name == ""
    assert store.snapshot().thing(B).name == "乙工作室"
    store.accept("draft", actor="x")
    assert store.snapshot().thing(B).name == ""
    assert_sound(store)
    with pytest.raises(NotFound):
        say(store, *named("c", "丙"), log="nothing")


def test_a_draft_that_main_overtook_is_not_accepted(store: Store) -> None:
    filled(store)
    store.open_log("draft")
    say(store, Statement(A, "note", "稿", "desk:x"), log="draft")
    say(store, Statement(A, "note", "别人", "desk:y"))
    with pytest.raises(Conflict):
        store.accept("draft", actor="x")


def test_kept_bytes(store: Store) -> None:
    digest = store.keep("正文".encode())
    assert store.keep("正文".encode()) == digest
    assert store.kept(digest).decode() == store.kept(digest[:16]).decode() == "正文"
    for other in ("0" * 64, "0" * 16, digest[:15], digest + "0", ""):
        with pytest.raises(NotFound):
            store.kept(other)


def with_person(store: Store) -> str:
    person = thing("p", "person")
    filled(store)
    say(store, *named("p", "肖阳", "person"), Statement(person, "employer", FIRM, "table:toy"))
    say(store, *named("w", "某厂肖阳创新工作室"), Statement(thing("w"), "leader", person, "table:toy"))
    say(store, Statement(thing("w"), "host", FIRM, "table:toy"))
    return person


def test_erase_leaves_no_name_and_a_whole_chain(store: Store) -> None:
    person = with_person(store)
    text = store.keep("由肖(xiao)阳(yang)领衔".encode())
    store.erase([person], actor="x", reason="肖阳本人要求")
    snapshot = store.snapshot()
    assert not snapshot.has(person)
    assert snapshot.thing(thing("w")).values("name") == ["〔已隐去〕创新工作室（某厂）"]
    assert store.kept(text).decode() == "由" + "■" * 14 + "领衔"
    assert not [one for one in told(store) if "肖阳" in "".join(map(str, one))]
    assert not [one for one in store.changes() if "肖阳" in one.reason]
    assert_sound(store)
    with pytest.raises(Forbidden):
        store.undo(store.head().number, actor="x")


def test_what_was_erased_does_not_come_back(store: Store) -> None:
    person = with_person(store)
    store.erase([person], actor="x")
    say(store, *named("p", "肖阳", "person"), Statement(thing("w"), "leader", person, "table:toy"), *named("w", "某厂肖阳创新工作室"))
    assert not store.snapshot().has(person)
    assert store.snapshot().thing(thing("w")).values("name") == ["〔已隐去〕创新工作室（某厂）"]
    with pytest.raises(Conflict) as error:
        say(store, *named("q", "肖阳", "person"))
    assert code(error) == "erased_namesake"
    assert say(store, *named("q", "肖阳", "person"), namesakes=True).number


def refused_namesake(act: Callable[..., object], **more: object) -> None:
    with pytest.raises(Conflict) as error:
        act(**more)
    assert code(error) == "erased_namesake"


def test_whoever_brings_a_namesake_may_answer(store: Store) -> None:
    person = with_person(store)
    other, name = named("q", "肖阳", "person")
    say(store, other, name, *named("s", "肖阳", "person"))  # while one of that name is left, an erasure masks no other text
    taken_back = say(store, retracts=(name.id,)).number
    assert taken_back
    say(store, Statement(other.subject, "note", "后来说的", "d"))
    named_here = Statement(other.subject, "alias", "肖阳", "desk:x")
    store.erase([person], actor="x")
    refused_namesake(store.undo, number=taken_back, actor="x", key="u")
    assert store.undo(taken_back, actor="x", key="u", namesakes=True).adds == 1
    note = next(one for one in told(store) if one.property == "note" and one.subject == other.subject)
    refused_namesake(store.refuse, statement=note.id, actor="x", reason="不实", instead=named_here)
    assert store.refuse(note.id, actor="x", reason="不实", instead=named_here, namesakes=True).adds == 2
    assert store.snapshot().thing(other.subject).values("alias") == ["肖阳"]
    assert_sound(store)


def test_a_draft_with_a_namesake_may_be_accepted(store: Store) -> None:
    person = with_person(store)
    store.erase([person], actor="x")
    store.open_log("draft")
    store.append(Change("x", adds=named("r", "肖阳", "person"), log="draft", namesakes=True))
    refused_namesake(store.accept, log="draft", actor="x")
    assert store.accept("draft", actor="x", namesakes=True).adds == 2


def test_the_next_snapshot_equals_a_build(store: Store) -> None:
    filled(store)
    random = np.random.default_rng(5)
    for step in range(30):
        store.snapshot()
        keys = [str(key) for key in random.integers(0, 12, 3)]
        adds = [one for key in keys for one in named(key, f"第{key}")]
        adds.append(Statement(thing(keys[0]), "partner", thing(keys[1]), f"d{step % 3}"))
        live = [one for one in told(store) if one.property == "partner"]
        gone = tuple(one.id for one in live[: int(random.integers(0, 2))])
        say(store, *adds, retracts=gone)
        snapshot = store.snapshot()
        whole = build(store, "main", snapshot.version, snapshot.digest)
        for field in fields(Arrays):
            np.testing.assert_array_equal(getattr(snapshot.arrays, field.name), getattr(whole.arrays, field.name), err_msg=field.name)


def test_a_payload_changes_with_retract_and_add(store: Store) -> None:
    filled(store)
    one = Statement(A, "note", "x", "d", locator="0:1-2")
    say(store, one)
    moved = one._replace(locator="3:1-2")
    assert say(store, moved).number is None
    assert say(store, moved, retracts=(one.id,)).number == 3
    assert moved in told(store)


def test_an_etag_is_of_ones_own_statements(store: Store) -> None:
    filled(store)
    before = store.snapshot().thing(A).etag
    say(store, Statement(B, "note", "x", "d"))
    assert store.snapshot().thing(A).etag == before
    say(store, Statement(A, "note", "x", "d"))
    assert store.snapshot().thing(A).etag != before


def assert_next_equals_build(store: Store) -> None:
    snapshot = store.snapshot()
    whole = build(store, "main", snapshot.version, snapshot.digest)
    for field in fields(Arrays):
        np.testing.assert_array_equal(getattr(snapshot.arrays, field.name), getattr(whole.arrays, field.name), err_msg=field.name)


def test_a_refused_edge_told_again_is_in_no_array(store: Store) -> None:
    filled(store)
    host = Statement(A, "host", FIRM, "d")
    say(store, host)
    store.refuse(host.id, actor="x", reason="误")
    say(store, retracts=(host.id,))
    store.snapshot()
    say(store, host)
    assert len(store.snapshot().edges().source) == 0
    assert_next_equals_build(store)


def test_a_repeated_undo_split_or_merge_is_answered_alike(store: Store) -> None:
    filled(store)
    say(store, Statement(A, "host", FIRM, "d"))
    undone = store.undo(1, actor="x", with_later=True, key="undo")
    assert store.undo(1, actor="x", with_later=True, key="undo") == undone
    filled(store)
    store.merge(A, B, actor="x")
    assert store.merge(B, A, actor="x", key="merge").number is None
    with pytest.raises(Conflict) as error:
        store.append(Change("x", adds=(Statement(A, "note", "n", "d"),), key="merge"))
    assert code(error) == "key_reused"
    split = store.split(B, actor="x", key="split")
    assert store.split(B, actor="x", key="split") == split
    with pytest.raises(Conflict):
        store.split(A, actor="x", key="split")


@pytest.mark.parametrize(
    "change",
    [
        Change("x", retracts=("nonsense!",)),
        Change("x", retracts=("\ud800" * 26,)),
        Change("\ud800", adds=named("a", "甲")),
        Change("x", "\ud800", adds=named("a", "甲")),
        Change("x", adds=named("a", "甲"), key="\0"),
        Change("x", adds=(named("a", "甲")[0]._replace(rule="\ud800"),)),
        Change("x", adds=(named("a", "甲")[0]._replace(confidence=True),)),
        Change("x", adds=(named("a", "甲")[0]._replace(confidence=1000.0),)),  # type: ignore[arg-type]
    ],
)
def test_ugly_changes_are_one_error(store: Store, change: Change) -> None:
    with pytest.raises(InvalidData) as error:
        store.append(change)
    assert str(error.value)
    assert store.head().number == 0


@pytest.mark.parametrize("number", [0, -1, 2, 10**30])
def test_a_change_that_does_not_exist(store: Store, number: int) -> None:
    filled(store)
    for act in (lambda: store.undo(number, actor="x"), lambda: store.change(number), lambda: store.told_in(number)):
        with pytest.raises(NotFound) as error:
            act()
        assert code(error) == "change_unknown"


@pytest.mark.parametrize("base", [-1, 2, 10**30])
def test_a_draft_stands_on_a_version_that_is(store: Store, base: int) -> None:
    filled(store)
    with pytest.raises(NotFound) as error:
        store.open_log("draft", base)
    assert code(error) == "version_unknown"


def test_a_held_snapshot_knows_nothing_later(store: Store) -> None:
    filled(store)
    held = store.snapshot()
    later = Statement(A, "note", "n", "d")
    say(store, later, *named("c", "丙"), Statement(B, "host", FIRM, "d"))
    assert held.thing(A).values("note") == []
    assert held.incoming(FIRM) == []
    assert not held.has(C)
    assert "丙" not in held.names()
    with pytest.raises(NotFound):
        held.statement(later.id)


def test_an_etag_sees_the_payload(store: Store) -> None:
    filled(store)
    one = Statement(A, "note", "x", "d", confidence=1)
    say(store, one)
    before = store.snapshot().thing(A).etag
    say(store, one._replace(confidence=900), retracts=(one.id,))
    assert store.snapshot().thing(A).etag != before


def test_a_draft_reads_main_up_to_its_base(store: Store) -> None:
    filled(store)
    for note in "12":
        say(store, Statement(A, "note", note, "d"))
    store.open_log("draft")
    say(store, Statement(A, "note", "稿", "d"), log="draft")
    late = Statement(A, "note", "后", "d")
    say(store, late)
    draft = store.snapshot(log="draft")
    assert [row.statement.value for row in draft.history(A) if row.statement.property == "note"] == ["1", "2", "稿"]
    assert store.snapshot(log="draft", known_by="2999-01-01").thing(A).values("note") == ["1", "2", "稿"]
    with pytest.raises(NotFound):
        draft.statement(late.id)
    with pytest.raises(InvalidData):
        store.refuse(late.id, actor="x", reason="误", log="draft")


def test_the_first_change_of_a_draft_is_checked(store: Store) -> None:
    store.open_log("empty")
    say(store, *named("a", "甲"), log="empty")
    assert say(store, *named("a", "甲"), log="empty").number is None
    filled(store)
    store.open_log("draft")
    with pytest.raises(InvalidData) as error:
        say(store, Statement(A, "kind", "person", "d"), log="draft")
    assert code(error) == "kind_differs"


def test_a_draft_undoes_what_it_retracted_below(store: Store) -> None:
    filled(store)
    name = named("b", "乙工作室")[1]
    store.open_log("draft")
    gone = say(store, retracts=(name.id,), log="draft")
    store.undo(gone.version, actor="x", log="draft")
    assert store.snapshot(log="draft").thing(B).name == "乙工作室"
    assert store.accept("draft", actor="x").number is None
    assert_sound(store)


def test_erasing_two_people_leaves_one_row_an_id(store: Store) -> None:
    person = with_person(store)
    say(store, *named("q", "李强", "person"), Statement(A, "note", "见肖阳", "d"), Statement(A, "note", "见李强", "d"))
    store.erase([person], actor="x")
    store.erase([thing("q", "person")], actor="x")
    ids = [one.id for one in told(store)]
    assert len(ids) == len(set(ids))
    assert store.snapshot().thing(A).values("note") == ["见■■"]
    assert_sound(store)


def test_erasing_is_exact_in_every_draft(store: Store) -> None:
    person = with_person(store)
    other = Statement(A, "note", "好", "d")
    for name, one in (("one", Statement(A, "note", "见肖阳", "d")), ("two", other)):
        store.open_log(name)
        say(store, one, log=name)
    store.erase([person], actor="x")
    assert store.snapshot(log="one").thing(A).values("note") == ["见■■"]
    assert say(store, other, log="two").number is None
    assert_sound(store)


def test_what_was_undone_or_renamed_is_erased_too(store: Store) -> None:
    person = with_person(store)
    old = named("p", "肖阳", "person")[1]
    say(store, Statement(A, "note", "见肖阳", "d"))
    say(store, old._replace(value="肖杨"), retracts=(old.id,))
    say(store, *named("q", "李强", "person"))
    store.undo(store.head().number, actor="x")
    store.erase([person, thing("q", "person")], actor="x")
    assert store.snapshot().thing(A).values("note") == ["见■■"]
    assert_sound(store)


@pytest.mark.parametrize(("note", "left"), [("由肖(xiao)阳(yang)领衔", "由■领衔"), ("by XiaoYang.", "by ■."), ("看 肖 阳", "看 ■")])
def test_glossed_and_spelled_names_in_facts_are_masked(store: Store, note: str, left: str) -> None:
    person = with_person(store)
    say(store, Statement(A, "note", note, "d"), Statement(A, "note", "阳光肖像", "d"))
    store.erase([person], actor="x", spellings=["xiaoyang", "", " "])
    found = store.snapshot().thing(A).values("note")
    assert {value.replace("■", "") for value in found} == {left.replace("■", ""), "阳光肖像"}
    assert store.snapshot().thing(B).name == "乙工作室"
    assert_sound(store)


def test_a_refusal_outlives_the_masking_of_its_fact(store: Store) -> None:
    person = with_person(store)
    wrong, other = Statement(A, "note", "见肖阳", "d"), Statement(A, "note", "误写", "d")
    say(store, wrong, other)
    store.refuse(wrong.id, actor="x", reason="误")
    store.refuse(other.id, actor="x", reason="肖阳说不对")
    store.erase([person], actor="x")
    assert store.snapshot().thing(A).values("note") == []
    assert not [one for one in told(store) if "肖阳" in one.value]
    assert_sound(store)


def test_erasing_a_name_that_is_also_a_word_of_ours(store: Store) -> None:
    filled(store)
    say(store, *named("h", "Level", "organisation"), Statement(A, "level", "national", "d", rule="tables.level"))
    store.erase([thing("h", "organisation")], actor="x")
    assert store.snapshot().thing(A).value("level") == "national"
    assert_sound(store)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-16", "gb18030", "utf-8"])
def test_kept_bytes_lose_the_name_in_every_encoding(store: Store, codec: str) -> None:
    person = with_person(store)
    kept = [store.keep("见肖阳说".encode(codec)), store.keep(b"\xff\xfa\x00\x81" + "肖阳".encode(codec))]
    store.erase([person], actor="x")
    for digest in kept:
        assert "肖阳".encode(codec)[-4:] not in store.kept(digest)
    assert_sound(store)


def test_a_namesake_is_left_alone(store: Store) -> None:
    person = with_person(store)
    say(store, *named("q", "肖阳", "person"), Statement(A, "note", "见肖阳", "d"))
    store.erase([person], actor="x")
    assert store.snapshot().thing(thing("q", "person")).name == "肖阳"
    assert store.snapshot().thing(A).values("note") == ["见肖阳"]
    assert_sound(store)


def test_accepting_twice_under_one_key(store: Store) -> None:
    filled(store)
    store.open_log("draft")
    store.merge(A, B, actor="x", log="draft")
    assert store.snapshot().thing(B).values("name") == ["乙工作室"]
    accepted = store.accept("draft", actor="x", key="k")
    assert store.accept("draft", actor="x", key="k") == accepted
    assert store.snapshot().thing(B).id == min(A, B)


def test_an_erased_actor_leaves_no_answer(store: Store) -> None:
    person = with_person(store)
    store.append(Change("肖阳", "由", adds=named("c", "丙"), key="k"))
    store.erase([person], actor="x")
    assert not [one for one in store.changes() if "肖阳" in one.actor]
    assert store.append(Change("肖阳", "由", adds=named("d", "丁"), key="k")).number
    assert_sound(store)


def test_an_old_version_shows_nothing_erased(store: Store) -> None:
    person = with_person(store)
    before = store.head().number
    store.erase([person], actor="x")
    old = store.snapshot(before)
    assert not old.has(person)
    assert old.thing(thing("w")).values("name") == []
