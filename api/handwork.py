"""Edits made by hand in Neo4j's own tools: found by comparing with what should be there, said in words, taken in or put back.

An edit that says something about the world (a changed 级别, a new 合作方) is taken in as a person's word at the desk: what documents told
otherwise is refused, as on the page. What Lianyin works out itself (载明, 推断, 另说) cannot be said. What was added and may be
somebody else's (a type, a key, a label of others; a node without the common label) stays unless told. Nodes without any label of ours are
never looked at.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from api.mirroring import brought_up, caught_up, gone, mirrored
from api.verbs import put_aside, receipt
from graph.analysis.mirror import Mirror, code_nodes, readable, unread
from graph.analysis.privacy import MASK
from graph.record.errors import Conflict, InvalidData, LianyinError, LimitExceeded, language
from graph.record.model import Change, Statement, desk, thing_id
from graph.record.ontology import Kind, Property, ontology, read_date
from graph.record.readable import (
    COMMON,
    INFERRED,
    MATTER,
    SINCE,
    TIE_KEYS,
    TOLD_BY,
    UNTIL,
    VOCABULARY,
    Differences,
    Found,
    FoundNode,
    FoundTie,
    Node,
    NodeDifference,
    Rows,
    Tie,
    TieDifference,
    Value,
    changes,
    differences,
)
from graph.record.snapshot import Fact

if TYPE_CHECKING:
    from graph.record.neo4j_graph import ReadableGraph, Turn
    from graph.record.neo4j_store import Neo4jStore

Data = dict[str, Any]
REASON = "在 Neo4j 中改的"
NOTHING = "未载"
_TRIES = 3
"""How often the graph is looked at where another process takes the turn in the middle of it."""

WORDS: Mapping[str, tuple[str, str]] = {
    "value": ("{name}：{key}由「{before}」改成了「{after}」", "{name}: {key} was changed from {before} to {after}"),
    "labels": ("{name}：标签改成了{after}", "{name}: its labels were changed to {after}"),
    "key_unknown": ("{name}：多了不认识的属性或标签 {key}", "{name}: has a property or label that is not known: {key}"),
    "node_gone": ("{name}的节点被删掉了（删事物请在工作台）", "the node of {name} was deleted (delete things at the desk)"),
    "node_double": ("{key}「{name}」的编号是别的节点的", "{key} {name} bears the id of another node"),
    "node_new": ("新画了{key}「{name}」", "a new {key} was drawn: {name}"),
    "tie_new": ("新画了 {name} –{key}→ {after}", "{name} –{key}→ {after} was drawn"),
    "tie_gone": ("{name} –{key}→ {after} 被删掉了", "{name} –{key}→ {after} was deleted"),
    "tie_changed": ("{name} –{key}→ {after}：改了{before}", "{name} –{key}→ {after}: {before} was changed"),
}


@dataclass(frozen=True)
class Said:
    """What an edit says about the world: statements to add, and ids of statements to take back."""

    adds: tuple[Statement, ...] = ()
    retracts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edit:
    """One edit: what was done, what it says (None where that cannot be understood), and what puts it back.

    `strange` is what was added and may be somebody else's: it stays unless told. `stands_for` is the id that a new node is taken in under,
    by the server's name.
    """

    what: str
    facts: Mapping[str, str]
    said: Said | None
    back: Differences
    strange: bool = False
    stands_for: Mapping[str, str] = field(default_factory=dict)

    def told(self) -> Data:
        """As plain data, with a sentence."""
        words = WORDS[self.what][language() != "zh"].format_map(self.facts)
        return {"what": self.what, "words": words, "understood": self.said is not None, "strange": self.strange}


def edits(store: "Neo4jStore") -> list[Edit]:
    """Everything in the readable graph that differs from what it should show; nothing where it was never filled."""
    if not store.readable.mirrored():
        return []
    turn, version, found = _looked(store)
    store.readable.finish(turn, version)
    return found


def _looked(store: "Neo4jStore", actor: str = "") -> "tuple[Turn, int, list[Edit]]":
    """What was edited, and the turn in which it was found: nobody else writes into the graph until that is finished.

    Looks again where it was taken away meanwhile. Raises Conflict `mirror_overtaken` where that goes on.
    """
    for _ in range(_TRIES - 1):
        with suppress(Conflict):
            return _looked_once(store, actor)
    return _looked_once(store, actor)


def _looked_once(store: "Neo4jStore", actor: str) -> "tuple[Turn, int, list[Edit]]":
    """Servers write into the graph all the while: it is looked at once it shows our head, and as long as it shows nothing newer."""
    graph = store.readable
    turn = graph.turn(take=True)
    assert turn is not None  # it was taken
    store.follow()
    version, _ = caught_up(store, turn, graph.mirrored())
    found = _Look(graph, turn, mirrored(store, store.snapshot(version)), actor).edits()
    graph.keep(turn)
    return turn, version, found


def put_back(store: "Neo4jStore", *, strangers: bool = False) -> Data:
    """Makes the readable graph what it should be at the store's head; takes the turn from whoever has it.

    What was added and may be somebody else's stays, unless `strangers`.
    """
    turn, version, found = _looked(store)
    graph = store.readable
    chosen = [edit for edit in found if strangers or not edit.strange]
    for strict in (False, True):
        backs = [edit.back for edit in chosen if edit.strange is strict]
        told = Differences([one for back in backs for one in back.nodes], [one for back in backs for one in back.ties])
        graph.mend(turn, told, strict=strict)
    graph.finish(turn, version)
    left = [edit.told() for edit in found if edit not in chosen]
    return {"version": version, "put_back": [edit.told() for edit in chosen], "left": left}


def adopt(store: "Neo4jStore", actor: str) -> Data:
    """Takes in what the edits say, as one change by this person; what cannot be understood is told and left as it is.

    Raises Conflict `touched_since` where the log has gone on about the same things, and what `append` raises.
    """
    turn, version, found = _looked(store, actor)
    taken = [(edit, edit.said) for edit in found if edit.said]
    adds = tuple(dict.fromkeys(add for _, said in taken for add in said.adds))
    retracts = tuple(dict.fromkeys(id for _, said in taken for id in said.retracts))
    change: Data = {"change": None, "version": version, "adds": 0, "retracts": 0}
    try:
        if taken:
            change = receipt(store.append(Change(actor, REASON, adds, retracts), base=version))
    except LianyinError:
        store.readable.finish(turn, version)
        raise
    _settle(store, [edit for edit, _ in taken])
    left = [edit.told() for edit in found if not edit.said]
    return {**change, "taken": [edit.told() for edit, _ in taken], "left": left}


def _settle(store: "Neo4jStore", taken: Sequence[Edit]) -> None:
    """New nodes get the ids of what they stand for; relationships drawn by hand give way to those of the statements.

    Where that was cut short before, or the change took so long that another process has the turn, they may have been shown since, beside
    what was drawn: then these are shown again.
    """
    graph, turn = store.readable, store.readable.turn(take=True)
    assert turn is not None  # it was taken
    shown = graph.mirrored()
    names = {element: id for edit in taken for element, id in edit.stands_for.items()}
    graph.named(turn, names)
    graph.mend(turn, Differences(ties=[one for edit in taken for one in edit.back.ties if one.found and not one.wanted]))
    snapshot = store.snapshot()
    told = [fact.row.serial.change for id in names.values() for fact in snapshot.thing(id).facts]
    graph.finish(turn, min([shown, *(change - 1 for change in told)]))
    brought_up(store, take=True)


class End(NamedTuple):
    """One end of a relationship: its kind (of a node of a code list, the list), id and name."""

    kind: str
    id: str
    name: str


class _Look:
    """The comparison of one version with what is there."""

    def __init__(self, graph: "ReadableGraph", turn: "Turn", mirror: Mirror, actor: str) -> None:
        self._graph, self._turn, self._mirror = graph, turn, mirror
        self._source, self._actor = desk(actor), actor
        self._ends = {node.id: End("trade", node.id, str(node.values["名称"])) for node in code_nodes()}
        self._unmarked: dict[str, FoundNode] = {}
        """Nodes of things that have lost the common label."""
        self._drawn: dict[str, End] = {}
        """New things that can be taken in, by the server's name for their node."""
        self._theirs: set[str] = set()
        """Those among them that may be somebody else's nodes."""

    def edits(self) -> list[Edit]:
        """All of them; those that cannot be understood last."""
        left = self._graph.found(gone(self._graph, self._mirror.snapshot))
        strange = self._graph.strange_nodes()
        things = {node.id: node for node in strange if self._is_thing(node.id)}
        marked = {node.id for node in self._graph.found(things).nodes} if things else set()
        self._unmarked = {id: node for id, node in things.items() if id not in marked}
        drawn = [node for node in [*strange, *left.nodes] if self._unmarked.get(node.id) is not node]
        found = [self._node_new(node) for node in drawn]
        doubles = {node.element for node in drawn if self._mirror.snapshot.has(node.id)}
        loose = {tie.element: tie for tie in (*left.ties, *self._graph.strange_ties(), *self._graph.lines())}
        loose |= {tie.element: tie for tie in self._graph.ties_of([node.element for node in drawn])}
        loose = {tie.element: tie for tie in loose.values() if not doubles & {tie.start_element, tie.end_element}}
        for rows, ids in self._mirror.everything():
            self._graph.keep(self._turn)
            there = self._there(ids)
            for tie in there.ties:
                loose.pop(tie.element, None)
            found += self._compared(rows, there)
        found += [self._tie_new(tie) for tie in loose.values()]
        return sorted(_gathered(found), key=lambda edit: (edit.strange, edit.said is None))

    def _is_thing(self, id: str) -> bool:
        """Whether an id is that under which a thing shows."""
        snapshot = self._mirror.snapshot
        return snapshot.has(id) and snapshot.id(snapshot.number(id)) == id

    def _there(self, ids: Sequence[str]) -> Found:
        """What is there of these things, also where a node has lost the common label, by which all of it is found."""
        there = self._graph.found(ids)
        nodes = [self._unmarked[id] for id in ids if id in self._unmarked]
        known = {tie.element for tie in there.ties}
        ties = self._graph.ties_of([node.element for node in nodes]) if nodes else []
        ours = [tie for tie in ties if tie.element not in known and _is_of(tie, {node.id for node in nodes})]
        return Found([*there.nodes, *nodes], [*there.ties, *ours])

    def _compared(self, wanted: Rows, there: Found) -> Iterator[Edit]:
        told = differences(wanted, there)
        for node in told.nodes:
            yield from self._node(node)
        for tie in told.ties:
            yield self._tie(tie)
        yield from self._foreign(wanted, there)

    def _foreign(self, wanted: Rows, there: Found) -> Iterator[Edit]:
        """Keys and labels of others on what is ours."""
        nodes, ties = {node.id: node for node in wanted.nodes}, {tie.id: tie for tie in wanted.ties}
        for node in there.nodes:
            keys = sorted({*node.values} - VOCABULARY.own) + sorted({*node.labels} - {COMMON, *VOCABULARY.labels})
            back = Differences([NodeDifference(nodes.get(node.id), node)])
            for key in keys if node.id in nodes else ():
                yield Edit("key_unknown", {"name": self._name(node.id), "key": key}, None, back, strange=True)
        for tie in there.ties:
            name = f"{self._name(tie.start)} –{tie.type}→ {self._name(tie.end)}"
            back = Differences(ties=[TieDifference(ties.get(tie.id), tie)])
            for key in sorted({*tie.values} - TIE_KEYS) if tie.id in ties else ():
                yield Edit("key_unknown", {"name": name, "key": key}, None, back, strange=True)

    # ---- who is who

    def _end(self, id: str, element: str) -> End | None:
        if id not in self._ends and self._mirror.snapshot.has(id):
            kind = ontology().kind_ids[self._mirror.snapshot.kind[self._mirror.snapshot.number(id)]]
            self._ends[id] = End(kind, id, self._mirror.name(id))
        return self._ends.get(id) or self._drawn.get(element)

    def _name(self, id: str, element: str = "") -> str:
        end = self._end(id, element)
        return (end.name if end else "") or id or "？"

    # ---- nodes

    def _node_new(self, node: FoundNode) -> Edit:
        kinds = [VOCABULARY.labels[label] for label in node.labels if VOCABULARY.labels.get(label) in ontology().kinds]
        name, label = str(node.values.get("名称", "")), ":".join(label for label in node.labels if label != COMMON)
        facts = {"name": name or node.element, "key": label}
        back = Differences([NodeDifference(None, node)])
        if self._mirror.snapshot.has(node.id):  # the log knows it: nobody has drawn it
            return Edit("node_double", facts, None, back)
        if len(kinds) != 1 or not name:
            return Edit("node_new", facts, None, back, strange=True)
        id = _id_of(kinds[0], node.element, name)
        try:
            said = self._new_thing(id, kinds[0], node.values)
        except (InvalidData, LimitExceeded):
            return Edit("node_new", facts, None, back, strange=True)
        self._drawn[node.element] = End(kinds[0], id, name)
        if COMMON not in node.labels:
            self._theirs.add(node.element)
        return Edit("node_new", facts, said, back, node.element in self._theirs, stands_for={node.element: id})

    def _new_thing(self, id: str, kind: str, values: Mapping[str, Value]) -> Said:
        """A thing of the desk with the properties that its node or line has."""
        adds = [Statement(id, "kind", kind, self._source)]
        for key, value in values.items():
            prop = VOCABULARY.keys.get(key)
            if prop and (prop.on is None or kind in prop.on):
                adds += [Statement(id, prop.id, unread(prop, _text(one)), self._source) for one in _listed(value)]
        return Said(tuple(adds))

    def _node(self, told: NodeDifference) -> Iterator[Edit]:
        back = Differences([told])
        if told.wanted is None:
            if told.found is not None:
                yield self._node_new(told.found)
            return
        name = str(told.wanted.values.get("名称", told.wanted.id))
        if told.found is None:
            yield Edit("node_gone", {"name": name, "id": told.wanted.id}, None, back)
            return
        labels = {label for label in told.found.labels if label in VOCABULARY.labels}
        if labels != {told.wanted.label} or COMMON not in told.found.labels:
            yield Edit("labels", {"name": name, "after": "、".join(sorted(labels)) or NOTHING}, None, back)
        for key in changes(told.wanted.values, told.found.values, VOCABULARY.own):
            before, after = (one.values.get(key) for one in (told.wanted, told.found))
            facts = {"name": name, "key": key, "before": _shown(before), "after": _shown(after)}
            yield Edit("value", facts, self._value(told.wanted, key, after), back)

    def _value(self, node: Node, key: str, after: Value | None) -> Said | None:
        prop = VOCABULARY.keys.get(key)
        if prop is None or (node.id in self._ends and self._ends[node.id].kind == "trade"):
            return None
        thing = self._mirror.snapshot.thing(node.id)
        if prop.on is not None and thing.kind not in prop.on:
            return None
        told = [fact for fact in thing.facts if fact.property_id == prop.id and fact.state == "told"]
        try:
            fresh, aside = (_many if prop.many else _one)(prop, told, after)
        except (InvalidData, LimitExceeded):
            return None
        if prop.id == "name" and not fresh and len(aside) == len(told):
            return None  # nothing would be left to call it by, as at the desk
        refusals, taken = put_aside([fact.row for fact in aside], self._actor, REASON)
        adds = [Statement(thing.id, prop.id, value, self._source, since, until) for value, since, until in fresh]
        return Said((*adds, *refusals), tuple(taken))

    # ---- relationships

    def _tie(self, told: TieDifference) -> Edit:
        if told.wanted is None:
            assert told.found is not None
            return self._tie_new(told.found)
        wanted, back = told.wanted, Differences(ties=[told])
        ends = (self._name(wanted.start), self._name(wanted.end))
        facts = {"name": ends[0], "key": wanted.type, "after": ends[1], "ends": f"{wanted.start} {wanted.end}"}
        aside = self._facts_of(wanted)
        refusals, taken = put_aside([fact.row for fact in aside], self._actor, REASON)
        if told.found is None:
            return Edit("tie_gone", facts, Said(tuple(refusals), tuple(taken)) if aside else None, back)
        keys = changes(wanted.values, told.found.values, TIE_KEYS)
        facts["before"] = "、".join(keys)
        fresh = self._stated(told.found) if aside and keys.keys() <= {SINCE, UNTIL} else None
        return Edit("tie_changed", facts, Said((fresh, *refusals), tuple(taken)) if fresh else None, back)

    def _facts_of(self, tie: Tie) -> list[Fact]:
        """What was told of a relationship; nothing for what is worked out, and for a thing that is drawn as a line."""
        property_id = VOCABULARY.types.get(tie.type)
        if property_id is None or tie.values[INFERRED]:
            return []
        time = (tie.values.get(SINCE, ""), tie.values.get(UNTIL, ""))
        facts = (fact for fact in self._mirror.snapshot.thing(tie.owner).facts if fact.property_id == property_id and fact.state == "told")
        return [fact for fact in facts if self._mirror.target(fact) == tie.end and fact.row.statement[4:6] == time]

    def _tie_new(self, tie: FoundTie) -> Edit:
        ends = (self._name(tie.start, tie.start_element), self._name(tie.end, tie.end_element))
        facts = {"name": ends[0], "key": tie.type, "after": ends[1]}
        kind = ontology().kinds.get(VOCABULARY.lines.get(tie.type, ""))
        stated = self._stated(tie)
        said = Said((stated,)) if stated else self._line(kind, tie) if kind else None
        theirs = not self._theirs.isdisjoint((tie.start_element, tie.end_element))
        return Edit("tie_new", facts, said, Differences(ties=[TieDifference(None, tie)]), strange=said is None or theirs)

    def _stated(self, tie: FoundTie) -> Statement | None:
        """The statement that a relationship makes; None where its type or ends or dates do not allow one."""
        prop = ontology().properties.get(VOCABULARY.types.get(tie.type, ""))
        start, end = self._end(tie.start, tie.start_element), self._end(tie.end, tie.end_element)
        if prop is None or start is None or end is None or not _fits(prop, start, end):
            return None
        try:
            since, until = (read_date(_text(value)).text if (value := tie.values.get(key)) else "" for key in (SINCE, UNTIL))
        except InvalidData:
            return None
        return Statement(start.id, prop.id, end.id, self._source, since, until)

    def _line(self, kind: Kind, tie: FoundTie) -> Said | None:
        """A thing that is drawn as one line between two ends."""
        itself, ends = End(kind.id, "", ""), []
        places = ((tie.start, tie.start_element), (tie.end, tie.end_element))
        for property_id, place in zip(kind.edge or (), places, strict=True):
            end = self._end(*place)
            if end is None or not _fits(ontology().properties[property_id], itself, end):
                return None
            ends.append((property_id, end.id))
        id = _id_of(kind.id, tie.element, str(ends), str(sorted(tie.values.items())))
        try:
            adds = self._new_thing(id, kind.id, tie.values).adds
            return Said((*adds, *(Statement(id, property_id, end, self._source) for property_id, end in ends)))
        except (InvalidData, LimitExceeded):
            return None


def _id_of(kind: str, element: str, *drawn: str) -> str:
    """The id of what was drawn, the same whenever it is taken in: of two attempts the second has nothing to add.

    By the server's name for it, and what it is: the server gives the names of what was deleted to what is drawn later.
    """
    return thing_id(kind, "desk", "drawn", element, *drawn)


def _is_of(tie: FoundTie, ids: Collection[str]) -> bool:
    """Whether a relationship is one of these things' own: it goes out from them, or is what a document tells of them."""
    return tie.end in ids and MATTER not in tie.values if tie.type == TOLD_BY else tie.start in ids and tie.type in VOCABULARY.types


def _gathered(found: Iterable[Edit]) -> list[Edit]:
    """With a node its relationships go: they are put back with it and not told one by one."""
    told = list(found)
    lost = {edit.facts["id"]: edit for edit in told if edit.what == "node_gone"}
    kept: list[Edit] = []
    ties: dict[str, list[TieDifference]] = {}
    for edit in told:
        node = next((id for id in edit.facts.get("ends", "").split() if id in lost), "") if edit.what == "tie_gone" else ""
        if node:
            ties.setdefault(node, []).extend(edit.back.ties)
        else:
            kept.append(edit)
    return [
        replace(edit, back=Differences(edit.back.nodes, ties.get(edit.facts["id"], ()))) if edit.what == "node_gone" else edit
        for edit in kept
    ]


def _fits(prop: Property, start: End, end: End) -> bool:
    if prop.on is not None and start.kind not in prop.on:
        return False
    return end.kind == prop.codes if prop.type == "code" else end.kind in ontology().kinds and (prop.to is None or end.kind in prop.to)


def _many(prop: Property, told: Sequence[Fact], after: Value | None) -> tuple[list[tuple[str, str, str]], list[Fact]]:
    """Values that are new in a list, and the facts whose value is no longer in it."""
    now = [_text(one) for one in _listed(after)]
    before = {readable(prop, fact.value) for fact in told}
    fresh = [(unread(prop, one), "", "") for one in now if one not in before]
    return fresh, [fact for fact in told if readable(prop, fact.value) not in now]


def _one(prop: Property, told: Sequence[Fact], after: Value | None) -> tuple[list[tuple[str, str, str]], list[Fact]]:
    """The value that is said now, for the time of the one that showed, and what disagrees with it; values of other times stay."""
    current = next((fact.row.statement for fact in told if fact.current), None)
    time = (current.since, current.until) if current else ("", "")
    disputed = [fact for fact in told if fact.current or fact.conflict]
    if after is None:
        return [], disputed
    value = unread(prop, _text(after))
    return [(value, *time)], [fact for fact in disputed if fact.value != value]


def _listed(value: Value | None) -> Sequence[Value]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Value) -> str:
    """What was typed. Raises InvalidData where it is what we masked, or no text."""
    if isinstance(value, list) or MASK in str(value):
        raise InvalidData("text_empty")
    return str(value)


def _shown(value: Value | None) -> str:
    return NOTHING if value is None else "、".join(map(str, value)) if isinstance(value, list) else str(value)
