"""Titles of clusters: what sets members apart, from planted terms and from a store."""

import numpy as np

from graph.analysis.communities import ALONE, BESIDE, clusters
from graph.analysis.derive import derived
from graph.analysis.titles import named, titles
from graph.record.model import Statement
from tests.said import named as named_as
from tests.said import say, thing


def test_titles_say_what_sets_apart():
    terms = [["港航工程", "港航", "测量", "管理"]] * 20 + [["焊接", "管理"]] * 20 + [["管理"]] * 5 + [["焊接"]]
    labels = np.array([0] * 20 + [1] * 20 + [2] * 5 + [ALONE], np.int32)
    assert titles(labels, terms) == {0: "测量·港航 20", 1: "焊接 20", 2: "未归类 5", ALONE: "未入片区 1"}


def test_a_word_of_one_member_names_nobody():
    assert titles(np.zeros(2, np.int32), [["焊接"], ["检测"]]) == {0: "未归类 2"}


def test_what_no_cluster_holds_is_called_so_whatever_it_tells():
    labels = np.array([ALONE] * 20 + [BESIDE] * 20 + [0] * 20, np.int32)
    assert titles(labels, [["焊接"]] * 20 + [["护理"]] * 40) == {ALONE: "未入片区 20", BESIDE: "地区、文件等 20", 0: "护理 20"}


def test_where_work_says_little_most_members_place_is_asked():
    """Two clusters of one trade are told apart by their cities; a city of a few tells nothing."""
    labels = np.repeat(np.array([0, 1, 2], np.int32), 20)
    work = [["焊接"]] * 40 + [["护理", "药剂"]] * 20
    around = [["大连"]] * 20 + [["沈阳"]] * 6 + [[f"县{at}"] for at in range(14)] + [["鞍山"]] * 20
    assert titles(labels, work, around) == {0: "焊接·大连 20", 1: "焊接 20", 2: "护理·药剂 20"}


def test_a_title_is_made_of_trades_fields_units_and_groups_and_never_of_people(store):
    """Welders say so in words, dancers by a field, others by their firm; that one man leads them all, and his workshop, name none."""
    say(store, *named_as("f", "民族舞", "field"), *named_as("u", "甲乙股份", "organisation"), *named_as("g", "深蓝团组", "group"))
    say(store, *named_as("w", "王领衔劳模工作室"), *named_as("p", "王领衔", "person"))
    ways = [("skill", "焊缝检验"), ("field", thing("f", "field")), ("host", thing("u", "organisation")), ("partner", thing("w"))]
    for at in range(60):
        one, leader = thing(str(at)), ("leader", thing("p", "person"))
        grouped = [(thing("g", "group"), "member", one)]
        told = grouped if at % 5 == 4 else [(one, *way) for way in (ways[at % 5], leader)[: 1 + (at % 5 < 3)]]
        say(store, *named_as(str(at), f"第{at}工作室"), *(Statement(*row, "table:toy") for row in told))
    whole = derived(store.snapshot())
    found = " ".join(named(whole, clusters(whole)).values())
    assert all(term in found for term in ("焊接", "民族舞", "甲乙股份", "深蓝团组", "未归类"))
    assert "王领衔" not in found
