"""What was done and achieved: namings with rank and date, results, grants, and every stated figure with what it is about."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator

from graph.analysis.places import locate
from seeds.bodies import base_spans
from seeds.dates import iso_date
from seeds.figures import Figure
from seeds.groups import group_spans, group_thing
from seeds.lists import Seat
from seeds.names import OF_LIST, Span, Unit
from seeds.telling import Fact, Page, Thing, place_names

_DAY = re.compile(
    r"(?P<year>\d{4})年(?:(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})日)?)?|(?<!\d)(?P<month_only>\d{1,2})月(?P<day_only>\d{1,2})日"
)
_NAMED = re.compile("[^,，。;；、《\n]{0,12}?(?:新|共|联合|正式|首批|集中)?(?:命名|授予|认定|表彰|评选出)了?")
_PROJECT = re.compile("(?:完成|研发|研制|开发|攻关)?的(?P<name>[^,，。;；、的\\s]{3,30}?)(?P<tail>项目|技术攻关|成果|课题)")
_AS_OF = re.compile(
    "近(?:\\d+|[一二三四五六七八九十两]+)年(?:来|间)?|截至[^,，。;；]{2,16}|今年以来|去年|今年|上半年|目前|近年来|\\d{4}年(?:\\d{1,2}月(?:\\d{1,2}日)?)?(?:底|末|以来)?"
)


def level_of(phrase: str) -> str:
    """The rank that a phrase tells: 全国示范性 > 省 > 市级示范性 > 市 > 区县 > 企业.

    >>> level_of("大连市劳模创新工作室"), level_of("市级示范性创新工作室"), level_of("全国示范性创新工作室")
    ('municipal', 'municipal_model', 'national')
    """
    if re.match("全国|国家级", phrase):
        return "national"
    place = place_names().match(phrase)
    row = locate(place.group()) if place else None
    if re.match("省级|省|自治区级", phrase) or (row and row.level == "province" and row.name not in ("北京", "上海", "天津", "重庆")):
        return "provincial"
    if re.match("市级|市", phrase) or row:
        return "municipal_model" if "示范" in phrase else "municipal"
    if re.match(".{0,6}?(?:区级|县级|区|县)(?!域)", phrase):
        return "district"
    return "enterprise" if re.match("企业级|公司级|厂级", phrase) else ""


def _named_things(page: Page) -> Iterator[tuple[Thing, Span]]:
    """Everything that an announcement can name, in the text's order: workshops, training bases, groups."""
    workshops = [(page.workshop(seat), (seat.room.start, seat.room.end)) for seat in page.seats]
    bases = [(page.organisation(base), base) for base in page.once(base_spans)]
    groups = [(group_thing(page, group), group) for group in page.once(group_spans)]
    yield from sorted([*workshops, *bases, *groups], key=lambda named: named[1])


def _start(named: tuple[Thing, Span]) -> int:
    return named[1][0]


def ranks(page: Page) -> Iterator[Fact]:
    """「X等20个大连市劳模创新工作室」: X has that rank, and is in that city."""
    for thing, span in page.once(_named_things):
        match = OF_LIST.match(page.text, span[1])
        level = level_of(match["of"]) if match else ""
        if not match or page.wished(span[0]):
            continue
        if level:
            yield Fact(thing, "level", level, (span[0], match.end()))
        place = place_names().match(match["of"])
        row = locate(place.group()) if place else None
        if place and row and row.level == "city":
            at = match.start("of")
            yield Fact(thing, "place", page.place(row, (at, at + place.end())), (span[0], match.end()), 100)


def _namings(page: Page) -> Iterator[tuple[Thing, Unit, Span]]:
    """The acts of naming that were done: event, organiser, and the span from the organiser to the sentence's end."""
    for unit in page.units:
        act = _NAMED.match(page.text, unit.end)
        if not act or page.wished(act.end() - 1):
            continue
        organiser = page.organisation((unit.start, unit.end))
        event = page.mint("event", organiser.name + "命名", (unit.start, act.end()))
        yield event, unit, (unit.start, page.sentence(act.start())[1])


def events(page: Page) -> Iterator[Fact]:
    """A naming that was done: who named what. 日前 and 近日 are no dates; a day that the sentence begins with is."""
    for event, unit, span in page.once(_namings):
        yield Fact(event, "act", "命名", event.span)
        yield Fact(event, "organiser", page.organisation((unit.start, unit.end)), event.span)
        named = page.once(_named_things)
        for thing, at in named[bisect_left(named, span[0], key=_start) : bisect_left(named, span[1], key=_start)]:
            if not page.text.startswith("牵头", at[1]):
                yield Fact(event, "subject", thing, at)
        start, _ = page.sentence(unit.start)
        for day in _DAY.finditer(page.text, start, unit.start):
            date = _date(day)
            if date:
                yield Fact(event, "date", date, day.span())


def _date(match: re.Match[str]) -> str:
    """EDTF of a day as told; "" where it is none. Lost digits leave what is left: 2023年�月 is 2023."""
    return iso_date(match["year"] or "XXXX", match["month"] or match["month_only"], match["day"] or match["day_only"])


def _result_spans(page: Page) -> Iterator[tuple[Seat, Span]]:
    for seat in page.seats:
        match = _PROJECT.match(page.text, seat.room.end)
        if match:
            yield seat, match.span("name")


def _result(page: Page, span: Span) -> Thing:
    return page.mint("result", page.text[slice(*span)].strip("“”"), span)


def results(page: Page) -> Iterator[Fact]:
    """A workshop's project or result: 徐成武劳模创新工作室的光学砂轮修整器项目."""
    for seat, span in page.once(_result_spans):
        yield Fact(_result(page, span), "made_by", page.workshop(seat), (seat.room.start, span[1]))


def works(page: Page) -> Iterator[Fact]:
    """What a workshop does (主攻, 专注于) and took part in, where it is the sentence's one workshop."""
    for seat in page.seats:
        workshop = page.workshop(seat)
        does = re.compile("(?:主攻|主要从事|专注于|致力于)(?P<what>[^,，。;；\n]{2,60})").match(page.text, seat.room.end)
        if does:
            yield Fact(workshop, "does", does["what"], does.span("what"))
        _, end = page.sentence(seat.room.start)
        if page.seats_in(seat.room.end, end):
            continue
        part = re.compile("(?:工作室|先后|已)(?P<what>(?:参与|完成|攻克|承担|研发)了[^。;；\n]{4,200})").search(
            page.text, seat.room.end, end
        )
        if part and not page.wished(part.start()):
            yield Fact(workshop, "achievement", part["what"], part.span("what"))


def _figure(page: Page, figure: Figure) -> Iterator[Fact]:
    number, meaning = figure.told, figure.meaning
    span, words = (number.start, number.end), (figure.start, figure.end)
    wish = page.wished(number.start)
    less = (0 if number.sure else 250) + (300 if wish else 0)
    naming = _naming_of(page, figure)
    scope = _scope("命名" if naming or (wish and meaning.shape == "figure_first_of_list") else meaning.scope, wish)
    thing = page.mint("figure", meaning.measure + page.text[slice(*span)], words, *([scope] if scope else []))
    yield Fact(thing, "measure", meaning.measure, words, less)
    yield Fact(thing, "quantity", str(number.quantity), span, less)
    if scope:
        yield Fact(thing, "scope", scope, words, less)
    as_of = [*_AS_OF.finditer(page.text, max(page.sentence(number.start)[0], number.start - 400), number.start)]
    if as_of:
        yield Fact(thing, "as_of", as_of[-1].group(), as_of[-1].span(), less)
    about = None if wish else naming or _about(page, figure)
    if about:
        yield Fact(thing, "subject", about, words, less + 100)


def _scope(said: str, wish: bool) -> str:
    """A scope without the time, which is told as as_of; of a wish it begins with a word that says so."""
    said = re.sub("^(?:去年|今年|上半年)", "", said)
    return said if not wish or re.match("拟|计划|力争|争取|将|预计", said) else "拟" + said


def _naming_of(page: Page, figure: Figure) -> Thing | None:
    """The naming that a count of workshops, groups or bases belongs to."""
    if not re.search("(?:工作室|团组|联盟|基地|中心)$", figure.meaning.measure):
        return None
    namings = page.once(_namings)
    index = bisect_right(namings, figure.start, key=lambda naming: naming[2][0]) - 1
    event, _, span = namings[index] if index >= 0 else (None, None, (0, 0))
    return event if figure.told.start < span[1] else None


def _about(page: Page, figure: Figure) -> Thing | None:
    """What a figure is about where the sentence tells: the naming, the project, the spender, the city; never a person."""
    number, meaning = figure.told, figure.meaning
    start, _ = page.sentence(number.start)
    match meaning.shape:
        case "figure_spent":
            spender = page.units_in(start, number.start)
            return page.organisation((spender[-1].start, spender[-1].end)) if spender else None
        case "figure_extreme" | "figure_among":
            return None
    nearest = _nearest_thing(page, number.start, start)
    if nearest:
        return nearest
    whole = re.match("全市", meaning.scope)
    return page.place(page.city, (figure.start, figure.end)) if whole and page.city else None


def _nearest_thing(page: Page, at: int, start: int) -> Thing | None:
    result = next((span for _, span in page.once(_result_spans) if start <= span[0] < at), None)
    if result:
        return _result(page, result)
    seats = page.seats_in(start, at)
    return page.workshop(seats[0]) if len({seat.room.name for seat in seats}) == 1 else None


def grants(page: Page) -> Iterator[Fact]:
    """Money that a unit gave to a project: 「在市总工会20万元创新项目专项资金扶持下」 in the sentence of that project."""
    for figure in page.figures:
        number = figure.told
        start, _ = page.sentence(number.start)
        giver = next((unit for unit in page.units_in(start, number.start)[-1:] if unit.end == number.start), None)
        taker = _nearest_thing(page, number.start, start)
        if figure.meaning.shape != "figure_funds" or not giver or not taker or page.wished(number.start):
            continue
        by = page.organisation((giver.start, giver.end))
        span = (giver.start, number.end)
        grant = page.mint("grant", f"{by.name}资助{taker.name}", span)
        yield Fact(grant, "granted_by", by, span)
        yield Fact(grant, "granted_to", taker, span)
        yield Fact(grant, "amount", str(number.quantity), (number.start, number.end))


def figures_of(shape: str) -> Callable[[Page], Iterator[Fact]]:
    """The rule that tells the figures of one shape of words."""

    def tell(page: Page) -> Iterator[Fact]:
        for figure in page.figures:
            if figure.meaning.shape == shape and not page.in_title_marks(figure.told.start):
                yield from _figure(page, figure)

    tell.__doc__ = f"Figures in the shape `{shape}` of `seeds.figures`."
    return tell
