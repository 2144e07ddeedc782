"""Names that someone may give in order to break something; and what no text may hold, with the character that is told."""

import unicodedata
from collections.abc import Iterator

from graph.record.model import Statement, desk, thing_id

RUN = "window.__ran=1"
NAMES = [
    f"<script>{RUN}</script>", f"<img src=x onerror={RUN}>", f"\"><svg onload={RUN}>", f"javascript:{RUN}", f"{{{{{RUN}}}}}",
    f"${{{RUN}}}",
    f"<a href='javascript:{RUN}'>甲</a>", "<b>粗</b>", "<!-- 注 -->", "</textarea></title></style>", "&lt;甲&gt;&amp;", "&#x202e;甲",
    "<iframe src=//x>",
    f"<body onload={RUN}>", f"<details open ontoggle={RUN}>", "<style>@import'x';*{display:none}</style>", "<marquee>甲",
    "<math><mi//xlink:href='x'>",
    "]]><script>甲", "<?xml version='1.0'?>", "=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "'=1", "''+1", "＝1＋1", "＠甲",
    "'甲", "\"甲\"", "`甲`",
    "甲;DROP TABLE things;--", "' OR 1=1 --", "甲,乙", "甲\\n乙", "%00%0a", "../../etc/passwd", "C:\\甲", "//甲", "?q=1&kind=2#x",
    "#甲", "甲!乙@丙",
    "@甲 {count} | {0}", "@:brand", "$t('brand')", "{n}", "|甲|乙|", "[bold]甲[/bold]", "_x0041_甲", "甲" * 10_000, "W" * 300, "ﷺ" * 20,
    "👩‍👩‍👧‍👦🏳️‍🌈", "👨🏿‍🚀" * 30, "e\u0301\u0327" * 10, "Z" + "\u0336" * 100 + "algo", "𠮷野家𡃁𪚥", "㐀㐁㐂", "𰻝𱁬𲎯",
    "ａｂｃ１２３", "ｶﾀｶﾅ", "甲\u2028乙", "甲\ufffe乙",
    "甲\u200d乙\u200c丙", "Ünïcödé", "العربية", "עברית", "हिन्दी", "null", "undefined", "NaN", "__proto__", "constructor", "toString",
    "0", "true",
    "[object Object]", "甲　乙",
]  # fmt: skip

REFUSED = {
    "甲\u202e乙": "U+202E", "\u200f甲": "U+200F", "甲\u2066": "U+2066", "\u061c甲": "U+061C", "甲\x07乙": "U+0007", "\x1f甲": "U+001F",
    "甲\x85": "U+0085",
    "甲\x7f": "U+007F", "甲\0乙": "U+0000", "甲\x1b[31m": "U+001B",
}  # fmt: skip
SURROGATE = "甲\ud800乙"


def kept(name: str) -> str:
    """How a name is told back."""
    return unicodedata.normalize("NFC", name).strip()


def told() -> Iterator[Statement]:
    """A city in which all is called so: workshops that suit each other, their firms, leaders, groups, needs, documents."""
    names = list(dict.fromkeys(map(kept, NAMES)))
    for at, name in enumerate(names):
        room, firm, person, group = (thing_id(kind, "desk", name) for kind in ("workshop", "organisation", "person", "group"))
        need, paper, source = thing_id("need", "desk", name), f"http://hostile.example/{at}", desk("测试")
        place, trade, (gives, takes) = thing_id("place", "desk", str(at % 3)), ("C34", "C36", "C37")[at % 3], WORK[at % 2]
        yield from (
            *(Statement(id, "kind", kind, source) for id, kind in ((room, "workshop"), (firm, "organisation"), (person, "person"),
                (group, "group"), (need, "need"), (place, "place"), (thing_id("document", "address", paper), "document"))),
            *(Statement(id, "name", name, source) for id in (room, firm, person, group, need, thing_id("document", "address", paper))),
            Statement(place, "name", names[at % 3], source), Statement(room, "host", firm, source),
            Statement(room, "leader", person, source),
            Statement(firm, "place", place, source), Statement(firm, "trade", trade, source), Statement(person, "employer", firm, source),
            Statement(room, "offers", gives, paper), Statement(room, "seeks", takes, paper), Statement(room, "alias", name, paper),
            Statement(room, "skill", name, paper), Statement(room, "description", name, paper),
            Statement(room, "note", f"{name}的备注", paper),
            Statement(group, "member", room, paper), Statement(group, "member", thing_id("workshop", "desk", names[at - 1]), paper),
            Statement(group, "topic", name, paper), Statement(need, "raised_by", firm, paper), Statement(need,
            "description", takes, paper),
        )  # fmt: skip


WORK = (("焊接机器人调试、无损检测", "数控加工与热处理变形控制"), ("数控加工与热处理变形控制", "焊接机器人调试、无损检测"))
