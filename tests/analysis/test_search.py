import random

import numpy as np
import pytest
from rapidfuzz.distance import OSA

from graph.analysis.search import Entry, Hit, SearchIndex, _Lines

THINGS = [
    Entry(1, "person", [("管延安", 1.0)]),
    Entry(2, "workshop", [("管延安创新工作室", 1.0), ("深海钳工工作室", 0.9)]),
    Entry(3, "workshop", [("单昭祥劳模创新工作室", 1.0)]),
    Entry(4, "organisation", [("中交一航局第三工程有限公司", 1.0), ("中交一航局三公司", 0.9), ("一航三公司", 0.9)]),
    Entry(5, "person", [("王磊", 1.0), ("大连重工", 0.5)]),
    Entry(6, "person", [("王磊", 1.0), ("鞍山钢铁", 0.5)]),
    Entry(7, "organisation", [("ABB(中国)有限公司", 1.0)]),
    Entry(8, "need", [("齿轮热处理后变形超差", 1.0)]),
    Entry(9, "person", [("陈兆海", 1.0)]),
    Entry(10, "organisation", [("台州炼钢厂", 1.0)]),
    Entry(11, "person", [("梅雅男", 1.0)]),
    Entry(12, "place", [("延安", 1.0)]),
    Entry(13, "document", []),
]


@pytest.fixture(scope="module")
def index():
    return SearchIndex(THINGS)


def best(index, query):
    hits = index.search(query)
    return (hits[0].number, hits[0].how) if hits else None


@pytest.mark.parametrize(
    ("query", "number", "how"),
    [
        ("管延安", 1, "exact"),
        ("管延安创", 2, "prefix"),
        ("昭祥", 3, "substring"),
        ("一航三公司", 4, "exact"),
        ("台州鍊鋼廠", 10, "exact"),
        ("臺州", 10, "prefix"),
        ("ａｂｂ（中国）有限公司", 7, "exact"),
        ("guanyanan", 1, "pinyin"),
        ("guan yan an", 1, "pinyin"),
        ("shanzhaoxiang", 3, "pinyin"),
        ("gya", 1, "initials"),
        ("gyac", 2, "initials"),
        ("管yan", 1, "pinyin"),
        ("chen兆海", 9, "pinyin"),
        ("czhai", 9, "mixed"),
        ("陈兆梅", 9, "typo"),
        ("陈海兆", 9, "typo"),
        ("陈大兆海", 9, "typo"),
        ("guanyenan", 1, "typo"),
        ("guanyannan", 1, "typo"),
        ("gaunyanan", 1, "typo"),
        ("热处理变形", 8, "typo"),
        ("齿轮 超差", 8, "grams"),
        ("三公司 中交", 4, "grams"),
    ],
)
def test_each_way_of_asking_finds_the_thing_meant(index, query, number, how):
    assert best(index, query) == (number, how)


@pytest.mark.parametrize(
    "query", ["", "  ", "“”", "没有这样的东西", "zzzz", "😀", "😀😀😀", "é1", "(.*)", "[a", "\0", "a" * 500, "管" * 500]
)
def test_what_is_not_there_is_not_found(index, query):
    assert index.search(query) == []


def test_namesakes_are_all_there(index):
    assert [(hit.number, hit.how) for hit in index.search("王磊")] == [(5, "exact"), (6, "exact")]


def test_letters_that_may_be_cut_two_ways_find_both():
    index = SearchIndex([Entry(1, "person", [("管延安", 1.0)]), Entry(2, "person", [("官雅男", 1.0)])])
    assert {(hit.number, hit.how) for hit in index.search("guanyanan")} == {(1, "pinyin"), (2, "pinyin")}


def test_a_name_stands_before_the_same_words_as_alias():
    index = SearchIndex([Entry(1, "a", [("别的", 1.0), ("海之星", 0.9)]), Entry(2, "a", [("海之星", 1.0)])])
    assert [hit.number for hit in index.search("海之星")] == [2, 1]


def test_only_the_kinds_asked_for(index):
    assert {hit.number for hit in index.search("管延安", kinds=["workshop"])} == {2}
    assert index.search("管延安", kinds=["unheard of"]) == []
    assert index.search("管延安", kinds=[]) == []


def test_surer_ways_stand_first_and_each_thing_once(index):
    for query in ("管延安", "guanya", "工", "gya", "中交一航局"):
        hits = index.search(query, 50)
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        assert len({hit.number for hit in hits}) == len(hits)


def test_fewer_asked_for_is_the_beginning_of_more(index):
    for query in ("管延安", "guanya", "工", "公司"):
        assert index.search(query, 2) == index.search(query, 50)[:2]


@pytest.mark.parametrize("query", ["gya", "工作室", "管", "a", "", "没有的"])
@pytest.mark.parametrize("kinds", [None, ["person"]])
def test_it_counts_as_many_as_it_finds(index, query, kinds):
    assert index.count(query, kinds) == len(index.search(query, 1000, kinds))


def test_a_word_said_often_in_one_name_hides_no_other():
    index = SearchIndex([Entry(at, "a", [(text, 1.0)]) for at, text in enumerate(["x工" + "工工工工工工", "工会馆舍楼台", "大工业园区内"])])
    assert {hit.number for hit in index.search("工", 3)} == {0, 1, 2}
    assert [hit.how for hit in index.search("工", 3)] == ["prefix", "substring", "substring"]
    assert index.search("工", 0) == []


def test_the_order_of_entries_changes_nothing():
    shuffled = random.Random(3).sample(THINGS, len(THINGS))
    for query in ("管延安", "王磊", "guanya", "gya", "工作室", "陈兆梅", "热处理变形"):
        assert SearchIndex(shuffled).search(query) == SearchIndex(THINGS).search(query)


def test_the_text_as_given_is_shown(index):
    assert index.search("abb(中国)") == [Hit(7, pytest.approx(6 + 0.49 * 7 / 11), "ABB(中国)有限公司", "prefix")]


def test_an_empty_index_finds_nothing():
    assert SearchIndex([]).search("管延安") == []
    assert SearchIndex([Entry(1, "a", [])]).search("管延安") == []


@pytest.mark.parametrize("letters", ["ab", "管延安海"])
def test_windows_near_a_word_are_those_of_brute_force(letters):
    random_ = random.Random(5)
    for _ in range(300):
        texts = ["".join(random_.choices(letters, k=random_.randint(0, 9))) for _ in range(4)]
        wanted = "".join(random_.choices(letters, k=random_.randint(3, 6)))
        lines = _Lines(texts)
        at, size = lines.near(wanted)
        found = {(int(lines.line(a)), int(a - lines.start[lines.line(a)]), int(s)) for a, s in zip(at, size, strict=True)}
        expected = {
            (line, begin, length)
            for line, text in enumerate(texts)
            for length in (len(wanted) - 1, len(wanted), len(wanted) + 1)
            for begin in range(len(text) - length + 1)
            if OSA.distance(wanted, text[begin : begin + length]) == 1
        }
        assert {one for one in found if OSA.distance(wanted, texts[one[0]][one[1] : one[1] + one[2]]) > 1} == set()
        assert expected <= found


def test_every_place_of_a_word_is_found():
    lines = _Lines(["abcab", "", "ab", "cab"])
    at = lines.find("ab")
    assert np.column_stack([lines.line(at), at - lines.start[lines.line(at)]]).tolist() == [[0, 0], [0, 3], [2, 0], [3, 1]]
    assert lines.find("管").tolist() == []
