"""Workshops in announcements: name, class, leaders with their titles and honours, host, list columns and headings, rooms in rooms."""

import re
from collections.abc import Iterator

from seeds.bodies import organisation_facts
from seeds.lists import Seat
from seeds.names import Span, honours_before, is_honour, is_person, person_at_end, run_before, split_unit, without_lead_in
from seeds.telling import Fact, Page, Thing

_LED_BY_NAME = re.compile("[^,，。;；、\n]{2,40}?(?:领衔|牵头|负责|带领|主持|领办)的$")
_LED_AFTER = re.compile("(?:,|，)?(?:现)?由(?P<who>[^,，。;；、\n]{2,30}?)(?:领衔|负责|带领|主持|领办)(?!的)")
_LED_BEFORE = re.compile("(?P<who>[^,，。;；\n]{2,60}?)(?:领衔|牵头|负责|带领|主持|领办|创办)的")
_HOLDS = re.compile("[^,，。;；]{0,6}(?:下设|下辖|设立|设有|孵化|培育)[^,，。;；]{0,6}")
_HOST_LESS = {"glued": 0, "bracket": 0, "table": 0, "cell": 50, "glued_unsure": 350}


def workshops(page: Page) -> Iterator[Fact]:
    """Workshops by name, with the class that the name tells (劳模, 职工, 工匠 …)."""
    for seat in page.seats:
        less = 1000 - seat.room.sure
        workshop = page.workshop(seat)
        yield Fact(workshop, less=less // 2)
        if seat.room.kind:
            yield Fact(workshop, "class", page.text[slice(*seat.room.kind)], seat.room.kind, less // 2)


def leaders_by_name(page: Page) -> Iterator[Fact]:
    """A workshop named for a person is led by that person, unless its own words say who else leads it."""
    for seat in page.seats:
        if seat.leaders or _led_by_other(page, seat):
            continue
        for person in seat.room.people:
            yield Fact(page.workshop(seat), "leader", page.person(person, seat), person, (1000 - seat.room.sure) // 2)


def _led_by_other(page: Page, seat: Seat) -> bool:
    before = page.text[max(0, seat.room.start - 60) : seat.room.start]
    return bool(_LED_BY_NAME.search(before)) or bool(_LED_AFTER.match(page.text, seat.room.end))


def leaders_told(page: Page) -> Iterator[Fact]:
    """A leader told in words or in a column: 张伟领衔的“智能焊接”创新工作室; the trail of titles before the name is the leader's."""
    for seat in page.seats:
        workshop = page.workshop(seat)
        for cell in seat.leaders:
            yield Fact(workshop, "leader", page.person(cell, seat), cell)
        for person in _led_words(page, seat):
            yield Fact(workshop, "leader", page.person(person, seat), person)
            yield from _trail(page, page.person(person, seat), person[0])


def _led_words(page: Page, seat: Seat) -> Iterator[Span]:
    line = max(page.sentence(seat.room.start)[0], seat.room.start - 90)
    before = [match for match in _LED_BEFORE.finditer(page.text, line, seat.room.start)]
    after = _LED_AFTER.match(page.text, seat.room.end)
    found = before[-1:] if before and before[-1].end() >= seat.room.run and _adjoins(page, before[-1].end(), seat) else []
    for match in [*found, *([after] if after else [])]:
        name, worth = person_at_end(match["who"])
        if name and worth >= 600:
            yield match.end("who") - len(name), match.end("who")


def _adjoins(page: Page, end: int, seat: Seat) -> bool:
    """Whether nothing but the workshop's own host stands between the words and its name."""
    between = page.text[end : seat.room.start]
    return len(between) <= 30 and not re.search("[,，、。的“”]", between)


def titles_in_names(page: Page) -> Iterator[Fact]:
    """Titles and honours glued before a leader's name: 全国劳动模范、大连某公司首席技师张伟创新工作室."""
    for seat in page.seats:
        people = seat.room.people
        if people and (seat.room.title or honours_before(page.text, seat.room.run)):
            yield from _trail(page, page.person(people[-1], seat), people[0][0])


def _trail(page: Page, person: Thing, at: int) -> Iterator[Fact]:
    """Honours, employer and titles in the words that end at a person's name."""
    start = without_lead_in(page.text, run_before(page.text, at), at)
    for honour in honours_before(page.text, run_before(page.text, at)):
        yield Fact(person, "honour", page.text[slice(*honour)], honour)
    unit, _, title = split_unit(page.text, start, at)
    if unit:
        yield Fact(person, "employer", page.organisation(unit), unit)
    for match in re.finditer("[^兼]+", page.text[slice(*title)] if title else ""):
        span = (title[0] + match.start(), title[0] + match.end()) if title else (0, 0)
        yield Fact(person, "honour" if is_honour(match.group()) else "title", match.group(), span)


def hosts(page: Page) -> Iterator[Fact]:
    """The host of a workshop: the unit glued before its name, in brackets after it, or in the next cell; its sub-unit apart."""
    for seat in page.seats:
        if not seat.host:
            continue
        host = page.organisation(seat.host)
        yield from organisation_facts(page, seat.host, less=_HOST_LESS[seat.host_by])
        yield Fact(
            page.workshop(seat),
            "host",
            host,
            (seat.host[0], seat.room.end) if seat.host_by == "glued" else seat.host,
            _HOST_LESS[seat.host_by],
        )
        if seat.room.unit and seat.room.unit != seat.host:
            yield Fact(page.organisation(seat.room.unit), "parent", host, seat.room.unit, 150)


def workshop_places(page: Page) -> Iterator[Fact]:
    """The district or town that a list has as heading."""
    for seat in page.seats:
        if seat.place:
            yield Fact(page.workshop(seat), "place", page.place(*seat.place), seat.place[1])


def workshop_fields(page: Page) -> Iterator[Fact]:
    """The fields of a workshop in a table's column."""
    for seat in page.seats:
        for match in re.finditer("[^、;；/]+", page.text[slice(*seat.field)] if seat.field else ""):
            span = (seat.field[0] + match.start(), seat.field[0] + match.end()) if seat.field else (0, 0)
            yield Fact(page.workshop(seat), "field", page.field(span), span)


def people_only(page: Page) -> Iterator[Fact]:
    """以A、B为代表的劳模创新工作室: only people are told; their workshops' names are put together and say so."""
    pattern = re.compile(
        r"以(?P<who>[^,，。;；\n]{2,60}?)(?:等(?:\d+[名位人])?)?为代表的(?:一批|众多|[^,，。、]{0,6}?级)?(?P<room>(?:劳模|职工|工匠|和)*创新工作室)"
    )
    for match in pattern.finditer(page.text):
        for person in page.parts(match.span("who")):
            name = page.text[slice(*person)]
            if is_person(name):
                workshop = page.mint("workshop", name + match["room"], person, rule="built_of_person")
                yield Fact(workshop, "leader", page.person(person), match.span())


def sub_rooms(page: Page) -> Iterator[Fact]:
    """Workshops within a workshop: A创新工作室下设B子工作室、C青苗工作室."""
    for outer, inner in zip(page.seats, page.seats[1:], strict=False):
        if _HOLDS.fullmatch(page.text, outer.room.end, inner.room.start):
            yield from _within(page, outer, inner)


def _within(page: Page, outer: Seat, inner: Seat) -> Iterator[Fact]:
    _, end = page.sentence(inner.room.start)
    at = inner.room.start
    for seat in page.seats_in(at, end):
        if seat.room.start == at or page.text[at : seat.room.start] in "、和及与":
            if not page.wished(seat.room.start):
                yield Fact(page.workshop(seat), "parent", page.workshop(outer), (outer.room.start, seat.room.end))
            at = seat.room.end
            at += page.text[at : at + 1] in "、和及与"
