"""Lists as files: the rows of the JSON, nothing run as a formula, our own reader reads them back."""

import csv
import io
import zipfile
from xml.etree import ElementTree

import pytest

from api import sheets
from graph.analysis.exchange import guarded, unguarded
from seeds import tables
from tests.api.serving import Served
from tests.api.test_reading import walked

SPACE = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
HOSTILE = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "<script>alert(1)</script>", '带"引号",逗号\u3000']
HOSTILE += ["𠮷野家👩‍🔧é", "'", "长" * 10_000]


def read_csv(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def read_xlsx(data: bytes) -> list[list[str]]:
    """Cells as text, straight from the file's XML; a formula would have an `f`."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
        shared = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        texts = ["".join(part.text or "" for part in one.iterfind(".//s:t", SPACE)) for one in shared.iterfind("s:si", SPACE)]
        rows = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml")).iterfind(".//s:row", SPACE)
        return [[_text(cell, texts) for cell in row.iterfind("s:c", SPACE)] for row in rows]


def _text(cell: ElementTree.Element, texts: list[str]) -> str:
    value = cell.findtext("s:v", "", SPACE)
    return texts[int(value)] if cell.get("t") == "s" else value and f"{float(value):.15g}"


PATHS = ["/things?kind=workshop&trade=unknown", "/needs", "/documents", "/pairs", "/unnamed", "/network/gaps?links=1", "/decisions"]
PATHS += ["/documents/{first}/statements"]


@pytest.mark.parametrize("path", PATHS)
def test_a_file_has_the_rows_of_the_list(demo: Served, path: str) -> None:
    first = demo.client.get("/documents").json()["rows"][0]["id"]
    bare, _, query = path.format(first=first).partition("?")
    wanted = dict(part.split("=") for part in query.split("&")) if query else {}
    rows = walked(demo, bare, limit=50, **wanted)
    name = bare.rsplit("/", 1)[-1]
    expected = sheets.table(name, rows)
    found = read_csv(demo.client.get(bare, params={**wanted, "format": "csv"}).content)
    bare_cells = [[unguarded(cell) for cell in row] for row in found]
    assert bare_cells == [[str(cell) for cell in row] for row in expected]
    assert len(found) == len(rows) + 1
    book = read_xlsx(demo.client.get(bare, params={**wanted, "format": "xlsx"}).content)
    assert [[cell for cell in row if cell] for row in book] == [[f"{cell}" for cell in row if cell != ""] for row in expected]


def test_suggestions_are_a_file_too(demo: Served) -> None:
    first = demo.client.get("/home").json()["pairs"]["rows"][0]["first"]["id"]
    items = demo.client.post("/suggestions", json={"id": first}).json()["items"]
    answer = demo.client.post("/suggestions", json={"id": first}, params={"format": "csv"})
    assert answer.headers["content-disposition"].startswith('attachment; filename="suggestions-')
    found = read_csv(answer.content)
    assert [row[1] for row in found[1:]] == [item["id"] for item in items]
    assert [float(row[6]) for row in found[1:]] == [item["score"] for item in items]


def test_nothing_is_a_formula_and_all_comes_back(served: Served) -> None:
    for name in HOSTILE:
        served.client.post("/things", json={"kind": "workshop", "name": name})
    names = [name.strip() for name in HOSTILE]
    answer = served.client.get("/things", params={"kind": "workshop", "format": "csv"})
    assert all(guarded(unguarded(cell)) == cell for row in read_csv(answer.content) for cell in row)
    sheet = tables.read_sheet("名单.csv", answer.content)
    assert sorted(row["名称"] for _, row in sheet.rows) == sorted(names)
    book = served.client.get("/things", params={"kind": "workshop", "format": "xlsx"})
    assert sorted(row[2] for row in read_xlsx(book.content)[1:]) == sorted(names)
    again = served.client.get("/things", params={"kind": "workshop", "format": "xlsx"})
    assert book.content == again.content
    seen = {"If-None-Match": book.headers["etag"]}
    assert served.client.get("/things", params={"kind": "workshop", "format": "xlsx"}, headers=seen).status_code == 304
    assert served.client.get("/things", params={"kind": "workshop"}, headers=seen).status_code == 200


def test_lists_stand_by_name_or_by_links(demo: Served) -> None:
    names = [row["name"] for row in walked(demo, "/things", kind="workshop", sort="name")]
    assert names == sorted(names, key=lambda name: name.encode("gb18030"))
    degrees = [row["degree"] for row in walked(demo, "/things", kind="group", sort="degree")]
    assert degrees == sorted(degrees, reverse=True)
    one = walked(demo, "/things", kind="group", sort="degree")[0]
    assert demo.client.get(f"/things/{one['id']}/neighbours").json()["total"] == one["degree"]
