"""What answers leave out of people: facts that the ontology marks as personal or sensitive, and in texts birth years, phones, contacts.

Texts keep their length (■) and their lines, so that every span still points to its words.
"""

import re
from collections.abc import Iterable
from typing import Any

from graph.record.model import Statement
from graph.record.ontology import DIGESTS, ontology

PRIVATE = ("personal", "sensitive")
"""Privacy classes of the ontology that are served only to those who ask for them."""

MASK = "■"
HIDDEN = "〔已隐去〕"

_GAP = r"\s{0,3}"
"""Bounded, like every run below: a text of 100,000 blanks or letters must not take the square of its length."""

_DAY = rf"(?:{_GAP}\d{{1,2}}{_GAP}月(?:{_GAP}\d{{1,2}}{_GAP}日)?)?"
_DATE = rf"(?:19|20)\d{{2}}{_GAP}年{_DAY}|(?:19|20)\d{{2}}[-./]\d{{1,2}}(?:[-./]\d{{1,2}})?"
_CONTACTS = re.compile(
    rf"""(?<![0-9A-Za-z])(?:
      1[3-9]\d[-\s]?\d{{4}}[-\s]?\d{{4}}                                          # mobile
    | [(（]?0\d{{2,3}}[)）]?[-－—\s]?\d{{7,8}}                                     # landline with its area code
    | [1-9]\d{{5}}(?:19|20)\d{{2}}(?:0[1-9]|1[0-2])\d{{5}}[\dXx]                   # identity card
    )(?![0-9A-Za-z])
    | (?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{{1,64}}@[A-Za-z0-9-]{{1,63}}(?:\.[A-Za-z0-9-]{{1,63}}){{1,8}}
    | (?<=生于){_GAP}(?:{_DATE})
    | (?:{_DATE})(?={_GAP}(?:出生|生(?:$|[人，,。；;、)）\s])))
    """,
    re.VERBOSE,
)
_IN_LINE = re.compile(".")
_COLUMN = re.compile("电话|手机|联系|邮箱|邮件|微信|身份证|证件号|出生|生日|年龄|住址|照片|phone|mobile|e-?mail|birth", re.IGNORECASE)
_MACHINES = frozenset({*DIGESTS, "address", "key", "code", "seen_version", "seen_recipe"})
"""Texts that no one wrote about a person: digests, addresses, keys."""


def withheld(text: str) -> str:
    """The text with birth dates, phones, identity numbers and mail addresses masked, at its old length.

    >>> withheld("张伟，1975年5月出生，电话13800138000")
    '张伟，■■■■■■■出生，电话■■■■■■■■■■■'
    >>> withheld("1998年生产，统一社会信用代码91210200241268437E")
    '1998年生产，统一社会信用代码91210200241268437E'
    """
    return _CONTACTS.sub(lambda match: _IN_LINE.sub(MASK, match.group()), text)


def said(property_id: str, value: str) -> str:
    """A value of a property as answers tell it."""
    prop = ontology().properties.get(property_id)
    return withheld(value) if prop and prop.type == "text" and property_id not in _MACHINES else value


def cell(column: str, text: str) -> str:
    """The cell of a kept table as answers tell it."""
    return HIDDEN if _COLUMN.search(column) else withheld(text)


def is_open(property_id: str) -> bool:
    """Whether facts of a property are served to everyone who may ask."""
    prop = ontology().properties.get(property_id)
    return prop is None or prop.privacy not in PRIVATE


def open_ones(statements: Iterable[Statement]) -> list[Statement]:
    """The statements that are served to everyone who may ask."""
    return [one for one in statements if is_open(one.property)]


def sealed(data: Any) -> Any:
    """Plain data with every text of it withheld."""
    if isinstance(data, str):
        return withheld(data)
    if isinstance(data, dict):
        return {key: sealed(value) for key, value in data.items()}
    return [sealed(value) for value in data] if isinstance(data, list) else data
