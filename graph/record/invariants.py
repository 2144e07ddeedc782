"""What is checked at append, on the state after it: values, kinds, ends of references, judgements."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING
from unicodedata import is_normalized

from graph.record import judgements
from graph.record.errors import Conflict, InvalidData, LianyinError
from graph.record.model import MAIN, STATEMENT_ID, THING_ID, Cell, Row, Statement, TextSpan, identity_of, read_locator
from graph.record.ontology import JUDGEMENTS, clean_text, ontology, read_date

if TYPE_CHECKING:
    from graph.record.store import Store


def canonical_statements(adds: Iterable[Statement]) -> tuple[Statement, ...]:
    """`canonical_statement` of each. What is plainly canonical is let through at once: 0.7 µs instead of 2.2."""
    types = {id: prop.type for id, prop in ontology().properties.items() if id != "refused"}
    found, subjects, sources, rules = [], set[str](), set[str](), {""}
    for one in adds:
        value, kind = one.value, types.get(one.property)
        plain = (
            one.subject in subjects
            and one.source in sources
            and not one.since
            and not one.until
            and one.confidence == 1000
            and type(one.confidence) is int
            and one.rule in rules
            and one.locator.isprintable()
            and ((kind == "ref" and value in subjects) or (kind == "text" and _is_plain(value)))
        )
        if not plain:
            one = canonical_statement(one)
            if one.property != "refused":
                subjects.add(one.subject)
            sources.add(one.source)
            rules.add(one.rule)
        found.append(one)
    return tuple(found)


def _is_plain(text: str) -> bool:
    return text.isprintable() and len(text) < 1000 and text.strip() == text != "" and (text.isascii() or is_normalized("NFC", text))


def canonical_statement(one: Statement) -> Statement:
    """The statement with its value in canonical form; itself where it already is.

    Raises InvalidData with subject and property as place: unknown property, malformed id, impossible value, date or confidence.
    """
    try:
        property_id = ontology().property(one.property).id
        value = ontology().canonical(property_id, one.value)
        source = _source(one.source)
        _check_subject(one.subject, property_id == "refused")
        for day in (one.since, one.until):
            if day:
                read_date(day)
        if one.locator and not one.locator.isprintable():
            clean_text(one.locator)
        if one.rule:
            _source(one.rule)
        if not (type(one.confidence) is int and 0 <= one.confidence <= 1000):
            raise InvalidData("confidence_out_of_range", confidence=one.confidence)
    except LianyinError as error:
        raise error.at(**_place(one)) from None
    if value == one.value and source == one.source and property_id == one.property:
        return one
    return one._replace(property=property_id, value=value, source=source)


def _place(one: Statement) -> dict[str, str | int]:
    """What a statement is about, and where it was read."""
    place: dict[str, str | int] = {"subject": one.subject[:80], "property": one.property[:80]}
    match where := read_locator(one.locator):
        case TextSpan():
            return {**place, "row": where.block + 1}
        case Cell():
            return {**place, "sheet": where.sheet, "row": where.row, "column": where.column}
    return place


# Subjects and sources recur: remembered, they cost an import a tenth of what checking them each time does.
_source = lru_cache(maxsize=1 << 16)(clean_text)


@lru_cache(maxsize=1 << 16)
def _check_subject(id: str, is_statement: bool) -> None:
    if not (STATEMENT_ID if is_statement else THING_ID).fullmatch(id):
        raise InvalidData("id_malformed", id=id[:80])


def check(store: "Store", log: str, adds: Sequence[Statement], retracts: Sequence[Row]) -> None:
    """Raises InvalidData or Conflict where the state after this change would break a rule. Run inside the transaction."""
    gone = {row.statement.id for row in retracts}
    kinds = _kinds_after(store, log, adds, retracts)
    _check_ends(adds, kinds)
    _check_unused(store, log, adds, gone, {row.statement.subject for row in retracts if row.statement.property == "kind"} - kinds.keys())
    _check_refused_kinds(store, log, adds, gone)
    if any(one.property in JUDGEMENTS for one in adds):
        judgements.check(store._judgements(log), adds, gone)
        _check_judgements(store, log, adds, kinds)


def _kinds_after(store: "Store", log: str, adds: Sequence[Statement], retracts: Sequence[Row]) -> dict[str, str]:
    """The kind of every thing that this change names, as it is after the change."""
    kinds = {one.subject: one.value for one in adds if one.property == "kind"}
    refs = {id for id, prop in ontology().properties.items() if prop.type == "ref"}
    needed = {one[0] for one in adds if one[1] != "refused"}
    needed.update([one[2] for one in adds if one[1] in refs])
    unkinded = {row.statement.subject for row in retracts if row.statement.property == "kind"}
    for id, kind in store._kinds(log, [id for id in needed if id not in kinds and id not in unkinded]).items():
        kinds[id] = kind
    _check_one_kind(store, log, adds, kinds)
    if unkinded:
        gone = {row.statement.id for row in retracts}
        for row in store._about(log, unkinded):
            if row.statement.property == "kind" and row.statement.id not in gone:
                kinds.setdefault(row.statement.subject, row.statement.value)
    return kinds


def _check_one_kind(store: "Store", log: str, adds: Sequence[Statement], kinds: Mapping[str, str]) -> None:
    told = [one for one in adds if one.property == "kind"]
    known = store._kinds(log, [one.subject for one in told]) if log != MAIN or store._head(log).number else {}
    for one in told:
        if kinds[one.subject] != one.value or known.get(one.subject, one.value) != one.value:
            raise InvalidData("kind_differs", place={"subject": one.subject}, kind=one.value)


def _check_ends(adds: Sequence[Statement], kinds: Mapping[str, str]) -> None:
    """Property and kinds of both ends: a handful of combinations, each of which is looked at once."""
    refs = {id for id, prop in ontology().properties.items() if prop.type == "ref"}
    allowed: set[tuple[str, str | None, str | None]] = set()
    for one in adds:
        subject, property, value = one[:3]
        ends = (property, kinds.get(subject), kinds.get(value) if property in refs else "")
        if ends not in allowed and property != "refused":
            _check_combination(one, ends[1], ends[2])
            allowed.add(ends)


def _check_combination(one: Statement, subject_kind: str | None, target_kind: str | None) -> None:
    prop = ontology().properties[one.property]
    if subject_kind is None:
        raise InvalidData("subject_unknown", place={"subject": one.subject, "property": one.property})
    if target_kind is None:
        raise InvalidData("ref_unknown", place={"subject": one.subject, "property": one.property}, id=one.value)
    if prop.on is not None and subject_kind not in prop.on:
        raise InvalidData("property_not_on_kind", place={"subject": one.subject, "property": one.property}, kind=subject_kind)
    if target_kind and prop.to is not None and target_kind not in prop.to:
        raise InvalidData("end_not_allowed", place={"subject": one.subject, "property": one.property}, kind=target_kind)


def _check_unused(store: "Store", log: str, adds: Sequence[Statement], gone: Collection[str], removed: Collection[str]) -> None:
    """A thing that loses its kind may not be named by any live statement."""
    if not removed:
        return
    for one in [*(row.statement for row in [*store._about(log, removed), *store._pointing(log, removed)]), *adds]:
        used = next((id for id in (one.subject, one.value) if id in removed), None)
        if used and one.id not in gone:
            raise Conflict("thing_in_use", id=used)


def _check_refused_kinds(store: "Store", log: str, adds: Sequence[Statement], gone: Collection[str]) -> None:
    """Nor may one whose last kind is refused, but by what is refused as well."""
    refused = {one.subject for one in adds if one.property == "refused"}
    rows = store._live(log, [identity_of(id) for id in refused]) if refused else {}
    removed = {row.statement.subject for row in rows.values() if row.statement.property == "kind"}
    if removed:
        live = (row.statement for row in store._judgements(log))
        refused.update(one.subject for one in live if one.property == "refused" and one.id not in gone)
        left = [*(row.statement for row in store._about(log, removed)), *adds]
        kinded = {one.subject for one in left if one.property == "kind" and one.id not in {*gone, *refused}}
        _check_unused(store, log, adds, {*gone, *refused}, removed - kinded)


def _check_judgements(store: "Store", log: str, adds: Sequence[Statement], kinds: Mapping[str, str]) -> None:
    added = {one.id for one in adds}
    for one in adds:
        if one.property == "refused":
            if one.subject not in added and not store._known(log, identity_of(one.subject)):
                raise InvalidData("statement_unknown", id=one.subject)
        elif one.property in ("same_as", "different_from") and (
            kinds[one.subject] != kinds[one.value] or one.subject == one.value
        ):
            raise InvalidData("kinds_differ", first=one.subject, second=one.value)
