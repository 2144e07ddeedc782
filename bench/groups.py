"""Real groups, one member left out: does the desk find who is missing? Beside BM25 alone and random, guarded and not.

    python bench/groups.py [folder of facts tables] [--seed 0]

Asked is the topic with the members that are left, and ranked are all workshops and units. Guarded means that what told the group cannot
give it away: the group itself is gone; of all that its sources told (and of what has no source) only what a thing is and whose it is
counts, no place and no cooperation; and the text of the one left out lacks the group's name and topic. Vectors never see these words.
News names only some of the members, so that a wrong answer is no proof of error; intervals are over groups.
"""

import argparse
import random
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.record.memory_store import MemoryStore
from graph.record.model import Change, Statement, thing_id
from graph.record.ontology import MEMBER_ROLES, ontology
from graph.record.snapshot import Snapshot
from matching.embedding import GramEmbedder
from matching.grouping import GroupQuestion, missing
from matching.lexical import Bm25
from matching.suggestion import Matcher, matcher, texts
from seeds.tables import facts_mapping, read_tables

FACTS = Path(__file__).parents[2] / "shared" / "data" / "facts"
FORMS = ("team", "alliance", "pair", "project_team")
POOL = ("workshop", "organisation")
NO_SOURCE = "table:facts"
"""The source of rows that name no page."""
OWN = ("field", "host", "leader", "employer")
"""References that are a thing's own description: no cooperation and no place."""
LENT_BY = ("leader", "host", "employer")
"""Whose texts a thing shows as its own; they too are cut."""
TOP = 10
ROUNDS = 10_000

Floats = NDArray[np.float32]


class Group(NamedTuple):
    """A real group with its true members among workshops and units, and every source that told of it."""

    id: str
    words: tuple[str, ...]
    topic: str
    members: tuple[str, ...]
    sources: frozenset[str]


class Facts:
    """All statements of the tables, ids minted anew at random."""

    def __init__(self, folder: Path, seed: int) -> None:
        mapping = facts_mapping()
        sheets = {table["sheet"]: (folder / table["sheet"]).read_bytes() for table in tomllib.loads(mapping)["table"]}
        told = [claim.statement for claim in read_tables(sheets, mapping).claims]
        fresh = {id: thing_id("bench", "random", str(seed), id) for id in {one.subject for one in told}}
        minted = [one._replace(subject=fresh[one.subject], value=fresh.get(one.value, one.value)) for one in told]
        self.statements = sorted(minted)
        random.Random(seed).shuffle(self.statements)

    @cached_property
    def groups(self) -> Sequence[Group]:
        """Groups of FORMS with two or more members in the pool."""
        about = _by_subject(self.statements)
        chosen = [id for id, told in sorted(about.items()) if ("kind", "group") in told and any(("form", form) in told for form in FORMS)]
        found = (self._group(id, about) for id in chosen)
        return [group for group in found if len(group.members) >= 2]

    def _group(self, id: str, about: Mapping[str, set[tuple[str, str]]]) -> Group:
        told = about[id]
        members = sorted({value for role, value in told if role in MEMBER_ROLES and _in_pool(about[value])})
        topic = sorted(value for name, value in told if name == "topic")
        words = (*topic, *sorted(value for name, value in told if name == "name"))
        sources = frozenset(one.source for one in self.statements if one.subject == id) | {NO_SOURCE}
        return Group(id, words, "；".join(topic), tuple(members), sources)

    @cached_property
    def questions(self) -> Sequence[tuple[Group, str]]:
        """Every group with each of its members left out."""
        return [(group, member) for group in self.groups for member in group.members]

    def words_cut(self) -> list[Statement]:
        """The statements without any group's own words in its members' texts: what vectors may learn from."""
        words: dict[str, set[str]] = {}
        for group in self.groups:
            for member in group.members:
                words.setdefault(member, set()).update(group.words)
        return [_cut(one, words.get(one.subject, ())) for one in self.statements]

    def without(self, group: Group, left_out: str) -> list[Statement]:
        """The guarded statements."""
        kept = (one for one in self.statements if one.subject != group.id and one.value != group.id)
        speakers = {left_out} | {one.value for one in self.statements if one.subject == left_out and one.property in LENT_BY}
        told = (one for one in kept if not _tells_pair(one, group.sources))
        return [_cut(one, group.words) if one.subject in speakers else one for one in told if not self._names_topic(one, group, speakers)]

    def _names_topic(self, one: Statement, group: Group, speakers: set[str]) -> bool:
        return one.subject in speakers and one.property == "field" and any(word in self._names[one.value] for word in group.words)

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return {one.subject: one.value for one in self.statements if one.property == "name"}

    def unguarded(self, group: Group, left_out: str) -> list[Statement]:
        """All but the one membership that is asked for."""
        return [one for one in self.statements if not (one.subject == group.id and one.value == left_out)]


def _by_subject(statements: Iterable[Statement]) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for one in statements:
        found.setdefault(one.subject, set()).add((one.property, one.value))
    return found


def _in_pool(told: set[tuple[str, str]]) -> bool:
    return any(("kind", kind) in told for kind in POOL) and ("form", "union") not in told


def _tells_pair(one: Statement, sources: frozenset[str]) -> bool:
    """Whether a statement of these sources could count for a feature of two."""
    reference = ontology().properties[one.property].type == "ref"
    return reference and one.source in sources and one.property not in OWN


def _cut(one: Statement, words: Iterable[str]) -> Statement:
    """A statement of text without these words; of a name that was nothing else a dash is left."""
    if ontology().properties[one.property].type != "text":
        return one
    value = one.value
    for word in sorted(words, key=lambda word: (-len(word), word)):
        value = value.replace(word, "")
    return one._replace(value=value.strip() or "-")


def snapshot_of(statements: Sequence[Statement]) -> Snapshot:
    """A version that holds these."""
    store = MemoryStore()
    store.append(Change("bench", adds=tuple(statements)))
    return store.snapshot()


# ---- who is missing, by every way


class Asked(NamedTuple):
    """One question: a group without one of its members, before a version in which that is to be found out."""

    ready: Matcher
    group: Group
    left_out: str
    sources: Mapping[str, frozenset[str]]

    @property
    def rest(self) -> Sequence[str]:
        """The members that are left."""
        return [member for member in self.group.members if member != self.left_out]

    @property
    def text(self) -> str:
        """The topic and the texts of the members that are left."""
        known = self.ready.index.profiles
        return " ".join((self.group.topic, *(line.text for id in self.rest for line in known.offers.at(known.row(id)))))


def ours(asked: Asked) -> Floats:
    """The product's way, as groups use it."""
    ranking, _ = missing(asked.ready, GroupQuestion(text=asked.group.topic, locked=tuple(asked.rest), kinds=POOL))
    return ranking.total.astype(np.float32)


def bm25(asked: Asked) -> Floats:
    """BM25 alone, asked the topic and the members' texts."""
    return _lexical(asked, asked.text)


def bm25_topic(asked: Asked) -> Floats:
    """BM25 alone, asked the topic."""
    return _lexical(asked, asked.group.topic)


def _lexical(asked: Asked, text: str) -> Floats:
    known = asked.ready.index.profiles
    rows = known.of_kinds(POOL)
    return Bm25([" ".join(line.text for line in known.offers.at(int(row))) for row in rows]).scores(text)


def same_source(asked: Asked) -> Floats:
    """The planted feature: with how many of the members a source that counts is shared."""
    known = asked.ready.index.profiles
    of = [asked.sources.get(known.ids[int(row)], frozenset()) for row in known.of_kinds(POOL)]
    return np.array([sum(bool(mine & asked.sources.get(id, frozenset())) for id in asked.rest) for mine in of], dtype=np.float32)


WAYS: Mapping[str, Callable[[Asked], Floats]] = {
    "lianyin": ours, "BM25, topic and members": bm25, "BM25, topic": bm25_topic, "planted: same source": same_source,
}  # fmt: skip


def rank(asked: Asked, scores: Floats) -> float:
    """The rank of the one left out among all but the members asked with; ties at their mean."""
    known = asked.ready.index.profiles
    rows = known.of_kinds(POOL)
    others = scores[~np.isin(rows, [known.row(id) for id in asked.rest])]
    mine = scores[int(np.searchsorted(rows, known.row(asked.left_out)))]
    return float((others > mine).sum() + ((others == mine).sum() + 1) / 2)


def ranks(facts: Facts, guarded: bool) -> tuple[Mapping[str, Floats], int]:
    """Ranks (questions,) by way, and the size of the pool. Vectors have seen no group's words."""
    embedder = GramEmbedder.train(texts(snapshot_of(facts.words_cut())))
    found: dict[str, list[float]] = {way: [] for way in WAYS}
    size = 0
    for group, left_out in facts.questions:
        told = facts.without(group, left_out) if guarded else facts.unguarded(group, left_out)
        ready = matcher(snapshot_of(told), embedder)
        sources: dict[str, set[str]] = {}
        for one in told:
            if not guarded or one.source not in group.sources:
                sources.setdefault(one.subject, set()).add(one.source)
        asked = Asked(ready, group, left_out, {id: frozenset(told_by) for id, told_by in sources.items()})
        size = len(ready.index.profiles.of_kinds(POOL)) - len(asked.rest)
        for way, scores in WAYS.items():
            found[way].append(rank(asked, scores(asked)))
    return {way: np.array(told, dtype=np.float32) for way, told in found.items()}, size


# ---- in figures


class Intervals:
    """Bootstrap over groups: the members of one group stand or fall together."""

    def __init__(self, groups: Sequence[int]) -> None:
        number, at = np.unique(groups, return_inverse=True)
        drawn = np.random.default_rng(0).integers(0, len(number), (ROUNDS, len(number)))
        times = np.apply_along_axis(np.bincount, 1, drawn, minlength=len(number))
        self._weights = times[:, at] / times[:, at].sum(axis=1, keepdims=True)

    def of(self, values: NDArray[np.floating]) -> tuple[float, float, float]:
        """Mean, and the 95 % interval of it."""
        low, high = np.quantile(self._weights @ values, (0.025, 0.975))
        return float(values.mean()), float(low), float(high)


def table(facts: Facts, guarded: bool) -> None:
    """All ways under one guard, and ours less BM25."""
    found, size = ranks(facts, guarded)
    asked = facts.questions
    of_group = [facts.groups.index(group) for group, _ in asked]
    intervals = Intervals(of_group)
    chance = np.sum(1 / np.arange(1, size + 1)) / size
    print(f"\n{'guarded' if guarded else 'not guarded'}: {len(asked)} questions from {len(facts.groups)} groups, pool of {size}")
    for way, told in found.items():
        mrr, low, high = intervals.of(1 / told)
        recall = intervals.of((told <= TOP).astype(np.float32))
        print(f"  {way:<26} MRR {mrr:.3f} [{low:.3f}, {high:.3f}]   recall@{TOP} {recall[0]:.3f} [{recall[1]:.3f}, {recall[2]:.3f}]")
    control = intervals.of(1 / found["planted: same source"])
    print(f"  the planted feature scores {'as random' if control[1] <= chance <= control[2] else 'unlike random'}")
    print(f"  {'random':<26} MRR {chance:.3f}                    recall@{TOP} {TOP / size:.3f}")
    gain = 1 / found["lianyin"] - 1 / found["BM25, topic and members"]
    mean, low, high = intervals.of(gain)
    doubt = "the interval includes zero: not shown on so few groups" if low <= 0 <= high else "the interval excludes zero"
    print(f"  lianyin less BM25: {mean:+.3f} [{low:+.3f}, {high:+.3f}]; {doubt}")
    for half in (0, 1):
        chosen = np.array([group % 2 == half for group in of_group])
        means = "   ".join(f"{way} {float((1 / told)[chosen].mean()):.3f}" for way, told in list(found.items())[:2])
        print(f"  MRR on {('even', 'odd')[half]} groups: {means}")


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FACTS)
    parser.add_argument("--seed", type=int, default=0, help="of the ids minted anew")
    told = parser.parse_args()
    facts = Facts(told.folder, told.seed)
    for guarded in (True, False):
        table(facts, guarded)


if __name__ == "__main__":
    main()
