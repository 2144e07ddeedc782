"""The shapes of home's answers: each number with the list that has so many rows."""

from typing import Annotated, Literal

from pydantic import Field

from api.matching_models import Caution, Reason
from api.models import Change, Cluster, Page, ThingRow, Told

Listed = Annotated[str, Field(description="path of the list with exactly so many rows", examples=["/things?kind=workshop"])]


class Number(Told):
    """A number and its list."""

    code: str
    label: str
    total: int
    path: Listed


class KindCount(Number):
    """How many things of a kind there are."""

    label_en: str


class UnnamedCount(Told):
    """How many figures say that there are more than are named, and how many more in all."""

    total: int
    things: int
    path: Listed


class UnnamedRow(Told):
    """A figure that says how many there are where fewer are named (文件称有、尚未具名)."""

    id: str
    kind: str
    name: str
    what: str
    told: Annotated[str, Field(examples=["20个"])]
    bound: Literal["exactly", "about", "at_least", "at_most"]
    named: int
    more: int
    statement: Annotated[str, Field(description="see /evidence")]


class UnnamedPage(Page):
    """A page of such figures."""

    rows: list[UnnamedRow]


class PairRow(Told):
    """Two workshops that nobody has decided about, with the first reason and the first caution; 甲 is `first`."""

    first: ThingRow
    second: ThingRow
    score: float
    give: float | None
    get: float
    reason: Reason | None
    caution: Caution | None


class PairPage(Page):
    """A page of pairs."""

    rows: list[PairRow]


class TopPairs(Told):
    """The best pairs and how many there are."""

    total: int
    path: Listed
    rows: list[PairRow]


class ThingsListed(Told):
    """How many things, some of them, and the list of all."""

    total: int
    path: Listed
    rows: list[ThingRow]


class Since(Told):
    """What changed since a version."""

    from_: Annotated[int, Field(alias="from")]
    to: int
    text: str
    adds: int
    retracts: int
    new: ThingsListed
    changed: ThingsListed
    latest: list[Change]


class Home(Told):
    """All of home."""

    version: int
    counts: list[KindCount]
    unnamed: UnnamedCount
    gaps: list[Number]
    pairs: Annotated[TopPairs | None, Field(description="null where they were not asked for")]
    clusters: list[Cluster]
    bridges: list[Number]
    changes: Since | None
