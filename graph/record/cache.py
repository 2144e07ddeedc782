"""The numeric cache: a snapshot's arrays in a second encrypted file, so that a start reads 12-64 ms instead of building.

A plain cache beside an encrypted store would tell who is tied to whom; this one has the same key, holds numbers only, is told by schema
and head digest, and is dropped at every erasure. Whatever is wrong with it, it is as if there were none.
"""

import os
import threading
from contextlib import suppress
from dataclasses import fields
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import apsw
import numpy as np

from graph.record.arrays import Arrays
from graph.record.model import pack
from graph.record.ontology import ontology
from graph.record.snapshot import Snapshot


class Cached(NamedTuple):
    """A cached snapshot's version, digest and arrays."""

    version: int
    digest: bytes
    arrays: Arrays


RULES = 2
"""Raised where the same log comes to other arrays."""


@lru_cache
def _layout(schema: int) -> str:
    """What the numbers mean: the schema and the ontology's lists. A property put into the table would shift them all."""
    table = ontology()
    codes = [f"{scheme}:{code}" for scheme in sorted(table.codes) for code in table.codes[scheme]]
    told = pack(str(schema), str(RULES), *table.kind_ids, "", *table.property_ids, "", *codes)
    return blake2b(told, digest_size=16).hexdigest()


def _open(path: Path, key: bytes, flags: int) -> apsw.Connection:
    db = apsw.Connection(str(path), flags=flags)
    db.pragma("cipher", "aegis")
    db.pragma("key", "raw:" + key.hex())
    return db


def write(home: Path, key: bytes, schema: int, snapshot: Snapshot) -> None:
    """Writes the cache anew, whole or not at all. A full disk or a lost race costs the next start some time, nothing else."""
    path = home / "cache.db"
    temporary = home / f".cache.{os.getpid()}.{threading.get_ident()}.db"  # two that end at once would write into one another's
    with suppress(apsw.Error, OSError):
        drop(home, temporary)
        db = _open(temporary, key, apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
        try:
            db.pragma("page_size", 65536)
            db.pragma("synchronous", "off")
            with db:
                db.execute("CREATE TABLE head(schema TEXT, version INTEGER, digest BLOB)")
                db.execute("CREATE TABLE array(name TEXT PRIMARY KEY, type TEXT, bytes BLOB)")
                db.execute("INSERT INTO head VALUES(?, ?, ?)", (_layout(schema), snapshot.version, snapshot.digest))
                for field in fields(Arrays):
                    array = getattr(snapshot.arrays, field.name)
                    db.execute("INSERT INTO array VALUES(?, ?, ?)", (field.name, array.dtype.str, array.tobytes()))
        finally:
            db.close()
        temporary.replace(path)


def read(home: Path, key: bytes, schema: int) -> Cached | None:
    """The cache where it is whole and of this schema, else None."""
    path = home / "cache.db"
    if not path.exists():
        return None
    with suppress(apsw.Error, OSError, ValueError, KeyError, TypeError):
        db = _open(path, key, apsw.SQLITE_OPEN_READONLY)
        try:
            told, version, digest = db.execute("SELECT schema, version, digest FROM head").get
            arrays = {name: np.frombuffer(data, dtype=kind) for name, kind, data in db.execute("SELECT name, type, bytes FROM array")}
        finally:
            db.close()
        if told == _layout(schema) and arrays.keys() == {field.name for field in fields(Arrays)}:
            return Cached(version, digest, Arrays(**arrays))
    return None


def drop(home: Path, path: Path | None = None) -> None:
    """Removes the cache."""
    path = path or home / "cache.db"
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
