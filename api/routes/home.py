"""Home: numbers with their lists, pairs to discuss, what is missing, what changed."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api import home_models as models
from api import looking, matches, overview, sheets
from api.desk import Asked, Read
from api.routes.things import SHEETS, Cursor, Format, Limit

router = APIRouter(tags=["home"])
Since = Annotated[int | None, Query(description="the version that was looked at before", ge=0, le=2**31 - 1)]


def _etag(asked: Asked) -> str:
    """Version, recipe, language and day: pairs that were put off come back."""
    return f"{asked.published.version}.{asked.published.matcher.recipe}.{asked.lang}.{matches.today()}"


@router.get("/home", response_model=models.Home)
def home(
    asked: Read, since: Since = None,
    pairs: Annotated[bool, Query(description="false: all but the pairs, which take longest after facts changed")] = True,
) -> Response:  # fmt: skip
    """All that home shows, at once. Each number names in `path` the list that has exactly so many rows."""
    asked.desk.publisher.ahead(overview.AHEAD)
    etag = f"{_etag(asked) if pairs else f'{asked.published.etag}.{asked.lang}'}.{'' if since is None else since}"
    return asked.answer(lambda: overview.home(asked.published, since=since, with_pairs=pairs, lang=asked.lang), etag)


@router.get("/pairs", response_model=models.PairPage, responses=SHEETS)
def pairs(asked: Read, cursor: Cursor = "", limit: Limit = looking.PAGE, format: Format = "json") -> Response:
    """Pairs to discuss (当前可议的联姻): of every workshop the best one that nobody has decided about, best first, each once."""
    return sheets.listed(
        asked, format, "pairs", lambda start, most: overview.pairs(asked.published, cursor=start, limit=most, lang=asked.lang),
        (cursor, limit), _etag(asked),
    )  # fmt: skip


@router.get("/unnamed", response_model=models.UnnamedPage, responses=SHEETS)
def unnamed(asked: Read, cursor: Cursor = "", limit: Limit = looking.PAGE, format: Format = "json") -> Response:
    """Figures that say how many there are where fewer are named (文件称有、尚未具名)."""
    return sheets.listed(
        asked, format, "unnamed", lambda start, most: overview.unnamed(asked.published, cursor=start, limit=most), (cursor, limit)
    )
