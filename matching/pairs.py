"""The best undecided pairs over all workshops (当前可议的联姻): one pass that scores, and explanations for the few that are shown.

For each workshop its best partner under the default rules that nobody has decided about; a pair that is the best of both stands once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from graph.analysis.steps import stepping
from matching.decisions import Decisions
from matching.explanation import Data, Explainer
from matching.suggestion import Matcher, Question, Scored, Sifted, let_through, score

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
    """Scores every workshop against all others under the default rules, once for an index: 0.2 s for 224 workshops."""
    remembered = matcher.index.remembered
    if "partners" not in remembered:
        fresh = replace(matcher, decisions=NOTHING)
        rows = matcher.index.of_kinds(("workshop",)).rows.tolist()
        remembered["partners"] = Partners({row: tuple(_best(fresh, row)) for row in stepping("pairs", rows)})
    found: Partners = remembered["partners"]
    return found


def _found(matcher: Matcher, question: Question) -> tuple[Sifted, Scored]:
    asked, _, _, sifted = let_through(matcher, question)
    return sifted, score(matcher, question, asked, sifted)


def _best(matcher: Matcher, row: int) -> Iterator[Pair]:
    question = Question(matcher.index.profiles.ids[row])
    _, found = _found(matcher, question)
    ranking = found.ranking(question)
    for at in ranking.best(DEEP):
        yield Pair(row, int(found.meeting.rows[at]), int(ranking.total[at]), ranking.tie(at))


def explained(matcher: Matcher, pair: Pair, lang: str = "zh") -> Data:
    """The partner of a pair as `suggest` would show it."""
    question = Question(matcher.index.profiles.ids[pair.asked], lang=lang)
    sifted, found = _found(replace(matcher, decisions=NOTHING), question)
    explainer = Explainer(found.meeting, found.scores, found.ranking(question), sifted.unverified, matcher.pool.load, lang)
    at = found.meeting.rows.tolist().index(pair.partner)
    return explainer.item(at, 1)
