"""What the other tests stand on: servers of the right version that take TLS, and a cutter that cuts where it is told."""

import gc
from pathlib import Path

import pytest
from neo4j import Driver, GraphDatabase
from neo4j.exceptions import DriverError

from graph.record.errors import StoreUnavailable
from tests.conftest import EDITION_PARAMETERS
from tests.neo4j.cutter import COMMIT, Cut, Cutter
from tests.neo4j.server import Server
from tests.neo4j.stores import opened
from tests.said import named, say


@pytest.fixture(params=EDITION_PARAMETERS)
def server(request: pytest.FixtureRequest) -> Server:
    running: Server = request.getfixturevalue(request.param)
    running.clear()
    return running


def count(driver: Driver) -> int:
    return int(driver.execute_query("MATCH (any) RETURN count(any) AS n").records[0]["n"])


def test_is_the_version_that_it_should_be(server: Server) -> None:
    with GraphDatabase.driver(server.address, auth=server.auth) as driver:
        told = driver.execute_query("CALL dbms.components() YIELD versions RETURN versions[0] AS version").records[0]["version"]
    assert told == server.edition.version


@pytest.mark.parametrize("scheme", ["bolt+ssc", "bolt+s"])
def test_a_store_over_tls(server: Server, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(Path(server.settings["dbms.ssl.policy.bolt.base_directory"]) / "public.crt"))
    with opened(server, tmp_path / "home", server.address.replace("bolt", scheme, 1)) as store:
        assert say(store, *named("a", "甲工作室")).number == 1


@pytest.mark.patient
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_certificate_that_nobody_vouches_for_is_refused(neo4j_526: Server, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        opened(neo4j_526, tmp_path / "home", neo4j_526.address.replace("bolt", "bolt+s", 1))
    gc.collect()  # the driver leaves the connections of failed handshakes to the collector, which grumbles


@pytest.mark.parametrize(("when", "carried_out"), [("before", 1), ("within", 1), ("after", 2)])
def test_the_cutter_cuts_at_the_second_commit(server: Server, when: str, carried_out: int) -> None:
    with Cutter(server.port) as cutter, GraphDatabase.driver(cutter.address, auth=server.auth) as driver:
        cutter.cut_at(Cut(COMMIT, when, count=2))
        with driver.session() as session:
            session.execute_write(lambda work: work.run("CREATE ()").consume())
            with pytest.raises(DriverError):
                session.execute_write(lambda work: work.run("CREATE ()").consume())
        assert cutter.cuts == 1
        assert count(driver) == carried_out
