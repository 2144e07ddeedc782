"""The shapes of merges looked at before they are made, and of conflicts and how they are settled."""

from typing import Annotated, Literal

from pydantic import Field

from api.models import Day, Reason, Told


class Resolving(Told):
    """How a conflict is settled: the newest value (用新), the oldest (留旧), or both in their times (并存)."""

    choice: Literal["new", "old", "both"]
    value: Annotated[str, Field(max_length=100_000, description="with new or old: keep this value instead, where there are three")] = ""
    since: Annotated[Day, Field(description="with both: from then on the newer value holds")] = ""
    until: Annotated[Day, Field(description="with both: until then the older value held; one of the two days is enough")] = ""
    reason: Reason = ""


class ToldValue(Told):
    """A value and the statements that tell it."""

    value: str
    shown: str
    statements: list[str]


class MergeSide(Told):
    """A thing that may be merged."""

    id: str
    kind: str
    name: str
    facts: int
    members: list[str]


class MergeField(Told):
    """A property of both: equal, different (one would show), joined (both would stand), or told of one only."""

    property: str
    zh: str
    en: str
    many: bool
    state: Literal["equal", "different", "joined", "first_only", "second_only"]
    first: list[ToldValue]
    second: list[ToldValue]
    shows: Annotated[str | None, Field(description="the value that would show; null where several may")]


class MergePreview(Told):
    """Two things side by side before they are judged one."""

    version: int
    first: MergeSide
    second: MergeSide
    kept: Annotated[str, Field(description="the id that would stand for both")]
    refusal: Annotated[str | None, Field(description="code of the error that the merge would end in")]
    equal: int
    different: int
    fields: list[MergeField]


class ConflictSource(Told):
    """Who tells a value in conflict: a document, or a person at the desk."""

    statement: str
    document: str | None
    title: str | None
    published: str | None
    since: str
    until: str
    actor: str | None


class ConflictValue(Told):
    """A value in conflict."""

    value: str
    shown: str
    current: bool
    sources: list[ConflictSource]


class ConflictRow(Told):
    """A property of which different values are told, from the oldest to the newest."""

    property: str
    zh: str
    en: str
    values: list[ConflictValue]


class Conflicts(Told):
    """The conflicts of a thing (说法不一)."""

    version: int
    id: str
    etag: str
    rows: list[ConflictRow]
