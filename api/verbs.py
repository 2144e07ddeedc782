"""What one can do, once: every command and every route calls one of these functions. All return plain data for JSON.

`VERBS` says of each whether it is served over HTTP (by the route whose operation bears its name) or local to the machine.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.originals import Originals
from api.security import Tokens
from graph.analysis.privacy import is_open, open_ones, said, withheld
from graph.record import backup as backups
from graph.record.erasure import named
from graph.record.errors import Conflict, InvalidData, NotFound
from graph.record.model import MAIN, Change, Receipt, Recorded, Row, Statement, desk, digest_hex, thing_id
from graph.record.ontology import DIGESTS, check_text, ontology
from graph.record.snapshot import Fact, Snapshot, Thing
from graph.record.sqlite_store import SqliteStore

if TYPE_CHECKING:
    from graph.analysis import exchange
    from graph.analysis.search import Hit, SearchIndex
    from seeds.reading import Reading

Data = dict[str, Any]
Progress = Callable[[str], None]

VERBS: Mapping[str, str] = {
    "import": "served", "show": "served", "search": "served", "set": "served", "unset": "served", "merge": "served",
    "split": "served", "history": "served", "diff": "served", "undo": "served", "export": "served",
    "suggest": "served", "group": "served", "decide": "served", "map": "served", "needs": "served", "data-worth": "served",
    "serve": "local", "token": "local", "store": "local", "copy": "local",
    "demo": "local", "read": "local", "backup": "local", "restore": "local", "verify": "local", "erase": "local", "doctor": "local",
}  # fmt: skip


def _quiet(step: str) -> None:
    """No progress wanted."""


# ---- getting in


def demo(store: SqliteStore, actor: str, *, city: int = 0, progress: Progress = _quiet) -> Data:
    """Opens the think tank of the first run (or a generated city), read in once, and tells what is in it."""
    if not store.head().number:
        progress("reading")
        readings = _generated(city) if city else _first_run()
        progress("resolving")
        _append_readings(store, readings, actor, "生成的城市" if city else "首次运行的智库", retract=False, progress=progress)
    return tour(store)


def _generated(workshops: int) -> "list[Reading]":
    from seeds import city

    return [city.generate(workshops)]


def _first_run() -> "list[Reading]":
    from seeds import resolution

    return resolution.first_run()


def import_file(
    store: SqliteStore, path: Path, actor: str, *, series: str = "", mapping: Path | None = None, kind: str = "", retract: bool = False,
    namesakes: bool = False, progress: Progress = _quiet,
) -> Data:  # fmt: skip
    """Takes a text or a CSV table in as one change; says what it adds, what it no longer tells, and what had to be left out.

    `namesakes` says that names of erased people in it are other people's. Raises NotFound `file_unknown`, InvalidData with file,
    sheet, row and column, Conflict `erased_namesake`, LimitExceeded.
    """
    if not path.is_file():
        raise NotFound("file_unknown", place={"file": str(path)})
    told = mapping.read_text("utf-8") if mapping else ""
    return import_bytes(
        store, path.name, path.read_bytes(), actor, series=series, mapping=told, kind=kind, retract=retract, namesakes=namesakes,
        progress=progress,
    )  # fmt: skip


def import_bytes(
    store: SqliteStore, name: str, data: bytes, actor: str, *, series: str = "", mapping: str = "", kind: str = "", retract: bool = False,
    namesakes: bool = False, key: str = "", progress: Progress = _quiet,
) -> Data:  # fmt: skip
    """Takes in the bytes of a file of that name; `mapping` is the mapping's text. Nothing is written before the step `keeping`."""
    progress("reading")
    reading = _reading(name, data, series=series, mapping=mapping, kind=kind)
    asked = ("import", name, digest_hex(data), series, mapping, kind, str(retract))
    done = _append_readings(
        store, [reading], actor, f"导入《{name}》", retract=retract, namesakes=namesakes, key=key, asked=asked, progress=progress
    )
    changed = diff(store, done["change"] - 1, done["change"]) if done["change"] else {"added": [], "retracted": []}
    return {**done, "added": changed["added"], "retracted": changed["retracted"]}


def _reading(name: str, data: bytes, *, series: str = "", mapping: str = "", kind: str = "") -> "Reading":
    if name.lower().endswith(".csv"):
        from seeds import tables

        return tables.read_named(name, data, mapping=mapping, series=series, kind=kind)
    from seeds import announcements, documents

    return announcements.read(documents.read_bytes(data, name=name))


def read(path: Path) -> Data:
    """What a file tells, without storing anything: document, clean text, things, statements with quote and spans."""
    from seeds import announcements

    if not path.is_file():
        raise NotFound("file_unknown", place={"file": str(path)})
    return announcements.as_json(_reading(path.name, path.read_bytes()))


def _append_readings(
    store: SqliteStore, readings: "Iterable[Reading]", actor: str, reason: str, *, retract: bool, namesakes: bool = False,
    progress: Progress, key: str = "", asked: tuple[str, ...] = (),
) -> Data:  # fmt: skip
    from seeds import resolution

    readings = list(readings)
    snapshot = store.snapshot()
    resolved = resolution.resolve(readings, snapshot)
    progress("keeping")
    kept = [data for reading in readings for data in reading.blobs.values()]
    progress("recording")
    retracts = tuple(resolved.retractions) if retract else ()
    change = Change(actor, reason, tuple(resolved.adds), retracts, key=key, namesakes=namesakes, asked=asked)
    done = store.append(change, base=snapshot.version, keeping=kept)
    names = Names(store.snapshot())
    waiting = [] if retract else [described(names.snapshot.statement(id).statement, names) for id in resolved.retractions]
    told = {"unchanged": resolved.unchanged, "notes": resolved.notes, "namesakes": resolved.namesakes}
    return {**receipt(done), **told, "retractions": waiting}


# ---- looking


def tour(store: SqliteStore) -> Data:
    """What is known, in numbers that each open a list of exactly that many rows, and a few things to look at."""
    snapshot = store.snapshot()
    counts = {kind: len(snapshot.live(kind)) for kind in ontology().kind_ids}
    workshops = [snapshot.thing(snapshot.id(number)) for number in snapshot.live("workshop")[:3].tolist()]
    return {
        "label": store.label, "home": str(store.home), "version": snapshot.version,
        "counts": {kind: count for kind, count in counts.items() if count},
        "examples": [{"id": thing.id, "name": thing.name} for thing in workshops],
    }  # fmt: skip


def show(store: SqliteStore, id: str, *, version: int | None = None) -> Data:
    """All we know of one thing: each fact with its state, its source and its sentence; and who points to it."""
    snapshot = store.snapshot(version)
    return shown(store, snapshot, id, Names(snapshot))


def shown(store: SqliteStore, snapshot: Snapshot, id: str, names: "Names", *, personal: bool = False) -> Data:
    """A thing as a snapshot has it; with `personal` also the facts that the ontology marks as personal or sensitive."""
    thing = snapshot.thing(id)
    originals = Originals(store, snapshot)
    return {
        "id": thing.id, "kind": thing.kind, "name": thing.name, "members": list(thing.members), "etag": thing.etag,
        "version": snapshot.version,
        "facts": [_fact(fact, names, originals) for fact in thing.facts if personal or is_open(fact.property_id)],
        "inferred": _inferred(snapshot, thing, names),
        "incoming": [_incoming(row, names) for row in snapshot.incoming(thing.id) if personal or is_open(row.statement.property)],
    }  # fmt: skip


class Names:
    """Names of things in one snapshot, read once each, or all at once where they are at hand (per slot); may be shared by threads."""

    def __init__(self, snapshot: Snapshot, all: Sequence[str] = ()) -> None:
        self.snapshot = snapshot
        self._all = all
        self._known: dict[str, str] = {}

    def of(self, id: str) -> str:
        """The name that shows; empty where there is no such thing or no name."""
        if self._all:
            return self._all[self.snapshot.number(id)] if self.snapshot.has(id) else ""
        if id not in self._known:
            self._known[id] = self.snapshot.thing(id).name if self.snapshot.has(id) else ""
        return self._known[id]

    def value(self, property_id: str, value: str) -> str:
        """How a value is shown: a reference's name, a code's label, else the value."""
        prop = ontology().properties[property_id]
        return self.of(value) if prop.type == "ref" else said(property_id, ontology().label(property_id, value))


def _inferred(snapshot: Snapshot, thing: Thing, names: Names) -> list[Data]:
    """What follows from the facts of a thing without being told, with the statements it rests on."""
    from graph.analysis.derive import DERIVED_FOR, RULES, derived

    if thing.kind not in DERIVED_FOR:
        return []
    guesses = {property_id: derived(snapshot).guess(thing.id, property_id) for property_id in RULES}
    return [
        {"property": property_id, "value": guess.value, "shown": names.value(property_id, guess.value), "evidence": list(guess.evidence),
         "words": list(guess.words)}
        for property_id, guess in guesses.items() if guess
    ]  # fmt: skip


def _fact(fact: Fact, names: Names, originals: Originals) -> Data:
    one = fact.row.statement
    return {
        "id": one.id, "subject": one.subject, "property": one.property, "value": said(one.property, one.value),
        "shown": names.value(one.property, one.value), "state": fact.state,
        "current": fact.current, "conflict": fact.conflict, "since": one.since, "until": one.until, "confidence": one.confidence,
        "rule": one.rule, "source": one.source, "locator": one.locator,
        "serial": str(fact.row.serial), "quote": originals.quote(one),
    }  # fmt: skip


def _incoming(row: Row, names: Names) -> Data:
    one = row.statement
    return {"id": one.subject, "name": names.of(one.subject), "property": one.property, "statement": one.id}


def search(store: SqliteStore, query: str, *, kind: str = "", k: int = 20) -> Data:
    """Finds things by name, alias, traditional characters, pinyin, initials (gya) or with one typo."""
    snapshot = store.snapshot()
    return found(Names(snapshot), search_index(snapshot), query, kind=kind, k=k)


def found(names: Names, index: "SearchIndex", query: str, *, kind: str = "", k: int = 20) -> Data:
    """What the index of the names' snapshot finds."""
    if kind and kind not in ontology().kinds:
        raise InvalidData("code_unknown", value=kind[:40], scheme="kind")
    kinds = [kind] if kind else None
    hits = index.search(query, k=k, kinds=kinds)
    total = len(hits) if len(hits) < k else index.count(query, kinds)
    return {"query": query, "version": names.snapshot.version, "total": total, "hits": [_hit(names, hit) for hit in hits]}


def _hit(names: Names, hit: "Hit") -> Data:
    """Cells from columns: assembling each thing would take as long as three searches."""
    snapshot, slot = names.snapshot, hit.number
    unit, place = (int(snapshot.column(name)[slot]) for name in ("organisation", "place"))
    id = snapshot.id(slot)
    return {
        "id": id, "kind": ontology().kind_ids[snapshot.kind[slot]], "name": names.of(id),
        "unit": names.of(snapshot.id(unit)) if unit >= 0 else "", "place": names.of(snapshot.id(place)) if place >= 0 else "",
        "score": round(float(hit.score), 6), "how": hit.how,
    }  # fmt: skip


def search_index(snapshot: Snapshot) -> "SearchIndex":
    """The index over names and aliases of everything that is worth finding by name."""
    from graph.analysis.search import Entry, SearchIndex

    slots, properties, _, texts = snapshot.texts(("name", "alias"))
    told: dict[int, list[tuple[str, float]]] = {}
    alias = ontology().property_ids.index("alias")
    for slot, property_index, text in sorted(zip(slots.tolist(), properties.tolist(), texts, strict=True), key=lambda one: one[:2]):
        told.setdefault(slot, []).append((text, 0.9 if property_index == alias else 1.0))
    kinds, kind_ids = snapshot.kind, ontology().kind_ids
    return SearchIndex([Entry(slot, kind_ids[kinds[slot]], lines) for slot, lines in told.items()])


def history(store: SqliteStore, id: str | None = None, *, last: int = 20) -> Data:
    """The last changes of the log, or everything that was ever told of one thing."""
    if id is None:
        head = store.head().number
        changes = list(store.changes(max(0, head - last)))
        return {"version": head, "changes": [recorded(one) for one in reversed(changes)]}
    return history_of(Names(store.snapshot()), id)


def history_of(names: Names, id: str) -> Data:
    """Everything that was ever told of one thing, as the names' snapshot has it."""
    snapshot = names.snapshot
    rows = [
        {**described(row.statement, names), "added": row.serial.change, "retracted": row.retracted or None} for row in snapshot.history(id)
        if is_open(row.statement.property)
    ]
    return {"version": snapshot.version, "id": id, "statements": rows}


def recorded(one: Recorded) -> Data:
    """A change without its contents."""
    return {
        "number": one.number, "time": one.time, "actor": one.actor, "reason": withheld(one.reason), "adds": one.adds,
        "retracts": one.retracts, "erases": one.erases, "undoes": one.undoes or None,
    }  # fmt: skip


def diff(store: SqliteStore, first: int, second: int | None = None, names: Names | None = None) -> Data:
    """What became told and what ceased to be between two versions, net: named as of the second one (unless `names` are given) and of the
    first one, where what is gone was there.
    """
    upto = store.head().number if second is None else second
    added, retracted = (open_ones(told) for told in net(store, first, upto))
    names = names or Names(store.snapshot(upto))
    before = Names(store.snapshot(first)) if retracted else names
    return {
        "from": first, "to": upto, "added": [described(one, names) for one in added],
        "retracted": [described(one, before) for one in retracted],
    }  # fmt: skip


def net(store: SqliteStore, first: int, upto: int) -> tuple[list[Statement], list[Statement]]:
    """The statements that are told at `upto` and were not at `first`, and the other way about; what was erased left out.

    Raises NotFound `version_unknown`.
    """
    if not 0 <= first <= upto <= store.head().number:
        raise NotFound("version_unknown", version=first, head=store.head().number)
    balance: Counter[Statement] = Counter()
    for number in range(first + 1, upto + 1):
        added, retracted = store.told_in(number)
        balance.update(row.statement for row in added if not row.erased)
        balance.subtract(row.statement for row in retracted if not row.erased)
    ordered = sorted(balance.items())
    return [one for one, count in ordered if count > 0], [one for one, count in ordered if count < 0]


def described(one: Statement, names: Names) -> Data:
    """A statement in words: who, what, value as shown, source."""
    subject = one.subject if one.property != "refused" else ""
    return {
        "id": one.id, "subject": one.subject, "name": names.of(subject) if subject else "", "property": one.property,
        "value": said(one.property, one.value), "shown": names.value(one.property, one.value), "source": one.source,
    }  # fmt: skip


# ---- saying and judging


def set_fact(
    store: SqliteStore, id: str, property_id: str, value: str, actor: str, *, since: str = "", until: str = "", reason: str = "",
    key: str = "", match: str = "", namesakes: bool = False, instead: Sequence[str] = (),
) -> Data:  # fmt: skip
    """Says a fact at the desk; an earlier word of the same desk on a property that shows one value is taken back.

    `instead` are statements that it answers: put aside in the same change, so that one undo brings them back. `match` is the thing's
    etag as the writer saw it: where it is another one now, Conflict `thing_changed`. Raises NotFound `statement_unknown`,
    `blob_unknown` where the value should be the digest of kept bytes.
    """
    from seeds.dates import written_date

    source = desk(actor)
    prop = ontology().labelled(property_id) or ontology().property(property_id)
    if prop.id in DIGESTS:
        store.kept(value)
    snapshot, thing = seen(store, id, actor, key=key, match=match)
    value = written_date(value) if prop.type == "date" else value
    new = Statement(thing.id, prop.id, value, source, written_date(since), written_date(until))
    refusals, taken = put_aside(_rows_of(snapshot, thing, instead), actor, reason)
    old = () if prop.many else _own_words(thing, prop.id, source)
    asked = ("set", *map(str, new), *instead)
    change = Change(actor, reason, (new, *refusals), tuple({*old, *taken}), key=key, namesakes=namesakes, asked=asked)
    return {**receipt(store.append(change, base=snapshot.version)), "id": thing.id}


def put_aside(rows: Iterable[Row], actor: str, reason: str) -> tuple[list[Statement], list[str]]:
    """Refusals of what documents told, and the statements of desks that are taken back."""
    told = [row.statement for row in rows]
    by_desk = [one.id for one in told if one.source.startswith("desk:")]
    return [Statement(one.id, "refused", reason or "更正", desk(actor)) for one in told if one.id not in by_desk], by_desk


def _rows_of(snapshot: Snapshot, thing: Thing, statements: Iterable[str]) -> list[Row]:
    """What these statements told of a thing. Raises NotFound `statement_unknown`."""
    rows = [snapshot.statement(id) for id in dict.fromkeys(statements)]
    for row in rows:
        if row.erased or row.statement.subject not in thing.members:
            raise NotFound("statement_unknown", id=row.statement.id[:80])
    return rows


def seen(store: SqliteStore, id: str, actor: str, *, key: str, match: str) -> tuple[Snapshot, Thing]:
    """The thing that is written about, and the snapshot it is of: the `base` of what is appended, since others may have gone on.

    Raises Conflict `thing_changed` where the writer saw another state (`match`); a request answered before stays answered.
    """
    snapshot = store.snapshot()
    thing = snapshot.thing(id)
    if match and match != thing.etag and store.answered(actor, key) is None:
        raise Conflict("thing_changed", place={"id": thing.id}, etag=thing.etag)
    return snapshot, thing


def _base(store: SqliteStore, id: str, actor: str, *, key: str, match: str) -> int | None:
    return seen(store, id, actor, key=key, match=match)[0].version if match else None


def _own_words(thing: Thing, property_id: str, source: str) -> Iterable[str]:
    return (fact.row.statement.id for fact in thing.facts if fact.property_id == property_id and fact.row.statement.source == source)


def add(
    store: SqliteStore, kind: str, name: str, actor: str, *, reason: str = "", key: str = "", namesakes: bool = False
) -> Data:
    """Makes a thing at the desk; its id comes from the idempotency key of this actor, or from chance."""
    import secrets

    check_text(key, field="key")
    check_text(actor, field="actor")
    id = thing_id(kind, "desk", actor, key or secrets.token_hex(16))  # a key is its actor's own
    adds = (Statement(id, "kind", kind, desk(actor)), Statement(id, "name", name, desk(actor)))
    return {**receipt(store.append(Change(actor, reason, adds, key=key, namesakes=namesakes))), "id": id}


def unset_fact(
    store: SqliteStore, statement: str, actor: str, *, reason: str = "", key: str = "", of: str = "", match: str = "",
    also: Sequence[str] = (),
) -> Data:  # fmt: skip
    """Takes one's own word back, or refuses what a document told (it stays in the document and stops counting).

    `also` are more statements of the same thing, in the same change; `of` is the thing that they must be told of.
    Raises NotFound `statement_unknown`, Conflict `thing_changed`, `name_last` where nothing would be left to call it.
    """
    subject = of or store.snapshot().statement(statement).statement.subject
    snapshot, thing = seen(store, subject, actor, key=key, match=match)
    rows = _rows_of(snapshot, thing, (statement, *also))
    names = {fact.row.statement.id for fact in thing.facts if fact.property_id == "name" and fact.state == "told"}
    if names and names <= {row.statement.id for row in rows}:
        raise Conflict("name_last", place={"id": thing.id})
    refusals, taken = put_aside(rows, actor, reason)
    asked = ("unset", *(row.statement.id for row in rows))
    return receipt(store.append(Change(actor, reason, tuple(refusals), tuple(taken), key=key, asked=asked), base=snapshot.version))


def merge(store: SqliteStore, first: str, second: str, actor: str, *, reason: str = "", key: str = "", match: str = "") -> Data:
    """Judges two ids to be one; `number` is null where they already are."""
    base = _base(store, first, actor, key=key, match=match)
    done = store.merge(first, second, actor=actor, reason=reason, key=key, base=base)
    return {**receipt(done), "id": store.snapshot().thing(first).id, "already_one": done.number is None}


def split(store: SqliteStore, id: str, actor: str, *, reason: str = "", key: str = "", match: str = "") -> Data:
    """Takes a member out of its merged thing. What was settled (用新, 留旧) between the two and would leave a gap in one is told again."""
    base = _base(store, id, actor, key=key, match=match)
    restores = _settled_between(store, id)
    return {**receipt(store.split(id, actor=actor, reason=reason, key=key, base=base, restores=restores)), "id": id}


def _settled_between(store: SqliteStore, id: str) -> list[str]:
    """The refusals that settled a conflict and after a split would leave one side without any value of that property."""
    from api.judging import REASONS

    thing = store.snapshot().thing(id)
    with store._reading():
        judged = [row.statement for row in store._judgements(MAIN)]
    settled = {one.subject: one.id for one in judged if one.property == "refused" and one.value in REASONS.values()}
    sides: dict[tuple[bool, str], list[Fact]] = {}
    for fact in thing.facts:
        sides.setdefault((fact.row.statement.subject == id, fact.property_id), []).append(fact)
    gaps = (facts for facts in sides.values() if all(fact.state == "refused" for fact in facts))
    return [settled[one] for facts in gaps for fact in facts if (one := fact.row.statement.id) in settled]


def undo(
    store: SqliteStore, number: int, actor: str, *, reason: str = "", key: str = "", with_later: bool = False, namesakes: bool = False
) -> Data:
    """Takes a change back."""
    return receipt(store.undo(number, actor=actor, reason=reason, key=key, with_later=with_later, namesakes=namesakes))


def erase(store: SqliteStore, ids: list[str], actor: str, *, reason: str = "", everywhere: bool = False) -> Data:
    """Erases for good; lists the things whose names were masked and wait for a new one, and says what was masked in other texts.

    Left there are names that another thing shares, and short ones unless `everywhere`: see `left`.
    """
    with store._reading():
        whom = named(store, ids, spell=spellings, everywhere=everywhere)
    Tokens(store.home).forget(whom.spelled)  # first: what fails after the commit cannot be asked for a second time
    try:
        done = store.erase(ids, actor=actor, reason=reason, spell=spellings, everywhere=everywhere)
    finally:
        if store.address:
            _mirror_at_once(store)
    added, _ = store.told_in(done.version)
    renamed = sorted({(row.statement.subject, row.statement.value) for row in added if row.statement.property == "name"})
    return {
        **receipt(done), "renamed": [{"id": id, "name": name} for id, name in renamed], "masked": sorted(whom.spelled), "left": whom.left,
    }  # fmt: skip


def rejoin(folder: Path, address: str, actor: str) -> Data:
    """Goes on from a shared store that was brought back to an older state: the replica of this machine is made anew, and what it knew to
    be erased is erased again. No server may run on that folder.
    """
    from api import homes
    from graph.record.neo4j_database import Address
    from graph.record.neo4j_store import forget_replica

    tokens = forget_replica(Address.of(address), folder)
    with homes.open_home(folder, address=address) as store:
        backups.erase_again(store, actor, spellings, tokens)
        return {"version": store.head().number}


def _mirror_at_once(store: SqliteStore) -> None:
    """What was erased leaves the readable graph now, not when the next server follows."""
    from api.mirroring import brought_up
    from graph.record.neo4j_store import Neo4jStore

    assert isinstance(store, Neo4jStore)  # the only store with an address
    brought_up(store, take=True)


def spellings(name: str) -> set[str]:
    """Other ways in which a name may stand in a text: traditional script, and pinyin run together or apart."""
    import opencc
    from pypinyin import lazy_pinyin

    from graph.analysis.text import readings, simplified

    scripts = {opencc.OpenCC(way).convert(name) for way in ("s2t", "s2tw", "s2hk")} | {simplified(name)}
    spoken = {readings(name, True)[0], "".join(lazy_pinyin(name)), " ".join(lazy_pinyin(name))}
    return {one for one in scripts | spoken if len(one) > 1 or not one.isascii()} - {name}


def receipt(done: Receipt) -> Data:
    """What a write did."""
    return {"change": done.number, "version": done.version, "adds": done.adds, "retracts": done.retracts}


# ---- getting out, keeping safe


def export(store: SqliteStore, form: str, path: Path) -> Data:
    """Writes the graph as statements (jsonl: every live fact with its source), graphml, csv (zip) or node-link json."""
    path.write_bytes(exported(store.snapshot(), form))
    number, digest = store.head()
    return {"file": str(path), "version": number, "digest": digest.hex()}


def exported(snapshot: Snapshot, form: str) -> bytes:
    """The bytes of an export, masked as on screen. Raises InvalidData `export_form_unknown`."""
    from graph.analysis import exchange

    writers: Mapping[str, Callable[[Snapshot, exchange.Said], bytes]] = {
        "jsonl": _lines, "graphml": exchange.graphml, "json": exchange.node_link, "csv": exchange.csv_zip,
    }  # fmt: skip
    if form not in writers:
        raise InvalidData("export_form_unknown", form=form[:40], forms=", ".join(writers))
    return writers[form](snapshot, said)


def _lines(snapshot: Snapshot, said: "exchange.Said") -> bytes:
    """Every live statement as one sorted JSON line: the same graph gives the same bytes, whatever the numbers."""
    rows = snapshot._source._rows_with(snapshot.log, [one for one in ontology().property_ids if is_open(one)], snapshot.version)
    told = (row.statement._replace(value=said(row.statement.property, row.statement.value)) for row in sorted(rows, key=_by_statement))
    return b"".join(json.dumps(one._asdict(), ensure_ascii=False).encode() + b"\n" for one in told)


def _by_statement(row: Row) -> Statement:
    return row.statement


def backup(store: SqliteStore, path: Path | None = None, recovery: Path | None = None) -> Data:
    """Copies the store while others write; with `recovery`, writes key, head and erasure list to a sheet to be kept elsewhere."""
    from graph.record.keys import write_private

    if store.address:
        raise Conflict("embedded_only", place={"store": store.address})
    target, number, digest = backups.backup(store, path)
    if recovery:
        write_private(recovery, json.dumps(store.keys.recovery(store.uuid), indent=1).encode())
    return {"file": str(target), "version": number, "digest": digest, "recovery": str(recovery) if recovery else None}


def restore(home: Path, path: Path, actor: str, recovery: Path | None = None) -> Data:
    """Makes a backup the store of this home; what was erased since is erased again."""
    from graph.record.keys import Keys

    if recovery:
        try:
            sheet = json.loads(recovery.read_text("utf-8"))
            Keys.of(str(sheet["store"])).recover(sheet)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InvalidData("recovery_unreadable", place={"file": str(recovery)}) from error
    return {"version": backups.restore(home, path, actor=actor, spell=spellings)}


def verify(store: SqliteStore) -> Data:
    """Recomputes every leaf, the chain of every log, every blob and every page."""
    checks = [{"what": one.what, "count": one.count, "problem": one.problem} for one in backups.verify(store)]
    return {"ok": not any(one["problem"] for one in checks), "checks": checks, "version": store.head().number}


def copy(source: str, target: str, progress: Progress = _quiet) -> Data:
    """Moves a whole store, with history and kept bytes, between folders and addresses, and compares every digest at the end.

    One that was interrupted leaves a target that is refused (`copy_unfinished`) until it was run again, from the beginning.

    Raises NotFound `place_unknown`, Conflict `copy_target_not_empty`, `copy_other_key`, StoreUnavailable `copy_differs`.
    """
    from api import homes
    from graph.record import transfer

    with homes.open_source(source) as giving, homes.open_target(target, giving.label, giving._key) as taking:
        transfer.copy(giving, taking, lambda done, of: progress(f"{done}/{of}"))
        number, digest = taking.head()
        return {"from": source, "to": target, "version": number, "digest": digest.hex()}


def doctor(folder: Path, address: str = "") -> Data:
    """Looks at the whole place: files, key, chain, disk, and whether another distribution shadows one of our packages."""
    import shutil

    from api import homes

    findings = [*_shadowed()]
    told: Data = {"home": str(folder), "store": address or (folder / "store.db").exists()}
    if told["store"]:
        with homes.open_home(folder, address=address) as store:
            told |= {"label": store.label, "uuid": store.uuid, "keys": str(store.keys.folder), **verify(store)}
            findings += [check["problem"] for check in told["checks"] if check["problem"]]
    if address:
        told |= readable_graph(folder, address)
        findings += [edit["words"] for edit in told["edits"]]
    existing = next(parent for parent in [folder, *folder.parents] if parent.exists())
    told["free_mib"] = shutil.disk_usage(existing).free >> 20
    if told["free_mib"] < 200:
        findings.append(f"less than 200 MiB free on {existing}")
    return {**told, "ok": not findings, "findings": findings}


def readable_graph(folder: Path, address: str) -> Data:
    """Up to which version a shared store's readable graph shows the log, and what was edited there by hand."""
    from api import handwork, homes

    with homes.open_shared(folder, address) as store:
        return {"mirrored": store.readable.mirrored(), "edits": [edit.told() for edit in handwork.edits(store)]}


def _shadowed() -> Iterable[str]:
    """Top-level packages of ours that come from elsewhere."""
    import importlib.util

    ours = Path(__file__).resolve().parent.parent
    for package in ("graph", "seeds", "matching"):
        spec = importlib.util.find_spec(package)
        if spec and spec.origin and ours not in Path(spec.origin).resolve().parents:
            yield f"another distribution shadows {package}: {spec.origin}"
