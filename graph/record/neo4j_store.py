"""The shared store: the log in Neo4j is the truth, and every process answers from a replica of it.

The replica is a SQLite store under `<home>/replica-<uuid>/`, encrypted with the key that all machines share: look-ups, rules and
snapshots are those of the embedded store, so the answers are the same bytes. It may be deleted at any time. A write follows the log to
its head, runs its rules on the replica inside a local transaction, and tells the log what came of it: where another process came first,
it is rolled back, follows and runs again. There is no lock that a lost client could hold.
"""

import random
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from functools import cached_property, wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from graph.record.backup import Check
from graph.record.erasure import Erasure
from graph.record.errors import Conflict, Forbidden, InvalidData, LimitExceeded, NotFound, StoreUnavailable
from graph.record.keys import shared_key, token
from graph.record.model import Change, Entry, Receipt
from graph.record.neo4j_database import ACT, Act, Address, Database
from graph.record.neo4j_graph import ReadableGraph
from graph.record.neo4j_log import MovedError, Seen, SharedLog, State, Telling, Told, Written, pages
from graph.record.sqlite_store import SqliteStore
from graph.record.store import ZERO, Answer
from graph.record.transfer import Answered, Blocked, Item, Kept, Opened, Things, entry, kept, pack, replay, unpack

P = ParamSpec("P")
T = TypeVar("T")
_PATIENCE, _TRIES = 9.0, 8
"""Seconds of waiting for the server after which a write that others keep overtaking is not tried again, and how often one is tried that
is longer than that by itself."""
_FOLLOWED = 6.5
"""Seconds for which whoever follows in this process may hold its lock where the server is gone: they count as the act's."""
_DAMAGED = "damaged"
"""A file beside a replica in which something was found damaged."""
_OVERTAKEN, _COURTESY = 1.0, 5.0
"""After so many seconds without luck it asks to be let pass (small ones are through before), and others wait so many at most, by their own
clock: whoever asked may be gone, and what they write themselves is to be answered in time."""


class _OverlappedError(Exception):
    """Told, but something of another log came before it: the replica takes both in their order."""


def _rebased(act: "Callable[Concatenate[Neo4jStore, P], T]") -> "Callable[Concatenate[Neo4jStore, P], T]":
    """Runs an act again, on the newer state, where another process's change came first. Raises StoreUnavailable `store_contended`.

    One deadline for the whole act, however often it is run: it waits for the server for WRITE (12) seconds in all, so that it is answered
    within the 15 that are promised, and no run of it begins after _PATIENCE (9) of them. What it takes by itself (rules, parts that are
    loaded) is not waiting, and is given to it once more to wait: a small act has what is promised, and a large import, each of whose
    runs takes longer, is run _TRIES (8) times before it is given up, in at most twice its own time.
    """

    @wraps(act)
    def run(store: "Neo4jStore", /, *args: P.args, **kwargs: P.kwargs) -> T:
        begun = time.monotonic()
        with store._lock:
            if store._depth:  # within another act, which is run again as a whole
                return act(store, *args, **kwargs)
            waited = min(time.monotonic() - begun, _FOLLOWED)
            mine = Act(waited, time.monotonic() - waited)
            with _at(mine):
                return store._tried(mine, lambda: act(store, *args, **kwargs))

    return run


@contextmanager
def _at(act: Act) -> Iterator[None]:
    before = ACT.set(act)
    try:
        yield
    finally:
        ACT.reset(before)


class Neo4jStore(SqliteStore):
    """The store of a database, with its replica under `home`.

    `unfinished` as in `SqliteStore`. Raises StoreUnavailable (`shared_store_absent`: `lianyin store init` makes it), Forbidden where key
    or password do not fit.
    """

    _is_copy = True  # no head file and no backups of its own: the log holds the digest
    _rebuilt: str | None = None

    def __init__(self, address: Address, home: Path, *, unfinished: bool = False) -> None:
        self.address = str(address)
        self._shared = SharedLog(Database(address))
        self._me = secrets.token_hex(8)
        try:
            self._shared.database.check_version()
            state, key = self._shared.state(), shared_key()
            _check_key(state, key)
            self._following = False
            self._telling: list[Item] = []
            self._erasing: _Blanking | None = None
            self._shared.copier = state.copying if unfinished else ""
            self._open_replica(Path(home), state, key)
            self._shared.sweep()
        except BaseException:
            self._shared.close()
            raise

    def _open_replica(self, home: Path, state: State, key: bytes) -> None:
        folder = _replica(home, state)
        for last in (False, True):
            folder.mkdir(parents=True, exist_ok=True)
            try:
                self._connect(home, folder / "store.db", state.uuid, key)
                with self._errors():
                    with self._replaying():
                        self._prepare(state.label)
                    self._all("PRAGMA wal_checkpoint(TRUNCATE)")  # an erasure's that was killed
                    if (folder / _DAMAGED).exists():
                        raise StoreUnavailable("replica_damaged", place={"file": str(self.path)})
                if not self._shared.copier:  # what was left may be no log that can be followed
                    self.follow()
            except StoreUnavailable as error:
                if last or error.code not in ("store_unreadable", "replica_damaged", "not_a_store", "store_newer"):
                    raise
                vars(self).pop("_words", None)  # what was mirrored is of that file
                shutil.rmtree(folder)  # it holds nothing that the log does not
            else:
                return

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """What is found damaged is made anew at the next opening."""
        try:
            with super()._errors():
                yield
        except StoreUnavailable as error:
            if error.code != "store_unreadable":
                raise
            (self.path.parent / _DAMAGED).touch()
            raise StoreUnavailable("replica_damaged", place={"file": str(self.path)}) from error

    def close(self) -> None:
        """Writes the cache of the last snapshot and ends all connections."""
        try:
            with self._reading():
                self._write_cache()
                self._db.close()
        finally:
            self._shared.close()

    @cached_property
    def readable(self) -> ReadableGraph:
        """The readable graph of the same database."""
        return ReadableGraph(self._shared.database)

    # ---- following

    def follow(self) -> int:
        """Takes in what the log has told until now, and returns the version of main.

        Raises StoreUnavailable `shared_log_damaged` where the log is not whole, whatever is tried, `shared_log_older` where the database
        was brought back to before what was followed: changes that were acknowledged, and erasures, are missing there.
        """
        with self._lock:
            for _ in range(_TRIES):
                try:
                    self._catch_up()
                    return self.head().number
                except MovedError:
                    if (seen := self._seen()) and self._shared.went_back(seen):
                        place = {"store": self.address, "file": str(self.path.parent)}
                        raise StoreUnavailable("shared_log_older", place=place, sequence=seen.sequence) from None
                    with suppress(MovedError):  # an erasure in the middle of it
                        self._rebuild()
            raise StoreUnavailable("shared_log_damaged", place={"store": self.address})

    def _catch_up(self) -> None:
        seen, page = self._next()
        last = self._shared.last  # what is told meanwhile is followed later: who writes all the while would hold us for ever
        while self._take(seen, page) and (seen := self._seen() or seen).sequence < last:
            seen, page = self._next()

    def _next(self) -> tuple[Seen, list[Told]]:
        seen = self._seen()
        if seen is None:
            raise MovedError
        return seen, self._shared.since(seen)

    def _take(self, seen: Seen, page: Sequence[Told]) -> bool:
        """Replays a page, unless another connection to the replica has done so; False where there was nothing."""
        if not page:
            return False
        with self._replaying():
            if self._seen() == seen:
                self._replay(page, seen)
        return True

    def _replay(self, page: Sequence[Told], seen: Seen) -> Seen:
        for one in page:
            replay(self, unpack(one.data))
        seen = seen._replace(sequence=page[-1].sequence, attempt=page[-1].attempt)
        self._set_seen(seen)
        return seen

    @contextmanager
    def _replaying(self) -> Iterator[None]:
        """A transaction of the replica alone."""
        self._following = True
        try:
            with super()._transaction():
                yield
        finally:
            self._following = False

    def _rebuild(self) -> None:
        """The replica anew from the log, in one transaction: after an erasure, or where the log is not the one that was followed."""
        with self._reading():
            state = self._shared.state()
            with self._replaying():
                self._empty(state.label)
                self._db.execute("INSERT INTO meta VALUES('rebuilt', ?)", (str(time.time_ns()),))
                if things := self._shared.things():
                    replay(self, unpack(things))
                seen = Seen(erasures=state.erasures)
                self._set_seen(seen)
                for page in pages(self._shared, seen):
                    seen = self._replay(page, seen)
            self._wipe()

    def _seen(self) -> Seen | None:
        with self._reading():
            told = self._meta("seen").split()
        return Seen(int(told[0]), told[1].strip("-"), int(told[2])) if told else None

    def _set_seen(self, seen: Seen) -> None:
        told = f"{seen.sequence} {seen.attempt or '-'} {seen.erasures}"
        self._db.execute("INSERT OR REPLACE INTO meta VALUES('seen', ?)", (told,))

    def _notice_erasures(self) -> None:
        super()._notice_erasures()
        self._notice_rebuilding()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with super()._reading():
            self._notice_rebuilding()  # a snapshot that is held reads on
            yield

    def _notice_rebuilding(self) -> None:
        """A replica that was rebuilt through another connection has other numbers for the same words."""
        if (rebuilt := self._meta("rebuilt")) != self._rebuilt:
            self._rebuilt = rebuilt
            self._forget_interned()
            self._last.clear()

    # ---- telling

    def _tried(self, act: Act, run: Callable[[], T]) -> T:
        """Runs an act until it is told; see `_rebased`."""
        tries, asked = 0, False
        while act.waited < _PATIENCE + act.own and (tries < _TRIES or act.age < _PATIENCE):
            tries += 1
            try:
                return run()
            except MovedError:
                asked = act.age > _OVERTAKEN
                if asked:
                    self._shared.ask(self._me)
            except (InvalidData, NotFound, Conflict, LimitExceeded):
                self._ends_asking(asked)
                raise
            time.sleep(random.uniform(0, 0.02))
        self._ends_asking(asked)
        raise StoreUnavailable("store_contended")

    def _ends_asking(self, asked: bool) -> None:
        if asked:
            with suppress(StoreUnavailable):  # the others wait a little longer
                self._shared.enough(self._me)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            if self._depth:
                yield
                return
            self.follow()
            self._let_pass()
            self._telling, self._erasing = [], None
            try:
                with super()._transaction():
                    yield
                    self._tell()
            except _OverlappedError:
                self.follow()
            finally:
                self._telling, self._erasing = [], None

    @contextmanager
    def _steady(self) -> Iterator[None]:
        with self._lock:
            self.follow()
            with super()._steady():
                yield

    def _let_pass(self) -> None:
        """Waits for one that was overtaken and asks to be let pass."""
        late = time.monotonic() + _COURTESY
        while self._shared.asking not in ("", self._me):
            if time.monotonic() > late:
                self._shared.enough(self._shared.asking)
                return
            with act.waiting() if (act := ACT.get()) else nullcontext():
                time.sleep(0.05)
            self.follow()

    def _tell(self) -> None:
        """Tells the log what this transaction did; the replica's own commit follows."""
        seen = self._seen()
        if not self._telling or seen is None:
            return
        telling = self._told()
        before = self._shared.tell(telling, seen)
        if before != seen.sequence:
            raise _OverlappedError
        last = len(telling.entries) - 1
        self._set_seen(Seen(before + last + 1, f"{telling.attempt}:{last}", seen.erasures + telling.renews))

    def _told(self) -> Telling:
        opened = {item.log for item in self._telling if isinstance(item, Opened)}
        things = next((pack(item) for item in self._telling if isinstance(item, Things)), b"")
        written = [self._written(item) for item in self._telling if not isinstance(item, Things)]
        begun: dict[str, object] = {"number": 0, "digest": ZERO.hex()}
        heads = {log: {"log": log, "base": self._base(log), **begun} for log in opened}
        logs: dict[str, int] = {}
        for item in self._telling:
            if isinstance(item, Entry):
                log, number = item.recorded.log, item.recorded.number
                heads[log] = {**heads.get(log, {"log": log}), "number": number, "digest": item.recorded.digest.hex()}
                if log not in opened:
                    logs.setdefault(log, number - 1)
        told = Telling(written, list(heads.values()), logs, things=things, by=self._me)
        return self._erasing.told(self, told) if self._erasing else told

    def _written(self, item: Item) -> Written:
        data = pack(item)
        match item:
            case Entry(recorded=one):
                facts = {"log": one.log, "number": one.number, "time": one.time, "digest": one.digest.hex()}
                return Written(f"change:{one.log}:{one.number}", "Change", data, facts)
            case Opened(log):
                return Written(f"log:{log}", "Log", data)
            case Answered(actor, key, answer):
                return Written(self._key_id(answer.receipt.log, actor, key), "Key", data)
            case Kept(digest):
                return Written(f"blob:{digest}", "Blob", data)
            case Blocked():
                return Written(f"erased:{secrets.token_hex(8)}", "Erasure", data)
        raise AssertionError(item)

    def _key_id(self, log: str, actor: str, key: str) -> str:
        return "key:" + token(self._key, "key", log, actor, key)

    def _note(self, item: Item) -> None:
        if not self._following:
            self._telling.append(item)

    def _write(self, entry: Entry) -> None:
        super()._write(entry)
        self._note(entry)

    def _open_log(self, name: str, base: int) -> None:
        super()._open_log(name, base)
        self._note(Opened(name, base))

    def _remember(self, change: Change, request: bytes, receipt: Receipt) -> None:
        super()._remember(change, request, receipt)
        self._note(Answered(change.actor, change.key, Answer(request, receipt)))

    def _keep(self, digest: str, data: bytes, check: str) -> bool:
        fresh = super()._keep(digest, data, check)
        if fresh:
            self._note(Kept(digest, check, data))
        return fresh

    def _block(self, tokens: "Sequence[str] | set[str]") -> None:  # type: ignore[override]
        super()._block(tokens)
        self._note(Blocked(tuple(sorted(tokens))))

    def _number_things(self, ids: Sequence[str]) -> None:
        super()._number_things(ids)
        self._note(Things(tuple(ids)))

    append = _rebased(SqliteStore.append)
    undo = _rebased(SqliteStore.undo)
    merge = _rebased(SqliteStore.merge)
    split = _rebased(SqliteStore.split)
    accept = _rebased(SqliteStore.accept)
    open_log = _rebased(SqliteStore.open_log)
    keep = _rebased(SqliteStore.keep)
    erase = _rebased(SqliteStore.erase)

    def _verify_pages(self) -> Iterator[Check]:
        """The bytes of every entry in the log, and whether the heads there are those of our chain: others write on meanwhile."""
        for last in (False, True):
            count, problem = 0, ""
            try:
                for page in pages(self._shared, Seen(erasures=self._shared.state().erasures)):
                    for one in page:
                        count, problem = count + 1, f"entry {one.sequence} was altered"
                        unpack(one.data)
                problem = "" if self._heads_fit() else "the heads differ"
            except StoreUnavailable as error:
                if isinstance(error, MovedError) and not last:
                    continue  # an erasure in the middle of it
                problem = problem if error.code == "transfer_damaged" else "the log cannot be read"
            break
        yield Check("shared log", count, problem)
        yield from super()._verify_pages()

    def _heads_fit(self) -> bool:
        """Whether the heads in the log are not behind ours, and are on our chain once we have followed to them."""
        before, heads = dict(self._digests()), self._shared.heads()
        self.follow()
        ours = {log: (number, (self._digest(log, number) or b"").hex()) for log, (number, _) in heads.items() if log in self._logs()}
        return heads == ours and all(log in heads and heads[log][0] >= number for log, (number, _) in before.items())

    def _digests(self) -> Iterator[tuple[str, tuple[int, str]]]:
        for log in self._logs():
            number, digest = self._head(log)
            yield log, (number, digest.hex())

    # ---- copies

    def _begin_copy(self, label: str) -> None:
        with self._lock:
            self._shared.begin_copy(self._me, label)
            self._rebuild()

    def _end_copy(self) -> None:
        self._shared.end_copy()

    # ---- erasure

    def _blank(self, erasure: Erasure) -> None:
        self._erasing = _Blanking.of(self, erasure)
        super()._blank(erasure)
        self._db.execute("DELETE FROM meta WHERE key = 'erasing'")  # there are no backups to go on with

    def _forget(self, erasure: Erasure) -> None:
        with self._reading():
            self._wipe()
        self._shared.sweep()


class _Blanking:
    """What an erasure changes of what was told before: found before the rows are emptied, packed again after."""

    def __init__(self, changes: Mapping[str, Sequence[int]], keys: list[str], blobs: list[str]) -> None:
        self._changes, self._keys, self._blobs = changes, keys, blobs

    @classmethod
    def of(cls, store: Neo4jStore, erasure: Erasure) -> "_Blanking":
        keys = [store._key_id(log, *answered) for log, forgotten in erasure.keys.items() for answered in forgotten]
        return cls(erasure.changes, keys, list(erasure.blobs))

    def told(self, store: Neo4jStore, telling: Telling) -> Telling:
        blanked = [
            store._written(entry(store, next(store._changes(log, number - 1))))
            for log, numbers in self._changes.items() for number in numbers
        ]
        blanked += [store._written(kept(store, digest)) for digest in self._blobs]
        things = pack(Things(tuple(store._things.all())))
        return replace(telling, blanked=blanked, dropped=self._keys, things=things)


def init(address: Address, label: str = "") -> State:
    """Makes constraints, store and head of a database where they are missing.

    Raises Forbidden where the store has another key, Conflict `names_taken` where others have something under our names.
    """
    key = shared_key()
    shared = SharedLog(Database(address))
    readable = ReadableGraph(shared.database)
    try:
        shared.database.check_version()
        if foreign := readable.foreign():
            raise Conflict("names_taken", place={"store": str(address)}, what=", ".join(foreign))
        state = shared.init(token(key, "lianyin"), label)
        _check_key(state, key)
        readable.prepare()
        return state
    finally:
        shared.close()


def forget_replica(address: Address, home: Path) -> set[str]:
    """Takes this machine's replica away, to be made anew from the log as it is; returns the hashes of the erased that it knew."""
    shared, key = SharedLog(Database(address)), shared_key()
    try:
        state = shared.state()
        _check_key(state, key)
    finally:
        shared.close()
    folder = _replica(home, state)
    tokens: set[str] = set()
    if (folder / "store.db").exists():
        with suppress(StoreUnavailable), SqliteStore.over(folder / "store.db", state.uuid, key) as old:
            tokens = set(old._tokens())
        shutil.rmtree(folder)
    return tokens


def _replica(home: Path, state: State) -> Path:
    return home / f"replica-{state.uuid}"


def _check_key(state: State, key: bytes) -> None:
    if state.key != token(key, "lianyin"):
        raise Forbidden("shared_key_other")
