"""The readable rows of a snapshot: what a reader finds in them, and that following changes comes to the same as starting anew."""

from collections.abc import Iterable, Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from graph.analysis.mirror import Mirror, touched
from graph.record.errors import LianyinError
from graph.record.memory_store import MemoryStore
from graph.record.model import Row, Statement, thing_id
from graph.record.readable import TOLD_BY, VOCABULARY, Node, Rows, Tie
from graph.record.store import Store
from tests.said import named, say, thing, told

A, B = thing("a"), thing("b")
FIRM, PERSON = thing("firm", "organisation"), thing("p", "person")
CITY, PAPER = thing("city", "place"), thing_id("document", "series", "toy")
PAPER_TOLD = (Statement(PAPER, "kind", "document", "desk:t"), Statement(PAPER, "name", "某报", "desk:t"))


@pytest.fixture
def store() -> MemoryStore:
    """Rows follow from the snapshot, whatever the store."""
    return MemoryStore()


def described(store: Store) -> dict[str, Node | Tie]:
    return keyed(rows for rows, _ in Mirror(store.snapshot()).everything())


def keyed(batches: Iterable[Rows]) -> dict[str, Node | Tie]:
    found: dict[str, Node | Tie] = {}
    for rows in batches:
        for one in (*rows.nodes, *rows.ties):
            assert one[0] not in found, one
            found[one[0]] = one
    return found


def ties(store: Store, type: str) -> list[Tie]:
    return [one for one in described(store).values() if isinstance(one, Tie) and one.type == type]


def filled(store: Store) -> Store:
    say(store, *PAPER_TOLD, *named("a", "甲工作室"), *named("firm", "某厂", "organisation"), *named("p", "王某", "person"),
        *named("city", "某市", "place"))  # fmt: skip
    return store


def test_a_node_is_read_in_chinese(store: Store) -> None:
    filled(store)
    facts = [("alias", "甲"), ("alias", "甲室"), ("level", "provincial"), ("key", "W1"), ("named", "2023-07"), ("offers", "13800138000")]
    say(store, *(Statement(A, property_id, value, "table:toy") for property_id, value in facts))
    node = described(store)[A]
    assert node == Node(A, "工作室", {
        "编号": A, "名称": "甲工作室", "又名": ["甲", "甲室"], "来源编号": ["W1"], "级别": "省级", "命名日期": "2023-07",
        "可提供": ["■■■■■■■■■■■"],
    })  # fmt: skip


def test_a_relationship_says_when_and_by_whom(store: Store) -> None:
    filled(store)
    say(store, Statement(A, "host", FIRM, "table:toy", since="2019"), Statement(A, "host", FIRM, "desk:王", since="2019"))
    (tie,) = ties(store, "所在单位")
    assert (tie.start, tie.end, tie.owner) == (A, FIRM, A)
    told = {"确认状态": "人工记入", "推断": False, "现值": True, "出处": ["人工记入：王", "某报"], "自": "2019"}
    assert {key: value for key, value in tie.values.items() if key != "编号"} == told


def test_what_a_paper_tells_is_one_hop_away(store: Store) -> None:
    filled(store)
    fact = Statement(A, "level", "municipal", "table:toy", locator="名单.csv!3!级别@0")
    say(store, fact)
    tie = described(store)[fact.id]
    assert isinstance(tie, Tie)
    assert (tie.type, tie.start, tie.end) == (TOLD_BY, PAPER, A)
    assert tie.values == {"编号": fact.id, "属性": "级别", "值": "市级", "位置": "名单.csv 第3行 级别"}


def test_a_conflict_shows_one_value_and_marks_the_others(store: Store) -> None:
    filled(store)
    say(store, Statement(A, "level", "municipal", "table:toy"), Statement(A, "level", "provincial", "desk:t"),
        Statement(A, "host", FIRM, "table:toy"), *named("other", "另一厂", "organisation"),
        Statement(A, "host", thing("other", "organisation"), "desk:t"))  # fmt: skip
    node = described(store)[A]
    assert isinstance(node, Node)
    assert (node.values["级别"], node.values["级别_另说"], node.values["分歧"]) == ("省级", ["市级"], ["级别", "所在单位"])
    assert {(tie.end, tie.values["现值"], tie.values["确认状态"]) for tie in ties(store, "所在单位")} == {
        (FIRM, False, "说法不一"), (thing("other", "organisation"), True, "说法不一"),
    }  # fmt: skip


def test_a_value_of_another_time_is_no_conflict(store: Store) -> None:
    filled(store)
    say(store, Statement(A, "level", "municipal", "table:toy", "2019", "2021"), Statement(A, "level", "provincial", "table:toy", "2021"))
    node = described(store)[A]
    assert isinstance(node, Node)
    assert (node.values["级别"], node.values["级别_曾为"], node.values.get("分歧")) == ("省级", ["市级"], None)


def test_refused_and_retracted_are_absent(store: Store) -> None:
    filled(store)
    level, host = Statement(A, "level", "municipal", "table:toy"), Statement(A, "host", FIRM, "table:toy")
    say(store, level, host)
    store.refuse(level.id, actor="t", reason="更正")
    say(store, retracts=(host.id,))
    found = described(store)
    node = found[A]
    assert isinstance(node, Node)
    assert "级别" not in node.values
    assert level.id not in found
    assert not ties(store, "所在单位")


def test_merged_things_are_one_node(store: Store) -> None:
    filled(store)
    say(store, *named("b", "乙工作室"), Statement(B, "host", FIRM, "table:toy"))
    store.merge(A, B, actor="t")
    found = described(store)
    node = found[min(A, B) if A not in found else A]
    assert isinstance(node, Node)
    assert node.values["成员编号"] == sorted([A, B])
    assert len({A, B} & found.keys()) == 1
    assert [tie.start for tie in ties(store, "所在单位")] == [node.id]


def test_what_is_inferred_says_so_and_from_what(store: Store) -> None:
    filled(store)
    say(store, Statement(FIRM, "place", CITY, "table:toy"), Statement(A, "host", FIRM, "table:toy"),
        Statement(A, "does", "轴承磨削", "table:toy"))  # fmt: skip
    place = next(tie for tie in ties(store, "地区") if tie.start == A)
    assert place.values["推断"] is True
    assert place.values["依据"] == ["所在单位：某厂"]
    assert (place.end, place.values["确认状态"]) == (CITY, "推断")
    trade = next(tie for tie in ties(store, "行业") if tie.start == A)
    assert trade.values["依据"] == ["轴承磨削"]
    say(store, Statement(A, "trade", "C34", "table:toy"))
    assert [tie.values["推断"] for tie in ties(store, "行业") if tie.start == A] == [False]


def test_a_post_is_one_line_until_something_points_at_it(store: Store) -> None:
    filled(store)
    post, note = thing("post", "post"), thing("figure", "figure")
    told = (Statement(post, "kind", "post", "table:toy"), Statement(post, "holder", PERSON, "table:toy"),
            Statement(post, "post_at", FIRM, "table:toy"), Statement(post, "title", "总工程师", "table:toy"))  # fmt: skip
    say(store, *told)
    (line,) = ties(store, "任职")
    assert (line.id, line.start, line.end, line.values["职务"]) == (post, PERSON, FIRM, ["总工程师"])
    paper = described(store)[told[3].id]
    assert isinstance(paper, Tie)
    assert (paper.end, paper.values["属性"], paper.values["事项"]) == (PERSON, "任职·职务", post)
    say(store, *named("figure", "人数", "figure"), Statement(note, "subject", post, "table:toy"))
    assert not ties(store, "任职")
    assert {tie.end for tie in (*ties(store, "任职人"), *ties(store, "任职单位"))} == {PERSON, FIRM}


def test_what_is_personal_stays_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from graph.record.ontology import ontology

    filled(store)
    say(store, Statement(PERSON, "honour", "劳模", "table:toy"))
    table = ontology().properties
    monkeypatch.setitem(table, "honour", replace(table["honour"], privacy="personal"))  # type: ignore[arg-type]
    assert "劳模" not in str(list(described(store).values()))


def test_a_decision_says_by_whom_when_and_on_which_pair(store: Store) -> None:
    filled(store)
    pair, question = thing("pair", "decision"), thing("question", "decision")
    for id, about, answer in ((pair, [("about", A), ("about", FIRM)], "accept"), (question, [("about", A), ("note", "怎么焊")], "put_off")):
        say(store, *(Statement(id, key, value, "desk:王") for key, value in [("kind", "decision"), *about, ("answer", answer)]))
    found, times = described(store), [one.time for one in store.changes()]
    assert found[pair].values == {"编号": pair, "名称": "采纳：甲工作室 ⇄ 某厂", "结论": "采纳", "操作人": "王", "时间": times[1]}
    assert found[question].values["名称"] == "暂缓：甲工作室 ⇄ 怎么焊"
    say(store, Statement(FIRM, "name", "新厂", "desk:t"), retracts=(named("firm", "某厂", "organisation")[1].id,))
    assert described(store)[pair].values["名称"] == "采纳：甲工作室 ⇄ 新厂"


def test_every_word_is_of_the_ontology(store: Store) -> None:
    filled(store)
    for one in described(store).values():
        if isinstance(one, Node):
            assert one.label in VOCABULARY.labels
            assert one.values.keys() <= VOCABULARY.own
        else:
            assert one.type in VOCABULARY.all_types


# ---- following comes to the same as starting anew

KINDS = {"a": "workshop", "b": "workshop", "c": "workshop", "f": "organisation", "g": "organisation", "p": "person", "city": "place",
         "town": "place", "weld": "field", "post": "post", "note": "figure", "n": "need", "pair": "decision"}  # fmt: skip
IDS = {key: thing(key, kind) for key, kind in KINDS.items()}
PAPERS = {name: thing_id("document", "series", name) for name in ("d", "e")}
WORLD = (
    *(Statement(IDS[key], "kind", kind, "desk:t") for key, kind in KINDS.items()),
    *(Statement(id, "kind", "document", "desk:t") for id in PAPERS.values()),
    Statement(PAPERS["d"], "published", "2022", "desk:t"), Statement(PAPERS["e"], "published", "2023", "desk:t"),
    Statement(IDS["a"], "level", "municipal", "table:d"), Statement(IDS["a"], "level", "provincial", "table:e"),
    *(Statement(IDS["pair"], "about", IDS[end], "desk:t") for end in "af"),
)  # fmt: skip


def pool() -> Iterator[Statement]:
    for source in ("table:d", "table:e", "desk:t"):
        for key in ("a", "f", "city", "weld", "p"):
            yield from (Statement(IDS[key], "name", f"{key}{word}", source) for word in ("焊接", "轴承"))
        for key in "ab":
            yield from (Statement(IDS[key], "host", IDS[unit], source) for unit in "fg")
            yield Statement(IDS[key], "partner", IDS["c"], source)
        yield from (Statement(IDS["f"], "place", IDS[place], source) for place in ("city", "town"))
    for source in ("table:d", "table:e"):
        yield from (Statement(IDS[key], "level", f"{level}", source) for key in "ab" for level in ("municipal", "provincial"))
    yield from (Statement(IDS["c"], "trade", "C34", "table:d"), Statement(IDS["c"], "description", "焊接接头开裂", "table:e"),
                Statement(IDS["b"], "field", IDS["weld"], "table:d"), Statement(IDS["n"], "raised_by", IDS["f"], "table:e"))  # fmt: skip
    yield from (Statement(IDS["post"], "post_at", IDS["f"], "table:d"), Statement(IDS["post"], "title", "主任", "table:e"),
                Statement(IDS["note"], "subject", IDS["post"], "table:d"))  # fmt: skip
    yield from (Statement(IDS["pair"], "answer", answer, "desk:t") for answer in ("accept", "decline"))
    for id in PAPERS.values():
        yield from (Statement(id, "name", word, "desk:t") for word in ("日报", "晚报"))
        yield from (Statement(id, "published", day, "desk:t") for day in ("2024", "2026"))


POOL = tuple(pool())


class Followed(RuleBasedStateMachine):
    """Rows kept by following, beside rows made anew."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        say(self.store, *WORLD, Statement(IDS["post"], "holder", IDS["p"], "table:d"))
        self.rows = described(self.store)
        self.version = self.store.head().number

    def live(self, at: int) -> Statement:
        """One of what is told of now."""
        told_now = [one for one in told(self.store) if one in POOL]
        return told_now[at % len(told_now)] if told_now else POOL[at % len(POOL)]

    @rule(adds=st.lists(st.sampled_from(POOL), max_size=4))
    def tell(self, adds: list[Statement]) -> None:
        say(self.store, *adds)

    @rule(at=st.integers(0, 99))
    def retract(self, at: int) -> None:
        say(self.store, retracts=(self.live(at).id,))

    @rule(pair=st.sampled_from([("a", "b"), ("b", "c"), ("f", "g"), ("city", "town")]), apart=st.booleans())
    def judge(self, pair: tuple[str, str], apart: bool) -> None:
        first, second = (IDS[key] for key in pair)
        try:
            if apart:
                self.store.split(first, actor="t")
            else:
                self.store.merge(first, second, actor="t")
        except LianyinError:
            pass

    @rule(apart=st.booleans())
    def judge_papers(self, apart: bool) -> None:
        try:
            if apart:
                self.store.split(PAPERS["d"], actor="t")
            else:
                self.store.merge(*PAPERS.values(), actor="t")
        except LianyinError:
            pass

    @rule(at=st.integers(0, 99))
    def refuse(self, at: int) -> None:
        try:
            self.store.refuse(self.live(at).id, actor="t", reason="更正")
        except LianyinError:
            pass

    @rule(back=st.integers(0, 5))
    def undo(self, back: int) -> None:
        try:
            self.store.undo(max(2, self.store.head().number - back), actor="t")
        except LianyinError:
            pass

    @invariant()
    def the_same(self) -> None:
        snapshot = self.store.snapshot()
        rows: list[Row] = [row for one in self.store.changes(self.version) for told in self.store.told_in(one.number) for row in told]
        self.version = snapshot.version
        ids = touched(snapshot, rows)
        assert ids is not None
        kept = {id: one for id, one in self.rows.items() if (one.owner if isinstance(one, Tie) else one.id) not in ids}
        self.rows = kept | keyed([Mirror(snapshot).rows(ids)])
        assert self.rows == described(self.store)


MOVES: dict[str, list[Statement]] = {
    "the day of a paper decides between two": [Statement(PAPERS["d"], "published", "2024", "desk:t")],
    "a post that is pointed at is a node": [
        Statement(IDS["post"], "post_at", IDS["f"], "table:d"), Statement(IDS["note"], "subject", IDS["post"], "table:d"),
    ],
    "a member's word is its thing's": [Statement(IDS["a"], "same_as", IDS["b"], "desk:t"), Statement(IDS["b"], "alias", "乙", "desk:t")],
    "a paper called otherwise": [Statement(PAPERS["d"], "name", "日报", "desk:t")],
    "what was refused is named again": [
        Statement(Statement(IDS["g"], "kind", "organisation", "desk:t").id, "refused", "误", "desk:t"),
        Statement(IDS["a"], "host", IDS["g"], "table:d"), Statement(IDS["g"], "name", "焊接厂", "table:d"),
    ],
    "a unit's place is its workshop's": [
        Statement(IDS["a"], "host", IDS["f"], "table:d"), Statement(IDS["f"], "place", IDS["city"], "table:d"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("move", MOVES)
def test_one_move_is_followed(move: str) -> None:
    machine = Followed()
    for one in MOVES[move]:
        say(machine.store, one)
        machine.the_same()
    for one in reversed(MOVES[move]):
        say(machine.store, retracts=(one.id,))
        machine.the_same()


TestFollowed = Followed.TestCase
TestFollowed.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
