"""A made-up city for size tests: workshops with hosts, leaders and fields, and right partners planted among decoys.

Everything in it is generated and says so. A pair is planted by paraphrase: one workshop states a problem in plain words, its partner,
of another trade and firm, an achievement in other words for the same matter; ten decoys share the partner's trade and not the matter.
"""

import csv
import io
import random
from collections.abc import Sequence
from typing import NamedTuple

from graph.data.tables import places, surnames
from seeds.reading import Reading
from seeds.tables import read_tables

TRADES = (
    "焊接;热处理", "数控加工;模具", "港口装卸;起重", "船舶建造;管系", "轨道车辆;转向架", "轴承;磨削", "工程测量;沉管", "变电检修;带电作业",
    "石油炼化;催化", "水产育种;海参", "护理;康复", "烹饪;餐饮", "半导体封装;测试", "软件;数据", "水处理;环保", "汽车维修;诊断",
)  # fmt: skip
# (problem in a firm's words, the same matter in a solver's words): no word of two characters is shared, none is a glossary term
PLANTS = (
    ("零件烤完以后总是走样", "炉内变形由此止住，尺寸合格"), ("夜里看不清箱子上的号码", "弱光下字符识读一次成功"), ("机器抖得厉害找不到毛病", "从振幅谱定位失衡部位"),
    ("老师傅退休手艺没人接", "把诀窍录成课件带徒弟"), ("活儿干到一半突然没电", "备用回路毫秒切换不中断"), ("油污洗不掉还伤手", "中性配方去脂不刺激皮肤"),
    ("东西太沉爬不上楼", "履带小车负重登高"), ("冬天管子老是冻裂", "伴热层保住低温畅通"), ("量出来的数每次都不一样", "重复性误差压到微米以下"), ("废水颜色深过不了关", "脱色后指标稳定达标"),
)  # fmt: skip
GIVEN = "建国伟明志强海涛晓东丽华玉兰春梅永刚立新文博思远雨桐佳宁"
DISTRICTS = ("中山", "西岗", "沙河口", "甘井子", "旅顺口", "金州", "普兰店", "瓦房店", "庄河", "长海")


class Plant(NamedTuple):
    """One planted pair: the keys of the workshop that asks and of its right partner."""

    asks: str
    partner: str


def generate(workshops: int = 1469, seed: int = 1) -> Reading:
    """The city as one reading of generated tables."""
    return _read(workshops, seed)[0]


def planted(workshops: int = 1469, seed: int = 1) -> list[Plant]:
    """The truth: which pairs were planted in the city of that size and seed."""
    return _read(workshops, seed)[1]


def _read(workshops: int, seed: int) -> tuple[Reading, list[Plant]]:
    choice = random.Random(seed)
    rows, plants = _rows(workshops, choice)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return read_tables({"generated.csv": text.getvalue().encode()}, MAPPING), plants


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
"""


def _rows(count: int, choice: random.Random) -> tuple[list[dict[str, str]], list[Plant]]:
    family = sorted(name for name in surnames() if len(name) == 1)
    rows = [_row(number, choice, family) for number in range(count)]
    plants = []
    for number, start in enumerate(range(0, count - 11, 12)):
        problem, answer = PLANTS[number % len(PLANTS)]
        asks, partner = rows[start], rows[start + 1]
        partner["fields"] = _other(asks["fields"], choice)
        for decoy in rows[start + 2 : start + 12]:
            decoy["fields"] = partner["fields"]
        place = f"{number // len(PLANTS) + 1}号工位"
        asks["seeks"], partner["achievement"] = f"{place}{problem}", f"{place}{answer}"
        plants.append(Plant(asks["id"], partner["id"]))
    return rows, plants


def _row(number: int, choice: random.Random, family: Sequence[str]) -> dict[str, str]:
    leader = choice.choice(family) + "".join(choice.sample(GIVEN, 2))
    trade = choice.choice(TRADES)
    return {
        "id": f"G{number:05d}", "name": f"{leader}创新工作室", "leader": leader, "company": f"生成{trade[:2]}{choice.randrange(200):03d}厂",
        "fields": trade, "province": "辽宁", "city": "大连", "district": choice.choice(DISTRICTS),
        "level": choice.choice(("municipal", "provincial", "enterprise", "unknown")),
        "achievement": f"{trade.split(';')[0]}工序改进{choice.randrange(2, 90)}项", "seeks": "", "note": "生成数据（虚构）",
    }  # fmt: skip


def _other(fields: str, choice: random.Random) -> str:
    return choice.choice([trade for trade in TRADES if trade != fields])


def known_districts() -> bool:
    """Whether every district used here is one of Dalian's in places.csv."""
    return set(DISTRICTS) <= {row.name for row in places() if row.parent_path.endswith("大连")}
