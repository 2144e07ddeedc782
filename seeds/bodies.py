"""Organisations in announcements: by their endings, with form and place; training bases; short names that the text defines."""

import re
from collections.abc import Iterator

from graph.analysis.places import locate
from seeds.names import FIRM_END, Span, defined_names, run_before, without_lead_in
from seeds.telling import Fact, Page, place_names

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
_BASE = re.compile("(?:职工)?(?:技能|技术|安全|职业)*(?:培训|实训|教育)(?:中心|基地)")


def units(page: Page) -> Iterator[Fact]:
    """Organisations by their endings (有限公司, 总工会, 海事局 …), with the form that the ending tells."""
    for unit in page.units:
        yield from organisation_facts(page, (unit.start, unit.end))


def organisation_facts(page: Page, span: Span, *, less: int = 0) -> Iterator[Fact]:
    thing = page.organisation(span)
    form = form_of(thing.name)
    yield Fact(thing, "form", form, span, less) if form else Fact(thing, less=less)


def form_of(name: str) -> str:
    """The form of an organisation by how its name ends, "" where that tells none.

    >>> form_of("辽宁海事局"), form_of("大连市劳模工匠创新智库")
    ('government', 'think_tank')
    """
    return next((form for form, ends in _FORM_OF if ends.search(name)), "")


def unit_places(page: Page) -> Iterator[Fact]:
    """The city in an organisation's name is where it is: 大连…公司, 盘起工业(大连)有限公司."""
    for unit in page.units:
        match = place_names().search(unit.name, 0, 12)
        row = locate(match.group()) if match and (match.start() == 0 or unit.name[match.start() - 1] == "(") else None
        if match and row:
            span = (unit.start + match.start(), unit.start + match.end())
            yield Fact(page.organisation((unit.start, unit.end)), "place", page.place(row, span), span)


def short_names(page: Page) -> Iterator[Fact]:
    """Short names that the text defines itself: 首钢京唐公司(以下简称首钢京唐), 更名为."""
    for short, full, at in defined_names(page.text):
        yield Fact(page.organisation(full), "alias", short, at)
    for match in re.finditer("(?P<old>[^,，。、\\s]{4,30}?)(?:现已|已)?更名为(?P<new>[^,，。、\\s]{4,30}(?:公司|集团|厂))", page.text):
        start = without_lead_in(page.text, match.start("old"), match.end("old"))
        if FIRM_END.search(match["old"]):
            yield Fact(page.organisation(match.span("new")), "alias", page.text[start : match.end("old")], (start, match.end("old")))


def base_spans(page: Page) -> Iterator[Span]:
    """Training bases whose name begins with a unit's; 大连市职工技能培训基地 is a kind."""
    for match in _BASE.finditer(page.text):
        start = without_lead_in(page.text, run_before(page.text, match.start()), match.start())
        if _parent_unit(page, (start, match.start())) and not page.in_title_marks(start):
            yield start, match.end()


def _parent_unit(page: Page, span: Span) -> Span | None:
    found = re.match(".+(?:公司|集团|厂|医院|医疗中心|大学|学院|学校|研究院|研究所|局|银行|港)", page.text[slice(*span)])
    return (span[0], span[0] + found.end()) if found else None


def bases(page: Page) -> Iterator[Fact]:
    """Training bases by their full name."""
    for span in page.once(base_spans):
        yield Fact(page.organisation(span), "form", "training_base", span)


def parent_units(page: Page) -> Iterator[Fact]:
    """The unit whose name a training base's begins with: told as an organisation, not as the base's host."""
    for span in page.once(base_spans):
        unit = _parent_unit(page, span)
        if unit:
            yield from organisation_facts(page, unit)
