"""The readable graph in Neo4j: what is there, and how it is made what it should be.

Labels and types in query text come from the ontology alone (`readable.VOCABULARY`, checked to be plain words), values are parameters.
Every batch is one transaction that first takes the lock of (:Mirror) and looks whether it is still the one whose turn it is: so several
processes may try at once, a batch whose answer was lost is not written twice, and one that was overtaken writes nothing.
"""

import secrets
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from graph.record.errors import Conflict
from graph.record.model import MAIN
from graph.record.neo4j_database import Database, Run
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
    Tie,
    changes,
    differences,
    labels_off,
)
from graph.record.snapshot import chunks

BATCH = 5_000
"""Rows of one statement, and about as many relationships in one transaction: well within its deadline on a slow server."""

SCAN = 120.0
"""Seconds that a look at the whole graph may take."""

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
SET n += row.values REMOVE n:$(row.off) SET n:{COMMON}:$(row.label)"""
_SET_TIES = "UNWIND $rows AS row MATCH ()-[r]->() WHERE elementId(r) = row.element SET r += row.values"
_TIES = f"""UNWIND $rows AS row MATCH (a:{COMMON} {{编号: row.start}}) MATCH (b:{COMMON} {{编号: row.end}})
CREATE (a)-[r:$(row.type)]->(b) SET r = row.values"""

_MIRRORED = "MATCH (h:Head {log: $log}) RETURN h.mirrored AS mirrored"
_TURN = "MERGE (m:Mirror {log: $log}) SET m.lock = $me WITH m RETURN m.attempt AS attempt, coalesce(m.step, 0) AS step"
_TAKE = "MATCH (m:Mirror {log: $log}) SET m.attempt = $me"
_STEP = """MATCH (m:Mirror {log: $log}) SET m.lock = $attempt WITH m, m.attempt AS attempt, coalesce(m.step, 0) AS step
SET m.step = CASE WHEN attempt = $attempt AND step = $step THEN $step + 1 ELSE step END RETURN attempt, step"""
_DONE = "MATCH (m:Mirror {log: $log}) SET m.attempt = null WITH m MATCH (h:Head {log: $log}) SET h.mirrored = $version"
_ANY = f"MATCH (n:{COMMON}) RETURN n.编号 AS id LIMIT 1"

_IDS = f"MATCH (n:{COMMON}) RETURN n.编号 AS id"
_LINES = f"MATCH (a)-[r:{'|'.join(VOCABULARY.lines)}]->(b) WHERE a:{COMMON} OR b:{COMMON} RETURN {_TIE}"
_STRANGE_NODES = f"""MATCH (n) WHERE (NOT n:{COMMON} OR n.{KEY} IS NULL) AND any(label IN labels(n) WHERE label IN $ours)
AND none(label IN labels(n) WHERE label IN $system) RETURN {_NODE}"""
_STRANGE_TIES = f"MATCH (a:{COMMON})-[r]->(b:{COMMON}) WHERE NOT type(r) IN $types RETURN {_TIE}"
_OTHERS = "MATCH (n) WHERE none(label IN labels(n) WHERE label IN $known) RETURN count(n) AS count"
_OF_ELEMENTS = f"""UNWIND $elements AS element MATCH (n) WHERE elementId(n) = element MATCH (n)-[r]-()
WITH DISTINCT r, startNode(r) AS a, endNode(r) AS b RETURN {_TIE}"""
_SHOWN = f"UNWIND $rows AS row MATCH (n:{COMMON} {{编号: row[1]}}) WHERE elementId(n) <> row[0] DETACH DELETE n"
_ADOPT = f"UNWIND $rows AS row MATCH (n) WHERE elementId(n) = row[0] SET n:{COMMON}, n.编号 = row[1]"

SYSTEM = ("Store", "Head", "Entry", "Part", "Attempt", "Mirror")
"""Labels of the nodes that hold the record: they are no part of what people read."""

LABELS = (COMMON, *VOCABULARY.labels)
"""Labels of the readable graph."""

_FOREIGN_LABELS = "CALL () { " + " UNION ALL ".join(f"MATCH (n:{label}) RETURN '{label}' AS label LIMIT 1" for label in (*SYSTEM, COMMON))
_FOREIGN_LABELS += " } WITH label WHERE NOT EXISTS { MATCH (:Store {name: 'lianyin'}) } RETURN '(:' + label + ')' AS what"
"""Asked in one statement: another process may make the store meanwhile."""
_FOREIGN_INDEX = """SHOW INDEXES YIELD name, type, labelsOrTypes
WHERE name = '名称' AND (type <> 'FULLTEXT' OR labelsOrTypes <> [$common]) RETURN 'INDEX ' + name AS what"""


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


class EndedError(Exception):
    """Whoever writes is asked to end: what is written stays, and the next turn goes on."""


@dataclass
class Turn:
    """The right to write, as long as no other process has taken it; `step` counts its batches, of which none begins after `ended`."""

    attempt: str
    step: int
    ended: Event = field(default_factory=Event)


@dataclass
class ReadableGraph:
    """The readable graph of one database. Raises what `Database` raises."""

    database: Database
    log: str = MAIN
    _me: str = field(default_factory=lambda: secrets.token_hex(8))
    _seen: tuple[str, int, float] = ("", 0, 0.0)

    def foreign(self) -> list[str]:
        """What others have under our names, which would be taken for ours: labels where there is no store yet, and our index's name."""
        labels, index = self.database.read(_FOREIGN_LABELS), self.database.read(_FOREIGN_INDEX, common=COMMON)
        return [row["what"] for row in (*labels, *index)]

    def prepare(self) -> None:
        """Makes constraints and indexes where they are missing."""
        for statement in schema_statements():
            self.database.apart(statement)

    # ---- whose turn it is

    def mirrored(self) -> int:
        """The version that the readable graph shows; 0 where nothing was mirrored."""
        return int(next((one["mirrored"] or 0 for one in self.database.read(_MIRRORED, log=self.log)), 0))

    def is_empty(self) -> bool:
        """Whether no node of it is there."""
        return not self.database.read(_ANY)

    def turn(self, *, take: bool = False) -> Turn | None:
        """The right to write; None while another process goes on with its own. `take` takes it away at once."""

        async def asked(run: Run) -> Turn | None:
            told = (await run(_TURN, log=self.log, me=self._me))[0]
            attempt, step = told["attempt"], int(told["step"])
            if attempt and attempt != self._me and not take and not self._rests(attempt, step):
                return None
            await run(_TAKE, log=self.log, me=self._me)
            return Turn(self._me, step)

        return self.database.transact(asked)

    def _rests(self, attempt: str, step: int) -> bool:
        """Whether the other one has made no step while we watched, by our own clock: no two machines' clocks are compared."""
        now = time.monotonic()
        if self._seen[:2] != (attempt, step):
            self._seen = (attempt, step, now)
        return now - self._seen[2] >= PATIENCE

    def _batch(self, turn: Turn, work: Callable[[Run], Awaitable[None]]) -> None:
        """One transaction of a turn. Raises Conflict `mirror_overtaken` where another process has taken it, EndedError."""
        if turn.ended.is_set():
            raise EndedError

        async def once(run: Run) -> None:
            told = (await run(_STEP, log=self.log, attempt=turn.attempt, step=turn.step))[0]
            if told["step"] == turn.step + 1 and told["attempt"] in (turn.attempt, None):
                return  # it was written, and only the answer was lost; the last batch ends the turn
            if told["attempt"] != turn.attempt:
                raise Conflict("mirror_overtaken")
            await work(run)

        self.database.transact(once)
        turn.step += 1

    def keep(self, turn: Turn) -> None:
        """Says that a turn goes on though nothing is written. Raises Conflict `mirror_overtaken` where it does not."""

        async def nothing(run: Run) -> None:
            pass

        self._batch(turn, nothing)

    # ---- writing

    def stand(self, turn: Turn, bare: Sequence[tuple[str, str]]) -> None:
        """Makes the nodes that are missing, with id and label only: relationships need both ends."""
        for rows in chunks(bare, BATCH):
            self._batch(turn, lambda run, rows=rows: _run(run, _STAND, rows))  # type: ignore[misc]

    def fill(self, turn: Turn, wanted: Rows) -> None:
        """Writes rows of which nothing but bare nodes is there yet."""
        nodes = [{"id": node.id, "values": node.values} for node in wanted.nodes]
        for start in range(0, max(1, len(wanted.ties)), BATCH):

            async def write(run: Run, start: int = start) -> None:
                await _run(run, _FILL, nodes if start == 0 else [])
                await _draw(run, wanted.ties[start : start + BATCH])

            self._batch(turn, write)

    def make(self, turn: Turn, wanted: Rows, ids: Collection[str]) -> None:
        """Makes what is there of these things what it should be. What was drawn by hand stays."""

        async def compared(run: Run) -> None:
            told = differences(wanted, await _found(run, ids))
            await _mend(run, Differences(told.nodes, [one for one in told.ties if one.wanted or (one.found and one.found.id)]))

        self._batch(turn, compared)

    def mend(self, turn: Turn, told: Differences, *, strict: bool = False) -> None:
        """Puts differences right that were found before, the ones made by hand among them; `strict` leaves no key or label of others."""
        for some in _cut(told):
            self._batch(turn, lambda run, some=some: _mend(run, some, strict))  # type: ignore[misc]

    def named(self, turn: Turn, ids: Mapping[str, str]) -> None:
        """Gives nodes made by hand (by the server's name for them) the ids under which they were taken in, and takes out other nodes
        that show the same: what they had is to be shown again."""

        async def adopted(run: Run) -> None:
            for query in (_SHOWN, _ADOPT):
                await _run(run, query, list(ids.items()))

        self._batch(turn, adopted)

    def finish(self, turn: Turn, version: int) -> None:
        """Says up to which version the graph is what it should be, and lets others have their turn."""

        async def done(run: Run) -> None:
            await run(_DONE, log=self.log, version=version)

        self._batch(turn, done)

    # ---- reading

    def found(self, ids: Collection[str]) -> Found:
        """What is there of these things."""
        nodes = [_node(one) for one in self._all(_NODES, ids=list(ids))]
        return Found(nodes, [_tie(one) for query in _READ for one in self._all(query, ids=list(ids))])

    def ids(self) -> list[str]:
        """The id of every node of the readable graph; empty for one that bears none."""
        return [one["id"] or "" for one in self._all(_IDS)]

    def lines(self) -> list[FoundTie]:
        """Every relationship that stands for a thing."""
        return [_tie(one) for one in self._all(_LINES)]

    def strange_nodes(self) -> list[FoundNode]:
        """Nodes that bear a label of ours, but not the common one or no id. Those that bear none are somebody else's."""
        return [_node(one) for one in self._all(_STRANGE_NODES, ours=LABELS, system=SYSTEM)]

    def strange_ties(self) -> list[FoundTie]:
        """Relationships between nodes of ours of types that the ontology does not have."""
        return [_tie(one) for one in self._all(_STRANGE_TIES, types=VOCABULARY.all_types)]

    def others(self) -> int:
        """How many nodes of the database bear no label of ours: they are never touched."""
        return int(self._all(_OTHERS, known=[*LABELS, *SYSTEM])[0]["count"])

    def ties_of(self, elements: Collection[str]) -> list[FoundTie]:
        """All relationships of nodes, by the server's names for these."""
        return [_tie(one) for one in self._all(_OF_ELEMENTS, elements=list(elements))]

    def _all(self, query: str, **parameters: object) -> list[dict[str, Any]]:
        return self.database.read(query, seconds=SCAN, **parameters)


async def _run(run: Run, query: str, rows: Sequence[Any]) -> None:
    for some in chunks(rows, BATCH):
        await run(query, rows=some)


async def _found(run: Run, ids: Collection[str]) -> Found:
    nodes = [_node(one) for one in await run(_NODES, ids=list(ids))]
    return Found(nodes, [_tie(one) for query in _READ for one in await run(query, ids=list(ids))])


def _node(one: Mapping[str, Any]) -> FoundNode:
    return FoundNode(one["element"], one["id"] or "", tuple(one["labels"]), one["values"])


def _tie(one: Mapping[str, Any]) -> FoundTie:
    told = {key: one[key] or "" for key in ("element", "id", "type", "start", "end", "start_element", "end_element")}
    return FoundTie(values=one["values"], **told)


def _cut(told: Differences) -> Iterator[Differences]:
    """In batches, what goes before what comes."""
    for nodes in chunks(told.nodes, BATCH):
        yield Differences(nodes)
    for ties in chunks(sorted(told.ties, key=lambda one: one.wanted is not None), BATCH):
        yield Differences(ties=ties)


async def _mend(run: Run, told: Differences, strict: bool = False) -> None:
    await _run(run, _DROP_TIES, [one.found.element for one in told.ties if one.found and not one.wanted])
    await _run(run, _DROP_NODES, [one.found.element for one in told.nodes if one.found and not one.wanted])
    fresh = [one.wanted for one in told.nodes if one.wanted and not one.found]
    await _run(run, _STAND, [(node.id, node.label) for node in fresh])
    await _run(run, _FILL, [{"id": node.id, "values": node.values} for node in fresh])
    await _run(run, _SET_NODES, [
        {"element": one.found.element, "label": one.wanted.label, "off": labels_off(one.wanted, one.found, strict),
         "values": changes(one.wanted.values, one.found.values, None if strict else VOCABULARY.own)}
        for one in told.nodes if one.wanted and one.found
    ])  # fmt: skip
    await _run(run, _SET_TIES, [
        {"element": one.found.element, "values": changes(one.wanted.values, one.found.values, None if strict else TIE_KEYS)}
        for one in told.ties if one.wanted and one.found
    ])  # fmt: skip
    await _draw(run, [one.wanted for one in told.ties if one.wanted and not one.found])


async def _draw(run: Run, ties: Sequence[Tie]) -> None:
    await _run(run, _TIES, [{"start": one.start, "end": one.end, "type": one.type, "values": one.values} for one in ties])
