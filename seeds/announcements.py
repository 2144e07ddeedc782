"""Announcements, notices and lists of unions: what they tell about workshops, people, units, groups, results, acts and figures.

`RULES` is the whole reader: a flat table of functions from a page to facts. Nothing is made up: 「X等20个」 is one workshop and a
figure; a wish (拟命名, 将成立) makes no tie; a name that had to be put together says so by a rule id that begins with `built`.
"""

import re
from collections.abc import Iterator
from typing import Any

from graph.analysis.places import locate
from seeds.acts import events, figures_of, grants, ranks, results, works
from seeds.bodies import bases, parent_units, short_names, unit_places, units
from seeds.dates import iso_date
from seeds.documents import Document
from seeds.figures import SHAPES
from seeds.groups import group_roles, groups, pairs
from seeds.names import without_lead_in
from seeds.reading import Reading
from seeds.telling import Fact, Page, Rule, place_names, told
from seeds.workshops import (
    hosts,
    leaders_by_name,
    leaders_told,
    people_only,
    sub_rooms,
    titles_in_names,
    workshop_fields,
    workshop_places,
    workshops,
)

_POLICY_END = re.compile("(?:办法|标准|意见|方案|规定|条例|通知|细则|规划|计划|制度|指南|规范|决定|措施)(?:\\([^()]*\\))?$")
_ISSUED = re.compile("(?:出台|印发|制定|发布|下发|颁布|修订|联合印发)了?")


def _document(page: Page) -> Iterator[Fact]:
    """The document: its first words as name, its raw bytes and its kept text as blobs."""
    yield Fact(page.thing, "content", page.document.digest)
    yield Fact(page.thing, "text", page.document.text_digest)


def _published(page: Page) -> Iterator[Fact]:
    """The day of publication where a line says so (发布日期：2023-07-19)."""
    pattern = re.compile(r"(?:发布(?:时间|日期)|发文日期|来源日期)[:：]\s*(?P<date>(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?)")
    for match in pattern.finditer(page.text):
        date = iso_date(*match.group(2, 3, 4))
        if date:
            yield Fact(page.thing, "published", date, match.span("date"))


def _places(page: Page) -> Iterator[Fact]:
    """Places by their official names, and by short ones where they are the document's own city or its province."""
    own = page.city.path.split("/") if page.city else []
    for match in place_names().finditer(page.text):
        row = locate(match.group())
        if row and (match.group() == row.full or row.name in own) and row.level in ("city", "province"):
            yield Fact(page.place(row, match.span()))


def _fields(page: Page) -> Iterator[Fact]:
    """A list of fields: 涵盖车辆研发、船舶重工……等多学科领域."""
    pattern = re.compile(
        "(?:涵盖|涉及|覆盖|包括|涵括|分布在|遍布)了?(?P<list>[^,，。;；\n]+?)等(?:多个?|\\d+个|[一二三四五六七八九十]+[个大])?(?:不同)?(?:学科|重点|专业|产业|行业)?(?:领域|行业|产业|专业|学科)"
    )
    for match in pattern.finditer(page.text):
        for part in re.finditer("[^、]+", match["list"]):
            start = match.start("list") + part.start()
            yield Fact(page.thing, "field", page.field((start, start + len(part.group()))), (start, start + len(part.group())))


def _policies(page: Page) -> Iterator[Fact]:
    """Policies in title marks, with the unit that issued or revised them in the same sentence."""
    for match in re.finditer("《(?P<name>[^《》\n]{4,80})》", page.text):
        if not _POLICY_END.search(match["name"]):
            continue
        policy = page.mint("policy", match["name"], match.span("name"))
        yield Fact(policy)
        start, _ = page.sentence(match.start())
        issuers = page.units_in(start, match.start())
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


RULES: tuple[Rule, ...] = (
    Rule("document", 1000, _document),
    Rule("published", 950, _published),
    Rule("workshop", 950, workshops),
    Rule("training_base", 950, bases),
    Rule("unit", 900, units),
    Rule("host", 900, hosts),
    Rule("parent_unit", 600, parent_units),
    Rule("unit_place", 700, unit_places),
    Rule("short_name", 900, short_names),
    Rule("place", 800, _places),
    Rule("leader_in_name", 900, leaders_by_name),
    Rule("leader_told", 950, leaders_told),
    Rule("title_in_name", 850, titles_in_names),
    Rule("list_heading", 850, workshop_places),
    Rule("list_field", 900, workshop_fields),
    Rule("people_only", 500, people_only),
    Rule("sub_workshop", 850, sub_rooms),
    Rule("rank_of_list", 850, ranks),
    Rule("naming", 900, events),
    Rule("group", 900, groups),
    Rule("group_role", 900, group_roles),
    Rule("pair", 800, pairs),
    Rule("field_list", 850, _fields),
    Rule("policy", 900, _policies),
    Rule("programme", 800, _programmes),
    Rule("result", 850, results),
    Rule("work", 750, works),
    Rule("grant", 800, grants),
    *(Rule(shape, confidence, figures_of(shape)) for shape, confidence, _ in SHAPES),
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
