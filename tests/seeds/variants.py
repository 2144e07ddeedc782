"""Thirty variants of the seed announcement with their truth: other people, units, counts, order, script, glosses.

The first ten draw from the pools that the rules were written against, the other twenty from pools that they were not. Everything is
made from a seed number: the same number, the same bytes.
"""

from dataclasses import dataclass, field
from random import Random

COUNT = 30
WRITTEN_AGAINST = 10


@dataclass(frozen=True)
class Pool:
    """What a variant is made of. Hosts tell (name, form)."""

    cities: tuple[tuple[str, str, tuple[str, ...]], ...]
    people: tuple[str, ...]
    topics: tuple[str, ...]
    bases: tuple[tuple[str, str], ...]
    products: tuple[str, ...]
    fields: tuple[str, ...]
    classes: tuple[str, ...]
    verbs: tuple[str, ...]


SEEN = Pool(
    cities=(
        (
            "大连",
            "辽宁",
            (
                "辽宁海事局",
                "大连冷热机械有限公司",
                "北方工业(大连)有限公司",
                "国网大连供电公司",
                "大连船坞集团有限公司",
                "大连理工学院",
                "大连第九医院",
                "大连屏蔽泵制造有限公司",
            ),
        ),
        (
            "青岛",
            "山东",
            (
                "山东海事局",
                "青岛前湾码头有限公司",
                "海纳电器(青岛)有限公司",
                "国网青岛供电公司",
                "青岛啤酒设备集团有限公司",
                "青岛科技学院",
                "青岛第六医院",
                "青岛轨道车辆有限公司",
            ),
        ),
    ),
    people=(
        "肖阳",
        "冯宝明",
        "罗薇",
        "徐成武",
        "赵久洲",
        "欧阳明",
        "单国强",
        "高全",
        "成志远",
        "司马静",
        "孙建国",
        "王伟",
        "曾庆丰",
        "于海",
        "连文杰",
    ),
    topics=("危险货物安全运输", "智能焊接", "轨道交通装备", "冷链物流"),
    bases=(
        ("妇女儿童医疗中心", "儿科护理职工技能培训中心"),
        ("第一技师学院", "数控加工职工技能培训基地"),
        ("口腔医院", "口腔修复职工技能培训中心"),
    ),
    products=("光学砂轮修整器", "高压密封阀", "船用曲轴检测仪", "电缆绝缘剥皮机"),
    fields=("车辆研发", "半导体集成电路", "船舶重工", "机电设计", "海洋生物", "航空航天", "网络服务", "港口物流", "石油化工", "轴承制造"),
    classes=("劳模", "职工", "工匠"),
    verbs=("新命名", "命名了", "命名"),
)

UNSEEN = Pool(
    cities=(
        (
            "沈阳",
            "辽宁",
            (
                "辽宁省气象局",
                "沈阳鼓风机械股份有限公司",
                "东方飞机工业(沈阳)有限公司",
                "国网沈阳供电公司",
                "沈阳变压器集团有限责任公司",
                "沈阳化工大学",
                "沈阳第四人民医院",
                "沈阳机床设备有限公司",
            ),
        ),
        (
            "武汉",
            "湖北",
            (
                "长江航道局",
                "武汉重型铸锻有限责任公司",
                "光谷激光(武汉)有限公司",
                "武汉地铁运营有限公司",
                "武汉钢铁集团公司",
                "武汉纺织大学",
                "武汉中心医院",
                "武汉锅炉股份有限公司",
            ),
        ),
        (
            "宁波",
            "浙江",
            (
                "浙江海事局",
                "宁波舟山港集团有限公司",
                "海天塑机(宁波)有限公司",
                "国网宁波供电公司",
                "宁波轴承厂",
                "宁波工程学院",
                "宁波第二医院",
                "宁波模具制造有限公司",
            ),
        ),
    ),
    people=(
        "郑小敏",
        "上官云",
        "强永胜",
        "全红霞",
        "支明",
        "刘亚男",
        "温良玉",
        "尉迟刚",
        "万里红",
        "公孙策",
        "谢元",
        "黄金娟",
        "陈景",
        "关改玉",
        "黎明",
        "史文",
        "安胜利",
        "诸葛文",
    ),
    topics=("新能源汽车电控", "特高压输变电", "精密模具", "桥梁健康监测", "智慧医疗"),
    bases=(
        ("儿童医院", "新生儿急救职工技能培训中心"),
        ("港口集团", "桥吊操作职工技能培训基地"),
        ("交通技师学院", "汽车维修职工技能培训中心"),
    ),
    products=("激光熔覆喷头", "地铁转向架测试台", "自动灌装封口机", "变压器油温监测装置", "注塑机顶针"),
    fields=("特种焊接", "生物制药", "桥梁工程", "汽车零部件", "光电子信息", "电力检修", "模具设计", "食品加工", "城市轨道", "气象服务"),
    classes=("劳模", "职工", "工匠", "劳模和工匠人才"),
    verbs=("命名了", "新命名了", "授予", "认定"),
)


@dataclass
class Truth:
    """What a variant says: names by kind, ties by property, figures as (measure, quantity)."""

    names: dict[str, set[str]] = field(default_factory=dict)
    ties: set[tuple[str, str, str]] = field(default_factory=set)
    figures: set[tuple[str, str]] = field(default_factory=set)

    def add(self, kind: str, *names: str) -> None:
        self.names.setdefault(kind, set()).update(names)


@dataclass(frozen=True)
class Variant:
    """A variant's bytes, its clean text as it was before it was made dirty, and its truth."""

    number: int
    raw: bytes
    plain: str
    truth: Truth


class _Writer:
    """Writes one variant: each method a paragraph, adding to the truth what it says."""

    def __init__(self, number: int) -> None:
        self.random = Random(number)
        self.pool = SEEN if number < WRITTEN_AGAINST else UNSEEN
        self.truth = Truth()
        self.city, self.province, hosts = self.random.choice(self.pool.cities)
        self.hosts = self.random.sample(hosts, len(hosts))
        self.people = self.random.sample(self.pool.people, len(self.pool.people))
        self.union = f"{self.city}市总工会"
        self.truth.add("organisation", self.union)
        self.truth.add("place", self.city, self.province)

    def text(self) -> str:
        middle = [self.naming(), self.leaders(), self.support(), self.results()]
        self.random.shuffle(middle)
        return "\n".join([self.opening(), *middle, self.closing()])

    def room(self, kind: str, host: str = "") -> str:
        person = self.people.pop()
        name = f"{person}{kind}创新工作室"
        self.truth.add("workshop", name)
        self.truth.add("person", person)
        self.truth.ties.add((name, "leader", person))
        if kind:
            self.truth.ties.add((name, "class", kind))
        if host:
            self.truth.add("organisation", host)
            self.truth.ties.add((name, "host", host))
        return name

    def count(self, low: int = 2, high: int = 99) -> int:
        return self.random.randint(low, high)

    def figure(self, measure: str, quantity: str) -> None:
        self.truth.figures.add((measure, quantity))

    def bounded(self, number: int, unit: str) -> tuple[str, str]:
        """A number as told, and the quantity that it is."""
        before, after, op = self.random.choice(
            [("近", "", "<"), ("", "余", ">"), ("约", "", "~"), ("", "多", ">"), ("", "", "="), ("超过", "", ">"), ("逾", "", ">")]
        )
        return f"{before}{number}{after}{unit}", f"{op}{number} {unit}"

    def opening(self) -> str:
        programme = f"{self.province}实施全面振兴新突破三年行动"
        self.truth.add("policy", programme)
        return (
            "为充分发挥劳模职工创新工作室经济社会发展“加速器”、职工成长进步“加油站”的重要作用，进一步激发职工的创新创造活力，"
            f"团结动员全市职工在{programme}中作出更大贡献，日前市总工会新命名了一批{self.city}市劳模职工创新工作室、职工技能培训基地、产业创新团组，"
            "强化资金支持和服务保障，为推动高质量发展提供了更为广阔的沃土。"
        )

    def naming(self) -> str:
        items = [self.named_rooms(kind) for kind in self.random.sample(self.pool.classes, 2)] + [self.named_base(), self.named_group()]
        self.random.shuffle(items)
        self.truth.add("event", f"{self.union}命名")
        verb = self.random.choice(self.pool.verbs)
        return f"市总工会{verb}{'、'.join(items)}，均予以服务保障和资金支持。"

    def named_rooms(self, kind: str) -> str:
        count = self.count()
        measure = f"{self.city}市{kind}创新工作室"
        self.figure(measure, f"={count} 个")
        return f"{self.room(kind)}等{count}个{measure}"

    def named_base(self) -> str:
        parent, purpose = self.random.choice(self.pool.bases)
        count, measure = self.count(2, 9), f"{self.city}市职工技能培训基地"
        self.truth.add("organisation", f"{self.city}市{parent}{purpose}", f"{self.city}市{parent}")
        self.figure(measure, f"={count} 个")
        return f"{self.city}市{parent}{purpose}等{count}个{measure}"

    def named_group(self) -> str:
        topic = self.random.choice(self.pool.topics)
        count, measure = self.count(2, 9), f"{self.city}市产业创新团组"
        lead_host = self.hosts.pop()
        group = f"{topic}产业创新团组"
        lead = self.room("", lead_host)
        self.truth.add("group", group)
        self.truth.ties |= {(group, "lead", lead), (group, "topic", topic)}
        self.figure(measure, f"={count} 个")
        return f"{lead_host}{lead}牵头的{group}等{count}个{measure}"

    def leaders(self) -> str:
        fields = self.random.sample(self.pool.fields, self.count(3, 7))
        self.truth.add("field", *fields)
        honoured, oldest, youngest = self.count(), self.count(50, 60), self.count(30, 45)
        self.figure("全国劳动模范", f"={honoured} 名")
        self.figure("年龄最大", f"={oldest} 岁")
        self.figure("年龄最小", f"={youngest} 岁")
        return (
            "记者注意到，这些工作室的领军人在本行业、本专业或本领域具有较强的影响力，科研成果显著并已转化为现实生产力，"
            f"涵盖{'、'.join(fields)}等多学科领域，领军人中有全国劳动模范{honoured}名，年龄最大的{oldest}岁，最小的只有{youngest}岁。"
        )

    def support(self) -> str:
        first, second = f"{self.city}市总工会劳模和职工创新工作室运行评价标准", f"{self.city}市劳模(职工)创新工作室创新项目扶持资金管理办法"
        self.truth.add("policy", first, second)
        self.truth.ties |= {(first, "issuer", self.union), (second, "issuer", self.union)}
        yearly = self.count(2, 60) * 50
        self.figure("用于扶持和奖励职工创新创造的资金", f">={yearly}0000 元")
        return (
            f"近年来，市总工会聚焦振兴发展主战场，强化劳模职工创新工作室规范化建设，真金白银让劳模职工创新工作室活起来、转起来。"
            f"市总工会出台了《{first}》，多次修订《{second}》，每年用于扶持和奖励职工创新创造的资金均在{yearly}万元以上。"
            f"{self.achieved()}{self.stock()}"
        )

    def achieved(self) -> str:
        done, done_quantity = self.bounded(self.count(100, 900), "项")
        called, called_quantity = self.bounded(self.count(1000, 9000), "项")
        money, helped = self.count(100, 999), self.count()
        clauses = [f"实现创新成果{done}", f"征集群众性技术创新成果{called}", f"市总工会出资{money}万扶持{helped}个创新工作室创新项目"]
        self.figure("创新成果", done_quantity)
        self.figure("群众性技术创新成果", called_quantity)
        self.figure("出资", f"={money}0000 元")
        self.figure("扶持创新工作室创新项目", f"={helped} 个")
        self.random.shuffle(clauses)
        return f"近{self.count(2, 5)}年，全市创新工作室{'，'.join(sorted(clauses, key=lambda clause: clause.startswith('市')))}。"

    def stock(self) -> str:
        whole, national, provincial, model = self.count(900, 2000), self.count(2, 5), self.count(100, 300), self.count(20, 60)
        won = [
            (national, "全国示范性劳模和工匠人才创新工作室"),
            (provincial, f"{self.province}省创新工作室"),
            (model, "市级示范性创新工作室"),
        ]
        self.random.shuffle(won)
        self.figure("各级各类创新工作室", f"={whole} 个")
        for number, measure in won:
            self.figure(measure, f"={number} 个")
        told = "，".join(f"{number}个{self.random.choice(['获评', '被评为'])}{measure}" for number, measure in won)
        return f"全市已创建各级各类创新工作室{whole}个，其中{told}。"

    def results(self) -> str:
        sentences = [self.project(), self.does()]
        self.random.shuffle(sentences)
        return "".join(sentences)

    def project(self) -> str:
        host, product = self.hosts.pop(), self.random.choice(self.pool.products)
        room = self.room("劳模", host)
        grant, times, saved = self.count(5, 80), self.count(1, 5), self.count(2, 40)
        self.truth.add("result", product)
        self.truth.ties |= {(product, "made_by", room)}
        self.truth.add("grant", f"{self.union}资助{product}")
        self.figure("创新项目专项资金", f"={grant}0000 元")
        self.figure("产品精度高", f"={times} 倍")
        self.figure("单件产品的成本节省", f"={saved}0000 元")
        return (
            f"{host}{room}的{product}项目，在市总工会{grant}万元创新项目专项资金扶持下，最终实现量化生产，"
            f"产品精度比英国制造的{product}高{times}倍，同时单件产品的成本比从英国进口节省{saved}万元。"
        )

    def does(self) -> str:
        host = self.hosts.pop()
        room = self.room(self.random.choice(("劳模", "职工")), host)
        self.truth.ties.add((room, "does", "新产品开发"))
        return (
            f"{host}{room}主攻新产品开发，工会建立专项扶持资金，制度化对工作室进行升级，使工作室在短期内步入正轨，"
            "目前工作室参与了多项国内重大工程产品的设计研发工作。"
        )

    def closing(self) -> str:
        count, tank = self.count(5, 40), f"{self.city}市劳模工匠创新智库"
        self.truth.add("organisation", tank)
        self.figure("产业创新团组", f"={count} 个")
        return (
            "随着我市产业工人队伍建设改革的深入推进，市总工会不断改革创新，探索突破专业、行业和区域界限，"
            f"创建了跨区域、跨行业、跨企业的产业创新团组{count}个，有效发挥{tank}的技术智力枢纽作用，涌现了一批“联姻”创新的生动实践。"
        )


class _Spoiler:
    """Makes a clean text dirty as pages are: script, width, glosses."""

    GLOSSES = ("none", "some", "all", "doubled", "trebled")

    def __init__(self, number: int) -> None:
        self.random = Random(1000 + number)
        self.density = self.GLOSSES[number % len(self.GLOSSES)]
        self.tones = self.random.choice(("none", "marks", "digits"))
        self.traditional = number % 3 != 1
        self.wide = self.random.random() < 0.4
        self.readings: dict[str, str] = {}

    def spoiled(self, text: str) -> str:
        from opencc import OpenCC

        if self.traditional:
            text = OpenCC("s2t").convert(text)
        if self.wide:
            text = "".join(chr(ord(one) + 0xFEE0) if (one.isascii() and one.isalnum()) or one in "()" else one for one in text)
        return "".join(one + self.gloss(one) for one in text)

    def gloss(self, character: str) -> str:
        if self.density == "none" or not "\u4e00" <= character <= "\u9fff" or (self.density == "some" and self.random.random() < 0.6):
            return ""
        times = {"doubled": 2, "trebled": 3}.get(self.density, 1)
        if self.random.random() < 0.3 and self.density != "some":
            times = max(1, times - 1)
        bracket = "（{}）" if self.wide else "({})"
        return bracket.format(self.reading(character)) * times

    def reading(self, character: str) -> str:
        from pypinyin import Style, pinyin

        style = {"none": Style.NORMAL, "marks": Style.TONE, "digits": Style.TONE3}[self.tones]
        if character not in self.readings:
            self.readings[character] = pinyin(character, style=style)[0][0]
        return self.readings[character]


def variant(number: int) -> Variant:
    """The variant of that number, 0 to COUNT - 1."""
    writer = _Writer(number)
    plain = writer.text()
    encoding = ("utf-8", "utf-8-sig", "gb18030", "utf-16")[number % 4]
    return Variant(number, _Spoiler(number).spoiled(plain).encode(encoding), plain, writer.truth)
