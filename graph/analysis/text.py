"""Text as matching and search see it: one script, one width, grams, and readings in pinyin.

Two foldings of characters, for two uses. `simplified` reads text: it knows phrases (乾隆 stays 乾隆, 乾燥 becomes 干燥). `normal_name`
and `normalise` look at one character at a time, so that the folded form of a part is a part of the folded form of the whole: without
that, 乾 would not be found in 乾隆.
"""

import csv
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

from graph.data.tables import surnames

_VARIANTS = dict(zip(map(ord, "呉竝曁髙淸緖氷戸徳鉄黒靑尙増歩毎"), "吴并暨高清绪冰户德铁黑青尚增步每", strict=True))
"""Older or Japanese forms met in names that OpenCC leaves alone."""

_BRACKETS = str.maketrans("〔【［｛[{〕】］｝]}", "(((((())))))")
_UNSAID = re.compile(r"[\s\u200b-\u200d\ufeff\"'`´“”‘’「」『』《》〈〉«»·•・‧∙⋅。_~〜\u2010-\u2015\u2212-]|(?<!\d)\.|\.(?!\d)")
"""What a name may be written with or without: spaces, quotes, dots (not the point of 3.5), dashes."""

_WORD = re.compile(r"[a-z0-9]+(?:[.+#/-][a-z0-9]+)*|[^\W\da-z_]+")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af〇]")
_NAMED_AFTER = re.compile(
    "(?:[国省市]家?级|示范性?|青年|职工)?(?:劳模|劳动模范|创新|高?技能|大师|工匠|首席|专家|名师|名匠|工作室|团队|班组)"
)
"""What follows a person's name at the start of a workshop's name."""


@cache
def _characters() -> Mapping[int, str]:
    """Each traditional or variant character and its simplified one, for `str.translate`.

    Kept with us and not asked of OpenCC, because ids hang on it: between its releases 267 answers changed (甯, 舖, 逕). The file is the
    table of 1.4.2 (Apache-2.0), where a character's simplified form is never simplified again.
    """
    with files("graph.analysis").joinpath("characters.csv").open(encoding="utf-8") as lines:
        return {ord(row["character"]): row["simplified"] for row in csv.DictReader(lines)} | _VARIANTS


@cache
def _by_phrases() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


def simplified(text: str) -> str:
    """Text in simplified characters, code point by code point the same length, so that spans found in it hold in the original.

    OpenCC with phrases; where a phrase would change the length, character by character.

    >>> simplified("臺灣鍊鋼，乾隆年間")
    '台湾炼钢，乾隆年间'
    """
    converted = _by_phrases()(text).translate(_VARIANTS)
    return converted if len(converted) == len(text) else text.translate(_characters())


def normal_name(name: str) -> str:
    """The form by which two spellings are one name. Ids are made of it.

    NFKC, simplified, casefolded; brackets half-width and round; spaces, quotes, dots and dashes gone. It must be stable: another
    answer mints other ids. Its table of characters is ours, and `tests/analysis/test_text.py` pins a digest over all characters of
    Unicode 14 (Python 3.11). A release that must change it keeps
    the ids that sources already gave (DESIGN 2, thing id).

    >>> normal_name("ＡＢＢ（北京）電機・有限公司") == normal_name("abb(北京)电机有限公司")
    True
    """
    folded = unicodedata.normalize("NFKC", name).translate(_characters()).casefold()
    return _UNSAID.sub("", folded.translate(_BRACKETS))


def normalise(text: str) -> str:
    """Text as search compares it: NFKC, simplified character by character, casefolded, runs of space as one; punctuation stays.

    >>> normalise(" 齒輪　熱處理 \\n變形 ")
    '齿轮 热处理 变形'
    """
    return " ".join(unicodedata.normalize("NFKC", text).translate(_characters()).casefold().split())


def grams(text: str) -> list[str]:
    """What a text is made of for BM25: single Chinese characters and neighbouring pairs, Latin words and numbers whole.

    >>> grams("数控CNC加工")
    ['数', '控', '数控', 'cnc', '加', '工', '加工']
    """
    found: list[str] = []
    for run in _WORD.findall(normalise(text)):
        if _HAN.match(run):
            found += run
            found += [run[at : at + 2] for at in range(len(run) - 1)]
        else:
            found.append(run)
    return found


def _surname(name: str) -> str:
    """The surname that a name begins with, the longest first (欧阳 before 欧); empty where it begins with none."""
    known = surnames()
    return next((name[:length] for length in (3, 2, 1) if name[:length] in known), "")


def _begins_with_person(name: str, surname: str) -> bool:
    """Whether surname and one or two characters are followed by what workshops are named with: 管延安|劳模创新工作室."""
    return any(_NAMED_AFTER.match(name, len(surname) + given) for given in (1, 2))


def without_person(name: str) -> str:
    """A workshop's name without the person that it is named after, simplified and folded.

    >>> without_person("管延安劳模创新工作室"), without_person("港口机械创新工作室")
    ('劳模创新工作室', '港口机械创新工作室')
    """
    folded = normal_name(name)
    surname = _surname(folded)
    given = next((given for given in (1, 2) if surname and _NAMED_AFTER.match(folded, len(surname) + given)), 0)
    return folded[len(surname) + given :] if given else folded


def syllables(name: str, person: bool = False) -> list[tuple[str, str]]:
    """What `readings` joins: for each Chinese character its pinyin and initial; a Latin word or number is one syllable, kept whole."""
    folded = normal_name(name)
    surname = _surname(folded)
    if surname and not person and not _begins_with_person(folded, surname):
        surname = ""
    said = [(one, one[0]) for one in _surname_syllables(surname)] if surname else []
    for word in _WORD.findall(folded[len(surname) :]):
        if _HAN.match(word):
            said += [(one, one[0]) for one in _spoken(word)]
        elif word.isascii():
            said.append((word, word))
    return said


def readings(name: str, person: bool = False) -> tuple[str, str]:
    """Full pinyin and initials of a name, toneless, ü as v; Latin words and numbers stay whole, everything else falls out.

    A surname is read as a surname (单 shan, 曾 zeng) where `person` says so or the name begins with a person's name.

    >>> readings("管延安创新工作室"), readings("单雄信", person=True), readings("ABB公司")
    (('guanyananchuangxingongzuoshi', 'gyacxgzs'), ('shanxiongxin', 'sxx'), ('abbgongsi', 'abbgs'))
    """
    said = syllables(name, person)
    return "".join(full for full, _ in said), "".join(initial for _, initial in said)


def _spoken(run: str) -> list[str]:
    """Pinyin of Chinese characters, the longest known phrase first (长春 changchun, 银行 yinhang).

    pypinyin's own segmentation takes 43 µs for a name, this 6; over 2,629 runs in real names they differ in none.
    """
    phrases, said, at = _phrases(), list[str](), 0
    while at < len(run):
        size = next((size for size in (4, 3, 2) if run[at : at + size] in phrases), 1)
        said += _pinyin(run[at : at + size])
        at += size
    return said


@cache
def _phrases() -> frozenset[str]:
    from pypinyin.constants import PHRASES_DICT

    return frozenset(PHRASES_DICT)


@cache
def _pinyin(phrase: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin

    return tuple(lazy_pinyin(phrase))


@cache
def _surname_syllables(surname: str) -> tuple[str, ...]:
    """A surname's syllables. Of a compound one the table tells the whole (moqi), its characters' readings where to cut."""
    from pypinyin import Style, pinyin

    rest = surnames()[surname].replace("ü", "v")
    said: list[str] = []
    for character in reversed(surname[1:]):
        known = pinyin(character, style=Style.NORMAL, heteronym=True)[0]
        last = next((syllable for syllable in known if rest.endswith(syllable)), "")
        rest = rest.removesuffix(last)
        said.append(last)
    return (rest, *reversed(said))
