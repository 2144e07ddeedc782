"""Erasing things for good: which rows are emptied, which names are masked elsewhere, which kept texts are blanked."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from graph.record import judgements
from graph.record.errors import Conflict, NotFound
from graph.record.model import MAIN, Row, Statement

if TYPE_CHECKING:
    from graph.record.store import Store

Spell: TypeAlias = Callable[[str], Iterable[str]]
"""Further spellings of a name (traditional script, pinyin): what an erasure masks beside the name itself."""

MASK = "〔已隐去〕"
BLANK = "■"
_CODECS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")
_NAMING = ("name", "alias")
_UNMISTAKABLE = 4
"""Characters of a name that is masked in other texts unasked; two of a person's. 「工」, a field, stands in 职工代表 too."""
# A pinyin gloss after a character: Latin letters with tone marks or digits in brackets, perhaps several times.
_GLOSS = r"(?:\s*[(（][A-Za-zÀ-ǿ0-9 ]{1,12}[)）])*"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is to be emptied. `rows`, `retold`, `changes` and `keys` are by log; `blobs` maps a digest to its blanked bytes.

    `spelled` is masked in other texts; `left` are the names that stay there, and why: they are `short`, or `shared` with another thing.
    `changes` are the numbers of those whose header is masked and loses salt and request; `keys` the (actor, key) that are forgotten.
    """

    things: frozenset[str]
    names: frozenset[str]
    spelled: frozenset[str]
    left: dict[str, str]
    units: frozenset[tuple[str, str, str]]
    rows: dict[str, list[Row]] = field(default_factory=dict)
    retold: dict[str, list[Statement]] = field(default_factory=dict)
    changes: dict[str, list[int]] = field(default_factory=dict)
    keys: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)

    def masked(self, text: str) -> str:
        """The text with every spelling of the names blanked, a mark for each character."""
        return blanked(text, self.spelled)

    def names_in(self, *texts: str) -> bool:
        """Whether one of the texts holds a spelling that is masked."""
        return any(self.masked(text) != text for text in texts)

    def tokens(self) -> Iterator[tuple[str, ...]]:
        """What may not come back; stored only as keyed hashes."""
        yield from (("thing", id) for id in self.things)
        yield from (("statement", row.statement.id) for rows in self.rows.values() for row in rows)
        yield from (("blob", digest) for digest in self.blobs)
        yield from (("who", *unit) for unit in self.units)
        yield from (("short" if self.left.get(name) == "short" else "name", name) for name in self.names | self.spelled)
        yield from (("text", spelling) for spelling in self.spelled)


class Gone:
    """What erasures left to be known by: keyed hashes, so that the list itself names nobody."""

    def __init__(self, tokens: Collection[str], token: Callable[..., str]) -> None:
        self._tokens, self._token = frozenset(tokens), token

    def has(self, *parts: str) -> bool:
        """Whether an erasure left this."""
        return self._token(*parts) in self._tokens

    def returns(self, named: Statement, told: Mapping[tuple[str, str], Sequence[str]]) -> bool:
        """Whether a new id comes with the kind, name and unit of an erased thing; `told` by subject and property."""
        units = (unit for of in ("employer", "host") for unit in told.get((named.subject, of), ()))
        names = [name for unit in units for name in told.get((unit, "name"), ())]
        return any(self.has("who", kind, named.value, unit) for kind in told.get((named.subject, "kind"), ()) for unit in names)

    def named(self, text: str) -> bool:
        """Whether a run of two to four characters (or the whole) is the name of an erased thing; of short ones the whole alone."""
        runs = {text[at : at + width] for width in (2, 3, 4) for at in range(min(len(text), 200) - width + 1)} | {text}
        return self.has("short", text) or any(self.has("name", run) for run in runs)


def _pattern(spellings: Collection[str]) -> re.Pattern[str]:
    """Every spelling, longest first; between the characters of a Chinese name a gloss and spaces may stand."""
    parts = []
    for spelling in sorted(spellings, key=lambda one: (-len(one), one)):
        if spelling.isascii():
            parts.append(rf"(?<![A-Za-z]){re.escape(spelling)}(?![A-Za-z])")
        else:
            parts.append((_GLOSS + r"\s*").join(re.escape(character) for character in spelling) + _GLOSS)
    return re.compile("|".join(parts), re.IGNORECASE)


def blanked(text: str, spellings: Collection[str]) -> str:
    """The text at its old length with every spelling blanked, so that locators into it stay true."""
    return _pattern(spellings).sub(lambda match: BLANK * len(match.group()), text) if spellings else text


def no_others(name: str) -> Iterable[str]:
    """No further spellings."""
    return ()


def plan(
    store: "Store", ids: Collection[str], spellings: Iterable[str] = (), spell: Spell = no_others, *, everywhere: bool = False
) -> Erasure:
    """Reads what an erasure of these things (and of what is merged with them) must touch. Raises as `named`."""
    erasure = named(store, ids, spellings, spell, everywhere=everywhere)
    for log in store._logs():
        _plan_rows(store, log, erasure)
    for log in store._logs():
        _plan_headers(store, log, erasure)
    if erasure.spelled:
        _plan_blobs(store, erasure)
    return erasure


def named(
    store: "Store", ids: Collection[str], spellings: Iterable[str] = (), spell: Spell = no_others, *, everywhere: bool = False
) -> Erasure:
    """The beginning of a plan: which things, and what is masked in other texts. Raises NotFound `thing_unknown`, Conflict `thing_erased`.

    These are the names that the things ever had, with their further spellings, where they are unmistakable (or `everywhere`), and
    `spellings` in any case; not what another living thing bears.
    """
    things = frozenset(ids) | _merged_with(store, ids)
    own = _ever_told(store, things)
    known = {one.subject for one in own}
    for id in ids:
        if id not in known:  # whoever lost the answer to an erasure asks again
            raise Conflict("thing_erased", id=id) if store._is_erased("thing", id) else NotFound("thing_unknown", id=id)
    forms = {one.value: {one.value, *spell(one.value)} for one in own if one.property in _NAMING}
    kinds = {one.value for one in own if one.property == "kind"}
    people = {one.subject for one in own if (one.property, one.value) == ("kind", "person")}
    personal = {one.value for one in own if one.property in _NAMING and one.subject in people}
    wanted = {one for one in spellings if one.strip()}
    shared = _shared_names(store, things, wanted.union(*forms.values()), kinds)
    clear = {name for name in forms if everywhere or len(name) >= (2 if name in personal else _UNMISTAKABLE)}
    spelled = wanted.union(*(forms[name] for name in clear - shared)) - shared
    left = {name: "shared" if name in shared else "short" for name in sorted(forms) if name not in spelled}
    units = frozenset((kind, name, unit) for kind in kinds for name in forms for unit in ["", *_units(store, own)])
    return Erasure(things | _entries(store, things), frozenset(forms), frozenset(spelled), left, units)


def _ever_told(store: "Store", things: Collection[str]) -> list[Statement]:
    """All that any log told of these things, retracted or not: an old name is a name, and what was undone is still in the file."""
    rows = [row for log in store._logs() for row in store._mentioning(log, things, ())]
    return [row.statement for row in rows if row.statement.subject in things]


def _entries(store: "Store", things: Collection[str]) -> set[str]:
    """Entries of lists that name one of the things by id in their `key`: what is noted there is about it, and goes as a whole."""
    found = set()
    for log in store._logs():
        keyed = {row.statement.subject for row in store._mentioning(log, things, ()) if row.statement.property == "key"}
        told = [row.statement for row in store._mentioning(log, keyed, ())] if keyed else []
        found |= {one.subject for one in told if (one.property, one.value) == ("kind", "decision")} & keyed
    return found


def traces(spelling: str) -> tuple[str, ...]:
    """What every form that is masked contains, ASCII in lower case: the word itself, or the characters between which glosses stand."""
    if spelling.isascii():
        return (spelling.lower(),)
    return tuple(sorted({one.lower() if one.isascii() else one for one in spelling}))


def _merged_with(store: "Store", ids: Collection[str]) -> set[str]:
    forest = judgements.Forest()
    for row in store._judgements(MAIN):
        if row.statement.property == "same_as":
            forest.join(row.statement.subject, row.statement.value)
    roots = {forest.root(id) for id in ids}
    return {id for root, members in forest.trees().items() if root in roots for id in members}


def _shared_names(store: "Store", things: Collection[str], names: Collection[str], kinds: Collection[str]) -> set[str]:
    """Those of the names that another living thing of the same kind bears."""
    rows = [row for row in store._mentioning(MAIN, (), names) if row.live and row.statement.property in _NAMING]
    others = [row.statement for row in rows if row.statement.value in names and row.statement.subject not in things]
    kind_of = store._kinds(MAIN, {one.subject for one in others})
    return {one.value for one in others if kind_of.get(one.subject) in kinds}


def _units(store: "Store", own: Sequence[Statement]) -> list[str]:
    targets = {one.value for one in own if one.property in ("employer", "host", "post_at")}
    return [row.statement.value for row in store._about(MAIN, targets) if row.statement.property == "name"]


def _plan_rows(store: "Store", log: str, erasure: Erasure) -> None:
    found = [row for row in store._mentioning(log, erasure.things, erasure.spelled) if row.serial.log == log]
    rows = {row.number: row for row in found if _concerned(row.statement, erasure)}
    told = {row.statement.id for row in rows.values()}
    for row in store._judgements(log):
        if row.statement.property == "refused" and row.statement.subject in told and row.serial.log == log:
            rows[row.number] = row
    erasure.rows[log] = [rows[number] for number in sorted(rows)]
    live = [row.statement for row in erasure.rows[log] if row.live and not is_of(row.statement, erasure.things)]
    anew = {one.id: _retold(store, log, one, erasure) for one in live if one.property != "refused"}
    # what was refused stays refused under its new id; a refusal whose statement is gone goes with it
    refusals = [one for one in live if one.property == "refused" and (one.subject in anew or one.subject not in told)]
    ids = {old: one.id for old, one in anew.items()}
    again = [_retold(store, log, one, erasure)._replace(subject=ids.get(one.subject, one.subject)) for one in refusals]
    erasure.retold[log] = list({one.id: one for one in [*anew.values(), *again]}.values())


def is_of(one: Statement, ids: Collection[str]) -> bool:
    """Whether a statement is about one of these things, has it as value, or names it in a `key` (ids apart by blanks)."""
    return one.subject in ids or one.value in ids or (one.property == "key" and any(id in ids for id in one.value.split(" ")))


def _concerned(one: Statement, erasure: Erasure) -> bool:
    texts = (one.value, one.source, one.locator)
    return is_of(one, erasure.things) or erasure.names_in(*texts)


def _retold(store: "Store", log: str, one: Statement, erasure: Erasure) -> Statement:
    """The same fact with the names masked: a room's name becomes 〔已隐去〕创新工作室（单位）."""
    value = erasure.masked(one.value)
    if one.property in _NAMING and store._kinds(log, [one.subject]).get(one.subject) == "workshop":
        about = store._about(log, [one.subject])
        hosts = [row.statement.value for row in about if row.statement.property == "host"]
        units = [row.statement.value for row in store._about(log, hosts) if row.statement.property == "name"]
        value = f"{MASK}创新工作室" + (f"（{erasure.masked(units[0])}）" if units else "")
    return one._replace(value=value, locator=erasure.masked(one.locator), source=erasure.masked(one.source))


def _plan_headers(store: "Store", log: str, erasure: Erasure) -> None:
    """Changes that name someone, and those that told or retracted what goes: their request is a digest of it without salt.

    The answers to these go too, and those to requests without effect: what these asked for is nowhere but in their digest.
    """
    gone = {row.serial for rows in erasure.rows.values() for row in rows}
    touched = {change for row in erasure.rows[log] for change in (row.serial.change, row.retracted)}
    erasure.changes[log] = [
        one.number for one in store._changes(log, 0)
        if one.number in touched
        or erasure.names_in(one.actor, one.reason, one.key)
        or (log != MAIN and one.retracts and any(row.serial in gone for row in store._of_change(log, one.number)[1]))
    ]  # fmt: skip
    blanked = {None, *erasure.changes[log]}
    erasure.keys[log] = [
        (actor, key) for actor, key, answer in store._answers(log)
        if answer.receipt.number in blanked or erasure.names_in(actor, key)
    ]  # fmt: skip


def _plan_blobs(store: "Store", erasure: Erasure) -> None:
    for digest in store._blobs():
        data = store.kept(digest)
        codec = codec_of(data)
        masked = data
        if codec is not None:
            text = data.decode(codec)
            if erasure.names_in(text):
                masked = erasure.masked(text).encode(codec)
        for spelling in erasure.spelled:
            for other in _CODECS:  # bytes that are no text, or in an encoding that nothing announces
                raw = spelling.encode(other, "ignore")
                masked = masked.replace(raw, b"?" * len(raw)) if len(raw) > 3 and not spelling.isascii() else masked
        if masked != data:
            erasure.blobs[digest] = masked


def codec_of(data: bytes) -> str | None:
    """The encoding that reads these bytes as text, None for binary ones."""
    for mark, codec in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return codec
    for codec in ("utf-8", "gb18030"):
        try:
            data.decode(codec)
        except UnicodeDecodeError:
            continue
        return codec
    return None
