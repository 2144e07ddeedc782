"""The graph as a picture: clusters, bridges, the map."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api import drawing, gexf, looking, matches, models, network, sheets
from api.desk import Asked, Read
from api.network import View
from api.published import Published
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


def _view(
    asked: Read, wanted: Wanted, q: Words = "",
    words: Annotated[str, Query(description="part of a name or of its unit's", max_length=200)] = "",
    select: Annotated[str, Query(description="a thing's id: it and its neighbours stand out", max_length=80)] = "",
    hops: Annotated[int, Query(description="how many steps around it", ge=1, le=3)] = 1,
    title: Annotated[str, Query(description="what stands above", max_length=80)] = "",
) -> View:  # fmt: skip
    for field, text in (("title", title), ("q", q), ("words", words)):
        check_text(text, field=field)
    return View(wanted, q, words, select, hops, title, matches.today(), asked.lang)


Viewed = Annotated[View, Depends(_view)]
"""What of the map is wanted as a file."""


@router.get(
    "/map.svg",
    response_class=Response,
    responses={200: {"description": "the map, A4 across", "content": {"image/svg+xml": {"schema": {"type": "string"}}}}},
)
def map_svg(asked: Read, view: Viewed) -> Response:
    """The map for print: what passes the filters of /things, with title, filters, legend, version and date; masked as on screen."""
    return _file(asked, view, drawing.svg, "image/svg+xml", "inline", "svg")


@router.get(
    "/map.gexf",
    response_class=Response,
    responses={200: {"description": "GEXF 1.2", "content": {"application/gexf+xml": {"schema": {"type": "string"}}}}},
)
def map_gexf(asked: Read, view: Viewed) -> Response:
    """The map for Gephi and other programs: things that pass with places, colours and clusters; filters, version and date in its head."""
    return _file(asked, view, gexf.gexf, "application/gexf+xml", "attachment", "gexf")


def _file(asked: Asked, view: View, make: Callable[[Published, View], bytes], media: str, how: str, form: str) -> Response:
    """A file of the map with its ETag: the day stands in it."""
    name = f'{how}; filename="map-{asked.published.version}.{form}"'
    etag = f"{asked.published.etag}.{form}.{asked.lang}.{view.day}"
    return asked.answer_bytes(lambda: make(asked.published, view), media, etag, {"Content-Disposition": name})
