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

from graph.data.tables import glossary
from graph.record.ontology import ontology
from matching.features import BM25_WEIGHT, CEILING, FEATURES, GET, GIVE, Feature, Grounds, Meeting
from matching.lexical import Queries
from matching.profile import KINDS, Ints
from matching.retrieval import is_skill
from matching.rules import BY, Rule
from matching.scoring import ONE, Ranking, Scores, Weights, combined, total, weights

Data = dict[str, Any]

MOST_REASONS, MOST_CAUTIONS = 5, 3
SLIGHT = 0.1
"""Share of the weightiest reason below which another one is left to the waterfall."""
BUSY_FROM, BUSY_LIMIT = 2, 3
FEW = 3
NEAR_TIE = 10_000
"""Millionths below which two scores count as equal to a reader."""
ALIKE_PREFIX = 4
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


def micro(value: float) -> float:
    """A number of millionths as JSON shows it."""
    return round(int(value) / ONE, 6)


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
    """A criterion that holds, with how much of the score hangs on it (millionths, both sides together)."""

    feature: Feature
    direction: str
    grounds: Grounds
    weight: int


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

    def item(self, at: int, shown: int) -> Data:
        """All that the card of a candidate shows (DESK 4)."""
        row = int(self.meeting.rows[at])
        reasons = self._reasons(at)
        unit = int(self.meeting.index.profiles.columns["organisation"][row])
        profiles = self.meeting.index.profiles
        return {
            "shown": shown, "rank": self.ranking.rank(at), "id": profiles.ids[row], "kind": KINDS[profiles.kind[row]],
            "name": profiles.names[row], "unit": self.meeting.index.slot_name(unit), "place": self._place(row), "trade": self._trade(row),
            "score": micro(self.scores.total[at]), **self._sides(at), "reasons": [self._reason(one, at) for one in reasons],
            "cautions": self._cautions(at), "missing": self._missing(row), "counterfactuals": self._counterfactuals(at, reasons),
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
        inferred = bool(profiles.derived.inferred("trade")[profiles.slots[row]])
        state = "unknown" if trade < 0 else "inferred" if inferred else "told"
        code = list(ontology().codes["trade"])[trade] if trade >= 0 else ""
        return {
            "code": code,
            "name": trade_called(self.meeting.index.trade_name(trade), self.lang),
            "state": state,
            "said": say("states", state, self.lang),
        }

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
        parts = [
            {"code": one.code, "label": label(one.code, self.lang), "value": round(float(self.scores.values[side][at, place]), 6),
             "weight": self._weights.criteria[one.code], "part": micro(self.scores.parts[side][at, place])}
            for place, one in enumerate(FEATURES) if self.scores.parts[side][at, place]
        ]  # fmt: skip
        empty = "" if parts else say("sides", "empty", self.lang, side=title)
        return {"title": title, "score": micro(self.scores.sides[side][at]), "parts": parts, "note": empty}

    def _names(self, at: int) -> dict[str, str]:
        return {"a": self.meeting.asked.name, "b": self.meeting.index.profiles.names[int(self.meeting.rows[at])]}

    # ---- reasons

    def _reasons(self, at: int) -> list[Reason]:
        """What holds, the weightiest first."""
        found = sorted(self._holding(at), key=lambda one: (-one.weight, FEATURES.index(one.feature), one.direction))
        return [one for one in found if one.weight >= SLIGHT * found[0].weight][:MOST_REASONS]

    def _holding(self, at: int) -> Iterator[Reason]:
        for place, feature in enumerate(FEATURES):
            told = {side: int(parts[at, place]) for side, parts in self.scores.parts.items() if parts[at, place]}
            for direction in ["both"] if feature.alike and told else list(told):
                grounds = feature.grounds(self.meeting, at, GET if feature.alike else direction)
                if grounds is not None:
                    yield Reason(feature, direction, grounds, self._worth(at, told, direction))

    def _worth(self, at: int, told: Mapping[str, int], direction: str) -> int:
        """What of the score hangs on these parts, the sides' order as it is."""
        sides = told if direction == "both" else {direction: told[direction]}
        if not self.scores.two_sided:
            return sum(sides.values())
        share = self._weights.share_of_weaker
        give_weaker = self.scores.sides[GIVE][at] <= self.scores.sides[GET][at]
        factor = {GIVE: share if give_weaker else 1 - share, GET: 1 - share if give_weaker else share}
        return round(sum(part * factor[side] for side, part in sides.items()))

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

    def _cautions(self, at: int) -> list[Data]:
        row = int(self.meeting.rows[at])
        found = [*self._rivals(at), *self._unverified(row), *self._prefix(row), *self._busy(row), *self._few(row),
                 *self._conflicts(row), *self._secret(row), *self._near_tie(at)]  # fmt: skip
        return [{"code": code, "text": say("cautions", code, self.lang, **told)} for code, told in found][:MOST_CAUTIONS]

    def _rivals(self, at: int) -> Iterator[tuple[str, dict[str, str]]]:
        if not self.scores.two_sided:  # who only asks makes nothing that could compete
            return
        same = float(self.meeting.asked.trades @ self.meeting.block.trades[at])
        if same >= 0.5 and self.meeting.asked.columns["trade"] == self.meeting.index.profiles.columns["trade"][self.meeting.rows[at]]:
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
        first, second = (self.meeting.index.slot_name(unit) for unit in units)
        length = next((at for at, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]), min(len(first), len(second)))
        if length >= ALIKE_PREFIX and not first[:length].endswith(("省", "市", "县", "区")):
            yield "prefix", {"above": first[:length]}

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

    def _near_tie(self, at: int) -> Iterator[tuple[str, dict[str, str]]]:
        mine, rank = int(self.scores.total[at]), self.ranking.rank(at)
        if rank > 1:
            better = self.ranking.best(rank - 1)[-1]
            gap = int(self.scores.total[better]) - mine
            if gap < NEAR_TIE:
                yield ("near_tie" if gap else "tie"), {"rank": str(rank - 1), "gap": f"{max(gap / ONE, 0.01):.2f}"}

    def _missing(self, row: int) -> list[Data]:
        profiles = self.meeting.index.profiles
        province, _, district = profiles.places[row].tolist()
        gaps = {
            "need": not profiles.seeks.at(row), "trade": profiles.columns["trade"][row] < 0, "place": province < 0,
            "district": province >= 0 > district, "organisation": profiles.columns["organisation"][row] < 0,
        }  # fmt: skip
        return [{"code": code, "label": say("missing", code, self.lang)} for code, open_ in gaps.items() if open_]

    # ---- what would change it, worked out again and so exact

    def _counterfactuals(self, at: int, reasons: Sequence[Reason]) -> list[Data]:
        found = [*self._without(at, reasons), *self._if_seeks(at)]
        return found or [{"code": "none", "text": say("counterfactuals", "none", self.lang)}]

    def _without(self, at: int, reasons: Sequence[Reason]) -> Iterator[Data]:
        """The rank without the weightiest reason, all else as it is."""
        if not reasons:
            return
        reason, place = reasons[0], FEATURES.index(reasons[0].feature)
        parts = {side: told[at].copy() for side, told in self.scores.parts.items()}
        for side in parts if reason.direction == "both" else [reason.direction]:
            parts[side][place] = 0
        score = int(total(parts, {side: told.sum() for side, told in parts.items()}, self.by))
        before, named = self.ranking.rank(at), label(reason.feature.code, self.lang)
        if score <= 0:
            yield self._changed("no_score", reason.feature.code, before, None, 0, reason=named)
            return
        after = self.ranking.rank(at, score)
        if after > before:
            told = {"reason": named, "from": str(before), "to": str(after)}
            yield self._changed("without", reason.feature.code, before, after, score, **told)

    def _if_seeks(self, at: int) -> Iterator[Data]:
        """The rank if the candidate told that it needs what the asked one is best at."""
        if self._hypothesis is None or not self.scores.two_sided:
            return
        what, answer, shared = self._hypothesis
        if not self._stays(int(self.meeting.rows[at]), what):
            return
        values = {side: told[at].astype(np.float64).copy() for side, told in self.scores.values.items()}
        codes = [one.code for one in FEATURES]
        values[GIVE][codes.index("need")] = max(values[GIVE][codes.index("need")], answer)
        for side in values:
            swap = min(values[GET][codes.index("need")], values[GIVE][codes.index("need")])
            values[side][codes.index("swap")] = swap
            values[side][codes.index("common")] = max(values[side][codes.index("common")], shared)
        weight = np.array([self._weights.criteria[code] for code in codes]) * ONE
        sides = {side: int(np.rint(told * weight).astype(np.int64).sum()) for side, told in values.items()}
        score, before = int(combined(sides, self.by)), self.ranking.rank(at)
        after = self.ranking.rank(at, score)
        if after < before:
            name = self._names(at)["b"]
            yield self._changed("if_seeks", "need", before, after, score, name=name, what=what, to=str(after))

    def _stays(self, row: int, what: str) -> bool:
        """Whether telling that need would change nothing else of a candidate: that it speaks by its offers, and its trade."""
        profiles = self.meeting.index.profiles
        if KINDS[profiles.kind[row]] == "need" or not profiles.offers.at(row):
            return False
        return profiles.derived.trade_if(int(profiles.slots[row]), what) == int(profiles.columns["trade"][row])

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
        vector = index.embedder.embed([what])[0]
        shared = Queries(index.lexical, [what]).met_by(" ".join(line.text for line in asked.offers))
        raw = np.float32((asked.offer_vectors @ vector).max()) + np.float32(BM25_WEIGHT) * shared
        common = index.above_noise((asked.seek_vectors @ vector).max(keepdims=True))[0] if len(asked.seeks) else 0.0
        return what, float(index.scaled(raw, CEILING)[0]), float(common)
