"""The sentence that a statement was read from, marked, with what stands around it; the row of a table; or who said it."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from api.originals import Originals
from api.papers import NO_TEXT
from api.published import Published
from api.texts import Texts
from api.verbs import Data, described, recorded
from graph.analysis.privacy import is_open
from graph.record.errors import NotFound
from graph.record.model import Row, Statement
from graph.record.ontology import ontology

AROUND = 2
"""Sentences shown before and after the one that is marked."""

MOST = 50
"""Statements asked for at once."""

_SENTENCE = re.compile(r"[^。！？!?；;\n]+(?:[。！？!?；;]+[”’」』）)]*)?")

READERS: Mapping[str, tuple[str, str]] = {
    "table": ("按表头对应读入这一格", "the cell was read as its column is mapped"),
    "desk": ("由人在工作台记入", "said by a person at the desk"),
    "rule": ("由系统规则认定为同一个", "judged to be one by a rule"),
    "": ("", ""),
}
"""Who reads where no reading rule is named."""


@cache
def _rules() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("seeds").joinpath("rules.toml").read_text("utf-8"))


def evidence(published: Published, ids: Iterable[str], *, lang: str = "zh", personal: bool = False) -> list[Data]:
    """What stands behind each statement, in the order asked. Raises NotFound `statement_unknown`.

    Facts that the ontology marks as personal are told only with `personal`.
    """
    originals = Originals(published.reader, published.snapshot)
    return [_told(published, _row(published, id, personal), originals, lang) for id in dict.fromkeys(ids)]


def _row(published: Published, id: str, personal: bool) -> Row:
    row = published.snapshot.statement(id)
    if row.erased or not (personal or is_open(row.statement.property)):
        raise NotFound("statement_unknown", id=id[:80])
    return row


def _told(published: Published, row: Row, originals: Originals, lang: str) -> Data:
    one, quote = row.statement, originals.quote(row.statement)
    prop = ontology().properties[one.property]
    told = {
        **described(one, published.called), "label": prop.zh if lang == "zh" else prop.en, "state": _state(published, row),
        "confidence": one.confidence, "since": one.since, "until": one.until, "rule": one.rule, "rule_words": _words(one, quote, lang),
        "actor": one.source.removeprefix("desk:") if one.source.startswith("desk:") else None,
        "change": recorded(published.reader.change(row.serial.change)), "document": _document(published, one, quote),
        "note": NO_TEXT if quote["kept"] is False else None, "paragraph": None, "original": None, "clean": None,
        **{name: quote.get(name) for name in ("sheet", "row", "column", "address", "cells")},
    }  # fmt: skip
    return told | _passages(originals.texts, one)


def _state(published: Published, row: Row) -> str:
    if row.retracted and row.retracted <= published.version:
        return "retracted"
    if row.number in published.snapshot.refused:
        return "refused"
    subject = row.statement.subject
    facts = published.snapshot.thing(subject).facts if published.snapshot.has(subject) else ()
    if any(fact.conflict for fact in facts if fact.row.number == row.number):
        return "conflict"
    return "inferred" if row.statement.source.startswith("rule:") else "told"


def _words(one: Statement, quote: Data, lang: str) -> str:
    """How it was read, in words."""
    if one.rule in _rules():
        return _rules()[one.rule]["zh" if lang == "zh" else "en"]
    who = next((name for name in ("desk", "rule") if one.source.startswith(f"{name}:")), "table" if quote.get("sheet") else "")
    return READERS[who][lang != "zh"]


def _document(published: Published, one: Statement, quote: Data) -> Data | None:
    if quote["document"] is None:
        return None
    thing = published.snapshot.thing(quote["document"])
    return {
        "id": thing.id, "title": thing.name, "published": thing.value("published"), "addresses": thing.values("address"),
        "link": quote["link"],
    }  # fmt: skip


# ---- the sentence


def _passages(texts: Texts, one: Statement) -> Data:
    """The sentence in 原文 and 净文; nothing where no text is kept or the statement names no place in it."""
    place = texts.place(one)
    if place is None:
        return {}
    text, at = place
    start, end = text.starts[at.block] + at.start, text.starts[at.block] + at.end
    return {
        "paragraph": text.paragraphs[at.block],
        "original": passage("\n".join(text.lines), start, end),
        "clean": passage("\n".join(text.clean_lines), *text.clean.cleaned(start, end)),
    }  # fmt: skip


def passage(text: str, start: int, end: int, around: int = AROUND) -> Data:
    """The sentence that holds a span, cut at the span, with so many sentences before and after it.

    >>> told = passage("甲。乙说丙。丁！戊", 3, 4)
    >>> told["before"], told["lead"], told["marked"], told["tail"], told["after"]
    (['甲。'], '乙', '说', '丙。', ['丁！', '戊'])
    """
    spans = [match.span() for match in _SENTENCE.finditer(text) if match.group().strip()]
    inside = [at for at, (first, last) in enumerate(spans) if first < end and start < last]
    if not inside:
        return {"before": [], "lead": "", "marked": text[start:end], "tail": "", "after": []}
    first, last = inside[0], inside[-1]
    said = [text[one:two].strip() for one, two in spans]
    return {
        "before": said[max(0, first - around) : first], "lead": text[min(spans[first][0], start) : start].lstrip(),
        "marked": text[start:end], "tail": text[end : max(spans[last][1], end)].rstrip(), "after": said[last + 1 : last + 1 + around],
    }  # fmt: skip
