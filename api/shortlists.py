"""收入备选: shortlists of things and pairs with notes, each a log of its own. Nothing of them touches what is known.

A list's log holds a document (its name and note) and a decision for each entry: `key` names its things by id, 甲 first, so that a
thing that came after the list was opened can be on it, and one that went stays as a line that says so.
"""

import secrets
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b

from api.looking import thing_row
from api.published import Published
from api.verbs import Data, receipt
from graph.analysis.privacy import said
from graph.record.errors import Conflict, InvalidData, NotFound
from graph.record.model import Change, Receipt, Row, Statement, desk, pack, thing_id
from graph.record.ontology import ontology
from graph.record.sqlite_store import SqliteStore

PREFIX = "shortlist-"
MOST = 2
"""Things of an entry: one, or a pair."""


def shortlists(published: Published) -> Data:
    """All lists, the one touched last first."""
    store = published.reader
    logs = [log for log in store.logs() if log.startswith(PREFIX)]
    found = [_head(store, log, rows) for log in logs if (rows := store.own(log))]
    found.sort(key=lambda one: (one["time"], one["id"]), reverse=True)
    return {"version": published.version, "total": len(found), "rows": found}


def heads(store: SqliteStore) -> str:
    """What stands for the state of all lists."""
    told = [part for log in store.logs() if log.startswith(PREFIX) for part in (log, str(store.head(log).number))]
    return blake2b(pack(*told), digest_size=8).hexdigest()


def _head(store: SqliteStore, log: str, rows: Sequence[Row]) -> Data:
    told = {row.statement.property: row.statement.value for row in rows if row.statement.subject == _list(log)}
    last = store.change(store.head(log).number, log)
    return {
        "id": log.removeprefix(PREFIX), "name": told.get("name", ""), "note": said("note", told.get("note", "")),
        "entries": sum(row.statement.property == "kind" for row in rows) - 1,
        "version": last.number, "time": last.time, "actor": last.actor,
    }  # fmt: skip


def _list(log: str) -> str:
    return thing_id("document", "desk", log)


def _known(store: SqliteStore, id: str) -> tuple[str, list[Row]]:
    """A list's log and its live rows. Raises NotFound `shortlist_unknown`."""
    log = f"{PREFIX}{id}"
    rows = store.own(log) if log in store.logs() else []
    if not rows:
        raise NotFound("shortlist_unknown", id=id[:80])
    return log, rows


def shortlist(published: Published, id: str) -> Data:
    """A list with its entries in the order in which they came. Raises NotFound `shortlist_unknown`."""
    log, rows = _known(published.reader, id)
    entries: dict[str, list[Row]] = {}
    for row in rows:
        if row.statement.subject != _list(log):
            entries.setdefault(row.statement.subject, []).append(row)
    return {**_head(published.reader, log, rows), "rows": [_entry(published, log, entry, told) for entry, told in entries.items()]}


def _entry(published: Published, log: str, id: str, rows: Sequence[Row]) -> Data:
    snapshot = published.snapshot
    ids = next(row.statement.value for row in rows if row.statement.property == "key").split()
    note = next((row.statement.value for row in rows if row.statement.property == "words"), "")
    change = published.reader.change(max(row.serial.change for row in rows), log)
    return {
        "id": id, "things": [thing_row(published, snapshot.number(one)) for one in ids if snapshot.has(one)],
        "gone": [one for one in ids if not snapshot.has(one)], "note": said("words", note), "actor": change.actor, "time": change.time,
    }  # fmt: skip


# ---- writing


def create(store: SqliteStore, name: str, actor: str, *, note: str = "", key: str = "") -> Data:
    """Opens a list. Raises InvalidData."""
    id = blake2b(pack(actor, key or secrets.token_hex(16)), digest_size=8).hexdigest()
    log, source = f"{PREFIX}{id}", desk(actor)
    adds = [Statement(_list(log), "kind", "document", source), Statement(_list(log), "name", name, source)]
    adds += [Statement(_list(log), "note", note, source)] if note.strip() else []
    for one in adds:
        ontology().canonical(one.property, one.value)  # what is refused leaves no log behind
    if log not in store.logs():
        with suppress(Conflict):  # the same request has opened it on another machine, of which this one has not heard
            store.open_log(log)
    return _done(store.append(Change(actor, "新建备选", tuple(adds), key=key, log=log)), id)


def rename(store: SqliteStore, id: str, name: str, actor: str, *, note: str = "", key: str = "") -> Data:
    """Gives a list another name and note. Raises NotFound `shortlist_unknown`."""
    log, rows = _known(store, id)
    old = [row.statement.id for row in rows if row.statement.subject == _list(log) and row.statement.property in ("name", "note")]
    told = [("name", name), *([("note", note)] if note.strip() else [])]
    adds = tuple(Statement(_list(log), property_id, value, desk(actor)) for property_id, value in told)
    return _done(store.append(Change(actor, "更名", adds, tuple(old), key=key, log=log, asked=("rename", name, note))), id)


def put(store: SqliteStore, id: str, things: Sequence[str], actor: str, *, note: str = "", key: str = "") -> Data:
    """Puts a thing or a pair on a list, or changes the note of what is on it.

    Raises NotFound `shortlist_unknown`, `thing_unknown`, InvalidData `shortlist_pair`.
    """
    log, rows = _known(store, id)
    snapshot = store.snapshot()
    wanted = list(dict.fromkeys(snapshot.id(snapshot.number(one)) for one in things))
    if not 1 <= len(wanted) <= MOST or len(wanted) != len(things):
        raise InvalidData("shortlist_pair", place={"field": "things"})
    entry = thing_id("decision", "desk", log, *sorted(wanted))
    old = tuple(row.statement.id for row in rows if row.statement.subject == entry and row.statement.property == "words")
    told = [("kind", "decision"), ("key", " ".join(wanted)), *([("words", note)] if note.strip() else [])]
    there = {row.statement.property for row in rows if row.statement.subject == entry} - {"words"}
    adds = tuple(Statement(entry, name, value, desk(actor)) for name, value in told if name not in there)
    done = _done(store.append(Change(actor, "收入备选", adds, old, key=key, log=log, asked=("put", *wanted, note))), id)
    return {**done, "entry": entry}


def take(store: SqliteStore, id: str, entry: str, actor: str, *, reason: str = "", key: str = "") -> Data:
    """Takes an entry off a list. Raises NotFound `shortlist_unknown`, `entry_unknown`."""
    log, rows = _known(store, id)
    told = tuple(row.statement.id for row in rows if row.statement.subject == entry and entry != _list(log))
    if not told and store.answered(actor, key, log) is None:
        raise NotFound("entry_unknown", id=entry[:80])
    return _done(store.append(Change(actor, reason or "移出备选", retracts=told, key=key, log=log, asked=("take", entry))), id)


def delete(store: SqliteStore, id: str, actor: str, *, reason: str = "", key: str = "") -> Data:
    """Takes all that a list tells back: it is listed no more, and undo brings it back. Raises NotFound `shortlist_unknown`."""
    log = f"{PREFIX}{id}"
    if log in store.logs() and store.answered(actor, key, log) is not None:
        return _done(store.append(Change(actor, reason or "删除备选", key=key, log=log, asked=("delete",))), id)
    log, rows = _known(store, id)
    told = tuple(row.statement.id for row in rows)
    return _done(store.append(Change(actor, reason or "删除备选", retracts=told, key=key, log=log, asked=("delete",))), id)


def undo(store: SqliteStore, id: str, number: int, actor: str, *, reason: str = "", key: str = "") -> Data:
    """Takes back a change of a list. Raises NotFound `shortlist_unknown`, `change_unknown`, Conflict `undo_blocked`."""
    log = f"{PREFIX}{id}"
    if log not in store.logs():
        raise NotFound("shortlist_unknown", id=id[:80])
    return _done(store.undo(number, actor=actor, reason=reason, key=key, log=log), id)


def _done(done: Receipt, id: str) -> Data:
    return {**receipt(done), "id": id}
