"""The log in Neo4j: the truth of a shared store. What is in an entry is made and read elsewhere; here it is bytes.

    (:Store {uuid, label, schema, sequence, erasures, key, things, asking, copying})   one; its lock orders all writers
    (:Head {log, number, digest, base})                                  one a log; that of main has `mirrored`, too
    (:Entry {id, sequence, attempt, size, parts, bytes})                 also :Change, :Key, :Log, :Blob or :Erasure
    (:Part {id, bytes})                                                  at most 1 MB each, of entries that are larger than 32 KB
    (:Attempt {id, log, number, erasures, sequence})                     parts that are being written, or are no longer wanted

Parts are written in short transactions and seen by nobody until the last one, which takes the store's lock, compares what the writer saw
with what is there, and makes the entries that name them. An id (change:main:12, key:…, blob:…) is unique: a second effect cannot be.
"""

import secrets
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graph.record.errors import Conflict, StoreUnavailable
from graph.record.neo4j_database import Database, Run, TakenError
from graph.record.snapshot import chunks

SCHEMA = 1
"""Number of the layout above. A newer one is refused."""
INLINE = 1 << 15
PART = 1 << 20
LOAD, MANY = 4 << 20, 2_000
"""Bytes of parts in one transaction, also in the last one, and how many parts at most."""
_PAGE = 256
LATE = 64
"""Entries of others after which parts that belong to no change count as abandoned. Who still writes them begins anew."""

_RULES = (
    "CREATE CONSTRAINT lianyin_store IF NOT EXISTS FOR (n:Store) REQUIRE n.name IS UNIQUE",
    "CREATE CONSTRAINT lianyin_head IF NOT EXISTS FOR (n:Head) REQUIRE n.log IS UNIQUE",
    "CREATE CONSTRAINT lianyin_entry IF NOT EXISTS FOR (n:Entry) REQUIRE n.id IS UNIQUE",
    "CREATE CONSTRAINT lianyin_sequence IF NOT EXISTS FOR (n:Entry) REQUIRE n.sequence IS UNIQUE",
    "CREATE CONSTRAINT lianyin_part IF NOT EXISTS FOR (n:Part) REQUIRE n.id IS UNIQUE",
    "CREATE CONSTRAINT lianyin_attempt IF NOT EXISTS FOR (n:Attempt) REQUIRE n.id IS UNIQUE",
)  # fmt: skip

_FIRST = """
MERGE (s:Store {name: 'lianyin'})
ON CREATE SET s.uuid = $uuid, s.label = $label, s.schema = $schema, s.sequence = 0, s.erasures = 0, s.key = $key
MERGE (h:Head {log: 'main'}) ON CREATE SET h.number = 0, h.digest = $zero, h.base = 0, h.mirrored = 0
"""

_STATE = """
MATCH (s:Store {name: 'lianyin'})
RETURN s.uuid AS uuid, s.label AS label, s.key AS key, s.erasures AS erasures, s.schema AS schema,
  s.things AS attempt, s.things_parts AS parts, coalesce(s.copying, '') AS copying
"""

_PAGES = """
MATCH (s:Store {name: 'lianyin'})
OPTIONAL MATCH (e:Entry) WHERE e.sequence >= $after
WITH s, e ORDER BY e.sequence LIMIT $limit
RETURN s.erasures AS erasures, s.asking AS asking, coalesce(s.copying, '') AS copying, s.sequence AS last, e.sequence AS sequence,
  e.attempt AS attempt, e.parts AS parts, e.size AS size, CASE WHEN e.sequence > $after THEN e.bytes END AS bytes
"""

_WENT_BACK = """
MATCH (s:Store {name: 'lianyin'}) OPTIONAL MATCH (e:Entry {sequence: $sequence})
RETURN s.erasures AS erasures, e.attempt AS attempt
"""

_PARTS = "UNWIND $ids AS id MATCH (p:Part {id: id}) RETURN id, p.bytes AS bytes"

_BEGIN = """
MERGE (a:Attempt {id: $attempt})
ON CREATE SET a.log = $log, a.number = $number, a.erasures = $erasures, a.sequence = $sequence
"""

_BEGUN = "MATCH (a:Attempt {id: $id}) WHERE a.dead IS NULL DELETE a RETURN 1 AS one"

_LOAD = """
MATCH (a:Attempt {id: $attempt}) WHERE a.dead IS NULL SET a.loaded = $loaded
WITH a UNWIND $parts AS part
MERGE (p:Part {id: part.id}) SET p.bytes = part.bytes
RETURN count(p) AS count
"""

_LOCK = """
MATCH (s:Store {name: 'lianyin'}) SET s.writer = $attempt
WITH s
OPTIONAL MATCH (e:Entry {id: $id})
WITH s, e
OPTIONAL MATCH (h:Head) WHERE h.log IN $logs
RETURN s.sequence AS sequence, s.erasures AS erasures, coalesce(s.copying, '') AS copying,
  CASE WHEN e.attempt = $mine THEN e.sequence END AS mine,
  collect(CASE WHEN h IS NOT NULL THEN [h.log, h.number] END) AS heads
"""

_ENTRIES = """
UNWIND range(0, size($entries) - 1) AS at
WITH at, $entries[at] AS told, $forms[at] AS form
CREATE (e:Entry) SET e = told, e.sequence = $sequence + 1 + at, e:$(form)
"""

_TAKE = """
MATCH (s:Store {name: 'lianyin'})
SET s.sequence = $sequence, s.erasures = s.erasures + $erasures, s.writer = null,
  s.asking = CASE WHEN s.asking <> $by THEN s.asking END
WITH s UNWIND $heads AS told
MERGE (h:Head {log: told.log}) SET h += told
"""

_ASK = "MATCH (s:Store {name: 'lianyin'}) SET s.writer = null WITH s SET s.asking = coalesce(s.asking, $who)"
"""It takes the lock as all writers do, first: setting a property from itself alone takes two locks in another order, and deadlocks."""
_ENOUGH = "MATCH (s:Store {name: 'lianyin'}) WHERE s.asking = $who SET s.asking = null"

_LAST_PARTS = "UNWIND $parts AS part CREATE (p:Part) SET p = part"

_SWAP = """
UNWIND $entries AS told
MATCH (e:Entry {id: told.id})
FOREACH (old IN CASE WHEN e.parts > 0 THEN [e.attempt] ELSE [] END | MERGE (a:Attempt {id: old}) SET a.dead = true)
SET e += told
"""

_DROP = """
MATCH (e:Entry) WHERE e.id IN $ids
FOREACH (old IN CASE WHEN e.parts > 0 THEN [e.attempt] ELSE [] END | MERGE (a:Attempt {id: old}) SET a.dead = true)
DETACH DELETE e
"""

_THINGS = """
MATCH (s:Store {name: 'lianyin'})
FOREACH (old IN CASE WHEN s.things IS NULL THEN [] ELSE [s.things] END | MERGE (a:Attempt {id: old}) SET a.dead = true)
SET s.things = $attempt, s.things_parts = $parts
"""

_DEAD = """
MATCH (s:Store {name: 'lianyin'}), (a:Attempt)
OPTIONAL MATCH (h:Head {log: a.log})
WITH s, a, h WHERE a.dead OR a.erasures < s.erasures OR h.number >= a.number OR (a.number IS NULL AND s.sequence >= a.sequence + $late)
RETURN a.id AS id
"""

_BURY = "MATCH (s:Store {name: 'lianyin'}) SET s.writer = null WITH s "
_BURY += "UNWIND $ids AS id MATCH (a:Attempt {id: id}) SET a.dead = true RETURN id"
"""Under the lock of all writers: what was told meanwhile has no attempt any more, and what is dead is not told."""

_DISCARD = """
UNWIND $ids AS id MATCH (p:Part) WHERE p.id STARTS WITH id + ':'
WITH p LIMIT 16 DETACH DELETE p RETURN count(p) AS count
"""
_GONE = "UNWIND $ids AS id MATCH (a:Attempt {id: id}) DELETE a"


_COPYING = """
MATCH (s:Store {name: 'lianyin'}) SET s.writer = null
WITH s WHERE s.copying IN [$left, $who] OR (s.copying IS NULL AND s.sequence = 0)
SET s.copying = $who, s.label = $label
RETURN 1 AS one
"""
_COPIED = """
MATCH (s:Store {name: 'lianyin'}) SET s.writer = null
WITH s WHERE s.copying IS NULL OR s.copying = $who
SET s.copying = null
RETURN 1 AS one
"""
_MINE = "MATCH (s:Store {name: 'lianyin'}) SET s.writer = null WITH s WHERE s.copying = $who "
_EMPTY = (
    _MINE + "MATCH (a:Attempt) WITH a LIMIT 512 DETACH DELETE a RETURN count(a) AS count",
    _MINE + "MATCH (p:Part) WHERE p.bytes IS NOT NULL WITH p LIMIT 16 DETACH DELETE p RETURN count(p) AS count",
    _MINE + "MATCH (e:Entry) WHERE e.attempt IS NOT NULL WITH e LIMIT 512 DETACH DELETE e RETURN count(e) AS count",
    _MINE + "MATCH (h:Head) WHERE h.log <> 'main' WITH h LIMIT 512 DETACH DELETE h RETURN count(h) AS count",
)
_ANEW = (
    _MINE + "SET s.sequence = 0, s.erasures = s.erasures + 1, s.things = null, s.things_parts = null "
    "WITH s MATCH (h:Head {log: 'main'}) SET h.number = 0, h.digest = $zero RETURN 1 AS one"
)
"""One erasure more: whoever followed what is gone begins anew."""


class MovedError(StoreUnavailable):
    """Somebody else's change came first: to be followed and tried again; `store_contended` where nobody does (a copy into a used store)."""

    def __init__(self) -> None:
        super().__init__("store_contended")


class Seen(NamedTuple):
    """How far a process has followed: the last entry's place and attempt, and how many erasures there had been."""

    sequence: int = 0
    attempt: str = ""
    erasures: int = 0


class Told(NamedTuple):
    """One entry as it is read."""

    sequence: int
    attempt: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """One entry to be written: its form is its second label, `facts` are readable beside its bytes."""

    id: str
    form: str
    data: bytes
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Telling:
    """What one transaction tells. `heads` are those it makes; `logs` the heads that it saw, by log.

    An erasure also gives the entries that it blanked, the ids of those that go, and the slots (`things`); a copy begins with the slots.
    `by` is who tells: what it asked of the others (`SharedLog.ask`) ends with it.
    """

    entries: Sequence[Written]
    heads: Sequence[Mapping[str, object]]
    logs: Mapping[str, int]
    blanked: Sequence[Written] = ()
    dropped: Sequence[str] = ()
    things: bytes = b""
    by: str = ""
    attempt: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def renews(self) -> bool:
        """Whether whoever follows has to begin anew."""
        return bool(self.things)


class State(NamedTuple):
    """What the store says of itself."""

    uuid: str
    label: str
    key: str
    erasures: int
    copying: str
    """The mark of a copy that is not finished."""


class SharedLog:
    """The log of one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.asking = ""
        """Who asked to be let pass, as of the last look."""
        self.last = 0
        """Place of the last entry, as of the last look."""
        self.copier = ""
        """The mark of the copy that is made into the store from here: to all others it is not whole."""

    def close(self) -> None:
        """Ends the connections."""
        self.database.close()

    # ---- the store itself

    def init(self, key: str, label: str) -> State:
        """Makes constraints, store and head where they are missing; a second time changes nothing. `key` tells which key it has."""
        for rule in _RULES:
            self.database.apart(rule)
        self.database.write(_FIRST, uuid=str(uuid.uuid4()), label=label, schema=SCHEMA, key=key, zero=bytes(32).hex())
        return self.state()

    def state(self) -> State:
        """Raises StoreUnavailable `shared_store_absent`, `shared_store_newer`."""
        rows = self.database.read(_STATE)
        place = {"store": str(self.database.address)}
        if not rows:
            raise StoreUnavailable("shared_store_absent", place=place)
        told = rows[0]
        if told["schema"] > SCHEMA:
            raise StoreUnavailable("shared_store_newer", place=place, schema=told["schema"], known=SCHEMA)
        return State(told["uuid"], told["label"], told["key"], told["erasures"], told["copying"])

    def things(self) -> bytes:
        """The slots as of the last erasure (or copy); empty where there was none. Raises StoreUnavailable `copy_unfinished`."""
        told = self.database.read(_STATE)[0]
        self._check_whole(told)
        return self._joined([told])[0] if told["attempt"] else b""

    def heads(self) -> dict[str, tuple[int, str]]:
        """Number and digest (hex) of every log's last change."""
        rows = self.database.read("MATCH (h:Head) RETURN h.log AS log, h.number AS number, h.digest AS digest")
        return {row["log"]: (row["number"], row["digest"]) for row in rows}

    # ---- following

    def since(self, seen: Seen) -> list[Told]:
        """The next entries after what was seen; none where that is all. Raises MovedError where what was seen is no longer so.

        Raises StoreUnavailable `copy_unfinished`.
        """
        rows = self.database.read(_PAGES, after=seen.sequence, limit=_PAGE)
        if rows:
            self._check_whole(rows[0])
        if not rows or rows[0]["erasures"] != seen.erasures:
            raise MovedError
        self.asking, self.last = rows[0]["asking"] or "", rows[0]["last"]
        if seen.sequence and (rows[0]["sequence"], rows[0]["attempt"]) != seen[:2]:
            raise MovedError
        return self._loaded(row for row in rows if row["sequence"] is not None and row["sequence"] > seen.sequence)

    def _check_whole(self, told: Mapping[str, Any]) -> None:
        if told["copying"] != self.copier:
            raise StoreUnavailable("copy_unfinished", place={"store": str(self.database.address)})

    def went_back(self, seen: Seen) -> bool:
        """Whether the log is that of before what was seen: somebody brought the database back to an older state."""
        for told in self.database.read(_WENT_BACK, sequence=seen.sequence):
            gone = seen.sequence > 0 and told["attempt"] != seen.attempt
            return bool(told["erasures"] < seen.erasures or (told["erasures"] == seen.erasures and gone))
        return False

    def _loaded(self, rows: Iterable[Mapping[str, Any]]) -> list[Told]:
        """The entries with their bytes, up to about one load more than what is large."""
        found: list[Mapping[str, Any]] = []
        size = 0
        for row in rows:
            found.append(row)
            size += row["size"]
            if size > LOAD:
                break
        cut = [row for row in found if row["bytes"] is None]
        joined = dict(zip((row["sequence"] for row in cut), self._joined(cut), strict=True))
        return [Told(row["sequence"], row["attempt"], bytes(joined.get(row["sequence"], row["bytes"]))) for row in found]

    def _joined(self, rows: Sequence[Mapping[str, Any]]) -> list[bytes]:
        """What stands in parts: that of all rows but the last one is not more than one load."""
        ids = [[_part(row["attempt"], at) for at in range(row["parts"])] for row in rows]
        asked = [[id for some in ids[:-1] for id in some], *chunks(ids[-1] if ids else [], LOAD // PART)]
        found = {one["id"]: one["bytes"] for some in asked if some for one in self.database.read(_PARTS, ids=some)}
        try:
            return [b"".join(found[id] for id in some) for some in ids]
        except KeyError:  # an erasure swapped them meanwhile
            raise MovedError from None

    # ---- telling

    def tell(self, telling: Telling, seen: Seen) -> int:
        """Writes all or nothing, and returns the sequence before it. Raises MovedError where others came first."""
        entries, parts = self._cut(telling)
        *early, last = _batches(parts)
        self._load(telling, seen, early)
        try:
            return self.database.transact(lambda run: _last(run, telling, seen, entries, last, bool(early)))
        except (MovedError, TakenError) as error:
            if early:
                self._discard([telling.attempt])
            raise MovedError from error

    def _cut(self, telling: Telling) -> tuple[list[dict[str, object]], list[tuple[str, bytes]]]:
        """Nodes of the entries (blanked ones after those that are new, then the slots), and all parts.

        Many that are blanked are parts, too, however small: the last transaction holds the lock of all writers, and swaps names only.
        """
        nodes, parts = [], []
        blanked = range(len(telling.entries), len(telling.entries) + len(telling.blanked))
        large = sum(len(one.data) for one in telling.blanked) > LOAD
        for at, one in enumerate([*telling.entries, *telling.blanked, *([Written("", "", telling.things)] if telling.things else [])]):
            attempt = f"{telling.attempt}:{at}"
            inline = len(one.data) <= INLINE and bool(one.id) and not (large and at in blanked)
            cuts = [] if inline else [one.data[start : start + PART] for start in range(0, len(one.data), PART)]
            parts += [(_part(attempt, place), data) for place, data in enumerate(cuts)]
            told = {"id": one.id, "attempt": attempt, "size": len(one.data), "parts": len(cuts), "bytes": one.data if inline else None}
            nodes.append({**told, **one.facts})
        return nodes, parts

    def _load(self, telling: Telling, seen: Seen, batches: Sequence[Sequence[tuple[str, bytes]]]) -> None:
        """Writes the parts for which the last transaction has no room."""
        if not batches:
            return
        log, number = next(((log, number + 1) for log, number in telling.logs.items()), (None, None))
        begun = {"log": log, "number": number, "erasures": seen.erasures, "sequence": seen.sequence}
        self.database.write(_BEGIN, attempt=telling.attempt, **begun)
        for at, batch in enumerate(batches):
            if not self.database.load(_LOAD, attempt=telling.attempt, loaded=at, parts=_nodes(batch))[0]["count"]:
                raise MovedError

    # ---- copies

    def begin_copy(self, who: str, label: str) -> None:
        """Marks an empty store as unfinished, and takes out what the copy left whose mark is known here (`copier`).

        It is marked before and after, so it may be killed anywhere. Raises Conflict `copy_target_not_empty`, MovedError where another
        copy takes over.
        """
        if not self.database.write(_COPYING, who=who, left=self.copier, label=label):
            raise Conflict("copy_target_not_empty")
        self.copier = who
        for query in _EMPTY:
            while self.database.write(query, who=who)[0]["count"]:
                pass
        if not self.database.write(_ANEW, who=who, zero=bytes(32).hex()):
            raise MovedError

    def end_copy(self) -> None:
        """Takes the mark off. Raises MovedError where another copy has taken over."""
        if not self.database.write(_COPIED, who=self.copier):
            raise MovedError
        self.copier = ""

    # ---- letting pass

    def ask(self, who: str) -> None:
        """Asks the others to wait a little, unless somebody asks already. It is no lock: each waits as long as it likes."""
        self.database.write(_ASK, who=who)

    def enough(self, who: str) -> None:
        """Ends what was asked: by who asked, or by one that has waited long enough."""
        self.database.write(_ENOUGH, who=who)

    # ---- clearing away

    def sweep(self) -> None:
        """Deletes the parts of attempts that can no longer be told: no clock says so, but a head (or the whole log) that has gone on."""
        for ids in chunks([row["id"] for row in self.database.read(_DEAD, late=LATE)], _PAGE):
            self._discard(ids)

    def _discard(self, attempts: Sequence[str]) -> None:
        """Deletes their parts, then themselves; dead first, since a part that is loaded between would belong to nobody."""
        ids = [row["id"] for row in self.database.write(_BURY, ids=attempts)]
        while self.database.write(_DISCARD, ids=ids)[0]["count"]:
            pass
        self.database.write(_GONE, ids=ids)


async def _last(
    run: Run, telling: Telling, seen: Seen, entries: list[dict[str, object]], parts: Sequence[tuple[str, bytes]], begun: bool
) -> int:
    """The last transaction: lock, compare, write."""
    first, logs = entries[0], list(telling.logs)
    rows = await run(_LOCK, attempt=telling.attempt, id=first["id"], mine=first["attempt"], logs=logs)
    if not rows:
        raise MovedError
    there = rows[0]
    if there["mine"] is not None:  # the answer to an earlier COMMIT was lost
        return int(there["mine"]) - 1
    moved = dict(there["heads"]) != {log: number for log, number in telling.logs.items()} or there["copying"] not in ("", telling.by)
    if moved or there["erasures"] != seen.erasures or (telling.renews and there["sequence"] != seen.sequence):
        raise MovedError
    if begun and not await run(_BEGUN, id=telling.attempt):
        raise MovedError
    await _write(run, telling, int(there["sequence"]), entries, parts)
    return int(there["sequence"])


async def _write(run: Run, telling: Telling, sequence: int, nodes: list[dict[str, object]], parts: Sequence[tuple[str, bytes]]) -> None:
    count = len(telling.entries)
    new, blanked = nodes[:count], nodes[count : count + len(telling.blanked)]
    if parts:
        await run(_LAST_PARTS, parts=_nodes(parts))
    await run(_ENTRIES, entries=new, forms=[one.form for one in telling.entries], sequence=sequence)
    await run(_TAKE, sequence=sequence + count, erasures=int(telling.renews), heads=list(telling.heads), by=telling.by)
    if blanked:
        await run(_SWAP, entries=blanked)
    if telling.dropped:
        await run(_DROP, ids=list(telling.dropped))
    if telling.things:
        await run(_THINGS, attempt=nodes[-1]["attempt"], parts=nodes[-1]["parts"])


def _nodes(parts: Iterable[tuple[str, bytes]]) -> list[dict[str, object]]:
    return [{"id": id, "bytes": data} for id, data in parts]


def _batches(parts: Iterable[tuple[str, bytes]]) -> Iterator[list[tuple[str, bytes]]]:
    """What one transaction takes at a time; one of nothing where there is nothing."""
    batch: list[tuple[str, bytes]] = []
    size = 0
    for part in parts:
        if batch and (size + len(part[1]) > LOAD or len(batch) == MANY):
            yield batch
            batch, size = [], 0
        batch.append(part)
        size += len(part[1])
    yield batch


def _part(attempt: str, at: int) -> str:
    return f"{attempt}:{at:06}"


def pages(log: SharedLog, seen: Seen) -> Iterator[list[Told]]:
    """All that was told until now, page by page; what is told meanwhile may stand on the last one."""
    page = log.since(seen)
    last = log.last
    while page:
        yield page
        seen = seen._replace(sequence=page[-1].sequence, attempt=page[-1].attempt)
        page = log.since(seen) if seen.sequence < last else []
