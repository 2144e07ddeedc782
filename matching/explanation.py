"""Why a candidate is proposed: reasons with their facts, cautions, what is missing, the sum that is the score, and what would change it.

Everything here is worked out again from the values of `scoring`, for the few that are shown. Sentences stand in words.toml.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.analysis.text import grams
from graph.data.tables import glossary, places
from graph.record.ontology import ontology
from matching.features import FEATURES, GET, GIVE, Feature, Grounds, Meeting
from matching.profile import KINDS, Ints, akin
from matching.retrieval import is_skill
from matching.rules import BY, Rule
from matching.scoring import ONE, SUBSTANCE, Ranking, Scores, Weights, combined, weights

Data = dict[str, Any]

MOST_REASONS, MOST_CAUTIONS = 5, 3
SLIGHT = 0.1
"""Share of the weightiest reason below which another one is left to the waterfall."""
BUSY_FROM, BUSY_LIMIT = 2, 3
FEW = 3
NEAR_TIE = 0.02
"""Share of the larger of two scores below which a gap counts as none to a reader: scores run from .01 to .7, so no fixed gap fits them."""
ALIKE_PREFIX = 4
NEED, SWAP, COMMON = ([one.code for one in FEATURES].index(code) for code in ("need", "swap", "common"))
_SECRET = re.compile("军工|国防|涉密|保密|武器")


@cache
def words() -> Mapping[str, Any]:
    """The sentences of words.toml."""
    return tomllib.loads(files("matching").joinpath("words.toml").read_text("utf-8"))


def say(section: str, key: str, lang: str, **told: str) -> str:
    """A sentence with its holes filled."""
    return str(words()[section][key][lang]).format_map(told)


def label(code: str, lang: str) -> str:
    """What a criterion is called."""
    return str(words()["reasons"][code]["label"][lang])


def caution(code: str, lang: str, **told: str) -> Data:
    """Something to be careful about."""
    return {"code": code, "text": say("cautions", code, lang, **told)}


def micro(value: float) -> float:
    """A number of millionths as JSON shows it."""
    return int(value) / ONE


@cache
def _english() -> Mapping[str, str]:
    """English names of divisions and of the glossary's trades, by their Chinese ones."""
    divisions = {code.zh: code.en for code in ontology().codes["trade"].values()}
    return divisions | {trade.zh: trade.en for trade in glossary().trades}


def trade_called(zh: str, lang: str) -> str:
    """The name of a trade, given in Chinese, in a language."""
    return zh if lang == "zh" else _english().get(zh, zh)


def listed(names: Iterable[str], lang: str) -> str:
    """Names in a row."""
    return ("、" if lang == "zh" else ", ").join(names)


class Reason(NamedTuple):
    """A criterion that holds, its place in FEATURES, and how much of the score hangs on it (millionths, both sides together)."""

    place: int
    feature: Feature
    direction: str
    grounds: Grounds
    weight: int


@cache
def _places() -> frozenset[str]:
    return frozenset(name for place in places() for name in (place.name, place.full, "中国"))


def _without_place(unit: str) -> str:
    """A unit's name without the place that it begins with: two of one city are no kin for that."""
    length = next((length for length in (6, 5, 4, 3, 2) if unit[:length] in _places()), 0)
    return unit[length:]


@dataclass(frozen=True, eq=False)
class Explainer:
    """Explains candidates of one answer; everything it needs, gathered once."""

    meeting: Meeting
    scores: Scores
    ranking: Ranking
    unverified: Sequence[tuple[Rule, Ints]]
    load: Ints
    lang: str = "zh"
    by: Weights | None = None

    @cached_property
    def _weights(self) -> Weights:
        return self.by or weights()

    # ---- one candidate

    def item(self, at: int, listed: Sequence[int]) -> Data:
        """All that the card of a candidate shows (DESK 4); `listed` are the places of all that are shown, in the order of the list."""
        row, rank = int(self.meeting.rows[at]), self.ranking.rank(at)
        reasons = self._reasons(at)
        unit = int(self.meeting.index.profiles.columns["organisation"][row])
        profiles = self.meeting.index.profiles
        return {
            "shown": listed.index(at) + 1, "rank": rank, "id": profiles.ids[row], "kind": KINDS[profiles.kind[row]],
            "name": profiles.names[row], "unit": self.meeting.index.slot_name(unit), "place": self._place(row), "trade": self._trade(row),
            "score": micro(self.scores.total[at]), **self._sides(at), "reasons": [self._reason(one, at) for one in reasons],
            "cautions": self._cautions(at, listed), "missing": self.missing(row),
            "counterfactuals": self._counterfactuals(at, rank, reasons),
        }  # fmt: skip

    def reasons(self, at: int) -> list[Data]:
        """Its reasons alone, the weightiest first."""
        return [self._reason(one, at) for one in self._reasons(at)]

    def _place(self, row: int) -> str:
        levels = self.meeting.index.profiles.places[row]
        return "".join(self.meeting.index.slot_name(int(slot)) for slot in levels[1:] if slot >= 0) or (
            self.meeting.index.slot_name(int(levels[0]))
        )

    def _trade(self, row: int) -> Data:
        profiles = self.meeting.index.profiles
        trade = int(profiles.columns["trade"][row])
        inferred = bool(self._inferred[profiles.slots[row]])
        state = "unknown" if trade < 0 else "inferred" if inferred else "told"
        code = self._trades[trade] if trade >= 0 else ""
        name = trade_called(self.meeting.index.trade_name(trade), self.lang)
        return {"code": code, "name": name, "state": state, "said": say("states", state, self.lang)}

    @cached_property
    def _inferred(self) -> NDArray[np.bool_]:
        return self.meeting.index.profiles.derived.inferred("trade")

    @cached_property
    def _trades(self) -> Sequence[str]:
        return tuple(ontology().codes["trade"])

    # ---- the sum

    def _sides(self, at: int) -> Data:
        told = {side: self._side(at, side) for side in (GIVE, GET) if side in self.scores.sides}
        share = self._weights.share_of_weaker
        key = "formula" if self.scores.two_sided else "one_side"
        formula = say("sides", key, self.lang, share=f"{share:g}", rest=f"{1 - share:g}")
        weaker = min(told, key=lambda side: (self.scores.sides[side][at], side)) if self.scores.two_sided else GET
        return {GIVE: told.get(GIVE), GET: told[GET], "combine": {"share_of_weaker": share, "weaker": weaker, "formula": formula}}

    def _side(self, at: int, side: str) -> Data:
        title = say("sides", side, self.lang, **self._names(at))
        told = zip(FEATURES, self.scores.values[side][at].tolist(), self.scores.parts[side][at].tolist(), strict=True)
        parts = [
            {"code": one.code, "label": label(one.code, self.lang), "value": round(value, 6),
             "weight": self._weights.criteria[one.code], "part": micro(part)}
            for one, value, part in told if part
        ]  # fmt: skip
        empty = "" if parts else say("sides", "empty", self.lang, side=title)
        return {"title": title, "score": micro(self.scores.sides[side][at]), "parts": parts, "note": empty}

    def _names(self, at: int) -> dict[str, str]:
        return {"a": self.meeting.asked.name, "b": self.meeting.index.profiles.names[int(self.meeting.rows[at])]}

    # ---- reasons

    def _reasons(self, at: int) -> list[Reason]:
        """What holds, the weightiest first."""
        found = sorted(self._holding(at), key=lambda one: (-one.weight, one.place, one.direction))
        return [one for one in found if one.weight >= SLIGHT * found[0].weight][:MOST_REASONS]

    def _holding(self, at: int) -> Iterator[Reason]:
        parts = {side: told[at].tolist() for side, told in self.scores.parts.items()}
        factor = self._factors(at)
        for place, feature in enumerate(FEATURES):
            told = {side: part[place] for side, part in parts.items() if part[place]}
            for direction in ["both"] if feature.alike and told else list(told):
                grounds = feature.grounds(self.meeting, at, GET if feature.alike else direction)
                if grounds is not None:
                    sides = told if direction == "both" else {direction: told[direction]}
                    yield Reason(place, feature, direction, grounds, round(sum(part * factor[side] for side, part in sides.items())))

    def _factors(self, at: int) -> Mapping[str, float]:
        """What of a part on each side counts in the score, the sides' order as it is."""
        if not self.scores.two_sided:
            return {GET: 1}
        share = self._weights.share_of_weaker
        give_weaker = self.scores.sides[GIVE][at] <= self.scores.sides[GET][at]
        return {GIVE: share if give_weaker else 1 - share, GET: 1 - share if give_weaker else share}

    def _reason(self, reason: Reason, at: int) -> Data:
        code = reason.feature.code
        return {
            "code": code, "label": label(code, self.lang), "text": self._sentence(reason, at), "direction": reason.direction,
            "weight": micro(reason.weight), "guessed": reason.grounds.guessed,
            "evidence": self.meeting.index.statement_ids(reason.grounds.statements),
        }  # fmt: skip

    def _sentence(self, reason: Reason, at: int) -> str:
        names = self._names(at)
        doer, asker = (names["a"], names["b"]) if reason.direction == GIVE else (names["b"], names["a"])
        roles = {"doer": doer, "maker": doer, "holder": doer, "asker": asker, "user": asker, "other": asker}
        told = dict(reason.grounds.words)
        for hole in ("a_part", "b_part", "missing"):
            if hole in told:
                told[hole] = listed((say("parts", part, self.lang) for part in told[hole].split(",") if part), self.lang)
        for hole in ("trade", "a_trade", "b_trade", "maker_trade", "user_trade"):
            if hole in told:
                told[hole] = trade_called(told[hole], self.lang)
        table = words()["reasons"][reason.feature.code]
        template = table[reason.grounds.variant] if reason.grounds.variant else table
        return str(template[self.lang]).format_map({**names, **roles, **told})

    # ---- cautions and gaps

    def _cautions(self, at: int, listed: Sequence[int]) -> list[Data]:
        row = int(self.meeting.rows[at])
        found = [*self._unconfirmed(at), *self._rivals(at), *self._unverified(row), *self._prefix(row), *self._busy(row), *self._few(row),
                 *self._conflicts(row), *self._secret(row), *self._near_tie(at, listed)]  # fmt: skip
        return [caution(code, self.lang, **told) for code, told in found][:MOST_CAUTIONS]

    def unconfirmed(self, at: int) -> list[Data]:
        """The caution alone that the glossary knows no link."""
        return [caution(code, self.lang, **told) for code, told in self._unconfirmed(at)]

    def _unconfirmed(self, at: int) -> Iterator[tuple[str, dict[str, str]]]:
        """An answer to a need with which it shares nothing that the glossary knows, neither a word nor a trade: what it was found by.

        Letters are what the reader sees in both sentences; where no two stand in both, it was the vectors that found it.
        """
        if self.scores.two_sided or not self.scores.values[GET][at, NEED] or self.meeting.by_trade[0, at]:
            return
        grounds = FEATURES[NEED].grounds(self.meeting, at, GET)
        if grounds is not None and not akin(grounds.words["need"], grounds.words["result"]):
            likeness = (self.meeting.asked.seek_vectors @ self.meeting.block.offers_at(at).T).max()
            need, result = ({gram for gram in grams(grounds.words[one]) if len(gram) > 1} for one in ("need", "result"))
            yield ("meaning" if likeness > self.meeting.index.noise and not need & result else "literal"), {}

    def _rivals(self, at: int) -> Iterator[tuple[str, dict[str, str]]]:
        if not self.scores.two_sided:  # who only asks makes nothing that could compete
            return
        if self.meeting.asked.columns["trade"] == self.meeting.index.profiles.columns["trade"][self.meeting.rows[at]]:
            if float(self.meeting.asked.trades @ self.meeting.block.trades[at]) >= 0.5:
                yield "rivals", {}

    def _unverified(self, row: int) -> Iterator[tuple[str, dict[str, str]]]:
        for rule, open_ in self.unverified:
            if open_[row]:
                by = getattr(rule, "by", getattr(rule, "level", "load"))
                yield "unverified", {"rule": rule.words(self.lang), "by": BY[by][self.lang != "zh"]}

    def _prefix(self, row: int) -> Iterator[tuple[str, dict[str, str]]]:
        units = [int(self.meeting.index.profiles.columns["organisation"][row]), self.meeting.asked.columns["organisation"]]
        if min(units) < 0 or units[0] == units[1]:
            return
        first, second = (_without_place(self.meeting.index.slot_name(unit)) for unit in units)
        length = next((at for at, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]), min(len(first), len(second)))
        above = first[:length].rstrip("第")  # 第一 and 第三 share the word for “number”, which names nobody
        if len(above) >= ALIKE_PREFIX:
            yield "prefix", {"above": above}

    def _busy(self, row: int) -> Iterator[tuple[str, dict[str, str]]]:
        count = int(self.load[row])
        if count >= BUSY_FROM:
            yield "busy", {"count": str(count), "limit": str(BUSY_LIMIT)}

    def _few(self, row: int) -> Iterator[tuple[str, dict[str, str]]]:
        told = len(self.meeting.index.profiles.spoken(row))
        if told < FEW:
            yield "few", {"count": str(told)}

    def _conflicts(self, row: int) -> Iterator[tuple[str, dict[str, str]]]:
        profiles = self.meeting.index.profiles
        if not self.meeting.index.doubtful[row]:
            return
        facts = profiles.snapshot.thing(profiles.ids[row]).facts
        for property_id in dict.fromkeys(fact.property_id for fact in facts if fact.conflict):
            prop = ontology().properties[property_id]
            yield "conflict", {"by": prop.zh if self.lang == "zh" else prop.en}

    def _secret(self, row: int) -> Iterator[tuple[str, dict[str, str]]]:
        if any(_SECRET.search(line.text) for line in self.meeting.index.profiles.offers.at(row)):
            yield "secret", {}

    def _near_tie(self, at: int, listed: Sequence[int]) -> Iterator[tuple[str, dict[str, str]]]:
        """The listed one whose score is closest, by its number in the list, where their order says nothing."""
        told = self.scores.total[list(listed)]
        gaps = np.abs(told - self.scores.total[at])
        gaps[listed.index(at)] = ONE  # itself
        other = int(gaps.argmin())
        gap, larger = int(gaps[other]), max(int(told[other]), int(self.scores.total[at]))
        if gap < NEAR_TIE * larger:
            digits = np.format_float_positional(micro(gap), precision=2, fractional=False, trim="-")
            yield ("near_tie" if gap else "tie"), {"number": str(other + 1), "gap": digits}

    def missing(self, row: int) -> list[Data]:
        """What is not told of a candidate."""
        profiles = self.meeting.index.profiles
        province, _, district = profiles.places[row].tolist()
        gaps = {
            "need": not profiles.seeks.at(row), "trade": profiles.columns["trade"][row] < 0, "place": province < 0,
            "district": province >= 0 > district, "organisation": profiles.columns["organisation"][row] < 0,
        }  # fmt: skip
        return [{"code": code, "label": say("missing", code, self.lang)} for code, open_ in gaps.items() if open_]

    # ---- what would change it, worked out again and so exact

    def _counterfactuals(self, at: int, rank: int, reasons: Sequence[Reason]) -> list[Data]:
        found = [*self._without(at, rank, reasons), *self._if_seeks(at, rank)]
        return found or [{"code": "none", "text": say("counterfactuals", "none", self.lang)}]

    def _without(self, at: int, before: int, reasons: Sequence[Reason]) -> Iterator[Data]:
        """The rank without the weightiest reason, all else as it is."""
        if not reasons:
            return
        reason = reasons[0]
        sides, left = {}, False
        for side, parts in self.scores.parts.items():
            kept = parts[at].tolist()
            if reason.direction in ("both", side):
                kept[reason.place] = 0
            sides[side], left = sum(kept), left or any(kept[place] for place in SUBSTANCE)
        score, named = int(combined(sides, self.by)) if left else 0, label(reason.feature.code, self.lang)
        if score <= 0:
            yield self._changed("no_score", reason.feature.code, before, None, 0, reason=named)
            return
        after = self.ranking.rank(at, score)
        if after > before:
            told = {"reason": named, "from": str(before), "to": str(after)}
            yield self._changed("without", reason.feature.code, before, after, score, **told)

    def _if_seeks(self, at: int, before: int) -> Iterator[Data]:
        """The rank if the candidate told that it needs what the asked one is best at."""
        if self._hypothesis is None or not self.scores.two_sided:
            return
        what, answer, shared = self._hypothesis
        values = {side: told[at].tolist() for side, told in self.scores.values.items()}
        given = max(values[GIVE][NEED], answer)
        sides = {}
        for side, told in values.items():
            new = {NEED: given if side == GIVE else told[NEED], SWAP: min(values[GET][NEED], given), COMMON: max(told[COMMON], shared)}
            gained = sum(self._part(place, value) - self._part(place, told[place]) for place, value in new.items())
            sides[side] = int(self.scores.sides[side][at]) + gained
        score = int(combined(sides, self.by))
        after = self.ranking.rank(at, score)
        if after < before and self._stays(at, what):
            name = self._names(at)["b"]
            yield self._changed("if_seeks", "need", before, after, score, name=name, what=what, to=str(after))

    def _stays(self, at: int, what: str) -> bool:
        """Whether telling that need would change nothing else of a candidate: that it speaks by its offers, and its trade."""
        row, profiles = int(self.meeting.rows[at]), self.meeting.index.profiles
        if KINDS[profiles.kind[row]] == "need" or not profiles.offers.at(row):
            return False
        return profiles.derived.trade_if(int(profiles.slots[row]), what) == int(profiles.columns["trade"][row])

    def _part(self, place: int, value: float) -> int:
        """The part of a value, as `scored` works it out."""
        return round(value * (self._weights.criteria[FEATURES[place].code] * ONE))

    def _changed(self, code: str, criterion: str, before: int, after: int | None, score: int, **told: str) -> Data:
        text = say("counterfactuals", code, self.lang, **told)
        what = {"what": told["what"]} if "what" in told else {}
        return {"code": code, "criterion": criterion, "from": before, "to": after, "score": micro(score), "text": text, **what}

    @cached_property
    def _hypothesis(self) -> tuple[str, float, float] | None:
        """What the asked one is best at (its rarest glossary word), how well it answers that need, and how like its own needs it is."""
        asked, index = self.meeting.asked, self.meeting.index
        what = index.rarest(filter(is_skill, asked.words.terms)) if asked.row >= 0 and asked.offers else None
        if what is None:
            return None
        vector, asking = index.word(what)
        shared = asking.met_by(" ".join(line.text for line in asked.offers))
        answer = index.answer((asked.offer_vectors @ vector).max(keepdims=True), shared, np.ones(1, dtype=np.bool_))[0]
        common = index.above_noise((asked.seek_vectors @ vector).max(keepdims=True))[0] if len(asked.seeks) else 0.0
        return what, float(answer), float(common)
