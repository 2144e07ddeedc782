"""Announcements, notices and lists of unions: what they tell about workshops, people, units, groups, results, acts and figures.

`RULES` is the whole reader: a flat table of functions from a page to facts. Nothing is made up: 「X等20个」 is one workshop and a
figure; a wish (拟命名, 将成立) makes no tie; a name that had to be put together says so by a rule id that begins with `built`.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from graph.analysis.places import locate
from seeds.documents import Document
from seeds.figures import SHAPES, Figure
from seeds.lists import Seat
from seeds.names import (
    FIRM_END,
    Span,
    Unit,
    defined_names,
    honours_before,
    is_honour,
    is_person,
    person_at_end,
    run_before,
    split_unit,
    without_lead_in,
)
from seeds.reading import Reading
from seeds.telling import Fact, Page, Rule, Thing, place_names, told

_FORMS = (
    ("union", "总工会|工会"),
    ("hospital", "医院|医疗中心|卫生院"),
    ("training_base", "培训中心|培训基地|实训中心|实训基地"),
    ("think_tank", "智库"),
    ("university", "大学|学院"),
    ("institute", "研究院|研究所|设计院|科学院"),
    ("school", "中学|小学|学校|幼儿园"),
    ("government", "局|委员会|管委会|政府|厅|法院|检察院"),
    ("association", "协会|学会|商会"),
    ("company", "公司|集团|厂|银行|矿|工业|重工|股份|机床"),
)
_FORM_OF = tuple((form, re.compile(f"(?:{ends})$")) for form, ends in _FORMS)
_OF_LIST = re.compile(r"等(?P<count>\d+|[一二三四五六七八九十百]+)[个家](?P<of>[^,，。;；、\s]+)")
_DAY = re.compile(r"(?P<year>\d{4})年(?:(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})日)?)?|(?<!\d)(?P<month_only>\d{1,2})月(?P<day_only>\d{1,2})日")


# ---- the document, places, units
def _document(page: Page) -> Iterator[Fact]:
    """The document: its first words as name, its raw bytes and its kept text as blobs."""
    yield Fact(page.thing, "content", page.document.digest)
    yield Fact(page.thing, "text", page.document.text_digest)


def _published(page: Page) -> Iterator[Fact]:
    """The day of publication where a line says so (发布日期：2023-07-19)."""
    pattern = re.compile(r"(?:发布(?:时间|日期)|发文日期|来源日期)[:：]\s*(?P<date>(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?)")
    for match in pattern.finditer(page.text):
        year, month, day = match.group(2, 3, 4)
        yield Fact(page.thing, "published", f"{year}-{int(month):02d}-{int(day):02d}", match.span("date"))


def _places(page: Page) -> Iterator[Fact]:
    """Places by their official names, and by short ones where they are the document's own city or its province."""
    own = page.city.path.split("/") if page.city else []
    for match in place_names().finditer(page.text):
        row = locate(match.group())
        if row and (match.group() == row.full or row.name in own) and row.level in ("city", "province"):
            yield Fact(page.place(row, match.span()))


def _units(page: Page) -> Iterator[Fact]:
    """Organisations by their endings (有限公司, 总工会, 海事局 …), with the form that the ending tells."""
    for unit in page.units:
        yield from _organisation(page, (unit.start, unit.end))


def _organisation(page: Page, span: Span, *, less: int = 0) -> Iterator[Fact]:
    thing = page.organisation(span)
    form = form_of(thing.name)
    yield Fact(thing, "form", form, span, less) if form else Fact(thing, less=less)


def form_of(name: str) -> str:
    """The form of an organisation by how its name ends, "" where that tells none.

    >>> form_of("辽宁海事局"), form_of("大连市劳模工匠创新智库")
    ('government', 'think_tank')
    """
    return next((form for form, ends in _FORM_OF if ends.search(name)), "")


def _unit_places(page: Page) -> Iterator[Fact]:
    """The city in an organisation's name is where it is: 大连…公司, 盘起工业(大连)有限公司."""
    for unit in page.units:
        match = place_names().search(unit.name, 0, 12)
        row = locate(match.group()) if match and (match.start() == 0 or unit.name[match.start() - 1] == "(") else None
        if match and row:
            span = (unit.start + match.start(), unit.start + match.end())
            yield Fact(page.organisation((unit.start, unit.end)), "place", page.place(row, span), span)


def _short_names(page: Page) -> Iterator[Fact]:
    """Short names that the text defines itself: 首钢京唐公司(以下简称首钢京唐), 更名为."""
    for short, full, at in defined_names(page.text):
        yield Fact(page.organisation(full), "alias", short, at)
    for match in re.finditer("(?P<old>[^,，。、\\s]{4,30}?)(?:现已|已)?更名为(?P<new>[^,，。、\\s]{4,30}(?:公司|集团|厂))", page.text):
        start = without_lead_in(page.text, match.start("old"), match.end("old"))
        if FIRM_END.search(match["old"]):
            yield Fact(page.organisation(match.span("new")), "alias", page.text[start : match.end("old")], (start, match.end("old")))


# ---- workshops and their people
def _workshops(page: Page) -> Iterator[Fact]:
    """Workshops by name, with the class that the name tells (劳模, 职工, 工匠 …)."""
    for seat in page.seats:
        less = 1000 - seat.room.sure
        workshop = page.workshop(seat)
        yield Fact(workshop, less=less // 2)
        if seat.room.kind:
            yield Fact(workshop, "class", page.text[slice(*seat.room.kind)], seat.room.kind, less // 2)


_LED_BY_NAME = re.compile("[^,，。;；、\n]{2,40}?(?:领衔|牵头|负责|带领|主持|领办)的$")


def _leaders_by_name(page: Page) -> Iterator[Fact]:
    """A workshop named for a person is led by that person, unless its own words say who else leads it."""
    for seat in page.seats:
        if seat.leaders or _led_by_other(page, seat):
            continue
        for person in seat.room.people:
            yield Fact(page.workshop(seat), "leader", page.person(person, seat), person, (1000 - seat.room.sure) // 2)


def _led_by_other(page: Page, seat: Seat) -> bool:
    before = page.text[max(0, seat.room.start - 60) : seat.room.start]
    return bool(_LED_BY_NAME.search(before)) or bool(_LED_AFTER.match(page.text, seat.room.end))


_LED_AFTER = re.compile("(?:,|，)?(?:现)?由(?P<who>[^,，。;；、\n]{2,30}?)(?:领衔|负责|带领|主持|领办)(?!的)")
_LED_BEFORE = re.compile("(?P<who>[^,，。;；\n]{2,60}?)(?:领衔|牵头|负责|带领|主持|领办|创办)的")


def _leaders_told(page: Page) -> Iterator[Fact]:
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


def _titles_in_names(page: Page) -> Iterator[Fact]:
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


_HOST_LESS = {"glued": 0, "bracket": 0, "table": 0, "cell": 50, "glued_unsure": 350}


def _hosts(page: Page) -> Iterator[Fact]:
    """The host of a workshop: the unit glued before its name, in brackets after it, or in the next cell; its sub-unit apart."""
    for seat in page.seats:
        if not seat.host:
            continue
        host = page.organisation(seat.host)
        yield from _organisation(page, seat.host, less=_HOST_LESS[seat.host_by])
        yield Fact(page.workshop(seat), "host", host, (seat.host[0], seat.room.end) if seat.host_by == "glued" else seat.host, _HOST_LESS[seat.host_by])
        if seat.room.unit and seat.room.unit != seat.host:
            yield Fact(page.organisation(seat.room.unit), "parent", host, seat.room.unit, 150)


def _workshop_places(page: Page) -> Iterator[Fact]:
    """The district or town that a list has as heading."""
    for seat in page.seats:
        if seat.place:
            yield Fact(page.workshop(seat), "place", page.place(*seat.place), seat.place[1])


def _workshop_fields(page: Page) -> Iterator[Fact]:
    """The fields of a workshop in a table's column."""
    for seat in page.seats:
        for match in re.finditer("[^、;；/]+", page.text[slice(*seat.field)] if seat.field else ""):
            span = (seat.field[0] + match.start(), seat.field[0] + match.end()) if seat.field else (0, 0)
            yield Fact(page.workshop(seat), "field", _field(page, span), span)


def _people_only(page: Page) -> Iterator[Fact]:
    """以A、B为代表的劳模创新工作室: only people are told; their workshops' names are put together and say so."""
    pattern = re.compile(r"以(?P<who>[^,，。;；\n]{2,60}?)(?:等(?:\d+[名位人])?)?为代表的(?:一批|众多|[^,，。、]{0,6}?级)?(?P<room>(?:劳模|职工|工匠|和)*创新工作室)")
    for match in pattern.finditer(page.text):
        for person in _list(page, match.span("who")):
            name = page.text[slice(*person)]
            if is_person(name):
                workshop = page.mint("workshop", name + match["room"], person, rule="built_of_person")
                yield Fact(workshop, "leader", page.person(person), match.span())


def _sub_rooms(page: Page) -> Iterator[Fact]:
    """Workshops within a workshop: A创新工作室下设B子工作室、C青苗工作室."""
    for outer, inner in zip(page.seats, page.seats[1:], strict=False):
        between = page.text[outer.room.end : inner.room.run]
        if re.fullmatch("[^,，。;；]{0,6}(?:下设|下辖|设立|设有|孵化|培育)[^,，。;；]{0,6}", page.text[outer.room.end : inner.room.start]):
            yield from _within(page, outer, inner)
        elif re.fullmatch("下设了?.{0,2}|", between) and "下设" in page.text[outer.room.end : inner.room.start]:
            yield from _within(page, outer, inner)


def _within(page: Page, outer: Seat, inner: Seat) -> Iterator[Fact]:
    _, end = page.sentence(inner.room.start)
    at = inner.room.start
    for seat in page.seats:
        if at <= seat.room.start < end and (seat.room.start == at or page.text[at : seat.room.start] in "、和及与"):
            if not page.wished(seat.room.start):
                yield Fact(page.workshop(seat), "parent", page.workshop(outer), (outer.room.start, seat.room.end))
            at = seat.room.end
            at += page.text[at : at + 1] in "、和及与"


# ---- what is named, and as what
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
    """Everything that an announcement can name: workshops, training bases, groups."""
    for seat in page.seats:
        yield page.workshop(seat), (seat.room.start, seat.room.end)
    for base in _base_spans(page):
        yield page.organisation(base), base
    for group in _group_spans(page):
        yield _group(page, group), group


def _ranks(page: Page) -> Iterator[Fact]:
    """「X等20个大连市劳模创新工作室」: X has that rank, and is in that city."""
    for thing, span in _named_things(page):
        match = _OF_LIST.match(page.text, span[1])
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


_BASE = re.compile("(?:职工)?(?:技能|技术|安全|职业)*(?:培训|实训|教育)(?:中心|基地)")


def _base_spans(page: Page) -> Iterator[Span]:
    for match in _BASE.finditer(page.text):
        start = without_lead_in(page.text, run_before(page.text, match.start()), match.start())
        if _parent_unit(page, (start, match.start())) and not page.in_title_marks(start):
            yield start, match.end()


def _parent_unit(page: Page, span: Span) -> Span | None:
    found = re.match(".+(?:公司|集团|厂|医院|医疗中心|大学|学院|学校|研究院|研究所|局|银行|港)", page.text[slice(*span)])
    return (span[0], span[0] + found.end()) if found else None


def _bases(page: Page) -> Iterator[Fact]:
    """Training bases by their full name."""
    for span in _base_spans(page):
        yield Fact(page.organisation(span), "form", "training_base", span)


def _parent_units(page: Page) -> Iterator[Fact]:
    """The unit whose name a training base's begins with: told as an organisation, not as the base's host."""
    for span in _base_spans(page):
        unit = _parent_unit(page, span)
        if unit:
            yield from _organisation(page, unit)


_NAMED = re.compile("(?:新|共|联合|正式|首批|集中)?(?:命名|授予|认定|表彰|评选出)了?")


def _namings(page: Page) -> Iterator[tuple[Thing, Unit, Span]]:
    """The acts of naming that were done: event, organiser, and the span from the organiser to the sentence's end."""
    for unit in page.units:
        act = _NAMED.search(page.text, unit.end, unit.end + 24)
        if not act or re.search("[,，。;；、《]", page.text[unit.end : act.start()]) or page.wished(act.end() - 1) or "拟" in page.text[unit.end : act.end()]:
            continue
        organiser = page.organisation((unit.start, unit.end))
        event = page.mint("event", organiser.name + "命名", (unit.start, act.end()))
        yield event, unit, (unit.start, page.sentence(act.start())[1])


def _events(page: Page) -> Iterator[Fact]:
    """A naming that was done: who named what. 日前 and 近日 are no dates; a day that the sentence begins with is."""
    for event, unit, span in _namings(page):
        yield Fact(event, "act", "命名", event.span)
        yield Fact(event, "organiser", page.organisation((unit.start, unit.end)), event.span)
        for thing, at in _named_things(page):
            if span[0] <= at[0] < span[1] and not page.text.startswith("牵头", at[1]):
                yield Fact(event, "subject", thing, at)
        start, _ = page.sentence(unit.start)
        for day in _DAY.finditer(page.text, start, unit.start):
            date = _date(day)
            if date:
                yield Fact(event, "date", date, day.span())


def _date(match: re.Match[str]) -> str:
    """EDTF of a day as told; "" where it is none. Lost digits leave what is left: 2023年�月 is 2023."""
    year, month, day = match["year"], match["month"] or match["month_only"], match["day"] or match["day_only"]
    if month and not (1 <= int(month) <= 12 and (not day or 1 <= int(day) <= 31)):
        return ""
    return "-".join([year or "XXXX", *(f"{int(part):02d}" for part in (month, day) if part)])


# ---- groups
_GROUP = re.compile("(?:产业创新团组|创新团组|产业创新联盟|创新联盟|产业联盟|技术联盟|创新联合体|联盟|联合体|共同体)")
_NO_TOPIC = re.compile("的|\\d|一批|各|与|化$|多个|等$|战略$|跨|形成|加入|结成|推进")


def _group_spans(page: Page) -> Iterator[Span]:
    for match in _GROUP.finditer(page.text):
        start = without_lead_in(page.text, run_before(page.text, match.start()), match.start())
        topic = _topic(page.text[start : match.start()])
        whole = page.text[max(start - 1, 0) : match.start()]
        followed = page.text[match.end() : match.end() + 1]
        if len(topic) >= 2 and not _NO_TOPIC.search(topic) and followed != "化" and "《" not in whole:
            yield start, match.end()


def _topic(said: str) -> str:
    """What a group's name says that it is for: without its city and without 劳模创新工作室."""
    place = place_names().match(said)
    said = said[place.end() :] if place else said
    return re.sub("(?:劳模|职工|工匠|人才|和)*创新工作室$|产业$", "", said)


def _group(page: Page, span: Span) -> Thing:
    return page.mint("group", page.text[slice(*span)], span)


def _groups(page: Page) -> Iterator[Fact]:
    """Groups and alliances by name, with form and topic. One that is only wished for keeps its sentence as description."""
    for span in _group_spans(page):
        group = _group(page, span)
        suffix = _GROUP.search(page.text, span[0], span[1])
        topic = _topic(page.text[span[0] : suffix.start()]) if suffix else ""
        yield Fact(group, "form", "team" if group.name.endswith("团组") else "alliance", span)
        yield Fact(group, "topic", topic, (span[0], span[0] + group.name.index(topic) + len(topic)))
        if page.wished(span[0]):
            sentence = _trimmed(page, page.sentence(span[0]))
            yield Fact(group, "description", page.text[slice(*sentence)], sentence)


def _trimmed(page: Page, span: Span) -> Span:
    said = page.text[slice(*span)]
    return span[0] + len(said) - len(said.lstrip()), span[1] - len(said) + len(said.rstrip())


_WHO = "(?P<who>[^,，。;；\n]{2,120}%s)"
"""A list of members, taken short before what ends it, long where it ends its clause itself."""

_ROLES = (
    ("lead", "由?{who}(?:共同)?牵头的{group}"),
    ("lead", "{group}[,，]?(?:现)?由{who}牵头"),
    ("lead", "{group}的?牵头单位(?:是|为|[:：]){who}"),
    ("member", "由{who}(?:共同)?(?:组成|组建)的?了?{group}"),
    ("member", "{group}[,，]?由{who}(?:共同)?组成"),
    ("member", "{group}的?成员(?:单位)?(?:包括|有|是|为|[:：]){who}"),
    ("member", "{who}(?:共同|联合)(?:组建|成立|组成)了{group}"),
    ("secretariat", "{group}的?秘书处(?:单位)?(?:设在|为|是|[:：]){who}"),
    ("adviser", "{group}的?指导单位(?:为|是|[:：]){who}"),
)


def _group_roles(page: Page) -> Iterator[Fact]:
    """Who leads, belongs to, keeps the papers of a group: 「A牵头的…团组」, 「由A、B组成的…联盟」. A wish makes no tie."""
    for span in _group_spans(page):
        start, end = page.sentence(span[0])
        name = re.escape(page.text[slice(*span)])
        for role, shape in _ROLES:
            match = re.compile(shape.format(who=_WHO % ("" if shape.endswith("{who}") else "?"), group=name)).search(page.text, start, end)
            if match and not page.wished(match.end()) and not page.wished(span[0]):
                who = _own_part(page, match.span("who"), alone=role == "lead" and "共同" not in match.group())
                for member, at in _members(page, who):
                    yield Fact(_group(page, span), role, member, _covering(at, span))


def _own_part(page: Page, who: Span, *, alone: bool) -> Span:
    """The part of a list that a role is about: not the items counted before it (「A等20个…、B牵头的」), `alone` only the last."""
    start, end = who
    for counted in _OF_LIST.finditer(page.text, start, end):
        start = min(counted.end() + 1, end)
    return (max(start, page.text.rfind("、", start, end) + 1) if alone else start), end


def _covering(a: Span, b: Span) -> Span:
    return min(a[0], b[0]), max(a[1], b[1])


def _list(page: Page, span: Span) -> Iterator[Span]:
    """The parts of a list: A、B和C (等)."""
    for match in re.finditer("[^、]+", page.text[slice(*span)]):
        for part in re.finditer("(?:(?!以及|和|与).)+", match.group()):
            start = span[0] + match.start() + part.start()
            said = re.sub("等(?:\\d+[家个名位].*)?$", "", part.group())
            if said:
                yield start, start + len(said)


def _members(page: Page, who: Span) -> Iterator[tuple[Thing, Span]]:
    """The workshops and units of a list. 「移动、联通、电信大连分公司」 share a tail; the names made with it say so."""
    inside = [seat for seat in page.seats if who[0] <= seat.room.start and seat.room.end <= who[1]]
    if inside:
        yield from ((page.workshop(seat), (seat.room.start, seat.room.end)) for seat in inside)
        return
    parts = list(_list(page, who))
    tail = _shared_tail(page, parts)
    for span in parts:
        start = without_lead_in(page.text, *span)
        name = page.text[start : span[1]]
        if form_of(name) or name.endswith(("分公司", "中心", "港", "站")):
            yield page.organisation((start, span[1])), (start, span[1])
        elif tail and 2 <= len(name) <= 6:
            yield page.built("organisation", name + tail, (start, span[1]), rule="built_of_shared_tail"), (start, span[1])


def _shared_tail(page: Page, parts: list[Span]) -> str:
    """What the last of a list has and the short ones before it lack: the city and 分公司."""
    said = page.text[slice(*parts[-1])] if parts else ""
    place = place_names().search(said)
    found = re.search("(?:公司|局|银行|支行|分行)$", said) and place
    return said[place.start() :] if found and place and place.start() >= 2 else ""


_TIED = re.compile("签约|签订|签署|共建|结对|授牌|揭牌|成立|牵手|联姻|领证|组建|结成|结为")


def _pairs(page: Page) -> Iterator[Fact]:
    """「A与B、C与D……等9个联盟」签约: each pair is one group whose name is put together. Without a word of tying there is no tie."""
    for first, second in zip(page.seats, page.seats[1:], strict=False):
        start, end = page.sentence(first.room.start)
        between = page.text[first.room.end : second.room.run]
        joined = page.text[first.room.end : second.room.start]
        if between not in ("", "与", "和", "同") or not joined.startswith(("与", "和", "同")) or second.room.start > end:
            continue
        tied = _TIED.search(page.text, start, end)
        if not tied or page.wished(first.room.start) or page.wished(tied.end()):
            continue
        yield from _pair(page, first, second, "alliance" if "联盟" in page.text[start:end] else "pair")


def _pair(page: Page, first: Seat, second: Seat, form: str) -> Iterator[Fact]:
    span = (first.room.start, second.room.end)
    name = f"{first.room.name}与{second.room.name}" + ("联盟" if form == "alliance" else "结对")
    group = page.mint("group", name, span, rule="built_of_pair")
    yield Fact(group, "form", form, span)
    for seat in (first, second):
        yield Fact(group, "member", page.workshop(seat), (seat.room.start, seat.room.end))


# ---- fields, policies, results
def _field(page: Page, span: Span) -> Thing:
    return page.built("field", page.text[slice(*span)], span, rule="")


def _fields(page: Page) -> Iterator[Fact]:
    """A list of fields: 涵盖车辆研发、船舶重工……等多学科领域."""
    pattern = re.compile("(?:涵盖|涉及|覆盖|包括|涵括|分布在|遍布)了?(?P<list>[^,，。;；\n]+?)等(?:多个?|\\d+个|[一二三四五六七八九十]+[个大])?(?:不同)?(?:学科|重点|专业|产业|行业)?(?:领域|行业|产业|专业|学科)")
    for match in pattern.finditer(page.text):
        for part in re.finditer("[^、]+", match["list"]):
            start = match.start("list") + part.start()
            yield Fact(page.thing, "field", _field(page, (start, start + len(part.group()))), (start, start + len(part.group())))


_POLICY_END = re.compile("(?:办法|标准|意见|方案|规定|条例|通知|细则|规划|计划|制度|指南|规范|决定|措施)(?:\\([^()]*\\))?$")
_ISSUED = re.compile("(?:出台|印发|制定|发布|下发|颁布|修订|联合印发)了?")


def _policies(page: Page) -> Iterator[Fact]:
    """Policies in title marks, with the unit that issued or revised them in the same sentence."""
    for match in re.finditer("《(?P<name>[^《》\n]{4,80})》", page.text):
        if not _POLICY_END.search(match["name"]):
            continue
        policy = page.mint("policy", match["name"], match.span("name"))
        yield Fact(policy)
        start, _ = page.sentence(match.start())
        issuers = [unit for unit in page.units if start <= unit.start and unit.end <= match.start()]
        issued = _ISSUED.search(page.text, issuers[0].end, match.start()) if issuers else None
        if issued and not page.wished(issued.end()):
            less = 0 if issued.start() - issuers[0].end <= 2 and issued.end() == match.start() else 200
            yield Fact(policy, "issuer", page.organisation((issuers[0].start, issuers[0].end)), (issuers[0].start, match.end()), less)


def _programmes(page: Page) -> Iterator[Fact]:
    """Actions of several years: 辽宁实施全面振兴新突破三年行动."""
    for match in re.finditer("(?P<name>[^,，。;；、\\s“”]{4,30}?[一二三四五六七八九十\\d]年行动(?:计划|方案)?)", page.text):
        places = list(place_names().finditer(page.text, match.start(), match.end()))
        start = places[-1].start() if places else without_lead_in(page.text, match.start(), match.end())
        yield Fact(page.mint("policy", page.text[start : match.end()], (start, match.end())))


_PROJECT = re.compile("(?:完成|研发|研制|开发|攻关)?的(?P<name>[^,，。;；、的\\s]{3,30}?)(?P<tail>项目|技术攻关|成果|课题)")


def _result_spans(page: Page) -> Iterator[tuple[Seat, Span]]:
    for seat in page.seats:
        match = _PROJECT.match(page.text, seat.room.end)
        if match:
            yield seat, match.span("name")


def _result(page: Page, span: Span) -> Thing:
    return page.mint("result", page.text[slice(*span)].strip("“”"), span)


def _results(page: Page) -> Iterator[Fact]:
    """A workshop's project or result: 徐成武劳模创新工作室的光学砂轮修整器项目."""
    for seat, span in _result_spans(page):
        yield Fact(_result(page, span), "made_by", page.workshop(seat), (seat.room.start, span[1]))


def _works(page: Page) -> Iterator[Fact]:
    """What a workshop does (主攻, 专注于) and took part in, where it is the sentence's one workshop."""
    for seat in page.seats:
        workshop = page.workshop(seat)
        does = re.compile("(?:主攻|主要从事|专注于|致力于)(?P<what>[^,，。;；\n]{2,60})").match(page.text, seat.room.end)
        if does:
            yield Fact(workshop, "does", does["what"], does.span("what"))
        _, end = page.sentence(seat.room.start)
        if any(seat.room.end < other.room.start < end for other in page.seats):
            continue
        part = re.compile("(?:工作室|先后|已)(?P<what>(?:参与|完成|攻克|承担|研发)了[^。;；\n]{4,200})").search(page.text, seat.room.end, end)
        if part and not page.wished(part.start()):
            yield Fact(workshop, "achievement", part["what"], part.span("what"))


# ---- figures and grants
_AS_OF = re.compile("近(?:\\d+|[一二三四五六七八九十两]+)年(?:来|间)?|截至[^,，。;；]{2,16}|今年以来|去年|今年|上半年|目前|近年来|\\d{4}年(?:\\d{1,2}月(?:\\d{1,2}日)?)?(?:底|末|以来)?")


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
    as_of = [*_AS_OF.finditer(page.text, page.sentence(number.start)[0], number.start)]
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
    return next((event for event, _, span in _namings(page) if span[0] <= figure.start and figure.told.start < span[1]), None)


def _about(page: Page, figure: Figure) -> Thing | None:
    """What a figure is about where the sentence tells: the naming, the project, the spender, the city; never a person."""
    number, meaning = figure.told, figure.meaning
    start, _ = page.sentence(number.start)
    match meaning.shape:
        case "figure_spent":
            spender = [unit for unit in page.units if start <= unit.start and unit.end <= number.start]
            return page.organisation((spender[-1].start, spender[-1].end)) if spender else None
        case "figure_extreme" | "figure_among":
            return None
    nearest = _nearest_thing(page, number.start, start)
    if nearest:
        return nearest
    whole = re.match("全市", meaning.scope)
    return page.place(page.city, (figure.start, figure.end)) if whole and page.city else None


def _nearest_thing(page: Page, at: int, start: int) -> Thing | None:
    results = [span for _, span in _result_spans(page) if start <= span[0] < at]
    if results:
        return _result(page, results[-1])
    seats = [seat for seat in page.seats if start <= seat.room.start < at]
    return page.workshop(seats[0]) if len({seat.room.name for seat in seats}) == 1 else None


def _grants(page: Page) -> Iterator[Fact]:
    """Money that a unit gave to a project: 「在市总工会20万元创新项目专项资金扶持下」 in the sentence of that project."""
    for figure in page.figures:
        number = figure.told
        giver = next((unit for unit in page.units if unit.end == number.start), None)
        start, _ = page.sentence(number.start)
        taker = _nearest_thing(page, number.start, start)
        if figure.meaning.shape != "figure_funds" or not giver or not taker or page.wished(number.start):
            continue
        by = page.organisation((giver.start, giver.end))
        span = (giver.start, number.end)
        grant = page.mint("grant", f"{by.name}资助{taker.name}", span)
        yield Fact(grant, "granted_by", by, span)
        yield Fact(grant, "granted_to", taker, span)
        yield Fact(grant, "amount", str(number.quantity), (number.start, number.end))


def _figures_of(shape: str) -> Callable[[Page], Iterator[Fact]]:
    def tell(page: Page) -> Iterator[Fact]:
        for figure in page.figures:
            if figure.meaning.shape == shape and not page.in_title_marks(figure.told.start):
                yield from _figure(page, figure)

    tell.__doc__ = f"Figures in the shape `{shape}` of `seeds.figures`."
    return tell


RULES: tuple[Rule, ...] = (
    Rule("document", 1000, _document),
    Rule("published", 950, _published),
    Rule("workshop", 950, _workshops),
    Rule("training_base", 950, _bases),
    Rule("unit", 900, _units),
    Rule("host", 900, _hosts),
    Rule("parent_unit", 600, _parent_units),
    Rule("unit_place", 700, _unit_places),
    Rule("short_name", 900, _short_names),
    Rule("place", 800, _places),
    Rule("leader_in_name", 900, _leaders_by_name),
    Rule("leader_told", 950, _leaders_told),
    Rule("title_in_name", 850, _titles_in_names),
    Rule("list_heading", 850, _workshop_places),
    Rule("list_field", 900, _workshop_fields),
    Rule("people_only", 500, _people_only),
    Rule("sub_workshop", 850, _sub_rooms),
    Rule("rank_of_list", 850, _ranks),
    Rule("naming", 900, _events),
    Rule("group", 900, _groups),
    Rule("group_role", 900, _group_roles),
    Rule("pair", 800, _pairs),
    Rule("field_list", 850, _fields),
    Rule("policy", 900, _policies),
    Rule("programme", 800, _programmes),
    Rule("result", 850, _results),
    Rule("work", 750, _works),
    Rule("grant", 800, _grants),
    *(Rule(shape, confidence, _figures_of(shape)) for shape, confidence, _ in SHAPES),
)
"""Every reading rule: its id as statements carry it, what it is worth, its function. A new rule is one function and one line."""


def read(document: Document) -> Reading:
    """What a document tells: its things and claims, each claim with quote, spans, rule and confidence."""
    return told(Page(document), RULES)


def as_json(reading: Reading) -> dict[str, Any]:
    """A reading as `lianyin read --json` prints it."""
    return {
        "document": {
            "id": reading.things[0].id,
            "digest": reading.source,
            "title": reading.title,
            "characters": len(reading.text),
            "clean_characters": len(reading.clean),
        },
        "clean": reading.clean,
        "things": [{"id": thing.id, "kind": thing.kind, "name": thing.name} for thing in reading.things],
        "statements": [
            {
                "subject": claim.statement.subject,
                "property": claim.statement.property,
                "value": claim.statement.value,
                "quote": claim.quote,
                "span": list(claim.span),
                "clean_span": list(claim.clean_span),
                "rule": claim.statement.rule,
                "confidence": claim.statement.confidence,
            }
            for claim in reading.claims
        ],
    }
