"""The embedded store: one encrypted, authenticated SQLite file (SQLite3 Multiple Ciphers), one writer, many readers.

Measured choices (RECORD.md of the design): interned integers instead of text ids halve the file; `number` is dense and grows with the
change, so a version is a prefix of the table; indexes on (subject, property) and identity only, partial ones on retracted and
judgements. Aggregate reads say NOT INDEXED: a partial index would change the row order. Readers never hold a transaction, since one
blocks the checkpoint that an erasure needs; a copy alone does, and an erasure says that it waits for it.
"""

import json
import os
import re
import secrets
import threading
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from graph.record import cache
from graph.record.backup import Check, erase_in_backups
from graph.record.connection import connect
from graph.record.erasure import Erasure
from graph.record.errors import Conflict, NotFound, StoreUnavailable
from graph.record.interned import Interned
from graph.record.keys import Keys
from graph.record.model import MAIN, Change, Entry, Receipt, digest_hex
from graph.record.ontology import Property, ontology
from graph.record.snapshot import Snapshot, snapshot_of
from graph.record.sqlite_tables import INDEXES, LOG, SHARED, SqliteTables, placeholders
from graph.record.store import log_name
from graph.record.transfer import store_digests

APPLICATION = 0x4C59494E
SCHEMA = 1
"""The store's schema number (PRAGMA user_version). A newer one is refused, an older one is migrated into a copy."""

_WIPING = "1"
_BULK = 20_000

_CONTENT = (
    "subject", "property", "target", "value", "source", "since", "until", "locator", "confidence", "rule", "identity", "salt",
)  # fmt: skip
"""What an erasure empties: all but the serial, the leaf, and which changes told and retracted it."""


class SqliteStore(SqliteTables):
    """The store in `home`, made where there is none (under `key` if given). Raises StoreUnavailable, Forbidden: not to be opened safely.

    `unfinished` also opens one that an interrupted copy left (`copy_unfinished`), for nothing but another copy.
    """

    _is_copy = False
    _cached = -1

    def __init__(
        self, home: Path, *, vfs: str | None = None, label: str = "", key: bytes | None = None, unfinished: bool = False
    ) -> None:
        home = Path(home)
        home.mkdir(parents=True, exist_ok=True)
        uuid, fresh = _identified(home)
        keys = Keys.of(uuid)
        self._connect(home, home / "store.db", uuid, keys.make(key) if fresh else keys.key(), vfs)
        with self._errors():
            self._prepare(label)
            if unfinished:
                self._copier = self._meta("copying")
            self._check_whole()
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
        self._last = {}
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
        self._db.execute(SHARED + (LOG + INDEXES).format(n=0))
        self._db.execute("INSERT INTO meta VALUES('uuid', ?), ('label', ?)", (self.uuid, label))

    def _empty(self, label: str) -> None:
        """Makes the tables anew, inside a transaction."""
        for (table,) in self._all("SELECT name FROM sqlite_schema WHERE type = 'table'"):
            self._db.execute(f"DROP TABLE {table}")
        self._make_tables(label)
        self._forget_interned()
        self._last.clear()

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
            try:
                self._clean()
            except StoreUnavailable as error:
                if error.code != "erase_unfinished":  # whoever opens it next goes on with it
                    raise

    address = ""
    """Where a shared store is; empty for an embedded one."""

    def follow(self) -> int:
        """Takes in what other machines have told, and returns the version of main; an embedded store has it already."""
        return self.head().number

    @property
    def label(self) -> str:
        """What this store says it is: empty for a user's own, else demo or generated."""
        with self._reading():
            return self._meta("label")

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
            self._check_whole()
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

    def _keep(self, digest: str, data: bytes, check: str) -> bool:
        self._db.execute("INSERT OR IGNORE INTO blob VALUES(?, ?, ?)", (digest, data, check))
        return bool(self._db.changes())

    # ---- transactions and logs

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

    @contextmanager
    def _steady(self) -> Iterator[None]:
        with self._reading():
            self._db.execute("BEGIN")
            try:
                self._refresh()
                yield
            finally:
                self._db.execute("ROLLBACK")

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

    def _open_log(self, name: str, base: int) -> None:
        if self._one("SELECT 1 FROM log WHERE name = ?", log_name(name)):
            raise Conflict("log_exists", log=name)
        self._db.execute("INSERT INTO log(name, base) VALUES(?, ?)", (name, base))
        self._db.execute((LOG + INDEXES).format(n=self._n(name)))

    def _remember(self, change: Change, request: bytes, receipt: Receipt) -> None:
        values = (change.actor, change.key, request, receipt.number, receipt.version, receipt.adds, receipt.retracts)
        self._db.execute(f"INSERT INTO answer_{self._n(change.log)} VALUES(?, ?, ?, ?, ?, ?, ?)", values)

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
            self._db.execute(re.sub(r"CREATE INDEX (\S+) [^;]*", r"DROP INDEX \1", INDEXES).format(n=n))
        statements = self._encoded(entry, first)
        self._db.executemany(f"INSERT INTO statement_{n} VALUES({placeholders(range(17))})", statements)
        if indexes_after:
            self._db.execute(INDEXES.format(n=n))
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
        self._db.execute(f"INSERT INTO change_{n} VALUES({placeholders(values)})", values)
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

    # ---- copies

    def _begin_copy(self, label: str) -> None:
        mark = secrets.token_hex(8)
        with self._transaction():
            if self._meta("copying"):
                self.keys.write_heads({})  # first: an older store under a newer head would be refused
                self._empty(label)
            if any(store_digests(self).values()):
                raise Conflict("copy_target_not_empty")
            self._db.execute("INSERT OR REPLACE INTO meta VALUES('copying', ?), ('label', ?)", (mark, label))
        self._copier = mark

    def _end_copy(self) -> None:
        self._db.execute("DELETE FROM meta WHERE key = 'copying'")
        self._copier = ""

    # ---- erasure

    def _block(self, tokens: Collection[str]) -> None:
        self._db.executemany("INSERT OR IGNORE INTO erased VALUES(?)", [(one,) for one in sorted(tokens)])

    def _number_things(self, ids: Sequence[str]) -> None:
        self._things.begin(ids)

    def _verify_pages(self) -> Iterator[Check]:
        found = [text for (text,) in self._all("PRAGMA integrity_check")]
        yield Check("pages", int(self._db.pragma("page_count")), "" if found == ["ok"] else found[0])

    def _blank(self, erasure: Erasure) -> None:
        self._block({self._token(*parts) for parts in erasure.tokens()})
        self._db.executemany("UPDATE thing SET id = NULL WHERE id = ?", [(id,) for id in erasure.things])
        for digest, data in erasure.blobs.items():
            self._db.execute("UPDATE blob SET bytes = ?, check_digest = ? WHERE digest = ?", (data, digest_hex(data), digest))
        for log in erasure.changes:
            self._blank_headers(log, erasure)
        sources = {row.statement.source for rows in erasure.rows.values() for row in rows}
        for number, text in self._all("SELECT number, text FROM word"):
            # words are properties, codes and rules too: one that looks like the name stays, or every row that uses it would be altered
            if text in sources and text not in ontology().properties and erasure.names_in(text):
                self._db.execute("UPDATE word SET text = ? WHERE number = ?", (f"{erasure.masked(text)}#{number}", number))
        todo = json.dumps([sorted(erasure.things), sorted(erasure.spelled)])
        self._db.execute("INSERT OR REPLACE INTO meta VALUES('erasing', ?)", (todo,))
        self._forget_interned()

    def _blank_headers(self, log: str, erasure: Erasure) -> None:
        n = self._n(log)
        for number in erasure.changes[log]:
            texts = self._db.execute(f"SELECT actor, reason, key FROM change_{n} WHERE number = ?", (number,)).get
            # Without its salt the header's leaf can no longer be recomputed: verify takes it as it stands.
            sql = f"UPDATE change_{n} SET actor = ?, reason = ?, key = ?, salt = NULL, request = x'' WHERE number = ?"
            self._db.execute(sql, (*(erasure.masked(text) for text in texts), number))
        self._db.executemany(f"DELETE FROM answer_{n} WHERE actor = ? AND key = ?", erasure.keys[log])

    def _forget(self, erasure: Erasure) -> None:
        try:
            if not self._is_copy:
                erase_in_backups(self, erasure.things, erasure.spelled)
        finally:
            self._clean()

    def _clean(self) -> None:
        """After an erasure's commit: no byte of it in the WAL, the cache or this process, and its tokens beside the key.

        Raises StoreUnavailable `erase_unfinished` while another process reads what was: it is gone on with at the next opening.
        """
        with self._reading():
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
        if self._all("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]:
            raise StoreUnavailable("erase_unfinished", place={"file": str(self.path)})


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
