"""The shapes of requests and answers at the HTTP edge, with examples: what the OpenAPI file and generated clients are made of."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

NAME = "陈兆海创新工作室"
ID = "abcdefghijklmnop"


class Told(BaseModel):
    """Base of the shapes."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Problem(BaseModel):
    """What went wrong (RFC 9457): what happened, where, and what to do."""

    type: Annotated[str, Field(examples=["urn:lianyin:error:thing_unknown"])]
    title: Annotated[str, Field(description="what happened, in one sentence", examples=["没有编号为 x 的对象"])]
    status: int
    code: Annotated[str, Field(description="stable", examples=["thing_unknown"])]
    place: Annotated[dict[str, str | int], Field(description="any of field, file, sheet, row, column, offset, property, id")]
    remedy: Annotated[str, Field(description="what to do next, in one sentence")]
    details: dict[str, Any] | None = None


# ---- requests


Text = Annotated[str, Field(min_length=1, max_length=100_000)]
Reason = Annotated[str, Field(max_length=2000, description="why, for the log", examples=["电话核实"])]
Day = Annotated[str, Field(max_length=20, description="2023, 2023-07 or 2023-07-19, each with an optional ~")]


Namesakes = Annotated[bool, Field(description="you were asked, and this is another person than the erased one of that name")]


class NewThing(Told):
    """A thing to be made."""

    kind: Annotated[str, Field(examples=["workshop"], max_length=40)]
    name: Annotated[Text, Field(examples=[NAME])]
    reason: Reason = ""
    namesakes: Namesakes = False


class NewFact(Told):
    """A fact to be said at the desk."""

    property: Annotated[str, Field(description="id or label, see /ontology", examples=["level"], max_length=80)]
    value: Annotated[Text, Field(description="canonical form or a code's label", examples=["市级"])]
    since: Day = ""
    until: Day = ""
    reason: Reason = ""
    namesakes: Namesakes = False
    instead: Annotated[list[str], Field(max_length=200, description="statements that it answers: put aside in the same change")] = []


class Merging(Told):
    """Which other thing is the same one."""

    other: Annotated[str, Field(examples=[ID], max_length=80)]
    reason: Reason = ""


class Why(Told):
    """Why something is done."""

    reason: Reason = ""


class Undoing(Told):
    """How to take a change back."""

    reason: Reason = ""
    with_later: Annotated[bool, Field(description="take back the later changes that stand on it, too")] = False


class NewImport(Told):
    """A file as JSON: its name and its text."""

    name: Annotated[str, Field(description="ends in .csv for a table", examples=["名单.csv"], min_length=1, max_length=200)]
    text: Annotated[str, Field(examples=["名称,所在单位\n甲工作室,某厂\n"])]
    series: Annotated[str, Field(description="name of the table's series", max_length=200)] = ""
    mapping: Annotated[str, Field(description="mapping of columns, TOML")] = ""
    kind: Annotated[str, Field(description="kind of the table's rows", max_length=40)] = ""
    retract: Annotated[bool, Field(description="also retract what the source no longer tells")] = False


class Opening(Told):
    """The one-time token that `lianyin serve` printed."""

    token: Annotated[str, Field(max_length=200)]
    actor: Annotated[str, Field(description="who acts, for the log", max_length=100, examples=["王某"])] = ""


class Naming(Told):
    """Who acts, for the log."""

    actor: Annotated[str, Field(min_length=1, max_length=100, examples=["王某"])]


# ---- answers


class Health(Told):
    """Alive."""

    status: Literal["ok", "behind"]
    version: int
    engine: Literal["embedded", "shared"]
    followed: Annotated[
        float | None, Field(description="seconds since the shared store was last read to its end; null where the store is embedded")
    ]
    trouble: Annotated[
        str, Field(description="code of what keeps it from following the shared store, empty where nothing does", examples=[""])
    ]
    store: Annotated[str, Field(description="stands for the home that is shown", examples=["5f0c1e2d"])]


class Step(Told):
    """Where long work is: `at` of `of` are done, 0 of 0 where nobody counts."""

    step: Annotated[str, Field(examples=["pairs"])]
    at: int
    of: int


class Session(Told):
    """Who asks."""

    actor: str
    kind: Literal["browser", "program"]
    label: Annotated[str, Field(description="demo or generated where the data are; empty for one's own", examples=["demo"])]
    store: Annotated[str, Field(description="stands for the home that is shown", examples=["5f0c1e2d"])]
    other: Annotated[str, Field(description="what PUT /session/home could show instead; empty: nothing else", examples=["own"])]


class Showing(Told):
    """Which home to show."""

    home: Annotated[str, Field(max_length=20, description="`other` of the session", examples=["own"])]


class Receipt(Told):
    """What a write did; `change` is null where it had no effect."""

    change: int | None
    version: int
    adds: int
    retracts: int


class Edited(Receipt):
    """What a write did to a thing."""

    id: str


class Merged(Edited):
    """What a merge did."""

    already_one: bool


class Cell(Told):
    """A value as lists show it."""

    value: str
    shown: str
    inferred: bool


class ThingRow(Told):
    """A thing as lists show it; null is 未载."""

    id: str
    kind: str
    name: str
    unit: Cell | None
    place: Cell | None
    trade: Cell | None
    level: Cell | None
    degree: Annotated[int, Field(description="how many other things it is linked to")]


class Page(Told):
    """A page: `next` is the cursor of the next one."""

    version: int
    total: Annotated[int, Field(description="rows on all pages")]
    next: str | None


class ThingPage(Page):
    """A page of things."""

    rows: list[ThingRow]


class QuotedCell(Told):
    """A cell of the row that a fact was read from."""

    column: str
    text: str
    marked: bool


class Quote(Told):
    """Where a fact was read: the words, or the cell."""

    document: str | None
    kept: Annotated[bool | None, Field(description="whether the original is here; null for what a person or a rule said")]
    link: str | None
    text: str | None
    block: int | None = None
    start: int | None = None
    end: int | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    address: Annotated[str | None, Field(description="the cell as a spreadsheet calls it", examples=["名单.csv!B12"])] = None
    cells: list[QuotedCell] | None = None


class Fact(Told):
    """A fact with its state, source and sentence."""

    id: str
    subject: Annotated[str, Field(description="the member of the thing that it was told of")]
    property: str
    value: str
    shown: str
    state: Literal["told", "refused"]
    current: bool
    conflict: bool
    since: str
    until: str
    confidence: int
    rule: str
    source: str
    locator: str
    serial: str
    quote: Quote


class Guess(Told):
    """What follows from facts without being told."""

    property: str
    value: str
    shown: str
    evidence: list[str]
    words: list[str]


class Pointer(Told):
    """A fact of another thing that names this one."""

    id: str
    name: str
    property: str
    statement: str


class Thing(Told):
    """All we know of one thing."""

    id: str
    kind: str
    name: str
    members: list[str]
    etag: Annotated[str, Field(description="for If-Match; changes exactly when a fact of its own does")]
    version: int
    facts: list[Fact]
    inferred: list[Guess]
    incoming: list[Pointer]


class Statement(Told):
    """A statement in words."""

    id: str
    subject: str
    name: str
    property: str
    value: str
    shown: str
    source: str


class Hit(Told):
    """A thing found."""

    id: str
    kind: str
    name: str
    unit: str
    place: str
    score: float
    how: str


class Found(Told):
    """What a search found."""

    query: str
    version: int
    total: Annotated[int, Field(description="how many are found in all; `hits` are the best of them")]
    hits: list[Hit]


class Change(Told):
    """A change without its contents."""

    number: int
    time: str
    actor: str
    reason: str
    adds: int
    retracts: int
    erases: int
    undoes: int | None


class ChangeInWords(Change):
    """A change with what it did, in words."""

    words: str


class PastStatement(Statement):
    """A statement with the changes that told and retracted it."""

    added: int
    retracted: int | None


class History(Told):
    """Everything that was ever told of a thing, and the changes that did, latest first."""

    version: int
    id: str
    statements: list[PastStatement]
    changes: list[ChangeInWords]


class ChangePage(Page):
    """A page of changes, latest first."""

    rows: list[ChangeInWords]


class WholeChange(Change):
    """A change with its contents."""

    log: str
    digest: str
    added: list[Statement]
    retracted: list[Statement]


class Difference(Told):
    """What differs between two versions, net."""

    from_: Annotated[int, Field(alias="from")]
    to: int
    added: list[Statement]
    retracted: list[Statement]


class Edge(Told):
    """A relation between two things."""

    source: str
    property: str
    target: str


class Neighbour(ThingRow):
    """A thing some hops away."""

    hops: int


class Neighbours(Told):
    """What a thing is linked to."""

    version: int
    id: str
    total: int
    left_out: int
    nodes: list[Neighbour]
    edges: list[Edge]


class Kind(Told):
    """A kind of thing."""

    id: str
    zh: str
    en: str
    edge: list[str] | None


class Property(Told):
    """A property; null for `on` or `to` means any kind."""

    id: str
    zh: str
    en: str
    type: str
    codes: str | None
    many: bool
    on: list[str] | None
    to: list[str] | None
    privacy: str
    inferred: bool


class Code(Told):
    """An entry of a code list."""

    code: str
    zh: str
    en: str


class Ontology(Told):
    """Kinds, properties and code lists."""

    kinds: list[Kind]
    properties: list[Property]
    codes: dict[str, list[Code]]


class Outcome(Receipt):
    """What an import did."""

    unchanged: int
    retractions: Annotated[list[Statement], Field(description="what the source no longer tells; they wait for `retract`")]
    notes: dict[str, int]
    namesakes: Annotated[int, Field(description="new workshops that are called as known ones: perhaps an edition under another file name")]
    added: list[Statement]
    retracted: list[Statement]
    undo: Annotated[str | None, Field(description="POST here to take it back", examples=["/api/v1/changes/7/undo"])]


class Job(Told):
    """An import on its way."""

    id: str
    name: str
    actor: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    step: str
    at: int
    of: int
    outcome: Outcome | None
    error: Problem | None


class Jobs(Told):
    """The imports that are remembered, latest first."""

    jobs: list[Job]


class Cluster(Told):
    """A cluster (片区) and its disc on the map, under the number that it has from version to version; below 0 what no cluster holds
    (-1: workshops, people, units, needs, groups and results; -2: places, documents and the like)."""

    id: int
    title: str
    count: int
    x: float
    y: float
    radius: float


class ClusterLink(Told):
    """How many links join two clusters."""

    first: int
    second: int
    links: int


class Communities(Told):
    """The clusters and what joins them."""

    version: int
    total: int
    clusters: list[Cluster]
    links: list[ClusterLink]


class Reach(Told):
    """Links into a cluster."""

    cluster: int
    links: int


class Bridge(Told):
    """A thing that joins clusters."""

    id: str
    name: str
    kind: str
    cluster: int
    links: int
    reaches: list[Reach]


class Bridges(Page):
    """A page of bridges, and the pairs of clusters that hang on one link."""

    rows: list[Bridge]
    single: list[ClusterLink]


class ClusterGap(Told):
    """Two clusters and how many links join them."""

    first: int
    first_title: str
    first_count: int
    second: int
    second_title: str
    second_count: int
    links: int


class ClusterGaps(Page):
    """A page of pairs of clusters."""

    rows: list[ClusterGap]


class Node(Told):
    """A thing on the map; null is 未载."""

    id: str
    name: str
    kind: str
    x: float
    y: float
    cluster: int
    degree: int
    place: str | None
    trade: str | None
    level: str | None


class MapEdge(Told):
    """A relation; its ends are places in `nodes`."""

    source: int
    target: int
    property: str
    guessed: bool = Field(default=False, description="no document and nobody says so: it was inferred")
    membership: bool = Field(default=False, description="membership of a group")


class Map(Communities):
    """The map."""

    detail: Literal["discs", "members"]
    nodes: list[Node]
    edges: list[MapEdge]
    places: dict[str, str]
