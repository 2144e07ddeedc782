"""The readable graph in Neo4j: what is there, and how it is made what it should be.

Labels and types in query text come from the ontology alone (`readable.VOCABULARY`, checked to be plain words), values are parameters.
Every batch is one transaction that first takes the lock of (:Mirror) and looks whether it is still the one whose turn it is: so several
processes may try at once, a batch whose answer was lost is not written twice, and one that was overtaken writes nothing.
"""

import secrets
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from graph.record.errors import Conflict
from graph.record.model import MAIN
from graph.record.readable import (
    COMMON,
    KEY,
    MATTER,
    TIE_KEYS,
    TOLD_BY,
    VOCABULARY,
    Differences,
    Found,
    FoundNode,
    FoundTie,
    Rows,
    changes,
    differences,
)

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction, Record

T = TypeVar("T")

BATCH = 5_000
"""Rows sent at once."""

PATIENCE = 10.0
"""Seconds without a step after which another process's turn is taken over."""

_TYPES = "|".join(VOCABULARY.types)
_TIE = "elementId(r) AS element, r.编号 AS id, type(r) AS type, a.编号 AS start, b.编号 AS end, properties(r) AS values, "
_TIE += "elementId(a) AS start_element, elementId(b) AS end_element"
_NODE = "elementId(n) AS element, n.编号 AS id, labels(n) AS labels, properties(n) AS values"

_NODES = f"UNWIND $ids AS id MATCH (n:{COMMON} {{编号: id}}) RETURN {_NODE}"
_OUTWARD = f"UNWIND $ids AS id MATCH (a:{COMMON} {{编号: id}})-[r:{_TYPES}]->(b) RETURN {_TIE}"
_TOLD = f"UNWIND $ids AS id MATCH (b:{COMMON} {{编号: id}})<-[r:{TOLD_BY} WHERE r.{MATTER} IS NULL]-(a) RETURN {_TIE}"
_LINE = "UNWIND $ids AS id MATCH (a)-[r:{type} {{{key}: id}}]->(b) RETURN " + _TIE
_READ = (
    _OUTWARD, _TOLD, _LINE.format(type=TOLD_BY, key=MATTER), *(_LINE.format(type=type, key=KEY) for type in VOCABULARY.lines),
)  # fmt: skip

_STAND = f"UNWIND $rows AS row MERGE (n:{COMMON} {{编号: row[0]}}) ON CREATE SET n:$(row[1])"
_FILL = f"UNWIND $rows AS row MATCH (n:{COMMON} {{编号: row.id}}) SET n = row.values"
_DROP_TIES = "UNWIND $rows AS element MATCH ()-[r]->() WHERE elementId(r) = element DELETE r"
_DROP_NODES = "UNWIND $rows AS element MATCH (n) WHERE elementId(n) = element DETACH DELETE n"
_SET_NODES = f"""UNWIND $rows AS row MATCH (n) WHERE elementId(n) = row.element
SET n += row.values REMOVE n:{":".join(VOCABULARY.labels)} SET n:{COMMON}:$(row.label)"""
_SET_TIES = "UNWIND $rows AS row MATCH ()-[r]->() WHERE elementId(r) = row.element SET r += row.values"
_TIES = f"""UNWIND $rows AS row MATCH (a:{COMMON} {{编号: row.start}}) MATCH (b:{COMMON} {{编号: row.end}})
CREATE (a)-[r:$(row.type)]->(b) SET r = row.values"""

_MIRRORED = "MATCH (h:Head {log: $log}) RETURN h.mirrored AS mirrored"
_TURN = "MERGE (m:Mirror {log: $log}) SET m.lock = $me WITH m RETURN m.attempt AS attempt, coalesce(m.step, 0) AS step"
_TAKE = "MATCH (m:Mirror {log: $log}) SET m.attempt = $me"
_STEP = "MATCH (m:Mirror {log: $log}) SET m.step = $step"
_DONE = "MATCH (m:Mirror {log: $log}) SET m.attempt = null WITH m MATCH (h:Head {log: $log}) SET h.mirrored = $version"
_ANY = f"MATCH (n:{COMMON}) RETURN n.编号 AS id LIMIT 1"

_IDS = f"MATCH (n:{COMMON}) RETURN n.编号 AS id"
_LINES = f"MATCH (a)-[r:{'|'.join(VOCABULARY.lines)}]->(b) RETURN {_TIE}"
_STRANGE_NODES = f"MATCH (n) WHERE NOT n:{COMMON} AND none(label IN labels(n) WHERE label IN $system) RETURN {_NODE}"
_STRANGE_TIES = f"""MATCH (a)-[r]->(b) WHERE NOT type(r) IN $types
AND none(label IN labels(a) + labels(b) WHERE label IN $system) RETURN {_TIE}"""
_OF_ELEMENTS = f"UNWIND $elements AS element MATCH (n) WHERE elementId(n) = element MATCH (a)-[r]->(b) WHERE n IN [a, b] RETURN {_TIE}"
_ADOPT = f"UNWIND $rows AS row MATCH (n) WHERE elementId(n) = row[0] SET n:{COMMON}, n.编号 = row[1]"

SYSTEM = ("Head", "Change", "Part", "Key", "Log", "Blob", "Erasure", "Mirror", "Store")
"""Labels of the nodes that hold the record: they are no part of what people read."""


def schema_statements() -> tuple[str, ...]:
    """What `lianyin store init` runs once more each time: unique ids, names found by any two characters, lines found by id."""
    return (
        f"CREATE CONSTRAINT lianyin_thing IF NOT EXISTS FOR (n:{COMMON}) REQUIRE n.编号 IS UNIQUE",
        "CREATE CONSTRAINT lianyin_mirror IF NOT EXISTS FOR (m:Mirror) REQUIRE m.log IS UNIQUE",
        f"CREATE FULLTEXT INDEX 名称 IF NOT EXISTS FOR (n:{COMMON}) ON EACH [n.名称, n.又名] "
        "OPTIONS {indexConfig: {`fulltext.analyzer`: 'cjk'}}",
        f"CREATE INDEX lianyin_matter IF NOT EXISTS FOR ()-[r:{TOLD_BY}]-() ON (r.{MATTER})",
        *(f"CREATE INDEX lianyin_{kind} IF NOT EXISTS FOR ()-[r:{type}]-() ON (r.{KEY})" for type, kind in VOCABULARY.lines.items()),
    )


@dataclass
class Turn:
    """The right to write, as long as no other process has taken it; `step` counts its batches."""

    attempt: str
    step: int


@dataclass
class ReadableGraph:
    """The readable graph of one database."""

    driver: "Driver"
    database: str | None = None
    log: str = MAIN
    _me: str = field(default_factory=lambda: secrets.token_hex(8))
    _seen: tuple[str, int, float] = ("", 0, 0.0)

    # ---- whose turn it is

    def mirrored(self) -> int:
        """The version that the readable graph shows; 0 where nothing was mirrored."""
        found = self._reads(lambda tx: tx.run(_MIRRORED, log=self.log).single())
        return int(found["mirrored"] or 0) if found else 0

    def is_empty(self) -> bool:
        """Whether no node of it is there."""
        return self._reads(lambda tx: tx.run(_ANY).single()) is None

    def turn(self, *, take: bool = False) -> Turn | None:
        """The right to write; None while another process goes on with its own. `take` takes it away at once."""
        return self._writes(lambda tx: self._asked(tx, take))

    def _asked(self, tx: "ManagedTransaction", take: bool) -> Turn | None:
        told = _one(tx.run(_TURN, log=self.log, me=self._me))
        attempt, step = told["attempt"], int(told["step"])
        if attempt and attempt != self._me and not take and not self._rests(attempt, step):
            return None
        tx.run(_TAKE, log=self.log, me=self._me).consume()
        return Turn(self._me, step)

    def _rests(self, attempt: str, step: int) -> bool:
        """Whether the other one has made no step while we watched, by our own clock: no two machines' clocks are compared."""
        now = time.monotonic()
        if self._seen[:2] != (attempt, step):
            self._seen = (attempt, step, now)
        return now - self._seen[2] >= PATIENCE

    def _batch(self, turn: Turn, work: "Callable[[ManagedTransaction], None]") -> None:
        """One transaction of a turn. Raises Conflict `mirror_overtaken` where another process has taken it."""

        def once(tx: "ManagedTransaction") -> None:
            told = _one(tx.run(_TURN, log=self.log, me=self._me))
            if told["attempt"] != turn.attempt:
                raise Conflict("mirror_overtaken")
            if told["step"] == turn.step:  # else it was written, and only the answer was lost
                work(tx)
                tx.run(_STEP, log=self.log, step=turn.step + 1).consume()

        self._writes(once)
        turn.step += 1

    # ---- writing

    def stand(self, turn: Turn, bare: Sequence[tuple[str, str]]) -> None:
        """Makes the nodes that are missing, with id and label only: relationships need both ends."""
        for rows in _chunks(bare, BATCH):
            self._batch(turn, lambda tx, rows=rows: _run(tx, _STAND, rows))  # type: ignore[misc]

    def fill(self, turn: Turn, wanted: Rows) -> None:
        """Writes rows of which nothing but bare nodes is there yet."""

        def write(tx: "ManagedTransaction") -> None:
            _run(tx, _FILL, [{"id": node.id, "values": node.values} for node in wanted.nodes])
            _create(tx, wanted)

        self._batch(turn, write)

    def make(self, turn: Turn, wanted: Rows, ids: Collection[str]) -> None:
        """Makes what is there of these things what it should be. What was drawn by hand stays."""
        self._batch(turn, lambda tx: _mend(tx, _by_hand_left(differences(wanted, _found(tx, ids)))))

    def mend(self, turn: Turn, told: Differences) -> None:
        """Puts differences right that were found before, the ones made by hand among them."""
        self._batch(turn, lambda tx: _mend(tx, told))

    def named(self, turn: Turn, ids: Mapping[str, str]) -> None:
        """Gives nodes made by hand (by the server's name for them) the ids under which they were taken in."""
        self._batch(turn, lambda tx: _run(tx, _ADOPT, list(ids.items())))

    def finish(self, turn: Turn, version: int) -> None:
        """Says up to which version the graph is what it should be, and lets others have their turn."""
        self._batch(turn, lambda tx: _settle(tx, self.log, version))

    # ---- reading

    def found(self, ids: Collection[str]) -> Found:
        """What is there of these things."""
        return self._reads(lambda tx: _found(tx, ids))

    def ids(self) -> list[str]:
        """The id of every node of the readable graph; empty for one that bears none."""
        return self._reads(lambda tx: [one["id"] or "" for one in tx.run(_IDS)])

    def lines(self) -> list[FoundTie]:
        """Every relationship that stands for a thing."""
        return self._reads(lambda tx: [_tie(one) for one in tx.run(_LINES)])

    def strangers(self) -> Found:
        """Nodes without the common label, with all their relationships, and relationships of types that no ontology has."""

        def read(tx: "ManagedTransaction") -> Found:
            nodes = [_node(one) for one in tx.run(_STRANGE_NODES, system=SYSTEM)]
            ties = [_tie(one) for one in tx.run(_STRANGE_TIES, types=VOCABULARY.all_types, system=SYSTEM)]
            ties += [_tie(one) for one in tx.run(_OF_ELEMENTS, elements=[node.element for node in nodes])]
            return Found(nodes, list({tie.element: tie for tie in ties}.values()))

        return self._reads(read)

    def _reads(self, work: "Callable[[ManagedTransaction], T]") -> T:
        with self.driver.session(database=self.database) as session:
            return session.execute_read(work)

    def _writes(self, work: "Callable[[ManagedTransaction], T]") -> T:
        with self.driver.session(database=self.database) as session:
            return session.execute_write(work)


def _settle(tx: "ManagedTransaction", log: str, version: int) -> None:
    tx.run(_DONE, log=log, version=version).consume()


def _one(result: Any) -> "Record":
    return result.single(strict=True)  # type: ignore[no-any-return]


def _run(tx: "ManagedTransaction", query: str, rows: Sequence[Any]) -> None:
    for some in _chunks(rows, BATCH):
        tx.run(query, rows=some).consume()


def _chunks(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _found(tx: "ManagedTransaction", ids: Collection[str]) -> Found:
    asked = list(ids)
    nodes = [_node(one) for one in tx.run(_NODES, ids=asked)]
    return Found(nodes, [_tie(one) for query in _READ for one in tx.run(query, ids=asked)])


def _node(one: "Record") -> FoundNode:
    return FoundNode(one["element"], one["id"] or "", tuple(one["labels"]), one["values"])


def _tie(one: "Record") -> FoundTie:
    told = {key: one[key] or "" for key in ("element", "id", "type", "start", "end", "start_element", "end_element")}
    return FoundTie(values=one["values"], **told)


def _by_hand_left(told: Differences) -> Differences:
    return Differences(told.nodes, [one for one in told.ties if one.wanted or (one.found and one.found.id)])


def _mend(tx: "ManagedTransaction", told: Differences) -> None:
    _run(tx, _DROP_TIES, [one.found.element for one in told.ties if one.found and not one.wanted])
    _run(tx, _DROP_NODES, [one.found.element for one in told.nodes if one.found and not one.wanted])
    wanted = Rows([one.wanted for one in told.nodes if one.wanted], [one.wanted for one in told.ties if one.wanted and not one.found])
    _run(tx, _STAND, [(one.wanted.id, one.wanted.label) for one in told.nodes if one.wanted and not one.found])
    _run(tx, _FILL, [{"id": one.wanted.id, "values": one.wanted.values} for one in told.nodes if one.wanted and not one.found])
    _run(tx, _SET_NODES, [
        {"element": one.found.element, "label": one.wanted.label, "values": changes(one.wanted.values, one.found.values, VOCABULARY.own)}
        for one in told.nodes if one.wanted and one.found
    ])  # fmt: skip
    _run(tx, _SET_TIES, [
        {"element": one.found.element, "values": changes(one.wanted.values, one.found.values, TIE_KEYS)}
        for one in told.ties if one.wanted and one.found
    ])  # fmt: skip
    _create(tx, wanted)


def _create(tx: "ManagedTransaction", wanted: Rows) -> None:
    _run(tx, _TIES, [{"start": one.start, "end": one.end, "type": one.type, "values": one.values} for one in wanted.ties])
