"""The table of kinds and properties (`graph/data/ontology.toml`) and what a value of each type may be.

A value is a string in its type's canonical form; the property says the type, never the look of the value:
ref `a thing's id` · text `NFC, trimmed` · date `EDTF subset` · quantity `>=3000 项` · code `C34`.
"""

import csv
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from typing import Any

from graph.record.errors import InvalidData, LimitExceeded
from graph.record.model import THING_ID

TEXT_LIMIT = 100_000
"""Longest text value, in code points. A longer text belongs into a kept document."""

MEMBER_ROLES = ("member", "lead", "standing_lead", "secretariat", "partner")
"""Roles that make their target a member of the group; the other roles only stand at its event."""

JUDGEMENTS = ("same_as", "different_from", "refused")

DIGESTS = ("content", "text", "edition", "mapping")
"""Properties whose value is the digest of kept bytes."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing. `edge` names the two properties that are its ends where the kind is drawn as one line."""

    id: str
    zh: str
    en: str
    edge: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Property:
    """A property: its labels, the type of its values, the kinds it may stand on and (for ref) point to; None means any."""

    id: str
    zh: str
    en: str
    type: str
    on: frozenset[str] | None
    to: frozenset[str] | None = None
    codes: str = ""
    many: bool = False
    search: bool = False
    privacy: str = "public"
    retention: int = 0
    was: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of a code list."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Date:
    """A date of the EDTF subset: `2023`, `2023-07`, `2023-07-19`, `XXXX-07-19`, each with an optional `~`."""

    text: str
    earliest: str
    latest: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as told: `op` is one of = ~ < <= > >= (近300 is `<300`, 3000余 is `>3000`)."""

    op: str
    number: Decimal
    unit: str

    def __str__(self) -> str:
        return f"{self.op}{_plain(self.number)}" + (f" {self.unit}" if self.unit else "")


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


# Controls (Cc), lone surrogates (Cs) and direction marks: never in a text, in an id or in a name.
_MARKS = "\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_REFUSED = re.compile(f"[\x00-\x1f{_MARKS}]")
_REFUSED_IN_LINES = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f{_MARKS}]")
_OBEYED = re.compile(f"[\x00-\x08\x0b-\x1f{_MARKS}]")
_DATE = re.compile("([0-9]{4}|XXXX)(?:-([0-9]{2})(?:-([0-9]{2}))?)?(~?)")
_QUANTITY = re.compile(r"(=|~|<=|>=|<|>)?\s*(-?[0-9]+(?:\.[0-9]+)?)(?:\s*(\S.*))?", re.DOTALL)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def clean_text(value: str) -> str:
    """NFC and trimmed. Raises InvalidData `text_refused` with the offset of a control, lone surrogate or direction mark."""
    if len(value) > TEXT_LIMIT:
        raise LimitExceeded("text_too_long", length=len(value), limit=TEXT_LIMIT)
    text = value.strip()
    if len(text) < len(value):
        check_text(value)  # what is trimmed may be blanks and line ends, but no control
    if text and text.isprintable() and (text.isascii() or unicodedata.is_normalized("NFC", text)):
        return text  # no control, surrogate or direction mark is printable: nearly every text ends here
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text).strip()
    _refuse(_REFUSED.search(text))
    if not text:
        raise InvalidData("text_empty")
    return text


def check_text(text: str, **place: str | int) -> None:
    """For texts of several lines: tabs and line ends pass. Raises InvalidData `text_refused` as `clean_text` does, with the place."""
    _refuse(_REFUSED_IN_LINES.search(text), **place)


def for_terminal(text: str) -> str:
    """A text of a kept document as a terminal may print it: what it would obey (controls, direction marks) is shown as \ufffd."""
    return _OBEYED.sub("\ufffd", text)


def _refuse(bad: re.Match[str] | None, **place: str | int) -> None:
    if bad:
        raise InvalidData("text_refused", place={**place, "offset": bad.start()}, character=f"U+{ord(bad.group()):04X}")


def read_date(value: str) -> Date:
    """A date value with its earliest and latest day (ISO). Raises InvalidData `date_impossible`.

    >>> read_date("2023-02").latest
    '2023-02-28'
    """
    match = _DATE.fullmatch(value)
    if not match:
        raise InvalidData("date_impossible", value=value[:40])
    year, month, day, _ = match.groups()
    if year == "XXXX":
        if day is None:
            raise InvalidData("date_impossible", value=value[:40])
        return Date(value, f"0001-{month}-{day}", f"9999-{month}-{day}") if _real_day(None, month, day) else _no_date(value)
    if not _real_day(int(year), month or "01", day or "01"):
        return _no_date(value)
    last = day or f"{_month_days(int(year), int(month or 12)):02d}"
    return Date(value, f"{year}-{month or '01'}-{day or '01'}", f"{year}-{month or '12'}-{last}")


def _no_date(value: str) -> Date:
    raise InvalidData("date_impossible", value=value[:40])


def _month_days(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 28 if month == 2 and not leap else _DAYS[month - 1]


def _real_day(year: int | None, month: str, day: str) -> bool:
    in_year = 1 <= int(month) <= 12 and (year is None or year > 0)
    return in_year and 1 <= int(day) <= _month_days(2000 if year is None else year, int(month))


def read_quantity(value: str) -> Quantity:
    """A quantity value. Raises InvalidData `quantity_unreadable`.

    >>> str(read_quantity(">= 10.50 万元"))
    '>=10.5 万元'
    """
    match = _QUANTITY.fullmatch(value.strip())
    if not match or len(value) > 200:
        raise InvalidData("quantity_unreadable", value=value[:40])
    op, number, unit = match.groups()
    try:
        return Quantity(op or "=", Decimal(number), clean_text(unit) if unit else "")
    except InvalidOperation as error:
        raise InvalidData("quantity_unreadable", value=value[:40]) from error


class Ontology:
    """Kinds, properties and code lists, with the one check of values. Built once by `ontology()`."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.kinds: Mapping[str, Kind] = {
            id: Kind(id, row["zh"], row["en"], tuple(row["edge"]) if "edge" in row else None) for id, row in table["kinds"].items()
        }
        self.properties: Mapping[str, Property] = {id: _property(id, row) for id, row in table["properties"].items()}
        self.codes: dict[str, Mapping[str, Code]] = {
            scheme: {code: Code(code, row["zh"], row["en"]) for code, row in rows.items()} for scheme, rows in table["codes"].items()
        }
        self.codes["kind"] = {id: Code(id, kind.zh, kind.en) for id, kind in self.kinds.items()}
        self.codes["trade"] = _trades()
        self.kind_ids: tuple[str, ...] = tuple(self.kinds)
        self.property_ids: tuple[str, ...] = tuple(self.properties)
        self._renamed = {old: id for id, prop in self.properties.items() for old in prop.was}
        self._known: dict[str, set[str]] = {scheme: set(rows) for scheme, rows in self.codes.items()}

    def property(self, id: str) -> Property:
        """The property of that id, or of the id it had before. Raises InvalidData `unknown_property`."""
        found = self.properties.get(self._renamed.get(id, id))
        if found is None:
            raise InvalidData("unknown_property", property=id[:80])
        return found

    def labelled(self, label: str) -> Property | None:
        """The property with that id or label, Chinese or English; None where there is none."""
        wanted = label.strip().casefold()
        for prop in self.properties.values():
            if wanted in (prop.id, prop.zh, prop.en.casefold()):
                return prop
        return None

    def canonical(self, property_id: str, value: str) -> str:
        """The value in its type's canonical form. Raises InvalidData or LimitExceeded, with the property as place."""
        prop = self.property(property_id)
        try:
            return self._canonical(prop, value)
        except (InvalidData, LimitExceeded) as error:
            raise error.at(property=prop.id) from None

    def _canonical(self, prop: Property, value: str) -> str:
        match prop.type:
            case "text":
                return clean_text(value)
            case "ref":
                if not THING_ID.fullmatch(value):
                    raise InvalidData("id_malformed", id=value[:80])
                return value
            case "date":
                return read_date(value.strip()).text
            case "quantity":
                return str(read_quantity(value))
            case _:
                return self._code(prop.codes, value.strip())

    def _code(self, scheme: str, value: str) -> str:
        if scheme == "region":
            if re.fullmatch("[1-9][0-9]{5}", value):
                return value
        elif value in self._known[scheme]:
            return value
        else:
            for code in self.codes[scheme].values():
                if value in (code.zh, code.en):
                    return code.code
        raise InvalidData("code_unknown", value=value[:40], scheme=scheme)

    def label(self, property_id: str, value: str, lang: str = "zh") -> str:
        """How a value of that property is shown: a code's label in `lang`, anything else as it is."""
        prop = self.property(property_id)
        code = self.codes.get(prop.codes, {}).get(value) if prop.type == "code" else None
        return getattr(code, lang) if code else value


def _property(id: str, row: Mapping[str, Any]) -> Property:
    def kinds(key: str) -> frozenset[str] | None:
        return None if row.get(key, "*") == "*" else frozenset(row[key])

    plain = {key: row[key] for key in ("codes", "many", "search", "privacy", "retention") if key in row}
    return Property(id, row["zh"], row["en"], row["type"], kinds("on"), kinds("to"), was=tuple(row.get("was", ())), **plain)


def _trades() -> Mapping[str, Code]:
    with files("graph.data").joinpath("trades.csv").open(encoding="utf-8") as lines:
        return {row["code"]: Code(row["code"], row["zh"], row["en"]) for row in csv.DictReader(lines)}


@cache
def ontology() -> Ontology:
    """The ontology that ships with this release."""
    return Ontology(tomllib.loads(files("graph.data").joinpath("ontology.toml").read_text("utf-8")))
