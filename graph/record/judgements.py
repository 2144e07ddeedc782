"""Who is the same as whom: a forest of `same_as` edges, `different_from` between trees, refusals of single statements."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from graph.record.errors import Conflict
from graph.record.model import Row, Statement
from graph.record.ontology import JUDGEMENTS


class Forest:
    """Union-find over thing ids: the trees of `same_as`."""

    def __init__(self) -> None:
        self._up: dict[str, str] = {}

    def root(self, id: str) -> str:
        """The tree's representative (not the canonical id)."""
        while (up := self._up.get(id, id)) != id:
            self._up[id] = self._up.get(up, up)
            id = up
        return id

    def join(self, first: str, second: str) -> bool:
        """Joins two trees; False where they already were one."""
        one, other = self.root(first), self.root(second)
        self._up[other] = one
        self._up.setdefault(one, one)
        return one != other

    def trees(self) -> dict[str, list[str]]:
        """Members by representative."""
        found: dict[str, list[str]] = {}
        for id in self._up:
            found.setdefault(self.root(id), []).append(id)
        return found


def ends(edges: Iterable[Row]) -> set[str]:
    """The things at either end of these rows."""
    return {id for row in edges for id in (row.statement.subject, row.statement.value)}


def touched(statements: Iterable[Statement]) -> set[str]:
    """What these statements touch: the subjects (of a refusal that is a statement), and both ends of a judgement."""
    found = set()
    for one in statements:
        found.add(one.subject)
        if one.property in ("same_as", "different_from"):
            found.add(one.value)
    return found


def canonical(rows: Iterable[Row], first_told: Mapping[str, int]) -> dict[str, str]:
    """Canonical id of every member of a tree with at least two: the member first made."""
    forest = Forest()
    for row in rows:
        if row.statement.property == "same_as":
            forest.join(row.statement.subject, row.statement.value)
    found = {}
    for members in forest.trees().values():
        chosen = min(members, key=lambda id: (first_told.get(id, 1 << 62), id))
        found.update(dict.fromkeys(members, chosen))
    return found


def check(before: Sequence[Row], adds: Iterable[Statement], retracted: Collection[bytes | str]) -> None:
    """The state after: `same_as` is a forest with no `different_from` inside a tree.

    Raises Conflict `already_one` (an edge would close a cycle) or `different_inside`.
    """
    kept = [row.statement for row in before if row.statement.id not in retracted]
    forest, apart = Forest(), []
    for one in [*kept, *(add for add in adds if add.property in JUDGEMENTS)]:
        if one.property == "same_as" and not forest.join(one.subject, one.value):
            raise Conflict("already_one", first=one.subject, second=one.value)
        if one.property == "different_from":
            apart.append(one)
    for one in apart:
        if forest.root(one.subject) == forest.root(one.value):
            raise Conflict("different_inside", first=one.subject, second=one.value)


def split(id: str, edges: Sequence[Row], first_told: Mapping[str, int], source: str) -> tuple[list[Statement], list[str]]:
    """Adds and retracts that take `id` out of its tree and leave the others one, joined to the member first made of them.

    Raises Conflict `not_merged` where the id stands alone.
    """
    own = [row.statement for row in edges if id in (row.statement.subject, row.statement.value)]
    if not own:
        raise Conflict("not_merged", id=id)
    forest = Forest()
    for row in edges:
        if row.statement not in own:
            forest.join(row.statement.subject, row.statement.value)
    neighbours = sorted({other for one in own for other in (one.subject, one.value) if other != id})
    trees = forest.trees()
    members = {near: trees.get(forest.root(near), [near]) for near in neighbours}
    chosen = min((m for group in members.values() for m in group), key=lambda m: (first_told.get(m, 1 << 62), m))
    adds = [Statement(near, "same_as", chosen, source) for near in neighbours if chosen not in members[near]]
    return adds, [one.id for one in own]
