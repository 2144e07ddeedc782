"""The portable form of a store: items, in the order in which another store takes them to become the same.

    for item in items(source): replay(target, item)        # or copy(source, target), which also compares at the end

An `Entry` is one change with salts, so that its number, digests and chain come out the same; the rest is what no change holds: logs,
answers to idempotency keys, kept bytes, the hashes of erased things, and which thing has which slot. `pack` makes bytes of an item:
what a shared store holds and what a copy moves. A changed byte is refused.
"""

from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import NamedTuple, TypeAlias

from graph.record.errors import Conflict, StoreUnavailable
from graph.record.model import (
    ERASED,
    MAIN,
    Change,
    Entry,
    Receipt,
    Recorded,
    Serial,
    Statement,
    change_digest,
    digest_hex,
    header_content,
    identity,
    leaf,
    salted,
)
from graph.record.model import pack as packed
from graph.record.store import Answer, Store

FORMAT = b"lianyin1"
"""What every packed item begins with; another one is of another release."""
_CHECK = 16
_LEAF_ONLY = 40
"""Bytes of an erased row, leaf and number of the change that erased it: no told row is as short."""
_BATCH = 20_000
"""Rows that `copy` moves in one transaction, where a change is not larger by itself."""


class Things(NamedTuple):
    """All ids by slot, empty ones for erased things: taken first, so that numbers come out the same."""

    ids: tuple[str, ...]


class Opened(NamedTuple):
    """A log and the version of main that it stands on."""

    log: str
    base: int


class Answered(NamedTuple):
    """What an actor's key stands for."""

    actor: str
    key: str
    answer: Answer


class Kept(NamedTuple):
    """Kept bytes under their name; `check` is the digest of what they are now (another one where names were blanked)."""

    digest: str
    check: str
    data: bytes


class Blocked(NamedTuple):
    """Hashes of what may not come back."""

    tokens: tuple[str, ...]


Item: TypeAlias = Entry | Things | Opened | Answered | Kept | Blocked


# ---- giving and taking


def items(store: Store) -> Iterator[Item]:
    """A whole store: slots, hashes, main with its answers, the other logs, kept bytes. Inside one transaction, to be of one moment."""
    yield Things(tuple(store._ids()))
    if store._has_erased():
        yield Blocked(tuple(sorted(store._tokens())))
    for log in store._logs():
        if log != MAIN:
            yield Opened(log, store._base(log))
        for recorded in store._changes(log, 0):
            yield entry(store, recorded)
        yield from (Answered(*told) for told in store._answers(log))
    yield from (kept(store, digest) for digest in store._blobs())


def entry(store: Store, recorded: Recorded) -> Entry:
    """A recorded change as it was written, without what was erased since."""
    header_salt, header, salts, leaves, rows, retracted, erased = store._evidence(recorded.log, recorded.number)
    adds = [row.statement for row in rows]
    identities = [bytes(16) if row.erased else identity(row.statement) for row in rows]
    gone = {ordinal: row.erased for ordinal, row in enumerate(rows) if row.erased}
    return Entry(recorded, header_salt, header, adds, identities, [salt or b"" for salt in salts], leaves, retracted, erased, gone)


def kept(store: Store, digest: str) -> Kept:
    """Kept bytes as they are now."""
    return Kept(digest, store._blob_check(digest), store.kept(digest))


def replay(store: Store, item: Item) -> None:
    """Takes an item, inside a transaction. Raises StoreUnavailable `transfer_refused` where it does not follow what is there."""
    match item:
        case Entry():
            _check_link(store, item)
            store._write(item)
        case Things(ids):
            store._number_things(ids)
        case Opened(log, base):
            store._open_log(log, base)
        case Answered(actor, key, answer):
            store._remember(Change(actor, key=key, log=answer.receipt.log), answer.request, answer.receipt)
        case Kept(digest, check, data):
            if digest_hex(data) != check:
                raise StoreUnavailable("transfer_refused", what=f"blob {digest[:16]}")
            store._keep(digest, data, check)
        case Blocked(tokens):
            store._block(tokens)


def _check_link(store: Store, item: Entry) -> None:
    """Whether a change follows the last one there, and its digest is that of what it holds."""
    one, head = item.recorded, store._head(item.recorded.log)
    content = header_content(one.number, one.actor, one.time, one.reason, one.key, one.request, one.undoes)
    digest = change_digest(one.previous, one.log, one.number, item.header, item.leaves, item.retracts, item.erases)
    told = not item.header_salt or leaf(item.header_salt, content) == item.header
    if (head.number + 1, head.digest, digest) != (one.number, one.previous, one.digest) or not told:
        raise StoreUnavailable("transfer_refused", what=f"{one.log}:{one.number}")


def copy(source: Store, target: Store, progress: Callable[[int, int], None] = lambda done, of: None) -> None:
    """Moves a store with its whole history into an empty one, and compares every digest. `progress` counts changes and blobs.

    What is moved is of one moment; others go on writing meanwhile. From the first batch until all was compared the target is marked as
    unfinished: it is opened by another copy alone, which begins anew.

    Raises Conflict `copy_target_not_empty`, `copy_other_key` (hashes of the erased hold with one key only), StoreUnavailable.
    """
    with source._steady():
        if source._has_erased() and source._key != target._key:
            raise Conflict("copy_other_key")
        target._begin_copy(source.label)
        done, of = 0, sum(source._head(log).number for log in source._logs()) + sum(1 for _ in source._blobs())
        for batch in _batches(items(source)):
            with target._transaction():
                for item in batch:
                    replay(target, item)
            done += sum(isinstance(item, Entry | Kept) for item in batch)
            progress(done, of)
        with target._transaction():
            if store_digests(source) != store_digests(target):
                raise StoreUnavailable("copy_differs")
            target._end_copy()


def store_digests(store: Store) -> dict[str, list[object]]:
    """What two equal stores have in common: logs with base and head, blobs with digests, hashes of the erased, slots."""
    logs = [(log, store._base(log) if log != MAIN else 0, *store._head(log)) for log in store._logs()]
    return {
        "logs": [told for told in logs if told[0] != MAIN or told[2]],
        "blobs": [(digest, store._blob_check(digest)) for digest in sorted(store._blobs())],
        "answers": [(log, *told) for log in store._logs() for told in store._answers(log)],
        "tokens": list(sorted(store._tokens())), "things": list(store._ids()),
    }  # fmt: skip


def _batches(all: Iterable[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    weight = 0
    for item in all:
        size = len(item.adds) if isinstance(item, Entry) else len(item.data) >> 8 if isinstance(item, Kept) else 0
        if weight and weight + 1 + size > _BATCH:
            yield batch
            batch, weight = [], 0
        batch.append(item)
        weight += 1 + size if not isinstance(item, Things) else 0  # slots travel with the first change
    if batch:
        yield batch


# ---- bytes


def pack(item: Item) -> bytes:
    """An item as bytes: format, form, length-prefixed fields, and a digest of all that."""
    match item:
        case Entry():
            body = b"C" + _packed_entry(item)
        case Things(ids):
            body = b"T" + packed(*ids)
        case Opened(log, base):
            body = b"L" + packed(log, str(base))
        case Answered(actor, key, (request, receipt)):
            number = "" if receipt.number is None else str(receipt.number)
            told = (number, str(receipt.version), str(receipt.adds), str(receipt.retracts))
            body = b"K" + packed(actor, key, request, receipt.log, *told)
        case Kept():
            body = b"B" + packed(*item)
        case Blocked(tokens):
            body = b"E" + packed(*tokens)
    return b"".join((FORMAT, body, _check(body)))


def unpack(data: bytes) -> Item:
    """The item of these bytes. Raises StoreUnavailable `transfer_damaged`."""
    start, end = len(FORMAT), len(data) - _CHECK
    body = data[start:end]
    if data[:start] != FORMAT or data[end:] != _check(body):
        raise StoreUnavailable("transfer_damaged")
    fields = _fields(body, 1)
    match body[:1]:
        case b"C":
            return _read_entry(fields)
        case b"T":
            return Things(tuple(one.decode() for one in fields))
        case b"L":
            log, base = fields
            return Opened(log.decode(), int(base))
        case b"K":
            actor, key, request, log, number, *told = fields
            receipt = Receipt(log.decode(), int(number) if number else None, *(int(one) for one in told))
            return Answered(actor.decode(), key.decode(), Answer(request, receipt))
        case b"B":
            digest, check, kept = fields
            return Kept(digest.decode(), check.decode(), kept)
        case b"E":
            return Blocked(tuple(one.decode() for one in fields))
    raise StoreUnavailable("transfer_damaged")


def _check(body: bytes) -> bytes:
    return blake2b(body, digest_size=_CHECK).digest()


def _fields(data: bytes, at: int = 0) -> Iterator[bytes]:
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 4 + size]
        at += 4 + size


def _packed_entry(item: Entry) -> bytes:
    one = item.recorded
    header = packed(
        one.log, str(one.number), one.actor, one.time, one.reason, one.key, one.request, str(one.undoes), one.previous, one.digest,
        item.header_salt, item.header, " ".join(map(str, item.retracts)), " ".join(map(str, item.erases)),
    )  # fmt: skip
    if not item.erased:
        return header + packed(*salted(item.salts, item.adds))
    rows = [
        item.leaves[ordinal] + item.erased[ordinal].to_bytes(8, "big") if ordinal in item.erased else row
        for ordinal, row in enumerate(salted(item.salts, item.adds))
    ]
    return header + packed(*rows)


def _read_entry(fields: Iterator[bytes]) -> Entry:
    log, number, actor, time, reason, key, request, undoes, previous, digest, header_salt, header, retracts, erases = (
        next(fields) for _ in range(14)
    )
    gone, emptied = _serials(retracts), _serials(erases)
    rows = [_read_row(row) for row in fields]
    erased = {ordinal: row.erased for ordinal, row in enumerate(rows) if row.erased}
    recorded = Recorded(
        log.decode(), int(number), actor.decode(), time.decode(), reason.decode(), key.decode(), request, int(undoes),
        len(rows), len(gone), len(emptied), previous, digest,
    )  # fmt: skip
    return Entry(
        recorded, header_salt, header, [row.statement for row in rows], [row.identity for row in rows], [row.salt for row in rows],
        [row.leaf for row in rows], gone, emptied, erased,
    )  # fmt: skip


class _Read(NamedTuple):
    statement: Statement
    identity: bytes
    salt: bytes
    leaf: bytes
    erased: int = 0


def _read_row(row: bytes) -> _Read:
    """Identity and leaf are digests of runs of the row itself: salt, then the nine fields, identity first."""
    if len(row) == _LEAF_ONLY:
        return _Read(ERASED, bytes(16), b"", row[:32], int.from_bytes(row[32:], "big"))
    at, told = 16, []
    for _ in range(9):
        size = int.from_bytes(row[at : at + 4], "big")
        told.append(row[at + 4 : at + 4 + size].decode())
        at += 4 + size
        if len(told) == 6:
            named = row[16:at]
    subject, property, value, source, since, until, locator, confidence, rule = told
    statement = Statement(subject, property, value, source, since, until, locator, int(confidence), rule)
    return _Read(statement, blake2b(named, digest_size=16).digest(), row[:16], blake2b(row, digest_size=32).digest())


def _serials(told: bytes) -> list[Serial]:
    parts = (one.split(":") for one in told.decode().split())
    return [Serial(log, int(change), int(ordinal)) for log, change, ordinal in parts]
