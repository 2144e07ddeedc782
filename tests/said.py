"""Small things to say in tests."""

from collections.abc import Collection

from graph.record.model import Change, Receipt, Statement, thing_id
from graph.record.store import Store


def thing(key: str, kind: str = "workshop") -> str:
    """The id of a toy thing."""
    return thing_id(kind, "desk", key)


def named(key: str, name: str, kind: str = "workshop", source: str = "table:toy") -> tuple[Statement, Statement]:
    """Kind and name of a toy thing."""
    return Statement(thing(key, kind), "kind", kind, source), Statement(thing(key, kind), "name", name, source)


def say(store: Store, *adds: Statement, retracts: tuple[str, ...] = (), keeping: Collection[bytes] = (), **more: object) -> Receipt:
    """One change by the tester."""
    return store.append(Change("tester", adds=adds, retracts=retracts, **more), keeping=keeping)  # type: ignore[arg-type]


def told(store: Store) -> list[Statement]:
    """All live statements of main, sorted: the export that undo must give back."""
    snapshot = store.snapshot()
    return sorted(row.statement for source in snapshot.sources() for row in snapshot.told_by(source))
