"""收入备选: shortlists, each a log of its own."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api import sheets
from api import shortlist_models as models
from api import shortlists as lists
from api.desk import Asked, Read, Write
from api.routes.changes import Number
from api.routes.things import SHEETS, Format

router = APIRouter(prefix="/shortlists", tags=["shortlists"])

ListId = Annotated[str, Path(description="a shortlist's id", max_length=40)]
Why = Annotated[str, Query(description="why, for the log", max_length=2000)]


def _etag(asked: Asked) -> str:
    return f"{asked.published.etag}.{lists.heads(asked.desk.reader)}"


@router.get("", response_model=models.Shortlists)
def shortlists(asked: Read) -> Response:
    """All shortlists, the one touched last first."""
    return asked.answer(lambda: lists.shortlists(asked.published), _etag(asked))


@router.post("", response_model=models.Noted, status_code=201)
def new_shortlist(asked: Write, body: models.NewShortlist) -> Response:
    """Opens a shortlist. Nothing of it touches what is known."""
    return asked.done(lists.create(asked.store, body.name, asked.actor, note=body.note, key=asked.key), 201)


@router.get("/{id}", response_model=models.Shortlist, responses=SHEETS)
def shortlist(asked: Read, id: ListId, format: Format = "json") -> Response:
    """A shortlist with its entries in the order in which they came."""
    if format != "json":
        return sheets.file(asked, format, "shortlist", lambda: lists.shortlist(asked.published, id)["rows"], _etag(asked))
    return asked.answer(lambda: lists.shortlist(asked.published, id), _etag(asked))


@router.put("/{id}", response_model=models.Noted)
def rename_shortlist(asked: Write, id: ListId, body: models.NewShortlist) -> Response:
    """Gives a shortlist another name and note."""
    return asked.done(lists.rename(asked.store, id, body.name, asked.actor, note=body.note, key=asked.key))


@router.delete("/{id}", response_model=models.Noted)
def delete_shortlist(asked: Write, id: ListId, reason: Why = "") -> Response:
    """Takes a shortlist back; undoing that change brings it back."""
    return asked.done(lists.delete(asked.store, id, asked.actor, reason=reason, key=asked.key))


@router.post("/{id}/entries", response_model=models.Entered, status_code=201)
def put_on_shortlist(asked: Write, id: ListId, body: models.NewEntry) -> Response:
    """Puts a thing or a pair on a shortlist with a note, or changes its note."""
    return asked.done(lists.put(asked.store, id, body.things, asked.actor, note=body.note, key=asked.key), 201)


@router.delete("/{id}/entries/{entry}", response_model=models.Noted)
def take_off_shortlist(
    asked: Write, id: ListId, entry: Annotated[str, Path(description="an entry's id", max_length=80)], reason: Why = ""
) -> Response:
    """Takes an entry off a shortlist."""
    return asked.done(lists.take(asked.store, id, entry, asked.actor, reason=reason, key=asked.key))


@router.post("/{id}/changes/{number}/undo", response_model=models.Noted)
def undo_shortlist(asked: Write, id: ListId, number: Number, body: models.ShortlistUndoing) -> Response:
    """Takes back a change of a shortlist, its deletion too."""
    return asked.done(lists.undo(asked.store, id, number, asked.actor, reason=body.reason, key=asked.key))
