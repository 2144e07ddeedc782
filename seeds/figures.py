"""Numbers as told: bound, value with 万 and 亿 multiplied out, unit; and from the words around each, what it measures and of what.

近300项 is `<300 项`, 3000余项 `>3000 项`, 1000万元以上 `>=10000000 元`: a bound is not a value. Dates, ranks, serial numbers and spans of
years are no figures.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from graph.record.ontology import Quantity

_DIGITS = {**{character: number for number, character in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2, "俩": 2}
_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_BEFORE = {
    "近": "<", "不足": "<", "不到": "<", "约": "~", "大约": "~", "超过": ">", "超": ">", "逾": ">", "突破": ">", "多达": "=", "达到": "=", "达": "=",
    "不少于": ">=", "不低于": ">=", "至少": ">=", "不超过": "<=", "至多": "<=", "最多": "<=",
}  # fmt: skip
_AFTER = {"以上": ">=", "以下": "<=", "以内": "<=", "左右": "~", "上下": "~", "余": ">", "多": ">"}
_UNITS = (
    "人次|人|名|位|个|家|项|件|台套|台|套|次|岁|倍|%|‰|个百分点|百分点|篇|场|期|公里|千米|千瓦时|千瓦|吨|小时|分钟|平方米|立方米|公斤|米|毫米|微米|组|支|对|户|条|门|册|部|类|款|座|艘|辆"
    "|美元|欧元|日元|元|课时|学时|亩|度|班次|批次|例|起|天|只|间|处|所|路|节|道|份|笔"
)
_MONEY = frozenset({"元", "美元", "欧元", "日元"})
# 一个, 一批, 一名 are articles; 两 to 九 count only before a counter; from 十 on, or with 余, it is a number.
_CHINESE = "[一二三四五六七八九十百千两〇零]{2,}|[十百千]|[二三四五六七八九两](?=[个名家项位对][^月])"
_FIGURE = re.compile(
    rf"(?<![\d.A-Za-z?\ufffd第-])(?P<before>{'|'.join(sorted(_BEFORE, key=len, reverse=True))})?"
    rf"(?:(?P<digits>\d+(?:,\d{{3}})*(?:\.\d+)?)|(?P<chinese>{_CHINESE}))(?P<more>[余多])?"
    rf"(?P<scale>[百千十]?[万亿]|[百千](?=[{'余多'}]?(?:{_UNITS})))?(?P<more_yet>[余多])?(?P<unit>{_UNITS})?(?P<after>以上|以下|以内|左右|上下|余|多)?"
)
_NO_FIGURE = re.compile("年|月|日|号|[:：]\\d|届|世纪|[?\ufffd]|-\\d|/\\d|\\.\\d|时\\d")
_DURATION = re.compile("^(?:天|小时|分钟)$")
_SUM = re.compile(
    "(?:出资|投入|资金|奖励|节约|节省|创效|补贴|补助|扶持|拨付|资助|拨款|经费|产值|效益|利润|成本|增收|创收)[^\\d,，。;；]{0,6}$"
)


@dataclass(frozen=True, slots=True)
class Told:
    """One number of the text: its span, its quantity, and whether the unit was said (969万 leaves 元 out)."""

    start: int
    end: int
    quantity: Quantity
    sure: bool = True

    @property
    def is_money(self) -> bool:
        return self.quantity.unit in _MONEY


def numbers(text: str) -> Iterator[Told]:
    """Every figure of a text, in order.

    >>> [str(told.quantity) for told in numbers("近300项、3000余项，在1000万元以上，3.04万人次，百余家，第3届，2023年")]
    ['<300 项', '>3000 项', '>=10000000 元', '=30400 人次', '>100 家']
    """
    for match in _FIGURE.finditer(text):
        told = _told(text, match)
        if told:
            yield told


def _told(text: str, match: re.Match[str]) -> Told | None:
    scale, unit = match["scale"] or "", match["unit"] or ""
    bounded = match["more"] or match["more_yet"]
    if not (unit or "万" in scale or "亿" in scale) or _NO_FIGURE.match(text, match.end()) or _DURATION.match(unit):
        return None
    if match["chinese"] and text[match.start() - 1 : match.start()] in {"第", "十"}:
        return None
    sure = bool(unit)
    if not unit and _SUM.search(text, max(0, match.start() - 16), match.start()):
        unit = "元"
    op = _AFTER.get(match["after"] or "") or (">" if bounded else "") or _BEFORE.get(match["before"] or "", "=")
    number = Decimal(match["digits"].replace(",", "")) if match["digits"] else Decimal(chinese_number(match["chinese"]))
    return Told(match.start(), match.end(), Quantity(op, number * _multiplied(scale), unit), sure)


def _multiplied(scale: str) -> int:
    product = 1
    for character in scale:
        product *= _SCALES[character]
    return product


def chinese_number(text: str) -> int:
    """The value of a number in Chinese characters below 万.

    >>> chinese_number("一千零二十"), chinese_number("百"), chinese_number("十五")
    (1020, 100, 15)
    """
    total, digit = 0, 0
    for character in text:
        if character in _DIGITS:
            digit = digit * 10 + _DIGITS[character]
        else:
            total += (digit or 1) * _SCALES[character]
            digit = 0
    return total + digit


@dataclass(frozen=True, slots=True)
class Around:
    """A number in its clause: the words before and after it there, the number told before it in the same sentence, if any."""

    told: Told
    before: str
    after: str
    last: "Meaning | None"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a number says: its measure, the set it is about, and the shape of words that told so."""

    measure: str
    scope: str = ""
    shape: str = ""
    confidence: int = 0


_SMALL = re.compile("^(?:其中|同时|此外|另外|目前|截至目前|已经|现已|已|共有|共计|累计|共|并|且|均|都|就|、|和|与|及|以及|年均)+")
_SMALL_END = re.compile("(?:已经|现已|已|共|共计|累计|就|均|都|先后|成功|新)+$")
_VERB = re.compile(
    "(?:实现|征集|创建|建成|建立|完成|获得|取得|攻克|解决|培训|培养|开展|举办|拥有|现有|共有|已有|设有|有|创造|节约|节省|创效|申请|申报|授权|发表|转化|推广|吸纳|覆盖|服务|带动|命名|成立|组建|选树|评选|达到"
    "|投入|扶持|资助|奖励|涌现|参与|惠及|走访|征求|收集|提出|承担|制定|研发|荣获|形成|汇聚|吸收|聘请|发放|获)(?:各类|出)?了?"
)
_SAID_WITH = re.compile("^(?:培训|培养|服务|带动|惠及|走访|扶持|资助|解决|申请|授权|转化|推广|发表|攻克|聘请|节约|节省)")
"""Verbs without which a measure says something else: 培训职工300人 is not a count of 职工."""

_NOUN = re.compile("^[^,，。;；、:：!！?？\\s\\d()（）“”]+")
_NO_NOUN = re.compile("^(?:一|的?(?:扶持|支持)?下|以上|左右|的|并|且|和|与|等|在|为|从|到|后|前|时|以|已|均|都|是|将|,)")
_WON = re.compile("^(?:获评|被评为|被命名为|被认定为|被授予|入选|荣获|获得|获|成为|是|为)(?P<measure>[^,，。;；]+)")
_COMPARED = re.compile(
    "(?P<measure>[^,，]+?)比(?P<scope>[^,，]+?)(?P<change>提高|提升|高|快|节省|节约|减少|降低|缩短|下降|低|增长|增加|多|少)了?$"
)
_CHANGED = re.compile("(?P<measure>[^,，]{2,}?)(?P<change>提高|提升|节省|节约|减少|降低|缩短|下降|增长|增加)(?:了|到|至)?$")
_EXTREME = re.compile("(?P<noun>[^,，]{0,6}?)(?P<end>最[大小高低长短多少]|平均)的?(?:年龄)?(?:只有|仅有?|为|是|达)?$")
_AMONG = re.compile("(?P<scope>[^,，]+?)(?:中|里),?(?:有|共有|包括|含)(?P<measure>[^,，]+)$")
_YEARLY = re.compile("(?P<scope>每年|年均|每月)(?P<measure>[^,，]+?)(?:均|都)?(?:保持|稳定)?(?:在|达|为|超)?$")
_SPENT = re.compile("(?P<scope>[^,，]*?)(?P<measure>(?:出资|投入|拨付|拨款|奖励|发放|筹集|募集)[^,，]*)$")
_FUNDS = re.compile("^(?P<measure>[^,，。;；]*?(?:资金|经费|补助|奖金|基金|补贴))")


def _first_of_list(around: Around) -> Meaning | None:
    noun = _noun_after(around) if around.before.endswith("等") else ""
    return Meaning(noun) if noun else None


def _bracketed(around: Around) -> Meaning | None:
    """劳模创新工作室(20个): what stands before the bracket, where it is a kind of thing; a district's count tells no measure."""
    said = around.before.removesuffix("(")
    is_count = said != around.before and around.after.startswith(")") and _KIND_END.search(said)
    return _counted_before(replace(around, before=said)) if is_count else None


def _compared(around: Around) -> Meaning | None:
    match = _COMPARED.search(around.before)
    return match and Meaning(_plain(match["measure"]) + match["change"], "比" + match["scope"])


def _changed(around: Around) -> Meaning | None:
    match = None if _noun_after(around) else _CHANGED.search(around.before)
    return match and Meaning(_plain(match["measure"]) + match["change"])


def _extreme(around: Around) -> Meaning | None:
    match = _EXTREME.search(around.before)
    if not match or around.told.quantity.unit not in ("岁", "元"):
        return None
    last = around.last
    noun = (
        _plain(match["noun"]) or (last.measure.partition("最")[0] if last else "") or ("年龄" if around.told.quantity.unit == "岁" else "")
    )
    return Meaning(noun + match["end"], last.scope if last else "")


def _among(around: Around) -> Meaning | None:
    match = _AMONG.search(around.before)
    return match and Meaning(_noun_after(around) or match["measure"], _plain(match["scope"]))


def _yearly(around: Around) -> Meaning | None:
    match = _YEARLY.search(around.before)
    return match and Meaning(_plain(match["measure"]), match["scope"]) if around.told.is_money else None


def _won(around: Around) -> Meaning | None:
    match = _WON.match(around.after)
    whole = around.last.measure if around.last and "其中" in around.before else around.last.scope if around.last else ""
    return match and Meaning(match["measure"], whole)


def _funds(around: Around) -> Meaning | None:
    match = _FUNDS.match(around.after) if around.told.is_money else None
    return match and Meaning(match["measure"])


def _spent(around: Around) -> Meaning | None:
    match = _SPENT.search(around.before) if around.told.is_money else None
    return match and Meaning(match["measure"], _plain(match["scope"]))


def _counted_after(around: Around) -> Meaning | None:
    noun = _noun_after(around)
    if not noun:
        return None
    verb = _last_verb(around.before)
    if not verb:
        return Meaning(noun, _plain(around.before))
    return Meaning(_said_with(verb) + noun, _plain(around.before[: verb.start()]))


def _counted_before(around: Around) -> Meaning | None:
    verb = _last_verb(around.before)
    said, scope = around.before, ""
    if verb:
        said, scope = around.before[verb.end() :] or verb.group().rstrip("了"), _plain(around.before[: verb.start()])
    of, _, measure = said.rpartition("的")
    measure = _plain(measure)
    if len(measure) < 2:
        return None
    kept = _said_with(verb) if verb and not of and verb.end() < len(around.before) else ""
    return Meaning(kept + measure, _plain(of) or scope or (_whole(around.last.scope) if around.last else ""))


def _noun_after(around: Around) -> str:
    match = None if _NO_NOUN.match(around.after) else _NOUN.match(around.after)
    if not match:
        return ""
    said = match.group()
    cut = None if _KIND_END.search(said) else _NOUN_ENDS.search(said, 1)
    return said if not cut or cut.start() < 2 else said[: cut.start()]


def _said_with(verb: "re.Match[str]") -> str:
    return verb.group().rstrip("了") if _SAID_WITH.match(verb.group()) else ""


def _whole(scope: str) -> str:
    return scope[:2] if scope[:2] in ("全市", "全省", "全国", "全区") else ""


def _last_verb(text: str) -> "re.Match[str] | None":
    found = None
    for match in _VERB.finditer(text):
        if not found or match.end() < len(text) or len(text) - found.end() < 2:
            found = match
    return found


def _plain(text: str) -> str:
    return _SMALL_END.sub("", _SMALL.sub("", text)).strip()


SHAPES: tuple[tuple[str, int, Callable[[Around], Meaning | None]], ...] = (
    ("figure_first_of_list", 950, _first_of_list),
    ("figure_bracketed", 850, _bracketed),
    ("figure_extreme", 900, _extreme),
    ("figure_compared", 900, _compared),
    ("figure_among", 900, _among),
    ("figure_yearly", 900, _yearly),
    ("figure_won", 900, _won),
    ("figure_funds", 900, _funds),
    ("figure_spent", 850, _spent),
    ("figure_counted_after", 850, _counted_after),
    ("figure_changed", 850, _changed),
    ("figure_counted_before", 850, _counted_before),
)
"""Shapes of words around a number, first that fits: rule id, confidence, function."""


_KIND_END = re.compile("(?:工作室|团组|联盟|基地|中心|项目|成果|班组|智库)$")


def meaning(around: Around) -> Meaning | None:
    """What a number says by the first shape that fits; None where no words tell (a serial number, a loose cell)."""
    for shape, confidence, read in SHAPES:
        found = read(around) if shape == "figure_bracketed" or not around.before.endswith("(") else None
        if found and len(found.measure) >= 2:
            return Meaning(found.measure, found.scope, shape, confidence)
    return None


_NOUN_ENDS = re.compile(_VERB.pattern + "|组成|参加|参与|签约|加入|揭牌|以上")
_SENTENCE = re.compile("[^。;；!！?？\n]+")
_CLAUSE_BREAK = re.compile("[,，:：“”《》\n]")
_BEFORE_ENOUGH = 80


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, its meaning, and the span of the words that tell both."""

    told: Told
    meaning: Meaning
    start: int
    end: int


def figures(text: str) -> Iterator[Figure]:
    """Every figure with its meaning. An age is told only of a set (最大, 平均): a person's own is nobody's business here."""
    for sentence in _SENTENCE.finditer(text):
        last: Meaning | None = None
        stop = sentence.start()
        for told in numbers_in(text, sentence.start(), sentence.end()):
            before = _CLAUSE_BREAK.split(text[max(stop, told.start - _BEFORE_ENOUGH) : told.start])[-1]
            after = _CLAUSE_BREAK.split(text[told.end : min(sentence.end(), told.end + _BEFORE_ENOUGH)])[0]
            found = meaning(Around(told, before, after, last))
            stop = told.end
            if found and not (told.quantity.unit == "岁" and found.shape != "figure_extreme"):
                last = found
                yield _figure(told, found, before, after)


def _figure(told: Told, found: Meaning, before: str, after: str) -> Figure:
    start = told.start if found.shape == "figure_first_of_list" else told.start - len(before.lstrip("、"))
    at = after.find(found.measure[-2:])
    return Figure(told, found, start, told.end + at + 2 if at >= 0 else told.end)


def numbers_in(text: str, start: int, end: int) -> Iterator[Told]:
    """The figures of one part of a text, with spans into the whole."""
    for told in numbers(text[start:end]):
        yield Told(told.start + start, told.end + start, told.quantity, told.sure)
