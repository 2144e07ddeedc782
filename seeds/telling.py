"""A reading in the making: the page that rules read, the things they mint, the facts they tell, and how these become a Reading.

A rule is a function from a page to facts with an id and a base confidence. It knows spans of the clean text only; here they become
spans of the original and locators into the kept text.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import accumulate
from typing import Any, TypeVar

from graph.analysis.places import locate
from graph.analysis.text import normal_name
from graph.data.tables import PlaceRow, places
from graph.record.model import Statement, TextSpan, document_of
from seeds.cleaning import HAN, Clean, clean
from seeds.documents import DAMAGE, Document
from seeds.figures import Figure, figures
from seeds.lists import Seat, seats
from seeds.names import Span, Unit, defined_names, units
from seeds.reading import Claim, Named, Reading

_NEAR = 400
"""How far back in its sentence a word may govern another: keeps time linear where a page is one endless sentence."""

Found = TypeVar("Found")

_DAMAGED = re.compile(f"{DAMAGE}|(?<=[{HAN}])[?](?=[{HAN}])")
_DAMAGED_LESS = 300
"""What a quote with lost characters loses in confidence."""

_TITLE_LIMIT = 60


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing with the words that name it. `rule` begins with `built` where the name was put together and not told."""

    named: Named
    span: Span
    rule: str = ""
    id: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", self.named.id)  # a digest, asked for by every fact: once

    @property
    def name(self) -> str:
        return self.named.name


@dataclass(frozen=True, slots=True)
class Fact:
    """What a rule tells: a property of a thing with its words; no property where the thing alone is told. `less` is doubt."""

    subject: Thing
    property: str = ""
    value: Thing | str = ""
    span: Span | None = None
    less: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """A reading rule: its id in every statement, what it is worth (0-1000), and the function, whose docstring says what it reads."""

    id: str
    confidence: int
    tell: "Callable[[Page], Iterator[Fact]]"


_ALSO_WORDS = frozenset("东方 朝阳 中山 白银 安康 大同 长治 三明 万宁 文昌 开封 兴安 海东 中卫".split())
"""Cities whose short names are words (真金白银, 东方某某公司): only their official names count."""


@cache
def place_names() -> "re.Pattern[str]":
    """Provinces and cities by short or official name."""
    found = {name for row in places() if row.level in ("province", "city") for name in (row.name, row.full) if name not in _ALSO_WORDS}
    return re.compile("|".join(sorted(found, key=len, reverse=True)))


# A wish counts until something done follows it in the sentence: 探索突破…界限，创建了13个 is done.
_WISH = re.compile("拟|将(?!军|来)|计划|争取|探索|力争|有望|准备|预计|打算|筹备|筹建|即将")
_DONE = re.compile("了|已|日前|近日|完成|正式")
_PART = re.compile("(?:(?!以及|[、和与]).)+")
_AND_MORE = re.compile("等(?:\\d+[家个名位].*)?$")
_SENTENCE_END = re.compile("[。;；!！?？\n]")


class Page:
    """A document as rules see it: its clean text, its city, and the names that stand in it, each with one identity."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.clean: Clean = clean(document.text)
        self.text = self.clean.text
        self._found: dict[Callable[..., Any], tuple[Any, ...]] = {}
        self._line_starts = list(accumulate((len(line) + 1 for line in document.blocks), initial=0))

    @cached_property
    def title(self) -> Span:
        """The first line where it is short, else the first words."""
        start = len(self.text) - len(self.text.lstrip())
        end = self.text.find("\n", start) if "\n" in self.text[start:] else len(self.text)
        if end - start > _TITLE_LIMIT:
            cut = re.compile("[,，。;；]").search(self.text, start + 4, start + _TITLE_LIMIT)
            end = cut.start() if cut else start + _TITLE_LIMIT
        return start, start + len(self.text[start:end].rstrip().rstrip("。"))

    @cached_property
    def thing(self) -> Thing:
        """The document itself."""
        digest = self.document.digest
        named = Named("document", self.text[slice(*self.title)], "digest", (digest,))
        assert named.id == document_of(digest)
        return Thing(named, self.title)

    @cached_property
    def city(self) -> PlaceRow | None:
        """The city that the document names most often, the first of equals."""
        counts: dict[PlaceRow, int] = {}
        for match in place_names().finditer(self.text):
            row = locate(match.group())
            if row and (row.level == "city" or row.name in ("北京", "上海", "天津", "重庆")):
                counts[row] = counts.get(row, 0) + 1
        return max(counts, key=lambda row: counts[row]) if counts else None

    @cached_property
    def seats(self) -> tuple[Seat, ...]:
        """The workshops named, each with the host and place that its line, cell or bracket tells."""
        return tuple(seats(self.text, self.city.name if self.city else ""))

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        return tuple(unit for unit in units(self.text, place_names()) if not self.in_title_marks(unit.start))

    @cached_property
    def short_names(self) -> Mapping[str, str]:
        """Short names of organisations that the text defines itself: 首钢京唐钢铁联合有限责任公司(以下简称首钢京唐)."""
        return {short: self.text[slice(*span)] for short, span, _ in defined_names(self.text)}

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        return tuple(figures(self.text))

    @cached_property
    def _told_hosts(self) -> Mapping[str, list[tuple[int, str]]]:
        """Per name of a workshop or leader, where which host is told: two different ones are two things of one name."""
        found: dict[str, list[tuple[int, str]]] = {}
        for seat in self.seats:
            if seat.host:
                told = (seat.room.start, normal_name(self.text[slice(*seat.host)]))
                for name in (seat.room.name, *(self.text[slice(*person)] for person in seat.room.people)):
                    found.setdefault(normal_name(name), []).append(told)
        return found

    def host_key(self, name: str, seat: Seat | None) -> tuple[str, ...]:
        """What tells two of a name apart: the host. A mention without one is the nearest mention before it that has one."""
        told = self._told_hosts.get(normal_name(name), [])
        if len({host for _, host in told}) < 2:
            return ()
        if seat and seat.host:
            return (normal_name(self.text[slice(*seat.host)]),)
        nearest = [host for at, host in told if seat is None or at <= seat.room.start]
        return (nearest[-1] if nearest else told[0][1],)

    def mint(self, kind: str, name: str, span: Span, *more: str, rule: str = "") -> Thing:
        """A thing that only this document identifies: by its name here and what tells two of that name apart."""
        return Thing(Named(kind, name, "document", (self.thing.id, normal_name(name), *more)), span, rule)

    def workshop(self, seat: Seat) -> Thing:
        room = seat.room
        return self.mint("workshop", room.name, (room.start, room.end), *self.host_key(room.name, seat))

    def person(self, span: Span, seat: Seat | None = None) -> Thing:
        name = self.text[slice(*span)]
        return self.mint("person", name, span, *self.host_key(name, seat))

    def organisation(self, span: Span) -> Thing:
        """An organisation by its name; 市总工会 is the document's own city's, and marked as put together."""
        told = self.text[slice(*span)]
        name = self.short_names.get(told, told)
        if name != told:
            return self.built("organisation", name, span, rule="built_of_short_name")
        if self.city and told.startswith("市") and told != "市":
            name = self.city.full.removesuffix("市") + told
        return self.built("organisation", name, span, rule="" if name == told else "built_of_city")

    def built(self, kind: str, name: str, span: Span, *, rule: str = "") -> Thing:
        """A thing that its name identifies everywhere (organisation, field)."""
        return Thing(Named(kind, name, "name", (normal_name(name),)), span, rule)

    def field(self, span: Span) -> Thing:
        return self.built("field", self.text[slice(*span)], span)

    def place(self, row: PlaceRow, span: Span) -> Thing:
        return Thing(Named("place", row.name, "name", (row.path,)), span)

    def parts(self, span: Span) -> Iterator[Span]:
        """The parts of a list: A、B和C(等)."""
        for match in _PART.finditer(self.text, *span):
            said = _AND_MORE.sub("", match.group())
            if said:
                yield match.start(), match.start() + len(said)

    @cached_property
    def _sentence_ends(self) -> list[int]:
        return [match.start() for match in _SENTENCE_END.finditer(self.text)]

    def sentence(self, at: int) -> Span:
        """The sentence around a position."""
        ends = self._sentence_ends
        index = bisect_left(ends, at)
        return ends[index - 1] + 1 if index else 0, ends[index] if index < len(ends) else len(self.text)

    @cached_property
    def _seat_starts(self) -> list[int]:
        return [seat.room.start for seat in self.seats]

    def seats_in(self, start: int, end: int) -> tuple[Seat, ...]:
        """The workshops whose names begin in a part of the text."""
        return self.seats[bisect_left(self._seat_starts, start) : bisect_left(self._seat_starts, end)]

    def units_in(self, start: int, end: int) -> tuple[Unit, ...]:
        """The organisations whose names lie in a part of the text."""
        found = self.units[bisect_left(self._unit_starts, start) : bisect_left(self._unit_starts, end)]
        return found[:-1] if found and found[-1].end > end else found

    @cached_property
    def _unit_starts(self) -> list[int]:
        return [unit.start for unit in self.units]

    def once(self, find: "Callable[[Page], Iterator[Found]]") -> "tuple[Found, ...]":
        """What a finder that several rules need finds on this page, found once."""
        if find not in self._found:
            self._found[find] = tuple(find(self))
        found: tuple[Found, ...] = self._found[find]
        return found

    def wished(self, at: int) -> bool:
        """Whether what stands at a position is only wished for (拟命名, 将成立, 探索)."""
        start = max(self.sentence(at)[0], at - _NEAR)
        wish = [match.start() for match in _WISH.finditer(self.text, start, at)]
        done = [match.start() for match in _DONE.finditer(self.text, start, at)]
        return bool(wish) and wish[-1] > max(done, default=-1)

    def in_title_marks(self, at: int) -> bool:
        """Whether a position lies within 《…》, where names belong to the title."""
        opening = self.text.rfind("《", max(0, at - 120), at)
        return opening >= 0 and "》" not in self.text[opening:at] and "\n" not in self.text[opening:at]

    def locator(self, span: Span) -> str:
        """Where an original span stands in the kept text: its line and the offsets there."""
        block = bisect_right(self._line_starts, span[0]) - 1
        start = self._line_starts[block]
        return str(TextSpan(block, span[0] - start, span[1] - start))


@dataclass
class _Telling:
    """Collects facts: each thing once, each (subject, property, value) once, as the most certain rule told it."""

    page: Page
    things: dict[str, Named] = field(default_factory=dict)
    claims: dict[tuple[str, str, str], Claim] = field(default_factory=dict)

    def hear(self, fact: Fact, rule: Rule) -> None:
        self._thing(fact.subject, rule, fact.less)
        if not fact.property:
            return
        value = fact.value
        if isinstance(value, Thing):
            self._thing(value, rule, fact.less)
            value = value.id
        self._claim(fact.subject.id, fact.property, value, fact.span or fact.subject.span, rule.id, rule.confidence - fact.less)

    def _thing(self, thing: Thing, rule: Rule, less: int) -> None:
        if thing.id in self.things and thing.rule:
            return
        self.things.setdefault(thing.id, thing.named)
        worth = rule.confidence - less - (150 if thing.rule else 0)
        self._claim(thing.id, "kind", thing.named.kind, thing.span, thing.rule or rule.id, worth)
        self._claim(thing.id, "name", self.things[thing.id].name, thing.span, thing.rule or rule.id, worth)

    def _claim(self, subject: str, property: str, value: str, span: Span, rule: str, confidence: int) -> None:
        page = self.page
        original = page.clean.original(*span)
        quote = page.document.text[slice(*original)]
        worth = max(0, min(1000, confidence - _DAMAGED_LESS * bool(_DAMAGED.search(quote))))
        key = (subject, property, value)
        known = self.claims.get(key)
        if known is None or known.statement.confidence < worth:
            statement = Statement(subject, property, value, page.document.digest, "", "", page.locator(original), worth, rule)
            self.claims[key] = Claim(statement, quote, original, span)


def told(page: Page, rules: Iterable[Rule]) -> Reading:
    """Everything that the rules tell about a page. The order of rules decides nothing but which rule of equal worth is named."""
    telling = _Telling(page)
    for rule in rules:
        for fact in rule.tell(page):
            telling.hear(fact, rule)
    return Reading(
        source=page.document.digest,
        title=page.thing.name,
        text=page.document.text,
        clean=page.text,
        things=tuple(telling.things.values()),
        claims=tuple(telling.claims.values()),
        blobs=page.document.blobs,
    )
