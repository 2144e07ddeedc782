"""What the form around a workshop tells: its host in brackets or in the next cell, its leader's column, its district's heading.

Lists come as lines, as bars, as cells one to a line and as one run of text; a header (序号 名称 单位) tells the columns in all four.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from graph.analysis.places import locate
from graph.data.tables import PlaceRow
from seeds.names import UNIT_END, Room, Span, is_person, rooms

_COLUMNS = {
    "index": ("序号", "编号"),
    "room": ("名称", "工作室名称", "创新工作室名称", "工作室", "创新工作室"),
    "host": ("单位", "所在单位", "单位名称", "申报单位", "所属单位", "工作单位", "依托单位"),
    "leader": ("领衔人", "负责人", "带头人", "领办人", "姓名", "领军人", "领衔人姓名"),
    "place": ("地区", "区县", "区市县"),
    "class": ("类别", "类型"),
    "field": ("领域", "行业", "专业", "所属行业"),
    "other": ("推荐单位", "备注", "级别", "荣誉", "职务", "推荐工会"),
}
_COLUMN_OF = {label: column for column, labels in _COLUMNS.items() for label in labels}
_CELL = re.compile(r"[^\s|]+")
_NUMBER = re.compile(r"\d+[.、．]?")
_IN_BRACKETS = re.compile(r"[ \t]?[(（](?P<host>[^()（）]*(?:\([^()]*\)[^()（）]*)?)[)）]")
_NEXT_CELL = re.compile(r"[ \t|]+(?P<host>[^\s|,，。;；、]+)[ \t]*(?=$|[\n|])", re.MULTILINE)
_HEADING = re.compile(
    r"^[ \t]*(?:[一二三四五六七八九十]+、|\d+[.、]|\([一二三四五六七八九十]+\))?(?P<name>[^\s\d(（:：,，。]{2,16})(?:[(（]\d+[个家][)）]|\d+[个家])?[:：]?[ \t]*$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Seat:
    """A workshop's mention with what its place on the page tells: host (and by what form), leaders, field, district heading."""

    room: Room
    host: Span | None = None
    host_by: str = ""
    leaders: tuple[Span, ...] = ()
    field: Span | None = None
    place: tuple[PlaceRow, Span] | None = None


@dataclass(frozen=True, slots=True)
class _Cell:
    start: int
    text: str

    @property
    def span(self) -> Span:
        return self.start, self.start + len(self.text)


def seats(text: str, city: str) -> Iterator[Seat]:
    """Every workshop that the text names, with what the form around it tells."""
    by_room_cell = {row["room"].start: row for row in table_rows(text) if "room" in row}
    headings = list(_headings(text, city))
    for room in rooms(text):
        seat = _placed(_hosted(text, room), headings, text)
        row = by_room_cell.get(_cell_start(by_room_cell, room))
        yield _tabled(seat, row) if row else seat


def _cell_start(cells: Mapping[int, object], room: Room) -> int:
    return next((at for at in (room.start, room.run) if at in cells), -1)


def _hosted(text: str, room: Room) -> Seat:
    """The host by what is glued before the name, else in brackets right after it, else in the next cell of the line."""
    if room.host and locate(text[slice(*room.host)]) is None:
        return Seat(room, room.host, "glued" if room.sure > 650 else "glued_unsure")
    bracket = _IN_BRACKETS.match(text, room.end)
    if bracket and UNIT_END.search(bracket["host"]):
        return Seat(room, bracket.span("host"), "bracket")
    cell = _NEXT_CELL.match(text, room.end)
    if cell and (UNIT_END.search(cell["host"]) and not is_person(cell["host"])):
        return Seat(room, cell.span("host"), "cell")
    return Seat(room)


def _headings(text: str, city: str) -> Iterator[tuple[int, PlaceRow, Span]]:
    for match in _HEADING.finditer(text):
        row = locate(match["name"], city=city) or locate(match["name"])
        if row and row.level in ("district", "city"):
            yield match.end(), row, match.span("name")


def _placed(seat: Seat, headings: list[tuple[int, PlaceRow, Span]], text: str) -> Seat:
    """Under the last heading before it; a workshop in a sentence of prose stands under none."""
    line = text.rfind("\n", 0, seat.room.start) + 1
    before = text[line : seat.room.run]
    found = [heading for heading in headings if heading[0] < seat.room.start]
    if not found or re.search("[,，。]", before):
        return seat
    return replace(seat, place=(found[-1][1], found[-1][2]))


def _tabled(seat: Seat, row: Mapping[str, _Cell]) -> Seat:
    """What the row's other cells tell, over what the form alone told."""
    people = tuple(_parts(row["leader"])) if "leader" in row else ()
    host = row.get("host")
    return replace(
        seat,
        host=host.span if host else seat.host,
        host_by="table" if host else seat.host_by,
        leaders=tuple(span for span, name in people if is_person(name)),
        field=row["field"].span if "field" in row else None,
    )


def _parts(cell: _Cell) -> Iterator[tuple[Span, str]]:
    for match in re.finditer("[^、,，;；/]+", cell.text):
        yield (cell.start + match.start(), cell.start + match.end()), match.group()


def table_rows(text: str) -> Iterator[Mapping[str, _Cell]]:
    """The rows of every table with a header, however it was flattened: column -> cell.

    >>> [row["host"].text for row in table_rows("序号 名称 单位 1 张伟创新工作室 甲公司 2 李强创新工作室 乙公司")]
    ['甲公司', '乙公司']
    """
    cells = [_Cell(match.start(), match.group()) for match in _CELL.finditer(text)] if "名称" in text or "工作室" in text else []
    at = 0
    while at < len(cells):
        header = _header(cells, at)
        at += len(header) or 1
        if header:
            body = _barred if "|" in text[cells[at - 1].start : cells[at].start if at < len(cells) else None] else _flowing
            for row, reached in body(text, cells, at, header):
                at = reached
                yield row


def _header(cells: list[_Cell], at: int) -> list[str]:
    columns: list[str] = []
    while at < len(cells) and cells[at].text in _COLUMN_OF:
        columns.append(_COLUMN_OF[cells[at].text])
        at += 1
    return columns if len(columns) >= 2 and ("room" in columns or "leader" in columns) else []


def _flowing(text: str, cells: list[_Cell], at: int, header: list[str]) -> Iterator[tuple[Mapping[str, _Cell], int]]:
    """Cells parted by spaces or line ends: a row is as many cells as the header has; with 序号 each begins with a number."""
    width = len(header)
    while at + width <= len(cells):
        if header[0] == "index" and not _NUMBER.fullmatch(cells[at].text):
            return
        row = dict(zip(header, cells[at : at + width], strict=True))
        if header[0] != "index" and "room" in row and not row["room"].text.endswith("工作室"):
            return
        at += width
        yield row, at


def _barred(text: str, cells: list[_Cell], at: int, header: list[str]) -> Iterator[tuple[Mapping[str, _Cell], int]]:
    """Cells parted by bars, a row a line: an empty cell keeps its column."""
    start = text.find("\n", cells[at - 1].start) + 1
    while start and "|" in (line := text[start : end if (end := text.find("\n", start)) >= 0 else len(text)]):
        inner = start + (line.index("|") + 1 if line.lstrip().startswith("|") else 0)
        row = {}
        for column, said in zip(header, text[inner : start + len(line)].split("|"), strict=False):
            if said.strip():
                row[column] = _Cell(inner + len(said) - len(said.lstrip()), said.strip())
            inner += len(said) + 1
        while at < len(cells) and cells[at].start < start + len(line):
            at += 1
        if not set("-: |") >= set(line):
            yield row, at
        start = end + 1
