"""The plain data files: what stands in them, that it hangs together, and that it is quick to read."""

import csv
import re
from collections import Counter
from importlib.resources import files

import pytest

from graph.data.tables import GlossaryTrade, glossary, places, surnames

GLOSSARY = glossary()
PLACES = {place.path: place for place in places()}


def _trades() -> dict[str, dict[str, str]]:
    with files("graph.data").joinpath("trades.csv").open(encoding="utf-8") as lines:
        return {row["code"]: row for row in csv.DictReader(lines)}


def _named(name: str) -> set[str]:
    return {place.path for place in places() if name in (place.name, place.full, *place.aliases)}


class TestTrades:
    def test_twenty_sections_and_ninety_seven_divisions(self) -> None:
        trades = _trades()
        assert [code for code, row in trades.items() if not row["section"]] == list("ABCDEFGHIJKLMNOPQRST")
        assert sorted(code[1:] for code, row in trades.items() if row["section"]) == [f"{n:02}" for n in range(1, 98)]

    def test_a_division_stands_under_its_section(self) -> None:
        assert all(row["section"] == code[0] for code, row in _trades().items() if len(code) == 3)

    @pytest.mark.parametrize(
        ("code", "zh"),
        [
            ("C34", "通用设备制造业"),
            ("C37", "铁路、船舶、航空航天和其他运输设备制造业"),
            ("E50", "建筑装饰、装修和其他建筑业"),
            ("G58", "多式联运和运输代理业"),
            ("N79", "土地管理业"),
            ("S96", "基层群众自治组织及其他组织"),
        ],
    )
    def test_official_names(self, code: str, zh: str) -> None:
        assert _trades()[code]["zh"] == zh


class TestPlaces:
    def test_counts_by_level(self) -> None:
        levels = Counter(place.level for place in places())
        assert set(levels) == {"country", "province", "city", "district"}
        assert (levels["country"], levels["province"]) == (1, 34)
        assert sum(place.level == "city" and place.code.endswith("00") for place in places()) == 333

    def test_paths_are_unique_and_parents_stand_before(self) -> None:
        assert len(PLACES) == len(places())
        seen = {""}
        for place in places():
            assert place.parent_path in seen, place.path
            seen.add(place.path)

    def test_a_parent_is_of_an_outer_level(self) -> None:
        outer = {"province": {"country"}, "city": {"province"}, "district": {"city", "province"}}
        for place in places():
            if place.parent_path:
                assert PLACES[place.parent_path].level in outer[place.level], place.path

    def test_codes_are_unique_and_begin_as_the_parent_does(self) -> None:
        codes = [place.code for place in places() if place.code]
        assert len(codes) == len(set(codes))
        assert all(re.fullmatch(r"\d{6}", code) for code in codes)
        for place in places():
            parent = PLACES.get(place.parent_path)
            if place.code and parent and parent.code:
                assert place.code.startswith(re.sub("(00){1,2}$", "", parent.code)), place.path

    def test_an_alias_is_another_word(self) -> None:
        for place in places():
            names = [place.name, *({place.full} - {place.name}), *place.aliases]
            assert all(names), place.path
            assert len(names) == len(set(names)), place.path

    @pytest.mark.parametrize("district", "中山 西岗 沙河口 甘井子 旅顺口 金州 普兰店 瓦房店 庄河 长海 高新区 金普新区 长兴岛".split())
    def test_districts_and_zones_of_dalian(self, district: str) -> None:
        assert PLACES[f"辽宁/大连/{district}"].level == "district"

    @pytest.mark.parametrize(
        ("name", "paths"),
        [
            ("大连市", {"辽宁/大连"}),
            ("内蒙古自治区", {"内蒙古"}),
            ("杨凌", {"陕西/咸阳/杨凌"}),
            ("库尔勒市", {"新疆/巴音郭楞/库尔勒"}),
            ("旅顺", {"辽宁/大连/旅顺口"}),
            ("中山", {"广东/中山", "辽宁/大连/中山"}),
            ("朝阳", {"辽宁/朝阳", "北京/朝阳"}),
            ("潜江", {"湖北/潜江"}),
        ],
    )
    def test_what_a_name_may_mean(self, name: str, paths: set[str]) -> None:
        assert _named(name) == paths

    @pytest.mark.parametrize(
        ("path", "code"), [("辽宁/大连", "210200"), ("辽宁/大连/庄河", "210283"), ("北京/石景山", "110107"), ("河南/济源", "419001")]
    )
    def test_codes(self, path: str, code: str) -> None:
        assert PLACES[path].code == code


class TestSurnames:
    def test_counts(self) -> None:
        lengths = Counter(min(len(name), 2) for name in surnames())
        assert lengths[1] >= 450
        assert lengths[2] >= 60

    def test_readings_are_toneless_pinyin(self) -> None:
        assert all(re.fullmatch("[a-zü]+", reading) for reading in surnames().values())
        assert all(re.fullmatch("[\u3400-\u9fff]{1,4}", name) for name in surnames())

    @pytest.mark.parametrize(
        ("surname", "reading"),
        [pair.split(":") for pair in "单:shan 仇:qiu 曾:zeng 解:xie 查:zha 区:ou 任:ren 华:hua 盖:ge 翟:zhai 乐:yue 朴:piao".split()]
        + [pair.split(":") for pair in "缪:miao 冼:xian 逄:pang 訾:zi 覃:qin 尉迟:yuchi 欧阳:ouyang 万俟:moqi 长孙:zhangsun".split()],
    )
    def test_the_reading_is_the_surname_s_own(self, surname: str, reading: str) -> None:
        assert surnames()[surname] == reading

    @pytest.mark.parametrize("name", "亓伟 佘强 候林 郏斌 母华 鹿新弟 丛军 杲绍 及红 位浩 牟明".split())
    def test_surnames_met_in_announcements(self, name: str) -> None:
        assert name[0] in surnames()


class TestGlossary:
    def test_enough_trades_with_ids_and_names_of_their_own(self) -> None:
        assert len(GLOSSARY.trades) >= 66
        for values in zip(*((trade.id, trade.zh, trade.en) for trade in GLOSSARY.trades), strict=True):
            assert len(values) == len(set(values))
        assert all(re.fullmatch("[a-z][a-z_]+", trade.id) for trade in GLOSSARY.trades)

    def test_methods_are_one_closed_list_and_all_are_used(self) -> None:
        assert len(GLOSSARY.methods) == len(set(GLOSSARY.methods))
        assert {method for trade in GLOSSARY.trades for method in trade.methods} == set(GLOSSARY.methods)

    @pytest.mark.parametrize("trade", GLOSSARY.trades, ids=lambda trade: trade.id)
    def test_a_trade_is_complete(self, trade: GlossaryTrade) -> None:
        assert trade.division in _trades()
        assert len(trade.division) == 3
        assert len(trade.terms) >= 42
        assert all(2 <= len(term) <= 8 for term in trade.terms)
        assert len(trade.symptoms) >= 6
        assert 4 <= len(trade.makes) <= 10
        assert 4 <= len(trade.uses) <= 10
        assert 2 <= len(trade.methods) <= 8
        assert not set(trade.makes) & set(trade.uses)
        for words in trade[4:]:
            assert len(words) == len(set(words))

    def test_a_term_stands_in_at_most_three_trades_and_most_in_one(self) -> None:
        trades_with = Counter(term for trade in GLOSSARY.trades for term in trade.terms)
        assert max(trades_with.values()) <= 3
        for trade in GLOSSARY.trades:
            own = sum(trades_with[term] == 1 for term in trade.terms)
            assert own >= 0.7 * len(trade.terms), trade.id

    def test_no_general_word_is_a_term(self) -> None:
        general = set(
            "创新 技术 管理 质量 设备 研究 安全 生产 服务 工艺 机械 技术攻关 技术革新 人才培养 成果转化 专利 标准化 装备制造".split()
        )
        assert not general & {term for trade in GLOSSARY.trades for term in trade.terms}

    def test_chains_close(self) -> None:
        """Most of what a trade needs is worded as what another gives."""
        makes = {product for trade in GLOSSARY.trades for product in trade.makes}
        uses = [product for trade in GLOSSARY.trades for product in trade.uses]
        assert sum(product in makes for product in uses) >= 0.9 * len(uses)

    @pytest.mark.parametrize(
        ("words", "trade_id"),
        [
            ("齿轮热处理变形", "heat_treatment"),
            ("采油", "oil_gas"),
            ("铁路供电接触网", "rail_power_signal"),
            ("卷烟制丝", "tobacco"),
            ("海参育苗", "aquaculture"),
            ("岸桥防突发大风", "port_operation"),
            ("景泰蓝掐丝", "crafts"),
        ],
    )
    def test_words_of_workshops_belong_where_planners_put_them(self, words: str, trade_id: str) -> None:
        found = Counter({trade.id: sum(term in words for term in trade.terms) for trade in GLOSSARY.trades})
        assert found.most_common(1)[0][0] == trade_id

    def test_it_is_read_once(self) -> None:
        assert glossary() is glossary()
