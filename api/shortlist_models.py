"""The shapes of shortlists."""

from typing import Annotated

from pydantic import Field

from api.models import ID, Reason, Receipt, ThingRow, Told

Name = Annotated[str, Field(min_length=1, max_length=200, examples=["港航备选"])]
Note = Annotated[str, Field(max_length=10_000)]


class NewShortlist(Told):
    """A list to be opened, or its new name and note."""

    name: Name
    note: Note = ""


class NewEntry(Told):
    """A thing or a pair to be put on a list; on what is there already the note is changed."""

    things: Annotated[list[Annotated[str, Field(max_length=80)]], Field(min_length=1, max_length=2, examples=[[ID]])]
    note: Note = ""


class ShortlistUndoing(Told):
    """Why a change of a list is taken back."""

    reason: Reason = ""


class Noted(Receipt):
    """What a write did to a list; `change` and `version` are numbers of the list's own log."""

    id: str


class Entered(Noted):
    """What was put on a list."""

    entry: str


class ShortlistRow(Told):
    """A list."""

    id: str
    name: str
    note: str
    entries: int
    version: Annotated[int, Field(description="of the list's own log: its last change, which undo takes back")]
    time: str
    actor: str


class Shortlists(Told):
    """All lists, the one touched last first."""

    version: int
    total: int
    rows: list[ShortlistRow]


class Entry(Told):
    """A thing or a pair on a list; `gone` are ids of things that are no longer there."""

    id: str
    things: list[ThingRow]
    gone: list[str]
    note: str
    actor: str
    time: str


class Shortlist(ShortlistRow):
    """A list with its entries."""

    rows: list[Entry]
