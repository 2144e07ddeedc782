"""CSV tables by declarative mapping: which column tells which property, and what its cells point to.

A mapping is TOML (see docs/reference/tables.md). Tables of one mapping are one series: they share a source and refer to each other's
keys. A table whose headers are the ontology's labels needs no mapping.
"""

import csv
import io
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from graph.analysis.exchange import unguarded
from graph.analysis.places import COUNTRY, locate
from graph.analysis.text import normal_name
from graph.record.errors import InvalidData, LianyinError, LimitExceeded
from graph.record.model import Cell, Statement, digest_hex, document_of, read_locator
from graph.record.ontology import Property, check_text, ontology
from seeds.dates import written_date
from seeds.documents import read_bytes
from seeds.reading import Claim, Named, Reading

_BLANK = " \t\r\n\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
"""What is trimmed from a cell: what `str.strip` takes off but controls, which are refused."""

ROW_LIMIT = 300_000
"""Rows of one table: some 400 bytes each while it is read. A city union has a few thousand."""

FIRST_BAD = 20
"""How many bad cells an error lists before it only counts."""

ABOVE = 5
"""Rows in which the headers are looked for."""


@dataclass(frozen=True, slots=True)
class Column:
    """What a column's cells tell. `to` makes a reference: a kind (by name) or another table of the series (by key)."""

    property: str
    split: str = ""
    to: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    form: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: the kind of its rows, their key and name columns, the column of page addresses, and what the others tell.

    `place` names the columns for province, city and district. With `link` a row is no thing but a statement between two.
    """

    sheet: str
    kind: str
    key: tuple[str, ...]
    name: str
    address: str
    columns: Mapping[str, Column]
    place: Mapping[str, str]
    link: Mapping[str, Any]
    ignore: tuple[str, ...] = ()
    leads: str = ""
    """Column of a table of people that names the workshop they lead: the leader cell of that row means this person."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table's rows as read, with the digest of its bytes."""

    name: str
    edition: str
    headers: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]
    head: int = 1
    """The row of the headers."""


def read_mapping(text: str) -> tuple[str, tuple[Table, ...]]:
    """The series and the tables of a mapping. Raises InvalidData `mapping_unreadable`."""
    try:
        data = tomllib.loads(text)
        return str(data["series"]), tuple(_table(one) for one in data["table"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:  # TOML that is none is a ValueError
        raise InvalidData("mapping_unreadable", why=str(error)[:200]) from error
    except RecursionError:
        raise InvalidData("mapping_unreadable", why="too deep") from None


def _table(data: Mapping[str, Any]) -> Table:
    columns = {header: Column(**(one if isinstance(one, dict) else {"property": one})) for header, one in data.get("columns", {}).items()}
    for column in columns.values():
        ontology().property(column.property)
    return Table(
        data["sheet"], data.get("kind", ""), tuple(data.get("key", ())), data.get("name", ""), data.get("address", ""),
        columns, dict(data.get("place", {})), dict(data.get("link", {})), tuple(data.get("ignore", ())), data.get("leads", ""),
    )  # fmt: skip


def read_sheet(name: str, data: bytes) -> Sheet:
    """Rows of a CSV file: numbers (the first line is 1) and cells by header. Raises InvalidData for empty, ragged or binary files."""
    lines = csv.reader(io.StringIO(read_bytes(data, name=name).text, newline=""), strict=True)
    try:
        top = list(islice(lines, ABOVE))
        head = _head(top)
        headers = tuple(header.strip() for header in next(iter(top[head - 1 :]), ()))
        _check_heads(headers, name, head)
        rows = tuple(_rows(enumerate(chain(top[head:], lines), head + 1), headers, name))
        return Sheet(name, digest_hex(data), tuple(filter(None, headers)), rows, head)
    except csv.Error as error:
        raise InvalidData("table_unreadable", place={"file": name}, why=str(error)) from error


def _head(top: Sequence[Sequence[str]]) -> int:
    """The row of the headers: lists of a union have a title above it, alone in its row."""
    told = [[cell for cell in cells if cell.strip()] for cells in top]
    heads = (number for number, cells in enumerate(told, 1) if len(cells) > 1 or (cells and ontology().labelled(cells[0])))
    return next(heads, 1)


def _check_heads(headers: Sequence[str], name: str, row: int) -> None:
    if not any(headers):
        raise InvalidData("table_empty", place={"file": name})
    double = [header for header, count in Counter(headers).items() if header and count > 1]
    if double:
        raise InvalidData("header_doubled", place={"file": name, "row": row}, header=double[0])


def _rows(lines: Iterable[tuple[int, list[str]]], headers: Sequence[str], name: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Rows that hold something, one at a time: 20 MB may be as many million empty ones. Columns without a header must hold nothing."""
    count = 0
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(headers):
            raise InvalidData("row_ragged", place={"file": name, "row": number}, cells=len(cells), headers=len(headers))
        count += 1
        if count > ROW_LIMIT:
            raise LimitExceeded("table_too_long", place={"file": name, "row": number}, limit=ROW_LIMIT)
        told = {header: unguarded(cell.strip(_BLANK)) for header, cell in zip(headers, cells, strict=True) if header or cell.strip(_BLANK)}
        if "" in told:
            raise InvalidData("header_missing", place={"file": name, "row": number}, value=told[""][:40])
        yield number, told


def read_tables(files: Mapping[str, bytes], mapping: str, series: str = "") -> Reading:
    """All tables of a mapping as one reading. Raises InvalidData naming every bad cell (the first 20 and the count)."""
    told, tables = read_mapping(mapping)
    sheets = {table.sheet: read_sheet(table.sheet, files[table.sheet]) for table in tables if table.sheet in files}
    for table in tables:
        if table.sheet in sheets:
            _check_headers(table, sheets[table.sheet])
    reader = _Reader(series or told, {table.sheet: table for table in tables}, sheets)
    blobs = {digest_hex(data): data for name, data in files.items() if name in sheets}
    try:
        return reader.read(blobs)
    except (KeyError, TypeError, AttributeError) as error:  # the mapping names a column that is not there, or puts a word for a table
        raise InvalidData("mapping_unreadable", why=f"{type(error).__name__} {str(error)[:200]}") from error


def _check_headers(table: Table, sheet: Sheet) -> None:
    unknown = [header for header in sheet.headers if header not in _headers(table)]
    if unknown:
        known = _some(sorted(_headers(table) - {""}))
        raise InvalidData("headers_unknown", place={"file": sheet.name, "row": sheet.head}, headers=_some(unknown), known=known)


def _some(headers: Sequence[str]) -> str:
    """The first headers, each cut: a message is read by a person."""
    return "、".join(one[:40] for one in headers[:FIRST_BAD]) + (" …" if len(headers) > FIRST_BAD else "")


LANGUAGES = ("zh", "en")


def _at_cell(error: LianyinError, lang: str) -> str:
    """What is wrong with a cell, and where it stands as people say it: 第3行 级别."""
    row, column = (error.place.get(key, "") for key in ("row", "column"))
    return InvalidData("cell_refused", row=row, column=column, why=error.message(lang)).message(lang)


def _listed(column: str, scheme: str, lang: str) -> str:
    """What a column of codes may hold."""
    labels = [code.zh if lang == "zh" else code.en for code in ontology().codes.get(scheme, {}).values()]
    return InvalidData("cell_listed", column=column, known=_some(labels)).message(lang) if labels else ""


class _Reader:
    """Walks the tables of one series and gathers things and claims."""

    def __init__(self, series: str, tables: Mapping[str, Table], sheets: Mapping[str, Sheet]) -> None:
        self.series = series
        self.tables, self.sheets = tables, sheets
        self.things: dict[str, Named] = {}
        self.claims: dict[str, Claim] = {}
        self.notes: Counter[str] = Counter()
        self.bad: list[LianyinError] = []
        self.rows: dict[tuple[str, str], Named] = {}
        self.people: dict[tuple[str, str], Named] = {}

    def read(self, blobs: Mapping[str, bytes]) -> Reading:
        self._document(blobs)
        for sheet in self.sheets.values():
            self._mint(self.tables[sheet.name], sheet)
        for sheet in self.sheets.values():
            table = self.tables[sheet.name]
            for number, cells in sheet.rows:
                (self._link if table.link else self._row)(table, sheet, number, cells)
        if self.bad:
            raise self._refused()
        return Reading(
            f"table:{self.series}", self.series, "", "", tuple(self.things.values()), tuple(self.claims.values()), dict(blobs),
            dict(self.notes),
        )  # fmt: skip

    def _refused(self) -> InvalidData:
        # a cell is told of once, however many statements were to be made of it
        cells = {(one.place.get("sheet"), one.place.get("row"), one.place.get("column"), one.code): one for one in self.bad}
        place: dict[str, str | int] = {
            key: value for key, value in self.bad[0].place.items() if key in ("file", "sheet", "row", "column", "offset")
        }
        listed = {str(one.place["column"]): str(one.facts["scheme"]) for one in cells.values() if "scheme" in one.facts}
        return InvalidData(
            "cells_refused", place=place, count=len(cells),
            cells={lang: "；".join(_at_cell(one, lang) for one in list(cells.values())[:FIRST_BAD]) for lang in LANGUAGES},
            known={lang: "".join(_listed(column, scheme, lang) for column, scheme in listed.items()) for lang in LANGUAGES},
        )  # fmt: skip

    def _document(self, blobs: Mapping[str, bytes]) -> None:
        check_text(self.series, field="series")
        source = f"table:{self.series}"
        document = Named("document", self.series, "series", (self.series,))
        self._tell(document, source, "")
        for digest in sorted(blobs):
            self._claim(Statement(document.id, "edition", digest, source), digest)

    def _mint(self, table: Table, sheet: Sheet) -> None:
        """Gives every row of a table of things its id, so that other rows can refer to it."""
        if table.link:
            return
        for number, cells in sheet.rows:
            key = "|".join(cells[column] for column in table.key)
            name = cells.get(table.name, "")
            if not key or not name or (sheet.name, key) in self.rows:
                code = "key_doubled" if key and name else "key_empty"
                place: dict[str, str | int] = {"file": sheet.name, "sheet": sheet.name, "row": number, "column": table.key[0]}
                self.bad.append(InvalidData(code, place=place, key=key.replace("|", " · ")[:80]))
                continue
            self.rows[sheet.name, key] = self._named(table, sheet, key, name)
            if table.leads and cells[table.leads]:
                self.people[cells[table.leads], name] = self.rows[sheet.name, key]
                if not any(at == cells[table.leads] for _, at in self.rows):
                    self.notes[f"{sheet.name}.{table.leads}: reference to a row that is not here"] += 1

    def _named(self, table: Table, sheet: Sheet, key: str, name: str) -> Named:
        """Places and organisations are known by their normalised name wherever they stand; other rows by their key."""
        if table.kind in ("organisation", "place", "field"):
            return Named(table.kind, name, "name", (normal_name(name),))
        return Named(table.kind, name, "series", (self.series, sheet.name, key))

    def _row(self, table: Table, sheet: Sheet, number: int, cells: Mapping[str, str]) -> None:
        named = self.rows.get((sheet.name, "|".join(cells[column] for column in table.key)))
        if named is None:
            return
        at = _At(self, sheet, number, self._source(cells.get(table.address, "")))
        self._tell(named, at.source, at.cell(table.name))
        told_in = next((column for column in table.key if not cells[column].isprintable()), table.key[0])  # the cell to look at, if any
        at.claim(named.id, "key", "|".join(cells[column] for column in table.key), told_in)
        for column, spec in table.columns.items():
            if cells.get(column):
                self._cell(table, at, named, column, spec, cells)
        if table.place:
            told = [cells.get(table.place.get(level, ""), "") for level in ("province", "city", "district")]
            self._place(at, named.id, told, table.place)

    def _cell(self, table: Table, at: "_At", named: Named, column: str, spec: Column, cells: Mapping[str, str]) -> None:
        for value in _parts(cells[column], spec.split):
            value = spec.codes.get(value, value)
            if not value:
                continue
            if spec.to:
                target = self._target(at, spec.to, value, column, named)
                if target:
                    at.claim(named.id, spec.property, target, column)
            else:
                at.claim(named.id, spec.property, _formed(value, spec, cells), column)

    def _target(self, at: "_At", to: str, value: str, column: str, named: Named) -> str | None:
        """The id that a cell points to: a row of another table, or a thing by its name."""
        if to in self.tables:
            found = self.rows.get((to, value))
            if found is None:
                self.notes[f"{at.sheet.name}.{column}: reference to a row that is not here"] += 1
            return found.id if found else None
        if to == "person":
            person = self.people.get((named.key[-1], value)) or Named("person", value, "series", (*named.key, value))
            return self._tell(person, at.source, at.cell(column))
        if to == "place":
            return self._place_named(at, value, column)
        return self._tell(Named(to, value, "name", (normal_name(value),)), at.source, at.cell(column))

    def _place(self, at: "_At", subject: str, told: Sequence[str], columns: Mapping[str, str]) -> None:
        province, city, district = told
        level = "district" if district else "city" if city else "province"
        name = district or city or province
        if not name:
            return
        row = locate(name, province=province if level != "province" else "", city=city if level == "district" else "")
        column = columns[level]
        target = self._place_row(at, row.path, column) if row and row.name != COUNTRY else self._place_plain(at, name, column)
        at.claim(subject, "place", target, column)

    def _place_named(self, at: "_At", name: str, column: str) -> str:
        row = locate(name)
        return self._place_row(at, row.path, column) if row and row.name != COUNTRY else self._place_plain(at, name, column)

    def _place_row(self, at: "_At", path: str, column: str) -> str:
        """A known place and what it lies within, each told by this row."""
        outer, _, name = path.rpartition("/")
        id = self._tell(Named("place", name, "name", (path,)), at.source, at.cell(column))
        if outer:
            at.claim(id, "within", self._place_row(at, outer, column), column)
        return id

    def _place_plain(self, at: "_At", name: str, column: str) -> str:
        return self._tell(Named("place", name, "name", (normal_name(name),)), at.source, at.cell(column))

    def _link(self, table: Table, sheet: Sheet, number: int, cells: Mapping[str, str]) -> None:
        """A row that ties two things: who, in which role, whom."""
        at = _At(self, sheet, number, self._source(cells.get(table.address, "")))
        link = table.link
        subject = self.rows.get((link["from_table"], cells[link["from"]]))
        role = link["roles"].get(cells[link["role"]])
        if subject is None or role is None:
            self.notes[f"{sheet.name}: " + ("row of a table that is not here" if subject is None else "role not mapped")] += 1
            return
        target = self._linked(at, link, cells)
        if target:
            at.claim(subject.id, role, target, link["name"])
        else:
            self.notes[f"{sheet.name}: kind not mapped"] += 1

    def _linked(self, at: "_At", link: Mapping[str, Any], cells: Mapping[str, str]) -> str | None:
        for table in link["ref_tables"]:
            found = self.rows.get((table, cells[link["ref"]]))
            if found:
                return found.id
        if cells[link["ref"]]:
            self.notes[f"{at.sheet.name}.{link['ref']}: reference to a row that is not here"] += 1
        kind = link["kinds"].get(cells[link["kind"]])
        name = cells[link["name"]]
        if kind is None or not name:
            return None
        if kind == "organisation":
            id = self._tell(Named(kind, name, "name", (normal_name(name),)), at.source, at.cell(link["name"]))
            form = link.get("forms", {}).get(cells[link["kind"]])
            if form:
                at.claim(id, "form", form, link["kind"])
            return id
        unit = cells.get(link.get("unit", ""), "")
        named = Named(kind, name, "series", (self.series, at.sheet.name, name, unit))
        id = self._tell(named, at.source, at.cell(link["name"]))
        if unit and unit != name:
            owner = self._tell(Named("organisation", unit, "name", (normal_name(unit),)), at.source, at.cell(link["unit"]))
            at.claim(id, "host" if kind == "workshop" else "employer", owner, link["unit"])
        return id

    def _source(self, addresses: str) -> str:
        """The first address is the row's source; each address is a document without text."""
        for address in addresses.split():
            self._tell(Named("document", address, "address", (address,)), address, "")
            self._claim(Statement(document_of(address) or "", "address", address, address), address)
        return addresses.split()[0] if addresses.split() else f"table:{self.series}"

    def _tell(self, named: Named, source: str, locator: str) -> str:
        """Kind and name of a thing, told by this source."""
        self.things.setdefault(named.id, named)
        self._claim(Statement(named.id, "kind", named.kind, source, locator=locator), named.kind)
        self._claim(Statement(named.id, "name", self.things[named.id].name, source, locator=locator), named.name)
        return named.id

    def _claim(self, one: Statement, quote: str) -> None:
        """Remembers a claim; of a cell whose value cannot be, its place."""
        try:
            one = one._replace(value=ontology().canonical(one.property, one.value))
        except LianyinError as error:
            where = read_locator(one.locator)
            if not isinstance(where, Cell):
                raise
            self.bad.append(error.at(file=where.sheet, sheet=where.sheet, row=where.row, column=where.column))
            return
        self.claims.setdefault(one.id, Claim(one, quote, (0, len(quote)), (0, len(quote))))


@dataclass(frozen=True, slots=True)
class _At:
    """Where the reader stands: a row of a sheet, and its source."""

    reader: _Reader
    sheet: Sheet
    number: int
    source: str

    def cell(self, column: str) -> str:
        """The locator of a cell of this row."""
        return str(Cell(self.sheet.edition, self.sheet.name, self.number, column))

    def claim(self, subject: str, property_id: str, value: str, column: str) -> None:
        """A statement read from a cell."""
        self.reader._claim(Statement(subject, property_id, value, self.source, locator=self.cell(column)), value)


def _parts(cell: str, split: str) -> Iterator[str]:
    return (part.strip(_BLANK) for part in (cell.replace("；", ";").split(split) if split else [cell]) if part.strip())


def _formed(value: str, spec: Column, cells: Mapping[str, str]) -> str:
    """A cell in the form that its property wants: a date as people write it, a quantity with the unit of another column."""
    if ontology().properties[spec.property].type == "date":
        return written_date(value)
    if spec.form == "quantity":
        return f"{value} {cells.get(spec.unit, '')}".strip()
    return value


# ---- a table headed by the ontology's labels


def labelled_table(sheet: Sheet, kind: str) -> Table:
    """The mapping of a table whose headers are labels (Chinese or English). Raises InvalidData `headers_unknown` with all that are."""
    known = {header: ontology().labelled(header) for header in sheet.headers}
    wrong = [header for header, prop in known.items() if prop is None or (prop.on is not None and kind not in prop.on)]
    if wrong:
        labels = {lang: _some([prop.zh if lang == "zh" else prop.en for prop in _told_of(kind)]) for lang in LANGUAGES}
        raise InvalidData("headers_unknown", place={"file": sheet.name, "row": sheet.head}, headers=_some(wrong), known=labels)
    by_property = {prop.id: header for header, prop in known.items() if prop}
    if "name" not in by_property:
        raise InvalidData("name_column_missing", place={"file": sheet.name, "row": sheet.head})
    columns = {header: _labelled(prop.id) for header, prop in known.items() if prop and prop.id not in ("name", "key", "kind")}
    units = [by_property[id] for id in ("host", "employer", "raised_by") if id in by_property]
    key = (by_property["key"],) if "key" in by_property else (by_property["name"], *units[:1])
    return Table(sheet.name, kind, key, by_property["name"], "", columns, {}, {}, tuple(filter(None, [by_property.get("kind")])))


def _labelled(property_id: str) -> Column:
    prop = ontology().properties[property_id]
    to = "" if prop.type != "ref" else next((kind for kind in ("place", "person", "field", "organisation") if kind in (prop.to or ())), "")
    return Column(property_id, ";" if prop.many else "", to)


def _told_of(kind: str) -> list[Property]:
    """What a list of this kind may tell."""
    hidden = {"kind", "same_as", "different_from", "refused", "key", "content", "text"}
    return [prop for prop in ontology().properties.values() if (prop.on is None or kind in prop.on) and prop.id not in hidden]


def template(kind: str) -> str:
    """A CSV with the Chinese labels of every property that a list of this kind may tell."""
    return ",".join(prop.zh for prop in _told_of(kind)) + "\n"


def read_file(path: Path, *, mapping: Path | None = None, series: str = "", kind: str = "") -> Reading:
    """A CSV file from the disk, as `read_named` reads it."""
    return read_named(path.name, path.read_bytes(), mapping=mapping.read_text("utf-8") if mapping else "", series=series, kind=kind)


def read_named(name: str, data: bytes, *, mapping: str = "", series: str = "", kind: str = "") -> Reading:
    """A CSV file of that name: by the mapping given, by the facts' own map where its headers are these, else by its labels."""
    if mapping:
        return read_tables({name: data}, mapping, series)
    sheet = read_sheet(name, data)
    facts = facts_mapping()
    if any(table.sheet == name and set(sheet.headers) <= _headers(table) for table in read_mapping(facts)[1]):
        return read_tables({name: data}, facts, series)
    stem = Path(name).stem
    kind = kind or next((one for one in ontology().kinds if one in stem.lower() or ontology().kinds[one].zh in stem), "workshop")
    table = labelled_table(sheet, ontology()._code("kind", kind))
    reader = _Reader(series or stem, {sheet.name: table}, {sheet.name: sheet})
    return reader.read({sheet.edition: data})


def _headers(table: Table) -> set[str]:
    link = [value for value in table.link.values() if isinstance(value, str)]
    return {*table.columns, *table.key, table.name, table.address, table.leads, *table.place.values(), *table.ignore, *link}


def facts_mapping() -> str:
    """The mapping of the facts tables, as text."""
    return (Path(__file__).parent / "data" / "facts.toml").read_text("utf-8")


def only(reading: Reading, keep: Iterable[str]) -> Reading:
    """A reading with the claims of some properties only."""
    wanted = set(keep)
    return replace(reading, claims=tuple(claim for claim in reading.claims if claim.statement.property in wanted))
