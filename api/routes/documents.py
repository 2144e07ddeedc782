"""Documents: which there are, and what each told us."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from api import document_models, looking, papers, sheets
from api.desk import Read
from api.routes.things import SHEETS, Cursor, Format, Id, Limit

router = APIRouter(tags=["documents"])

Near = Annotated[str, Query(description="a statement: without a cursor the page that holds it, the first where none does", max_length=80)]
Many = Annotated[int, Query(ge=1, le=1000)]


@router.get("/documents", response_model=document_models.DocumentPage, responses=SHEETS)
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


@router.get("/documents/{id}", response_model=document_models.Document)
def document(asked: Read, id: Id) -> Response:
    """A document and how much it told. Where no text is kept, `note` says 「原文未收录」."""
    return asked.answer(lambda: papers.document(asked.published, id))


@router.get("/documents/{id}/text", response_model=document_models.TextPage)
def text(asked: Read, id: Id, near: Near = "", cursor: Cursor = "", limit: Many = looking.PAGE) -> Response:
    """A document's kept text (原文 and 净文) by blocks, each with the spans that statements were read from."""
    return asked.answer(lambda: papers.text(asked.published, id, near=near, cursor=cursor, limit=limit))


@router.get("/documents/{id}/statements", response_model=document_models.StatementPage, responses=SHEETS)
def statements(
    asked: Read, id: Id, state: Annotated[list[document_models.ReadState], Query(description="any of these", max_length=3)] = [],  # noqa: B006
    near: Near = "", cursor: Cursor = "", limit: Many = looking.PAGE, format: Format = "json",
) -> Response:  # fmt: skip
    """What a document told, each with its span or its cell, in the order of the text or of the rows."""
    return sheets.listed(
        asked, format, "statements",
        lambda start, most: papers.statements(asked.published, id, state=state, near=near, cursor=start, limit=most), (cursor, limit),
    )  # fmt: skip
