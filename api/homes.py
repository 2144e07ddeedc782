"""Where data lives: the user's own home, homes of their own for the demo and for generated cities, and a shared store.

LIANYIN_STORE names the shared store; an explicit --home is always the embedded store of that folder, and made-up data stays embedded.
With a shared store the home holds this machine's replica and its tokens.
"""

import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from graph.record.errors import Conflict, NotFound
from graph.record.sqlite_store import SqliteStore

if TYPE_CHECKING:
    from graph.record.neo4j_store import Neo4jStore

DEMO, GENERATED = "demo", "generated"


def data_folder() -> Path:
    """The folder of all homes of this user."""
    import platformdirs

    return Path(platformdirs.user_data_dir("lianyin", appauthor=False))


def home(given: Path | None = None, label: str = "") -> Path:
    """The home to use: what is given, else LIANYIN_HOME, else the one of that label in the user's data folder."""
    if given is not None:
        return given.expanduser().absolute()
    if told := os.environ.get("LIANYIN_HOME"):
        return Path(told).expanduser().absolute()
    return data_folder() / (label or "home")


def address(given: Path | None = None) -> str:
    """The shared store to use, else empty."""
    return "" if given is not None else os.environ.get("LIANYIN_STORE", "")


def open_home(
    folder: Path, label: str | None = None, *, address: str = "", key: bytes | None = None, unfinished: bool = False
) -> SqliteStore:
    """The store of a home, or the shared one at an address with its replica there. `key` is that of a store made now.

    With a label, only a new home or one of that label: made-up data never mixes with a user's. Raises Conflict `home_is_another`, and
    what `SqliteStore` and `Neo4jStore` raise.
    """
    if address:
        return open_shared(folder, address)
    store = SqliteStore(folder, label=label or "", key=key, unfinished=unfinished)
    if label is not None and store.label != label:
        store.close()
        raise Conflict("home_is_another", place={"file": str(folder)}, label=label)
    return store


def open_shared(folder: Path, address: str, *, source: bool = False, unfinished: bool = False) -> "Neo4jStore":
    """The shared store at an address, with its replica in a home. Raises what `Neo4jStore` raises."""
    from graph.record.neo4j_database import Address
    from graph.record.neo4j_store import Neo4jStore

    return Neo4jStore(Address.of(address, source=source), folder, unfinished=unfinished)


def init(address: str, label: str = "") -> dict[str, str]:
    """Makes the shared store at an address where there is none yet, with its constraints; a second time changes nothing."""
    from graph.record.neo4j_database import Address
    from graph.record.neo4j_store import init as made

    return {"store": str(Address.of(address)), "uuid": made(Address.of(address), label).uuid}


def others(address: str) -> int:
    """How many nodes of a database are somebody else's: a look at all of them."""
    from graph.record.neo4j_database import Address, Database
    from graph.record.neo4j_graph import ReadableGraph

    with closing(Database(Address.of(address))) as database:
        return ReadableGraph(database).others()


def open_source(place: str) -> SqliteStore:
    """The store at an address or in a folder, to be copied. Raises NotFound `place_unknown`."""
    if "://" in place:
        return open_shared(home(), place, source=True)
    folder = home(Path(place))
    if not (folder / "store.db").exists():
        raise NotFound("place_unknown", place={"file": str(folder)})
    return open_home(folder)


def open_target(place: str, label: str, key: bytes) -> SqliteStore:
    """The store at an address or in a folder, to be copied into: made where there is none, or what an interrupted copy left."""
    if "://" in place:
        init(place, label)
        return open_shared(home(), place, unfinished=True)
    return open_home(home(Path(place)), label, key=key, unfinished=True)


def actor(given: str = "") -> str:
    """Who acts: what is given, else LIANYIN_ACTOR, else the name of the login."""
    import getpass

    return given or os.environ.get("LIANYIN_ACTOR") or getpass.getuser()
