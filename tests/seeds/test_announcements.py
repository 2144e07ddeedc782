"""Announcements: the seed in full, the sixteen forms of real notices by small examples, and thirty variants in both directions."""

import json
import time
from functools import cache
from pathlib import Path

import pytest

from graph.record.model import TextSpan, document_of, read_locator
from graph.record.ontology import ontology
from seeds.announcements import RULES, as_json, read
from seeds.cleaning import clean
from seeds.documents import read_bytes
from seeds.reading import Reading
from tests.seeds.variants import COUNT, Variant, variant

SEED = Path(__file__).parents[2] / "seeds/data/dalian_announcement.txt"


@cache
def seed() -> Reading:
    return read(read_bytes(SEED.read_bytes()))


def reading(text: str) -> Reading:
    return read(read_bytes(text.encode()))


def names(told: Reading, kind: str) -> set[str]:
    return {thing.name for thing in told.things if thing.kind == kind}


def ties(told: Reading, *properties: str) -> set[tuple[str, str, str]]:
    """(name of the subject, property, value or the name of the thing it points to)."""
    called = {thing.id: thing.name for thing in told.things}
    statements = [claim.statement for claim in told.claims if claim.statement.property in properties]
    return {(called[one.subject], one.property, called.get(one.value, one.value)) for one in statements}


def values(told: Reading, property: str) -> set[tuple[str, str]]:
    return {(subject, value) for subject, _, value in ties(told, property)}


def figures(told: Reading) -> set[tuple[str, str]]:
    """(measure, quantity) of every figure."""
    found: dict[str, dict[str, str]] = {}
    for claim in told.claims:
        if claim.statement.property in ("measure", "quantity"):
            found.setdefault(claim.statement.subject, {})[claim.statement.property] = claim.statement.value
    return {(one["measure"], one["quantity"]) for one in found.values()}


def rules_of(told: Reading, name: str) -> set[str]:
    """The rules that told the name of a thing."""
    return {claim.statement.rule for claim in told.claims if claim.statement.property == "name" and claim.statement.value == name}


def check(told: Reading) -> None:
    """What holds for every reading: ontology, spans, locators, one kind and one name a thing."""
    kinds = {thing.id: thing.kind for thing in told.things}
    lines = told.text.split("\n")
    for claim in told.claims:
        one = claim.statement
        prop = ontology().property(one.property)
        assert ontology().canonical(one.property, one.value) == one.value
        assert prop.on is None or kinds[one.subject] in prop.on
        assert prop.type != "ref" or prop.to is None or kinds[one.value] in prop.to
        assert one.source == told.source
        assert 0 <= one.confidence <= 1000
        assert told.text[slice(*claim.span)] == claim.quote
        assert clean(claim.quote).text.strip() == told.clean[slice(*claim.clean_span)].strip()
        locator = read_locator(one.locator)
        assert isinstance(locator, TextSpan)
        assert lines[locator.block][locator.start : locator.end] == claim.quote
    for thing in told.things:
        told_once = [claim.statement.property for claim in told.claims if claim.statement.subject == thing.id]
        assert told_once.count("kind") == 1
        assert "name" in told_once
    assert len({claim.statement.id for claim in told.claims}) == len(told.claims)


# ---- the seed
def test_the_shipped_seed_is_the_given_one() -> None:
    assert seed().source == "088416ddd082bf47f29b0434fdef766962c4ec1d21fa549bba75f8c7d545daa2"


def test_seed_holds_to_the_ontology_and_its_spans() -> None:
    check(seed())


def test_seed_things() -> None:
    told = seed()
    assert names(told, "workshop") == {
        "肖阳劳模创新工作室",
        "冯宝明职工创新工作室",
        "罗薇创新工作室",
        "徐成武劳模创新工作室",
        "赵久洲劳模创新工作室",
    }
    assert names(told, "person") == {"肖阳", "冯宝明", "罗薇", "徐成武", "赵久洲"}
    assert names(told, "organisation") == {
        "大连市总工会",
        "辽宁海事局",
        "盘起工业(大连)有限公司",
        "大连环友屏蔽泵有限公司",
        "大连市妇女儿童医疗中心",
        "大连市妇女儿童医疗中心儿科护理职工技能培训中心",
        "大连市劳模工匠创新智库",
    }
    assert names(told, "group") == {"危险货物安全运输产业创新团组"}
    assert names(told, "field") == {"车辆研发", "半导体集成电路", "船舶重工", "机电设计", "海洋生物", "航空航天", "网络服务"}
    assert names(told, "place") == {"大连", "辽宁"}
    assert names(told, "result") == {"光学砂轮修整器"}
    assert names(told, "policy") == {
        "大连市总工会劳模和职工创新工作室运行评价标准",
        "大连市劳模(职工)创新工作室创新项目扶持资金管理办法",
        "辽宁实施全面振兴新突破三年行动",
    }
    assert names(told, "event") == {"大连市总工会命名"}


def test_seed_ties() -> None:
    told = seed()
    assert ties(told, "leader", "host", "class", "lead", "made_by") == {
        ("肖阳劳模创新工作室", "leader", "肖阳"),
        ("肖阳劳模创新工作室", "class", "劳模"),
        ("冯宝明职工创新工作室", "leader", "冯宝明"),
        ("冯宝明职工创新工作室", "class", "职工"),
        ("罗薇创新工作室", "leader", "罗薇"),
        ("罗薇创新工作室", "host", "辽宁海事局"),
        ("徐成武劳模创新工作室", "leader", "徐成武"),
        ("徐成武劳模创新工作室", "class", "劳模"),
        ("徐成武劳模创新工作室", "host", "盘起工业(大连)有限公司"),
        ("赵久洲劳模创新工作室", "leader", "赵久洲"),
        ("赵久洲劳模创新工作室", "class", "劳模"),
        ("赵久洲劳模创新工作室", "host", "大连环友屏蔽泵有限公司"),
        ("危险货物安全运输产业创新团组", "lead", "罗薇创新工作室"),
        ("光学砂轮修整器", "made_by", "徐成武劳模创新工作室"),
    }
    assert values(told, "topic") == {("危险货物安全运输产业创新团组", "危险货物安全运输")}
    assert ties(told, "parent", "employer", "member") == set()
    assert ties(told, "organiser", "act", "date") == {
        ("大连市总工会命名", "organiser", "大连市总工会"),
        ("大连市总工会命名", "act", "命名"),
    }
    assert ("大连市劳模工匠创新智库", "think_tank") in values(told, "form")
    assert ("大连市妇女儿童医疗中心儿科护理职工技能培训中心", "training_base") in values(told, "form")
    assert ties(told, "granted_by", "granted_to", "amount") == {
        ("大连市总工会资助光学砂轮修整器", "granted_by", "大连市总工会"),
        ("大连市总工会资助光学砂轮修整器", "granted_to", "光学砂轮修整器"),
        ("大连市总工会资助光学砂轮修整器", "amount", "=200000 元"),
    }


def test_seed_figures() -> None:
    assert figures(seed()) == {
        ("大连市劳模创新工作室", "=20 个"),
        ("大连市职工创新工作室", "=40 个"),
        ("大连市职工技能培训基地", "=3 个"),
        ("大连市产业创新团组", "=5 个"),
        ("全国劳动模范", "=36 名"),
        ("年龄最大", "=59 岁"),
        ("年龄最小", "=41 岁"),
        ("用于扶持和奖励职工创新创造的资金", ">=10000000 元"),
        ("创新成果", "<300 项"),
        ("群众性技术创新成果", ">3000 项"),
        ("出资", "=9690000 元"),
        ("扶持创新工作室创新项目", "=62 个"),
        ("各级各类创新工作室", "=1469 个"),
        ("全国示范性劳模和工匠人才创新工作室", "=2 个"),
        ("辽宁省创新工作室", "=179 个"),
        ("市级示范性创新工作室", "=30 个"),
        ("创新项目专项资金", "=200000 元"),
        ("产品精度高", "=1 倍"),
        ("单件产品的成本节省", "=130000 元"),
        ("产业创新团组", "=13 个"),
    }


def test_seed_figures_say_of_what_and_when() -> None:
    told = seed()
    assert ("创新成果近300项", "近3年") in values(told, "as_of")
    assert ("创新成果近300项", "全市创新工作室") in values(told, "scope")
    assert ("产品精度高1倍", "光学砂轮修整器") in values(told, "subject")
    assert ("大连市劳模创新工作室20个", "大连市总工会命名") in values(told, "subject")
    assert {scope for figure, scope in values(told, "scope") if figure.startswith("年龄")} == {"领军人"}
    people = names(told, "person")
    assert not {about for _, about in values(told, "subject")} & people


def test_what_was_put_together_or_left_out_is_less_certain() -> None:
    told = seed()
    assert rules_of(told, "大连市总工会") <= {"built_of_city", "unit"}
    unsure = [claim.statement for claim in told.claims if claim.statement.value == "=9690000 元"]
    assert max(one.confidence for one in unsure) <= 600


def test_json_is_what_the_reading_says() -> None:
    told = seed()
    printed = json.loads(json.dumps(as_json(told)))
    assert set(printed) == {"document", "clean", "things", "statements"}
    assert printed["document"]["id"] == document_of(told.source)
    assert printed["document"]["characters"] == len(SEED.read_text("utf-8"))
    original = SEED.read_text("utf-8")
    for statement in printed["statements"]:
        assert set(statement) == {"subject", "property", "value", "quote", "span", "clean_span", "rule", "confidence"}
        assert original[slice(*statement["span"])] == statement["quote"]
        assert printed["clean"][slice(*statement["clean_span"])].strip() == clean(statement["quote"]).text.strip()


def test_reading_twice_is_reading_once() -> None:
    assert read(read_bytes(SEED.read_bytes())) == seed()


def test_rules_are_told_apart() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.tell.__doc__ for rule in RULES)


# ---- the sixteen forms of DOMAIN, each by an example of our own
def test_form_1_the_first_of_a_list_is_one_name_and_a_count() -> None:
    told = reading("大连市总工会命名张伟劳模创新工作室等20个大连市劳模创新工作室、李强工匠创新工作室等5个大连市工匠创新工作室。")
    assert names(told, "workshop") == {"张伟劳模创新工作室", "李强工匠创新工作室"}
    assert figures(told) == {("大连市劳模创新工作室", "=20 个"), ("大连市工匠创新工作室", "=5 个")}
    assert ties(told, "level") == {("张伟劳模创新工作室", "level", "municipal"), ("李强工匠创新工作室", "level", "municipal")}


def test_form_2_each_pair_is_a_group_and_one_workshop_may_sit_in_two() -> None:
    told = reading("会上，张伟劳模创新工作室与李强工匠创新工作室、王军创新工作室与张伟劳模创新工作室等9个联盟签约成立。")
    first, second = "张伟劳模创新工作室与李强工匠创新工作室联盟", "王军创新工作室与张伟劳模创新工作室联盟"
    assert names(told, "group") == {first, second}
    assert {(group, member) for group, member in values(told, "member")} == {
        (first, "张伟劳模创新工作室"),
        (first, "李强工匠创新工作室"),
        (second, "王军创新工作室"),
        (second, "张伟劳模创新工作室"),
    }
    assert rules_of(told, first) == {"built_of_pair"}
    assert figures(told) == {("联盟", "=9 个")}


@pytest.mark.parametrize(
    ("glued", "room", "person", "host"),
    [
        ("国网大连供电公司变电检修中心王刚劳模创新工作室", "王刚劳模创新工作室", "王刚", "国网大连供电公司"),
        ("盘起工业(大连)有限公司徐明创新工作室", "徐明创新工作室", "徐明", "盘起工业(大连)有限公司"),
        ("大连海事大学欧阳明月创新工作室", "欧阳明月创新工作室", "欧阳明月", "大连海事大学"),
        ("大连第九医院全红职工创新工作室", "全红职工创新工作室", "全红", "大连第九医院"),
        ("大连港湾物流有限公司阿卜杜·热合曼劳模创新工作室", "阿卜杜·热合曼劳模创新工作室", "阿卜杜·热合曼", "大连港湾物流有限公司"),
        ("中车大连王军创新工作室", "王军创新工作室", "王军", "中车大连"),
    ],
)
def test_form_3_glued_names_come_apart(glued: str, room: str, person: str, host: str) -> None:
    told = reading(f"大连市总工会命名{glued}。")
    assert ties(told, "leader", "host") == {(room, "leader", person), (room, "host", host)}


def test_form_4_where_only_people_are_told_the_name_is_built_and_says_so() -> None:
    told = reading("涌现出以张伟、李强为代表的劳模创新工作室，带动了全市创新。")
    assert names(told, "workshop") == {"张伟劳模创新工作室", "李强劳模创新工作室"}
    assert all(rule.startswith("built") for name in names(told, "workshop") for rule in rules_of(told, name))


def test_form_5_districts_as_headings_hosts_in_brackets() -> None:
    told = reading(
        "大连市创新工作室名单\n中山区（2个）\n王芳创新工作室（大连九州医院）\n刘洋劳模创新工作室（大连港湾物流有限公司）\n庄河市\n孙丽工匠创新工作室（庄河农机厂）\n"
    )
    assert ties(told, "place", "host") >= {
        ("王芳创新工作室", "place", "中山"),
        ("刘洋劳模创新工作室", "place", "中山"),
        ("孙丽工匠创新工作室", "place", "庄河"),
        ("王芳创新工作室", "host", "大连九州医院"),
        ("刘洋劳模创新工作室", "host", "大连港湾物流有限公司"),
        ("孙丽工匠创新工作室", "host", "庄河农机厂"),
    }


def test_form_6_members_by_firm_with_a_shared_tail() -> None:
    told = reading(
        "大连市数字通信创新联盟成员单位包括移动、联通、电信大连分公司。由大连重机集团、大连海事大学组成的智能装备产业创新联盟成立。"
    )
    assert values(told, "member") == {
        ("大连市数字通信创新联盟", "移动大连分公司"),
        ("大连市数字通信创新联盟", "联通大连分公司"),
        ("大连市数字通信创新联盟", "电信大连分公司"),
        ("智能装备产业创新联盟", "大连重机集团"),
        ("智能装备产业创新联盟", "大连海事大学"),
    }
    assert rules_of(told, "移动大连分公司") == {"built_of_shared_tail"}


@pytest.mark.parametrize(
    "table",
    [
        "序号 名称 单位\n1 张伟劳模创新工作室 大连重机集团\n2 智能焊接创新工作室 大连机务段\n",
        "| 序号 | 名称 | 单位 |\n|---|---|---|\n| 1 | 张伟劳模创新工作室 | 大连重机集团 |\n| 2 | 智能焊接创新工作室 | 大连机务段 |\n",
        "序号 名称 单位 1 张伟劳模创新工作室 大连重机集团 2 智能焊接创新工作室 大连机务段",
        "序号\n名称\n单位\n1\n张伟劳模创新工作室\n大连重机集团\n2\n智能焊接创新工作室\n大连机务段\n",
        "序号\t名称\t单位\n1\t张伟劳模创新工作室\t大连重机集团\n2\t智能焊接创新工作室\t大连机务段\n",
    ],
)
def test_form_7_tables_however_flattened(table: str) -> None:
    told = reading(table)
    assert ties(told, "host", "leader") == {
        ("张伟劳模创新工作室", "host", "大连重机集团"),
        ("张伟劳模创新工作室", "leader", "张伟"),
        ("智能焊接创新工作室", "host", "大连机务段"),
    }


def test_form_7_an_empty_cell_keeps_its_column() -> None:
    told = reading(
        "序号 | 工作室名称 | 领衔人 | 所在单位\n1 | 智能焊接创新工作室 | 张伟 | 大连重机集团\n2 | 精益检修创新工作室 | | 大连机务段\n"
    )
    assert ties(told, "host", "leader") == {
        ("智能焊接创新工作室", "host", "大连重机集团"),
        ("智能焊接创新工作室", "leader", "张伟"),
        ("精益检修创新工作室", "host", "大连机务段"),
    }


@pytest.mark.parametrize(
    "text",
    [
        "大连市总工会命名劳模创新工作室20个：张伟劳模创新工作室、李强劳模创新工作室；职工创新工作室40个。",
        "大连市总工会命名劳模创新工作室（20个），包括张伟劳模创新工作室、李强劳模创新工作室，职工创新工作室（40个）。",
    ],
)
def test_form_8_counts_by_class_with_names_for_the_first_only(text: str) -> None:
    told = reading(text)
    assert names(told, "workshop") == {"张伟劳模创新工作室", "李强劳模创新工作室"}
    assert figures(told) == {("劳模创新工作室", "=20 个"), ("职工创新工作室", "=40 个")}


def test_form_9_titles_before_the_name_and_rooms_led_by_another() -> None:
    told = reading(
        "全国劳动模范、辽宁工匠、大连重机集团有限公司首席技师兼车间主任张伟领衔的“智能焊接”创新工作室，由李强领衔的王军劳模创新工作室。"
    )
    assert ties(told, "leader") == {("“智能焊接”创新工作室", "leader", "张伟"), ("王军劳模创新工作室", "leader", "李强")}
    assert ties(told, "honour", "title", "employer") == {
        ("张伟", "honour", "全国劳动模范"),
        ("张伟", "honour", "辽宁工匠"),
        ("张伟", "title", "首席技师"),
        ("张伟", "title", "车间主任"),
        ("张伟", "employer", "大连重机集团有限公司"),
    }


@pytest.mark.parametrize("room", ["张伟李强创新工作室", "张伟、李强创新工作室"])
def test_form_9_rooms_for_two_people(room: str) -> None:
    assert values(reading(room), "leader") == {(room, "张伟"), (room, "李强")}


def test_form_10_rooms_within_rooms() -> None:
    told = reading("张伟劳模创新工作室下设李强子工作室、王军青苗工作室。")
    assert values(told, "parent") == {("李强子工作室", "张伟劳模创新工作室"), ("王军青苗工作室", "张伟劳模创新工作室")}


def test_form_11_bounds_and_large_numbers() -> None:
    told = reading(
        "去年，全市培训职工3.04万人次，创造经济效益7.3亿元，完成成果近300项，征集建议3000余项，奖励1.2萬元，走访百余家企业，约50人参加。"
    )
    assert figures(told) >= {
        ("培训职工", "=30400 人次"),
        ("经济效益", "=730000000 元"),
        ("成果", "<300 项"),
        ("建议", ">3000 项"),
        ("奖励", "=12000 元"),
        ("走访企业", ">100 家"),
    }
    assert {when for _, when in values(told, "as_of")} == {"去年"}


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("2023年7月19日，", {"2023-07-19"}),
        ("2023年7月，", {"2023-07"}),
        ("7月19日，", {"XXXX-07-19"}),
        ("2023年\ufffd月，", {"2023"}),
        ("2023年2月30日，", set()),
        ("近日，", set()),
        ("去年，", set()),
    ],
)
def test_form_12_dates_are_what_is_told(said: str, date: set[str]) -> None:
    told = reading(f"{said}大连市总工会命名张伟劳模创新工作室。")
    assert {value for _, value in values(told, "date")} == date
    check(told)


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        ("全国示范性创新工作室", "national"),
        ("国家级创新工作室", "national"),
        ("辽宁省劳模创新工作室", "provincial"),
        ("市级示范性创新工作室", "municipal_model"),
        ("大连市劳模创新工作室", "municipal"),
        ("区级创新工作室", "district"),
        ("企业级创新工作室", "enterprise"),
    ],
)
def test_form_13_ranks(kind: str, level: str) -> None:
    told = reading(f"大连市总工会命名张伟劳模创新工作室等5个{kind}。")
    assert values(told, "level") == {("张伟劳模创新工作室", level)}


def test_form_14_a_wish_makes_no_tie() -> None:
    told = reading(
        "大连市总工会拟命名张伟劳模创新工作室等20个大连市劳模创新工作室，将成立由李强创新工作室牵头的智能制造产业创新团组，计划培训职工3000人。"
    )
    assert ties(told, "organiser", "subject", "lead", "member", "level") == set()
    assert names(told, "event") == set()
    assert names(told, "group") == {"智能制造产业创新团组"}
    assert all(scope.startswith(("拟", "计划")) for _, scope in values(told, "scope"))


def test_form_14_wished_pairs_are_no_groups() -> None:
    assert names(reading("张伟劳模创新工作室与李强工匠创新工作室拟签约结对。"), "group") == set()
    assert names(reading("张伟劳模创新工作室与李强工匠创新工作室参加了座谈。"), "group") == set()


def test_form_15_short_names_that_the_text_defines() -> None:
    told = reading("首钢京唐钢铁联合有限责任公司（以下简称首钢京唐）王军创新工作室揭牌。首钢京唐李强创新工作室成立。")
    full = "首钢京唐钢铁联合有限责任公司"
    assert values(told, "host") == {("王军创新工作室", full), ("李强创新工作室", full)}
    assert values(told, "alias") == {(full, "首钢京唐")}


def test_form_16_one_name_two_hosts_is_two_things() -> None:
    told = reading("大连市名单\n张伟劳模创新工作室（大连重机集团有限公司）\n张伟劳模创新工作室（大连港集团）\n")
    assert [thing.name for thing in told.things if thing.kind == "workshop"] == ["张伟劳模创新工作室"] * 2
    assert [thing.name for thing in told.things if thing.kind == "person"] == ["张伟"] * 2
    check(told)


# ---- what must not be told
@pytest.mark.parametrize(
    "text",
    [
        "公司成立创新工作室。",
        "强化创新工作室建设，全市创新工作室活起来。",
        "关于加强劳模创新工作室建设的意见",
        "真金白银让劳模职工创新工作室活起来。",
        "辽宁省创新工作室和大连市劳模和工匠人才创新工作室再上台阶。",
        "高技能人才创新工作室、高水平创新工作室。",
        "依托工作室广泛开展活动，这些工作室成效显著。",
    ],
)
def test_kinds_of_workshop_are_no_workshops(text: str) -> None:
    told = reading(text)
    assert names(told, "workshop") == set()
    assert names(told, "person") == set()


def test_a_persons_age_and_birth_are_never_told() -> None:
    told = reading("大连重机集团有限公司张伟劳模创新工作室成立。张伟，1966年出生，今年57岁，工龄30年。")
    assert figures(told) == set()
    assert not any(
        "1966" in claim.statement.value or "57" in claim.statement.value for claim in told.claims if claim.statement.property != "name"
    )


def test_names_inside_title_marks_belong_to_the_title() -> None:
    told = reading("大连市总工会印发了《大连市劳模创新工作室联盟管理办法》。")
    assert names(told, "group") == set()
    assert names(told, "organisation") == {"大连市总工会"}


def test_lost_characters_lower_confidence() -> None:
    whole = reading("大连重机集团有限公司张伟劳模创新工作室主攻新产品开发。")
    lost = reading("大连重机集团有限公司张伟劳模创新工作室主攻新产\ufffd开发。")

    def worth(told: Reading) -> int:
        return next(claim.statement.confidence for claim in told.claims if claim.statement.property == "does")

    assert worth(lost) < worth(whole)


# ---- thirty variants of the seed
@cache
def varied(number: int) -> tuple[Variant, Reading]:
    made = variant(number)
    return made, read(read_bytes(made.raw))


@pytest.mark.parametrize("number", range(COUNT))
def test_variant_is_cleaned_to_what_it_was(number: int) -> None:
    made, told = varied(number)
    assert told.clean == made.plain


@pytest.mark.parametrize("number", range(COUNT))
def test_variant_tells_its_truth_and_nothing_else(number: int) -> None:
    made, told = varied(number)
    kinds = {thing.kind for thing in told.things} - {"document", "figure"}
    assert {kind: names(told, kind) for kind in kinds} == made.truth.names
    assert figures(told) == made.truth.figures
    properties = {property for _, property, _ in made.truth.ties}
    events = names(told, "event")
    assert {tie for tie in ties(told, *properties) if tie[0] not in events} == made.truth.ties


@pytest.mark.parametrize("number", range(COUNT))
def test_variant_holds_to_the_ontology_and_its_spans(number: int) -> None:
    check(varied(number)[1])


@pytest.mark.parametrize(
    "endless",
    [
        "劳模" * 20_000,
        "最大的59岁，" * 5_000,
        "大连市总工会命名张伟劳模创新工作室等20个大连市劳模创新工作室。" * 300,
        "、".join(["张伟劳模创新工作室"] * 2_000),
        "市" * 3_000 + "创新工作室",
        "由张伟" * 5_000 + "联盟",
        "工作室" * 10_000,
        "拟" * 20_000,
        "(" * 20_000,
    ],
    ids=lambda text: text[:6],
)
def test_ugly_text_takes_no_endless_time(endless: str) -> None:
    document = read_bytes(endless.encode())
    began = time.perf_counter()
    read(document)
    assert time.perf_counter() - began < 60  # a pattern that never ends, not a slow machine
