"""Cleaning: glosses in every form, one script, one width; real brackets stay; spans go both ways."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seeds.cleaning import clean, is_reading

SEED = Path(__file__).parents[2] / "seeds/data/dalian_announcement.txt"


@pytest.mark.parametrize(
    ("dirty", "text"),
    [
        ("業(ye)", "业"),
        ("業(ye)(ye)", "业"),
        ("工(gong)(gong)(gong)作(zuo)(zuo)(zuo)室", "工作室"),
        ("工(gong gong)作室", "工作室"),
        ("肖陽勞(lao)模", "肖阳劳模"),
        ("伟(wěi)大(dà)", "伟大"),
        ("伟(wei3)大(da4)", "伟大"),
        ("女(nü)律(lǜ)绿(lv4)旅(lu:3)", "女律绿旅"),
        ("業（ye）（ｙｅ）", "业"),
        ("業 ( ye ) ( ye )", "业"),
        ("大連(dalian)市", "大连市"),
        ("大連(dà lián)市", "大连市"),
        ("西安(xi'an)", "西安"),
        ("行(xing)(hang)业", "行业"),
        ("業(YE)", "业"),
        ("鍊鋼臺燈艷麗乾隆", "炼钢台灯艳丽乾隆"),
        ("２０２３年ＣＮＣ（ＰＬＣ）", "2023年CNC(PLC)"),
        ("产值增长５０％，是吗？", "产值增长50%，是吗？"),
        ("\ufeff肖\u200b陽\u200d勞模\u202e", "肖阳劳模"),
        ("肖\u00a0陽", "肖阳"),
        ("王　军劳模创新工作室", "王军劳模创新工作室"),
        ("肖 陽 勞 模 創 新 工 作 室", "肖阳劳模创新工作室"),
        ("张伟劳模 创新工作室", "张伟劳模创新工作室"),
        ("阿卜杜•热合曼", "阿卜杜·热合曼"),
    ],
)
def test_what_is_cleaned(dirty: str, text: str) -> None:
    assert clean(dirty).text == text


@pytest.mark.parametrize(
    "real",
    [
        "数控(CNC)",
        "(二期)",
        "盘起工业(大连)有限公司",
        "控制器(PLC)",
        "智能(AI)",
        "创新工作室(2个)",
        "电流(A)",
        "1 张伟劳模创新工作室 大连重工",
        "a (b) c",
        "(ye)业",
    ],
)
def test_real_brackets_and_columns_stay(real: str) -> None:
    assert clean(real).text == real


def test_a_gloss_must_be_a_reading_of_what_it_follows() -> None:
    assert is_reading("大连", "dalian")
    assert is_reading("大连", "lian")
    assert not is_reading("大连", "da")
    assert not is_reading("大连", "dalianshi")


def test_lines_stay() -> None:
    seed = SEED.read_text("utf-8")
    assert clean(seed).text.count("\n") == seed.count("\n")


def test_spans_go_both_ways_and_touching_spans_touch() -> None:
    dirty = "遼寧海(hai)(hai)事局羅(luo)薇(wei)\u200b創新"
    cleaned = clean(dirty)
    assert cleaned.text == "辽宁海事局罗薇创新"
    start = cleaned.text.index("罗薇")
    span = cleaned.original(start, start + 2)
    assert dirty[slice(*span)] == "羅(luo)薇(wei)\u200b"
    assert cleaned.cleaned(*span) == (start, start + 2)
    assert cleaned.original(0, start)[1] == span[0]


def test_every_character_of_the_original_belongs_to_one_clean_character() -> None:
    cleaned = clean(SEED.read_text("utf-8"))
    assert len(cleaned.starts) == len(cleaned.text) + 1
    assert cleaned.starts[0] == 0
    assert all(a < b for a, b in zip(cleaned.starts, cleaned.starts[1:], strict=False))


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="大連業工 (ye)（lian）da\u200b\u3000\nＣ1", max_size=60))
def test_cleaning_holds_on_any_mixture(text: str) -> None:
    cleaned = clean(text)
    starts = list(cleaned.starts)
    assert len(starts) == len(cleaned.text) + 1
    assert starts == sorted(starts)
    assert starts[-1] == len(text)
    assert "\u200b" not in cleaned.text


def test_time_is_linear() -> None:
    seed = SEED.read_text("utf-8") + "\n"
    clean(seed)

    def seconds(times: int) -> float:
        began = time.perf_counter()
        clean(seed * times)
        return time.perf_counter() - began

    small = min(seconds(20), seconds(20))
    # four times the text; a quadratic pass would take sixteen, and no busy machine makes it ten seconds
    assert seconds(80) < max(10, small * 16)
