"""A database that was brought back to an older state, as from a dump: nobody goes back unasked, and the erased stay erased."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from neo4j import Driver, GraphDatabase

from api import verbs
from graph.record.backup import verify
from graph.record.errors import StoreUnavailable
from graph.record.neo4j_store import Neo4jStore
from tests.neo4j.server import USER, Server
from tests.neo4j.stores import environment, fresh, opened
from tests.said import named, say, thing

pytestmark = pytest.mark.patient

A, P = thing("a"), thing("p", "person")


@pytest.fixture
def driver(neo4j_2026: Server) -> Iterator[Driver]:
    with GraphDatabase.driver(neo4j_2026.address, auth=(USER, neo4j_2026.password)) as made:
        yield made


def dumped(driver: Driver) -> list[tuple[list[str], dict[str, object]]]:
    told = driver.execute_query("MATCH (n) WHERE NOT n:事物 AND NOT n:Mirror RETURN labels(n) AS labels, properties(n) AS values").records
    return [(one["labels"], one["values"]) for one in told]


def brought_back(driver: Driver, dump: list[tuple[list[str], dict[str, object]]]) -> None:
    driver.execute_query("MATCH (n) DETACH DELETE n")
    driver.execute_query("UNWIND $dump AS one CREATE (n:$(one[0])) SET n = one[1]", dump=[list(one) for one in dump])


def filled(server: Server, home: Path) -> Neo4jStore:
    made = fresh(server, home)
    say(made, *named("a", "甲工作室"), *named("p", "欧阳明华", "person"))
    return made


@pytest.mark.parametrize("erases", [False, True])
def test_an_older_state_is_refused_and_gone_on_from_when_asked(
    driver: Driver, neo4j_2026: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, erases: bool
) -> None:
    with filled(neo4j_2026, tmp_path / "home") as store:
        dump = dumped(driver)
        if erases:
            store.erase([P], actor="x")
        say(store, *named("b", "乙工作室"))
        seen = store.head()
        brought_back(driver, dump)
        for act in (store.follow, lambda: say(store, *named("c", "丙工作室"))):
            with pytest.raises(StoreUnavailable) as refused:
                act()
            assert refused.value.code == "shared_log_older"
        assert store.snapshot().version == seen.number  # what it has, it answers from
    for name, value in environment(neo4j_2026).items():
        monkeypatch.setenv(name, value)
    verbs.rejoin(tmp_path / "home", neo4j_2026.address, "管理员")
    with opened(neo4j_2026, tmp_path / "home") as again, opened(neo4j_2026, tmp_path / "other") as other:
        assert other.head() == again.head()
        assert again.snapshot().has(P) is not erases
        assert not again.snapshot().has(thing("b"))
        say(again, *named("c", "丙工作室"))
        assert other.follow() == again.head().number


def test_a_damaged_replica_is_made_anew(neo4j_2026: Server, tmp_path: Path) -> None:
    with filled(neo4j_2026, tmp_path / "home") as store:
        say(store, *(one for at in range(300) for one in named(str(at), f"第{at}工作室")))
    with store.path.open("r+b") as file:
        file.seek(4096)
        file.write(bytes(30 * 4096))
    with suppress(StoreUnavailable), opened(neo4j_2026, tmp_path / "home") as again:  # what is found later is made anew next time
        verify(again)
    with opened(neo4j_2026, tmp_path / "home") as again:
        assert again.snapshot().thing(thing("299")).name == "第299工作室"
