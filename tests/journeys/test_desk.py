"""What else one does at the desk: each dialog, drawer and menu once under the page's policy."""

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.api.serving import Served
from tests.journeys.conftest import WORKSHOP, thing
from tests.journeys.hands import Hand

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

OPTION = ".el-select-dropdown__item:visible"


def choose(hand: Hand, label: str, typed: str, option: str) -> None:
    """Picks an option of a select by its label."""
    field = hand.page.get_by_role("combobox", name=label)
    field.click()
    field.fill(typed)
    hand.page.locator(f"{OPTION}:has-text('{option}')").first.click()


def say_fact(hand: Hand, typed: str, option: str) -> None:
    """Fills in the form of a fact that is open and has it recorded."""
    choose(hand, "内容", typed, option)
    hand.page.get_by_role("button", name="记入").click()


def answer(hand: Hand, words: str) -> None:
    """Says a line of text where the page asks for one."""
    hand.page.locator(".el-message-box input").fill(words)
    hand.page.locator(".el-message-box .el-button--primary").click()


def saved(hand: Hand, form: str) -> bytes:
    """本页数据 in a form, as the browser saves it."""
    hand.page.get_by_role("button", name="本页数据").click()
    with hand.page.expect_download() as file:
        hand.page.get_by_role("menuitem", name=form).click()
    return file.value.path().read_bytes()


def facts(served: Served, id: str, property_id: str) -> list[str]:
    told = served.client.get(f"/things/{id}").json()["facts"]
    return sorted(fact["shown"] for fact in told if fact["property"] == property_id and fact["state"] == "told")


def test_a_fact_is_filled_in_and_taken_back(hand: Hand, served: Served) -> None:
    id = thing(served, WORKSHOP)
    hand.open(f"/t/{id}")
    hand.page.locator("text=行业 +").click()
    say_fact(hand, "土木", "土木工程建筑业")
    hand.see("[data-undo]")
    assert facts(served, id, "trade") == ["土木工程建筑业"]
    hand.click("[data-undo]")
    hand.see("text=已撤销")
    assert facts(served, id, "trade") == []


def test_what_a_document_told_is_answered_by_ones_own_word(hand: Hand, served: Served) -> None:
    id = thing(served, WORKSHOP)
    hand.open(f"/t/{id}")
    hand.page.locator("tr:has-text('级别') [data-act=correct]").click()
    say_fact(hand, "省级", "省级")
    hand.see("text=已更正")
    hand.see("tr.refused-row:has-text('国家级')")
    assert facts(served, id, "level") == ["省级"]
    hand.click("[data-undo]")
    hand.see("text=已撤销")
    assert facts(served, id, "level") == ["国家级"]


def test_what_another_changed_meanwhile_is_shown_before_it_is_answered(hand: Hand, served: Served) -> None:
    id = thing(served, WORKSHOP)
    hand.open(f"/t/{id}")
    hand.page.locator("tr:has-text('级别') [data-act=correct]").click()
    seen = served.client.get(f"/things/{id}").json()["facts"]
    told = [fact["id"] for fact in seen if fact["property"] == "level" and fact["state"] == "told"]
    other = served.client.post(f"/things/{id}/facts", json={"property": "level", "value": "provincial", "instead": told})
    say_fact(hand, "区县级", "区县级")
    assert "级别现在是：省级" in hand.see("[data-changed]").inner_text()
    hand.page.get_by_role("button", name="仍记我填的").click()
    hand.see("text=已更正")
    assert facts(served, id, "level") == ["区县级"]
    hand.click("[data-undo]")
    hand.see("text=已撤销")
    served.client.post(f"/changes/{other.json()['change']}/undo", json={}).raise_for_status()
    assert hand.heard.pop().startswith("Failed to load resource")  # the browser's own line about the 412


def test_what_cannot_be_is_told_at_its_field(hand: Hand, served: Served) -> None:
    id = thing(served, WORKSHOP)
    hand.open(f"/t/{id}")
    hand.page.get_by_role("button", name="补录").click()
    choose(hand, "属性", "命名日期", "命名日期")
    hand.page.get_by_role("textbox", name="内容").fill("2025年13月")
    hand.page.get_by_role("button", name="记入").click()
    assert "“2025年13月”不是可用的日期" in hand.see(".el-dialog .el-form-item__error").inner_text()
    assert hand.count(".el-notification") == 0
    assert hand.heard.pop().startswith("Failed to load resource")  # the browser's own line about the 422


def test_two_are_merged_and_split_again(hand: Hand, served: Served) -> None:
    first, second = thing(served, "郭艳萍创新工作室"), thing(served, "李江锋创新工作室")
    hand.open(f"/t/{first}")
    hand.page.get_by_role("button", name="更多").click()
    hand.page.get_by_role("menuitem", name="合并").click()
    choose(hand, "另一个的名称", "李江锋", "李江锋创新工作室")
    hand.see("text=不同")
    hand.page.get_by_role("button", name="是同一个").click()
    hand.see("text=已合并")
    assert len(served.client.get(f"/things/{second}").json()["members"]) == 2
    hand.page.get_by_role("button", name="更多").click()
    hand.page.get_by_role("menuitem", name="拆回").click()
    hand.page.get_by_role("dialog").locator(".el-radio:has-text('李江锋创新工作室')").click()
    hand.page.get_by_role("dialog").get_by_role("button", name="拆回").click()
    hand.see("text=已拆回")
    assert len(served.client.get(f"/things/{second}").json()["members"]) == 1


def test_sources_that_disagree_are_settled_by_a_key(hand: Hand, served: Served) -> None:
    row = served.client.get("/things", params={"conflict": True}).json()["rows"][0]
    hand.open(f"/t/{row['id']}")
    hand.see("[data-conflict]")
    hand.press("1")  # nothing that merely is open is written
    hand.still()
    hand.page.evaluate("localStorage.setItem('lianyin.letters', 'off')")
    hand.page.reload()
    hand.see("[data-conflict]").focus()
    hand.press("1")
    hand.still()
    assert served.client.get(f"/things/{row['id']}/conflicts").json()["rows"]
    hand.page.evaluate("localStorage.clear()")
    hand.page.reload()
    hand.see("[data-conflict]").focus()
    hand.press("1")
    hand.see("text=已定")
    hand.page.wait_for_function("() => !document.querySelector('[data-conflict]')")
    assert served.client.get(f"/things/{row['id']}/conflicts").json()["rows"] == []


def test_a_pair_goes_on_a_shortlist_with_a_note(hand: Hand, served: Served) -> None:
    hand.open(f"/partners?id={thing(served, WORKSHOP)}")
    hand.see("[data-candidate]")
    hand.click("[data-act=shortlist]")
    hand.page.get_by_role("menuitem", name="新建备选").click()
    answer(hand, "港航备选")
    hand.see("text=已收入备选")
    hand.open("/shortlists")
    note = hand.page.get_by_label("备注")
    note.fill("先问秘书处")
    note.press("Enter")
    hand.still()
    list = served.client.get("/shortlists").json()["rows"][0]
    entry = served.client.get(f"/shortlists/{list['id']}").json()["rows"][0]
    assert (list["name"], len(entry["things"]), entry["note"]) == ("港航备选", 2, "先问秘书处")


def test_the_members_of_a_group_are_put_on_a_shortlist_and_taken_off_at_once(hand: Hand, served: Served) -> None:
    hand.open("/group?q=焊接&low=3&high=3")
    hand.see("[data-member]")
    hand.click("[data-act=shortlist]")
    hand.page.get_by_role("menuitem", name="新建备选").click()
    answer(hand, "焊接三家")
    hand.see("text=已收入备选")
    made = next(row for row in served.client.get("/shortlists").json()["rows"] if row["name"] == "焊接三家")

    def entries() -> list[list[str]]:
        return [[one["name"] for one in row["things"]] for row in served.client.get(f"/shortlists/{made['id']}").json()["rows"]]

    assert sorted(entries()) == sorted([name] for name in hand.texts("[data-member] a"))
    hand.page.locator(".el-notification:has-text('已收入备选') [data-undo]").click()
    hand.see("text=已撤销")
    assert entries() == []


def test_a_list_is_narrowed_to_a_place(hand: Hand, served: Served) -> None:
    hand.open("/things?kind=workshop")
    hand.page.locator(".filter:has([aria-label='地区'])").click()
    hand.page.keyboard.type("青岛")
    hand.page.locator(OPTION).get_by_text("青岛", exact=True).click()
    place = thing(served, "青岛")
    hand.until("id => location.search.includes(id)", place)
    hand.still()
    total = served.client.get("/things", params={"kind": "workshop", "place": place}).json()["total"]
    assert hand.see("h1:has-text('条')").inner_text() == f"{total} 条"


def test_the_data_of_a_list_is_all_of_it_whatever_is_listed(hand: Hand, served: Served) -> None:
    id = thing(served, WORKSHOP)
    hand.open("/things")
    hand.see("[data-rows] tbody tr")
    total = served.client.get("/things").json()["total"]
    assert hand.count("[data-rows] tbody tr") < total
    assert len({row["id"] for row in json.loads(saved(hand, "JSON"))}) == total
    assert len(saved(hand, "CSV").decode("utf-8-sig").splitlines()) == total + 1
    hand.open(f"/counted?id={id}&which=all")  # its question is no address that the server would write a file of
    hand.see("[data-rows] tbody tr")
    counted = served.client.post("/suggestions/counts", json={"id": id, "kinds": ["workshop"], "which": "all"}).json()["total"]
    assert hand.count("[data-rows] tbody tr") < counted
    assert len(json.loads(saved(hand, "JSON"))) == counted
    assert len(saved(hand, "CSV").decode("utf-8-sig").splitlines()) == counted + 1


def test_candidates_are_compared_side_by_side_with_keys(hand: Hand, served: Served) -> None:
    id = thing(served, WORKSHOP)
    hand.open(f"/partners?id={id}")
    hand.see("[data-candidate]").click()
    names = hand.texts("[data-candidate] .name")[:3]
    for name, picked in zip(names, (1, 2, 3), strict=True):
        hand.see(f"[data-candidate][aria-selected=true]:has-text('{name}')")
        hand.page.keyboard.press("c")
        hand.until("n => document.querySelectorAll('[data-picked]').length === n", picked)
        hand.page.keyboard.press("j")
    hand.page.keyboard.press("c")  # a fourth is not taken
    hand.page.wait_for_timeout(100)
    assert hand.count("[data-picked]") == 3
    hand.page.keyboard.press("Shift+C")
    panel = hand.see("[data-compare]")
    told = served.client.post("/suggestions", json={"id": id, "kinds": ["workshop"]}).json()["items"][:3]
    assert hand.texts("[data-compare] thead th a") == names == [item["name"] for item in told]
    for item in told:
        for number in (item["score"], item["give"]["score"], item["get"]["score"]):
            assert f"{number:.3f}" in panel.inner_text()
    hand.page.reload()  # all of it stands in the address
    assert hand.see("[data-compare]").locator("thead th").count() == 3
    hand.page.locator("[data-compare] thead button").first.click()
    hand.page.wait_for_function("() => document.querySelectorAll('[data-compare] thead th').length === 2")
    hand.page.locator("[data-compare]").press("Escape")
    hand.see("[data-candidate]")
    assert hand.count("[data-compare]") == 0


def test_a_note_goes_with_a_decision_and_is_corrected_later(hand: Hand, served: Served) -> None:
    id = thing(served, WORKSHOP)
    hand.open(f"/partners?id={id}")
    hand.see("[data-candidate]")
    hand.click("[data-act=note]")
    hand.page.locator("[data-note]").fill("先请秘书处引荐")
    hand.click("[data-act=accept]")
    hand.see("text=已采纳")
    hand.open(f"/t/{id}?tab=decisions")
    assert "先请秘书处引荐" in hand.see("[data-decisions]").inner_text()
    hand.click("[data-decisions] [data-act=note]")
    answer(hand, "已约周三")
    hand.see("[data-decisions] :text('已约周三')")
    hand.click("[data-undo]")
    hand.see("[data-decisions] :text('先请秘书处引荐')")
    decision = served.client.get("/decisions", params={"about": id}).json()["rows"][0]
    served.client.post(f"/changes/{decision['change']}/undo", json={"with_later": True})


def test_a_file_is_taken_in_and_taken_back(hand: Hand, served: Served) -> None:
    hand.open("/d")
    table = "名称,所在单位\n新来的创新工作室,某某厂\n".encode("gb18030")
    hand.page.locator("input[type=file]").set_input_files({"name": "名单.csv", "mimeType": "text/csv", "buffer": table})
    hand.see("text=新来的创新工作室")
    assert served.client.get("/search", params={"q": "新来的创新工作室"}).json()["hits"]
    hand.page.locator(".drop").get_by_role("button", name="撤销").click()
    hand.see("text=已撤销")
    assert "新来的创新工作室" not in [hit["name"] for hit in served.client.get("/search", params={"q": "新来的创新工作室"}).json()["hits"]]


def drop(hand: Hand, name: str, text: str) -> None:
    """Lets a file go over the page, not over the field."""
    hand.page.evaluate(
        """([name, text]) => {
            const held = new DataTransfer()
            held.items.add(new File([text], name))
            for (const type of ['dragover', 'drop'])
                document.querySelector('#page').dispatchEvent(new DragEvent(type, { dataTransfer: held, bubbles: true, cancelable: true }))
        }""",
        [name, text],
    )


@pytest.mark.parametrize("path", ["/", "/d"])
def test_a_file_let_go_over_home_or_documents_is_taken_in(hand: Hand, served: Served, path: str) -> None:
    hand.open(path)
    drop(hand, "名单.csv", "名称,所在单位\n落下来的创新工作室,某某厂\n")
    hand.see("[data-drop] :text('落下来的创新工作室')")
    assert served.client.get("/search", params={"q": "落下来的创新工作室"}).json()["hits"][0]["name"] == "落下来的创新工作室"
    hand.page.locator("[data-drop]").get_by_role("button", name="撤销").click()
    hand.see("text=已撤销")


def test_ones_own_data_begin_empty_and_the_demo_is_as_near(hand: Hand, served: Served) -> None:
    hand.open("/")
    other = hand.page.context.new_page()
    other.goto(f"{served.address}/d")
    other.locator("[data-rows]").wait_for()
    hand.open("/")
    hand.click("[data-ribbon]")
    hand.click("[data-other]")
    assert "还没有资料" in hand.see("[data-first]").inner_text()
    other.locator("th:has-text('事实')").click()  # another tab still shows the demo: it is told, and nothing of it is answered
    other.locator("[data-reload]").wait_for()
    drop(hand, "名单.csv", "名称,所在单位\n我的创新工作室,某某厂\n")
    hand.see("[data-drop] :text('我的创新工作室')")
    assert hand.see("[data-ribbon] .el-tag").inner_text() == "自己的资料"
    hand.see(".numbers .large b:text-is('1')")
    hand.click("[data-ribbon]")
    hand.click("[data-other]")
    hand.see("[data-ribbon]:has-text('示范资料')")
    hand.see("[data-pair]")
    assert "我的创新工作室" not in [hit["name"] for hit in served.client.get("/search", params={"q": "我的创新工作室"}).json()["hits"]]
    other.close()


def test_what_takes_long_says_so_and_is_called_off(hand: Hand) -> None:
    held: list[Route] = []
    hand.page.route("**/api/v1/groups", lambda route: held.append(route))
    hand.page.goto(f"{hand.address}/group?q=焊接&low=5&high=5")
    hand.see(".el-skeleton")
    assert "正在计算" in hand.see("[data-wait]").inner_text()
    with hand.page.expect_event("requestfailed") as ended:
        hand.click("[data-wait] [data-act=cancel]")
    assert ended.value == held[0].request
    hand.see("text=已取消")
    assert hand.count("[data-wait]") == 0
    hand.page.unroute("**/api/v1/groups")
    hand.page.get_by_role("button", name="再试一次").click()
    hand.see("[data-member]")


def test_a_screen_that_does_not_come_says_so_and_comes_when_it_can(hand: Hand) -> None:
    hand.open("/d")
    hand.page.context.set_offline(True)
    hand.page.get_by_role("link", name="组团").click()
    assert "暂时连不上服务" in hand.see("[role=alert]").locator("xpath=../..").inner_text()
    hand.page.context.set_offline(False)
    hand.page.get_by_role("link", name="组团").click()
    assert hand.see("[data-topic]").evaluate("field => getComputedStyle(field.closest('header')).paddingLeft") == "12px"  # not without its styles
    hand.heard.clear()  # the browser's own lines about what it could not load


def test_a_refusal_says_what_where_and_what_to_do(hand: Hand) -> None:
    hand.page.goto(f"{hand.address}/t/nobody")
    panel = hand.see("[role=alert]").inner_text()
    assert "发生了什么" in panel
    assert "怎么办" in panel
    assert hand.heard.pop().startswith("Failed to load resource")  # the browser's own line about the 404


def test_help_changes_size_theme_and_language(hand: Hand) -> None:
    hand.open("/")
    hand.page.keyboard.press("Shift+Slash")
    hand.page.locator("text=150%").click()
    hand.page.locator(".el-radio-button:has-text('深色')").click()
    hand.page.locator("text=English").click()
    hand.see("text=Letter keys")
    assert hand.page.evaluate("document.documentElement.className") == "dark"
    hand.page.keyboard.press("Escape")
    assert hand.see("nav").inner_text().startswith("Look")
    hand.page.evaluate("localStorage.clear()")


def test_recent_changes_are_listed_and_taken_back(hand: Hand, served: Served) -> None:
    made = served.client.post("/things", json={"kind": "workshop", "name": "试一试创新工作室", "reason": "试"}).json()
    hand.open("/")
    hand.page.keyboard.press("Control+z")
    hand.see(".el-drawer .change")
    hand.page.locator(".el-drawer .change button").first.click()
    hand.page.wait_for_function("() => document.querySelector('.el-drawer .reason').innerText.includes('撤销')")
    assert served.client.get(f"/things/{made['id']}").status_code == 404


def test_a_newer_version_is_told_and_shown_on_demand(hand: Hand, served: Served) -> None:
    hand.open("/d")
    served.client.post("/things", json={"kind": "workshop", "name": "后来的创新工作室"})
    hand.page.keyboard.press("/")
    hand.page.wait_for_function("() => document.activeElement.tagName === 'INPUT'")
    hand.page.keyboard.type("gya")
    notice = hand.see(".moved")
    assert "数据已到" in notice.inner_text()
    hand.page.keyboard.press("Escape")
    hand.page.locator(".moved button").click()
    hand.page.wait_for_function("() => !document.querySelector('.moved')")


def test_data_of_a_page_are_saved(hand: Hand) -> None:
    hand.open("/unnamed")
    assert json.loads(saved(hand, "JSON"))
    assert saved(hand, "Excel")[:2] == b"PK"


def test_a_number_of_a_suggestion_opens_exactly_so_many(hand: Hand, served: Served) -> None:
    hand.open(f"/partners?id={thing(served, WORKSHOP)}")
    lawful = hand.see("[data-lawful]").inner_text()
    hand.click("[data-lawful]")
    assert f"合规 {lawful} 条" in hand.see("h1:has-text('条')").inner_text()


def test_a_statement_far_down_is_shown_and_its_document_saved_whole(hand: Hand, served: Served) -> None:
    """Facts come in pages: the address of one brings its page, keys go on into the next, and a file holds all."""
    document = served.client.get("/documents").json()["rows"][0]["id"]
    told = served.client.get(f"/documents/{document}/statements", params={"limit": 1000}).json()["rows"]
    assert len(told) > 200
    hand.open(f"/d/{document}?s={told[205]['id']}")
    hand.see(f"[data-fact='{told[205]['id']}'][aria-selected=true]")
    assert hand.see("mark.chosen").is_visible()
    assert hand.count("[data-fact]") == len(told) - 200
    hand.page.locator("[role=grid]").focus()
    for _ in range(6):
        hand.press("k")
    hand.see(f"[data-fact='{told[199]['id']}'][aria-selected=true]")
    assert hand.count("[data-fact]") == len(told)
    assert json.loads(saved(hand, "JSON"))["statements"] == told


def test_what_is_cut_short_is_shown_whole_to_who_points_at_it(hand: Hand, served: Served) -> None:
    name = "很长名字" * 90 + "创新工作室"
    made = served.client.post("/things", json={"kind": "workshop", "name": name}).json()
    hand.open(f"/things?kind=workshop&new_since={made['version'] - 1}")
    link = hand.page.locator(f"main a[href='/t/{made['id']}']").first
    link.hover()
    assert hand.see("[data-whole]").inner_text() == name
    hand.page.mouse.move(1, 1)
    hand.page.locator("[data-whole]").wait_for(state="detached")
    hand.page.locator("[data-rows] button, [data-rows] a").first.focus()
    hand.page.keyboard.press("Shift+Tab")
    for _ in range(10):  # to it by key
        hand.page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    assert hand.see("[data-whole]").inner_text() == name
    hand.page.keyboard.press("Escape")
    hand.page.locator("[data-whole]").wait_for(state="detached")


def test_what_a_sentence_shows_to_be_wrong_is_corrected_from_there(hand: Hand, served: Served) -> None:
    hand.open(f"/partners?id={thing(served, WORKSHOP)}")
    hand.page.locator("[data-reason] [data-evidence]").first.click()
    hand.page.locator("[data-correct]").first.click()
    hand.page.get_by_role("dialog").filter(has_text="更正").wait_for()
    assert "/t/" in hand.page.url
    assert "fix=" not in hand.page.url


def test_a_spent_address_is_told_in_words_and_a_good_one_opens(browser: "Browser", served: Served) -> None:
    with browser.new_context(locale="zh-CN") as context:
        page = context.new_page()
        page.goto(f"{served.address}/map?token=spent")
        page.get_by_text("口令已经用过").wait_for()
        page.get_by_role("textbox").fill(f"{served.address}/?token={served.desk.sessions.invite()}")
        page.get_by_role("button", name="打开").click()
        page.get_by_role("link", name="图谱").wait_for()
        assert "token" not in page.url


def test_groups_say_what_was_read_and_what_of_it_nobody_tells(hand: Hand) -> None:
    hand.open("/group?q=你好")
    assert "没读出题目" in hand.see("[data-none]").inner_text()
    assert hand.count("[data-member]") == 0
    assert "较好方案" not in hand.see(".groups").inner_text()
    hand.open("/group?q=焊接自动化&low=5&high=5")
    assert ["焊接" in hand.see("[data-read]").inner_text(), "自动化" in hand.see("[data-read]").inner_text()] == [True, True]
    assert hand.see("[data-uncovered]").inner_text() == "题目里的“焊接”，组内材料均未见"
    hand.open("/group?q=焊接&low=5&high=5")
    assert "行业知识里未见联系" in hand.see("[data-member]:has-text('电源') [data-caution]").inner_text()


def test_a_near_tie_names_a_number_that_the_list_shows(hand: Hand, served: Served) -> None:
    hand.open(f"/partners?id={thing(served, WORKSHOP)}")
    hand.see("[data-candidate]")
    tied = 0
    for at in range(hand.count("[data-candidate]")):
        hand.page.locator("[data-candidate]").nth(at).click()
        hand.see(f"[data-number]:has-text('列表第 {at + 1} 位')")
        said = re.search(r"与列表第(\d+)位", hand.see("[data-card]").inner_text())
        tied += said is not None
        assert said is None or (said[1] != str(at + 1) and said[1] in hand.texts("[data-candidate] .rank"))
    assert tied
