"""Hostile names on every screen, in files and on paper: none runs, none breaks the layout, each is shown as it is."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from graph.record.model import Change, thing_id
from seeds import tables
from tests.api.serving import Served, running
from tests.hostile import NAMES, RUN, kept, told
from tests.journeys.hands import Hand
from tests.journeys.test_looks import OVERFLOW

CALLED = list(dict.fromkeys(map(kept, NAMES)))
LONG, WIDE, SCRIPT = "甲" * 10_000, "W" * 300, CALLED[0]


def id_of(kind: str, name: str) -> str:
    return thing_id(kind, "desk", name)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A city in which all is called so; its last changes, decisions and a shortlist too."""
    with running(tmp_path_factory.mktemp("hostile") / "home") as city:
        city.desk.writer.append(Change(SCRIPT, CALLED[1], tuple(told())))
        rows = ",".join(("名称", "所在单位")) + f"\n{SCRIPT},{CALLED[1]}\n"
        headers = {"Content-Type": "text/csv"}
        assert city.client.post("/imports", params={"name": f"{CALLED[1]}.csv"}, content=rows, headers=headers).status_code == 202
        text = f"{SCRIPT}\n市总工会命名{CALLED[1]}创新工作室为劳模创新工作室。"
        assert city.client.post("/imports", params={"name": f"{SCRIPT}.txt"}, content=text, headers={"Content-Type": "text/plain"}).status_code == 202
        shortlist = city.client.post("/shortlists", json={"name": SCRIPT, "note": CALLED[1]}).json()["id"]
        for name in (*CALLED[:12], LONG, WIDE):
            body = {"things": [id_of("workshop", name), id_of("workshop", "0")], "note": name}
            assert city.client.post(f"/shortlists/{shortlist}/entries", json=body).status_code == 201
            decided = {"candidate": id_of("workshop", name), "asked": id_of("workshop", "0"), "answer": "decline", "reason": "other"}
            assert city.client.post("/decisions", json={**decided, "words": name[:2000]}).status_code == 201
        yield city


def screens(served: Served) -> dict[str, str]:
    long, script = id_of("workshop", LONG), id_of("workshop", SCRIPT)
    papers = served.client.get("/documents", params={"limit": 200}).json()["rows"]
    with_text = next(row["id"] for row in papers if row["has_text"])
    long_paper = next(row["id"] for row in papers if row["title"] == LONG)
    return {
        "home": "/", "map": "/map", "chosen": f"/map?id={long}", "partners": f"/partners?id={long}", "need": "/partners?q=焊接机器人",
        "group": "/group?q=焊接&low=5&high=9", "locked": f"/group?id={long}&lock={script}&lock={long}", "thing": f"/t/{long}",
        "script": f"/t/{script}", "relations": f"/t/{long}?tab=relations", "decisions": f"/t/{id_of('workshop', '0')}?tab=decisions",
        "history": f"/t/{script}?tab=history", "documents": "/d", "document": f"/d/{with_text}", "paper": f"/d/{long_paper}",
        "pairs": "/pairs",
        "things": "/things?kind=workshop", "counted": f"/counted?id={script}&which=all", "gaps": "/gaps?links=0", "unnamed": "/unnamed",
        "shortlists": "/shortlists",
    }  # fmt: skip


BROKEN = """() => [...document.querySelectorAll('#page :is(h1, h2, button, .el-tag, a, .panel)')].flatMap(one => {
  const box = one.getBoundingClientRect(), panel = one.parentElement.closest('.panel')?.getBoundingClientRect()
  if (!box.width || one.closest('.legend, [data-legend], .el-select, canvas, svg')) return []
  const out = panel && box.right > panel.right + 2 || box.right > innerWidth + 1
  const tall = one.matches('h1, h2, button, a') && box.height > 130
  return out || tall ? [`${one.tagName}.${one.className} ${Math.round(box.right)} of ${Math.round(panel?.right)}, ${Math.round(box.height)} high`] : []
}).slice(0, 3)"""
"""What stands out of its panel or the window, or is taller than some lines (the legend of the map scrolls)."""


def shown(hand: Hand, path: str) -> None:
    """Opens without waiting until all is still, as `open` does: there are many."""
    hand.page.goto(hand.address + path)
    hand.page.locator("#page :is(.panel h1, .panel h2, .panel li, .el-table, canvas)").first.wait_for(state="attached")
    hand.page.wait_for_function("() => !document.querySelector('.el-skeleton')")


def looked_at(hand: Hand, where: str) -> None:
    assert hand.page.evaluate("() => window.__ran") is None, where
    assert hand.page.evaluate(OVERFLOW) == [], where
    assert hand.page.evaluate(BROKEN) == [], where


def test_hostile_names_are_only_names_on_every_screen(hand: Hand, served: Served) -> None:
    hand.page.on("dialog", lambda dialog: hand.heard.append(dialog.message))
    for name, path in screens(served).items():
        shown(hand, path)
        looked_at(hand, name)
        if name in ("thing", "script"):
            assert hand.page.locator("#page h1").first.text_content() == (LONG if name == "thing" else SCRIPT)
    hand.open("/things?kind=workshop")
    hand.list_all()
    assert set(CALLED) <= {text or "" for text in hand.page.locator("[data-rows] td:first-child a").all_text_contents()}


def test_what_opens_over_a_screen_holds_them_too(hand: Hand, served: Served) -> None:
    inside = "one => one.scrollWidth <= one.clientWidth + 1 && one.getBoundingClientRect().right <= innerWidth + 1"
    hand.open("/")
    for words in (SCRIPT, "W" * 150, "甲" * 150):
        hand.page.locator(".search input").fill(words)
        hand.see(".found .hit:visible")
        hand.page.wait_for_function(f"() => [...document.querySelectorAll('.found')].filter(one => one.offsetWidth).every({inside})")
    hand.open(f"/partners?id={id_of('workshop', LONG)}")
    hand.page.locator("[data-card] [data-evidence]").first.click()
    assert hand.see(".el-drawer__body:has([data-evidence-of])").evaluate(inside)
    hand.page.keyboard.press("Escape")
    hand.page.keyboard.press("Control+z")
    hand.see(".el-drawer .change")
    hand.open(f"/t/{id_of('workshop', LONG)}")
    hand.page.locator("[data-act=edit]").click()
    assert hand.see(".el-dialog").evaluate(inside)
    assert hand.page.evaluate("() => window.__ran") is None


def test_hostile_needs_and_addresses_are_only_words(hand: Hand) -> None:
    hand.open("/")
    for words in (NAMES[0], NAMES[1], "甲" * 1900, "{n} @:brand |"):
        hand.page.evaluate("words => history.replaceState(null, '', '/partners?' + new URLSearchParams({q: words}))", words)
        hand.page.reload()
        hand.still()
        assert hand.page.locator("[data-need]").input_value() == words
        looked_at(hand, words[:20])
    for path in (f"/t/{RUN}", "/t/<img src=x onerror=window.__ran=1>", "/map?id=<script>",
    "/things?q=%3Cimg%20src=x%20onerror=window.__ran=1%3E"):
        hand.page.goto(hand.address + path)
        hand.still()
        hand.heard[:] = [said for said in hand.heard if "404" not in said and "422" not in said]  # the browser says that a thing is not there
        looked_at(hand, path)


SAVED = {
    "home": "xlsx", "partners": "json xlsx", "group": "csv", "script": "xlsx", "shortlists": "csv xlsx", "document": "csv",
    "counted": "csv",
    "things": "csv xlsx",
}  # fmt: skip


def test_the_data_of_a_screen_are_saved_as_files(hand: Hand, served: Served, tmp_path: Path) -> None:
    paths = screens(served)
    for name, forms in SAVED.items():
        shown(hand, paths[name])
        for form in forms.split():
            told = saved(hand, form, tmp_path)
            assert told, (name, form)
            if name in ("things", "shortlists"):
                assert any(SCRIPT in cell for cell in told), (name, form)


def saved(hand: Hand, form: str, folder: Path) -> list[str]:
    """The texts of the file that 本页数据 saves: JSON by its parser, CSV by our reader, xlsx by another's."""
    hand.page.locator("[data-save]").first.click()
    with hand.page.expect_download() as waiting:
        hand.page.locator(f"[data-form={form}]:visible").click()
    assert re.fullmatch(r"[\w.-]+", waiting.value.suggested_filename)
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    if form == "json":
        return [json.dumps(json.loads(path.read_text("utf-8")), ensure_ascii=False)]
    if form == "csv":
        return [cell for _, row in tables.read_sheet(path.name, path.read_bytes()).rows for cell in row.values()]
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    return [str(cell.value) for row in sheet.iter_rows() for cell in row]


ON_PAPER = """() => [...document.querySelectorAll('#page :is(h1, h2, p, li, td, th, .panel, a)')].filter(one => {
  const box = one.getBoundingClientRect()
  return box.width && box.right > innerWidth + 1
}).slice(0, 3).map(one => `${one.tagName}.${one.className} ${Math.round(one.getBoundingClientRect().right)}`)"""


def test_print_has_the_sentences_and_nothing_to_click(hand: Hand, served: Served) -> None:
    """A4 with margins is 672 CSS pixels across."""
    paths = screens(served)
    for name in ("home", "partners", "group", "script", "document", "things"):
        hand.page.emulate_media(media="screen")
        hand.page.set_viewport_size({"width": 1366, "height": 768})
        shown(hand, paths[name])
        if name in ("home", "partners", "group", "script"):
            hand.page.locator("[data-endnotes] li").first.wait_for(state="attached")
        hand.page.set_viewport_size({"width": 672, "height": 950})
        hand.page.emulate_media(media="print")
        assert hand.page.evaluate(ON_PAPER) == [], name
        assert hand.page.locator("nav.rail:visible, .frame > header:visible, #page button:not(th button):visible").count() == 0, name
        if name in ("home", "partners", "group", "script"):
            assert hand.page.locator("[data-endnotes] li").first.is_visible()
            assert hand.page.locator("sup.marks:visible").first.inner_text().startswith("[")
        foot = hand.page.evaluate("() => document.adoptedStyleSheets.map(one => one.cssRules[0].cssText).join()")
        assert "系统建议，须经人工确认" in foot
        assert f"第{served.client.get('/changes').json()['version']}版" in foot
        assert "counter(pages)" in foot
    assert hand.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    hand.page.emulate_media(media="screen")
