"""Documents: which there are, and what each told us."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from api import looking, models, papers, sheets
from api.desk import Read
from api.routes.things import SHEETS, Cursor, Format, Id, Limit

router = APIRouter(tags=["documents"])


@router.get("/documents", response_model=models.DocumentPage, responses=SHEETS)
def documents(
    asked: Read,
    sort: Annotated[Literal["", "title", "published", "facts"], Query(description="unless told, those with their text first")] = "",
    descending: bool = False, cursor: Cursor = "", limit: Limit = looking.PAGE, format: Format = "json",
) -> Response:  # fmt: skip
    """The documents, with how many facts each tells."""
    return sheets.listed(
        asked, format, "documents",
        lambda start, most: papers.documents(asked.published, sort=sort, descending=descending, cursor=start, limit=most), (cursor, limit),
    )  # fmt: skip


@router.get("/documents/{id}", response_model=models.Document)
def document(asked: Read, id: Id) -> Response:
    """A document with its kept text (原文 and 净文) by blocks, and every statement with its span.

    Where no text is kept, `note` says 「原文未收录」 and the statements name the cell they stand in.
    """
    return asked.answer(lambda: papers.document(asked.published, id))
