"""The shapes of evidence: a statement with its sentence, its row, or who said it."""

from typing import Annotated, Literal

from pydantic import Field

from api.models import Change, QuotedCell, Statement, Told


class Passage(Told):
    """A sentence cut at the marked words, with the sentences around it. Marked words, lead and tail together are the sentence."""

    before: list[str]
    lead: str
    marked: str
    tail: str
    after: list[str]


class EvidenceDocument(Told):
    """The document that told it."""

    id: str
    title: str
    published: str | None
    addresses: list[str]
    link: str | None


class Evidence(Statement):
    """A statement and what stands behind it. `note` says 「原文未收录」 where the document was not kept."""

    label: str
    state: Literal["told", "inferred", "refused", "conflict", "retracted"]
    confidence: int
    since: str
    until: str
    rule: str
    rule_words: Annotated[str, Field(description="how it was read", examples=["按名称认出工作室，类别取自名称（劳模、职工、工匠）"])]
    actor: Annotated[str | None, Field(description="who said it at the desk")]
    change: Annotated[Change, Field(description="the change that recorded it")]
    document: EvidenceDocument | None
    note: str | None
    paragraph: Annotated[int | None, Field(description="第3段: counted from 1, empty lines left out")]
    original: Annotated[Passage | None, Field(description="原文")]
    clean: Annotated[Passage | None, Field(description="净文")]
    sheet: str | None
    row: int | None
    column: str | None
    address: str | None
    cells: list[QuotedCell] | None


class ManyEvidence(Told):
    """What stands behind several statements, in the order asked."""

    version: int
    rows: list[Evidence]


class AskingEvidence(Told):
    """Statements whose evidence is wanted."""

    ids: Annotated[list[Annotated[str, Field(max_length=80)]], Field(min_length=1, max_length=50)]
    personal: bool = False
