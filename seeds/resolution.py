"""From readings to one change: which ids are known already, what is new, what a source no longer tells.

Nothing joins itself: two ids are one thing only by a judgement, made by hand or shipped with the first run.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from graph.analysis.text import normal_name
from graph.record.model import Statement, thing_id
from graph.record.ontology import ontology
from graph.record.snapshot import Snapshot
from seeds.reading import Claim, Named, Reading

DATA = Path(__file__).parent / "data"
FACTS = ("workshops.csv", "experts.csv", "companies.csv", "needs.csv", "groups.csv", "group_members.csv")
FIRST_RUN = "rule:first_run"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What one change would do. `retractions` are statement ids that the same sources told before and no longer do."""

    adds: tuple[Statement, ...]
    unchanged: int
    retractions: tuple[str, ...]
    notes: Mapping[str, int]
    namesakes: int
    """New workshops that are called as a known one is: an edition of a list under another file name tells all of it anew."""


def resolve(readings: Iterable[Reading], snapshot: Snapshot) -> Resolved:
    """Compares readings with what is known. A thing that its source told before keeps the id it was given then."""
    readings = list(readings)
    wanted: dict[str, Statement] = {}
    sources: set[str] = set()
    notes: dict[str, int] = {}
    for reading in readings:
        known = _known_ids(reading, snapshot)
        for claim in reading.claims:
            one = _with_ids(claim.statement, known)
            wanted.setdefault(one.id, one)
            sources.add(one.source)
        sources.add(reading.source)
        for note, count in reading.notes.items():
            notes[note] = notes.get(note, 0) + count
    live = {row.statement.id: row.statement for row in snapshot.told_by(*sorted(sources))}
    series = {reading.source for reading in readings}
    pages = _pages_of(series, live.values(), snapshot) if any(source.startswith("table:") for source in series) else {}
    live.update(pages)
    adds = tuple(one for id, one in sorted(wanted.items()) if id not in live)
    gone = tuple(sorted(id for id, one in live.items() if id not in wanted and one.property not in ("edition", "same_as")))
    return Resolved(adds, len(wanted) - len(adds), gone, notes, _namesakes(adds, snapshot))


def _namesakes(adds: Iterable[Statement], snapshot: Snapshot) -> int:
    new = {one.subject for one in adds if (one.property, one.value) == ("kind", "workshop") and not snapshot.has(one.subject)}
    if not new:  # most imports: all names need not be read
        return 0
    told, workshop = snapshot.texts(("name",)), ontology().kind_ids.index("workshop")
    known = {normal_name(name) for slot, name in zip(told.slot.tolist(), told.value, strict=True) if snapshot.kind[slot] == workshop}
    return len({one.subject for one in adds if one.property == "name" and one.subject in new and normal_name(one.value) in known})


def _pages_of(series: Iterable[str], told: Iterable[Statement], snapshot: Snapshot) -> dict[str, Statement]:
    """What rows of these tables told under pages that no row names any more: found by the editions that their locators name."""
    editions = {
        fact.value[:16]
        for source in series
        for document in [thing_id("document", "series", source.removeprefix("table:"))]
        if source.startswith("table:") and snapshot.has(document)
        for fact in snapshot.thing(document).facts
        if fact.property_id == "edition"
    }
    if not editions:
        return {}
    others = [source for source in snapshot.sources() if source.startswith("http")]
    rows = snapshot.told_by(*others) if others else []
    return {row.statement.id: row.statement for row in rows if row.statement.locator.rpartition("@")[2] in editions}


def _with_ids(one: Statement, known: Mapping[str, str]) -> Statement:
    if not known:
        return one
    value = known.get(one.value, one.value) if ontology().properties[one.property].type == "ref" else one.value
    return one._replace(subject=known.get(one.subject, one.subject), value=value)


def _known_ids(reading: Reading, snapshot: Snapshot) -> dict[str, str]:
    """New id to old id, where this source told a thing of that kind and key before and a reader's rules have changed since.

    Only where exactly one old thing answers to the key under today's normalisation, and the new id is not there itself.
    """
    missing = [named for named in reading.things if not snapshot.has(named.id)]
    if not missing:
        return {}
    told = [row.statement for row in snapshot.told_by(*{claim.statement.source for claim in reading.claims})]
    kinds = {one.subject: one.value for one in told if one.property == "kind"}
    keyed: dict[tuple[str, str], set[str]] = {}
    for one in told:
        if one.property in ("name", "key") and one.subject in kinds:
            keyed.setdefault((kinds[one.subject], normal_name(one.value)), set()).add(one.subject)
    now = {named.id for named in reading.things}
    found = {}
    for named in missing:
        old = keyed.get((named.kind, normal_name(_key(named))), set()) - now
        if len(old) == 1:
            found[named.id] = old.pop()
    return found


def _key(named: Named) -> str:
    return named.key[-1] if named.scheme == "series" and len(named.key) == 3 else named.name


# ---- the first run


def first_run() -> list[Reading]:
    """The think tank of the first run: the seed document and the facts tables, with what joins them."""
    from seeds import announcements, documents, tables

    seed = announcements.read(documents.read_bytes((DATA / "dalian_announcement.txt").read_bytes(), name="dalian_announcement.txt"))
    facts = tables.read_tables({name: (DATA / "facts" / name).read_bytes() for name in FACTS}, tables.facts_mapping())
    facts = replace(facts, claims=(*facts.claims, *_aliases(facts)))
    return [seed, facts, _joined([seed, facts])]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _by_name(readings: Sequence[Reading]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for reading in readings:
        for named in reading.things:
            ids = found.setdefault((named.kind, normal_name(named.name)), [])
            if named.id not in ids:
                ids.append(named.id)
    return found


_KINDS = {"workshop": "workshop", "company": "organisation"}


def _aliases(facts: Reading) -> Iterable[Claim]:
    """Other spellings, told of the one thing that bears the canonical name."""
    names = _by_name([facts])
    for row in _rows(DATA / "facts" / "aliases.csv"):
        ids = names.get((_KINDS[row["kind"]], normal_name(row["canonical"])), [])
        if len(ids) == 1:
            one = Statement(ids[0], "alias", row["alias"], row["source"].split()[0])
            yield Claim(one, row["alias"], (0, len(row["alias"])), (0, len(row["alias"])))


def _joined(readings: Sequence[Reading]) -> Reading:
    """The judgements that ship: rows of same_as.csv whose two names each mean exactly one thing."""
    names = [_by_name([reading]) for reading in readings]
    claims = []
    for row in _rows(DATA / "same_as.csv"):
        first = names[0].get((row["kind"], normal_name(row["in_document"])), [])
        second = names[1].get((row["kind"], normal_name(row["in_tables"])), [])
        if len(first) == len(second) == 1 and first != second:
            claims.append(Claim(Statement(first[0], "same_as", second[0], FIRST_RUN), row["reason"], (0, 0), (0, 0)))
    return Reading(FIRST_RUN, "first run", "", "", (), tuple(claims))
