"""The map in the browser: its journeys, the same picture from the same address, and every way to it without the canvas."""

import re
from typing import Any

import pytest

from tests.api.serving import Served
from tests.journeys.conftest import WORKSHOP, thing
from tests.journeys.hands import Hand
from tests.journeys.test_looks import OVERFLOW, _serious, looked

CANVAS = ".map-canvas canvas"
PICTURE = f"() => document.querySelector('{CANVAS}').toDataURL()"


def settled(hand: Hand) -> str:
    """The canvas as PNG, once it no longer changes."""
    hand.see(CANVAS)
    seen, now = "", str(hand.page.evaluate(PICTURE))
    while seen != now:
        hand.page.wait_for_timeout(200)
        seen, now = now, str(hand.page.evaluate(PICTURE))
    return now


def count(hand: Hand) -> tuple[int, int]:
    """n and N of the filters."""
    n, total = re.findall(r"[\d,]+", hand.see(".map-screen .bar .number").inner_text())
    return int(n.replace(",", "")), int(total.replace(",", ""))


def test_9_filter_select_two_steps_and_reopen(hand: Hand) -> None:
    hand.open("/map")
    settled(hand)
    before = count(hand)[0]
    hand.click(".map-screen .field.trade")
    hand.click(".el-select-dropdown__item >> visible=true")
    hand.page.wait_for_url("**trade=*")
    hand.click(".list .one", 1)
    hand.click("text=2步")
    hand.until("() => location.search.includes('hops=2')")
    picture, address = settled(hand), hand.page.url
    assert hand.clicks <= 5
    assert 0 < count(hand)[0] < before
    hand.open("/")
    hand.page.goto(address)
    assert settled(hand) == picture
    assert hand.page.url == address
    assert hand.count(".list .one[aria-selected=true]") == 1


def test_10_by_keyboard_only_to_a_thing(hand: Hand) -> None:
    hand.open("/map")
    settled(hand)
    hand.page.locator("[role=listbox].list").focus()
    hand.page.keyboard.press("Tab")
    assert hand.page.evaluate("document.activeElement.tagName") == "CANVAS"
    for key in ("ArrowRight", "ArrowDown", "Equal", "ArrowLeft"):
        hand.page.keyboard.press(key)
        hand.page.wait_for_timeout(100)
    hand.page.wait_for_url("**id=*")
    name = hand.see(".detail h2").inner_text()
    hand.press("Enter")
    hand.page.wait_for_url(re.compile("/[td]/"))
    assert hand.see("h1").inner_text() in name
    assert hand.clicks == 0


def test_the_list_holds_exactly_what_is_counted(hand: Hand) -> None:
    hand.open("/map?kind=need&unknown=0")
    settled(hand)
    told = int(hand.see(".list .one").get_attribute("aria-setsize") or 0)
    assert told == count(hand)[0] > 0
    hand.page.locator(".list").focus()
    hand.page.keyboard.press("End")
    hand.page.wait_for_selector(f".list .one[aria-posinset='{told}'][aria-selected=true]")


def test_what_is_chosen_outside_the_filter_is_said_and_shown(hand: Hand, served: Served) -> None:
    hand.open(f"/map?id={thing(served, WORKSHOP)}&kind=need")
    hand.see(".unseen")
    hand.click(".unseen button")
    hand.until("!document.querySelector('.unseen')")
    assert hand.see(".detail h2").inner_text().endswith(WORKSHOP)


def test_nothing_found_offers_a_way_out(hand: Hand) -> None:
    hand.open("/map?kind=need&q=没有这样的名字")
    hand.see(".nothing")
    hand.click(".nothing button")
    hand.until("!document.querySelector('.nothing')")
    assert count(hand)[0] > 0


@pytest.mark.parametrize(("form", "first"), [("PNG 2×", b"\x89PNG"), ("SVG", b"<svg"), ("GEXF", b"<?xml")])
def test_the_picture_goes_out(hand: Hand, form: str, first: bytes) -> None:
    hand.open("/map")
    settled(hand)
    hand.click("text=导出 ▾")
    with hand.page.expect_download() as told:
        hand.click(f"text={form} >> visible=true")
    data = told.value.path().read_bytes()
    assert data.startswith(first)
    assert form == "PNG 2×" or "系统建议，须经人工确认" in data.decode("utf-8")
    assert form != "GEXF" or data.count(b"<node ") == count(hand)[0]


def test_what_is_printed_is_the_servers_sheet(hand: Hand, served: Served) -> None:
    """The same filters and words, in light; one page across, and one more where something is chosen."""
    for query, wanted in (("kind=need&unknown=0", {"kind": "need"}), (f"id={thing(served, WORKSHOP)}&q=港&hops=2", {
        "kind": ["workshop", "person", "organisation", "need", "group"], "words": "港", "select": thing(served, WORKSHOP), "hops": 2})):  # fmt: skip
        with hand.page.expect_response(re.compile("/network/map.svg")) as asked:
            hand.open(f"/map?{query}")
        hand.page.wait_for_function("() => document.querySelector('img.paper')?.naturalWidth > 1000")
        title = str(hand.page.get_attribute("img.paper", "alt"))
        assert asked.value.text() == served.client.get("/network/map.svg", params={**wanted, "title": title}).text
        pages = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", hand.page.pdf(prefer_css_page_size=True))
        assert len(pages) == 1 + ("id" in query)
        assert all(float(wide) > float(high) for wide, high in pages)


def test_lines_are_explained(hand: Hand) -> None:
    hand.open("/map")
    said = hand.see(".legend").inner_text()
    assert all(word in said for word in ("明载", "推断", "团组成员"))


@pytest.mark.parametrize("look", looked(), indirect=True)
def test_the_map_does_not_overflow_and_axe_finds_nothing_serious(hand: Hand, served: Served, look: dict[str, str]) -> None:
    found: dict[str, Any] = {}
    for path in ("/map", f"/map?id={thing(served, WORKSHOP)}&hops=2", "/map?cluster=1&cluster=3", "/map?q=没有这样的名字"):
        hand.open(path)
        settled(hand)
        assert hand.page.evaluate(OVERFLOW) == [], path
        if serious := _serious(hand, look):
            found[path] = serious
    assert found == {}
