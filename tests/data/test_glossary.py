"""The plain data files hold what they promise."""

from collections import Counter

from graph.analysis.places import locate
from graph.data.tables import glossary, places, surnames
from graph.record.ontology import ontology


def test_trades_are_the_national_classification() -> None:
    codes = ontology().codes["trade"]
    assert sum(len(code) == 1 for code in codes) == 20
    assert sum(len(code) == 3 for code in codes) == 97
    assert codes["C34"].zh == "通用设备制造业"


def test_the_glossary_is_large_and_telling() -> None:
    trades = glossary().trades
    assert len(trades) >= 60
    assert len({trade.id for trade in trades}) == len(trades)
    spread = Counter(term for trade in trades for term in set(trade.terms))
    for trade in trades:
        assert trade.division in ontology().codes["trade"], trade.id
        assert len(set(trade.terms)) >= 40, trade.id
        assert len(trade.symptoms) >= 5, trade.id
        assert set(trade.methods) <= set(glossary().methods), trade.id
    assert max(spread.values()) <= 3
    assert not {"创新", "技术", "管理", "质量", "设备", "安全"} & spread.keys()


def test_places_lie_within_each_other() -> None:
    paths = {row.path for row in places()} | {"中国", ""}
    assert all(row.parent_path in paths for row in places())
    assert len(paths) == len(places()) + 1
    assert sum(row.level == "province" for row in places()) == 34
    found = locate("甘井子", city="大连")
    assert found is not None
    assert found.path == "辽宁/大连/甘井子"


def test_surnames_have_their_own_readings() -> None:
    known = surnames()
    assert (known["单"], known["仇"], known["解"], known["尉迟"]) == ("shan", "qiu", "xie", "yuchi")
    assert sum(len(name) == 1 for name in known) >= 400
