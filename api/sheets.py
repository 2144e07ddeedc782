"""Lists as files for a spreadsheet: CSV (UTF-8 with BOM) and xlsx. The rows are those of the JSON, all pages of them.

What begins like a formula is text: in CSV it is guarded by ', which our own reader takes off again, in xlsx it is a text cell.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from starlette.responses import Response

from api.desk import Asked
from api.verbs import Data
from graph.analysis.exchange import guarded
from graph.analysis.steps import step
from graph.record.errors import LimitExceeded
from graph.record.ontology import Code, Property, ontology

Form = Literal["json", "csv", "xlsx"]

MEDIA = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

MOST = 50_000
"""Rows of a file: an xlsx of so many takes some seconds."""

STATES = {
    "told": Code("told", "明载", "told"), "doubtful": Code("doubtful", "存疑", "doubtful"),
    "refused": Code("refused", "不予采信", "refused"),
}  # fmt: skip
"""How sure what a document told is."""

WIDEST = 32_767
"""UTF-16 units that a cell of a spreadsheet holds; one more, and it calls the file damaged."""


class Column(NamedTuple):
    """A column: its heads, the path to its value in a row (through lists and objects), the code list that its values are shown by."""

    zh: str
    en: str
    path: str
    codes: str = ""


def _thing(zh: str = "", en: str = "", at: str = "") -> tuple[Column, ...]:
    return (
        Column(f"{zh}编号", f"{en}id", f"{at}id"), Column(f"{zh}种类", f"{en}kind", f"{at}kind", "kind"),
        Column(f"{zh}名称", f"{en}name", f"{at}name"), Column(f"{zh}单位", f"{en}unit", f"{at}unit.shown"),
        Column(f"{zh}地区", f"{en}place", f"{at}place.shown"), Column(f"{zh}地区是推断", f"{en}place inferred", f"{at}place.inferred"),
        Column(f"{zh}行业", f"{en}trade", f"{at}trade.shown"), Column(f"{zh}行业是推断", f"{en}trade inferred", f"{at}trade.inferred"),
        Column(f"{zh}级别", f"{en}level", f"{at}level.shown"), Column(f"{zh}联系数", f"{en}links", f"{at}degree"),
    )  # fmt: skip


COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "things": _thing(),
    "needs": (
        Column("编号", "id", "id"), Column("名称", "name", "name"), Column("说明", "description", "description"),
        Column("提出单位", "raised by", "raised_by.name"), Column("承接方", "takers", "takers"), Column("期限", "deadline", "deadline"),
        Column("状态", "status", "said"),
    ),
    "decisions": (
        Column("编号", "id", "id"), Column("双方", "about", "about.name"), Column("问题", "question", "text"),
        Column("结论", "answer", "answer", "answer"), Column("原因", "reason", "reason", "decline"), Column("备注", "note", "words"),
        Column("暂缓至", "hidden until", "until"), Column("操作人", "actor", "actor"), Column("时间", "time", "time"),
        Column("版本", "version", "change"),
    ),
    "documents": (
        Column("编号", "id", "id"), Column("题名", "title", "title"), Column("发布日期", "published", "published"),
        Column("地址", "addresses", "addresses"), Column("收录原文", "text kept", "has_text"), Column("事实数", "facts", "facts"),
    ),
    "statements": (
        Column("对象编号", "thing id", "subject"), Column("对象", "thing", "name"), Column("属性", "property", "property", "property"),
        Column("内容", "value", "shown"), Column("状态", "state", "state", "state"), Column("段", "paragraph", "paragraph"),
        Column("表", "sheet", "sheet"), Column("行", "row", "row"), Column("列", "column", "column"),
    ),
    "suggestions": (
        Column("名次", "rank", "rank"), Column("编号", "id", "id"), Column("名称", "name", "name"), Column("单位", "unit", "unit"),
        Column("地区", "place", "place"), Column("行业", "trade", "trade.name"), Column("得分", "score", "score"),
        Column("甲给乙", "give", "give.score"), Column("乙给甲", "get", "get.score"), Column("理由", "reasons", "reasons.text"),
        Column("提醒", "cautions", "cautions.text"), Column("未载", "missing", "missing.label"),
    ),
    "pairs": (
        *_thing("甲", "A ", "first."), *_thing("乙", "B ", "second."), Column("得分", "score", "score"),
        Column("理由", "reason", "reason.text"), Column("提醒", "caution", "caution.text"),
    ),
    "unnamed": (
        Column("编号", "id", "id"), Column("种类", "kind", "kind", "kind"), Column("名称", "name", "name"), Column("所数", "what", "what"),
        Column("文件称", "told", "told"), Column("已具名", "named", "named"), Column("尚未具名", "not named", "more"),
    ),
    "shortlist": (
        Column("编号", "id", "things.id"), Column("名称", "name", "things.name"), Column("单位", "unit", "things.unit.shown"),
        Column("地区", "place", "things.place.shown"), Column("行业", "trade", "things.trade.shown"), Column("备注", "note", "note"),
        Column("操作人", "actor", "actor"), Column("时间", "time", "time"),
    ),
    "gaps": (
        Column("片区一", "first", "first_title"), Column("片区二", "second", "second_title"), Column("联系数", "links", "links"),
    ),
}  # fmt: skip
"""What each list shows in a spreadsheet."""


def listed(asked: Asked, form: Form, name: str, page: Callable[[str, int], Data], at: tuple[str, int], etag: str = "") -> Response:
    """A page of a list as JSON, or all of its rows as a file. `page` gives the page of a cursor and a limit, `at` are those asked for."""
    if form == "json":
        return asked.answer(lambda: page(*at), etag)
    return file(asked, form, name, lambda: _whole(page("", MOST)), etag)


def _whole(page: Data) -> Sequence[Data]:
    """Raises LimitExceeded `too_many_rows`."""
    if page["next"] is not None:
        raise LimitExceeded("too_many_rows", rows=page["total"], limit=MOST)
    rows: Sequence[Data] = page["rows"]
    return rows


def file(asked: Asked, form: Form, name: str, rows: Callable[[], Sequence[Data]], etag: str = "") -> Response:
    """Rows as a file to be saved, with its ETag."""
    lang = "zh" if asked.lang == "zh" else "en"
    headers = {"Content-Disposition": f'attachment; filename="{name}-{asked.published.version}.{form}"'}
    tag = f"{etag or asked.published.etag}.{form}.{lang}"

    def made() -> bytes:
        step("rows")
        told = rows()
        step("file", 0, len(told))
        return WRITERS[form](table(name, told, lang))

    return asked.answer_bytes(made, MEDIA[form], tag, headers)


def table(name: str, rows: Sequence[Data], lang: str = "zh") -> list[list[Any]]:
    """Heads and cells: text, numbers, or empty."""
    columns = COLUMNS[name]
    return [[column.zh if lang == "zh" else column.en for column in columns], *([_cell(row, one, lang) for one in columns] for row in rows)]


def _cell(row: Data, column: Column, lang: str) -> Any:
    value = _reach(row, column.path.split("."))
    if isinstance(value, bool):
        return ("是", "否")[not value] if lang == "zh" else ("yes", "no")[not value]
    code = _words(column.codes).get(value) if column.codes and value else None
    return (code.zh if lang == "zh" else code.en) if code else "" if value is None else value


def _words(scheme: str) -> Mapping[str, Code | Property]:
    """What the values of a column are called."""
    if scheme == "property":
        return ontology().properties
    return STATES if scheme == "state" else ontology().codes[scheme]


def _reach(value: Any, path: Sequence[str]) -> Any:
    """The value at the end of a path; of a list all that are told, by ；."""
    if isinstance(value, list):
        return "；".join(str(told) for one in value if (told := _reach(one, path)) is not None)
    return _reach(value[path[0]], path[1:]) if path and value is not None else value


def csv_bytes(rows: Sequence[Sequence[Any]]) -> bytes:
    """UTF-8 with BOM, as spreadsheets expect it."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows])
    return text.getvalue().encode("utf-8-sig")


def xlsx_bytes(rows: Sequence[Sequence[Any]]) -> bytes:
    """One sheet, its head frozen. Same rows, same bytes: the file says no time."""
    import xlsxwriter

    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True})
    book.set_properties({"created": datetime(2000, 1, 1)})
    sheet = book.add_worksheet()
    head = book.add_format({"bold": True})
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(at, column, _fitting(cell), head if at == 0 else None)
            else:
                sheet.write_number(at, column, cell)
    sheet.freeze_panes(1, 0)
    sheet.autofit()
    book.close()
    return data.getvalue()


def _fitting(text: str) -> str:
    """As much of a text as a cell holds."""
    return text.encode("utf-16-le")[: 2 * WIDEST].decode("utf-16-le", "ignore") if 2 * len(text) > WIDEST else text


WRITERS: Mapping[str, Callable[[Sequence[Sequence[Any]]], bytes]] = {"csv": csv_bytes, "xlsx": xlsx_bytes}
