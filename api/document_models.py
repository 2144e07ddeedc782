"""The shapes of documents: lists, a kept text with its marks, and what it told."""

from typing import Annotated, Literal

from pydantic import Field

from api.models import Page, Statement, Told


class DocumentRow(Told):
    """A document as lists show it."""

    id: str
    title: str
    published: str | None
    addresses: list[str]
    has_text: bool
    facts: int


class DocumentPage(Page):
    """A page of documents."""

    rows: list[DocumentRow]


ReadState = Literal["told", "doubtful", "refused"]


class Mark(Told):
    """Where a statement was read in its block, in characters of the text and of the clean text."""

    id: str
    start: int
    end: int
    clean_start: int
    clean_end: int


class Block(Told):
    """A line of a kept text, as it came and as it was meant, and what was read from it."""

    block: int
    text: str
    clean: str
    marks: list[Mark]


class PageAmong(Page):
    """A page that may begin in the midst: `previous` is the cursor of the one before."""

    previous: str | None


class TextPage(PageAmong):
    """A page of a kept text."""

    rows: list[Block]


class ReadStatement(Statement):
    """A statement with the place where it was read."""

    state: ReadState
    confidence: int
    rule: str
    block: int | None
    paragraph: Annotated[int | None, Field(description="as one counts, lines without text left out")]
    start: int | None
    end: int | None
    clean_start: int | None
    clean_end: int | None
    sheet: str | None
    row: int | None
    column: str | None


class StatementPage(PageAmong):
    """A page of what a document told."""

    rows: list[ReadStatement]


class Document(DocumentRow):
    """A document: how many blocks its kept text has, how many facts of each state it told."""

    version: int
    sources: list[str]
    editions: list[str]
    note: str | None
    length: int
    counts: dict[ReadState, int]
