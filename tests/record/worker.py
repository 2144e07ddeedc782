"""A process that works on a store until it is killed: prints each acknowledged step, then does the next.

python worker.py HOME SEED            on the embedded store
python worker.py HOME SEED shared     on the store that LIANYIN_STORE names; HOME is where its replica goes
"""

import os
import random
import sys
from pathlib import Path

from graph.record.backup import backup
from graph.record.errors import Conflict
from graph.record.model import Change, Statement, thing_id
from graph.record.neo4j_database import Address
from graph.record.neo4j_store import Neo4jStore
from graph.record.sqlite_store import SqliteStore


def step(store: SqliteStore, choice: random.Random, number: int) -> str:
    """One random act and what it acknowledges."""
    id = thing_id("person", "desk", f"{number}-{choice.random()}")
    act = choice.choice(("import", "import", "undo", "merge", "backup", "erase"))
    live = [store.snapshot().id(slot) for slot in store.snapshot().live("person").tolist()]
    if act == "undo" and store.head().number:
        try:
            return f"undo {store.undo(choice.randint(1, store.head().number), actor='w').version}"
        except Exception as error:  # noqa: BLE001 - an erasure or a dependency may refuse it; the worker goes on
            return f"refused {type(error).__name__}"
    if act == "merge" and len(live) > 2:
        first, second = choice.sample(live, 2)
        try:
            return f"merge {store.merge(first, second, actor='w').version}"
        except Conflict:
            return "refused merge"
    if act == "backup":
        return f"backup {backup(store)[1]}"
    if act == "erase" and live:
        gone = choice.choice(live)
        name = store.snapshot().thing(gone).name
        return f"erase {store.erase([gone], actor='w').version} {name}"
    adds = [Statement(id, "kind", "person", "d"), Statement(id, "name", f"某人{choice.getrandbits(60):x}", "d")]
    adds += [Statement(id, "note", f"{count}", "d") for count in range(choice.randint(0, 200))]
    return f"append {store.append(Change('w', adds=tuple(adds))).version} {id}"


def opened(home: Path, *, shared: bool) -> SqliteStore:
    """The store to work on."""
    return Neo4jStore(Address.of(os.environ["LIANYIN_STORE"]), home) if shared else SqliteStore(home)


def main() -> None:
    """Works until killed."""
    choice = random.Random(int(sys.argv[2]))
    with opened(Path(sys.argv[1]), shared=sys.argv[3:] == ["shared"]) as store:
        for number in range(10_000):
            sys.stdout.write(step(store, choice, number) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
