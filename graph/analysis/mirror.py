"""What the readable graph of a snapshot should hold, as plain rows: pure, for all things or some.

Every thing is a node, but kinds marked `edge` (a post, a unit's answer, a grant) are one relationship between their two ends: so they
are read, and so they are drawn. Where an end is not told, or something points at the thing, it has to be a node. Each told value is
also a relationship 载明 from its document to the thing, so that what a paper told is one hop away.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import chain

from graph.analysis.derive import DERIVED_FOR, RULES, UNITS, Guess, derived
from graph.analysis.privacy import said
from graph.record.errors import NotFound
from graph.record.model import Row, Statement, TextSpan, document_of, read_locator
from graph.record.ontology import JUDGEMENTS, Property, ontology, read_quantity
from graph.record.readable import (
    ACTOR,
    AS_NODES,
    BASIS,
    BEFORE,
    CURRENT,
    DISPUTED,
    INFERRED,
    KEPT,
    KEY,
    MATTER,
    MEMBERS,
    NUMBER,
    OTHERS,
    PLACE,
    QUOTE,
    SAID,
    SENTENCE,
    SINCE,
    SOURCES,
    STATE,
    TIME,
    TOLD_BY,
    UNTIL,
    Node,
    Rows,
    Tie,
    Value,
    is_shown,
    is_tie,
    key_of,
)
from graph.record.snapshot import Fact, Snapshot, Thing, chunks

STATES = {"told": "明载", "desk": "人工记入", "conflict": "说法不一", "inferred": "推断"}

OPERATORS = {"=": "", "~": "约 ", "<": "不到 ", "<=": "至多 ", ">": "超过 ", ">=": "至少 "}
"""How a quantity's sign is read."""

Quote = Callable[[Statement], str]
"""The sentence that a statement was read from; empty where none is kept."""


def readable(prop: Property, value: str) -> str:
    """A value in words: a code's label, a quantity's sign, what is withheld masked.

    >>> readable(ontology().properties["quantity"], ">3000 项"), readable(ontology().properties["level"], "provincial")
    ('超过 3000 项', '省级')
    """
    if prop.type != "quantity":
        return said(prop.id, ontology().label(prop.id, value))
    quantity = read_quantity(value)
    return OPERATORS[quantity.op] + str(quantity)[len(quantity.op) :]


def unread(prop: Property, words: str) -> str:
    """The canonical value that such words stand for. Raises InvalidData as `canonical` does.

    >>> unread(ontology().properties["quantity"], "超过 3000 项")
    '>3000 项'
    """
    if prop.type == "quantity":
        for sign, word in OPERATORS.items():
            if word and words.startswith(word.strip()):
                words = sign + words.removeprefix(word.strip())
    return ontology().canonical(prop.id, words)


def code_nodes() -> list[Node]:
    """The entries of the code lists that are nodes, whether anything is in them or not."""
    table = ontology()
    return [
        Node(code.code, table.properties[id].zh, {KEY: code.code, "名称": code.zh})
        for id in AS_NODES for code in table.codes[table.properties[id].codes].values()
    ]  # fmt: skip


class Mirror:
    """The readable rows of one snapshot. `names` (by slot) saves reading them one by one where all things are asked for."""

    def __init__(self, snapshot: Snapshot, *, names: Sequence[str] = (), quote: Quote | None = None) -> None:
        self.snapshot = snapshot
        self._names = names
        self._quote = quote
        self._called: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._derived = derived(snapshot)
        self._documents: dict[str, tuple[str, str]] = {}

    def everything(self) -> Iterator[tuple[Rows, Sequence[str]]]:
        """All rows, a few hundred things at a time, with the ids of the things that they are of; the code lists first."""
        codes = code_nodes()
        yield Rows(codes), [node.id for node in codes]
        for slots in chunks(self.snapshot.live().tolist()):
            yield self._rows(slots), [self.snapshot.id(slot) for slot in slots]

    def rows(self, ids: Iterable[str]) -> Rows:
        """The rows of these things, by any of their ids; nothing for an id that is no longer a thing."""
        return self._rows(self._slots(ids))

    def bare(self, ids: Iterable[str] | None = None) -> list[tuple[str, str]]:
        """Id and label of each node among these things (or all): relationships need both ends, whichever is written first."""
        slots = self.snapshot.live().tolist() if ids is None else self._slots(ids)
        labels = [(kind.zh, kind.edge is not None) for kind in ontology().kinds.values()]
        told = [(slot, *labels[self.snapshot.kind[slot]]) for slot in slots]
        lines = {thing.id for thing in self.snapshot.assembled([slot for slot, _, edge in told if edge]) if self._ends(thing)}
        return [(id, label) for slot, label, _ in told if (id := self.snapshot.id(slot)) not in lines]

    def _slots(self, ids: Iterable[str]) -> list[int]:
        return sorted({self.snapshot.number(id) for id in ids if self.snapshot.has(id)})

    def _rows(self, slots: Sequence[int]) -> Rows:
        found = Rows()
        for thing in self.snapshot.assembled(slots):
            ends, facts = self._ends(thing), [fact for fact in thing.facts if fact.state == "told" and is_shown(fact.property_id)]
            if ends is None:
                found.nodes.append(Node(thing.id, ontology().kinds[thing.kind].zh, self._values(thing, facts)))
                found.ties.extend(self._ties(thing, facts))
                found.ties.extend(self._inferred(thing))
            else:
                found.ties.append(Tie(thing.id, ontology().kinds[thing.kind].zh, *ends, thing.id, self._line(thing, facts)))
            found.ties.extend(self._told(thing, facts, ends[0] if ends else thing.id))
        return found

    # ---- names

    def _id(self, id: str) -> str:
        """The canonical id."""
        if id not in self._ids:
            self._ids[id] = self.snapshot.id(self.snapshot.number(id))
        return self._ids[id]

    def name(self, id: str) -> str:
        """The name that shows."""
        slot = self.snapshot.number(id)
        if self._names:
            return self._names[slot]
        if id not in self._called:
            self._called[id] = self.snapshot.thing(id).name
        return self._called[id]

    def target(self, fact: Fact) -> str:
        """The id of the node that a fact points to: a thing's canonical one, or a code."""
        return self._id(fact.value) if ontology().properties[fact.property_id].type == "ref" else fact.value

    def _shown(self, fact: Fact) -> str:
        prop = ontology().properties[fact.property_id]
        return said("name", self.name(fact.value)) if prop.type == "ref" else readable(prop, fact.value)

    def _document(self, source: str) -> tuple[str, str]:
        """Canonical id and name of the document behind a source; empty where there is none."""
        if source not in self._documents:
            id = document_of(source)
            here = id is not None and self.snapshot.has(id)
            self._documents[source] = (self._id(id), said("name", self.name(id)) or source) if id and here else ("", "")
        return self._documents[source]

    # ---- nodes

    def _values(self, thing: Thing, facts: Iterable[Fact]) -> dict[str, Value]:
        values: dict[str, Value] = {KEY: thing.id}
        if len(thing.members) > 1:
            values[MEMBERS] = sorted(thing.members)
        told: dict[str, list[Fact]] = {}
        for fact in facts:
            told.setdefault(fact.property_id, []).append(fact)
        for property_id, own in told.items():
            prop = ontology().properties[property_id]
            if not is_tie(prop):
                values.update(_many(prop, own) if prop.many else _one(prop, own))
        disputed = [key_of(ontology().properties[id]) for id, own in told.items() if any(fact.conflict for fact in own)]
        if disputed:
            values[DISPUTED] = disputed
        if thing.kind == "document":
            values[KEPT] = any(thing.value(id) for id in ("text", "content", "edition"))
        return self._decided(thing) | values if thing.kind == "decision" else values

    def _decided(self, thing: Thing) -> dict[str, Value]:
        """Who decided and when, and a name to read, of which a decision has none of its own."""
        first = min((fact.row for fact in thing.facts if fact.property_id == "kind"), key=lambda row: row.number)
        about = dict.fromkeys(self._id(id) for id in thing.values("about") if self.snapshot.has(id))
        ends = [said("name", self.name(id)) for id in about] + [said("note", text) for text in thing.values("note")]
        answer = ontology().label("answer", thing.value("answer") or "")
        who = first.statement.source.removeprefix("desk:")
        return {"名称": f"{answer}：{' ⇄ '.join(ends)}", ACTOR: who, TIME: self.snapshot.times[first.serial.change]}

    # ---- relationships

    def _ties(self, thing: Thing, facts: Iterable[Fact]) -> Iterator[Tie]:
        """One for each property, target and time; several papers that tell it stand in its list of sources."""
        told: dict[tuple[str, str, str, str], list[Fact]] = {}
        for fact in facts:
            one = fact.row.statement
            if is_tie(ontology().properties[one.property]):
                told.setdefault((one.property, self.target(fact), one.since, one.until), []).append(fact)
        for (property_id, target, since, until), same in told.items():
            values: dict[str, Value] = {
                KEY: _key(property_id, thing.id, target, since, until), STATE: _state(same), INFERRED: False,
                CURRENT: any(fact.current for fact in same), SOURCES: self._sources(same), **_time(since, until),
            }  # fmt: skip
            yield Tie(str(values[KEY]), ontology().properties[property_id].zh, thing.id, target, thing.id, values)

    def _sources(self, facts: Iterable[Fact]) -> list[str]:
        sources = {fact.row.statement.source for fact in facts}
        return sorted({self._document(source)[1] or _speaker(source) for source in sources})

    def _told(self, thing: Thing, facts: Iterable[Fact], end: str) -> Iterator[Tie]:
        """载明: one for each statement that a document tells; what it tells of itself is on its node.

        What is told of a line is told of its first end, and names the line (事项).
        """
        line = {} if end == thing.id else {MATTER: thing.id}
        of = f"{ontology().kinds[thing.kind].zh}·" if line else ""
        for fact in facts:
            one = fact.row.statement
            document = self._document(one.source)[0]
            if document and document != end:
                values: dict[str, Value] = {
                    KEY: one.id, SAID: of + key_of(ontology().properties[fact.property_id]), QUOTE: self._shown(fact), **line,
                    **_time(one.since, one.until), **self._words(one),
                }  # fmt: skip
                yield Tie(one.id, TOLD_BY, document, end, thing.id, values)

    def _words(self, one: Statement) -> dict[str, Value]:
        return _said_only(**{SENTENCE: self._quote(one) if self._quote else "", PLACE: _place(one.locator)})

    # ---- kinds drawn as one line

    def _ends(self, thing: Thing) -> tuple[str, str] | None:
        """The two ends of a thing that is drawn as one line; None where it is a node."""
        edge = ontology().kinds[thing.kind].edge
        if edge is None:
            return None
        first, last = (thing.value(property_id) for property_id in edge)
        if first is None or last is None or self.snapshot.incoming(thing.id):
            return None
        return self._id(first), self._id(last)

    def _line(self, thing: Thing, facts: Sequence[Fact]) -> dict[str, Value]:
        return {**self._values(thing, facts), STATE: _state(facts), INFERRED: False, CURRENT: True, SOURCES: self._sources(facts)}

    # ---- what follows without being told

    def _inferred(self, thing: Thing) -> Iterator[Tie]:
        if thing.kind not in DERIVED_FOR:
            return
        for property_id in RULES:
            guess = self._derived.guess_of(thing, property_id)
            if guess:
                target = self._id(guess.value) if ontology().properties[property_id].type == "ref" else guess.value
                values: dict[str, Value] = {
                    KEY: _key("inferred", property_id, thing.id, target), STATE: STATES["inferred"], INFERRED: True,
                    CURRENT: True, BASIS: self._basis(thing, guess),
                }  # fmt: skip
                yield Tie(str(values[KEY]), ontology().properties[property_id].zh, thing.id, target, thing.id, values)

    def _basis(self, thing: Thing, guess: Guess) -> list[str]:
        """The words that spoke, else the thing's own facts that it rests on."""
        rests_on = [fact for fact in thing.facts if fact.row.statement.id in guess.evidence and is_shown(fact.property_id)]
        return sorted(guess.words) or sorted({f"{ontology().properties[fact.property_id].zh}：{self._shown(fact)}" for fact in rests_on})


def _many(prop: Property, facts: Iterable[Fact]) -> dict[str, Value]:
    return {key_of(prop): list(dict.fromkeys(readable(prop, fact.value) for fact in facts))}


def _one(prop: Property, facts: Sequence[Fact]) -> dict[str, Value]:
    """The value that shows; the others by whether they are in conflict with it or of another time."""
    current = next(fact.value for fact in facts if fact.current)
    key = key_of(prop)
    values: dict[str, Value] = {key: readable(prop, current)}
    if prop.type == "quantity":
        values[key + NUMBER] = float(read_quantity(current).number)
    for ending, conflict in ((OTHERS, True), (BEFORE, False)):
        others = {readable(prop, fact.value) for fact in facts if fact.value != current and fact.conflict is conflict}
        if others:
            values[key + ending] = sorted(others)
    return values


def _key(*told: str) -> str:
    """An id for a relationship, 16 hex digits of what makes it this one (a million meet by chance once in 30 million graphs)."""
    return blake2b("\n".join(told).encode(), digest_size=8).hexdigest()


def _state(facts: Sequence[Fact]) -> str:
    if any(fact.conflict for fact in facts):
        return STATES["conflict"]
    return STATES["desk" if any(fact.row.statement.source.startswith("desk:") for fact in facts) else "told"]


def _speaker(source: str) -> str:
    """Who said what no document here told."""
    who, _, name = source.partition(":")
    return f"{STATES['desk']}：{name}" if who == "desk" else source


def _said_only(**values: str) -> dict[str, Value]:
    """These values without the empty ones."""
    return {key: value for key, value in values.items() if value}


def _time(since: str, until: str) -> dict[str, Value]:
    return _said_only(**{SINCE: since, UNTIL: until})


def _place(locator: str) -> str:
    """A locator in words."""
    at = read_locator(locator)
    if at is None:
        return ""
    return f"第{at.block + 1}行 {at.start + 1}–{at.end}字" if isinstance(at, TextSpan) else f"{at.sheet} 第{at.row}行 {at.column}"


# ---- what changes with a change


def touched(snapshot: Snapshot, rows: Iterable[Row]) -> set[str] | None:
    """The things whose readable rows may be others, once these rows were added or retracted; None where that cannot be known.

    Besides the things told of: whoever points at one that is called otherwise now (names stand in 载明 and in lists of sources, and
    a trade is read out of the names of fields and units), whoever has his place from a unit, and all that a document tells of.
    """
    told: set[str] = set()
    called: set[str] = set()
    moved: set[str] = set()
    for row in rows:
        if row.erased:
            return None
        subject, property_id, targets = _about(snapshot, row.statement)
        told.update((subject, *targets))
        called.update({subject, *targets} if property_id in ("name", "kind", "published", *JUDGEMENTS) else ())
        moved.update({subject} if property_id == "place" else ())
        if doubted := snapshot.doubted & {subject, row.statement.value}:
            told |= doubted
            called |= doubted
    papers = _told_by(snapshot, called)
    return set(_members(snapshot, told | papers | _pointing(snapshot, called | papers, None) | _pointing(snapshot, moved, UNITS)))


def _about(snapshot: Snapshot, one: Statement) -> tuple[str, str, list[str]]:
    """Subject, property, and the other things at stake: the end of a judgement, an edge kind's thing that is pointed at."""
    if one.property == "refused":
        try:
            one = snapshot.statement(one.subject).statement
        except NotFound:
            return "", "", []
    kind = snapshot.kind[snapshot.number(one.value)] if _is_ref(one) and snapshot.has(one.value) else -1
    is_edge = kind >= 0 and ontology().kinds[ontology().kind_ids[kind]].edge is not None
    return one.subject, one.property, [one.value] if one.property in JUDGEMENTS or is_edge else []


def _is_ref(one: Statement) -> bool:
    prop = ontology().properties.get(one.property)
    return prop is not None and prop.type == "ref"


def _members(snapshot: Snapshot, ids: Iterable[str]) -> Iterator[str]:
    """These ids and those of whatever they are merged with."""
    for id in ids:
        yield id
        if snapshot.has(id):
            yield from snapshot.assembled([snapshot.number(id)])[0].members


def _pointing(snapshot: Snapshot, ids: Iterable[str], properties: Sequence[str] | None) -> set[str]:
    rows = chain.from_iterable(snapshot.incoming(id) for id in ids if snapshot.has(id))
    return {row.statement.subject for row in rows if properties is None or row.statement.property in properties}


def _told_by(snapshot: Snapshot, ids: set[str]) -> set[str]:
    """The things that documents among these tell of."""
    documents = set(_members(snapshot, (id for id in ids if snapshot.has(id) and snapshot.thing(id).kind == "document")))
    sources = [source for source in snapshot.sources() if documents and document_of(source) in documents]
    return {row.statement.subject for row in snapshot.told_by(*sources)} if sources else set()
