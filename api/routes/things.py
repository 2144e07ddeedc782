"""Things: lists, one, edits, judgements, history, surroundings; search; the ontology."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api import changes, judging, judging_models, looking, models, sheets, verbs
from api.desk import Edit, Read, Write
from api.published import default_recipe
from graph.record.ontology import ontology as kinds_and_properties

router = APIRouter(tags=["things"])

Id = Annotated[str, Path(description="a thing's id; every member of a merged thing resolves", max_length=80, examples=[models.ID])]
Cursor = Annotated[str, Query(description="`next` of the page before", max_length=20)]
Limit = Annotated[int, Query(ge=1, le=200)]
Format = Annotated[sheets.Form, Query(description="csv or xlsx: a file of all rows (50,000 at most), whatever cursor and limit")]
SHEETS: dict[int | str, dict[str, Any]] = {
    200: {"content": {media.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}} for media in sheets.MEDIA.values()}}
}
Personal = Annotated[bool, Query(description="also facts that the ontology marks as personal or sensitive")]
Version = Annotated[int | None, Query(description="as it was at that version", ge=0, le=2**31 - 1)]


# async: a plain function would be sent to a thread of its own before the route gets one
async def _wanted(
    kind: Annotated[list[str], Query(description="kinds, see /ontology", max_length=50)] = [],  # noqa: B006
    missing: Annotated[list[str], Query(description="properties that are neither told nor inferred", max_length=50)] = [],  # noqa: B006
    place: Annotated[list[str], Query(description="places' ids, their parts included; `unknown` for 未载", max_length=50)] = [],  # noqa: B006
    trade: Annotated[list[str], Query(description="codes of GB/T 4754, told or inferred; `unknown`", max_length=50)] = [],  # noqa: B006
    level: Annotated[list[str], Query(description="codes; `unknown`", max_length=50)] = [],  # noqa: B006
    cluster: Annotated[list[str], Query(description="clusters of the map, by number", max_length=50)] = [],  # noqa: B006
    conflict: Annotated[bool, Query(description="only those of which different values are told (说法不一)")] = False,
    new_since: Annotated[int | None, Query(description="only those that were not there at that version", ge=0, le=2**31 - 1)] = None,
    changed_since: Annotated[int | None, Query(description="only those told of anew after that version", ge=0, le=2**31 - 1)] = None,
) -> dict[str, list[str]]:
    return {
        "kind": kind, "missing": missing, "place": place, "trade": trade, "level": level, "cluster": cluster,
        "conflict": ["yes"] if conflict else [], "new_since": [] if new_since is None else [str(new_since)],
        "changed_since": [] if changed_since is None else [str(changed_since)],
    }  # fmt: skip


Wanted = Annotated[dict[str, list[str]], Depends(_wanted)]
"""The filters of things: AND between them, OR within one."""

Words = Annotated[str, Query(description="as in search", max_length=200)]


@router.get("/things", response_model=models.ThingPage, responses=SHEETS)
def things(
    asked: Read, wanted: Wanted, q: Words = "",
    sort: Annotated[Literal["", "name", "degree"], Query(description="by name (Chinese by sound) or by links, most first")] = "",
    cursor: Cursor = "", limit: Limit = looking.PAGE, format: Format = "json",
) -> Response:  # fmt: skip
    """Things that pass all filters; of several values of one filter, any will do. The list behind every number."""
    return sheets.listed(
        asked, format, "things",
        lambda start, most: looking.things(asked.published, wanted, q=q, sort=sort, cursor=start, limit=most), (cursor, limit),
    )  # fmt: skip


@router.post("/things", response_model=models.Edited, status_code=201)
def add(asked: Write, body: models.NewThing) -> Response:
    """Makes a thing at the desk."""
    told = verbs.add(
        asked.store, body.kind, body.name, asked.actor, reason=body.reason, key=asked.key, namesakes=body.namesakes
    )  # fmt: skip
    return asked.done(told, 201)


@router.get("/things/{id}", response_model=models.Thing)
def show(asked: Read, id: Id, version: Version = None, personal: Personal = False) -> Response:
    """All we know of one thing: facts with state, source and sentence; what is inferred; who points here.

    The ETag holds the thing's own tag, the version and the recipe: it serves If-None-Match and, as it is, If-Match.
    """
    snapshot = asked.published.snapshot if version is None else asked.desk.reader.snapshot(version)
    etag = f"{snapshot.thing(id).etag}.{snapshot.version}.{asked.published.recipe}{'.personal' if personal else ''}"
    names = asked.published.called if version is None else verbs.Names(snapshot)
    return asked.answer(lambda: verbs.shown(asked.desk.reader, snapshot, id, names, personal=personal), etag)


@router.post("/things/{id}/facts", response_model=models.Edited)
def set(asked: Edit, id: Id, body: models.NewFact) -> Response:
    """Says a fact at the desk. Of a property that shows one value, your desk's earlier word is taken back."""
    told = verbs.set_fact(
        asked.store, id, body.property, body.value, asked.actor, since=body.since, until=body.until, reason=body.reason,
        key=asked.key, match=asked.match, namesakes=body.namesakes, instead=body.instead,
    )  # fmt: skip
    return asked.done(told)


@router.delete("/things/{id}/facts/{statement}", response_model=models.Receipt)
def unset(
    asked: Edit, id: Id, statement: Annotated[str, Path(description="a statement's id", max_length=80)],
    reason: Annotated[str, Query(description="why, for the log", max_length=2000)] = "",
    also: Annotated[list[str], Query(description="more statements of the thing, in the same change", max_length=200)] = [],  # noqa: B006
) -> Response:  # fmt: skip
    """Takes a desk's word back; what a document told is refused (it stays in the document and stops counting)."""
    told = verbs.unset_fact(asked.store, statement, asked.actor, reason=reason, key=asked.key, of=id, match=asked.match, also=also)
    return asked.done(told)


@router.post("/things/{id}/merge", response_model=models.Merged)
def merge(asked: Edit, id: Id, body: models.Merging) -> Response:
    """Judges two things to be one."""
    told = verbs.merge(asked.store, id, body.other, asked.actor, reason=body.reason, key=asked.key, match=asked.match)
    return asked.done(told)


@router.get("/things/{id}/merge/{other}", response_model=judging_models.MergePreview)
def merge_preview(asked: Read, id: Id, other: Annotated[str, Path(description="the other thing's id", max_length=80)]) -> Response:
    """Two things side by side before they are judged one: what is equal, what differs, what would show."""
    return asked.answer(lambda: judging.preview(asked.published, id, other))


@router.get("/things/{id}/conflicts", response_model=judging_models.Conflicts)
def conflicts(asked: Read, id: Id) -> Response:
    """Where sources disagree about a thing (说法不一): the values with their sources, from the oldest to the newest."""
    return asked.answer(lambda: judging.conflicts(asked.published, id))


@router.post("/things/{id}/conflicts/{property}", response_model=models.Edited)
def resolve(
    asked: Edit, id: Id, property: Annotated[str, Path(description="a property's id", max_length=80)], body: judging_models.Resolving
) -> Response:
    """Settles a conflict in one change: 用新, 留旧, or 并存 with a day. What documents told and is not kept is refused, not deleted."""
    told = judging.resolve(
        asked.store, id, property, body.choice, asked.actor, value=body.value, since=body.since, until=body.until, reason=body.reason,
        key=asked.key, match=asked.match,
    )  # fmt: skip
    return asked.done(told)


@router.post("/things/{id}/split", response_model=models.Edited)
def split(asked: Edit, id: Id, body: models.Why) -> Response:
    """Takes a member out of its merged thing."""
    return asked.done(verbs.split(asked.store, id, asked.actor, reason=body.reason, key=asked.key, match=asked.match))


@router.get("/things/{id}/history", response_model=models.History)
def history(asked: Read, id: Id) -> Response:
    """Everything that was ever told of a thing, with the changes that told and retracted it."""
    etag = f"{asked.published.etag}.{asked.lang}"
    return asked.answer(lambda: changes.history(asked.published, id, asked.lang), etag)


@router.get("/things/{id}/neighbours", response_model=models.Neighbours)
def neighbours(asked: Read, id: Id, hops: Annotated[int, Query(ge=1, le=3)] = 1) -> Response:
    """What a thing is linked to, up to some hops, and the relations among these."""
    return asked.answer(lambda: looking.neighbours(asked.published, id, hops=hops))


@router.get("/search", response_model=models.Found)
def search(
    asked: Read, q: Annotated[str, Query(max_length=200, examples=["gya"])], kind: Annotated[str, Query(max_length=80)] = "",
    k: Annotated[int, Query(ge=1, le=1000)] = 20,
) -> Response:  # fmt: skip
    """Finds things by name, alias, traditional characters, pinyin, initials or with one typo."""
    published = asked.published
    return asked.answer(lambda: verbs.found(published.called, published.search_index, q, kind=kind, k=k))


@router.get("/ontology", response_model=models.Ontology)
def ontology(asked: Read) -> Response:
    """Kinds, properties and code lists."""
    return asked.answer(looking.ontology_table, default_recipe())


@router.get(
    "/templates/{kind}", response_class=Response,
    responses={200: {"description": "one line of heads", "content": {"text/csv": {"schema": {"type": "string"}}}}},
)  # fmt: skip
def template(asked: Read, kind: Annotated[str, Path(description="a kind, see /ontology", max_length=40)]) -> Response:
    """The heads of a table of this kind, to be filled in and imported."""
    from seeds import tables

    known = kinds_and_properties().canonical("kind", kind)
    headers = {"Content-Disposition": f'attachment; filename="{known}.csv"'}
    return asked.answer_bytes(lambda: tables.template(known).encode("utf-8-sig"), sheets.MEDIA["csv"], default_recipe(), headers)
