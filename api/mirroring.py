"""The readable graph kept at the head of the log: after each publishing by whoever comes first, or by hand.

    brought_up(store)       # cheap where nothing is to be done; None where another process is at it
"""

from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING, Any

from api.evidence import passage
from api.texts import Texts
from graph.analysis.mirror import Mirror, Quote, code_nodes, touched
from graph.record.model import THING_ID, Statement
from graph.record.neo4j_graph import EndedError
from graph.record.readable import Rows
from graph.record.snapshot import Snapshot, chunks
from graph.record.store import Store

if TYPE_CHECKING:
    from graph.record.neo4j_graph import ReadableGraph, Turn
    from graph.record.neo4j_store import Neo4jStore

Data = dict[str, Any]

MUCH, FEW = 0.2, 1_000
"""Share of statements to things past which all are compared instead of looking for what else is touched; and what is always few."""


def mirrored(store: Store, snapshot: Snapshot, names: Collection[str] = ()) -> Mirror:
    """The rows of a snapshot, with the sentences of the kept texts."""
    return Mirror(snapshot, names=list(names), quote=sentences(store, snapshot))


def sentences(store: Store, snapshot: Snapshot) -> Quote:
    """The sentence that a statement was read from, in the clean text of its document, as evidence shows it."""
    texts = Texts(store, snapshot)

    def quote(one: Statement) -> str:
        place = texts.place(one)
        if place is None:
            return ""
        text, at = place
        told = passage(text.clean_lines[at.block], *text.clean_span(at), around=0)
        return f"{told['lead']}{told['marked']}{told['tail']}".strip()

    return quote


def brought_up(store: "Neo4jStore", ended: Event | None = None, *, take: bool = False) -> Data | None:
    """Makes the readable graph that of the store's head; None where another process is at it, or `ended` was set on the way.

    Raises Conflict `mirror_overtaken`.
    """
    with suppress(EndedError):
        return _brought_up(store, ended or Event(), take)
    return None


def _brought_up(store: "Neo4jStore", ended: Event, take: bool) -> Data | None:
    graph = store.readable
    if graph.mirrored() == store.head().number:
        return {"version": graph.mirrored(), "things": 0}
    turn = graph.turn(take=take)
    if turn is None:
        return None
    turn.ended = ended
    version, count = caught_up(store, turn, graph.mirrored())
    graph.finish(turn, version)
    return {"version": version, "things": count}


def caught_up(store: "Neo4jStore", turn: "Turn", since: int) -> tuple[int, int]:
    """Makes what changed since a version that of our head, within a turn; returns the version that shows now, and how many things."""
    graph, snapshot = store.readable, store.snapshot()
    ids = _since(store, snapshot, since) if since <= snapshot.version else set()
    count = _all(graph, turn, store, snapshot) if ids is None else _some(graph, turn, mirrored(store, snapshot), ids)
    return max(since, snapshot.version), count


def _since(store: "Neo4jStore", snapshot: Snapshot, since: int) -> set[str] | None:
    """What changed since a version; None where everything has to be compared."""
    changes = [one for one in store.changes(since) if one.number <= snapshot.version]
    many = sum(one.adds + one.retracts for one in changes) > max(FEW, MUCH * len(snapshot.live()))
    if not since or many or any(one.erases for one in changes):
        return None
    return touched(snapshot, (row for one in changes for rows in store.told_in(one.number) for row in rows))


def _some(graph: "ReadableGraph", turn: "Turn", mirror: Mirror, ids: set[str]) -> int:
    graph.stand(turn, mirror.bare(ids))
    for some in chunks(sorted(ids)):
        graph.make(turn, mirror.rows(some), some)
    return len(ids)


def _all(graph: "ReadableGraph", turn: "Turn", store: "Neo4jStore", snapshot: Snapshot) -> int:
    mirror = mirrored(store, snapshot, snapshot.names())
    if graph.is_empty():
        return filled(graph, turn, mirror)
    bare = stood(graph, turn, mirror)
    for rows, ids in mirror.everything():
        graph.make(turn, rows, ids)
    # a node with another id than ours was made by hand, and whoever made it is asked first (`lianyin doctor`)
    for some in chunks([id for id in gone(graph, snapshot) if THING_ID.fullmatch(id)]):
        graph.make(turn, Rows(), some)
    return len(bare)


def filled(graph: "ReadableGraph", turn: "Turn", mirror: Mirror) -> int:
    """Writes all of an empty graph, the next rows being made while the server writes the last ones; returns how many nodes."""
    bare = stood(graph, turn, mirror)
    with ThreadPoolExecutor(1) as writer:
        last: Future[None] | None = None
        for rows, _ in mirror.everything():
            if last:
                last.result()
            last = writer.submit(graph.fill, turn, rows)
        if last:
            last.result()
    return len(bare)


def stood(graph: "ReadableGraph", turn: "Turn", mirror: Mirror) -> list[tuple[str, str]]:
    """Makes all nodes that are missing, bare."""
    bare = [*((node.id, node.label) for node in code_nodes()), *mirror.bare()]
    graph.stand(turn, bare)
    return bare


def gone(graph: "ReadableGraph", snapshot: Snapshot) -> list[str]:
    """Ids in the readable graph that are none of a thing that shows."""
    known = {node.id for node in code_nodes()} | {snapshot.id(slot) for slot in snapshot.live().tolist()}
    return sorted({*graph.ids(), *(line.id for line in graph.lines())} - known - {""})
