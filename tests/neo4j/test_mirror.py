"""The readable graph on a real server: filled, followed, repeated, contended for, looked through for edits and mended."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest
from neo4j import Driver, GraphDatabase
from typer.testing import CliRunner

from api import verbs
from api.cli import app
from api.handwork import Edit, adopt, edits, put_back
from api.mirroring import brought_up
from graph.analysis.mirror import Mirror
from graph.record import neo4j_graph
from graph.record.errors import Conflict, LianyinError, StoreUnavailable
from graph.record.model import Change, Receipt, Statement, thing_id
from graph.record.neo4j_store import Neo4jStore
from graph.record.readable import Node, Tie
from tests.analysis.test_mirror import PAPERS, POOL, WORLD, keyed
from tests.conftest import EDITION_PARAMETERS
from tests.neo4j import stores
from tests.neo4j.server import Server
from tests.said import named, say, thing, told

pytestmark = pytest.mark.patient

A, B = thing("a"), thing("b")
FIRM, CITY, PAPER = thing("firm", "organisation"), thing("city", "place"), thing_id("document", "series", "toy")
NODES = "MATCH (n:事物) RETURN n.编号 AS id, labels(n) AS labels, properties(n) AS values"
TIES = """MATCH (a)-[r]->(b) WHERE NOT a:Store AND NOT a:Entry
RETURN r.编号 AS id, type(r) AS type, a.编号 AS start, b.编号 AS end, properties(r) AS values"""


@pytest.fixture(params=EDITION_PARAMETERS)
def server(request: pytest.FixtureRequest) -> Server:
    running: Server = request.getfixturevalue(request.param)
    return running


@pytest.fixture
def store(server: Server, tmp_path: Path) -> Iterator[Neo4jStore]:
    with stores.fresh(server, tmp_path / "home") as made:
        yield made


@pytest.fixture
def driver(server: Server) -> Iterator[Driver]:
    with GraphDatabase.driver(server.address, auth=server.auth, notifications_min_severity="OFF") as made:
        yield made


def there(driver: Driver) -> dict[str, Any]:
    """All that is in the readable graph, by id."""
    nodes = driver.execute_query(NODES).records
    ties = driver.execute_query(TIES).records
    found: dict[str, Any] = {one["id"]: (set(one["labels"]) - {"事物"}, one["values"]) for one in nodes}
    found |= {one["id"]: (one["type"], one["start"], one["end"], one["values"]) for one in ties}
    assert len(found) == len(nodes) + len(ties)
    return found


def wanted(store: Neo4jStore) -> dict[str, Any]:
    """What should be there, made anew."""
    rows = keyed(rows for rows, _ in Mirror(store.snapshot()).everything())
    told: dict[str, Any] = {one.id: ({one.label}, one.values) for one in rows.values() if isinstance(one, Node)}
    return told | {one.id: (one.type, one.start, one.end, one.values) for one in rows.values() if isinstance(one, Tie)}


def filled(store: Neo4jStore) -> Neo4jStore:
    say(store, *named("a", "甲工作室"), *named("b", "乙工作室"), *named("firm", "某厂", "organisation"), *named("city", "某市", "place"),
        Statement(A, "host", FIRM, "table:toy"), Statement(FIRM, "place", CITY, "table:toy"),
        Statement(A, "level", "municipal", "table:toy"), Statement(PAPER, "kind", "document", "desk:t"))  # fmt: skip
    return store


def test_filled_followed_and_repeated(store: Neo4jStore, driver: Driver) -> None:
    filled(store)
    assert brought_up(store) == {"version": 1, "things": 122}
    assert there(driver) == wanted(store)
    say(store, Statement(A, "level", "provincial", "desk:t"), Statement(FIRM, "name", "新厂", "desk:t"))
    store.merge(A, B, actor="t")
    assert brought_up(store) == {"version": 3, "things": 3}
    assert there(driver) == wanted(store)
    assert store.readable.mirrored() == 3
    assert brought_up(store) == {"version": 3, "things": 0}
    driver.execute_query("MATCH (h:Head) SET h.mirrored = 2")
    brought_up(store)
    assert there(driver) == wanted(store)
    driver.execute_query("MATCH (h:Head) SET h.mirrored = 0")
    brought_up(store)
    assert there(driver) == wanted(store)


def test_random_changes_followed_come_to_the_same_as_a_start_anew(store: Neo4jStore, driver: Driver) -> None:
    random = Random(6)
    say(store, *WORLD)
    brought_up(store)
    for _ in range(6):
        for _ in range(random.randint(1, 3)):
            changed(store, random)
        brought_up(store)
        assert there(driver) == wanted(store)


def changed(store: Neo4jStore, random: Random) -> None:
    live = [one for one in told(store) if one in POOL] or [POOL[0]]
    papers = list(PAPERS.values())
    ways = [
        lambda: store.append(Change("t", adds=tuple(random.sample(POOL, 6)))), lambda: say(store, retracts=(random.choice(live).id,)),
        lambda: store.refuse(random.choice(live).id, actor="t", reason="更正"), lambda: store.merge(*papers, actor="t"),
        lambda: store.split(papers[0], actor="t"), lambda: store.merge(thing("a"), thing("b"), actor="t"),
        lambda: store.undo(random.randint(1, store.head().number), actor="t"),
    ]  # fmt: skip
    try:
        random.choice(ways)()
    except LianyinError:
        pass


def test_an_erasure_reaches_it(store: Neo4jStore, driver: Driver) -> None:
    filled(store)
    brought_up(store)
    verbs.erase(store, [FIRM], "t", everywhere=True)
    assert store.readable.mirrored() == store.head().number
    assert there(driver) == wanted(store)
    assert "某厂" not in str(there(driver))


def test_an_erasure_reaches_it_whose_sweep_failed(store: Neo4jStore, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost() -> None:
        raise StoreUnavailable("server_unreachable", place={"store": store.address})

    filled(store)
    brought_up(store)
    monkeypatch.setattr(store._shared, "sweep", lost)
    with pytest.raises(StoreUnavailable):
        verbs.erase(store, [FIRM], "t", everywhere=True)
    assert there(driver) == wanted(store)


def test_one_at_a_time_and_a_rested_one_is_taken_over(
    store: Neo4jStore, server: Server, driver: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    filled(store)
    turn = store.readable.turn()
    assert turn is not None
    store.readable.stand(turn, [(A, "工作室")])
    with stores.opened(server, tmp_path / "other") as other:
        assert brought_up(other) is None
        monkeypatch.setattr(neo4j_graph, "PATIENCE", 0.0)
        assert brought_up(other) == {"version": 1, "things": 122}
        with pytest.raises(Conflict) as error:
            store.readable.stand(turn, [(B, "工作室")])
        assert error.value.code == "mirror_overtaken"
        assert there(driver) == wanted(other)


def test_a_batch_is_written_once_though_its_answer_was_lost(store: Neo4jStore, driver: Driver) -> None:
    filled(store)
    graph, rows = store.readable, Mirror(store.snapshot())
    turn = graph.turn()
    assert turn is not None
    graph.stand(turn, rows.bare())
    batch = rows.rows([A])
    before = turn.step
    graph.fill(turn, batch)
    turn.step = before  # as where the driver runs the same transaction again
    graph.fill(turn, batch)
    assert driver.execute_query("MATCH (:工作室)-[r:所在单位]->() RETURN count(r) AS n").records[0]["n"] == 1


# ---- edits made by hand


def sentences(found: list[Edit], *, understood: bool) -> list[str]:
    return sorted(str(edit.told()["words"]) for edit in found if (edit.said is not None) is understood)


def test_edits_are_told_in_words_and_put_back(store: Neo4jStore, driver: Driver) -> None:
    brought_up(filled(store))
    assert edits(store) == []
    for query in (
        "MATCH (n {名称: '甲工作室'}) SET n.级别 = '省级', n.荣誉 = ['先进'], n.分数 = 0.5, n.成员编号 = ['x']",
        "MATCH (:工作室)-[r:所在单位]->() DELETE r",
        "MATCH (n:地区) DETACH DELETE n",
        "MATCH (n {名称: '乙工作室'}) REMOVE n:工作室 SET n:旧称",
        "MATCH (a {名称: '甲工作室'}), (b {名称: '乙工作室'}) CREATE (a)-[:合作方 {自: '2025'}]->(b), (a)-[:喜欢]->(b), (a)-[:载明]->(b)",
        "CREATE (:工作室 {名称: '丙工作室'})-[:领衔人]->(:专家 {名称: '李某', 职务: ['组长']}), (:事物:咖啡 {名称: '拿铁'})",
    ):
        driver.execute_query(query)
    found = edits(store)
    assert sentences(found, understood=True) == sorted([
        "甲工作室：级别由「市级」改成了「省级」", "甲工作室：荣誉由「未载」改成了「先进」", "甲工作室 –所在单位→ 某厂 被删掉了",
        "新画了 甲工作室 –合作方→ 乙工作室", "新画了工作室「丙工作室」", "新画了专家「李某」", "新画了 丙工作室 –领衔人→ 李某",
    ])  # fmt: skip
    assert sentences(found, understood=False) == sorted([
        "乙工作室：标签改成了未载", "乙工作室：多了不认识的属性或标签 旧称",
        "甲工作室：成员编号由「未载」改成了「x」", "某市的节点被删掉了（删事物请在工作台）", "甲工作室：多了不认识的属性或标签 分数",
        "新画了 甲工作室 –喜欢→ 乙工作室", "新画了 甲工作室 –载明→ 乙工作室", "新画了咖啡「拿铁」",
    ])  # fmt: skip
    assert len(put_back(store)["left"]) == 8
    assert sentences(edits(store), understood=True) == ["新画了 丙工作室 –领衔人→ 李某", "新画了专家「李某」", "新画了工作室「丙工作室」"]
    put_back(store, strangers=True)
    assert edits(store) == []
    assert there(driver) == wanted(store)


def test_nodes_of_others_are_never_touched(store: Neo4jStore, driver: Driver) -> None:
    driver.execute_query("CREATE (a:Person {名称: '张'})-[:KNOWS]->(:Person), (a)-[:资助]->(:Company), (), (:文件 {名称: '报告'})")
    assert store.readable.others() == 4
    brought_up(filled(store))
    assert [edit.told()["words"] for edit in edits(store)] == ["新画了文件「报告」"]
    assert (len(put_back(store)["put_back"]), driver.execute_query("MATCH (n:文件 {名称: '报告'}) RETURN n").records != []) == (0, True)
    put_back(store, strangers=True)
    assert edits(store) == []
    assert driver.execute_query("MATCH (n:文件 {名称: '报告'}) RETURN n").records == []
    assert store.readable.others() == 4
    assert driver.execute_query("MATCH (:Person)-[r]->() RETURN count(r) AS n").records[0]["n"] == 2
    driver.execute_query("MATCH (n:Person) DETACH DELETE n")


def test_edits_are_taken_in_as_words_of_the_desk(store: Neo4jStore, driver: Driver) -> None:
    brought_up(filled(store))
    for query in (
        "MATCH (n {名称: '甲工作室'}) SET n.级别 = '省级', n.荣誉 = ['先进'], n.颜色 = '红'",
        "MATCH (:工作室)-[r:所在单位]->() DELETE r",
        "MATCH (a {名称: '甲工作室'}), (b {名称: '乙工作室'}) CREATE (a)-[:合作方 {自: '2025'}]->(b)",
        "MATCH (a {名称: '乙工作室'}), (t:行业 {编号: 'C34'}) CREATE (a)-[:行业]->(t)",
        "MATCH (f:单位) CREATE (f)<-[:任职 {职务: ['主任']}]-(:专家 {名称: '李某'})",
        "MATCH (p:专家 {名称: '李某'}) CREATE (:工作室 {名称: '丙工作室', 级别: '区县级'})-[:领衔人]->(p)",
    ):
        driver.execute_query(query)
    done = adopt(store, "王")
    assert [one["words"] for one in done["left"]] == ["甲工作室：多了不认识的属性或标签 颜色"]
    snapshot = store.snapshot()
    workshop = snapshot.thing(A)
    assert (workshop.value("level"), workshop.values("honour"), workshop.value("host")) == ("provincial", ["先进"], None)
    assert {(fact.value, fact.state) for fact in workshop.facts if fact.property_id == "level"} == {
        ("municipal", "refused"), ("provincial", "told"),
    }  # fmt: skip
    partner = next(fact.row.statement for fact in workshop.facts if fact.property_id == "partner")
    assert (partner.value, partner.since, partner.source) == (B, "2025", "desk:王")
    assert snapshot.thing(B).values("trade") == ["C34"]
    new = next(one for one in snapshot.things("workshop") if one.name == "丙工作室")
    assert new.value("level") == "district"
    assert snapshot.thing(new.value("leader") or "").name == "李某"
    (post,) = snapshot.things("post")
    assert (post.value("post_at"), post.values("title")) == (FIRM, ["主任"])
    assert store.change(snapshot.version).reason == "在 Neo4j 中改的"
    assert driver.execute_query("MATCH (n {颜色: '红'}) REMOVE n.颜色 RETURN n").records
    assert there(driver) == wanted(store)
    assert edits(store) == []


@pytest.fixture
def other(store: Neo4jStore, server: Server, tmp_path: Path) -> Iterator[Neo4jStore]:
    """A server on another machine."""
    with stores.opened(server, tmp_path / "other") as made:
        yield made


def while_looking(monkeypatch: pytest.MonkeyPatch, store: Neo4jStore, happens: Callable[[], object]) -> None:
    """Somebody does something once, in the middle of the next look for edits."""
    strange_nodes, left = store.readable.strange_nodes, [happens]

    def looking() -> object:
        if left:
            left.pop()()
        return strange_nodes()

    monkeypatch.setattr(store.readable, "strange_nodes", looking)


@pytest.mark.parametrize("take", [False, True])
def test_what_a_server_shows_meanwhile_was_not_edited(
    store: Neo4jStore, other: Neo4jStore, driver: Driver, monkeypatch: pytest.MonkeyPatch, take: bool
) -> None:
    """It writes and shows while we look, with its own turn or with ours that it took away."""
    brought_up(filled(store))
    for act in (lambda: edits(store), lambda: adopt(store, "王")["taken"], lambda: put_back(store)["put_back"]):

        def shows(key: str = str(other.follow())) -> None:
            say(other, *named(key, f"{key}号"), Statement(A, "honour", key, "desk:x"), Statement(thing(key), "partner", A, "desk:x"))
            brought_up(other, take=take)

        while_looking(monkeypatch, store, shows)
        head = store.follow()
        assert act() == []
        assert store.follow() == head + 1
        brought_up(store)
        assert there(driver) == wanted(store)
        monkeypatch.undo()


def test_an_adoption_that_took_long_is_settled_all_the_same(
    store: Neo4jStore, other: Neo4jStore, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process took the rested turn and shows the change before it is settled."""
    brought_up(filled(store))
    driver.execute_query("CREATE (:工作室 {名称: '丙工作室'})-[:领衔人]->(:专家 {名称: '李某'})")
    append = store.append

    def long(*args: Any, **more: Any) -> Receipt:
        done = append(*args, **more)
        other.follow()
        brought_up(other, take=True)
        return done

    monkeypatch.setattr(store, "append", long)
    assert len(adopt(store, "王")["taken"]) == 3
    assert there(driver) == wanted(store)
    assert edits(store) == []


def test_a_machine_that_is_behind_looks_and_puts_back(store: Neo4jStore, other: Neo4jStore, driver: Driver) -> None:
    brought_up(filled(store))
    say(other, *named("c", "丙工作室"))
    brought_up(other)
    assert (edits(store), put_back(store)["put_back"]) == ([], [])
    assert there(driver) == wanted(other)


def test_a_node_that_the_log_knows_is_never_drawn(store: Neo4jStore, driver: Driver) -> None:
    brought_up(filled(store))
    driver.execute_query("MATCH (n:事物 {名称: '甲工作室'}) REMOVE n:事物 CREATE (:单位 {编号: $id, 名称: '某厂'})", id=FIRM)
    assert sentences(edits(store), understood=False) == ["单位「某厂」的编号是别的节点的", "甲工作室：标签改成了工作室"]
    assert adopt(store, "王")["change"] is None
    put_back(store)
    assert edits(store) == []
    assert there(driver) == wanted(store)


@pytest.mark.parametrize("shown", [False, True])
def test_what_was_taken_in_is_not_taken_in_twice(store: Neo4jStore, driver: Driver, monkeypatch: pytest.MonkeyPatch, shown: bool) -> None:
    """It was killed between the change and the naming of what was drawn; since then a server may have shown the change."""
    brought_up(filled(store))
    driver.execute_query(
        "MATCH (f:单位) CREATE (f)<-[:任职 {职务: ['主任']}]-(p:专家 {名称: '李某'})<-[:领衔人]-(:工作室 {名称: '丙工作室'})"
    )

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("api.handwork._settle", killed)
    with pytest.raises(KeyboardInterrupt):
        adopt(store, "王")
    monkeypatch.undo()
    if shown:
        brought_up(store)
        new = next(one.id for one in store.snapshot().things("workshop") if one.name == "丙工作室")
        say(store, Statement(B, "partner", new, "desk:t"))
        brought_up(store)
    assert adopt(store, "王")["change"] is None
    assert sorted(one.name for one in store.snapshot().things("workshop")) == ["丙工作室", "乙工作室", "甲工作室"]
    assert len(list(store.snapshot().things("post"))) == 1
    assert there(driver) == wanted(store)
    assert edits(store) == []


def test_what_breaks_a_rule_is_not_taken_in(store: Neo4jStore, driver: Driver) -> None:
    brought_up(filled(store))
    driver.execute_query("MATCH (n {名称: '甲工作室'}) SET n.级别 = '宇宙级', n.命名日期 = '2023-13'")
    driver.execute_query("MATCH (a:地区), (b:单位) CREATE (a)-[:领衔人]->(b)")
    assert (adopt(store, "王")["change"], len(edits(store))) == (None, 3)


def test_what_does_not_fit_keeps_nothing_else_out(store: Neo4jStore, driver: Driver) -> None:
    brought_up(filled(store))
    driver.execute_query("MATCH (n {名称: '甲工作室'}) SET n.级别 = '省级', n.所载规模 = '12'")
    driver.execute_query("MATCH (n {名称: '乙工作室'}) REMOVE n.名称")
    done = adopt(store, "王")
    assert [one["words"] for one in done["taken"]] == ["甲工作室：级别由「市级」改成了「省级」"]
    left = {"甲工作室：所载规模由「未载」改成了「12」", "乙工作室：名称由「乙工作室」改成了「未载」"}
    assert {one["words"] for one in done["left"]} == left
    assert store.snapshot().thing(A).value("level") == "provincial"


def test_a_constraint_that_somebody_made_is_said_and_is_nobody_overtaking(store: Neo4jStore, driver: Driver) -> None:
    say(store, *named("a", "甲工作室"), *named("b", "甲工作室"))
    driver.execute_query("CREATE CONSTRAINT theirs FOR (n:工作室) REQUIRE n.名称 IS UNIQUE")
    try:
        with pytest.raises(StoreUnavailable) as error:
            brought_up(store)
    finally:
        driver.execute_query("DROP CONSTRAINT theirs")
    assert (error.value.code, "Constraint" in str(error.value.facts["why"])) == ("server_unusable", True)
    brought_up(store)
    assert there(driver) == wanted(store)


def test_names_are_found_by_any_two_characters(store: Neo4jStore, driver: Driver) -> None:
    filled(store)
    say(store, Statement(B, "alias", "港口机械工作室", "table:toy"))
    brought_up(store)
    driver.execute_query("CALL db.awaitIndexes()")
    query = "CALL db.index.fulltext.queryNodes('名称', $words) YIELD node RETURN node.编号 AS id"
    assert {one["id"] for one in driver.execute_query(query, words="港口").records} == {B}
    assert {one["id"] for one in driver.execute_query(query, words="某厂").records} == {FIRM}


def test_a_fill_that_was_cut_short_is_gone_on_with(store: Neo4jStore, driver: Driver) -> None:
    filled(store)
    graph, rows = store.readable, Mirror(store.snapshot())
    turn = graph.turn()
    assert turn is not None
    graph.stand(turn, rows.bare())
    graph.fill(turn, rows.rows([A]))
    brought_up(store)
    assert there(driver) == wanted(store)


def test_a_fill_ends_when_it_is_asked_to_and_is_gone_on_with(store: Neo4jStore, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neo4j_graph, "BATCH", 20)
    ended, batches = Event(), []
    transact = store._shared.database.transact

    def ending(work: Any) -> Any:
        batches.append(work)
        if len(batches) == 5:
            ended.set()
        return transact(work)

    monkeypatch.setattr(store._shared.database, "transact", ending)
    assert brought_up(filled(store), ended) is None
    assert (len(batches), store.readable.mirrored()) == (5, 0)
    brought_up(store)
    assert there(driver) == wanted(store)


def test_the_commands_tell_take_in_and_put_back(
    neo4j_2026: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**stores.environment(neo4j_2026), "LIANYIN_HOME": str(tmp_path / "home")}.items():
        monkeypatch.setenv(name, value)
    with stores.fresh(neo4j_2026, tmp_path / "home") as made:
        brought_up(filled(made))
    run = CliRunner().invoke
    with GraphDatabase.driver(neo4j_2026.address, auth=neo4j_2026.auth) as driver:
        driver.execute_query("MATCH (n {名称: '甲工作室'}) SET n.级别 = '省级' CREATE (n)-[:喜欢]->(n), (:Person)")
        assert "库里另有 1 个别人的节点" in run(app, ["store", "init"]).output
        told = run(app, ["doctor"]).output
        assert "甲工作室：级别由「市级」改成了「省级」" in told
        assert "新画了 甲工作室 –喜欢→ 甲工作室" in told
        assert "已收下：甲工作室：级别由「市级」改成了「省级」" in run(app, ["store", "adopt", "--actor", "王"]).output
        told = run(app, ["store", "mirror"]).output
        assert "没有动：新画了 甲工作室 –喜欢→ 甲工作室" in told
        assert "会清掉其中 1 处，连同 0 个整节点" in told
        assert "已改回：新画了 甲工作室 –喜欢→ 甲工作室" in run(app, ["store", "mirror", "--strangers"]).output
        assert driver.execute_query("MATCH (n {名称: '甲工作室'}) RETURN n.级别 AS level").records[0]["level"] == "省级"
        assert not driver.execute_query("MATCH ()-[r:喜欢]->() RETURN r").records
