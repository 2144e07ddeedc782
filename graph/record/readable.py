"""The readable graph as plain rows: its words, all from the ontology, its nodes and relationships, and where two states of it differ.

A node is a thing (or a trade of the code list) under two labels, `事物` and its kind's; its id stands as `编号`. A relationship has an
`编号` too, by which it is found again: what bears none was drawn by hand.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from graph.record.ontology import DIGESTS, JUDGEMENTS, Property, ontology

Value: TypeAlias = str | bool | float | list[str]

COMMON, KEY, TOLD_BY = "事物", "编号", "载明"
"""The label of every node, the property that holds ids, the relationship from a document to what it tells of."""

AS_NODES = ("trade",)
"""Code lists whose entries are nodes: one walks from a trade to everyone in it, and sees the trades that have nobody."""

OTHERS, BEFORE, NUMBER = "_另说", "_曾为", "_数"
"""Behind a property's name: values in conflict with the one that shows, values of other times, a quantity as a number."""

MEMBERS, DISPUTED, KEPT = "成员编号", "分歧", "收录原文"
ACTOR, TIME = "操作人", "时间"
"""Who decided on a pair, and when."""
SINCE, UNTIL, STATE, CURRENT, SOURCES, INFERRED, BASIS = "自", "至", "确认状态", "现值", "出处", "推断", "依据"
SAID, QUOTE, SENTENCE, PLACE, MATTER = "属性", "值", "原句", "位置", "事项"

_OF_MACHINES = frozenset({"kind", *DIGESTS, "seen_version", "seen_recipe", *JUDGEMENTS})
"""What says nothing to a reader: digests, recipes; and judgements, which are shown by what they do."""


def key_of(prop: Property) -> str:
    """How a property is called on a node. `编号` is a thing's id there, so what a source calls its number is `来源编号`."""
    return "来源编号" if prop.id == "key" else prop.zh


def is_shown(property_id: str) -> bool:
    """Whether the readable graph holds a property."""
    prop = ontology().properties.get(property_id)
    return prop is not None and property_id not in _OF_MACHINES and prop.is_open


def is_tie(prop: Property) -> bool:
    """Whether a property is drawn as a relationship."""
    return prop.type == "ref" or prop.codes in AS_NODES


def _checked(words: Iterable[str]) -> tuple[str, ...]:
    """Words fit to stand in a query as they are. Raises ValueError, for the ontology's author to see."""
    found = tuple(words)
    if len(set(found)) != len(found) or not all(re.fullmatch(r"[^\W\d]\w*", word) for word in found):
        raise ValueError(f"labels must be plain words and differ: {found}")
    return found


@dataclass(frozen=True)
class Vocabulary:
    """Every label, type and key that the readable graph may hold."""

    labels: Mapping[str, str]
    """Label → kind, or the property whose codes are nodes."""
    types: Mapping[str, str]
    """Relationship type → property."""
    lines: Mapping[str, str]
    """Relationship type → kind that is drawn as one line."""
    keys: Mapping[str, Property]
    """Node key → property, for what a person may say."""
    own: frozenset[str]
    """All keys of nodes."""

    @property
    def all_types(self) -> tuple[str, ...]:
        """Every relationship type."""
        return (*self.types, *self.lines, TOLD_BY)


def _vocabulary() -> Vocabulary:
    table = ontology()
    shown = [prop for prop in table.properties.values() if is_shown(prop.id)]
    labels = {kind.zh: kind.id for kind in table.kinds.values()} | {table.properties[id].zh: id for id in AS_NODES}
    types = {prop.zh: prop.id for prop in shown if is_tie(prop)}
    lines = {kind.zh: kind.id for kind in table.kinds.values() if kind.edge}
    keys = {key_of(prop): prop for prop in shown if not is_tie(prop)}
    _checked((COMMON, *labels))
    _checked((*types, *lines, TOLD_BY))
    own = (KEY, MEMBERS, DISPUTED, KEPT, ACTOR, TIME, *keys)
    _checked(own)
    more = {key + ending for key in keys for ending in (OTHERS, BEFORE, NUMBER)}
    return Vocabulary(labels, types, lines, keys, frozenset({*own, *more}))


VOCABULARY = _vocabulary()
TIE_KEYS = frozenset({KEY, SINCE, UNTIL, STATE, CURRENT, SOURCES, INFERRED, BASIS, SAID, QUOTE, SENTENCE, PLACE, MATTER}) | VOCABULARY.own
"""All keys of relationships; a kind drawn as one line has those of a node besides."""


# ---- rows


class Node(NamedTuple):
    """What a node should be: its id, its kind's label, its properties (the id among them)."""

    id: str
    label: str
    values: Mapping[str, Value]


class Tie(NamedTuple):
    """What a relationship should be. `owner` is the thing whose rows it follows from; it stands or goes with these."""

    id: str
    type: str
    start: str
    end: str
    owner: str
    values: Mapping[str, Value]


@dataclass(frozen=True)
class Rows:
    """Nodes and relationships that should be there."""

    nodes: list[Node] = field(default_factory=list)
    ties: list[Tie] = field(default_factory=list)


class FoundNode(NamedTuple):
    """A node as the server has it; `id` is empty where it bears none."""

    element: str
    id: str
    labels: tuple[str, ...]
    values: Mapping[str, Value]


class FoundTie(NamedTuple):
    """A relationship as the server has it, with the server's own names of its ends beside ours."""

    element: str
    id: str
    type: str
    start: str
    end: str
    values: Mapping[str, Value]
    start_element: str = ""
    end_element: str = ""


@dataclass(frozen=True)
class Found:
    """Nodes and relationships that are there."""

    nodes: Sequence[FoundNode] = ()
    ties: Sequence[FoundTie] = ()


# ---- where they differ


class NodeDifference(NamedTuple):
    """A node that is missing (`found` is None), too many (`wanted` is None), or other than it should be."""

    wanted: Node | None
    found: FoundNode | None


class TieDifference(NamedTuple):
    """A relationship that is missing, too many, or other than it should be."""

    wanted: Tie | None
    found: FoundTie | None


@dataclass(frozen=True)
class Differences:
    """What has to be written so that the graph is as it should be."""

    nodes: Sequence[NodeDifference] = ()
    ties: Sequence[TieDifference] = ()

    def __bool__(self) -> bool:
        return bool(self.nodes or self.ties)


def changes(wanted: Mapping[str, Value], found: Mapping[str, Value], own: frozenset[str] | None) -> dict[str, Value | None]:
    """What to set (None: to remove) among keys of ours; others are their author's, unless no keys are told."""
    gone: dict[str, Value | None] = {key: None for key in found if (own is None or key in own) and key not in wanted}
    return gone | {key: value for key, value in wanted.items() if found.get(key) != value}


def labels_off(wanted: Node, found: FoundNode, strict: bool = False) -> list[str]:
    """Labels of ours that it should not bear; with `strict` also those of others."""
    return [label for label in found.labels if (strict or label in VOCABULARY.labels) and label not in (COMMON, wanted.label)]


def is_other(wanted: Node, found: FoundNode) -> bool:
    """Whether a node is, in words of ours, other than it should be."""
    told = {COMMON, wanted.label} <= set(found.labels) and not labels_off(wanted, found)
    return not told or bool(changes(wanted.values, found.values, VOCABULARY.own))


def differences(wanted: Rows, found: Found) -> Differences:
    """Compares by `编号`; a second one of the same, and one without, is too many."""
    nodes = {node.id: node for node in wanted.nodes}
    ties = {tie.id: tie for tie in wanted.ties}
    off_nodes: list[NodeDifference] = []
    off_ties: list[TieDifference] = []
    for node in found.nodes:
        want = nodes.pop(node.id, None)
        if want is None or is_other(want, node):
            off_nodes.append(NodeDifference(want, node))
    for tie in found.ties:
        due = ties.pop(tie.id, None)
        if due is None or (tie.type, tie.start, tie.end) != due[1:4]:
            off_ties.append(TieDifference(None, tie))
            off_ties.extend([] if due is None else [TieDifference(due, None)])
        elif changes(due.values, tie.values, TIE_KEYS):
            off_ties.append(TieDifference(due, tie))
    off_nodes += [NodeDifference(node, None) for node in nodes.values()]
    off_ties += [TieDifference(tie, None) for tie in ties.values()]
    return Differences(off_nodes, off_ties)
