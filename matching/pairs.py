"""The best undecided pairs over all workshops (当前可议的联姻): one pass that scores, and explanations for the few that are shown.

For each workshop its best partner under the default rules that nobody has decided about; a pair that is the best of both stands once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.analysis.steps import stepping
from matching.decisions import Decisions
from matching.explanation import Data, Explainer
from matching.profile import Ints
from matching.retrieval import EXACT
from matching.scoring import Ranking, totals
from matching.suggestion import ABROAD, Matcher, Question, Scored, Sifted, among, let_through, score, together

DEEP = 20
"""Partners remembered of each workshop: so many may be decided about before a pass is needed anew."""

NOTHING = Decisions((), {})


class Pair(NamedTuple):
    """A workshop that asks and its best partner, by row; the score in millionths; the hash that breaks ties."""

    asked: int
    partner: int
    score: int
    tie: int


@dataclass(frozen=True, eq=False)
class Partners:
    """Of each row its best partners, best first, whatever was decided: what an index is worth before anyone spoke."""

    best: Mapping[int, Sequence[Pair]]

    def undecided(self, matcher: Matcher, day: str) -> list[Pair]:
        """Each row's best pair that no decision hides on that ISO day, best first, each pair once."""
        ids = matcher.index.profiles.ids
        hidden = {pair for pair, decision in matcher.decisions.by_pair.items() if decision.hides(day)}
        open_ = ([one for one in told if frozenset((ids[one.asked], ids[one.partner])) not in hidden] for told in self.best.values())
        found: dict[frozenset[int], Pair] = {}
        for one in sorted((told[0] for told in open_ if told), key=lambda one: (-one.score, one.tie, one.asked)):
            found.setdefault(frozenset((one.asked, one.partner)), one)
        return list(found.values())


def partners(matcher: Matcher) -> Partners:
    """Scores every workshop against all others under the default rules, once for an index."""
    remembered = matcher.index.remembered
    if "partners" not in remembered:
        remembered["partners"] = Partners(dict(_partners(replace(matcher, decisions=NOTHING))))
    found: Partners = remembered["partners"]
    return found


def _partners(matcher: Matcher) -> Iterator[tuple[int, Sequence[Pair]]]:
    """Those who give and seek are asked many at a time; the others, whose rules and candidates differ, one by one."""
    block, known = matcher.index.of_kinds(("workshop",)), matcher.index.profiles
    many = (np.diff(known.offers.start)[block.rows] > 0) & (len(block.rows) <= EXACT)
    hashes = known.id_hashes[block.rows]
    for places, meeting in together(matcher.index, block.rows[many], block, "pairs"):
        rows = block.rows[many][places]
        total = np.where(_allowed(matcher, rows, block.rows), totals(meeting), 0)
        for row, told in zip(rows.tolist(), total, strict=True):
            yield row, _best(row, block.rows, Ranking(told, hashes, Question().tie_seed(known.ids[row])))
    for row in stepping("pairs", block.rows[~many].tolist()):
        question = Question(known.ids[row])
        _, found = _found(matcher, question)
        yield row, _best(row, found.meeting.rows, found.ranking(question))


def _allowed(matcher: Matcher, rows: Ints, candidates: Ints) -> NDArray[np.bool_]:
    """Whom the default rules let through for each of the rows (rows, candidates), their own circle and present partners left out."""
    known = matcher.index.profiles
    allowed: NDArray[np.bool_] = ~np.any([rule.clash(matcher.pool, rows[:, None])[0] for rule in ABROAD], axis=0)[:, candidates]
    for found, row in zip(allowed, rows.tolist(), strict=True):
        found[among(candidates, [row, *known.circle_of(row).tolist(), *known.tied(row).tolist()])] = False
    return allowed


def _best(row: int, candidates: Ints, ranking: Ranking) -> Sequence[Pair]:
    return [Pair(row, int(candidates[at]), int(ranking.total[at]), ranking.tie(at)) for at in ranking.best(DEEP)]


def _found(matcher: Matcher, question: Question) -> tuple[Sifted, Scored]:
    asked, _, _, sifted = let_through(matcher, question)
    return sifted, score(matcher, question, asked, sifted)


def explained(matcher: Matcher, pair: Pair, lang: str = "zh") -> Data:
    """The partner of a pair as `suggest` would show it."""
    question = Question(matcher.index.profiles.ids[pair.asked], lang=lang)
    sifted, found = _found(replace(matcher, decisions=NOTHING), question)
    explainer = Explainer(found.meeting, found.scores, found.ranking(question), sifted.unverified, matcher.pool.load, lang)
    at = found.meeting.rows.tolist().index(pair.partner)
    return explainer.item(at, [at])
