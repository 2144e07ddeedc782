"""What is looked at before two things are judged one, and how two sources that disagree (说法不一) are settled, in one change."""

from collections.abc import Iterable, Sequence

from api.published import Published
from api.verbs import Data, Names, put_aside, receipt, seen
from graph.analysis.privacy import is_open, said
from graph.record.errors import InvalidData
from graph.record.model import Change, Row, Statement, desk, document_of
from graph.record.ontology import ontology
from graph.record.snapshot import Fact, Snapshot, Thing
from graph.record.sqlite_store import SqliteStore

REASONS = {"new": "用新", "old": "留旧", "both": "并存"}


# ---- a merge, before it is made


def preview(published: Published, first: str, second: str) -> Data:
    """Two things side by side, property by property: what is equal, what differs, what would show once they are one.

    `refusal` is the code of the error that the merge would end in; null where it can be made. Raises NotFound `thing_unknown`.
    """
    snapshot, names = published.snapshot, published.called
    one, other = snapshot.thing(first), snapshot.thing(second)
    told = {fact.property_id for thing in (one, other) for fact in thing.facts if is_open(fact.property_id)}
    fields = [_field(snapshot, names, id, one, other) for id in ontology().property_ids if id in told and id != "kind"]
    return {
        "version": published.version, "first": _side(one), "second": _side(other), "kept": _first_made([one, other]),
        "refusal": _refusal(snapshot, one, other), "equal": sum(field["state"] == "equal" for field in fields),
        "different": sum(field["state"] == "different" for field in fields), "fields": fields,
    }  # fmt: skip


def _side(thing: Thing) -> Data:
    return {"id": thing.id, "kind": thing.kind, "name": thing.name, "facts": len(thing.facts), "members": list(thing.members)}


def _first_made(things: Sequence[Thing]) -> str:
    """The id that will stand for both: the member first made, inside one change the smallest id."""
    kinds = (fact.row for thing in things for fact in thing.facts if fact.property_id == "kind")
    return min((row.serial.change, row.statement.subject) for row in kinds)[1]


def _refusal(snapshot: Snapshot, one: Thing, other: Thing) -> str | None:
    if one.id == other.id:
        return "already_one"
    apart = {value for thing in (one, other) for value in thing.values("different_from")}
    if apart & {*one.members, *other.members}:
        return "different_inside"
    return None if one.kind == other.kind else "kinds_differ"


def _field(snapshot: Snapshot, names: Names, property_id: str, one: Thing, other: Thing) -> Data:
    prop = ontology().properties[property_id]
    sides = [[fact for fact in thing.facts if fact.property_id == property_id and fact.state == "told"] for thing in (one, other)]
    values = [{_same(snapshot, prop.type, fact.value) for fact in side} for side in sides]
    shows = None if prop.many else snapshot.shown(fact.row for side in sides for fact in side)
    if not all(values):
        state = "first_only" if values[0] else "second_only"
    elif values[0] == values[1]:
        state = "equal"
    else:
        state = "joined" if prop.many else "different"
    return {
        "property": property_id, "zh": prop.zh, "en": prop.en, "many": prop.many, "state": state,
        "first": _values(sides[0], names), "second": _values(sides[1], names),
        "shows": said(property_id, shows.statement.value) if shows else None,
    }  # fmt: skip


def _same(snapshot: Snapshot, type: str, value: str) -> str:
    """A value as it counts: of a reference the thing that it resolves to."""
    return snapshot.thing(value).id if type == "ref" and snapshot.has(value) else value


def _values(facts: Iterable[Fact], names: Names) -> list[Data]:
    """Each value once, with the statements that tell it."""
    told: dict[str, list[str]] = {}
    for fact in facts:
        told.setdefault(fact.value, []).append(fact.row.statement.id)
    property_id = next((fact.property_id for fact in facts), "")
    return [
        {"value": said(property_id, value), "shown": names.value(property_id, value), "statements": ids} for value, ids in told.items()
    ]


# ---- two sources that disagree


def conflicts(published: Published, id: str) -> Data:
    """The properties of a thing of which different values are told where one may show, the values from the oldest to the newest.

    Raises NotFound `thing_unknown`.
    """
    snapshot, names = published.snapshot, published.called
    thing = snapshot.thing(id)
    properties = dict.fromkeys(fact.property_id for fact in thing.facts if fact.conflict and is_open(fact.property_id))
    rows = []
    for property_id in properties:
        prop = ontology().properties[property_id]
        told = _by_age(snapshot, thing, property_id)
        values = [_value(snapshot, names, value, facts) for value, facts in told]
        rows.append({"property": property_id, "zh": prop.zh, "en": prop.en, "values": values})
    return {"version": published.version, "id": thing.id, "etag": thing.etag, "rows": rows}


def _by_age(snapshot: Snapshot, thing: Thing, property_id: str) -> list[tuple[str, list[Fact]]]:
    """The values in conflict with their facts: by the latest day on which each was told, then by the order of telling."""
    told: dict[str, list[Fact]] = {}
    for fact in thing.facts:
        if fact.property_id == property_id and fact.conflict:
            told.setdefault(fact.value, []).append(fact)
    return sorted(told.items(), key=lambda one: max(_age(snapshot, fact.row) for fact in one[1]))


def _age(snapshot: Snapshot, row: Row) -> tuple[bool, str, int]:
    """A desk's word is newer than any document; documents go by their day, then by the order in which they were read."""
    return row.statement.source.startswith("desk:"), snapshot.published(row.statement.source), row.number


def _value(snapshot: Snapshot, names: Names, value: str, facts: Sequence[Fact]) -> Data:
    property_id = facts[0].property_id
    return {
        "value": said(property_id, value), "shown": names.value(property_id, value), "current": any(fact.current for fact in facts),
        "sources": [_source(snapshot, names, fact.row) for fact in facts],
    }  # fmt: skip


def _source(snapshot: Snapshot, names: Names, row: Row) -> Data:
    one = row.statement
    document = document_of(one.source)
    here = document is not None and snapshot.has(document)
    return {
        "statement": one.id, "document": document if here else None, "title": names.of(document or "") if here else None,
        "published": snapshot.published(one.source) or None, "since": one.since, "until": one.until,
        "actor": one.source.removeprefix("desk:") if one.source.startswith("desk:") else None,
    }  # fmt: skip


def resolve(
    store: SqliteStore, id: str, property_id: str, choice: str, actor: str, *, value: str = "", since: str = "", until: str = "",
    reason: str = "", key: str = "", match: str = "",
) -> Data:  # fmt: skip
    """Settles a conflict in one change: `new` and `old` keep one value (or the one told by `value`), `both` keeps two in their times.

    What documents told and is not kept is refused, a desk's own word is taken back. With `both` the older value is said anew until a
    day and the newer one from a day on. Raises NotFound `thing_unknown`, InvalidData `conflict_unknown`, `period_needed`,
    `choice_unknown`, Conflict `thing_changed`, `key_reused`.
    """
    snapshot, thing = seen(store, id, actor, key=key, match=match)
    asked = ("resolve", thing.id, property_id, choice, value, since, until)
    change = Change(actor, reason or REASONS.get(choice, ""), key=key, asked=asked)
    if store.answered(actor, key) is not None:
        return {**receipt(store.append(change)), "id": thing.id}
    told = _by_age(snapshot, thing, ontology().property(property_id).id)
    if len(told) < 2:
        raise InvalidData("conflict_unknown", place={"property": property_id}, id=thing.id)
    adds, retracts = _settled(told, choice, actor, value, since, until)
    change = Change(actor, change.reason, tuple(adds), tuple(retracts), key=key, asked=asked)
    return {**receipt(store.append(change, base=snapshot.version)), "id": thing.id}


def _settled(
    told: Sequence[tuple[str, list[Fact]]], choice: str, actor: str, value: str, since: str, until: str
) -> tuple[list[Statement], list[str]]:
    values = [one for one, _ in told]
    if choice not in REASONS or (value and value not in values):
        raise InvalidData("choice_unknown", place={"field": "choice"}, choice=choice[:40], choices=", ".join(REASONS))
    if choice != "both":
        kept = value or values[-1 if choice == "new" else 0]
        return put_aside((fact.row for one, facts in told if one != kept for fact in facts), actor, REASONS[choice])
    if not (since or until):
        raise InvalidData("period_needed", place={"field": "since"})
    adds, retracts = put_aside((fact.row for _, facts in told for fact in facts), actor, REASONS[choice])
    first, last = told[0][1][0].row.statement, told[-1][1][0].row.statement
    source = desk(actor)
    adds += [
        Statement(first.subject, first.property, first.value, source, first.since, until or since),
        Statement(last.subject, last.property, last.value, source, since or until, last.until),
    ]
    return adds, retracts
