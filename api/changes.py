"""Changes as people read them: which there were, what each did in words, and one with its contents."""

from collections.abc import Iterable, Mapping
from itertools import islice

from api.looking import PAGE, read_cursor
from api.published import Published
from api.verbs import Data, described, recorded
from graph.analysis.privacy import is_open, open_ones, withheld
from graph.record.errors import NotFound
from graph.record.model import MAIN, Recorded, Row, Statement
from graph.record.ontology import Kind, Property, ontology

FEW = 40
"""Statements of a change of which the first are told in words; a longer one is told by its reason."""

WORDS: Mapping[str, tuple[str, str]] = {
    "undo": ("撤销第{number}版", "Undoes version {number}"), "new": ("新增{kind}“{name}”", "New {kind} “{name}”"),
    "told": ("{name} · {property}：{shown}", "{name} · {property}: {shown}"),
    "gone": ("撤下 {name} · {property}：{shown}", "Withdrawn: {name} · {property}: {shown}"),
    "refused": ("不采信 {name} · {property}：{shown}", "Refused: {name} · {property}: {shown}"),
    "more": ("{words} 等 {n} 条", "{words} and more, {n} in all"),
}  # fmt: skip
MACHINERY = {"kind", "key", "name"}


def changes(published: Published, *, cursor: str = "", limit: int = PAGE, lang: str = "zh") -> Data:
    """A page of changes, latest first."""
    before = read_cursor(cursor) if cursor else published.version + 1
    first = max(0, min(before, published.version + 1) - 1 - limit)
    told = list(islice(published.reader.changes(first), max(0, min(before - 1, published.version) - first)))
    return {
        "version": published.version, "total": published.version, "next": str(first + 1) if first > 0 else None,
        "rows": [in_words(published, one, lang) for one in reversed(told)],
    }  # fmt: skip


def change(published: Published, number: int) -> Data:
    """One change with what it added and retracted. Raises NotFound `change_unknown`."""
    one = published.reader.change(number)
    added, retracted = published.reader.told_in(number)
    return {
        **recorded(one), "log": MAIN, "digest": one.digest.hex(), "added": _described(published, added),
        "retracted": _described(published, retracted),
    }  # fmt: skip


def history(published: Published, id: str, lang: str = "zh") -> Data:
    """All that was ever told of a thing, refusals of it too, and the changes that told and retracted it, latest first.

    Raises NotFound `thing_unknown`.
    """
    snapshot = published.snapshot
    rows = [row for row in snapshot.history(id) if is_open(row.statement.property)]
    rows += snapshot.about(row.statement.id for row in rows)
    told = [{**_told(published, row.statement), "added": row.serial.change, "retracted": row.retracted or None} for row in rows]
    numbers = sorted({row[way] for row in told for way in ("added", "retracted")} - {None}, reverse=True)
    return {
        "version": published.version, "id": id, "statements": told,
        "changes": [in_words(published, published.reader.change(number), lang) for number in numbers],
    }  # fmt: skip


def in_words(published: Published, one: Recorded, lang: str = "zh") -> Data:
    """A change with what it did: an undoing, or what it told where that is little, beside the reason that was given."""
    what = _said("undo", lang, number=one.undoes) if one.undoes else _little(published, one, lang)
    return {**recorded(one), "words": " · ".join(filter(None, (withheld(one.reason), what)))}


def _described(published: Published, rows: Iterable[Row]) -> list[Data]:
    return [_told(published, one) for one in open_ones(row.statement for row in rows if not row.erased)]


def _told(published: Published, one: Statement) -> Data:
    """A statement in words; of two that are one since, each under the name that it has by itself."""
    told = described(one, published.called)
    if one.property != "same_as":
        return told
    own = (_own_name(published, id) for id in (one.subject, one.value))
    return told | dict(zip(("name", "shown"), own, strict=True))


def _own_name(published: Published, id: str) -> str:
    if not published.snapshot.has(id):
        return ""
    rows = published.snapshot.history(id)
    names = [row.statement.value for row in rows if row.statement.subject == id and row.statement.property == "name" and not row.erased]
    return withheld(names[-1]) if names else ""


def _little(published: Published, one: Recorded, lang: str) -> str:
    """The first thing that a small change did; empty where it did much, or nothing that is shown."""
    if one.adds + one.retracts > FEW or one.erases:
        return ""
    added, retracted = (_described(published, rows) for rows in published.reader.told_in(one.number))
    if ends := [row["shown"] for row in added if row["property"] == "about"]:
        return "⇄".join(ends)
    facts = [row for row in added if row["property"] not in MACHINERY]
    if kind := next((row for row in added if row["property"] == "kind"), None):
        words = _said("new", lang, kind=_label(ontology().kinds[kind["value"]], lang), name=kind["name"])
    elif facts:
        words = _fact(published, facts[0], "told", lang)
    else:
        words = _fact(published, retracted[0], "gone", lang) if retracted else ""
    left = len(facts or retracted)
    return _said("more", lang, words=words, n=left) if words and not kind and left > 1 else words


def _fact(published: Published, row: Data, form: str, lang: str) -> str:
    if row["property"] == "refused":
        try:
            row, form = _told(published, published.snapshot.statement(row["subject"]).statement), "refused"
        except NotFound:  # it was erased
            return ""
    return _said(form, lang, name=row["name"], property=_label(ontology().properties[row["property"]], lang), shown=row["shown"])


def _label(one: Property | Kind, lang: str) -> str:
    return one.zh if lang == "zh" else one.en


def _said(form: str, lang: str, **values: object) -> str:
    return WORDS[form][lang != "zh"].format(**values)
