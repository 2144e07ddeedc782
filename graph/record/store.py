"""The record: what may be appended, and what every store promises.

`Store` is the protocol (append, changes, snapshot, keep, kept, erase, close) with its rules written once. An engine (memory, SQLite,
Neo4j) supplies the underscored methods: plain lookups and one write inside one transaction. The contract suite runs over all of them.
"""

import gc
import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple, Self

from graph.record import judgements
from graph.record.erasure import Erasure, Gone, Spell, no_others, plan
from graph.record.errors import Conflict, Forbidden, InvalidData, NotFound
from graph.record.invariants import canonical_statements, check
from graph.record.keys import token
from graph.record.model import (
    MAIN,
    STATEMENT_ID,
    Change,
    Entry,
    Receipt,
    Recorded,
    Row,
    Serial,
    Statement,
    change_digest,
    desk,
    digest_hex,
    header_content,
    identities,
    identity,
    identity_of,
    in_order,
    leaf,
    leaves,
    pack,
)
from graph.record.ontology import JUDGEMENTS, check_text
from graph.record.snapshot import Snapshot, SnapshotSource

if TYPE_CHECKING:
    from graph.record.backup import Check

ZERO = bytes(32)
"""The digest before the first change."""


class Head(NamedTuple):
    """A log's version and the digest of its last change; (0, ZERO) for an empty log."""

    number: int
    digest: bytes


class Answer(NamedTuple):
    """What an idempotency key stands for: the request, and what was answered."""

    request: bytes
    receipt: Receipt


class Evidence(NamedTuple):
    """What verify recomputes a change's digest from; the header's salt is empty where the header was blanked."""

    header_salt: bytes
    header: bytes
    salts: Sequence[bytes]
    leaves: Sequence[bytes]
    rows: Sequence[Row]
    retracted: Sequence[Serial]
    erased: Sequence[Serial]


class Store(SnapshotSource, ABC):
    """An append-only record of changes. Safe for one writer at a time; readers hold snapshots."""

    _key: bytes
    """What the hashes of erased things are made with; empty in memory."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- the protocol

    def append(self, change: Change, base: int | None = None, *, keeping: Collection[bytes] = ()) -> Receipt:
        """Records the effective part of a change and returns its receipt; with it, and only then, are the bytes that it tells of kept.

        `base` is the version that the writer saw: the append fails with Conflict `touched_since` only where a later change touched a
        thing that this one touches. Raises InvalidData, Conflict (`key_reused`, `already_one`, `thing_in_use` …), StoreUnavailable.
        """
        _check_header(change)
        with _uncollected(len(change.adds)):
            change = replace(change, adds=canonical_statements(change.adds))
            return self._append(change, base, change.request_digest() if change.key else b"", keeping)

    def answered(self, actor: str, key: str, log: str = MAIN) -> Receipt | None:
        """What was answered to an actor's request under this idempotency key; None where it is new (or empty)."""
        with self._reading():
            answer = self._answered(log, actor, key) if key else None
        return answer.receipt if answer else None

    def _repeated(self, change: Change, request: bytes) -> Receipt | None:
        """The stored answer to a request that was made before under its key. Raises Conflict `key_reused`."""
        answer = self._answered(change.log, change.actor, change.key) if change.key else None
        if answer and answer.request != request:
            raise Conflict("key_reused", key=change.key)
        return answer.receipt if answer else None

    def _append(self, change: Change, base: int | None, request: bytes, keeping: Collection[bytes] = ()) -> Receipt:
        with self._transaction():
            repeated = self._repeated(change, request)
            if repeated:
                return repeated
            adds, keys, retracts = self._effective(change)
            if not adds and not retracts:
                receipt = Receipt(change.log, None, self._head(change.log).number)
                if change.key:
                    self._remember(change, request, receipt)
                return receipt
            if base is not None:
                self._check_untouched(change.log, base, adds, retracts)
            check(self, change.log, adds, retracts)
            self._keep_all(keeping)  # nothing refuses any more
            return self._record(change, request, adds, keys, retracts, ())

    def gone(self) -> Gone:
        """What erasures left to be known by."""
        with self._reading():
            return Gone(self._tokens(), self._token)

    def changes(self, since: int = 0, log: str = MAIN) -> Iterator[Recorded]:
        """The changes after version `since`, oldest first."""
        return self._changes(log, since)

    def change(self, number: int, log: str = MAIN) -> Recorded:
        """One change. Raises NotFound `change_unknown`."""
        with self._reading():
            found = next(self._changes(log, number - 1), None) if 0 < number <= self._head(log).number else None
        if found is not None and found.number == number:
            return found
        raise NotFound("change_unknown", number=number, log=log)

    def told_in(self, number: int, log: str = MAIN) -> tuple[list[Row], list[Row]]:
        """The rows that a change added and the rows that it retracted, in order. Raises NotFound `change_unknown`."""
        self.change(number, log)
        with self._reading():
            return self._of_change(log, number)

    def logs(self) -> list[str]:
        """The names of all logs, in the order in which they were opened; main is the first."""
        with self._reading():
            return self._logs()

    def own(self, log: str) -> list[Row]:
        """The live rows that a log tells beyond main, in order. Raises NotFound `log_unknown`."""
        with self._reading():
            return self._net(log)[0]

    def head(self, log: str = MAIN) -> Head:
        """The log's version and digest. Raises NotFound `log_unknown`."""
        with self._reading():
            return self._head(log)

    @abstractmethod
    def snapshot(
        self, version: int | None = None, *, on: str | None = None, known_by: str | None = None, log: str = MAIN
    ) -> Snapshot:
        """The graph at a version (default: now), as it held `on` a day, from sources published by `known_by` (ISO days)."""

    def keep(self, data: bytes) -> str:
        """Keeps bytes and returns their digest; the same bytes are kept once. Bytes that were erased are not taken again."""
        with self._transaction():
            self._keep_all([data])
        return digest_hex(data)

    def _keep_all(self, all: Collection[bytes]) -> None:
        for data in all:
            digest = digest_hex(data)
            if not self._is_erased("blob", digest):
                self._keep(digest, bytes(data), digest)

    @abstractmethod
    def kept(self, digest: str) -> bytes:
        """The kept bytes (with names blanked where they were erased), by their digest or its first 16 characters, as a locator has them.

        Raises NotFound `blob_unknown`.
        """

    @abstractmethod
    def close(self) -> None:
        """Ends the connection; snapshots taken before can no longer read texts."""

    def erase(
        self, ids: Collection[str], *, actor: str, reason: str = "", spellings: Iterable[str] = (), spell: Spell = no_others,
        everywhere: bool = False,
    ) -> Receipt:  # fmt: skip
        """Erases things for good: rows keep serial and leaf only, names in other texts are masked, kept texts blanked.

        `spell` gives the further ways in which a name may stand in texts (traditional script, pinyin), `spellings` are more of them.
        Other texts keep what another living thing of the kind bears, and short names (one character of a person's, under four of
        anything else's) unless `everywhere`. Raises NotFound `thing_unknown`, Conflict `thing_erased`.
        """
        with self._transaction():
            erasure = plan(self, ids, spellings, spell, everywhere=everywhere)
            receipt = self._record_erasure(erasure, actor, reason)
        self._forget(erasure)
        return receipt

    # ---- what is made of appends

    def undo(
        self, number: int, *, actor: str, reason: str = "", key: str = "", with_later: bool = False, namesakes: bool = False,
        log: str = MAIN,
    ) -> Receipt:  # fmt: skip
        """Takes a change back: adds what it retracted, retracts what it added. Undo of an undo is the same rule.

        Raises Conflict `undo_blocked` with the later changes that stand on it; `with_later` undoes these in the same change. Names
        that come back are asked about like any others (`erased_namesake`); `namesakes` answers.
        """
        if self.change(number, log).erases:
            raise Forbidden("erase_is_final", number=number)
        change = Change(actor, reason, key=key, undoes=number, log=log, namesakes=namesakes)
        _check_header(change)
        with self._transaction():
            return self._undo(change, with_later)

    def _undo(self, change: Change, with_later: bool) -> Receipt:
        number, log = change.undoes, change.log
        request = _asked(change, "undo", str(with_later))
        repeated = self._repeated(change, request)
        if repeated:
            return repeated
        later = self._standing_on(number, log) if with_later else []
        adds, retracts = self._reversal([*reversed(later), number], log)
        try:
            return self._append(replace(change, adds=canonical_statements(adds), retracts=tuple(retracts)), None, request)
        except (Conflict, InvalidData) as error:
            blocking = self._standing_on(number, log)
            if with_later or not blocking or error.code in ("key_reused", "erased_namesake"):
                raise
            raise Conflict("undo_blocked", number=number, changes=blocking) from error

    def merge(
        self, first: str, second: str, *, actor: str, reason: str = "", key: str = "", log: str = MAIN, base: int | None = None
    ) -> Receipt:
        """Judges two ids to be one thing; `base` as in `append`.

        Answered with no effect where they already are. Raises InvalidData, Conflict.
        """
        change = Change(actor, reason, (Statement(first, "same_as", second, desk(actor)),), key=key, log=log)
        with self._transaction():
            try:
                return self.append(change, base)
            except Conflict as error:
                if error.code != "already_one":
                    raise
            receipt = Receipt(log, None, self._head(log).number)
            if key:
                self._remember(change, replace(change, adds=canonical_statements(change.adds)).request_digest(), receipt)
            return receipt

    def split(
        self, id: str, *, actor: str, reason: str = "", key: str = "", log: str = MAIN, base: int | None = None,
        restores: Collection[str] = (),
    ) -> Receipt:  # fmt: skip
        """Takes a member out of its merged thing; the others stay one. `base` as in `append`; `restores` are refusals that go with it.

        Raises Conflict `not_merged`.
        """
        change = Change(actor, reason, key=key, log=log)
        _check_header(change)
        request = _asked(change, "split", id)
        with self._transaction():
            repeated = self._repeated(change, request)
            if repeated:
                return repeated
            edges = [row for row in self._judgements(log) if row.statement.property == "same_as"]
            adds, retracts = judgements.split(id, edges, self._first_told(log, judgements.ends(edges)), desk(actor))
            return self._append(replace(change, adds=canonical_statements(adds), retracts=(*retracts, *restores)), base, request)

    def refuse(
        self, statement: str, *, actor: str, reason: str, instead: Statement | None = None, key: str = "", namesakes: bool = False,
        log: str = MAIN,
    ) -> Receipt:  # fmt: skip
        """Judges a told fact to be untrue: it stays in its document, stops counting and stays out when the file comes again."""
        refusal = Statement(statement, "refused", reason, desk(actor))
        return self.append(Change(actor, reason, (refusal, *([instead] if instead else [])), key=key, log=log, namesakes=namesakes))

    def open_log(self, name: str, base: int | None = None) -> int:
        """Starts a log (a draft, a board, a shortlist) on main at `base` (default: now) and returns that version.

        Raises Conflict `log_exists`, InvalidData where the name is not a plain word.
        """
        with self._transaction():
            head = self._head(MAIN).number
            at = head if base is None else base
            if not 0 <= at <= head:
                raise NotFound("version_unknown", version=at, head=head)
            self._open_log(name, at)
            return at

    def accept(self, log: str, *, actor: str, reason: str = "", key: str = "", namesakes: bool = False) -> Receipt:
        """Brings a log's net effect into main as one change. Raises Conflict `touched_since` where main went on meanwhile."""
        with self._transaction():
            added, retracted = self._net(log)
            adds, retracts = tuple(row.statement for row in added), tuple(row.statement.id for row in retracted)
            return self.append(Change(actor, reason, adds, retracts, key=key, namesakes=namesakes), base=self._base(log))

    # ---- rules, written once

    def _effective(self, change: Change) -> tuple[list[Statement], list[bytes], list[Row]]:
        """Adds not live before (in canonical order, with identities) and rows live before that are retracted."""
        ordered = in_order(change.adds)
        wanted = dict(zip(identities(ordered), ordered, strict=True))
        gone = {identity_of(id) for id in change.retracts}
        live = self._live(change.log, [*wanted, *(one for one in gone if one not in wanted)])
        blocked = self._blocked(wanted, live, change.namesakes) if self._has_erased() else set()
        if not live and not blocked:
            return list(wanted.values()), list(wanted), []
        same = {key for key in gone & wanted.keys() if key in live and live[key].statement == wanted[key]}
        fresh = [(one, key) for key, one in wanted.items() if key not in blocked and key not in same and (key not in live or key in gone)]
        retracts = sorted((live[key] for key in gone if key in live and key not in same), key=lambda row: row.number)
        return [one for one, _ in fresh], [key for _, key in fresh], retracts

    def _blocked(self, wanted: Mapping[bytes, Statement], live: Collection[bytes], namesakes: bool) -> set[bytes]:
        """Identities that an erasure keeps out: the erased statements, and all that names an erased thing."""
        gone = self.gone()
        told: dict[tuple[str, str], list[str]] = {}
        for one in wanted.values():
            told.setdefault((one.subject, one.property), []).append(one.value)
        named = {key: one for key, one in wanted.items() if one.property in ("name", "alias")}
        fresh = {one.subject for one in named.values() if gone.returns(one, told)}
        blocked = {
            key for key, one in wanted.items()
            if gone.has("statement", one.id) or any(id in fresh or gone.has("thing", id) for id in (one.subject, one.value))
        }  # fmt: skip
        for key, one in named.items():
            if key not in blocked and key not in live and not namesakes and gone.named(one.value):
                place = {"subject": one.subject, "property": one.property, "locator": one.locator}
                raise Conflict("erased_namesake", place={what: told for what, told in place.items() if told})
        return blocked

    def _record(
        self, change: Change, request: bytes, adds: Sequence[Statement], keys: Sequence[bytes], retracts: Sequence[Row],
        erases: Sequence[Row],
    ) -> Receipt:  # fmt: skip
        head = self._head(change.log)
        number, time = head.number + 1, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        salts = _salts(len(adds) + 1)
        header_salt = salts.pop()
        header = leaf(header_salt, header_content(number, change.actor, time, change.reason, change.key, request, change.undoes))
        marks = list(leaves(salts, adds))
        gone, emptied = [row.serial for row in retracts], [row.serial for row in erases]
        digest = change_digest(head.digest, change.log, number, header, marks, gone, emptied)
        recorded = Recorded(
            change.log, number, change.actor, time, change.reason, change.key, request, change.undoes,
            len(adds), len(retracts), len(erases), head.digest, digest,
        )  # fmt: skip
        self._write(Entry(recorded, header_salt, header, adds, keys, salts, marks, gone, emptied))
        receipt = Receipt(change.log, number, number, len(adds), len(retracts))
        if change.key:
            self._remember(change, request, receipt)
        return receipt

    def _record_erasure(self, erasure: Erasure, actor: str, reason: str) -> Receipt:
        receipt = None
        self._blank(erasure)
        for log, rows in erasure.rows.items():
            if not rows and log != MAIN:
                continue
            adds = self._untold(log, erasure.retold.get(log, ()), rows)
            change = Change(actor, erasure.masked(reason), log=log)
            done = self._record(change, b"", adds, list(identities(adds)), (), rows)
            receipt = done if log == MAIN else receipt
        assert receipt is not None  # the plan always holds the main log
        return receipt

    def _untold(self, log: str, retold: Iterable[Statement], erased: Iterable[Row]) -> list[Statement]:
        """What is told anew without what is live already: two erasures can mask two names alike."""
        live = self._live(log, [identity(one) for one in retold])
        gone = {row.number for row in erased}
        return sorted(one for one in retold if identity(one) not in live or live[identity(one)].number in gone)

    def _check_untouched(self, log: str, base: int, adds: Sequence[Statement], retracts: Sequence[Row]) -> None:
        later = self._touched(log, base)
        if not later:
            return
        touched = judgements.touched([*adds, *(row.statement for row in retracts)])
        about = self._refused_of(log, touched | later.keys())
        canon = judgements.canonical(self._judgements(log), self._first_told(log, None))

        def whole(id: str) -> str:
            return canon.get(about.get(id, id), about.get(id, id))

        mine = set(map(whole, touched))
        clash = {id: number for id, number in later.items() if whole(id) in mine}
        if clash:
            things = sorted({about.get(id, id) for id in clash})
            raise Conflict("touched_since", things=things, changes=sorted(set(clash.values())), base=base)

    def _refused_of(self, log: str, touched: Iterable[str]) -> Mapping[str, str]:
        """The thing behind each id that is a statement's."""
        ids = [identity_of(id) for id in touched if STATEMENT_ID.fullmatch(id)]
        rows = self._same_identity(log, ids, self._head(log).number) if ids else []
        return {row.statement.id: row.statement.subject for row in rows}

    def _standing_on(self, number: int, log: str) -> list[int]:
        """Later changes that name a thing this one made, or judge a thing this one judged, and what stands on these; ascending."""
        made, judged = self._foundations(log, number)
        found = []
        for later in self._changes(log, number):
            added, retracted = self._of_change(log, later.number)
            rows = [row.statement for row in [*added, *retracted] if not row.erased]
            if any({one.subject, one.value} & (judged if one.property in JUDGEMENTS else made) for one in rows):
                more_made, more_judged = self._foundations(log, later.number)
                made, judged = made | more_made, judged | more_judged
                found.append(later.number)
        return found

    def _foundations(self, log: str, number: int) -> tuple[set[str], set[str]]:
        """Things whose kind a change told, and these with the whole trees of the things that it judged."""
        added, retracted = self._of_change(log, number)
        rows = [row.statement for row in [*added, *retracted] if not row.erased]
        made = {one.subject for one in rows if one.property == "kind"}
        ends = {id for one in rows if one.property in ("same_as", "different_from") for id in (one.subject, one.value)}
        canon = judgements.canonical(self._judgements(log), self._first_told(log, None))
        roots = {canon.get(id, id) for id in ends}
        return made, made | ends | {id for id, root in canon.items() if root in roots}

    def _reversal(self, numbers: Iterable[int], log: str) -> tuple[list[Statement], list[str]]:
        """What takes back these changes (latest first): net adds and retracts."""
        adds: dict[str, Statement] = {}
        retracts: dict[str, Statement] = {}
        for number in numbers:
            added, retracted = self._of_change(log, number)
            for row in added:
                if not row.erased:
                    adds.pop(row.statement.id, None)
                    retracts[row.statement.id] = row.statement
            for row in retracted:
                if not row.erased:
                    adds[row.statement.id] = row.statement
        return list(adds.values()), list(retracts)

    # ---- what an engine supplies; all inside `_transaction()` unless said

    @abstractmethod
    def _transaction(self) -> AbstractContextManager[object]:
        """One write transaction: all or nothing, one at a time over all processes. Nests into the outer one."""

    def _steady(self) -> AbstractContextManager[object]:
        """Around look-ups that have to be of one moment, however long they take; others go on writing where the engine can."""
        return self._transaction()

    @abstractmethod
    def _head(self, log: str) -> Head: ...

    @abstractmethod
    def _base(self, log: str) -> int:
        """The version of main that a log stands on. Raises NotFound `log_unknown`, and for main itself."""

    @abstractmethod
    def _logs(self) -> list[str]: ...

    @abstractmethod
    def _open_log(self, name: str, base: int) -> None: ...

    @abstractmethod
    def _net(self, log: str) -> tuple[list[Row], list[Row]]:
        """A log's live rows of its own, and the rows of main that it retracts."""

    @abstractmethod
    def _answered(self, log: str, actor: str, key: str) -> Answer | None: ...

    @abstractmethod
    def _remember(self, change: Change, request: bytes, receipt: Receipt) -> None: ...

    @abstractmethod
    def _live(self, log: str, identities: Sequence[bytes]) -> Mapping[bytes, Row]:
        """The live rows of these identities."""

    @abstractmethod
    def _known(self, log: str, identity: bytes) -> bool:
        """Whether a statement of this identity was ever told in the log (or in main below it)."""

    @abstractmethod
    def _kinds(self, log: str, ids: Collection[str]) -> Mapping[str, str]:
        """The live kind of each thing that has one."""

    @abstractmethod
    def _judgements(self, log: str) -> list[Row]:
        """Live same_as, different_from and refused rows."""

    @abstractmethod
    def _first_told(self, log: str, ids: Collection[str] | None) -> Mapping[str, int]:
        """The number of the first row that told each thing's kind, live or not: who was made first. None: all ends of same_as."""

    @abstractmethod
    def _about(self, log: str, ids: Collection[str]) -> list[Row]:
        """Live rows whose subject is one of these."""

    @abstractmethod
    def _pointing(self, log: str, ids: Collection[str]) -> list[Row]:
        """Live rows whose value is one of these things. May scan: asked only when a thing's kind goes."""

    @abstractmethod
    def _mentioning(self, log: str, ids: Collection[str], spellings: Collection[str]) -> list[Row]:
        """All rows, live or not, not yet erased, that are of these things (`is_of`) or have one of these spellings in a text. May scan."""

    @abstractmethod
    def _touched(self, log: str, after: int) -> Mapping[str, int]:
        """What changes after that version touched (`judgements.touched`), each with the last such change."""

    @abstractmethod
    def _of_change(self, log: str, number: int) -> tuple[list[Row], list[Row]]: ...

    @abstractmethod
    def _changes(self, log: str, since: int) -> Iterator[Recorded]: ...

    @abstractmethod
    def _write(self, entry: Entry) -> None: ...

    @abstractmethod
    def _blank(self, erasure: Erasure) -> None:
        """Empties the rows, reasons, keys and blobs of a plan, and remembers its tokens."""

    @abstractmethod
    def _forget(self, erasure: Erasure) -> None:
        """After the commit: what else of the erased may lie about (log files, caches, backups). Outside the transaction."""

    def _token(self, *parts: str) -> str:
        return token(self._key, *parts)

    def _is_erased(self, *parts: str) -> bool:
        """Whether an erasure left this token: a keyed hash, so the list itself names nobody."""
        return self._has_erased() and self._is_blocked(self._token(*parts))

    @abstractmethod
    def _has_erased(self) -> bool: ...

    @abstractmethod
    def _is_blocked(self, token: str) -> bool: ...

    @abstractmethod
    def _tokens(self) -> Collection[str]:
        """All that erasures left."""

    @abstractmethod
    def _block(self, tokens: Collection[str]) -> None: ...

    @abstractmethod
    def _number_things(self, ids: Sequence[str]) -> None:
        """In an empty store: gives these ids the slots 0, 1, 2 …; an empty one leaves its slot to a thing that was erased."""

    @abstractmethod
    def _answers(self, log: str) -> Iterator[tuple[str, str, Answer]]:
        """Actor, key and answer of all that is remembered, in order of actor and key."""

    @abstractmethod
    def _keep(self, digest: str, data: bytes, check: str) -> bool:
        """Keeps bytes under a name, with the digest of what they are now; False where the name is taken."""

    @abstractmethod
    def _blobs(self) -> Iterator[str]: ...

    @abstractmethod
    def _blob_check(self, digest: str) -> str:
        """The digest of the bytes as they are kept now: the blob's own, or that of its blanked form."""

    def _reading(self) -> AbstractContextManager[object]:
        """Around look-ups outside a transaction: the engine's own errors as ours."""
        return nullcontext()

    @property
    def label(self) -> str:
        """What this store says it is: empty for a user's own, else demo or generated."""
        return ""

    @abstractmethod
    def _begin_copy(self, label: str) -> None:
        """Marks an empty store as unfinished: until `_end_copy` nobody else uses it. What an interrupted copy left there goes first.

        Outside a transaction. Raises Conflict `copy_target_not_empty`.
        """

    @abstractmethod
    def _end_copy(self) -> None:
        """Takes that mark off, inside the transaction that found the copy to be equal."""

    def _verify_pages(self) -> Iterator["Check"]:
        """What the engine itself can tell about its files."""
        return iter(())

    @abstractmethod
    def _evidence(self, log: str, number: int) -> Evidence:
        """What a change's digest was made from."""


@contextmanager
def _uncollected(size: int) -> Iterator[None]:
    """Rests the garbage collector during a large append: it walks millions of living tuples in vain (12 % at 1.5 M)."""
    resting = size > 20_000 and gc.isenabled()
    if resting:
        gc.disable()
    try:
        yield
    finally:
        if resting:
            gc.enable()


def _salts(count: int) -> list[bytes]:
    data = secrets.token_bytes(16 * count)
    return [data[start : start + 16] for start in range(0, len(data), 16)]


def _asked(change: Change, *what: str) -> bytes:
    """The request digest of what is worked out from the state: what was asked, since the sets differ the second time."""
    return blake2b(pack(change.request_digest(), *what), digest_size=32).digest() if change.key else b""


def _check_header(change: Change) -> None:
    """What a person says of a change is held to what is said in it."""
    for field in ("actor", "reason", "key"):
        check_text(getattr(change, field), field=field)
    for id in change.retracts:
        if not STATEMENT_ID.fullmatch(id):
            raise InvalidData("id_malformed", id=ascii(id[:80]))


def log_name(name: str) -> str:
    """The name itself where it is a plain word (letters, digits, - and _, up to 64). Raises InvalidData `log_name_refused`."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        raise InvalidData("log_name_refused", log=name[:80])
    return name
