"""A made-up city for size tests: workshops with hosts, leaders and fields, and right partners planted among decoys.

Everything in it is generated and says so. A matter is an object and its trouble, each with the words of a shop floor and the words of
an expert, which share no character. One workshop seeks help in plain words; its partner, of another trade, firm and district, achieved
the same matter in expert words; ten decoys share the partner's trade, six of them also the object or the trouble, never both. Which
words mean one thing can be learnt from the city's needs, as from real papers (送货小车（自行式转运载具）): none names both halves of a matter.
"""

import csv
import io
import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graph.data.tables import places, surnames
from seeds.reading import Reading
from seeds.tables import read_tables

TRADES = (
    "焊接;热处理", "数控加工;镗削", "港口装卸;起重", "船舶建造;管系", "纺纱;织布", "邮政;投递", "工程测量;定位", "变电检修;配网",
    "石油炼化;催化", "水产育种;海参", "护理;康复", "烹饪;餐饮", "半导体封装;测试", "软件;数据", "水处理;环保", "汽车维修;诊断",
)  # fmt: skip
"""Fields of a workshop; each speaks for a division of its own."""

OBJECTS = (
    ("送货小车", "自行式转运载具"), ("大铁钩", "起升索系"), ("长皮带", "连续输移机组"), ("铁皮柜子", "低压配控单元"),
    ("弯水管", "介质循环支线"), ("老烤炉", "恒温腔室"), ("打眼的家什", "制孔主轴"), ("地上那杆秤", "质量传感平台"),
    ("卷帘大门", "通行口启合结构"), ("摄像头", "视觉采集终端"), ("楼顶水箱", "高位蓄液容器"), ("手里的扳子", "紧固力矩附件"),
    ("屋里吊灯", "照度分布组件"), ("鼓风扇", "强制对流装置"), ("烟囱", "尾端净化塔"), ("贴的条码", "信息标识薄膜"),
)  # fmt: skip
TROUBLES = (
    ("抖得厉害", "振幅抑制"), ("总是走样", "形位偏差补偿"), ("到处滴油", "密封泄露阻断"), ("摸着烫手", "温升限值校核"),
    ("半路没电", "备用供能切入"), ("夜里看不清", "弱光识读增强"), ("吵得人头疼", "噪声级衰减"), ("换一回要大半天", "产线敏捷重构"),
    ("冬天冻住", "低温畅流保障"), ("电费吓人", "单耗寻优"), ("锈得太快", "氧化速率延缓"), ("徒弟学不会", "诀窍沉淀图谱"),
)  # fmt: skip
"""Words of a shop floor and of an expert for one thing."""

ASKS = (
    ("", "我们这边", "求助：", "班里都说", "眼下", "这阵子", "诉苦：", "没想到", "前天", "老哥们讲，"),
    ("{0}{1}", "{0}{1}", "{0}又{1}", "{0}如今{1}", "{0}，{1}", "那个{0}{1}"),
    ("", "，想请人瞧瞧", "，招都白费", "，耽误不少事", "，谁有高招", "，盼着帮忙", "，愁死了", "，愿意一块干", "，咋弄", "，跪求高人"),
)
ANSWERS = (
    ("", "面向", "研发", "承担", "提出", "完成", "主持", "基于", "建成", "率先实施"),
    ("{0}{1}", "{0}的{1}", "{0}与{1}", "{0}{1}", "{0}（{1}）", "{1}之{0}"),
    ("", "成套方案", "课题，已结题", "系统，获奖", "项目，已推广", "，节约百万元", "方法，授权专利", "攻关", "，指标领先", "示范"),
)
"""Beginnings, middles and ends of sentences about an object and its trouble."""

PAPERS = (
    ("购置{1}", "现场叫{0}，图纸上写{1}"), ("{0}专题", "{0}（{1}）经验交流"), ("{1}调研", "{1}就是大家常说的{0}"), ("{0}问题汇总", "{0}，报告里统一写作{1}"),
    ("{1}培训", "{0}怎么办，专家讲{1}"), ("{1}采购说明", "{1}，俗称{0}"), ("{0}更新", "{0}改用{1}"), ("{1}名录", "{1}旧称{0}"),
)  # fmt: skip
"""Title and description of needs; each description tells the words of a shop floor and of an expert for one thing."""

ALIKE = 3
"""Decoys that share the object, and as many that share the trouble; an object has just so many matters that are never planted."""

GIVEN = "建国伟明志强海涛晓东丽华玉兰春梅永刚立新文博思远雨桐佳宁"
DISTRICTS = ("中山", "西岗", "沙河口", "甘井子", "旅顺口", "金州", "普兰店", "瓦房店", "庄河", "长海")
GENERATED = "生成数据（虚构）"


class Plant(NamedTuple):
    """One planted pair: the keys of the workshop that asks and of its right partner."""

    asks: str
    partner: str


class Matter(NamedTuple):
    """What a plant is about: an object and a trouble by their place in the lists."""

    object: int
    trouble: int

    @property
    def planted(self) -> bool:
        """Whether a pair may be planted with it; the others, three for each object and four for each trouble, are for decoys."""
        return (self.object + self.trouble) % 4 != 0

    def told(self, sentences: Sequence[Sequence[str]], choice: random.Random) -> str:
        """The matter in a sentence of ASKS or ANSWERS, each in its own words."""
        expert = sentences is ANSWERS
        sentence = "".join(choice.choice(parts) for parts in sentences)
        return sentence.format(OBJECTS[self.object][expert], TROUBLES[self.trouble][expert])


MATTERS = tuple(Matter(thing, trouble) for thing in range(len(OBJECTS)) for trouble in range(len(TROUBLES)))


def generate(workshops: int = 1469, seed: int = 1) -> Reading:
    """The city as one reading of generated tables: so many workshops, and the needs that tell what words mean."""
    return _read(workshops, seed)[0]


def planted(workshops: int = 1469, seed: int = 1) -> list[Plant]:
    """The truth: which pairs were planted in the city of that size and seed; one for twelve workshops, at most 144."""
    return _read(workshops, seed)[1]


def _read(workshops: int, seed: int) -> tuple[Reading, list[Plant]]:
    choice = random.Random(seed)
    rows, plants = _rows(workshops, choice)
    return read_tables({"generated.csv": _csv(rows), "papers.csv": _csv(_papers())}, MAPPING), plants


def _csv(rows: Sequence[Mapping[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


MAPPING = """
series = "generated"
[[table]]
sheet = "generated.csv"
kind = "workshop"
key = ["id"]
name = "name"
place = { province = "province", city = "city", district = "district" }
[table.columns]
leader = { property = "leader", to = "person" }
company = { property = "host", to = "organisation" }
fields = { property = "field", split = ";", to = "field" }
level = { property = "level", codes = { unknown = "" } }
achievement = "achievement"
seeks = "seeks"
note = "note"

[[table]]
sheet = "papers.csv"
kind = "need"
key = ["id"]
name = "title"
[table.columns]
description = "description"
note = "note"
"""


def _papers() -> list[dict[str, str]]:
    told = [(title.format(*words), text.format(*words)) for words in (*OBJECTS, *TROUBLES) for title, text in PAPERS]
    return [{"id": f"P{number:03d}", "title": title, "description": text, "note": GENERATED} for number, (title, text) in enumerate(told)]


def _rows(count: int, choice: random.Random) -> tuple[list[dict[str, str]], list[Plant]]:
    family = sorted(name for name in surnames() if len(name) == 1)
    rows = [_row(number, choice, family) for number in range(count)]
    mixed = choice.sample(rows, count)  # who stands beside whom tells nothing
    matters = choice.sample([matter for matter in MATTERS if matter.planted], sum(matter.planted for matter in MATTERS))
    starts = range(0, count - 11, 12)
    return rows, [_plant(mixed[start : start + 12], matter, choice) for start, matter in zip(starts, matters, strict=False)]


def _row(number: int, choice: random.Random, family: Sequence[str]) -> dict[str, str]:
    leader = choice.choice(family) + "".join(choice.sample(GIVEN, 2))
    return {
        "id": f"G{number:05d}", "name": f"{leader}创新工作室", "leader": leader, "province": "辽宁", "city": "大连",
        "district": choice.choice(DISTRICTS), "level": choice.choice(("municipal", "provincial", "enterprise", "unknown")),
        "seeks": "", "note": GENERATED, **_trade(choice.choice(TRADES), choice),
    }  # fmt: skip


def _trade(fields: str, choice: random.Random) -> dict[str, str]:
    """Cells of a workshop that come with its trade."""
    first = fields.split(";")[0]
    achievement = f"{first}工序改进{choice.randrange(2, 90)}项"
    return {"fields": fields, "company": f"生成{fields[:2]}{choice.randrange(200):03d}厂", "achievement": achievement}


def _plant(rows: Sequence[dict[str, str]], matter: Matter, choice: random.Random) -> Plant:
    """One who asks, the right partner, ten decoys: the partner's trade in all eleven, and none in the district of the one who asks."""
    asks, partner, *decoys = rows
    asks["seeks"] = matter.told(ASKS, choice)
    trade = choice.choice([trade for trade in TRADES if trade != asks["fields"]])
    for row, about in zip((partner, *decoys), (matter, *_decoys(matter, len(decoys), choice)), strict=True):
        row.update(_trade(trade, choice), achievement=about.told(ANSWERS, choice))
        row["district"] = choice.choice([district for district in DISTRICTS if district != asks["district"]])
    return Plant(asks["id"], partner["id"])


def _decoys(matter: Matter, count: int, choice: random.Random) -> list[Matter]:
    """What the decoys are about: some the same object, some the same trouble, the others neither."""
    free = [other for other in MATTERS if not other.planted]
    same_object = [other for other in free if other.object == matter.object]
    same_trouble = [other for other in free if other.trouble == matter.trouble]
    neither = [other for other in free if other.object != matter.object and other.trouble != matter.trouble]
    return choice.sample(same_object, ALIKE) + choice.sample(same_trouble, ALIKE) + choice.sample(neither, count - 2 * ALIKE)


def known_districts() -> bool:
    """Whether every district used here is one of Dalian's in places.csv."""
    return set(DISTRICTS) <= {row.name for row in places() if row.parent_path.endswith("大连")}
