"""Where names stand in a clean text, and how glued ones come apart: firm, sub-unit, title, person, class and tail without a break.

A person's name has no mark of its own in Chinese; it is taken where a surname stands right before what workshops are named with and
what stands before it ends something else: a clause, a unit, a title. Words that look like names are listed, since guesses invent.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from graph.data.tables import surnames
from seeds.cleaning import HAN

Span = tuple[int, int]

_NOUN = "劳动模范|劳模|女职工|职工|大国工匠|大工匠|工匠|巧匠|名匠|技能人才|人才|技能大师|大师|首席技师|首席员工|青年|示范性|示范|科技|五一|巾帼|先锋|蓝领|高技能人才|高技能|技能|创业|名师"
_RANK = "全国|国家级|省级|市级|区级|县级|企业级"
_CLASS = rf"(?:{_NOUN})(?:[、和与及]?(?:{_NOUN})|\((?:{_NOUN}|[、,，和与]){{1,8}}\)){{0,8}}"
CLASS_NOUNS = re.compile(_NOUN)
ROOM = re.compile(
    rf"(?:{_RANK}){{0,3}}(?P<class>{_CLASS})?(?P<tail>创新示范工作室|创新工作室|子工作室|分工作室|青苗工作室|苗圃工作室)|(?:{_RANK}){{0,3}}(?P<only>{_CLASS})工作室|(?P<bare>工作室)"
)
"""Class words and tail of a workshop's name; `工作室` alone only after a class word or, more strictly, a person's name."""

_FIRM = "公司|集团|总厂|分厂|工厂|船厂|电厂|钢厂|厂|海事局|税务局|供电局|电务段|局|银行|大学|学院|学校|中学|小学|医院|医疗中心|研究院|研究所|设计院|科学院|总工会|工会|协会|学会|商会|港务|矿业|煤矿|油田|机务段|车辆段|工务段|支队|交警队|法院|检察院|公证处"
_UNIT = "中心|车间|事业部|项目部|分会|部|处|科|室|班组|班|队|段|站|所|院|库|基地|园区|园|矿|港|台|社|店|街道|镇|乡|村|委员会|管委会|工业|重工|股份|机床|船舶|造船|钢|铝业|实业|药业|制药|化工|石化|水务|动力|航发|油田|烟厂|中烟|铁路|航空|电力|能源|汽车|机车|客车|港口|企业|机械院"
_TITLE = "全国劳动模范|劳动模范|劳模|工匠|首席技师|高级技师|特级技师|技师|总工程师|高级工程师|工程师|首席专家|首席员工|专家|董事长|总经理|副总经理|经理|总监|主任医师|主任|副主任|院长|校长|厂长|局长|处长|科长|站长|队长|组长|班长|段长|所长|部长|书记|主席|教授|教师|护士长|医生|船长|机长|车间主任|带头人|负责人|领衔人|技术能手|先进工作者|获得者|员工|职工|工人|焊工|钳工|电工"
_HONOUR = re.compile(
    "(?:劳动模范|劳模|工匠|奖章获得者|奖获得者|奖章|技术能手|先进工作者|标兵|人大代表|政协委员|党代表|三八红旗手|首席专家|津贴获得者|津贴专家|技能大奖)$"
)

FIRM_END = re.compile(rf"(?:{_FIRM})$")
UNIT_END = re.compile(rf"(?:{_FIRM}|{_UNIT})$")
TITLE_END = re.compile(rf"(?:{_TITLE})$")
_FIRM_AND_UNIT = re.compile(rf"(?P<firm>.+(?:{_FIRM}))(?P<unit>.*)")
_TITLED = re.compile(rf"(?P<unit>(?:(?!首席|高级技师|车间主任|兼).)*(?:{_FIRM}|{_UNIT}))?(?P<title>(?:[{HAN}]{{0,6}}?(?:{_TITLE})兼?)+)")

# What may stand before a name in its clause. The first cut at the last such word of the run, the second only what the run begins with.
_LEAD_IN = re.compile(
    "命名表彰了?|命名了?|授予了?|认定了?|评选出?|表彰了?|包括|分别[是为]|充分发挥|发挥|依托|走进|来到|邀请|推荐|新增|作为|通过|以及|还有|其中|日前|近日|目前|同时|此外|举办|成立了?"
    "|创建了?|建立了?|组建了?|下设了?|(?:领衔|牵头|负责|带领|主持|创办)的|授牌给?|更名为|获悉|记者从|等\\d+[个家名项]|组成的|共同|拟|依靠|位于"
)
_OPENING = re.compile(
    "(?:由|以(?!太)|在(?!线)|对(?!虾|苯)|向|为|让|与|和|及|将|把|从|是|有(?![色机轨限])|的|了|等|到|并|即|如|像|其|该|这|全市|我市|我省|全省)+"
)
OF_LIST = re.compile(r"等(?P<count>\d+|[一二三四五六七八九十百]+)[个家](?P<of>[^,，。;；、\s]+)")
"""「等20个大连市劳模创新工作室」 after the first of a list: how many, and of what kind."""

_BREAK = frozenset(',，。;；:：!！?？、\n\t |《》<>“”"「」『』\ufffd…—~【】[]{}')

# Words that begin with a surname's character and stand before 创新工作室 or 领衔 in prose.
_NO_NAME = frozenset(
    "强化 全市 全国 全省 全区 全县 全体 全面 全员 全球 全社会 成立 成果 成熟 成功 成员 成为 支持 支部 支撑 支队 关于 关注 关键 单位 单个 时代 时期 公司 公益 公共 有关 有效 有的 有名 "
    "有力 温馨 安全 安装 安排 方面 方式 方案 方向 高级 高端 高效 高新 高校 高铁 高层 高标准 常态 常设 平台 平安 应用 应急 应当 农业 农机 农村 水利 水务 水产 水电 包装 包括 包含 石油 石化 "
    "石材 金属 金融 金牌 金工 车辆 车间 车工 车床 项目 费用 路桥 路政 万众 万名 万家 和谐 明星 明确 向上 相关 从事 查找 施工 冷轧 冷链 广大 广泛 广电 充分 充电 易学 连续 连锁 海洋 海事 "
    "海上 都市 华为 华能 华电 管理 管道 于是 计量 计算 计划 能源 能力 能手 能够 钢铁 钢结构 钱塘 仪表 仪器 党员 党建 柴油 柴油机 机关 机电 机械 汽车 云计算 牛奶 牧业 乐器 文化 文明 文艺 "
    "文旅 文创 法治 法律 法务 白酒 红色 青年 双创 双师 双元 元件 越野 满足 满意 商业 商务 品牌 品质 干部 干线 古建 古籍 国家 国防 国际 国企 区域 区级 省级 市级 校级 州级 厂级 县级 空调 空管 "
    "年度 年轻 后勤 后备 经济 经营 蓝领 蓝色 巧匠 巧手 信息 信用 生产 生物 生态 育人 育种 养殖 养护 宣传 宣教 牵头 首席 首批 首个 首家 第一 第二 第三 联合 联盟 储能 储运 储备 松散 富民 乌金 "
    "边防 边远 巩固 花卉 花样 药品 药学 司法 司机 官方 过程 通信 通用 通过 曲轴 别具 来自 师资 师徒 师生 家电 家政 家庭 雷达 谷物 谷歌 权威 权益 申报 申请 申遗 武警 武术 毛纺 毛巾 米业 "
    "江海 江河 洪水 沙漠 原创 原料 宁静 章程 景区 景观 幸福 容器 危化 危险 戏曲 戏剧 解决 解放 宗教 班组 班长 秋收 仲裁 宫廷 暴雨 利用 利民 利润 印刷 印染 印象 怀柔 索道 赖以 景泰 景德 白银 全年 常年 成年 司成 于加".split()
)
# Words that are no given name: with a surname's character before them they are trades and wishes (高技能, 能焊接, 于加强).
_NO_GIVEN = frozenset(
    "焊接 数控 机械 电气 技术 技能 设备 安全 护理 教学 创新 高铁 制造 加工 维修 检修 工艺 研发 设计 管理 服务 质量 生产 工程 化工 材料 动力 电子 信息 网络 软件 能源 环保 检测 测量 自动 智能 "
    "模具 钳工 铸造 运输 物流 港口 船舶 海洋 生物 医疗 教育 文化 科技 培训 建设 发展 成果 转化 研究 应用 优化 攻关 革新 改进 水平 加强 推动 推进 人才 精神 工人 企业 行业 产业 专业 区域 集团 公司 "
    "单位 车间 班组 领域 项目 资金 平台 基地 联盟 团组 智库 劳模 职工 工匠 大师 示范 工会 学会 协会 商会 大会 优秀 特色 品牌 层次 标准 效率 端装 新区 辽宁 大连".split()
)
_NO_LAST = frozenset("省市县区级类型局厂院所部队站室组处店社们等个次的了与及在让把被")
_COMMON = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文肖"
)
_DOTTED = re.compile(rf"[{HAN}]{{1,8}}(?:·[{HAN}]{{1,8}})+$")
_BEFORE_DOTTED = re.compile(rf"[^·]*(?:{_FIRM}|{_UNIT}|{_TITLE})(?!·)")
_ALL_HAN = re.compile(f"[{HAN}]+")
_RUN_LIMIT = 60


@dataclass(frozen=True, slots=True)
class Room:
    """A workshop as the text calls it. Spans are into the clean text; `sure` is 0-1000, what the split itself is worth."""

    start: int
    end: int
    run: int
    name: str
    people: tuple[Span, ...] = ()
    host: Span | None = None
    unit: Span | None = None
    title: Span | None = None
    kind: Span | None = None
    sure: int = 1000


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisation as the text calls it."""

    start: int
    end: int
    name: str


@cache
def is_person(name: str) -> bool:
    """Whether the text can be a person's name: a surname of the table, one or two given characters, and no word that looks like it.

    >>> is_person("欧阳明"), is_person("高技能"), is_person("强化")
    (True, False, False)
    """
    if "·" in name:
        return bool(_DOTTED.fullmatch(name))
    if not 2 <= len(name) <= 4 or name in _NO_NAME or name[:2] in _NO_NAME or name[-1] in _NO_LAST or not _ALL_HAN.fullmatch(name):
        return False
    known = surnames()
    return any(len(name) - size in (1, 2) and name[:size] in known and name[size:] not in _NO_GIVEN for size in (1, 2))


def person_at_end(text: str, known: tuple[str, ...] = ()) -> tuple[str, int]:
    """The person's name that the text ends with and what the cut is worth (0-1000); ("", 0) where it ends with none.

    `known` are names of units that do not end as units do, defined elsewhere in the text.

    >>> person_at_end("辽宁海事局罗薇"), person_at_end("盘起工业(大连)有限公司徐成武")[0]
    (('罗薇', 1000), '徐成武')
    """
    dotted = _DOTTED.search(text)
    if dotted:
        before = _BEFORE_DOTTED.match(dotted.group())
        return dotted.group()[before.end() if before else 0 :], 900
    found = [(_cut_worth(text[:-size], text[-size:], known), size) for size in (2, 3, 4) if is_person(text[-size:]) and size <= len(text)]
    if not found:
        return "", 0
    (worth, _), size = max(found, key=lambda one: (one[0], one[1] == 3, one[1]))
    return text[-size:], worth


def _cut_worth(rest: str, name: str, known: tuple[str, ...]) -> tuple[int, bool]:
    """What stands before a name tells whether the cut is right: nothing, a unit's end, a title; then how common the surname is."""
    if not rest or rest[-1] in "、的)”" or rest.endswith(known) or UNIT_END.search(rest):
        worth = 1000
    elif TITLE_END.search(rest):
        worth = 950
    else:
        worth = 600
    return worth, _is_common(name)


def _is_common(name: str) -> bool:
    return name[0] in _COMMON or name[:2] in surnames()


def run_before(text: str, at: int, floor: int = 0) -> int:
    """Where the run of name characters that ends at `at` begins: after a break, an open bracket, or `floor`."""
    start, depth = at, 0
    while start > max(floor, at - _RUN_LIMIT) and text[start - 1] not in _BREAK:
        depth += {")": 1, "(": -1}.get(text[start - 1], 0)
        if depth < 0:
            break
        start -= 1
    return start


def without_lead_in(text: str, start: int, end: int, *, glued: bool = False) -> int:
    """Where the name inside a run begins, after verbs and small words. `glued`: right after another name, so 和张伟 is 张伟."""
    for match in _LEAD_IN.finditer(text, start, end):
        if match.end() < end:
            start = match.end()
    if is_person(text[start:end]) and not glued:
        return start
    opening = _OPENING.match(text, start, end)
    return opening.end() if opening and opening.end() < end else start


def rooms(text: str) -> Iterator[Room]:
    """Every workshop that the text names, in order. Kinds of workshop (20个大连市劳模创新工作室) are no names."""
    floor = 0
    known = tuple(short for short, _, _ in defined_names(text))
    for match in ROOM.finditer(text):
        at = match.start()
        run = run_before(text, at, floor)
        found = (
            _quoted(text, match)
            if text[at - 1 : at] == "”"
            else _personal(text, match, (run, without_lead_in(text, run, at, glued=run == floor > 0)), known)
        )
        found = found or _themed(text, match, run)
        floor = match.end()
        if found:
            yield replace(found, kind=match.span("class") if match["class"] else match.span("only") if match["only"] else None)


def _quoted(text: str, match: re.Match[str]) -> Room | None:
    opening = text.rfind("“", max(0, match.start() - 24), match.start())
    if opening < 0 or match.start() - opening < 4:
        return None
    inner = (opening + 1, match.start() - 1)
    run = run_before(text, opening)
    host, unit, _ = split_unit(text, without_lead_in(text, run, opening), opening)
    people = (inner,) if is_person(text[slice(*inner)]) else ()
    return Room(opening, match.end(), run, text[opening : match.end()], people, host, unit)


def _joined(text: str, start: int) -> Span | None:
    """The other of two people in a cell of its own: 张伟、李强创新工作室. In prose the 、 parts two workshops."""
    if text[start - 1 : start] != "、":
        return None
    other = run_before(text, start - 1)
    is_cell = other == 0 or text[other - 1] in "\n\t |"
    return (other, start - 1) if is_cell and is_person(text[other : start - 1]) else None


_NAMES_NEXT = re.compile("(?:命名|授予|认定|表彰|包括|分别[是为])了?$")


def _personal(text: str, match: re.Match[str], begins: Span, known: tuple[str, ...]) -> Room | None:
    """A workshop named for people; `begins` is where its run begins, before and after the words that lead in."""
    run, start = begins
    at = match.start()
    person, worth = person_at_end(text[start:at], known)
    unsure = worth < (1000 if match["bare"] else 800)
    if not person or (unsure and (match["bare"] or not _is_common(person))):
        return None
    first = at - len(person)
    people: tuple[Span, ...] = ((first, at),)
    joined = _joined(text, start)
    if joined and first == start:
        people, first, start, run = (joined, *people), joined[0], joined[0], joined[0]
    elif first - start <= 3 and is_person(text[start:first]) and _is_common(text[start:first]) and not UNIT_END.search(text[start:first]):
        people = ((start, first), *people)
        first, worth = start, 800
    host, unit, title = split_unit(text, start, first)
    begins_anew = run == start or _NAMES_NEXT.search(text, run, start)
    if not (host or unit or title) and first - start > 2 and (begins_anew or text[start:first] in known):
        host = (start, first)
    return Room(first, match.end(), start, text[first : match.end()], people, host, unit, title, sure=worth)


_SHORT_NAME = re.compile(r"\((?:以下)?(?:简称|又称)[:：]?[“\"]?(?P<short>[^()“”\"]{2,20})[”\"]?\)")


def defined_names(text: str) -> Iterator[tuple[str, Span, Span]]:
    """Short names that a text defines: the short form, the span of the full name before the bracket, the span of the short one."""
    for match in _SHORT_NAME.finditer(text):
        start = without_lead_in(text, run_before(text, match.start()), match.start())
        if UNIT_END.search(text[start : match.start()]):
            yield match["short"], (start, match.start()), match.span("short")


def split_unit(text: str, start: int, end: int) -> tuple[Span | None, Span | None, Span | None]:
    """Firm, sub-unit (with the firm before it) and title in what stands before a person's name.

    >>> text = "国网大连供电公司变电检修中心"
    >>> split_unit(text, 0, len(text))
    ((0, 8), (0, 14), None)
    """
    short = _SHORT_NAME.search(text, start, end)
    end = short.start() if short and short.end() == end else end
    said = text[start:end]
    titled = None if UNIT_END.search(said) else _TITLED.fullmatch(said)
    title = (start + titled.start("title"), end) if titled else None
    stop = title[0] if title else end
    said = text[start:stop]
    parts = _FIRM_AND_UNIT.fullmatch(said)
    if parts and not parts["unit"]:
        return (start, stop), None, title
    if parts and UNIT_END.search(said):
        return (start, start + parts.end("firm")), (start, stop), title
    return ((start, stop) if UNIT_END.search(said) and len(said) > 2 else None), None, title


_COUNT = re.compile(r"\(\d")


def _themed(text: str, match: re.Match[str], run: int) -> Room | None:
    """A workshop named for a theme, taken only in a cell of its own: in prose the words before 创新工作室 are mostly no name."""
    after = text[match.end() : match.end() + 1]
    in_cell = (run == 0 or text[run - 1] in "\n\t |") and (not after or after in "\n\t |(") and not _COUNT.match(text, match.end())
    said = text[run : match.start()]
    said_from = re.match(r"\d+[.)]?|[一二三四五六七八九十]+$", said)
    start = run + said_from.end() if said_from else run
    in_cell = in_cell and without_lead_in(text, start, match.start()) == start
    if not in_cell or match.start() - start < 2 or is_kind(text[start : match.end()]):
        return None
    parts = _FIRM_AND_UNIT.fullmatch(text[start : match.start()])
    if parts and len(parts["unit"]) >= 2:
        first = start + parts.end("firm")
        return Room(first, match.end(), start, text[first : match.end()], host=(start, first), sure=700)
    return Room(start, match.end(), start, text[start : match.end()], sure=800)


_KIND = re.compile(
    rf"(?:全国|国家级|[{HAN}]{{2,9}}[省市区县]|省级|市级|区级|县级|企业级|全[省市区县]|各级|各类|以?下|\d+|[个家等共、和与]|示范性|新|{_NOUN})*(?:创新)?(?:示范)?工作室(?:联盟|名单|名称|等)?"
)


def is_kind(text: str) -> bool:
    """Whether a phrase says what kind of workshop, and names none.

    >>> is_kind("辽宁省创新工作室"), is_kind("智能焊接创新工作室")
    (True, False)
    """
    return bool(_KIND.fullmatch(text))


def honours_before(text: str, at: int) -> list[Span]:
    """The honours listed with 、 right before a position: 全国劳动模范、辽宁工匠、|大连某公司首席技师…"""
    found: list[Span] = []
    while at > 0 and text[at - 1] in "、兼":
        start = run_before(text, at - 1)
        start = without_lead_in(text, start, at - 1)
        if not _HONOUR.search(text[start : at - 1]):
            break
        found.append((start, at - 1))
        at = start
    return found[::-1]


def is_honour(text: str) -> bool:
    """Whether a phrase ends as an honour does (…劳动模范, …工匠, …技术能手)."""
    return bool(_HONOUR.search(text))


_SUFFIX = re.compile(
    "有限责任公司|股份有限公司|有限公司|股份公司|集团公司|分公司|公司|集团|总工会|海事局|交通局|供电局|大学|学院|医疗中心|医院|研究院|研究所|设计院|银行|船厂|总厂|智库"
)
_SURE_SUFFIX = ("有限责任公司", "有限公司", "股份公司", "总工会")
_NO_UNIT = re.compile(
    "(?:该|本|我|各|多家?|这家|上市|国有|民营|下属|所属|子|分|母|总)(?:公司|集团|银行|大学|学院|医院)|.*(?:各级|基层|我市|本市|全市)"
)


def units(text: str, place_names: "re.Pattern[str]") -> Iterator[Unit]:
    """Organisations by their endings. In prose an ending alone is not enough: a full legal form or a place name has to be there."""
    done = 0
    for match in _SUFFIX.finditer(text):
        start = without_lead_in(text, run_before(text, match.start(), done), match.start())
        name = text[start : match.end()]
        followed = _SUFFIX.match(text, match.end()) or (
            text.startswith(("(", "有限"), match.end()) and ")有限公司" in text[match.end() : match.end() + 12]
        )
        if followed or len(name) < 4 or _NO_UNIT.match(name):
            continue
        if name.endswith(_SURE_SUFFIX) or place_names.search(name[:8]):
            done = match.end()
            yield Unit(start, match.end(), name)
