"""The plain data files of this folder as typed values, each read once when first asked for."""

import csv
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class PlaceRow(NamedTuple):
    """A place: short and official name, level (country, province, city, district), path of what it lies in, region code or ''."""

    name: str
    full: str
    level: str
    parent_path: str
    code: str
    aliases: tuple[str, ...]

    @property
    def path(self) -> str:
        """Names from the province down: `辽宁/大连`."""
        return self.name if self.parent_path in ("", "中国") else f"{self.parent_path}/{self.name}"


class GlossaryTrade(NamedTuple):
    """A trade as planners say it: its GB/T 4754 division, its words, and what firms say when they need it."""

    id: str
    zh: str
    en: str
    division: str
    terms: tuple[str, ...]
    symptoms: tuple[str, ...]
    makes: tuple[str, ...]
    uses: tuple[str, ...]
    methods: tuple[str, ...]


class Glossary(NamedTuple):
    """The industry glossary: the closed list of cross-trade methods, and the trades."""

    methods: tuple[str, ...]
    trades: tuple[GlossaryTrade, ...]


def _rows(name: str) -> Iterator[dict[str, str]]:
    with files("graph.data").joinpath(name).open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


@cache
def places() -> tuple[PlaceRow, ...]:
    """All places of places.csv, outer ones first."""
    return tuple(
        PlaceRow(row["name"], row["full"], row["level"], row["parent"], row["code"], tuple(filter(None, row["aliases"].split(";"))))
        for row in _rows("places.csv")
    )


@cache
def surnames() -> Mapping[str, str]:
    """Surname (simplified, one or two characters) to its toneless pinyin as a surname."""
    return {row["surname"]: row["reading"] for row in _rows("surnames.csv")}


@cache
def glossary() -> Glossary:
    """The glossary of glossary.toml."""
    table = tomllib.loads(files("graph.data").joinpath("glossary.toml").read_text("utf-8"))
    words = ("terms", "symptoms", "makes", "uses", "methods")
    trades = (
        GlossaryTrade(row["id"], row["zh"], row["en"], row["division"], *(tuple(row[key]) for key in words)) for row in table["trade"]
    )
    return Glossary(tuple(table["methods"]), tuple(trades))
