"""Places by what people call them: short and full names, a district inside its city, and never a guess between namesakes."""

from collections.abc import Iterator, Mapping
from functools import cache

from graph.data.tables import PlaceRow, places

COUNTRY = "中国"
"""Everything lies within it, so it starts no path and differs from nothing."""


@cache
def _by_name() -> Mapping[str, tuple[PlaceRow, ...]]:
    found: dict[str, list[PlaceRow]] = {}
    for row in places():
        for called in {row.name, row.full, *row.aliases}:
            found.setdefault(called, []).append(row)
    return {called: tuple(rows) for called, rows in found.items()}


@cache
def locate(name: str, *, province: str = "", city: str = "") -> PlaceRow | None:
    """The place called so, inside the province or city where these are told; None where unknown, ambiguous or contradicted.

    A bare name that is also a province's means the province: the city of that name mostly lies within it, and `吉林市` says itself.

    >>> locate("大连市").path
    '辽宁/大连'
    >>> locate("中山", city="大连").path
    '辽宁/大连/中山'
    >>> locate("中山") is None
    True
    """
    outer = _outer(province.strip(), city.strip())
    if outer is None and (province.strip() or city.strip()):
        return None
    called = name.strip()
    return _named(called, outer) or _joined(called, outer)


def _outer(province: str, city: str) -> PlaceRow | None:
    within = _one(row for row in _by_name().get(province, ()) if row.level == "province") if province else None
    if not city or (province and within is None):
        return within
    return _one(
        row
        for row in _by_name().get(city, ())
        if row.level in ("city", "province") and (within is None or inside(row.path, within.path)) and not _shadowed(row, city, within)
    )


def _shadowed(row: PlaceRow, name: str, within: PlaceRow | None) -> bool:
    """Whether the province `row` gives way to a city of its own name, as in city 吉林 of province 吉林."""
    others = (one for one in _by_name().get(name, ()) if one.level == "city")
    return row.level == "province" and any(within is None or inside(one.path, within.path) for one in others)


def _named(name: str, outer: PlaceRow | None) -> PlaceRow | None:
    rows = _by_name().get(name, ())
    if outer is None:
        return _one(row for row in rows if row.level in ("country", "province")) or _one(iter(rows))
    within = [row for row in rows if inside(row.path, outer.path)]
    return _one(row for row in within if row is not outer) or _one(iter(within))


def _joined(name: str, outer: PlaceRow | None) -> PlaceRow | None:
    """A place written with those it lies in, as 辽宁省大连市 or 大连高新区: every split whose halves fit must agree."""
    found = set()
    for cut in range(2, len(name) - 1):
        first = _named(name[:cut], outer)
        last = first and (_named(name[cut:], first) or _joined(name[cut:], first))
        if first and last and last is not first:
            found.add(last)
    return _one(iter(found))


def _one(rows: Iterator[PlaceRow]) -> PlaceRow | None:
    first = next(rows, None)
    return first if next(rows, None) is None else None


def inside(path: str, outer: str) -> bool:
    """Whether a place is the other or lies within it.

    >>> inside("辽宁/大连/中山", "辽宁/大连")
    True
    """
    parts = _parts(outer)
    return _parts(path)[: len(parts)] == parts


def differ(path_a: str, path_b: str) -> bool:
    """Whether two places are known to differ: compared at the finest level that both tell.

    >>> differ("辽宁/大连", "辽宁/沈阳"), differ("辽宁/大连", "辽宁"), differ("", "辽宁")
    (True, False, False)
    """
    return not (inside(path_a, path_b) or inside(path_b, path_a))


def _parts(path: str) -> tuple[str, ...]:
    return () if path in ("", COUNTRY) else tuple(path.split("/"))
