"""The graph as a picture: clusters, bridges, the map."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from api import drawing, looking, matches, models, network, sheets
from api.desk import Read
from api.routes.things import SHEETS, Cursor, Format, Limit, Wanted, Words
from graph.record.ontology import check_text

router = APIRouter(prefix="/network", tags=["network"])


@router.get("/communities", response_model=models.Communities)
def communities(asked: Read) -> Response:
    """The clusters (片区) with title, count and disc, largest first, and how many links join each two."""
    return asked.answer(lambda: network.communities(asked.published))


@router.get("/bridges", response_model=models.Bridges)
def bridges(asked: Read, cursor: Cursor = "", limit: Limit = looking.PAGE) -> Response:
    """The things that join clusters, those that reach most first; and the pairs of clusters that hang on a single link."""
    return asked.answer(lambda: network.bridges(asked.published, cursor=cursor, limit=limit))


@router.get("/gaps", response_model=models.ClusterGaps, responses=SHEETS)
def gaps(
    asked: Read, links: Annotated[int, Query(description="0: no cooperation, 1: a single link", ge=0, le=1)] = 0,
    cursor: Cursor = "", limit: Limit = looking.PAGE, format: Format = "json",
) -> Response:  # fmt: skip
    """Pairs of large clusters (five workshops and more) without any link between them, or with a single one; the largest first."""
    return sheets.listed(
        asked, format, "gaps", lambda start, most: network.gaps(asked.published, links=links, cursor=start, limit=most), (cursor, limit)
    )


@router.get("/map", response_model=models.Map)
def map(
    asked: Read, detail: Literal["discs", "members"] = "discs",
    kind: Annotated[list[str], Query(description="only these kinds", max_length=50)] = [],  # noqa: B006
    cluster: Annotated[list[int], Query(description="only these clusters", max_length=50)] = [],  # noqa: B006
) -> Response:  # fmt: skip
    """The map: clusters as discs, or also their members and relations."""
    return asked.answer(lambda: network.map_data(asked.published, detail=detail, kinds=kind, clusters=cluster))


@router.get(
    "/map.svg",
    response_class=Response,
    responses={200: {"description": "the map, A4 across", "content": {"image/svg+xml": {"schema": {"type": "string"}}}}},
)
def map_svg(
    asked: Read, wanted: Wanted, q: Words = "",
    select: Annotated[str, Query(description="a thing's id: it and its neighbours stand out", max_length=80)] = "",
    title: Annotated[str, Query(description="what stands above", max_length=80)] = "",
) -> Response:  # fmt: skip
    """The map for print: what passes the filters of /things, with title, filters, legend, version and date; masked as on screen."""
    check_text(title, field="title")
    check_text(q, field="q")
    etag = f"{asked.published.etag}.{asked.lang}.{matches.today()}"
    return asked.answer_bytes(
        lambda: drawing.svg(asked.published, wanted, q=q, select=select, title=title, day=matches.today(), lang=asked.lang),
        "image/svg+xml", etag, {"Content-Disposition": f'inline; filename="map-{asked.published.version}.svg"'},
    )  # fmt: skip
