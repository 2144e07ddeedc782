"""The servers that the other tests stand on: both versions run, keep what they acknowledged through a kill, and take TLS."""

import pytest
from neo4j import GraphDatabase

from tests.neo4j.server import Server


@pytest.fixture(params=["neo4j_526", "neo4j_2026"])
def server(request: pytest.FixtureRequest) -> Server:
    running: Server = request.getfixturevalue(request.param)
    running.clear()
    return running


def count(server: Server) -> int:
    with GraphDatabase.driver(server.address, auth=server.auth) as driver:
        return int(driver.execute_query("MATCH (any) RETURN count(any) AS n").records[0]["n"])


def test_keeps_what_was_acknowledged_through_a_kill(server: Server) -> None:
    with GraphDatabase.driver(server.address, auth=server.auth) as driver:
        told = driver.execute_query("CALL dbms.components() YIELD versions RETURN versions[0] AS version").records[0]["version"]
        driver.execute_query("UNWIND range(1, 100) AS n CREATE (:Thing {n: n})")
    assert told == server.edition.version
    server.kill()
    server.start().ready()
    assert count(server) == 100
    server.clear()
    assert count(server) == 0
