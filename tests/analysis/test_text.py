from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analysis.text import grams, normal_name, normalise, readings, simplified

# Ranges that were full before Python 3.11's Unicode 14: what was given names later may fold otherwise on a newer Python.
RANGES = ((0x20, 0x180), (0x2010, 0x2028), (0x3000, 0x3040), (0x3400, 0x9FFD), (0xF900, 0xFA6E), (0xFF01, 0xFF5F), (0x20000, 0x2A6DE))
CHARACTERS = "".join(chr(code) for first, end in RANGES for code in range(first, end))

names = st.text(st.sampled_from("管延安單臺鍊艷乾隆后創新工作室ＡＢab3.5（）〔〕·-—“” 　1２"), max_size=20)


def test_the_form_that_ids_are_made_of_does_not_change():
    """If this fails, ids of new things differ from those in stores in the field: see `normal_name`."""
    folded = "\n".join(normal_name(character) for character in CHARACTERS)
    assert blake2b(folded.encode(), digest_size=16).hexdigest() == "e7121c9a26339f85d201476a977dd408"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("臺灣鍊鋼艷麗", "台湾炼钢艳丽"),
        ("ＡＢＢ（中國）", "abb(中国)"),
        ("职工〔劳模、工匠〕创新工作室", "职工(劳模、工匠)创新工作室"),
        ("阿依古丽·买买提", "阿依古丽买买提"),
        ("“海之星” 创新 工作室", "海之星创新工作室"),
        ("哈尔滨—大连", "哈尔滨大连"),
        ("髙呉鉄", "高吴铁"),
    ],
)
def test_two_spellings_are_one_name(one, other):
    assert normal_name(one) == normal_name(other)


@pytest.mark.parametrize(("one", "other"), [("3.5米", "35米"), ("王磊", "王垒"), ("数控(CNC)", "数控")])
def test_two_names_stay_two(one, other):
    assert normal_name(one) != normal_name(other)


@given(names)
def test_folding_twice_is_folding_once(name):
    assert normal_name(normal_name(name)) == normal_name(name)
    assert normalise(normalise(name)) == normalise(name)


@given(names, names)
def test_what_a_name_holds_is_found_in_its_form(before, after):
    assert normal_name("乾") in normal_name(before + "乾" + after)


@given(names)
def test_simplified_text_keeps_its_length(text):
    assert len(simplified(text)) == len(text)


def test_simplified_knows_phrases_and_twins():
    assert simplified("乾隆年間，烘乾麵條；皇后在後面；沈陽沈默") == "乾隆年间，烘干面条；皇后在后面；沈阳沉默"


def test_no_single_character_grows():
    assert len(simplified(CHARACTERS)) == len(CHARACTERS)


def test_grams_are_characters_pairs_and_words():
    assert grams("多波束 5G-A测深") == ["多", "波", "束", "多波", "波束", "5g-a", "测", "深", "测深"]
    assert grams("") == grams("，。!") == []


@pytest.mark.parametrize(
    ("name", "person", "full", "initials"),
    [
        ("管延安", True, "guanyanan", "gya"),
        ("管延安创新工作室", False, "guanyananchuangxingongzuoshi", "gyacxgzs"),
        ("单昭祥劳模创新工作室", False, "shanzhaoxianglaomochuangxingongzuoshi", "szxlmcxgzs"),
        ("单位会员", False, "danweihuiyuan", "dwhy"),
        ("曾庆存", True, "zengqingcun", "zqc"),
        ("解红霞", True, "xiehongxia", "xhx"),
        ("欧阳明高", True, "ouyangminggao", "oymg"),
        ("尉迟敬德", True, "yuchijingde", "ycjd"),
        ("單雄信", True, "shanxiongxin", "sxx"),
        ("重庆长安", False, "chongqingchangan", "cqca"),
        ("吕女士", True, "lvnvshi", "lns"),
        ("ABB公司3号", False, "abbgongsi3hao", "abbgs3h"),
        ("", True, "", ""),
    ],
)
def test_readings(name, person, full, initials):
    assert readings(name, person) == (full, initials)
