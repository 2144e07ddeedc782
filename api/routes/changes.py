"""Changes: the log, what differs, back again; and the graph for other programs."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api import changes as record
from api import looking, models, verbs
from api.desk import Read, Write
from api.routes.things import Cursor, Limit

router = APIRouter(tags=["changes"])

Number = Annotated[int, Path(description="a change's number", ge=1, le=2**31 - 1)]
MEDIA = {
    "jsonl": "application/x-ndjson", "graphml": "application/graphml+xml", "json": "application/json", "csv": "application/zip",
}  # fmt: skip
_BINARY = {"type": "string", "format": "binary"}
SUFFIX = {"csv": "zip"}


@router.get("/changes", response_model=models.ChangePage)
def changes(asked: Read, cursor: Cursor = "", limit: Limit = looking.PAGE) -> Response:
    """The changes, latest first."""
    etag = f"{asked.published.etag}.{asked.lang}"
    return asked.answer(lambda: record.changes(asked.published, cursor=cursor, limit=limit, lang=asked.lang), etag)


@router.get("/changes/{number}", response_model=models.WholeChange)
def change(asked: Read, number: Number) -> Response:
    """One change with what it added and retracted."""
    return asked.answer(lambda: record.change(asked.published, number))


@router.post("/changes/{number}/undo", response_model=models.Receipt)
def undo(asked: Write, number: Number, body: models.Undoing) -> Response:
    """Takes a change back. Where later changes stand on it: 409 `undo_blocked` with their numbers; `with_later` takes these back too."""
    told = verbs.undo(asked.store, number, asked.actor, reason=body.reason, key=asked.key, with_later=body.with_later)
    return asked.done(told)


@router.get("/diff", response_model=models.Difference)
def diff(
    asked: Read, from_: Annotated[int, Query(alias="from", ge=0, le=2**31 - 1)], to: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None
) -> Response:
    """What became told and what ceased to be between two versions, net."""
    published = asked.published
    return asked.answer(lambda: verbs.diff(published.reader, from_, published.version if to is None else to, published.called))


@router.get(
    "/exports/{form}",
    response_class=Response,
    responses={200: {"description": "the graph", "content": {media: {"schema": _BINARY} for media in MEDIA.values()}}},
)
def export(asked: Read, form: Annotated[str, Path(description="jsonl, graphml, json or csv (a zip)", max_length=40)]) -> Response:
    """The graph: statements with their sources (jsonl), or nodes and edges (graphml, json, csv)."""
    published = asked.published
    name = f'attachment; filename="lianyin-{published.version}.{SUFFIX.get(form, form)}"' if form in MEDIA else ""
    media, headers = MEDIA.get(form, ""), {"Content-Disposition": name}
    return asked.answer_bytes(lambda: verbs.exported(published.snapshot, form), media, headers=headers)
