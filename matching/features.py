"""What glues two together: each criterion a function that gives a value for every candidate, and one that gives its grounds for one.

Values lie in 0..1 and are worked out in arrays (askers, candidates); grounds (the words of a sentence and the statements behind them)
only for the few that are shown. `give` is what the asked one gives the candidate, `get` the other way; a criterion that holds for both
alike has one value for both. Adding a criterion: two functions and a line in FEATURES.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.analysis.titles import UNNAMED
from graph.analysis.walks import shortest_distances
from graph.data.tables import glossary
from matching.lexical import GRID, on_grid
from matching.profile import ROLE_WORDS, ROLES, Floats, Ints, Line, Words, knowledge, product_between, terms_in
from matching.retrieval import Block, Index, largest

GIVE, GET = "give", "get"

CHAIN_ALONE = 0.7
"""What a chain link counts between two whose words are not close at all."""
TRADE_ANSWER = 0.25
"""What being of the very trade that a sentence speaks of counts beside an answer in words."""
ROLE_SETS = np.array([[set_ >> at & 1 for at in range(len(ROLES))] for set_ in range(1 << len(ROLES))], dtype=np.float32)
"""Every set of ROLES there can be: what depends on roles alone is worked out for these eight and not for each candidate."""


class Grounds(NamedTuple):
    """Why a criterion holds for one candidate: the words of its sentence, its variant, the statements, and whether it is a guess."""

    words: Mapping[str, str]
    statements: tuple[int, ...]
    variant: str = ""
    guessed: bool = False


@dataclass(frozen=True, eq=False)
class Asked:
    """The side that asks: a row of the index, or what was read out of a sentence (`row` -1)."""

    row: int
    name: str
    offers: Sequence[Line]
    seeks: Sequence[Line]
    offer_vectors: Floats
    seek_vectors: Floats
    vector: Floats
    trades: Floats
    makes: Floats
    words: Words
    columns: Mapping[str, int]
    places: Ints
    roles: Floats
    date: str = ""

    @property
    def spoken(self) -> Sequence[Line]:
        """The lines that `words` was read from."""
        return self.offers or self.seeks

    @cached_property
    def seek_terms(self) -> Sequence[Sequence[str]]:
        """The glossary words of each of its needs."""
        return [terms_in(line.text) for line in self.seeks]

    @property
    def two_sided(self) -> bool:
        """Whether it has something to give: a need and a sentence only ask."""
        return bool(self.offers)


@dataclass(frozen=True, eq=False)
class Meeting:
    """Those who ask before all candidates of a block: one, or several who all give and seek or all only seek.

    Values are (askers, candidates): several at once cost a third of one after the other. Grounds are told for the first. What several
    criteria share is worked out once.
    """

    index: Index
    askers: Sequence[Asked]
    block: Block

    @property
    def asked(self) -> Asked:
        """The first of those who ask."""
        return self.askers[0]

    @property
    def rows(self) -> Ints:
        """Rows of the candidates."""
        return self.block.rows

    def zeros(self) -> Floats:
        """No value for anyone."""
        return np.zeros((len(self.askers), len(self.rows)), dtype=np.float32)

    # ---- what criteria read of those who ask, (askers, …); columns have the one axis more that goes with the candidates

    @cached_property
    def vectors(self) -> Floats:
        """All their words."""
        return _stacked([one.vector for one in self.askers])

    @cached_property
    def trades(self) -> Floats:
        """How far their words speak for each trade."""
        return _stacked([one.trades for one in self.askers])

    @cached_property
    def places(self) -> Ints:
        """Province, city and district."""
        return _stacked([one.places for one in self.askers])

    @cached_property
    def own_rows(self) -> Ints:
        """Rows of those who ask; -1 for a sentence."""
        return np.array([[one.row] for one in self.askers], dtype=np.int32)

    @cached_property
    def divisions(self) -> Ints:
        """Their trades by code, -1 unknown."""
        return np.array([[one.columns["trade"]] for one in self.askers], dtype=np.int32)

    @cached_property
    def _seek_start(self) -> Ints:
        return _starts([len(one.seeks) for one in self.askers])

    # ---- what they are to the candidates

    @cached_property
    def closeness(self) -> Floats:
        """How close the candidates' trades of thought are to theirs: cosine of all their words above the noise, 0..1."""
        return self.index.above_noise(self._likeness)

    @cached_property
    def _likeness(self) -> Floats:
        return np.asarray(self.vectors @ self.block.vectors.T)

    @cached_property
    def kinship(self) -> Floats:
        """The same above what chance brings now and then: 0 for all who are not clearly close."""
        return self.index.clearly_above_noise(self._likeness)

    @cached_property
    def by_trade(self) -> Floats:
        """For a question that only asks: how far the candidates' words speak for the trades that its words speak for."""
        return self.zeros() if self.asked.two_sided else TRADE_ANSWER * (self.trades @ self.block.trades.T)

    @cached_property
    def answered(self) -> Floats:
        """How well each candidate answers the best answered of their needs, 0..1."""
        return np.maximum(self.answered_in_words, self.by_trade)

    @cached_property
    def answered_in_words(self) -> Floats:
        """The same by the lines of both alone."""
        lines = [line for one in self.askers for line in one.seeks]
        if not lines:
            return self.zeros()
        terms = [terms for one in self.askers for terms in one.seek_terms]
        cosine = self.block.best_offer(self._seeks @ self.block.offers.T)
        shared = np.array([self.index.lexical.similarity(line.text)[self.rows] for line in lines])
        said = np.array([self.index.rows_saying(some)[self.rows] for some in terms])
        return largest(self.index.answer(cosine, shared, said), self._seek_start, axis=0)

    @cached_property
    def _seeks(self) -> Floats:
        return np.concatenate([one.seek_vectors for one in self.askers])

    @cached_property
    def answers(self) -> Floats:
        """How well their offers answer the best answered of each candidate's needs, 0..1."""
        if not self.asked.two_sided or not len(self.block.seek_at):
            return self.zeros()
        offers = np.concatenate([one.offer_vectors for one in self.askers])
        cosine = largest(offers @ self.block.seeks.T, _starts([len(one.offers) for one in self.askers]), axis=0)
        met = [self.index.asking.met_by(" ".join(line.text for line in one.offers))[self.block.seek_at] for one in self.askers]
        said = [self.index.needs_saying(one.words.terms)[self.block.seek_at] for one in self.askers]
        return self.block.best_seek(self.index.answer(cosine, np.array(met), np.array(said)))

    @cached_property
    def shared_problems(self) -> Floats:
        """How close the closest two needs are, 0..1; 0 where one of the two asks for nothing."""
        if not self._seek_start[-1] or not len(self.block.seek_at):
            return self.zeros()
        return self.index.above_noise(self.block.best_seek(largest(self._seeks @ self.block.seeks.T, self._seek_start, axis=0)))

    @cached_property
    def other_trade(self) -> Floats:
        """1 where the trades are known to differ, a half where one is not known, 0 in the same trade."""
        mine, theirs = self.divisions, self.index.profiles.columns["trade"][self.rows]
        return np.where((mine < 0) | (theirs < 0), 0.5, theirs != mine).astype(np.float32)

    @cached_property
    def hops(self) -> Ints:
        """Steps over present cooperation to each candidate; -1 where there is no way within four."""
        return np.array([self._hops(one.row) for one in self.askers], dtype=np.int32)

    def _hops(self, row: int) -> Ints:
        if row < 0 or not len(self.index.profiles.tied(row)):
            return np.full(len(self.rows), -1, dtype=np.int32)
        return shortest_distances(*self.index.profiles.ties, row, hops=4)[self.rows]


def _stacked(told: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return told[0][None] if len(told) == 1 else np.array(told)


def _starts(counts: Sequence[int]) -> Ints:
    """Where the lines of each begin, and where the last end."""
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int32)


# ---- the criteria


def need(meeting: Meeting, side: str) -> Floats:
    """One asks for what the other has done or offers: root of the cosine of the need and the best line of the other's plus the share of
    the need's words that the other says (BM25), both above the noise of unrelated texts. Who works in the trade of a need that only
    asks counts for something in any case."""
    return meeting.answered if side == GET else meeting.answers


def need_grounds(meeting: Meeting, at: int, side: str) -> Grounds | None:
    """The need, and the line that answers it best; or the trade that the need is of and the candidate works in."""
    if side == GET and meeting.by_trade[0, at] > meeting.answered_in_words[0, at]:
        trade = int((meeting.block.trades[at] * meeting.asked.trades).argmax())
        mine, theirs = _speaking(meeting, at, (trade, trade))
        return Grounds({"trade": knowledge().trades[trade]}, (*mine, *theirs), "trade", True)
    pair = _answer(meeting, at, side)
    if pair is None:
        return None
    asks, answers = pair
    return Grounds({"need": asks.quoted, "result": answers.quoted}, (*asks.statements, *answers.statements))


def _answer(meeting: Meeting, at: int, side: str) -> tuple[Line, Line] | None:
    """The need and the line that answers it best, over all pairs of lines of the two."""
    offers, seeks = meeting.index.profiles.offers, meeting.index.profiles.seeks
    row = int(meeting.rows[at])
    if side == GET:
        asking, answering, wanted, given = meeting.asked.seeks, offers.at(row), meeting.asked.seek_vectors, meeting.block.offers_at(at)
    else:
        asking, answering, wanted, given = seeks.at(row), meeting.asked.offers, meeting.block.seeks_at(at), meeting.asked.offer_vectors
    if not asking or not answering:
        return None
    score = wanted @ given.T + np.array([[_share(one.text, other.text) for other in answering] for one in asking], dtype=np.float32)
    first, second = divmod(int(score.argmax()), len(answering))
    return asking[first], answering[second]


def _share(question: str, answer: str) -> float:
    """Share of the question's pairs of characters that the answer says; single ones, which BM25 counts too, only break ties."""
    pairs = {question[at : at + 2] for at in range(len(question) - 1)}
    share = sum(pair in answer for pair in pairs) / len(pairs) if pairs else 0.0
    return share or len({*question} & {*answer}) / max(len(question), 1) * float(GRID) / 2


def swap(meeting: Meeting, side: str) -> Floats:
    """Each asks for what the other offers: the weaker of the two answers."""
    return np.minimum(meeting.answered, meeting.answers)


def swap_grounds(meeting: Meeting, at: int, side: str) -> Grounds | None:
    """Both needs with both answers."""
    get, give = _answer(meeting, at, GET), _answer(meeting, at, GIVE)
    if get is None or give is None:
        return None
    words = {"a_offers": give[1].quoted, "b_offers": get[1].quoted, "a_needs": get[0].quoted, "b_needs": give[0].quoted}
    return Grounds(words, tuple(number for line in (*give, *get) for number in line.statements))


def chain(meeting: Meeting, side: str) -> Floats:
    """One's trade makes what the other's uses, in the words of the industry glossary; as large as their words speak for these trades and
    as the product is telling: what every trade uses counts nothing, and among many links the closer two come first. Who has no goods to
    deliver (schools, hospitals, offices) is nobody's supplier."""
    if not meeting.asked.two_sided:  # who supplies the trade that a need is of does not solve it
        return meeting.zeros()
    near_to = np.float32(CHAIN_ALONE) + np.float32(1 - CHAIN_ALONE) * meeting.closeness
    # what is rounded is the maker's side, whoever asks: rounding the asked one's gave another value from the other end
    if side == GIVE:
        makes = _stacked([one.makes for one in meeting.askers])
        return np.asarray(on_grid(makes @ knowledge().flow) @ meeting.block.trades.T * near_to)
    return np.asarray(meeting.trades @ meeting.block.supplies.T * near_to)


def chain_grounds(meeting: Meeting, at: int, side: str) -> Grounds | None:
    """The product, told by both where both name it, else known from the glossary."""
    maker, user = (meeting.asked.makes, meeting.block.trades[at]) if side == GIVE else (
        meeting.index.profiles.makes[meeting.rows[at]], meeting.asked.trades)  # fmt: skip
    made, used = np.flatnonzero(maker), np.flatnonzero(user)
    ways = maker[made, None] * user[used] * knowledge().flow[made][:, used]
    if not ways.any():
        return None
    way = divmod(int(ways.argmax()), len(used))
    first, second = int(made[way[0]]), int(used[way[1]])
    trades = knowledge().trades
    words = {"product": product_between(first, second), "maker_trade": trades[first], "user_trade": trades[second]}
    mine, theirs = _speaking(meeting, at, (first, second) if side == GIVE else (second, first))
    return Grounds(words, (*mine, *theirs), guessed=True)


def _speaking(meeting: Meeting, at: int, trades: tuple[int, int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Statements by which the asked one and the candidate count to these trades."""
    row = int(meeting.rows[at])
    profiles = meeting.index.profiles
    sides = ((meeting.asked.words, meeting.asked.spoken), (profiles.words[row], profiles.spoken(row)))
    found = []
    for (words, lines), trade in zip(sides, trades, strict=True):
        line = next((place for term, place in words.terms.items() if trade in knowledge().by_word.get(term, ())), None)
        found.append(lines[line].statements if line is not None else ())
    return found[0], found[1]


def same_method(meeting: Meeting, side: str) -> Floats:
    """Both name one method, in trades that differ; a rarer method counts more, one in the same trade not at all."""
    rarest = meeting.zeros()
    if not any(one.words.methods for one in meeting.askers):
        return rarest
    for found, one in zip(rarest, meeting.askers, strict=True):
        mine = list(one.words.methods)
        if mine:
            (meeting.block.methods[:, mine] * meeting.index.method_weights[mine]).max(axis=1, out=found)
    return rarest * meeting.other_trade


def same_method_grounds(meeting: Meeting, at: int, side: str) -> Grounds | None:
    """The rarest method that both name, with both lines."""
    row = int(meeting.rows[at])
    theirs = meeting.index.profiles.words[row].methods
    shared = [method for method in meeting.asked.words.methods if method in theirs]
    if not shared:
        return None
    method = max(shared, key=lambda one: (meeting.index.method_weights[one], -one))
    mine = meeting.asked.spoken[meeting.asked.words.methods[method]]
    line = meeting.index.profiles.spoken(row)[theirs[method]]
    words = {"method": glossary().methods[method], "a_trade": meeting.index.trade_name(meeting.asked.columns["trade"]),
             "b_trade": meeting.index.trade_name(int(meeting.index.profiles.columns["trade"][row]))}  # fmt: skip
    return Grounds(words, (*mine.statements, *line.statements), "" if words["a_trade"] and words["b_trade"] else "trade_unknown")


def sci_make_test(meeting: Meeting, side: str) -> Floats:
    """Research, making and testing come together: each has a part that the other lacks; full where all three are there."""
    mine, theirs = np.array([[one.roles] for one in meeting.askers]), ROLE_SETS
    lacks = np.minimum((theirs * (1 - mine)).max(axis=2), (mine * (1 - theirs)).max(axis=2))
    whole = np.maximum(theirs, mine).min(axis=2)
    worth = (lacks * (0.6 + 0.4 * whole)).astype(np.float32)
    return np.asarray(worth[:, meeting.block.role_set] * meeting.kinship)


def sci_make_test_grounds(meeting: Meeting, at: int, side: str) -> Grounds | None:
    """Who brings which part, and what is missing."""
    row = int(meeting.rows[at])
    mine, theirs = meeting.asked.roles > 0, meeting.block.roles[at] > 0
    words = {"a_part": _parts(mine & ~theirs), "b_part": _parts(theirs & ~mine), "missing": _parts(~(mine | theirs))}
    lines = [line for line in (_role_line(meeting.asked.offers, mine & ~theirs),
                               _role_line(meeting.index.profiles.offers.at(row), theirs & ~mine)) if line]  # fmt: skip
    return Grounds(words, tuple(number for line in lines for number in line.statements), "missing" if words["missing"] else "", True)


def _parts(chosen: np.ndarray) -> str:
    return ",".join(ROLES[at] for at in np.flatnonzero(chosen).tolist())


def _role_line(lines: Sequence[Line], parts: np.ndarray) -> Line | None:
    patterns = [pattern for pattern, part in zip(ROLE_WORDS, parts.tolist(), strict=True) if part]
    return next((line for line in lines if any(pattern.search(line.text) for pattern in patterns)), None)


def scarce(meeting: Meeting, side: str) -> Floats:
    """One has a skill that at most three tell and nobody in the other's trade; the rarer, and the closer the two, the more."""
    skills = meeting.index.scarce
    if side == GET:
        holders, divisions = meeting.rows, meeting.divisions
    elif any(one.row >= 0 and skills.worth[one.row] for one in meeting.askers):
        holders, divisions = meeting.own_rows, meeting.index.profiles.columns["trade"][meeting.rows]
    else:
        return meeting.zeros()
    lacking = (holders >= 0) & (divisions >= 0) & ~skills.divisions[holders, divisions]
    return np.asarray(skills.worth[holders] * lacking * meeting.kinship)


def scarce_grounds(meeting: Meeting, at: int, side: str) -> Grounds | None:
    """The skill, how many tell it, and the line."""
    row = int(meeting.rows[at])
    holder, other = (row, meeting.asked.columns["trade"]) if side == GET else (
        meeting.asked.row, int(meeting.index.profiles.columns["trade"][row]))  # fmt: skip
    told = meeting.index.scarce.skill[holder]
    if told is None:
        return None
    skill, count = told
    line = meeting.index.profiles.offers.at(holder)[meeting.index.profiles.words[holder].terms[skill]]
    words = {"skill": skill, "count": str(count), "trade": meeting.index.trade_name(other)}
    return Grounds(words, line.statements)


def common(meeting: Meeting, side: str) -> Floats:
    """Both ask for the same: cosine of their closest needs above the noise."""
    return meeting.shared_problems


def common_grounds(meeting: Meeting, at: int, side: str) -> Grounds | None:
    """The two needs."""
    row = int(meeting.rows[at])
    theirs = meeting.index.profiles.seeks.at(row)
    if not theirs or not meeting.asked.seeks:
        return None
    score = meeting.asked.seek_vectors @ meeting.block.seeks_at(at).T
    first, second = divmod(int(score.argmax()), len(theirs))
    mine, line = meeting.asked.seeks[first], theirs[second]
    return Grounds({"a_problem": mine.quoted, "b_problem": line.quoted}, (*mine.statements, *line.statements))


def bridge(meeting: Meeting, side: str) -> Floats:
    """The first cooperation between two clusters, or a short way where there were three or four steps; as large as the two are close."""
    mine, theirs = np.array([[meeting.index.cluster_of(one.row)] for one in meeting.askers]), meeting.index.clusters[meeting.rows]
    value = np.where(meeting.hops >= 3, np.float32(0.5), np.float32(0))
    if meeting.index.tied_clusters.size:
        value[(mine >= 0) & (theirs >= 0) & (theirs != mine) & ~meeting.index.tied_clusters[mine, theirs]] = 1
    return np.asarray(value * meeting.kinship)


def bridge_grounds(meeting: Meeting, at: int, side: str) -> Grounds | None:
    """Which clusters, or how many stand between."""
    hops = int(meeting.hops[0, at])
    if hops >= 3:
        return Grounds({"between": str(hops - 1)}, (), "hops")
    names = meeting.index.cluster_titles
    mine, theirs = meeting.index.cluster_of(meeting.asked.row), int(meeting.index.clusters[meeting.rows[at]])
    told = {"a_cluster": names.get(mine, UNNAMED), "b_cluster": names.get(theirs, UNNAMED)}
    return Grounds(told, (), "unnamed" if UNNAMED in told.values() else "", guessed=True)


def referral(meeting: Meeting, side: str) -> Floats:
    """Somebody works with both and can introduce them: a half for one, more for several."""
    value = meeting.zeros()
    for found, one in zip(value, meeting.askers, strict=True):
        if one.row >= 0 and len(meeting.index.profiles.tied(one.row)):
            found[:] = 1 - np.float32(0.5) ** meeting.index.friends_in_common(one.row)[meeting.rows]
    return value


def referral_grounds(meeting: Meeting, at: int, side: str) -> Grounds | None:
    """Who works with both, and by which memberships."""
    row = int(meeting.rows[at])
    profiles = meeting.index.profiles
    shared = np.intersect1d(profiles.tied(meeting.asked.row), profiles.tied(row))
    if not len(shared):
        return None
    friend = min(shared.tolist(), key=lambda one: (-len(profiles.tied(one)), profiles.ids[one]))
    statements = (*profiles.membership(meeting.asked.row, friend), *profiles.membership(friend, row))
    return Grounds({"friend": profiles.names[friend]}, statements)


def near(meeting: Meeting, side: str) -> Floats:
    """Close by: the same district, or with less weight the same city."""
    theirs = meeting.block.places
    city, district = ((mine >= 0) & (theirs[:, level] == mine) for level in (1, 2) for mine in [meeting.places[:, level : level + 1]])
    return np.asarray(np.where(district, 1.0, np.where(city, 0.6, 0.0)), dtype=np.float32)


def near_grounds(meeting: Meeting, at: int, side: str) -> Grounds | None:
    """The place, and who told it."""
    row, profiles = int(meeting.rows[at]), meeting.index.profiles
    level = 2 if 0 <= meeting.asked.places[2] == meeting.block.places[at][2] else 1
    statements = (*profiles.place_statements(meeting.asked.row), *profiles.place_statements(row))
    return Grounds({"place": meeting.index.slot_name(int(meeting.block.places[at][level]))}, statements)


class Feature(NamedTuple):
    """A criterion: its code (words in words.toml, weight in weights.toml), its two functions, whether it holds for both alike, and
    whether it is about what the two do: where they stand is never enough by itself to propose them."""

    code: str
    values: Callable[[Meeting, str], Floats]
    grounds: Callable[[Meeting, int, str], Grounds | None]
    alike: bool = False
    substance: bool = True


FEATURES = (
    Feature("need", need, need_grounds),
    Feature("swap", swap, swap_grounds, alike=True),
    Feature("chain", chain, chain_grounds),
    Feature("same_method", same_method, same_method_grounds, alike=True),
    Feature("sci_make_test", sci_make_test, sci_make_test_grounds, alike=True),
    Feature("scarce", scarce, scarce_grounds),
    Feature("common", common, common_grounds, alike=True),
    Feature("bridge", bridge, bridge_grounds, alike=True, substance=False),
    Feature("referral", referral, referral_grounds, alike=True, substance=False),
    Feature("near", near, near_grounds, alike=True, substance=False),
)
"""All criteria, in the order in which they are shown. Docstrings of the value functions are what the API says about them."""
