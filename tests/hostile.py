"""Names that someone may give in order to break something; and what no text may hold, with the character that is told."""

import unicodedata

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
