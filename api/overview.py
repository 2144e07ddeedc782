"""What home shows: what is known, what to discuss, what is missing, what changed. Every number names the list that has so many rows.

A `path` is that of the list, below /api/v1, with its query.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from api import looking, network
from api.looking import PAGE, rows_page
from api.matches import today
from api.published import Published
from api.verbs import Data, recorded
from graph.analysis.privacy import sealed
from graph.record.ontology import MEMBER_ROLES, Quantity, ontology, read_quantity
from graph.record.snapshot import Thing

if TYPE_CHECKING:
    from matching.pairs import Pair

SHOWN = 5
"""Pairs on home."""

LATEST = 10
"""Changes and examples on home."""

HELD: Mapping[str, tuple[str, str]] = {
    "trade": ("行业未载", "trade unknown"), "host": ("单位未载", "unit unknown"), "place": ("地区未载", "place unknown"),
    "level": ("级别未载", "level unknown"),
}  # fmt: skip
"""What is missing of workshops, by property."""

COUNTED: Mapping[str, str] = {
    "units": "家单位", "firms": "家企业", "workshops": "个工作室", "parties": "方", "people": "人", "craftsmen": "名工匠",
    "unions": "家工会", "alliances": "个联盟", "个": "个", "家": "家",
}  # fmt: skip
"""Units of what can be named one by one, as they are shown; 35 pairs are not so many members."""

NAMED_AS: Mapping[str, str] = {"工作室": "workshop", "团组": "group", "联盟": "group", "基地": "organisation", "单位": "organisation"}
"""Kinds by the word that a measure ends with."""


def home(published: Published, *, since: int | None = None, with_pairs: bool = True, lang: str = "zh") -> Data:
    """All of home at once. `since` is the version that was looked at before. Raises NotFound `version_unknown`.

    Pairs need the matcher, which a change of facts makes anew (0.3 s at 1,469 workshops, and 0.7 s to score them): the rest does not.
    """
    return {
        "version": published.version, "counts": _counts(published), "unnamed": _unnamed_counts(published), "gaps": _gaps(published, lang),
        "pairs": _best(published, lang) if with_pairs else None,
        "clusters": network.communities(published)["clusters"],
        "bridges": [_bridges(published, links, lang) for links in (0, 1)],
        "changes": None if since is None else changes(published, since, lang),
    }  # fmt: skip


AHEAD: "Sequence[Callable[[Published], object]]" = (
    lambda one: home(one, with_pairs=False), lambda one: one.matcher, lambda one: pairs(one, limit=SHOWN)
)  # fmt: skip
"""What makes home's parts of a version, step by step."""


# ---- numbers


def _counts(published: Published) -> list[Data]:
    """How many things of each kind there are."""
    table = ontology().kinds.values()
    totals = {kind.id: len(published.snapshot.live(kind.id)) for kind in table}
    return [
        {"code": kind.id, "label": kind.zh, "label_en": kind.en, "total": totals[kind.id], "path": f"/things?kind={kind.id}"}
        for kind in table if totals[kind.id] or kind.id in ("workshop", "person", "group", "need", "document")
    ]  # fmt: skip


def _gaps(published: Published, lang: str) -> list[Data]:
    """What is not told of workshops; of how many things different values are told."""
    asked = [
        (code, words, {"kind": ["workshop"], "missing": [code]}, f"/things?kind=workshop&missing={code}") for code, words in HELD.items()
    ]
    asked.append(("conflict", ("说法不一", "told differently"), {"conflict": ["yes"]}, "/things?conflict=true"))
    return [
        {"code": code, "label": words[lang != "zh"], "total": looking.things(published, wanted, limit=1)["total"], "path": path}
        for code, words, wanted, path in asked
    ]  # fmt: skip


def _bridges(published: Published, links: int, lang: str) -> Data:
    words = (("片区之间无合作", "no cooperation between clusters"), ("片区之间单点相连", "clusters on a single link"))[links]
    total = network.gaps(published, links=links, limit=1)["total"]
    return {"code": ("none", "single")[links], "label": words[lang != "zh"], "total": total, "path": f"/network/gaps?links={links}"}


# ---- pairs


def pairs(published: Published, *, cursor: str = "", limit: int = PAGE, lang: str = "zh") -> Data:
    """A page of the pairs that are up for discussion: of every workshop the best one that nobody has decided about."""
    page = rows_page(published, [{"pair": one} for one in _undecided(published)], cursor, limit)
    return {**page, "rows": [_shown(published, row["pair"], lang) for row in page["rows"]]}


def _undecided(published: Published) -> "list[Pair]":
    from matching.pairs import partners

    matcher, day = published.matcher, today()
    return published.part(f"undecided {day}", lambda _: partners(matcher).undecided(matcher, day))


def _best(published: Published, lang: str) -> Data:
    found = _undecided(published)
    return {"total": len(found), "path": "/pairs", "rows": [_shown(published, one, lang) for one in _apart(found)]}


def _apart(pairs: "Sequence[Pair]") -> "list[Pair]":
    """The best few of which no two share a workshop: five pairs of the same one would be one suggestion."""
    chosen: list[Pair] = []
    for pair in pairs:
        taken = {row for one in chosen for row in one[:2]}
        if not taken & set(pair[:2]) and len(chosen) < SHOWN:
            chosen.append(pair)
    return chosen


def _shown(published: Published, pair: "Pair", lang: str) -> Data:
    return published.part(f"pair {pair.asked} {pair.partner} {lang}", lambda one: _explained(one, pair, lang))


def _explained(published: Published, pair: "Pair", lang: str) -> Data:
    """A pair with its first reason and its first caution; what stands behind them is asked for by /suggestions."""
    from matching.pairs import explained

    matcher = published.matcher
    item = sealed(explained(matcher, pair, lang))
    asked = looking.thing_row(published, int(matcher.index.profiles.slots[pair.asked]))
    partner = looking.thing_row(published, int(matcher.index.profiles.slots[pair.partner]))
    return {
        "first": asked, "second": partner, "score": item["score"], "give": item["give"] and item["give"]["score"],
        "get": item["get"]["score"], "reason": next(iter(item["reasons"]), None), "caution": next(iter(item["cautions"]), None),
    }  # fmt: skip


# ---- told but not named


def unnamed(published: Published, *, cursor: str = "", limit: int = PAGE) -> Data:
    """A page of the figures that say how many there are where fewer are named (文件称有、尚未具名), the largest gap first."""
    return rows_page(published, published.part("unnamed", _made_unnamed), cursor, limit)


def _unnamed_counts(published: Published) -> Data:
    rows = published.part("unnamed", _made_unnamed)
    return {"total": len(rows), "things": sum(row["more"] for row in rows), "path": "/unnamed"}


def _made_unnamed(published: Published) -> list[Data]:
    snapshot = published.snapshot
    rows = [*_of_groups(snapshot.things("group")), *_of_events(published, snapshot.things("figure"))]
    return sorted((row for row in rows if row["more"] > 0), key=lambda row: (-row["more"], row["name"], row["id"], row["what"]))


def _of_groups(groups: Iterable[Thing]) -> Iterable[Data]:
    """Groups of which the size is told, held against the members that are."""
    for group in groups:
        members = {value for role in MEMBER_ROLES for value in group.values(role)}
        size = group.value("told_size")
        if size and read_quantity(size).unit in COUNTED:
            yield _gap(group, "成员", read_quantity(size), len(members), _statement(group, "told_size"))


def _of_events(published: Published, figures: Iterable[Thing]) -> Iterable[Data]:
    """Figures of an event (命名20个), held against the things that it is told to be about."""
    snapshot = published.snapshot
    for figure in figures:
        measure, told = figure.value("measure") or "", figure.value("quantity")
        kind = next((kind for word, kind in NAMED_AS.items() if measure.endswith(word)), None)
        events = [snapshot.thing(id) for id in figure.values("subject") if snapshot.has(id)]
        for event in events if kind and told else ():
            if event.kind == "event" and read_quantity(told or "").unit in COUNTED:
                named = [one for one in map(snapshot.thing, event.values("subject")) if one.kind == kind and _is_of(one, measure)]
                yield _gap(event, measure, read_quantity(told or ""), len(named), _statement(figure, "quantity"))


def _is_of(thing: Thing, measure: str) -> bool:
    """Whether a thing is of what was counted: of two classes of workshops (劳模, 职工) each is counted by its own figure."""
    return thing.kind != "workshop" or (thing.value("class") or "") in measure


def _statement(thing: Thing, property_id: str) -> str:
    return next(fact.row.statement.id for fact in thing.facts if fact.property_id == property_id and fact.current)


def _gap(thing: Thing, what: str, told: Quantity, named: int, statement: str) -> Data:
    """`more` counts whole things: of 近300项 at most so many, of 3000余项 at least."""
    bound = "at_least" if told.op in (">", ">=") else "at_most" if told.op in ("<", "<=") else "about" if told.op == "~" else "exactly"
    return {
        "id": thing.id, "kind": thing.kind, "name": thing.name, "what": what, "told": f"{_number(told.number)}{COUNTED[told.unit]}",
        "bound": bound, "named": named, "more": int(told.number) - named, "statement": statement,
    }  # fmt: skip


def _number(number: Decimal) -> str:
    return format(number.normalize(), "f")


# ---- since the last visit


def changes(published: Published, since: int, lang: str = "zh") -> Data:
    """What changed after a version, in words, with the things that are new, those told of anew, and the latest changes."""
    moved = looking.moved(published, since)
    told = {
        "from": since, "to": published.version, "adds": moved.adds, "retracts": moved.retracts,
        "new": _listed(published, moved.new, f"/things?new_since={since}"),
        "changed": _listed(published, moved.changed, f"/things?changed_since={since}"),
        "latest": [recorded(one) for one in list(published.reader.changes(max(since, published.version - LATEST)))[::-1]
                   if one.number <= published.version],
    }  # fmt: skip
    return {**told, "text": _said(told, lang)}


def _listed(published: Published, slots: Sequence[int], path: str) -> Data:
    return {"total": len(slots), "path": path, "rows": [looking.thing_row(published, slot) for slot in slots[:LATEST]]}


def _said(told: Data, lang: str) -> str:
    new, changed = told["new"]["total"], told["changed"]["total"]
    if not (told["adds"] or told["retracts"]):
        return "没有变化" if lang == "zh" else "nothing has changed"
    if lang == "zh":
        return f"第{told['from']}→{told['to']}版：新增{new}个对象，更改{changed}个；记入{told['adds']}条，撤回{told['retracts']}条"
    return (
        f"version {told['from']} to {told['to']}: {new} new things, {changed} changed; "
        f"{told['adds']} statements told, {told['retracts']} taken back"
    )


