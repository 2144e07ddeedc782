"""Days as people and spreadsheets write them, in the record's form."""

import re
import unicodedata

from graph.record.errors import InvalidData
from graph.record.ontology import read_date

_WRITTEN = (
    re.compile("(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
    re.compile("(?P<year>[0-9]{4}) ?(?:年|[-/.](?=[0-9])) ?(?:(?P<month>[0-9]{1,2}) ?(?:月|[-/.](?=[0-9])|$) ?(?:(?P<day>[0-9]{1,2}) ?[日号]?)?)?"),
    re.compile("(?P<month>[0-9]{1,2})(?:月|-)(?P<day>[0-9]{1,2})[日号]?"),
)
_MIDNIGHT = re.compile("[ T]0?0:00(?::00(?:\\.0+)?)?$")


def iso_date(year: str, month: str | None, day: str | None) -> str:
    """The date value of told numbers, "" where there is no such day.

    >>> iso_date("2023", "7", "19"), iso_date("XXXX", "2", "30")
    ('2023-07-19', '')
    """
    try:
        return read_date("-".join([year, *(f"{int(part):02d}" for part in (month, day) if part)])).text
    except InvalidData:
        return ""


def written_date(text: str) -> str:
    """What a cell or a field tells as a day, a month or a year; the text itself where it is none, for whoever refuses it to quote.

    >>> [written_date(one) for one in ("2023年7月19日", "２０２３／７／１９", "2023.7", "2023年", "20230719", "7月19日", "2023-07~")]
    ['2023-07-19', '2023-07-19', '2023-07', '2023', '2023-07-19', 'XXXX-07-19', '2023-07~']
    >>> written_date("2023/7/19 0:00"), written_date("2023年2月30日"), written_date("7/19/2023")
    ('2023-07-19', '2023年2月30日', '7/19/2023')
    """
    plain = _MIDNIGHT.sub("", unicodedata.normalize("NFKC", text).strip())
    for form in _WRITTEN:
        if match := form.fullmatch(plain):
            told = match.groupdict()
            return iso_date(told.get("year") or "XXXX", told["month"], told["day"]) or text
    return text
