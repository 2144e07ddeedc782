"""What clusters are called: two terms that set their members apart, so that a planner knows them again: 「港口航道工程·测量 23」."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from math import log, sqrt
from typing import NamedTuple

import numpy as np

from graph.analysis.communities import ALONE, BESIDE, Labels, drawn
from graph.analysis.derive import UNITS, Derived
from graph.record.ontology import MEMBER_ROLES, ontology

TELLING = 1.96
"""z from which a term sets a community apart: 5 % two-sided."""

PRIOR = 10.0
"""Weight of the whole graph as prior, in members."""

SHARE = 0.1
"""Of the members that tell any term, how many must tell a title's terms."""

MOST = 0.5
"""The same for what tells less of a cluster than its work does: its place, its unit, its group."""

ENOUGH = 0.5
"""How much a thing's texts must speak for a trade to tell it: one word that two trades share, or its unit's name alone."""

UNNAMED = "未归类"
"""What a cluster is called where no term sets its members apart."""

NONE = {ALONE: "未入片区", BESIDE: "地区、文件等"}
"""What those are called that no cluster holds."""


def named(told: Derived, labels: Labels) -> dict[int, str]:
    """What the clusters of a snapshot are called (`titles`), on the map and in reasons alike."""
    slots = np.flatnonzero(drawn(told.snapshot))
    work, around = _work(told), _around(told)
    return titles(labels[slots], [work[slot] for slot in slots.tolist()], [around[slot] for slot in slots.tolist()])


def _work(told: Derived) -> list[set[str]]:
    """Per slot the trades of the glossary that its texts speak for, its fields, and where it has neither the division of its trade."""
    terms = [{trade for trade, vote in votes.items() if vote >= ENOUGH} for votes in told.callings]
    for slot, field in _ends(told, ("field",)):
        terms[slot].add(told.names[field])
    divisions, trade = list(ontology().codes["trade"].values()), told.column("trade")
    for slot in np.flatnonzero(trade >= 0).tolist():
        if not terms[slot]:
            terms[slot].add(divisions[trade[slot]].zh)
    return terms


def _around(told: Derived) -> list[set[str]]:
    """Per slot its place, told or inferred, its unit and its groups, itself where it is one. Workshops, like people, name nobody else."""
    place, names, kinds = told.column("place"), told.names, told.snapshot.kind
    terms = [{names[at]} if at >= 0 else set() for at in place.tolist()]
    naming = {ontology().kind_ids.index(kind) for kind in ("organisation", "group")}
    for slot, one in [*_ends(told, UNITS), *((member, group) for group, member in _ends(told, MEMBER_ROLES))]:
        if kinds[one] in naming:
            terms[slot].add(names[one])
            terms[one].add(names[one])
    return terms


def _ends(told: Derived, properties: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Source and target of every relation of these properties."""
    edges, ids = told.snapshot.edges(), ontology().property_ids
    chosen = np.isin(edges.property, [ids.index(name) for name in properties])
    return zip(edges.source[chosen].tolist(), edges.target[chosen].tolist(), strict=True)


def titles(labels: Labels, terms_of: Sequence[Iterable[str]], around: Sequence[Iterable[str]] = ()) -> dict[int, str]:
    """What each community is called: the two terms that set its members apart, and their count; 「未归类 N」 where none does.

    `terms_of` gives what each thing works in; where that gives less than two terms, `around` (its place, unit, group) is asked
    for what most members share. Terms are compared by log-odds with an informative Dirichlet prior (Monroe, Colaresi, Quinn 2008),
    counted by members and not by words: what everyone tells sets nobody apart.

    >>> titles(np.array([0] * 20 + [1] * 20 + [-1]), [["港航", "测量"]] * 20 + [["焊接"]] * 20 + [[]])
    {-1: '未入片区 1', 0: '测量·港航 20', 1: '焊接 20'}
    """
    sizes = dict(zip(*(column.tolist() for column in np.unique(labels, return_counts=True)), strict=True))
    chosen: dict[int, list[str]] = {label: [] for label in sizes if label >= 0}
    for terms, share in ((terms_of, SHARE), (around, MOST)):
        told = _telling(labels, terms)
        everywhere = _Told.of(chain.from_iterable(told.values()))
        for label, words in chosen.items():
            words += _apart(_Told.of(told.get(label, [])), everywhere, share, words)
    return {label: f"{'·'.join(chosen.get(label, ())) or NONE.get(label, UNNAMED)} {size}" for label, size in sizes.items()}


def _telling(labels: Labels, terms_of: Sequence[Iterable[str]]) -> dict[int, list[set[str]]]:
    """The terms of each community's members, but of those that tell none."""
    found: dict[int, list[set[str]]] = {}
    for label, terms in zip(labels.tolist(), terms_of, strict=False):
        if told := set(terms):
            found.setdefault(label, []).append(told)
    return found


class _Told(NamedTuple):
    """How many members tell each term, and how many tell any."""

    times: Counter[str]
    members: int

    @classmethod
    def of(cls, terms: Iterable[set[str]]) -> "_Told":
        """Counted over the members' sets of terms."""
        sets = list(terms)
        return cls(Counter(chain.from_iterable(sets)), len(sets))


def _apart(inside: _Told, everywhere: _Told, share: float, known: Sequence[str]) -> list[str]:
    """What makes the known terms two, the most telling first, none part of another (港航 and 港航工程 say one thing)."""
    often = [term for term, count in inside.times.items() if count > 1 and count >= share * inside.members]
    scores = {term: _log_odds(term, inside, everywhere) for term in often}
    chosen: list[str] = []
    for term in sorted(scores, key=lambda term: (-scores[term], term)):
        if scores[term] < TELLING or len(known) + len(chosen) == 2:
            break
        if not any(term in other or other in term for other in (*known, *chosen)):
            chosen.append(term)
    return chosen


def _log_odds(term: str, inside: _Told, everywhere: _Told) -> float:
    """How much likelier a member inside tells the term than one outside, in standard deviations."""
    prior = PRIOR * everywhere.times[term] / everywhere.members
    within = inside.times[term] + prior
    without = everywhere.times[term] - inside.times[term] + prior
    silent_within = inside.members + PRIOR - within
    silent_without = everywhere.members - inside.members + PRIOR - without
    if silent_within <= 0 or silent_without <= 0:  # everyone in the graph tells it
        return 0.0
    spread = sqrt(sum(1 / times for times in (within, without, silent_within, silent_without)))
    return (log(within / silent_within) - log(without / silent_without)) / spread
