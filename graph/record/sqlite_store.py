"""The embedded store: one encrypted, authenticated SQLite file (SQLite3 Multiple Ciphers), one writer, many readers.

Measured choices (RECORD.md of the design): interned integers instead of text ids halve the file; `number` is dense and grows with the
change, so a version is a prefix of the table; indexes on (subject, property) and identity only, partial ones on retracted and
judgements. Aggregate reads say NOT INDEXED: a partial index would change the row order. Readers never hold a transaction, since one
blocks the checkpoint that an erasure needs.
"""

import json
import os
import re
import threading
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from graph.record import cache
from graph.record.backup import Check, erase_in_backups
from graph.record.connection import connect, engine_errors
from graph.record.erasure import Erasure, traces
from graph.record.errors import Conflict, NotFound, StoreUnavailable
from graph.record.interned import Interned
from graph.record.judgements import touched
from graph.record.keys import Keys
from graph.record.model import ERASED, MAIN, SHORT_DIGEST, Change, Entry, Receipt, Recorded, Row, Serial, Statement, digest_hex, identity
from graph.record.ontology import Property, ontology
from graph.record.snapshot import DRAFT, Delta, Ints, Scan, Snapshot, snapshot_of
from graph.record.store import ZERO, Answer, Evidence, Head, Store, log_name

_T = TypeVar("_T")
APPLICATION = 0x4C59494E
SCHEMA = 1
"""The store's schema number (PRAGMA user_version). A newer one is refused, an older one is migrated into a copy."""

_WIPING = "1"
_RANGE = 300_000
_BULK = 20_000
_KIND = 4

_SHARED = f"""
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE log(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, base INTEGER NOT NULL) STRICT;
CREATE TABLE thing(number INTEGER PRIMARY KEY, id TEXT UNIQUE) STRICT;
CREATE TABLE word(number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE blob(digest TEXT PRIMARY KEY, bytes BLOB NOT NULL, check_digest TEXT NOT NULL) STRICT;
CREATE TABLE erased(token TEXT PRIMARY KEY) STRICT;
INSERT INTO log VALUES(0, 'main', 0);
INSERT INTO word VALUES(1, 'same_as'), (2, 'different_from'), (3, 'refused'), ({_KIND}, 'kind');
"""

_LOG = """
CREATE TABLE change_{n}(number INTEGER PRIMARY KEY, actor TEXT NOT NULL, time TEXT NOT NULL, reason TEXT NOT NULL, key TEXT NOT NULL,
  request BLOB NOT NULL, undoes INTEGER NOT NULL, salt BLOB, header BLOB NOT NULL, previous BLOB NOT NULL, digest BLOB NOT NULL,
  adds INTEGER NOT NULL, retracts INTEGER NOT NULL, erases INTEGER NOT NULL, first INTEGER NOT NULL) STRICT;
CREATE TABLE statement_{n}(number INTEGER PRIMARY KEY, added INTEGER NOT NULL, retracted INTEGER, subject INTEGER, property INTEGER,
  target INTEGER, value TEXT, source INTEGER, since TEXT, until TEXT, locator TEXT, confidence INTEGER, rule INTEGER,
  identity INTEGER, salt BLOB, leaf BLOB NOT NULL, erased INTEGER) STRICT;
CREATE TABLE below_{n}(number INTEGER PRIMARY KEY, retracted INTEGER NOT NULL) STRICT;
CREATE TABLE answer_{n}(actor TEXT, key TEXT, request BLOB NOT NULL, number INTEGER, version INTEGER NOT NULL,
  adds INTEGER NOT NULL, retracts INTEGER NOT NULL, PRIMARY KEY(actor, key)) STRICT;
"""

_INDEXES = """
CREATE INDEX statement_{n}_subject ON statement_{n}(subject, property);
CREATE INDEX statement_{n}_identity ON statement_{n}(identity);
CREATE INDEX statement_{n}_retracted ON statement_{n}(retracted) WHERE retracted IS NOT NULL;
CREATE INDEX statement_{n}_erased ON statement_{n}(erased) WHERE erased IS NOT NULL;
CREATE INDEX statement_{n}_judgement ON statement_{n}(property, subject) WHERE property <= 3;
"""

_COLUMNS = (
    "number, added, retracted, subject, property, target, value, source, since, until, locator, confidence, rule, erased"
)


_CONTENT = (
    "subject", "property", "target", "value", "source", "since", "until", "locator", "confidence", "rule", "identity", "salt",
)  # fmt: skip
"""What an erasure empties: all but the serial, the leaf, and which changes told and retracted it."""


class SqliteStore(Store):
    """The store in `home`, made where there is none (under `key` if given). Raises StoreUnavailable, Forbidden: not to be opened safely."""

    _is_copy = False
    _cached = -1
    _erasures: int | None = None

    def __init__(self, home: Path, *, vfs: str | None = None, label: str = "", key: bytes | None = None) -> None:
        home = Path(home)
        home.mkdir(parents=True, exist_ok=True)
        uuid, fresh = _identified(home)
        keys = Keys.of(uuid)
        self._connect(home, home / "store.db", uuid, keys.make(key) if fresh else keys.key(), vfs)
        with self._errors():
            self._prepare(label)
            self._check_head()
            self._resume()

    @classmethod
    def over(cls, path: Path, uuid: str, key: bytes) -> "SqliteStore":
        """A copy of a store (a backup), opened as a store with its key; it has no head file, cache or backups of its own."""
        copy = cls.__new__(cls)
        copy._is_copy = True
        copy._connect(path.parent, path, uuid, key)
        copy._intern()
        return copy

    def _connect(self, home: Path, path: Path, uuid: str, key: bytes, vfs: str | None = None) -> None:
        self.home, self.path, self.uuid, self._key, self._vfs = home, path, uuid, key, vfs
        self.keys = Keys.of(uuid)
        self._lock, self._depth = threading.RLock(), 0
        self._last: dict[str, Snapshot] = {}
        self._db = connect(path, key, vfs=vfs)

    def _intern(self) -> None:
        self._words = Interned(self._db, "word", "text")
        self._things = Interned(self._db, "thing", "id")

    # ---- opening

    def _prepare(self, label: str) -> None:
        if not self._one("SELECT count(*) FROM sqlite_schema"):
            self._create(label)
        application, schema = self._db.pragma("application_id"), self._db.pragma("user_version")
        if application != APPLICATION:
            raise StoreUnavailable("not_a_store", place={"file": str(self.path)})
        if schema > SCHEMA:
            raise StoreUnavailable("store_newer", place={"file": str(self.path)}, schema=schema, known=SCHEMA)
        self._intern()

    def _create(self, label: str) -> None:
        with self._transaction():
            if self._one("SELECT count(*) FROM sqlite_schema"):
                return
            if self.keys.heads():  # asked inside the transaction: another process may have made the store meanwhile
                raise StoreUnavailable("store_older_than_head", place={"file": str(self.path)})
            self._make_tables(label)
            self._db.pragma("application_id", APPLICATION)
            self._db.pragma("user_version", SCHEMA)

    def _make_tables(self, label: str) -> None:
        self._db.execute(_SHARED + (_LOG + _INDEXES).format(n=0))
        self._db.execute("INSERT INTO meta VALUES('uuid', ?), ('label', ?)", (self.uuid, label))

    def _check_head(self) -> None:
        """The store may be newer than its head file (killed between commit and head), never older or another one."""
        for log, (number, digest) in self.keys.heads().items():
            found = None
            with suppress(NotFound):
                n = self._n(log)
                found = self._one(f"SELECT digest FROM change_{n} WHERE number = ?", number) if number else digest
            if found != digest:
                raise StoreUnavailable("store_older_than_head", place={"file": str(self.path)}, log=log, number=number)

    def _resume(self) -> None:
        todo = self._meta("erasing")
        if todo:
            if todo != _WIPING:
                with suppress(StoreUnavailable):  # a damaged backup serves nobody
                    erase_in_backups(self, *json.loads(todo))
            self._clean()

    address = ""
    """Where a shared store is; empty for an embedded one."""

    def follow(self) -> int:
        """Takes in what other machines have told, and returns the version of main; an embedded store has it already."""
        return self.head().number

    @property
    def label(self) -> str:
        """What this store says it is: empty for a user's own, else demo or generated."""
        return self._meta("label")

    def _meta(self, key: str) -> str:
        return self._one("SELECT value FROM meta WHERE key = ?", key) or ""

    def close(self) -> None:
        """Writes the cache of the last snapshot and ends the connection."""
        with self._reading():
            if self._is_copy:
                self._db.pragma("journal_mode", "delete")
            else:
                self._write_cache()
            self._db.close()

    def _write_cache(self) -> None:
        last = self._last.get(MAIN)
        if last is not None and last.version == self._head(MAIN).number and last.version != self._cached:
            cache.write(self.path.parent, self._key, SCHEMA, last)

    # ---- the protocol

    def snapshot(
        self, version: int | None = None, *, on: str | None = None, known_by: str | None = None, log: str = MAIN
    ) -> Snapshot:
        with self._reading():
            self._notice_erasures()
            head = self._head(log)
            version = head.number if version is None else version
            if not 0 <= version <= head.number:
                raise NotFound("version_unknown", version=version, head=head.number)
            digest = self._digest(log, version)
            previous = self._last.get(log) or self._from_cache(log)
            made = snapshot_of(self, version, digest, previous, on=on, known_by=known_by, log=log)
            if version == head.number and not on and not known_by:
                self._last[log] = made
            return made

    def _from_cache(self, log: str) -> Snapshot | None:
        """The cached snapshot where it is of this chain; anything else is as if there were none."""
        found = cache.read(self.path.parent, self._key, SCHEMA) if log == MAIN else None
        if found is None or found.version > self._head(MAIN).number or self._digest(MAIN, found.version) != found.digest:
            return None
        self._cached = found.version
        return Snapshot(self, MAIN, found.version, found.digest, found.arrays)

    def _digest(self, log: str, version: int) -> bytes:
        n = self._n(log)
        return self._one(f"SELECT digest FROM change_{n} WHERE number = ?", version) if version else ZERO

    def _keep(self, digest: str, data: bytes, check: str) -> bool:
        self._db.execute("INSERT OR IGNORE INTO blob VALUES(?, ?, ?)", (digest, data, check))
        return bool(self._db.changes())

    def kept(self, digest: str) -> bytes:
        with self._reading():
            last = digest + "g" if len(digest) >= SHORT_DIGEST else digest  # after all hex digits
            data = self._one("SELECT bytes FROM blob WHERE digest BETWEEN ? AND ? LIMIT 1", digest, last)
        if data is None:
            raise NotFound("blob_unknown", digest=digest[:80])
        return bytes(data)

    # ---- transactions and logs

    @contextmanager
    def _errors(self) -> Iterator[None]:
        with engine_errors(self.path):
            yield

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock, self._errors():
            yield

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, self._errors():
            if self._depth:
                yield
                return
            self._depth = 1
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    self._refresh()
                    yield
                    self._db.execute("COMMIT")
                except BaseException:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                    self._forget_interned()
                    raise
            finally:
                self._depth = 0
            self._write_head()

    def _refresh(self) -> None:
        if hasattr(self, "_words"):
            self._notice_erasures()
            self._words.refresh()
            self._things.refresh()

    def _notice_erasures(self) -> None:
        """An erasure by another process changes texts that this one mirrors."""
        erasures = self._one("SELECT max(rowid) FROM erased")
        if erasures != self._erasures:
            self._erasures = erasures
            self._forget_interned()

    def _forget_interned(self) -> None:
        if hasattr(self, "_words"):
            self._words.drop()
            self._things.drop()

    def _write_head(self) -> None:
        if self._is_copy:
            return
        heads = {}
        for name, number, digest in self._heads():
            heads[name] = (number, digest)
        try:
            if heads:
                self.keys.write_heads(heads)
        except OSError as error:
            place = {"file": str(self.keys.folder / "head")}
            raise StoreUnavailable("store_io", place=place, engine=type(error).__name__) from error

    def _heads(self) -> list[tuple[str, int, bytes]]:
        heads = [(name, *self._head(name)) for name in self._logs()]
        return [(name, number, digest) for name, number, digest in heads if number]

    def _one(self, sql: str, *values: Any) -> Any:
        return self._db.execute(sql, values).get

    def _all(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        return self._db.execute(sql, tuple(values)).fetchall()

    def _n(self, log: str) -> int:
        number = self._one("SELECT number FROM log WHERE name = ?", log)
        if number is None:
            raise NotFound("log_unknown", log=log[:80])
        return int(number)

    def _head(self, log: str) -> Head:
        n = self._n(log)
        row = self._db.execute(f"SELECT number, digest FROM change_{n} ORDER BY number DESC LIMIT 1").get
        return Head(*row) if row else Head(0, ZERO)

    def _base(self, log: str) -> int:
        if log == MAIN:
            raise NotFound("log_unknown", log=log)
        self._n(log)
        return int(self._one("SELECT base FROM log WHERE name = ?", log))

    def _logs(self) -> list[str]:
        return [name for (name,) in self._all("SELECT name FROM log ORDER BY number")]

    def _open_log(self, name: str, base: int) -> None:
        if self._one("SELECT 1 FROM log WHERE name = ?", log_name(name)):
            raise Conflict("log_exists", log=name)
        self._db.execute("INSERT INTO log(name, base) VALUES(?, ?)", (name, base))
        self._db.execute((_LOG + _INDEXES).format(n=self._n(name)))

    def _net(self, log: str) -> tuple[list[Row], list[Row]]:
        n = self._n(log)
        own = self._select(n, "retracted IS NULL AND erased IS NULL ORDER BY number")
        return own, self._select(0, f"number IN (SELECT number FROM below_{n}) ORDER BY number")

    def _answered(self, log: str, actor: str, key: str) -> Answer | None:
        sql = f"SELECT request, number, version, adds, retracts FROM answer_{self._n(log)} WHERE actor = ? AND key = ?"
        row = self._db.execute(sql, (actor, key)).get
        return Answer(row[0], Receipt(log, *row[1:])) if row else None

    def _answers(self, log: str) -> Iterator[tuple[str, str, Answer]]:
        sql = f"SELECT actor, key, request, number, version, adds, retracts FROM answer_{self._n(log)} ORDER BY actor, key"
        return ((actor, key, Answer(request, Receipt(log, *told))) for actor, key, request, *told in self._all(sql))

    def _remember(self, change: Change, request: bytes, receipt: Receipt) -> None:
        values = (change.actor, change.key, request, receipt.number, receipt.version, receipt.adds, receipt.retracts)
        self._db.execute(f"INSERT INTO answer_{self._n(change.log)} VALUES(?, ?, ?, ?, ?, ?, ?)", values)

    # ---- rows

    def _select(self, n: int, where: str, values: Sequence[Any] = ()) -> list[Row]:
        """Rows of one log's table in the order asked for. `where` is ours, never a caller's text."""
        log = MAIN if n == 0 else self._one("SELECT name FROM log WHERE number = ?", n)
        rows = self._all(f"SELECT {_COLUMNS} FROM statement_{n} WHERE {where}", tuple(values))
        firsts = self._firsts(n, {row[1] for row in rows})
        return [self._row(n, log, row, firsts) for row in rows]

    def _dense(self, n: int, serials: Sequence[Serial]) -> list[int]:
        """Where rows stand in one log's table."""
        firsts = self._firsts(n, {serial.change for serial in serials})
        return [firsts[serial.change] + serial.ordinal for serial in serials]

    def _firsts(self, n: int, changes: Collection[int]) -> dict[int, int]:
        return {change: self._one(f"SELECT first FROM change_{n} WHERE number = ?", change) for change in changes}

    def _row(self, n: int, log: str, row: Sequence[Any], firsts: Mapping[int, int]) -> Row:
        number, added, retracted, subject, property, target, value, source, since, until, locator, confidence, rule, erased = row
        serial = Serial(log, added, number - firsts[added])
        offset = DRAFT if n else 0
        if erased:
            return Row(number + offset, serial, ERASED, retracted or 0, erased)
        words = self._words
        property_id = words.text(property)
        if target is not None:
            prop = ontology().properties.get(property_id)
            value = words.text(target) if prop is None or prop.type == "code" else self._things.text(target)
        statement = Statement(
            self._things.text(subject), property_id, value, words.text(source), since or "", until or "", locator or "", confidence,
            words.text(rule) if rule else "",
        )  # fmt: skip
        return Row(number + offset, serial, statement, retracted or 0, 0)

    def _live_clause(self, log: str, version: int | None = None) -> list[tuple[int, str, tuple[int, ...]]]:
        """For each table a log reads: its number, and the condition under which a row is live at the version."""
        n = self._n(log)
        if n == 0:
            if version is None:
                return [(0, "retracted IS NULL AND erased IS NULL", ())]
            return [(0, "added <= ? AND (retracted IS NULL OR retracted > ?) AND erased IS NULL", (version, version))]
        base = self._base(log)
        version = self._head(log).number if version is None else version
        gone = f"number NOT IN (SELECT number FROM below_{n} WHERE retracted <= ?)"
        return [
            (0, f"added <= ? AND (retracted IS NULL OR retracted > ?) AND erased IS NULL AND {gone}", (base, base, version)),
            (n, "added <= ? AND (retracted IS NULL OR retracted > ?) AND erased IS NULL", (version, version)),
        ]

    def _live_rows(self, log: str, where: str, values: Sequence[Any] = (), version: int | None = None) -> list[Row]:
        found = []
        for n, live, marks in self._live_clause(log, version):
            # without the plus SQLite 3.54 reads the whole table in order of number and not the partial index: 0.3 s at 1.5 M rows
            found += self._select(n, f"{where} AND {live} ORDER BY +number", (*values, *marks))
        return found

    def _live(self, log: str, identities: Sequence[bytes]) -> Mapping[bytes, Row]:
        if not self._n(log) and not self._one("SELECT 1 FROM statement_0 LIMIT 1"):
            return {}
        found = {}
        for chunk in _chunks(identities):
            for row in self._live_rows(log, f"identity IN ({_marks(chunk)})", [_short(one) for one in chunk]):
                found[identity(row.statement)] = row
        return found

    def _known(self, log: str, identity: bytes) -> bool:
        return bool(self._same_identity(log, [identity], self._head(log).number))

    def _same_identity(self, log: str, identities: Collection[bytes], version: int) -> list[Row]:
        wanted, found = set(identities), []
        with self._reading():
            for n, upto in self._told_until(log, version):
                for chunk in _chunks(sorted(wanted)):
                    where = f"identity IN ({_marks(chunk)}) AND added <= ? ORDER BY number"
                    found += self._select(n, where, [*(_short(one) for one in chunk), upto])
        return [row for row in found if identity(row.statement) in wanted]

    def _told_until(self, log: str, version: int) -> list[tuple[int, int]]:
        """The tables a log reads, each with its last change that counts."""
        n = self._n(log)
        return [(0, self._base(log)), (n, version)] if n else [(0, version)]

    def _about(self, log: str, ids: Collection[str]) -> list[Row]:
        found = []
        for chunk in _chunks(sorted(slot for slot in map(self._things.number, ids) if slot is not None)):
            found += self._live_rows(log, f"subject IN ({_marks(chunk)})", chunk)
        return found

    def _kinds(self, log: str, ids: Collection[str]) -> Mapping[str, str]:
        found = {}
        for chunk in _chunks(sorted(slot for slot in map(self._things.number, ids) if slot is not None)):
            for n, live, marks in self._live_clause(log):
                where = f"subject IN ({_marks(chunk)}) AND property = {_KIND} AND {live}"
                sql = f"SELECT subject, target FROM statement_{n} WHERE {where}"
                for subject, kind in self._all(sql, (*chunk, *marks)):
                    found[self._things.text(subject)] = self._words.text(kind)
        return found

    def _judgements(self, log: str) -> list[Row]:
        return self._live_rows(log, "property <= 3")

    def _first_told(self, log: str, ids: Collection[str] | None) -> Mapping[str, int]:
        if ids is None:
            ids = {id for row in self._judgements(log) if row.statement.property != "refused" for id in row.statement[:3:2]}
        found: dict[str, int] = {}
        for n in sorted({0, self._n(log)}):
            for chunk in _chunks(sorted(slot for slot in map(self._things.number, ids) if slot is not None)):
                where = f"subject IN ({_marks(chunk)}) AND property = {_KIND}"
                sql = f"SELECT subject, min(number) FROM statement_{n} WHERE {where} GROUP BY 1"
                for subject, number in self._all(sql, chunk):
                    found.setdefault(self._things.text(subject), number + (DRAFT if n else 0))
        return found

    def _pointing(self, log: str, ids: Collection[str]) -> list[Row]:
        slots = {self._things.number(id) for id in ids}
        refs = self._ref_words()
        found = []
        for n, live, marks in self._live_clause(log):
            sql = f"SELECT number, target FROM statement_{n} NOT INDEXED WHERE property IN ({_marks(refs)}) AND {live}"
            numbers = [number for number, target in self._all(sql, (*refs, *marks)) if target in slots]
            found += self._by_number(n, numbers)
        return found

    def _ref_words(self) -> list[int]:
        """Interned numbers of the properties whose target is a thing."""
        told = (self._words.number(id) for id, prop in ontology().properties.items() if prop.type == "ref")
        return [number for number in told if number]

    def _by_number(self, n: int, numbers: Sequence[int]) -> list[Row]:
        found = {}
        for chunk in _chunks(numbers):
            found.update({row.number: row for row in self._select(n, f"number IN ({_marks(chunk)})", chunk)})
        offset = DRAFT if n else 0
        return [found[number + offset] for number in numbers]

    def _mentioning(self, log: str, ids: Collection[str], spellings: Collection[str]) -> list[Row]:
        slots = [slot for slot in map(self._things.number, ids) if slot is not None]
        n = self._n(log)
        numbers: set[int] = set()
        refs = self._ref_words()
        for slot in slots:
            sql = f"SELECT number FROM statement_{n} NOT INDEXED WHERE subject = ? OR (target = ? AND property IN ({_marks(refs)}))"
            numbers.update(number for (number,) in self._all(sql, (slot, slot, *refs)))
        for spelling in spellings:
            marks = traces(spelling)
            value, locator, text = (" AND ".join([f"instr(lower({column}), ?)"] * len(marks)) for column in ("value", "locator", "text"))
            words = [number for number, in self._all(f"SELECT number FROM word WHERE {text}", marks)]
            where = f"({value}) OR ({locator}) OR source IN ({_marks(words)})"
            sql = f"SELECT number FROM statement_{n} NOT INDEXED WHERE {where}"
            numbers.update(number for (number,) in self._all(sql, (*marks, *marks, *words)))
        return [row for row in self._by_number(n, sorted(numbers)) if not row.erased]

    def _touched(self, log: str, after: int) -> Mapping[str, int]:
        n = self._n(log)
        found: dict[str, int] = {}
        first = self._one(f"SELECT first FROM change_{n} WHERE number = ?", after + 1)
        if first is None:
            return found
        rows = self._select(n, "(number >= ? OR retracted > ?) AND erased IS NULL", (first, after))
        below = self._all(f"SELECT number, retracted FROM below_{n} WHERE retracted > ?", (after,))
        for row in rows:
            for id in touched([row.statement]):
                found[id] = max(found.get(id, 0), row.serial.change if row.serial.change > after else 0, row.retracted)
        for row, (_, change) in zip(self._by_number(0, [number for number, _ in below]), below, strict=True):
            for id in touched([row.statement]):
                found[id] = max(found.get(id, 0), change)
        return found

    def _of_change(self, log: str, number: int) -> tuple[list[Row], list[Row]]:
        n = self._n(log)
        row = self._db.execute(f"SELECT first, adds FROM change_{n} WHERE number = ?", (number,)).get
        if row is None:
            return [], []
        first, adds = row
        below = [at for (at,) in self._all(f"SELECT number FROM below_{n} WHERE retracted = ? ORDER BY 1", (number,))]
        retracted = self._select(n, "retracted = ? ORDER BY number", (number,))
        added = self._select(n, "number BETWEEN ? AND ? ORDER BY number", (first, first + adds - 1))
        return added, [*self._by_number(0, below), *retracted]

    def _changes(self, log: str, since: int) -> Iterator[Recorded]:
        n = self._n(log)
        columns = "number, actor, time, reason, key, request, undoes, adds, retracts, erases, previous, digest"
        while True:
            sql = f"SELECT {columns} FROM change_{n} WHERE number > ? ORDER BY number LIMIT 256"
            with self._reading():
                rows = self._all(sql, (since,))
            if not rows:
                return
            yield from (Recorded(log, *row) for row in rows)
            since = rows[-1][0]

    # ---- the one write

    def _write(self, entry: Entry) -> None:
        one = entry.recorded
        n = self._n(one.log)
        first = 1 + (self._one(f"SELECT max(number) FROM statement_{n}") or 0)
        bulk = len(entry.adds) > _BULK
        if bulk:
            self._db.pragma("cache_size", -262144)
        indexes_after = bulk and first == 1  # 2 s of 9 saved at 1.5 M rows
        if indexes_after:
            self._db.execute(re.sub(r"CREATE INDEX (\S+) [^;]*", r"DROP INDEX \1", _INDEXES).format(n=n))
        statements = self._encoded(entry, first)
        self._db.executemany(f"INSERT INTO statement_{n} VALUES({_marks(range(17))})", statements)
        if indexes_after:
            self._db.execute(_INDEXES.format(n=n))
        own = self._dense(n, [serial for serial in entry.retracts if serial.log == one.log])
        below = self._dense(0, [serial for serial in entry.retracts if serial.log != one.log])
        self._db.executemany(f"UPDATE statement_{n} SET retracted = ? WHERE number = ?", [(one.number, number) for number in own])
        self._db.executemany(f"INSERT INTO below_{n} VALUES(?, ?)", [(number, one.number) for number in below])
        blank = ", ".join(f"{column} = NULL" for column in _CONTENT)
        sql = f"UPDATE statement_{n} SET {blank}, erased = ? WHERE number = ?"
        self._db.executemany(sql, [(one.number, number) for number in self._dense(n, entry.erases)])
        values = (
            one.number, one.actor, one.time, one.reason, one.key, one.request, one.undoes, entry.header_salt or None, entry.header,
            one.previous, one.digest, one.adds, one.retracts, one.erases, first,
        )  # fmt: skip
        self._db.execute(f"INSERT INTO change_{n} VALUES({_marks(values)})", values)
        if bulk:
            self._db.pragma("cache_size", -65536)

    def _encoded(self, entry: Entry, first: int) -> Iterator[tuple[Any, ...]]:
        things, words, change = self._things.interned(), self._words.interned(), entry.recorded.number
        targets = {id: things if prop.type == "ref" else words for id, prop in ontology().properties.items() if _is_interned(prop)}
        shorts = np.frombuffer(b"".join(entry.identities), ">i8")[::2].tolist()  # as `_short` of each
        rows = zip(entry.adds, shorts, entry.salts, entry.leaves, strict=True)
        for number, (one, short, salt, mark) in enumerate(rows, first):
            subject, property, text, source, since, until, locator, confidence, rule = one
            if not subject:
                yield (number, change, *[None] * 13, mark, entry.erased[number - first])
                continue
            numbers = targets.get(property)
            target, value = (None, text) if numbers is None else (numbers[text], None)
            yield (
                number, change, None, things[subject], words[property], target, value, words[source], since or None, until or None,
                locator or None, confidence, words[rule] if rule else None, short, salt, mark, None,
            )  # fmt: skip

    # ---- erasure

    def _is_blocked(self, token: str) -> bool:
        return bool(self._one("SELECT 1 FROM erased WHERE token = ?", token))

    def _has_erased(self) -> bool:
        return bool(self._one("SELECT 1 FROM erased LIMIT 1"))

    def _tokens(self) -> Collection[str]:
        return [one for (one,) in self._all("SELECT token FROM erased")]

    def _block(self, tokens: Collection[str]) -> None:
        self._db.executemany("INSERT OR IGNORE INTO erased VALUES(?)", [(one,) for one in sorted(tokens)])

    def _number_things(self, ids: Sequence[str]) -> None:
        self._things.begin(ids)

    def _blobs(self) -> Iterator[str]:
        return iter([digest for (digest,) in self._all("SELECT digest FROM blob ORDER BY digest")])

    def _blob_check(self, digest: str) -> str:
        return str(self._one("SELECT check_digest FROM blob WHERE digest = ?", digest))

    def _evidence(self, log: str, number: int) -> Evidence:
        n = self._n(log)
        salt, header, first, adds = self._db.execute(f"SELECT salt, header, first, adds FROM change_{n} WHERE number = ?", (number,)).get
        sql = f"SELECT salt, leaf FROM statement_{n} WHERE number BETWEEN ? AND ? ORDER BY number"
        marks = self._all(sql, (first, first + adds - 1))
        added, retracted = self._of_change(log, number)
        erased = self._select(n, "erased = ? ORDER BY number", (number,))
        return Evidence(
            salt or b"", header, [salt for salt, _ in marks], [mark for _, mark in marks], added,
            [row.serial for row in retracted], [row.serial for row in erased],
        )  # fmt: skip

    def _verify_pages(self) -> Iterator[Check]:
        found = [text for (text,) in self._all("PRAGMA integrity_check")]
        yield Check("pages", int(self._db.pragma("page_count")), "" if found == ["ok"] else found[0])

    def _blank(self, erasure: Erasure) -> None:
        self._block({self._token(*parts) for parts in erasure.tokens()})
        self._db.executemany("UPDATE thing SET id = NULL WHERE id = ?", [(id,) for id in erasure.things])
        for digest, data in erasure.blobs.items():
            self._db.execute("UPDATE blob SET bytes = ?, check_digest = ? WHERE digest = ?", (data, digest_hex(data), digest))
        for n in range(len(self._logs())):
            self._blank_changes(n, erasure)
        sources = {row.statement.source for rows in erasure.rows.values() for row in rows}
        for number, text in self._all("SELECT number, text FROM word"):
            # words are properties, codes and rules too: one that looks like the name stays, or every row that uses it would be altered
            if text in sources and text not in ontology().properties and erasure.masked(text) != text:
                self._db.execute("UPDATE word SET text = ? WHERE number = ?", (f"{erasure.masked(text)}#{number}", number))
        todo = json.dumps([sorted(erasure.things), sorted(erasure.spelled)])
        self._db.execute("INSERT OR REPLACE INTO meta VALUES('erasing', ?)", (todo,))
        self._forget_interned()

    def _blank_changes(self, n: int, erasure: Erasure) -> None:
        for number, actor, reason, key in self._all(f"SELECT number, actor, reason, key FROM change_{n}"):
            masked = [erasure.masked(text) for text in (actor, reason, key)]
            if masked != [actor, reason, key]:
                # Without its salt the header's leaf can no longer be recomputed: verify takes it as it stands.
                sql = f"UPDATE change_{n} SET actor = ?, reason = ?, key = ?, salt = NULL, request = x'' WHERE number = ?"
                self._db.execute(sql, (*masked, number))
        for actor, key in self._all(f"SELECT actor, key FROM answer_{n}"):
            if erasure.masked(key) != key or erasure.masked(actor) != actor:
                self._db.execute(f"DELETE FROM answer_{n} WHERE actor = ? AND key = ?", (actor, key))

    def _forget(self, erasure: Erasure) -> None:
        try:
            if not self._is_copy:
                erase_in_backups(self, erasure.things, erasure.spelled)
        finally:
            self._clean()

    def _clean(self) -> None:
        """After an erasure's commit: no byte of it in the WAL, the cache or this process, and its tokens beside the key."""
        with self._errors():
            with self._transaction():
                self._db.execute("UPDATE meta SET value = ? WHERE key = 'erasing'", (_WIPING,))  # what was to do holds the names
            self._wipe()
            if self._is_copy:
                return
            self.keys.write_erased(self._tokens())
            with self._transaction():
                self._db.execute("DELETE FROM meta WHERE key = 'erasing'")

    def _wipe(self) -> None:
        self._last.clear()
        cache.drop(self.path.parent)
        self._all("PRAGMA wal_checkpoint(TRUNCATE)")

    # ---- what snapshots read

    def _scan(self, log: str, version: int) -> Scan:
        parts = []
        for n, live, marks in self._live_clause(log, version):
            last = self._one(f"SELECT max(number) FROM statement_{n}") or 0
            for start in range(1, last + 1, _RANGE):
                parts.append(self._scan_range(n, f"number BETWEEN {start} AND {start + _RANGE - 1} AND {live}", marks))
        return _joined(parts)

    def _scan_range(self, n: int, where: str, values: Sequence[Any]) -> Scan:
        """Four columns as text from one aggregate: 1 M rows in 0.3 s where fetching them as tuples takes 1.3 s."""
        columns = ", ".join(f"group_concat({column})" for column in ("number", "subject", "property", "ifnull(target, -1)"))
        texts = self._db.execute(f"SELECT {columns} FROM statement_{n} NOT INDEXED WHERE {where}", tuple(values)).get
        if texts[0] is None:
            return _EMPTY_SCAN
        number, subject, property, target = (np.fromstring(text, dtype=np.int32, sep=",") for text in texts)
        assert (np.diff(number) > 0).all()  # an index on the way would change the order, and with it the snapshot
        return self._translated_scan(number + np.int32(DRAFT if n else 0), subject, property, target)

    def _translated_scan(self, number: Ints, subject: Ints, property: Ints, target: Ints) -> Scan:
        """Interned numbers as slots and places in the ontology's lists; thing numbers start at 1, slots at 0."""
        table, words = ontology(), self._words
        self._refresh()
        known = {id: place for place, id in enumerate(table.property_ids)}
        lookup = np.full(int(property.max(initial=0)) + 1, -1, dtype=np.int32)
        is_ref = np.zeros(len(lookup), dtype=bool)
        code = np.full(len(lookup), -1, dtype=np.int32)
        schemes = sorted(table.codes)
        for word in np.unique(property).tolist():
            prop = table.properties.get(words.text(word))
            if prop:
                lookup[word], is_ref[word] = known[prop.id], prop.type == "ref"
                code[word] = schemes.index(prop.codes) if prop.codes in schemes else -1
        ref = is_ref[property]
        target[ref] -= 1
        coded = np.flatnonzero((code[property] >= 0) & (target >= 0) & ~ref)
        for scheme in np.unique(code[property[coded]]).tolist():
            rows = coded[code[property[coded]] == scheme]
            places = {entry: place for place, entry in enumerate(table.codes[schemes[scheme]])}
            found = np.full(int(target[rows].max(initial=0)) + 1, -1, dtype=np.int32)
            for word in np.unique(target[rows]).tolist():
                found[word] = places.get(words.text(word), -1)
            target[rows] = found[target[rows]]
        return Scan(number, subject - np.int32(1), lookup[property], target)

    def _delta(self, log: str, after: int, upto: int) -> Delta:
        n = self._n(log)
        judged = f"SELECT 1 FROM statement_{n} WHERE property <= 3 AND (added > ? OR retracted > ?) LIMIT 1"
        erased = f"SELECT 1 FROM change_{n} WHERE number > ? AND number <= ? AND erases > 0 LIMIT 1"
        if self._one(judged, after, after) or self._one(erased, after, upto) or n:
            return Delta(_EMPTY_SCAN, np.zeros(0, dtype=np.int32), True)
        first = self._one(f"SELECT first FROM change_{n} WHERE number = ?", after + 1)
        live = "number >= ? AND added <= ? AND (retracted IS NULL OR retracted > ?) AND erased IS NULL"
        added = self._scan_range(n, live, (first, upto, upto))
        gone = self._all(f"SELECT number FROM statement_{n} WHERE retracted > ? AND retracted <= ?", (after, upto))
        return Delta(added, np.array([number for (number,) in gone], dtype=np.int32), False)

    def _rows(self, numbers: Iterable[int], log: str) -> list[Row]:
        wanted = list(numbers)
        with self._reading():
            main = self._by_number(0, [number for number in wanted if number < DRAFT])
            own = [number - DRAFT for number in wanted if number >= DRAFT]
            found = {row.number: row for row in [*main, *(self._by_number(self._n(log), own) if own else [])]}
        return [found[number] for number in wanted]

    def _rows_of(self, log: str, things: Collection[int], version: int) -> list[Row]:
        with self._reading():
            found = []
            for chunk in _chunks([slot + 1 for slot in things]):
                found += self._live_rows(log, f"subject IN ({_marks(chunk)})", chunk, version)
            return found

    def _rows_with(self, log: str, properties: Collection[str], version: int) -> list[Row]:
        with self._reading():
            numbers = [number for number in map(self._words.number, properties) if number]
            if all(number <= 3 for number in numbers):
                # the literal bound lets the partial index answer
                return [row for row in self._live_rows(log, "property <= 3", (), version) if row.statement.property in properties]
            return self._live_rows(log, f"property IN ({_marks(numbers)})", numbers, version)

    def _values(self, log: str, properties: Collection[str], version: int) -> tuple[Ints, list[str]]:
        with self._reading():
            wanted = [number for number in map(self._words.number, properties) if number]
            numbers: list[int] = []
            values: list[str] = []
            for n, live, marks in self._live_clause(log, version):
                where = f"property IN ({_marks(wanted)}) AND value IS NOT NULL AND {live}"
                sql = f"SELECT number, value FROM statement_{n} NOT INDEXED WHERE {where}"
                for number, value in self._all(sql, (*wanted, *marks)):
                    numbers.append(number + (DRAFT if n else 0))
                    values.append(value)
            return np.array(numbers, dtype=np.int32), values

    def _rows_told_by(self, log: str, sources: Collection[str], version: int) -> list[Row]:
        with self._reading():
            words = [number for number in map(self._words.number, sources) if number]
            return self._live_rows(log, f"source IN ({_marks(words)})", words, version) if words else []

    def _sources(self) -> list[str]:
        with self._reading():
            used = self._all("SELECT DISTINCT source FROM statement_0 NOT INDEXED WHERE source IS NOT NULL")
            return sorted(self._words.text(number) for (number,) in used)

    def _history(self, log: str, things: Collection[int], version: int) -> list[Row]:
        with self._reading():
            found = []
            slots = [slot + 1 for slot in things]
            for n, upto in self._told_until(log, version):
                found += self._select(n, f"subject IN ({_marks(slots)}) AND added <= ? ORDER BY number", (*slots, upto))
            return found

    def _ids(self) -> Sequence[str]:
        with self._reading():
            return self._things.all()

    def _slot(self, id: str) -> int | None:
        with self._reading():
            number = self._things.number(id)
            return None if number is None else number - 1

    def _times(self, log: str) -> Mapping[int, str]:
        with self._reading():
            return dict(self._all(f"SELECT number, time FROM change_{self._n(log)}"))


_EMPTY_SCAN = Scan(*(np.zeros(0, dtype=np.int32) for _ in range(4)))


def _joined(parts: Sequence[Scan]) -> Scan:
    if not parts:
        return _EMPTY_SCAN
    return Scan(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _identified(home: Path) -> tuple[str, bool]:
    """The store's uuid from its folder, and whether it was made just now."""
    path = home / "store.id"
    if not path.exists():
        if (home / "store.db").exists():
            raise StoreUnavailable("store_id_missing", place={"file": str(path)})
        temporary = home / f".store.id.{os.getpid()}"
        temporary.write_text(str(uuid.uuid4()) + "\n", "ascii")
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    text = path.read_text("ascii", errors="replace").strip()
    if not re.fullmatch(r"[0-9a-f-]{36}", text):
        raise StoreUnavailable("store_id_missing", place={"file": str(path)})
    return text, not (home / "store.db").exists()


def _is_interned(prop: Property) -> bool:
    """Whether a value is kept as a number. Region codes are not: there are as many as places."""
    return prop.type == "ref" or (prop.type == "code" and prop.codes != "region")


def _short(identity: bytes) -> int:
    return int.from_bytes(identity[:8], "big", signed=True)


def _marks(values: Collection[Any]) -> str:
    return ", ".join("?" * len(values))


def _chunks(values: Sequence[_T], size: int = 500) -> Iterator[Sequence[_T]]:
    return (values[start : start + size] for start in range(0, len(values), size))
