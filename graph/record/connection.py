"""Connections to an encrypted SQLite file, with our settings and the engine's errors as ours."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from graph.record.errors import StoreUnavailable

_PATIENCE = 30
"""Seconds that a process waits for another one's transaction."""


def connect(path: Path, key: bytes, *, readonly: bool = False, vfs: str | None = None) -> apsw.Connection:
    """An encrypted connection with our settings. Raises StoreUnavailable `store_unreadable`: wrong key or damaged file."""
    flags = apsw.SQLITE_OPEN_READONLY if readonly else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    with engine_errors(path):
        connection = apsw.Connection(str(path), flags=flags, vfs=vfs)
        connection.setbusytimeout(_PATIENCE * 1000)
        connection.pragma("key", "raw:" + key.hex())
        connection.pragma("cache_size", -65536)
        connection.pragma("temp_store", "memory")  # a sort spilled to a temporary file would lie there in the clear
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()  # the first page tells whether the key fits
        if not readonly:
            _log_ahead(connection)
            connection.pragma("synchronous", "full")
            connection.pragma("wal_autocheckpoint", 10_000)
        connection.pragma("secure_delete", True)
        connection.pragma("foreign_keys", True)
    return connection


def _log_ahead(connection: apsw.Connection) -> None:
    """WAL, once for a file's life. SQLite never waits for the lock that the switch needs: two that make a store together have to."""
    give_up = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.pragma("journal_mode", "wal")
        except apsw.BusyError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.01)
        else:
            return


@contextmanager
def engine_errors(path: Path) -> Iterator[None]:
    """Engine errors as ours, with the file and what to do."""
    try:
        yield
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise StoreUnavailable("store_unreadable", place={"file": str(path)}) from error
    except apsw.BusyError as error:
        raise StoreUnavailable("store_busy", place={"file": str(path)}) from error
    except (apsw.FullError, apsw.IOError, apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError) as error:
        raise StoreUnavailable("store_io", place={"file": str(path)}, engine=type(error).__name__) from error
