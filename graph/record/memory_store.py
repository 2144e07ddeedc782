"""A store in memory: the plainest engine, for tests, trials and as the oracle of the others. Nothing survives the process."""

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count

import numpy as np

from graph.record.arrays import Delta, Ints, Scan
from graph.record.erasure import Erasure, is_of, traces
from graph.record.errors import Conflict, NotFound
from graph.record.judgements import touched
from graph.record.model import (
    ERASED,
    MAIN,
    SHORT_DIGEST,
    Change,
    Entry,
    Receipt,
    Recorded,
    Row,
    Serial,
    Statement,
    digest_hex,
    identity,
    identity_of,
)
from graph.record.ontology import JUDGEMENTS, ontology
from graph.record.snapshot import DRAFT, Snapshot, snapshot_of
from graph.record.store import ZERO, Answer, Evidence, Head, Store, log_name
from graph.record.transfer import store_digests


@dataclass(slots=True)
class _Log:
    """One log: its rows by position, its changes, and where each identity and subject stands."""

    base: int
    rows: list[Row] = field(default_factory=list)
    changes: list[Recorded] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    by_identity: dict[bytes, list[int]] = field(default_factory=dict)
    by_subject: dict[str, list[int]] = field(default_factory=dict)
    below: dict[int, int] = field(default_factory=dict)


class MemoryStore(Store):
    """An empty store in memory. The key is for the hashes of what is erased, where these are to be copied."""

    def __init__(self, key: bytes = b"") -> None:
        self._key = key
        self._all = {MAIN: _Log(0)}
        self._kept: dict[str, bytes] = {}
        self._slots: dict[str, int] = {}
        self._things: list[str] = []
        self._checks: dict[str, str] = {}
        self._blocked_tokens: set[str] = set()
        self._lock = threading.RLock()
        self._last: dict[str, Snapshot] = {}

    # ---- the protocol

    def snapshot(
        self, version: int | None = None, *, on: str | None = None, known_by: str | None = None, log: str = MAIN
    ) -> Snapshot:
        with self._lock:
            head = self._head(log)
            if version is None:
                version = head.number
            if not 0 <= version <= head.number:
                raise NotFound("version_unknown", version=version, head=head.number)
            digest = self._all[log].changes[version - 1].digest if version else ZERO
            made = snapshot_of(self, version, digest, self._last.get(log), on=on, known_by=known_by, log=log)
            if version == head.number and not on and not known_by:
                self._last[log] = made
            return made

    def _keep(self, digest: str, data: bytes, check: str) -> bool:
        fresh = digest not in self._kept
        if fresh:
            self._kept[digest] = data
            self._checks[digest] = check
        return fresh

    def kept(self, digest: str) -> bytes:
        for name, data in self._kept.items():
            if name == digest or (len(digest) >= SHORT_DIGEST and name.startswith(digest)):
                return data
        raise NotFound("blob_unknown", digest=digest[:80])

    def close(self) -> None:
        """Nothing to end."""

    # ---- transactions and logs

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        # Everything that can refuse happens before the one write, so there is nothing to roll back.
        with self._lock:
            yield

    def _of(self, log: str) -> _Log:
        if log not in self._all:
            raise NotFound("log_unknown", log=log)
        return self._all[log]

    def _head(self, log: str) -> Head:
        changes = self._of(log).changes
        return Head(changes[-1].number, changes[-1].digest) if changes else Head(0, ZERO)

    def _base(self, log: str) -> int:
        if log == MAIN:
            raise NotFound("log_unknown", log=log)
        return self._of(log).base

    def _logs(self) -> list[str]:
        return list(self._all)

    def _open_log(self, name: str, base: int) -> None:
        if log_name(name) in self._all:
            raise Conflict("log_exists", log=name)
        self._all[name] = _Log(base)

    def _net(self, log: str) -> tuple[list[Row], list[Row]]:
        own = self._of(log)
        below = self._all[MAIN].rows
        return [row for row in own.rows if row.live], [below[number - 1] for number in sorted(own.below)]

    def _answered(self, log: str, actor: str, key: str) -> Answer | None:
        return self._of(log).answers.get((actor, key))

    def _remember(self, change: Change, request: bytes, receipt: Receipt) -> None:
        self._of(change.log).answers[change.actor, change.key] = Answer(request, receipt)

    # ---- the state at the head of a log

    def _visible(self, log: str, picked: Iterable[tuple[str, int]], version: int | None = None) -> list[Row]:
        """The rows among these (log, position) that are live at a version of `log`."""
        own = self._of(log)
        version = len(own.changes) if version is None else version
        found = []
        for name, position in picked:
            row = self._all[name].rows[position]
            if row.erased:
                continue
            if name == log:
                if row.serial.change <= version and (not row.retracted or row.retracted > version):
                    found.append(row)
            elif row.serial.change <= own.base and (not row.retracted or row.retracted > own.base):
                gone = own.below.get(row.number)
                if gone is None or gone > version:
                    found.append(row)
        return found

    def _layers(self, log: str) -> list[str]:
        return [MAIN] if log == MAIN else [MAIN, log]

    def _positions(self, log: str, index: str, keys: Iterable[bytes | str]) -> Iterator[tuple[str, int]]:
        for key in keys:
            for name in self._layers(log):
                for position in getattr(self._all[name], index).get(key, ()):
                    yield name, position

    def _every(self, log: str) -> Iterator[tuple[str, int]]:
        return ((name, position) for name in self._layers(log) for position in range(len(self._all[name].rows)))

    def _live(self, log: str, identities: Sequence[bytes]) -> Mapping[bytes, Row]:
        return {identity(row.statement): row for row in self._visible(log, self._positions(log, "by_identity", identities))}

    def _known(self, log: str, identity: bytes) -> bool:
        return bool(self._same_identity(log, [identity], len(self._of(log).changes)))

    def _about(self, log: str, ids: Collection[str]) -> list[Row]:
        return self._visible(log, self._positions(log, "by_subject", sorted(ids)))

    def _kinds(self, log: str, ids: Collection[str]) -> Mapping[str, str]:
        return {row.statement.subject: row.statement.value for row in self._about(log, ids) if row.statement.property == "kind"}

    def _judgements(self, log: str) -> list[Row]:
        return [row for row in self._visible(log, self._every(log)) if row.statement.property in JUDGEMENTS]

    def _first_told(self, log: str, ids: Collection[str] | None) -> Mapping[str, int]:
        if ids is None:
            ids = {id for row in self._judgements(log) for id in (row.statement.subject, row.statement.value)}
        found: dict[str, int] = {}
        for name, position in self._positions(log, "by_subject", sorted(ids)):
            row = self._all[name].rows[position]
            if row.statement.property == "kind":
                found[row.statement.subject] = min(row.number, found.get(row.statement.subject, row.number))
        return found

    def _pointing(self, log: str, ids: Collection[str]) -> list[Row]:
        rows = self._visible(log, self._every(log))
        return [row for row in rows if row.statement.value in ids and ontology().properties[row.statement.property].type == "ref"]

    def _mentioning(self, log: str, ids: Collection[str], spellings: Collection[str]) -> list[Row]:
        told = [row for row in self._of(log).rows if not row.erased]
        return [row for row in told if _mentions(row.statement, ids, spellings)]

    def _touched(self, log: str, after: int) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for recorded in self._changes(log, after):
            added, retracted = self._of_change(log, recorded.number)
            for id in touched(row.statement for row in [*added, *retracted] if not row.erased):
                found[id] = recorded.number
        return found

    def _of_change(self, log: str, number: int) -> tuple[list[Row], list[Row]]:
        own = self._of(log)
        added = [row for row in own.rows if row.serial.change == number]
        retracted = [row for row in own.rows if row.retracted == number]
        below = [self._all[MAIN].rows[at - 1] for at, change in own.below.items() if change == number]
        return added, sorted([*below, *retracted], key=lambda row: row.number)

    def _changes(self, log: str, since: int) -> Iterator[Recorded]:
        return iter(self._of(log).changes[max(since, 0) :])

    # ---- the one write

    def _write(self, entry: Entry) -> None:
        log, number = entry.recorded.log, entry.recorded.number
        own = self._of(log)
        own.firsts.append(len(own.rows))
        for ordinal, one in enumerate(entry.adds):
            if ordinal in entry.erased:
                own.rows.append(Row(self._dense(log, len(own.rows)), Serial(log, number, ordinal), ERASED, 0, entry.erased[ordinal]))
                continue
            self._slot_for(one.subject)
            if ontology().properties[one.property].type == "ref":
                self._slot_for(one.value)
            position = len(own.rows)
            own.rows.append(Row(self._dense(log, position), Serial(log, number, ordinal), one, 0, 0))
            own.by_identity.setdefault(entry.identities[ordinal], []).append(position)
            own.by_subject.setdefault(one.subject, []).append(position)
        for serial in entry.retracts:
            if serial.log == log:
                self._replace(serial, retracted=number)
            else:
                own.below[self._position(serial) + 1] = number
        for serial in entry.erases:
            self._replace(serial, erased=number, statement=ERASED)
        own.changes.append(entry.recorded)
        own.entries.append(replace(entry, adds=(), erases=(), retracts=()))

    def _dense(self, log: str, position: int) -> int:
        return position + 1 + (0 if log == MAIN else DRAFT)

    def _position(self, serial: Serial) -> int:
        return self._all[serial.log].firsts[serial.change - 1] + serial.ordinal

    def _replace(self, serial: Serial, **changed: object) -> None:
        rows, position = self._all[serial.log].rows, self._position(serial)
        rows[position] = rows[position]._replace(**changed)  # type: ignore[arg-type]

    def _slot_for(self, id: str) -> int:
        if id not in self._slots:
            self._slots[id] = len(self._things)
            self._things.append(id)
        return self._slots[id]

    # ---- erasure

    def _blank(self, erasure: Erasure) -> None:
        self._block({self._token(*token) for token in erasure.tokens()})
        for id in erasure.things:
            self._things[self._slots.pop(id)] = ""
        for log, own in self._all.items():
            gone = {row.statement.id for row in erasure.rows.get(log, ())}
            for id in gone:
                own.by_identity.pop(identity_of(id), None)
            for number in erasure.changes[log]:
                one = own.changes[number - 1]
                # without its salt the header's leaf can no longer be recomputed: verify takes it as it stands
                actor, reason, key = (erasure.masked(text) for text in (one.actor, one.reason, one.key))
                masked = replace(one, actor=actor, reason=reason, key=key, request=b"")
                own.changes[number - 1] = masked
                own.entries[number - 1] = replace(own.entries[number - 1], header_salt=b"", recorded=masked)
            for answered in erasure.keys[log]:
                del own.answers[answered]
        for digest, data in erasure.blobs.items():
            self._kept[digest] = data
            self._checks[digest] = digest_hex(data)

    def _forget(self, erasure: Erasure) -> None:
        self._last.clear()

    def _is_blocked(self, token: str) -> bool:
        return token in self._blocked_tokens

    def _has_erased(self) -> bool:
        return bool(self._blocked_tokens)

    def _tokens(self) -> Collection[str]:
        return self._blocked_tokens

    def _block(self, tokens: Collection[str]) -> None:
        self._blocked_tokens |= set(tokens)

    def _number_things(self, ids: Sequence[str]) -> None:
        self._things = list(ids)
        self._slots = {id: slot for slot, id in enumerate(ids) if id}

    def _begin_copy(self, label: str) -> None:
        if any(store_digests(self).values()):
            raise Conflict("copy_target_not_empty")

    def _end_copy(self) -> None:
        """No mark: an interrupted copy is gone with the process."""

    def _answers(self, log: str) -> Iterator[tuple[str, str, Answer]]:
        return ((actor, key, answer) for (actor, key), answer in sorted(self._of(log).answers.items()))

    def _blobs(self) -> Iterator[str]:
        return iter(list(self._kept))

    def _blob_check(self, digest: str) -> str:
        return self._checks[digest]

    def _evidence(self, log: str, number: int) -> Evidence:
        own = self._of(log)
        entry = own.entries[number - 1]
        added, retracted = self._of_change(log, number)
        salts = [b"" if row.erased else salt for row, salt in zip(added, entry.salts, strict=True)]
        erased = [row.serial for row in own.rows if row.erased == number]
        return Evidence(entry.header_salt, entry.header, salts, entry.leaves, added, [row.serial for row in retracted], erased)

    # ---- what snapshots read

    def _scan(self, log: str, version: int) -> Scan:
        return self._scan_rows(self._visible(log, self._every(log), version))

    def _scan_rows(self, rows: Iterable[Row]) -> Scan:
        table = ontology()
        codes = {scheme: dict(zip(entries, count())) for scheme, entries in table.codes.items()}
        columns: tuple[list[int], ...] = ([], [], [], [])
        for row in sorted(rows, key=lambda row: row.number):
            one = row.statement
            prop = table.properties[one.property]
            if prop.type == "ref":
                target = self._slots[one.value]
            else:
                target = codes.get(prop.codes, {}).get(one.value, -1)
            values = (row.number, self._slot_for(one.subject), table.property_ids.index(one.property), target)
            for column, value in zip(columns, values, strict=True):
                column.append(value)
        return Scan(*(np.array(column, dtype=np.int32) for column in columns))

    def _delta(self, log: str, after: int, upto: int) -> Delta:
        changed = [self._of_change(log, number) for number in range(after + 1, upto + 1)]
        added = [row for rows, _ in changed for row in rows if not row.erased and not 0 < row.retracted <= upto]
        retracted = [row for _, rows in changed for row in rows]
        rebuild = any(one.erases for one in self._of(log).changes[after:upto]) or any(
            row.statement.property in JUDGEMENTS for row in [*added, *retracted]
        )
        return Delta(self._scan_rows(added), np.array([row.number for row in retracted], dtype=np.int32), rebuild)

    def _rows(self, numbers: Iterable[int], log: str) -> list[Row]:
        main, own = self._all[MAIN].rows, self._of(log).rows
        return [own[number - 1 - DRAFT] if number >= DRAFT else main[number - 1] for number in numbers]

    def _rows_of(self, log: str, things: Collection[int], version: int) -> list[Row]:
        return self._visible(log, self._positions(log, "by_subject", [self._things[slot] for slot in things]), version)

    def _rows_with(self, log: str, properties: Collection[str], version: int) -> list[Row]:
        return [row for row in self._visible(log, self._every(log), version) if row.statement.property in properties]

    def _values(self, log: str, properties: Collection[str], version: int) -> tuple[Ints, list[str]]:
        rows = sorted(self._rows_with(log, properties, version), key=lambda row: row.number)
        return np.array([row.number for row in rows], dtype=np.int32), [row.statement.value for row in rows]

    def _rows_told_by(self, log: str, sources: Collection[str], version: int) -> list[Row]:
        return [row for row in self._visible(log, self._every(log), version) if row.statement.source in sources]

    def _sources(self) -> list[str]:
        return sorted({row.statement.source for own in self._all.values() for row in own.rows if not row.erased})

    def _history(self, log: str, things: Collection[int], version: int) -> list[Row]:
        rows = self._told_until(log, "by_subject", [self._things[slot] for slot in things], version)
        return sorted((row for row in rows if not row.erased), key=lambda row: row.number)

    def _same_identity(self, log: str, identities: Collection[bytes], version: int) -> list[Row]:
        return self._told_until(log, "by_identity", identities, version)

    def _told_until(self, log: str, index: str, keys: Iterable[bytes | str], version: int) -> list[Row]:
        """All rows told up to a version of the log, retracted ones too; main below a draft counts up to the draft's base."""
        rows = [self._all[name].rows[at] for name, at in self._positions(log, index, keys)]
        return [row for row in rows if row.serial.change <= (version if row.serial.log == log else self._of(log).base)]

    def _ids(self) -> Sequence[str]:
        return self._things

    def _slot(self, id: str) -> int | None:
        return self._slots.get(id)

    def _times(self, log: str) -> Mapping[int, str]:
        return {one.number: one.time for one in self._of(log).changes}


def _mentions(one: Statement, ids: Collection[str], spellings: Collection[str]) -> bool:
    if is_of(one, ids):
        return True
    texts = [text + text.lower() for text in (one.value, one.source, one.locator)]
    return any(all(mark in text for mark in traces(spelling)) for spelling in spellings for text in texts)
