"""How tests open a store on a running server: the one place that knows what its settings are called."""

from pathlib import Path
from threading import Lock
from typing import TypeVar

import pytest

from graph.record.neo4j_database import Address
from graph.record.neo4j_store import Neo4jStore, init
from tests.neo4j.server import USER, Server

_ENVIRONMENT = Lock()
"""One environment for all threads of a process."""
S = TypeVar("S", bound=Neo4jStore)
KEY = "6c69616e79696e" * 4 + "00000000"


def environment(server: Server, address: str = "", password: str = "") -> dict[str, str]:
    """What a process is told to work on a server, reached by `address` (the server's own unless told)."""
    return {
        "LIANYIN_STORE": address or server.address,
        "LIANYIN_STORE_USER": USER,
        "LIANYIN_STORE_PASSWORD": password or server.password,
        "LIANYIN_KEY": KEY,
    }


def opened(server: Server, home: Path, address: str = "", password: str = "", kind: type[S] = Neo4jStore) -> S:  # type: ignore[assignment]
    """A store on a server, made there where there is none, with its replica under `home`."""
    told = environment(server, address, password)
    with _ENVIRONMENT, pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        where = Address.of(told["LIANYIN_STORE"])
        init(where)
        return kind(where, home)


def fresh(server: Server, home: Path) -> Neo4jStore:
    """A store on a server whose nodes were all taken out; constraints stay, which saves most of the time."""
    server.clear()
    return opened(server, home)
