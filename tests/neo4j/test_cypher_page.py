"""Every query of docs/how-to/cypher.md, run over the first run's think tank on a real server; answers compared with the snapshot."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from neo4j import GraphDatabase

from api import verbs
from api.matches import decide
from api.mirroring import mirrored, stood
from graph.analysis.derive import derived
from graph.record.model import thing_id
from graph.record.neo4j_database import Address, Database
from graph.record.neo4j_graph import ReadableGraph
from graph.record.ontology import MEMBER_ROLES, ontology
from graph.record.readable import VOCABULARY
from graph.record.snapshot import Snapshot
from graph.record.sqlite_store import SqliteStore
from matching.decisions import Verdict, read
from tests.neo4j.server import Server
from tests.neo4j.stores import environment

pytestmark = pytest.mark.patient

FOLDER = Path(__file__).resolve().parents[2] / "docs/how-to"
PAGE = (FOLDER / "cypher.md").read_text("utf-8")
QUERIES = dict(re.findall(r"## (\S+)\n[^\n]+\n```cypher\n(.*?)```", PAGE, re.DOTALL))
Rows = list[dict[str, Any]]


class City:
    """The demo in a server, beside the snapshot that it was made of."""

    def __init__(self, server: Server, snapshot: Snapshot) -> None:
        self.server, self.snapshot = server, snapshot
        self.names = snapshot.names()
        self.trade = derived(snapshot).column("trade")

    def asked(self, query: str) -> Rows:
        with GraphDatabase.driver(self.server.address, auth=self.server.auth, notifications_min_severity="OFF") as driver:
            return [record.data() for record in driver.execute_query(query).records]

    def name(self, id: str) -> str:
        return self.names[self.snapshot.number(id)]

    def workshops_of(self, code: str) -> set[str]:
        """Names of the workshops whose trade, told or inferred, shows as that; a second told one counts too."""
        told = {thing.name for thing in self.snapshot.things("workshop") if code in thing.values("trade")}
        place = list(ontology().codes["trade"]).index(code)
        return told | {self.names[slot] for slot in self.snapshot.live("workshop").tolist() if self.trade[slot] == place}

    def members(self) -> list[tuple[str, set[str]]]:
        """Each group that has members, with their names and roles."""
        told = [
            (group.name, {f"{ontology().properties[role].zh}：{self.name(value)}" for role in MEMBER_ROLES for value in group.values(role)})
            for group in self.snapshot.things("group")
        ]
        return sorted((one for one in told if one[1]), key=str)


@pytest.fixture(scope="module")
def city(neo4j_2026: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIANYIN_KEYS", str(folder / "keys"))
        for name, value in environment(neo4j_2026).items():
            patch.setenv(name, value)
        neo4j_2026.clear()
        database = Database(Address.of(neo4j_2026.address))
        with SqliteStore(folder / "home", label="demo") as store:
            verbs.demo(store, "测试")
            first, second = (thing.id for thing in list(store.snapshot().things("workshop"))[:2])
            for verdict in (Verdict(first, "accept", second), Verdict(first, "decline", text="焊接变形", reason="far")):
                decide(store, verdict, "测试", seen=(1, "toy"))
            snapshot = store.snapshot()
            mirror, graph = mirrored(store, snapshot, snapshot.names()), ReadableGraph(database)
            graph.prepare()
            turn = graph.turn()
            assert turn is not None
            stood(graph, turn, mirror)
            for rows, _ in mirror.everything():
                graph.fill(turn, rows)
            database.apart("CALL db.awaitIndexes()")
            yield City(neo4j_2026, snapshot)
        database.close()


# ---- what each answer has to be


def paper(city: City, rows: Rows) -> None:
    seed = next(thing for thing in city.snapshot.things("document") if thing.value("text") or thing.value("content"))
    (source,) = (source for source in city.snapshot.sources() if thing_id("document", "digest", source) == seed.id)
    told = [row.statement for row in city.snapshot.told_by(source) if row.statement.subject != seed.id]
    properties = {ontology().properties[one.property].zh for one in told} - {"种类"}
    assert {row["属性"].split("·")[-1] for row in rows} == properties
    assert all(row["值"] and row["出处"] for row in rows)
    assert any("大连市劳模工匠创新智库" in row["出处"] for row in rows)


def papers(city: City, rows: Rows) -> None:
    assert len(rows) == 2
    assert all("名称：肖阳劳模创新工作室" in row["所载"] or row["所载"] for row in rows)


def cities(city: City, rows: Rows) -> None:
    assert {name for row in rows for name in row["例如"]} <= city.workshops_of("C34")
    assert sum(row["工作室数"] for row in rows) >= len({name for row in rows for name in row["例如"]}) > 1


def empty_trades(city: City, rows: Rows) -> None:
    codes = {code for code in ontology().codes["trade"] if len(code) == 3}
    assert {row["编号"] for row in rows} == {code for code in codes if not city.workshops_of(code)}


def two_steps(city: City, rows: Rows) -> None:
    assert any((row["甲与"], row["乙与"]) == ("成员单位", "成员单位") for row in rows)
    members = city.members()
    for row in rows:
        if row["甲与"] == row["乙与"] == "成员单位":
            both = {f"成员单位：{row['甲']}", f"成员单位：{row['乙']}"}
            assert any(name == row["经"] and both <= several for name, several in members)


def shortest(city: City, rows: Rows) -> None:
    assert (rows[0]["途经"][0], rows[0]["途经"][-1]) == ("宋春莲创新工作室", "大连理工大学")
    assert len(rows[0]["关系"]) == len(rows[0]["途经"]) - 1


def alone(city: City, rows: Rows) -> None:
    workshops = list(city.snapshot.things("workshop"))
    joined = {value for group in city.snapshot.things() for role in MEMBER_ROLES for value in group.values(role)}
    joined |= {thing.id for thing in workshops if any(thing.values(role) for role in MEMBER_ROLES)}
    ids = {city.snapshot.thing(id).id for id in joined}
    assert sorted(row["工作室"] for row in rows) == sorted(thing.name for thing in workshops if thing.id not in ids)


def groups(city: City, rows: Rows) -> None:
    found = [(row["团组"], set(row["成员"])) for row in rows]
    assert len(found) == len(city.members())
    assert all(one in city.members() for one in found)


def across(city: City, rows: Rows) -> None:
    assert {row["团组"]: len(row["地区"]) for row in rows}["生猪产业劳模和工匠人才创新工作室联盟"] == 4


def missing(city: City, rows: Rows) -> None:
    workshops = list(city.snapshot.things("workshop"))
    told = rows[0]
    assert told["工作室"] == len(workshops)
    for key, property_id in (("缺级别", "level"), ("缺领衔人", "leader"), ("缺所在单位", "host")):
        assert told[key] == sum(not thing.values(property_id) for thing in workshops)
    assert told["缺行业"] == int((city.trade[city.snapshot.live("workshop")] < 0).sum())


def inferred(city: City, rows: Rows) -> None:
    assert {row["状态"] for row in rows} == {"推断"}  # the tables of the first run tell no trade
    assert sum(row["工作室数"] for row in rows) == int((city.trade[city.snapshot.live("workshop")] >= 0).sum())
    assert all(row["例如凭"] for row in rows)


def disputes(city: City, rows: Rows) -> None:
    facts = [(thing.name, fact) for thing in city.snapshot.things() for fact in thing.facts if fact.conflict]
    assert {(row["事物"], row["属性"]) for row in rows} == {(name, ontology().properties[fact.property_id].zh) for name, fact in facts}
    assert rows == [{"事物": "中国科学院大连化学物理研究所", "属性": "形式", "现值": "科研院所", "另说": ["高校"]}]


def solvers(city: City, rows: Rows) -> None:
    for row in rows:
        field = next(thing.id for thing in city.snapshot.things("field") if thing.name == row["领域"])
        workshops = {thing.name for thing in city.snapshot.things("workshop") if field in thing.values("field")}
        assert set(row["工作室"]) <= workshops
    assert any("接户线绝缘子绑扎复杂" == row["需求"] for row in rows)


def skills(city: City, rows: Rows) -> None:
    people = [thing for thing in city.snapshot.things("person") if any("焊" in skill for skill in thing.values("skill"))]
    assert {name for row in rows for name in row["例如"]} <= {thing.name for thing in people}
    assert rows[0]["人数"] >= rows[-1]["人数"] > 0


def by_name(city: City, rows: Rows) -> None:
    assert {row["名称"] for row in rows} >= {"焊接", "船舶焊接"}
    assert {row["种类"] for row in rows} <= VOCABULARY.labels.keys()


def money(city: City, rows: Rows) -> None:
    assert rows == [{"资助方": "大连市总工会", "受资助方": "光学砂轮修整器", "金额": "200000 元", "数": 200000.0}]


def figures(city: City, rows: Rows) -> None:
    told = {(row["对象"], row["指标"], row["数量"], row["数"]) for row in rows}
    assert ("大连", "群众性技术创新成果", "超过 3000 项", 3000.0) in told


def decided(city: City, rows: Rows) -> None:
    known = [(one.actor, ontology().label("answer", one.answer), sorted(map(city.name, one.about))) for one in read(city.snapshot).all]
    assert sorted((row["操作人"], row["结论"], row["涉及"]) for row in rows) == sorted(known)
    assert {row["原因"] for row in rows} == {None, "路途远"}
    assert all(row["时间"].endswith("Z") and set(row["涉及"]) <= set(re.split("：| ⇄ ", row["决定"])) for row in rows)


ANSWERS: dict[str, Callable[[City, Rows], None]] = {
    "一份文件告诉了我们什么": paper, "一个事物，哪些文件说过什么": papers, "某行业在哪些城市": cities, "哪些行业还没有工作室": empty_trades,
    "谁与谁隔两步": two_steps, "两家之间最近怎么走": shortest, "没有合作的工作室": alone, "群组成员": groups, "跨地区的团组": across,
    "缺什么": missing, "推断与明载": inferred, "说法不一": disputes, "谁也许能解这个难题": solvers, "某种技能在哪里": skills,
    "按名称找": by_name, "钱给了谁": money, "谁定了什么": decided, "数字": figures,
}  # fmt: skip


def test_every_query_of_the_page_is_here() -> None:
    assert QUERIES.keys() == ANSWERS.keys()
    assert PAGE.count("```cypher") == len(QUERIES)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_query_of_the_page_gives_what_the_snapshot_knows(city: City, name: str) -> None:
    rows = city.asked(QUERIES[name])
    assert rows
    ANSWERS[name](city, rows)


def test_the_style_names_what_there_is() -> None:
    style = (FOLDER / "lianyin.grass").read_text("utf-8")
    assert set(re.findall(r"^node\.(\w+) \{", style, re.MULTILINE)) == VOCABULARY.labels.keys()
