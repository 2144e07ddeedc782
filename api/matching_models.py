"""The shapes of questions to the matcher and of its answers, with examples."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.models import ID, Page, Receipt, Told

KindOf = Literal["workshop", "person", "organisation", "need"]
Rules = Annotated[
    list[dict[str, Any]] | None,
    Field(description="rules in their JSON form; null for the default ones", max_length=40,
          examples=[[{"rule": "differ", "by": "trade"}, {"rule": "at_most", "by": "city", "n": 2}]]),
]  # fmt: skip
Kinds = Annotated[list[KindOf], Field(min_length=1, max_length=4, description="what is looked for")]
ThingId = Annotated[str, Field(max_length=80, examples=[ID])]
Sentence = Annotated[str, Field(max_length=2000, examples=["齿轮热处理后变形"])]
Seed = Annotated[int, Field(ge=0, le=2**53)]


class Asking(Told):
    """Partners for a thing (`id`) or for a sentence (`text`); one of the two."""

    id: ThingId = ""
    text: Sentence = ""
    kinds: Annotated[
        list[KindOf] | None, Field(min_length=1, max_length=4, description="looked for; null: workshops, for needs and sentences all")
    ] = None
    rules: Rules = None
    k: Annotated[int, Field(ge=1, le=50)] = 10
    seed: Seed = 0
    trade: Annotated[str, Field(max_length=10, description="corrects the trade that was read out of the sentence; - for none")] = ""
    without: Annotated[list[str], Field(max_length=20, description="words taken out of the sentence")] = []


class Counting(Asking):
    """A question, and the number of its `counts` whose things are wanted."""

    which: Annotated[
        Literal["all", "lawful", "proposed", "own", "existing", "accepted", "declined", "put_off", "violating", "relaxed"],
        Field(description="violating: those that break the rules named; relaxed: those that come in without them"),
    ]
    at: Annotated[list[Annotated[int, Field(ge=0, le=39)]], Field(max_length=40, description="places of rules, from 0")] = [0]


class Grouping(Told):
    """A group around a sentence, a need or another thing, or a lead; at least one of them."""

    text: Sentence = ""
    id: ThingId = ""
    lead: ThingId = ""
    kinds: Kinds = ["workshop"]
    low: Annotated[int, Field(ge=1, le=9)] = 3
    high: Annotated[int, Field(ge=1, le=9)] = 9
    rules: Rules = None
    wanted: Annotated[list[str], Field(max_length=20, description="fields that should be covered", examples=[["焊接", "无损检测"]])] = []
    locked: Annotated[list[str], Field(max_length=9)] = []
    banned: Annotated[list[str], Field(max_length=200)] = []
    previous: Annotated[list[str] | None, Field(max_length=9, description="members of an earlier answer: who is new, who left")] = None
    seed: Seed = 0


class Deciding(Told):
    """A decision on a pair: `candidate` for `asked` (a thing) or for `text` (a sentence)."""

    candidate: ThingId
    asked: ThingId = ""
    text: Sentence = ""
    answer: Annotated[str, Field(max_length=20, description="accept, decline or put_off", examples=["decline"])]
    reason: Annotated[str, Field(max_length=40, description="a code of `decline` in /ontology", examples=["rivals"])] = ""
    words: Annotated[str, Field(max_length=2000, description="a note, kept with the decision; the reason `other` needs it")] = ""
    until: Annotated[str, Field(max_length=20, description="hidden until that day; put_off: 30 days unless told")] = ""
    version: Annotated[int | None, Field(ge=0, le=2**31 - 1, description="of the answer that was looked at; null for now")] = None
    recipe: Annotated[str, Field(max_length=80, description="of the answer that was looked at")] = ""


class Decided(Receipt):
    """What a decision did."""

    id: str


class RuleTold(Told):
    """A rule with its words and what it takes away."""

    model_config = ConfigDict(extra="allow")
    rule: str
    words: str


class Question(Told):
    """The question as it was understood."""

    id: str
    text: str
    name: str
    kinds: list[str]
    k: int
    seed: int
    rules: list[RuleTold]


class TradeTold(Told):
    """A trade and how it is known."""

    model_config = ConfigDict(extra="allow")
    code: str
    name: str
    state: Literal["told", "inferred", "unknown"]


class ReadOut(Told):
    """What was read out of a sentence; to be shown and corrected."""

    terms: list[str]
    trade: TradeTold
    note: str


class RuleCount(RuleTold):
    """A rule and how many of all things violate it."""

    violating: int


class Counts(Told):
    """All things of the asked kinds, those without a violation, those proposed, and who is hidden for another reason."""

    all: int
    lawful: int
    proposed: int
    rules: list[RuleCount]
    own: int
    existing: int
    accepted: int
    declined: int
    put_off: int


class SidePart(Told):
    """value × weight = part."""

    code: str
    label: str
    value: float
    weight: float
    part: float


class Side(Told):
    """What one gives the other; parts add up to the score."""

    title: str
    score: float
    parts: list[SidePart]
    note: str


class Combine(Told):
    """How two sides become one score."""

    share_of_weaker: float
    weaker: Literal["give", "get"]
    formula: str


class Reason(Told):
    """Why, in one sentence, with the ids of the statements behind it."""

    code: str
    label: str
    text: str
    direction: Literal["give", "get", "both"]
    weight: float
    guessed: bool
    evidence: list[str]


class Caution(Told):
    """What to be careful about."""

    code: str
    text: str


class Gap(Told):
    """What is not told."""

    code: str
    label: str


class Counterfactual(Told):
    """What would change the rank, worked out again."""

    model_config = ConfigDict(extra="allow")
    code: str
    text: str


class Item(Told):
    """A candidate with its explanation."""

    shown: int
    rank: int
    id: str
    kind: str
    name: str
    unit: str
    place: str
    trade: TradeTold
    score: float
    give: Side | None
    get: Side
    combine: Combine
    reasons: list[Reason]
    cautions: list[Caution]
    missing: list[Gap]
    counterfactuals: list[Counterfactual]


class Relaxation(Told):
    """What opens up without a rule."""

    rules: list[dict[str, Any]]
    more: int
    first: str
    score: float
    text: str


class Warned(Told):
    """What to know of how the answer was made."""

    code: str
    text: str
    remedy: str


class Suggestions(Told):
    """The answer to a question for partners."""

    question: Question
    read: ReadOut | None
    counts: Counts
    items: list[Item]
    relaxations: list[Relaxation]
    two_sided: bool
    advice: Annotated[str, Field(description="what to do where nobody is proposed; else empty")]
    note: str
    warnings: list[Warned]
    version: int
    recipe: str


class SwapTold(Told):
    """Who would stand in, and what the total then changes by."""

    id: str
    name: str
    change: float
    words: str


class MemberTold(Told):
    """A member of a proposed group."""

    id: str
    name: str
    unit: str
    role: Literal["lead", "member"]
    said: str
    covers: list[str]
    reasons: list[Reason]
    cautions: list[Caution]
    swap: SwapTold | None


class GroupPart(Told):
    """A part of a group's total."""

    name: str
    label: str
    weight: float
    value: float
    amount: float


class Found(Told):
    """What is wrong with a group, or not known."""

    kind: Literal["broken", "unverified"]
    ids: list[str]
    words: str


class RuleChecked(Told):
    """A rule and its verdict."""

    rule: dict[str, Any]
    words: str
    verdict: Literal["met", "broken", "unverified"]
    said: str
    violations: list[Found]


class Named(Told):
    """A thing by name."""

    id: str
    name: str


class Choice(Told):
    """A proposed group."""

    members: list[MemberTold]
    total: float
    parts: list[GroupPart]
    rules: list[RuleChecked]
    cautions: list[Caution]
    entered: list[Named]
    left: list[Named]


class WayOut(Told):
    """The one relaxation under which a search succeeds."""

    rule: dict[str, Any]
    to: dict[str, Any] | None
    words: str
    choice: Choice


class Groups(Told):
    """Up to three groups; or the nearest one, and a way out where there is one; none where the topic says nothing to anyone."""

    status: Literal["better", "none_found", "nothing_read"]
    words: str
    read: ReadOut | None
    choices: list[Choice]
    nearest: Choice | None
    relaxation: WayOut | None
    note: str
    warnings: list[Warned]
    seed: int
    version: int
    recipe: str


class DecisionRow(Told):
    """A decision that counts."""

    id: str
    about: list[Named]
    text: str
    answer: str
    reason: str
    words: str
    until: str | None
    actor: str
    change: int
    time: str
    version_seen: int | None
    recipe_seen: str


class DecisionPage(Page):
    """A page of decisions."""

    rows: list[DecisionRow]


class NeedRow(Told):
    """A need with its status."""

    id: str
    name: str
    description: str | None
    raised_by: list[Named]
    takers: list[str]
    deadline: str | None
    status: Literal["incomplete", "open", "in_work", "solved", "expired"]
    said: str


class NeedPage(Page):
    """A page of needs."""

    rows: list[NeedRow]


class WorthLine(Told):
    """A gap in one line."""

    gap: str
    property: str
    things: int
    answers: int
    text: str


class WorthCell(Told):
    """A missing cell and how many suggestions it touches."""

    id: str
    name: str
    kind: str
    gap: str
    property: str
    answers: int


class Worth(Told):
    """What missing data costs."""

    lines: list[WorthLine]
    cells: list[WorthCell]
    version: int
    recipe: str


class Criterion(Told):
    """A criterion of the score."""

    code: str
    label: str
    weight: float
    both_alike: bool
    about: str


class Criteria(Told):
    """How scores are made."""

    share_of_weaker: float
    diversity: float
    criteria: list[Criterion]
