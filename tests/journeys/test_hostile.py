"""Hostile names on the screens: none runs, none breaks the layout, each is shown as it is."""

import unicodedata

from tests.api.serving import Served
from tests.journeys.hands import Hand
from tests.journeys.test_looks import OVERFLOW

RUN = "window.__ran=1"
NAMES = [
    f"<script>{RUN}</script>", f"<img src=x onerror={RUN}>", f"\"><svg onload={RUN}>", f"javascript:{RUN}", f"{{{{{RUN}}}}}", f"${{{RUN}}}",
    f"<a href='javascript:{RUN}'>甲</a>", "<b>粗</b>", "<!-- 注 -->", "</textarea></title></style>", "&lt;甲&gt;&amp;", "&#x202e;甲", "<iframe src=//x>",
    f"<body onload={RUN}>", f"<details open ontoggle={RUN}>", "<style>@import'x';*{display:none}</style>", "<marquee>甲", "<math><mi//xlink:href='x'>",
    "=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "'甲", "\"甲\"", "`甲`", "甲;DROP TABLE things;--", "' OR 1=1 --", "甲,乙",
    "甲\\n乙", "%00%0a", "../../etc/passwd", "C:\\甲", "//甲", "?q=1&kind=2#x", "#甲", "@甲 {count} | {0}", "@:brand", "$t('brand')", "{n}", "|甲|乙|",
    "甲" * 10_000, "W" * 300, "ﷺ" * 20, "👩‍👩‍👧‍👦🏳️‍🌈", "👨🏿‍🚀" * 30, "e\u0301\u0327" * 10, "Z" + "\u0336" * 100 + "algo", "𠮷野家𡃁𪚥", "㐀㐁㐂", "ａｂｃ１２３", "ｶﾀｶﾅ",
    "Ünïcödé", "العربية", "עברית", "हिन्दी", "null", "undefined", "NaN", "__proto__", "constructor", "toString", "0", "true", "[object Object]", "甲　乙",
]  # fmt: skip


def test_hostile_names_are_only_names(hand: Hand, served: Served) -> None:
    made = {}
    for name in NAMES:
        answer = served.client.post("/things", json={"kind": "workshop", "name": name, "reason": name[:500]})
        assert answer.status_code == 201, (name[:40], answer.text)
        made[answer.json()["id"]] = unicodedata.normalize("NFC", name).strip()
    assert len(made) >= 60
    unit = next(iter(made))
    served.client.post(f"/things/{unit}/facts", json={"property": "alias", "value": NAMES[1]})
    own = [f"/t/{id}" for at, id in enumerate(made) if at < 19 or at % 4 == 0]  # each that could run, some of the others: a second each
    pages = ["/", "/things?kind=workshop&missing=place", "/map", *own, f"/partners?id={unit}"]
    for path in pages:
        hand.page.goto(hand.address + path)  # not until all is still, as `open` does: there are many
        wanted = "#page h1" if path.startswith("/t/") else "#page .panel, #page canvas"
        hand.page.locator(wanted).first.wait_for(state="attached")
        assert hand.page.evaluate("() => window.__ran") is None, path
        assert hand.page.evaluate(OVERFLOW) == [], path
        if path.startswith("/t/"):
            assert hand.page.locator(wanted).first.text_content() == made[path[3:]], path
    hand.page.keyboard.press("Control+z")
    hand.see(".el-drawer .change")
    for typed in NAMES[:6]:
        hand.open("/things?" + "q=" + typed.replace("&", "").replace("#", "").replace("+", ""))
    assert hand.page.evaluate("() => window.__ran") is None


def test_hostile_needs_and_addresses_are_only_words(hand: Hand) -> None:
    for words in (NAMES[0], NAMES[1], "甲" * 1900, "{n} @:brand |"):
        hand.page.goto(hand.address + "/")
        hand.page.evaluate("words => history.replaceState(null, '', '/partners?' + new URLSearchParams({q: words}))", words)
        hand.page.reload()
        hand.page.wait_for_load_state("networkidle")
        assert hand.page.locator("[data-need]").input_value() == words
        assert hand.page.evaluate("() => window.__ran") is None
        assert hand.page.evaluate(OVERFLOW) == []
