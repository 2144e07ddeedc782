"""Groups and alliances in announcements: name, form, topic, who leads and belongs to them; pairs of workshops that were tied."""

import re
from collections.abc import Iterator

from seeds.bodies import form_of
from seeds.lists import Seat
from seeds.names import OF_LIST, Span, run_before, without_lead_in
from seeds.telling import Fact, Page, Thing, place_names

_GROUP = re.compile("(?:产业创新团组|创新团组|产业创新联盟|创新联盟|产业联盟|技术联盟|创新联合体|联盟|联合体|共同体)")
_NO_TOPIC = re.compile("的|\\d|一批|各|与|化$|多个|等$|战略$|跨|形成|加入|结成|推进")
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
_TIED = re.compile("签约|签订|签署|共建|结对|授牌|揭牌|成立|牵手|联姻|领证|组建|结成|结为")


def group_spans(page: Page) -> Iterator[Span]:
    """Groups and alliances that have a topic; 5个产业创新团组 and 形成联盟 name none."""
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


def group_thing(page: Page, span: Span) -> Thing:
    """The group named in a span."""
    return page.mint("group", page.text[slice(*span)], span)


def groups(page: Page) -> Iterator[Fact]:
    """Groups and alliances by name, with form and topic. One that is only wished for keeps its sentence as description."""
    for span in page.once(group_spans):
        group = group_thing(page, span)
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


def group_roles(page: Page) -> Iterator[Fact]:
    """Who leads, belongs to, keeps the papers of a group: 「A牵头的…团组」, 「由A、B组成的…联盟」. A wish makes no tie."""
    for span in page.once(group_spans):
        start, end = page.sentence(span[0])
        name = re.escape(page.text[slice(*span)])
        for role, shape in _ROLES:
            match = re.compile(shape.format(who=_WHO % ("" if shape.endswith("{who}") else "?"), group=name)).search(page.text, start, end)
            if match and not page.wished(match.end()) and not page.wished(span[0]):
                who = _own_part(page, match.span("who"), alone=role == "lead" and "共同" not in match.group())
                for member, at in _members(page, who):
                    yield Fact(group_thing(page, span), role, member, _covering(at, span))


def _own_part(page: Page, who: Span, *, alone: bool) -> Span:
    """The part of a list that a role is about: not the items counted before it (「A等20个…、B牵头的」), `alone` only the last."""
    start, end = who
    for counted in OF_LIST.finditer(page.text, start, end):
        start = min(counted.end() + 1, end)
    return (max(start, page.text.rfind("、", start, end) + 1) if alone else start), end


def _covering(a: Span, b: Span) -> Span:
    return min(a[0], b[0]), max(a[1], b[1])


def _members(page: Page, who: Span) -> Iterator[tuple[Thing, Span]]:
    """The workshops and units of a list. 「移动、联通、电信大连分公司」 share a tail; the names made with it say so."""
    inside = page.seats_in(*who)
    if inside:
        yield from ((page.workshop(seat), (seat.room.start, seat.room.end)) for seat in inside)
        return
    parts = list(page.parts(who))
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


def pairs(page: Page) -> Iterator[Fact]:
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
