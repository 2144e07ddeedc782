"""Text as it was meant: pinyin glosses, stray spaces and invisible characters gone, one script, one width; every span goes both ways.

Glosses stand in brackets after a character, once or many times: 業(ye)(ye). A bracket is a gloss only where its Latin content is a
possible reading of the character or word right before it, so 数控(CNC), (二期) and (大连)有限公司 stay.
"""

import re
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from graph.analysis.text import simplified

HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af〇"
_LATIN = "A-Za-zＡ-Ｚａ-ｚ\u00c0-\u024f\u0300-\u036f"
_BLANK = " \t\u00a0\u2000-\u200a\u202f\u205f\u3000"
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]+"
)
"""Controls, zero-width characters, direction marks, variation selectors: never meant, and refused in values."""

_GLOSS = re.compile(rf"[{_BLANK}]*[(（][{_BLANK}]*([{_LATIN}][{_LATIN}:'’0-5０-５{_BLANK}-]{{0,60}}?)[{_BLANK}]*[)）]")
_GAP = re.compile(rf"(?<=[{HAN}])[{_BLANK}]+(?=[{HAN}])")
_TAIL = re.compile("(?:劳模|職工|职工|工匠)?[创創]新工作室|工作室|有限公司|有限责任公司")
"""What never begins a name of its own: a space before it is a stray one."""

_WORD_LIMIT = 6
"""Longest word, in characters, that one gloss is taken to cover."""

# Letters, digits and technical signs to half width. Sentence punctuation （，。；：！？、) stays: half-width it would read as a lost
# byte (?) or a decimal point. Dots in names and spaces have many shapes, each made one.
_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) not in "，；：！？"}
_WIDTH |= dict.fromkeys(map(ord, "•・‧∙⋅･‧"), "·") | dict.fromkeys([0x09, 0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")


@dataclass(frozen=True, slots=True)
class Clean:
    """The clean text and where each of its characters stood.

    `starts[i]` is the original offset of clean character i and `starts[i + 1]` its end, what was dropped after it included: spans
    that touch in one text touch in the other, and a span of a name holds the name's glosses (erasing must reach them).
    """

    text: str
    starts: "array[int]"

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original behind a span of the clean text."""
        return self.starts[start], self.starts[end]

    def cleaned(self, start: int, end: int) -> tuple[int, int]:
        """The span of the clean text that holds a span of the original."""
        return bisect_right(self.starts, start) - 1, bisect_left(self.starts, end)


def clean(text: str) -> Clean:
    """The clean form of a text, in time linear in its length; line breaks stay where they are.

    >>> clean("遼寧（liáo níng）海(hai)(hai)事局，数控(CNC)２０臺").text
    '辽宁海事局，数控(CNC)20台'
    """
    bare = _without(Clean(text, array("L", range(len(text) + 1))), (match.span() for match in _UNSEEN.finditer(text)))
    bare = _without(bare, _glosses(bare.text))
    bare = _without(bare, _stray_gaps(bare.text))
    return Clean(simplified(bare.text.translate(_WIDTH)), bare.starts)


def _without(before: Clean, drops: Iterable[tuple[int, int]]) -> Clean:
    """The text without some spans (in order). What is dropped belongs to the character before it, at the beginning to the first."""
    parts: list[str] = []
    starts = array("L")
    at = 0
    for start, end in drops:
        parts.append(before.text[at:start])
        starts.extend(before.starts[at:start])
        at = end
    if not at:
        return before
    parts.append(before.text[at:])
    starts.extend(before.starts[at:])
    if starts[0] and len(starts) > 1:
        starts[0] = before.starts[0]
    return Clean("".join(parts), starts)


def _glosses(text: str) -> Iterator[tuple[int, int]]:
    """The brackets that gloss what stands before them; `(gong)(gong)` each gloss the same character."""
    word, end = "", -1
    for match in _GLOSS.finditer(text):
        if match.start() != end:
            word = _word_before(text, match.start())
        if word and is_reading(word, match.group(1)):
            end = match.end()
            yield match.span()


def _word_before(text: str, at: int) -> str:
    start = at
    while start > 0 and at - start < _WORD_LIMIT and _is_han(text[start - 1]):
        start -= 1
    return text[start:at]


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff" or character > "\U0001ffff" or character == "〇"


@lru_cache(maxsize=65536)
def is_reading(word: str, latin: str) -> bool:
    """Whether the Latin text reads the end of the word: its last character, once or several times, or its last characters together.

    >>> is_reading("大連", "dà lián"), is_reading("大連", "lian2"), is_reading("数控", "CNC")
    (True, True, False)
    """
    syllables = _toneless(latin)
    last = _readings(word[-1])
    if syllables and all(syllable in last for syllable in syllables):
        return True
    joined = "".join(syllables)
    open_ends = {len(joined)}
    for character in reversed(word):
        open_ends = {end - len(said) for end in open_ends for said in _readings(character) if joined[:end].endswith(said)}
        if 0 in open_ends:
            return True
    return False


def _toneless(latin: str) -> list[str]:
    """Syllables as written apart, without tone marks and digits; ü as v."""
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", latin).lower()).replace("u\u0308", "v").replace("u:", "v")
    return re.findall("[a-z]+", "".join(character for character in folded if not unicodedata.combining(character)))


@lru_cache(maxsize=16384)
def _readings(character: str) -> frozenset[str]:
    """Every reading of a character and of its simplified form, toneless; with ü as v, as u and as yu."""
    from pypinyin import Style, pinyin

    found: set[str] = set()
    for form in {character, simplified(character)}:
        for said in pinyin(form, style=Style.NORMAL, heteronym=True, errors="ignore"):
            found.update(said)
    found |= {said.replace("v", other) for said in found for other in ("u", "yu") if "v" in said}
    return frozenset(found)


def _stray_gaps(text: str) -> Iterator[tuple[int, int]]:
    """Spaces inside a name (王　军) or a spaced-out line: after a character that stands alone, or before a tail that begins nothing.

    Other spaces stay: between words of two and more characters they part the columns of a flattened table.
    """
    for gap in _GAP.finditer(text):
        at = gap.start()
        alone = at < 2 or not (_is_han(text[at - 2]) or text[at - 2].isalnum())
        if alone or _TAIL.match(text, gap.end()):
            yield gap.span()
