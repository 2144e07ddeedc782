"""Backup while writing, restore, verify, migration: what keeps a store for ten years."""

import os
import re
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from graph.record.connection import connect, engine_errors
from graph.record.erasure import Spell, codec_of, named, no_others
from graph.record.errors import NotFound, StoreUnavailable
from graph.record.keys import Keys, token
from graph.record.model import Change, Recorded, canonical_bytes, change_digest, digest_hex, header_content, leaf

if TYPE_CHECKING:
    from graph.record.sqlite_store import SqliteStore
    from graph.record.store import Store

def backup(store: "SqliteStore", path: Path | None = None) -> tuple[Path, int, str]:
    """Copies the store while others write to it; returns the file, its version and its digest.

    Without a path the file goes into the home's `backups/`, where erasures reach it. Encrypted with the store's key.
    """
    number, digest = store.head()
    target = path or store.home / "backups" / f"version-{number:08d}.db"
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    with store._errors():
        source = connect(store.path, store._key, readonly=True, vfs=store._vfs)
        copy = apsw.Connection(str(temporary))
        try:
            copy.pragma("key", "raw:" + store._key.hex())
            with copy.backup("main", source, "main") as job:
                job.step(-1)
            copy.pragma("journal_mode", "delete")
            number, digest = copy.execute("SELECT number, digest FROM change_0 ORDER BY number DESC LIMIT 1").get or (0, bytes(32))
        finally:
            copy.close()
            source.close()
    _durable(temporary)
    temporary.replace(target)
    return target, number, digest.hex()


def _durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def restore(home: Path, path: Path, *, actor: str, spell: Spell = no_others) -> int:
    """Makes the backup the store of `home`, erases again what was erased since, records a change `restored`, rewrites the head.

    Returns the version. The machine must hold the store's keys (or have recovered them). Raises NotFound `backup_unknown`,
    StoreUnavailable where the backup is not this store's or does not verify.
    """
    from graph.record.sqlite_store import SqliteStore

    if not path.is_file():
        raise NotFound("backup_unknown", place={"file": str(path)})
    uuid, key = _owner(home, path)
    incoming = home / ".restoring.db"
    shutil.copyfile(path, incoming)
    try:
        with SqliteStore.over(incoming, uuid, key) as copy:
            problems = [one.problem for one in verify(copy) if one.problem]
        if problems:
            raise StoreUnavailable("backup_damaged", place={"file": str(path)}, problem=problems[0])
    except StoreUnavailable as error:
        incoming.unlink()
        raise error.at(file=str(path)) from None
    _durable(incoming)
    _install(home, incoming, uuid)
    with SqliteStore(home) as store:
        erase_again(store, actor, spell)
        return _mark_restored(store, actor, path)


def _install(home: Path, incoming: Path, uuid: str) -> None:
    """Puts a verified copy in the store's place. The head file goes first: an older store under a newer head would be refused."""
    Keys.of(uuid).write_heads({})
    for suffix in ("-wal", "-shm"):
        (home / f"store.db{suffix}").unlink(missing_ok=True)
    (home / "store.id").write_text(uuid + "\n", "ascii")
    incoming.replace(home / "store.db")


def _mark_restored(store: "SqliteStore", actor: str, path: Path) -> int:
    with store._transaction():
        change = Change(actor, f"restored {path.name}")
        return store._record(change, b"", (), (), (), ()).version


def _owner(home: Path, path: Path) -> tuple[str, bytes]:
    """The uuid and key that open a backup: this home's, else any store of this user."""
    from graph.record.keys import keys_folder

    own = (home / "store.id").read_text("ascii").strip() if (home / "store.id").exists() else None
    known = [own] if own else sorted(entry.name for entry in keys_folder().iterdir()) if keys_folder().is_dir() else []
    for uuid in known:
        try:
            key = Keys.of(uuid).key()
            with engine_errors(path):
                db = connect(path, key, readonly=True)
                told = db.execute("SELECT value FROM meta WHERE key = 'uuid'").get
                db.close()
        except StoreUnavailable:
            continue
        if told == uuid:
            home.mkdir(parents=True, exist_ok=True)
            return uuid, key
    raise StoreUnavailable("backup_unreadable", place={"file": str(path)})


def erase_again(store: "SqliteStore", actor: str, spell: Spell = no_others, tokens: Collection[str] | None = None) -> None:
    """Erases whatever an older copy still holds of the things on this machine's list (or on one that is given)."""
    tokens = store.keys.erased() if tokens is None else tokens
    if not tokens:
        return
    for id in [id for id in store.snapshot().ids if id and token(store._key, "thing", id) in tokens]:
        if store._slot(id) is not None:
            forms = {form for name in named(store, [id]).names for form in (name, *spell(name))}
            masked = {form for form in forms if token(store._key, "text", form) in tokens}
            store.erase([id], actor=actor, spellings=masked, spell=spell)
    returned = _names_returned(store, tokens)
    if returned:
        store.erase([], actor=actor, spellings=returned)
    with store._transaction():
        store._block(tokens)


def _names_returned(store: "SqliteStore", tokens: Collection[str]) -> set[str]:
    """What was masked and an older copy's other texts hold. The list has hashes only: of statements, kept bytes, and spellings."""

    def listed(*parts: str) -> bool:
        return token(store._key, *parts) in tokens

    texts: set[str] = set()
    for n in range(len(store._logs())):
        for row in store._select(n, "erased IS NULL"):
            one = row.statement
            if listed("statement", one.id) and not listed("thing", one.subject):
                texts |= {one.value, one.source, one.locator}
    for digest in store._blobs():
        codec = codec_of(store.kept(digest)) if listed("blob", digest) else None
        texts |= {store.kept(digest).decode(codec)} if codec else set()
    runs = {text[at : at + width] for text in texts for width in (2, 3, 4) for at in range(len(text) - width + 1)}
    words = {word for text in texts for word in re.findall("[A-Za-z]+", text)}
    return {run for run in runs | words | texts if listed("text", run)}


def erase_in_backups(store: "SqliteStore", things: Collection[str], spelled: Collection[str]) -> None:
    """Rewrites the local backups: each is opened as a store of its own and erased alike, also where only texts hold the name.

    Raises StoreUnavailable for the first that cannot be opened, after the others are done.
    """
    from graph.record.sqlite_store import SqliteStore

    folder = store.home / "backups"
    unread = None
    for path in sorted(folder.glob("*.db")) if folder.is_dir() else []:
        try:
            with SqliteStore.over(path, store.uuid, store._key) as copy:
                ids = [id for id in things if copy._slot(id) is not None]
                if ids or spelled:
                    copy.erase(ids, actor="erase", spellings=spelled)
        except StoreUnavailable as error:
            unread = unread or error
    for leftover in folder.glob(".*.db.*") if folder.is_dir() else []:  # of a backup that was killed
        leftover.unlink(missing_ok=True)
    if unread:
        raise unread


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was verified: what, how many, and the first problem (empty where all is well)."""

    what: str
    count: int
    problem: str = ""


def verify(store: "Store") -> Iterator[Check]:
    """Recomputes every leaf and the whole chain of every log, every blob's digest, and the file's own pages."""
    with store._reading():
        for log in store._logs():
            yield _verify_chain(store, log)
        yield _verify_blobs(store)
        yield from store._verify_pages()


def _verify_chain(store: "Store", log: str) -> Check:
    previous, count = bytes(32), 0
    for recorded in store.changes(0, log):
        problem = _verify_change(store, log, recorded, previous)
        if problem:
            return Check(f"log {log}", count, f"change {recorded.number}: {problem}")
        previous, count = recorded.digest, count + 1
    return Check(f"log {log}", count)


def _verify_change(store: "Store", log: str, recorded: Recorded, previous: bytes) -> str:
    header_salt, header, salts, leaves, rows, retracted, erased = store._evidence(log, recorded.number)
    if recorded.previous != previous:
        return "the previous digest differs"
    content = header_content(
        recorded.number, recorded.actor, recorded.time, recorded.reason, recorded.key, recorded.request, recorded.undoes
    )
    if header_salt and leaf(header_salt, content) != header:
        return "the header was altered"
    if len(leaves) != recorded.adds or len(retracted) != recorded.retracts or len(erased) != recorded.erases:
        return "the counts differ"
    for row, salt, mark in zip(rows, salts, leaves, strict=True):
        if not row.erased and leaf(salt, canonical_bytes(row.statement)) != mark:
            return f"statement {row.serial} was altered"
    digest = change_digest(previous, log, recorded.number, header, leaves, retracted, erased)
    return "" if digest == recorded.digest else "the digest differs"


def _verify_blobs(store: "Store") -> Check:
    count = 0
    for digest in store._blobs():
        if digest_hex(store.kept(digest)) != store._blob_check(digest):
            return Check("blobs", count, f"blob {digest[:16]} was altered")
        count += 1
    return Check("blobs", count)


Migration = Callable[[apsw.Connection], None]
MIGRATIONS: dict[int, Migration] = {}
"""From schema n to n + 1. Empty until there is a second schema."""


def migrate(path: Path, key: bytes, *, to: int, steps: dict[int, Migration] | None = None) -> Path:
    """Migrates an older store into a copy beside it and returns the copy's path; the original stays as it was.

    Raises StoreUnavailable `store_newer` or `migration_missing`.
    """
    steps = MIGRATIONS if steps is None else steps
    copy = path.with_name(f"{path.stem}.migrated{path.suffix}")
    copy.unlink(missing_ok=True)
    source = connect(path, key, readonly=True)
    target = apsw.Connection(str(copy))
    try:
        target.pragma("key", "raw:" + key.hex())
        with target.backup("main", source, "main") as job:
            job.step(-1)
        with _one_transaction(target):
            while (schema := target.pragma("user_version")) != to:
                if schema > to:
                    raise StoreUnavailable("store_newer", place={"file": str(path)}, schema=schema, known=to)
                if schema not in steps:
                    raise StoreUnavailable("migration_missing", place={"file": str(path)}, schema=schema)
                steps[schema](target)
                target.pragma("user_version", schema + 1)
    finally:
        target.close()
        source.close()
    _durable(copy)
    return copy


@contextmanager
def _one_transaction(db: apsw.Connection) -> Iterator[None]:
    with db:
        yield
