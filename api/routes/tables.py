"""What a screen shows, as a spreadsheet: for rows that no list of the server holds."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from api import sheets
from api.desk import Plain
from api.models import Told

router = APIRouter(tags=["tables"])

Cell = str | float | int | bool | None


class Rows(Told):
    """Heads, and as many cells in each row."""

    heads: Annotated[list[str], Field(min_length=1, max_length=100, examples=[["名称", "得分"]])]
    rows: Annotated[list[list[Cell]], Field(max_length=sheets.MOST, examples=[[["甲工作室", 0.62]]])]


BOOK: dict[int | str, dict[str, Any]] = {
    200: {"description": "the rows as xlsx", "content": {sheets.MEDIA["xlsx"]: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.post("/tables", response_class=Response, responses=BOOK)
def table(asked: Plain, body: Rows) -> Response:
    """Rows that a page shows, as xlsx: every text a text cell, never a formula. Nothing is kept."""
    cells: list[list[Any]] = [[*body.heads], *(["" if cell is None else cell for cell in row] for row in body.rows)]
    return Response(sheets.xlsx_bytes(cells), media_type=sheets.MEDIA["xlsx"], headers={"Cache-Control": "no-store"})
