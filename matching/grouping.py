"""A group around a topic, a need or a lead: from the same retrieval and scores to an instance, and from what the search found to words.

`formation` knows no snapshot and no language; this is its two ends.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from graph.record.errors import InvalidData
from matching.explanation import Data, Explainer, caution, listed, say
from matching.features import Asked, Meeting
from matching.formation import Choice, Formed, form
from matching.instance import MICRO, Instance
from matching.pool import Pool
from matching.profile import Ints, Line, akin
from matching.retrieval import Block
from matching.rules import Differ, ExcludePairs, Rule
from matching.scoring import Micros, Ranking, totals, weights
from matching.suggestion import Matcher, Question, Scored, asked_of, check_kinds, current, read_text, score, sift, together, warned

MOST = 300
"""Candidates of an instance, the fittest first; more found no better group and cost the square in pairs."""
EACH = 20
"""The fittest for each wanted or required field come in besides."""

APART: tuple[Rule, ...] = (Differ("organisation"),)
"""On by default: every member of another organisation."""


@dataclass(frozen=True)
class GroupQuestion:
    """A group of `size` from `kinds` around a sentence (`text`), a need or another thing (`id`), or a lead; at least one of them.

    `wanted` fields count in the objective where rules of Cover do not demand them; `previous` are the members of an earlier answer, so
    that the new one tells who came and who left.
    """

    text: str = ""
    id: str = ""
    lead: str = ""
    kinds: tuple[str, ...] = ("workshop",)
    size: tuple[int, int] = (3, 9)
    rules: tuple[Rule, ...] = APART
    wanted: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    previous: tuple[str, ...] | None = None
    seed: int = 0
    lang: str = "zh"
    day: str = ""

    @property
    def about(self) -> Question:
        """The question that tells how well each candidate fits: the sentence or thing, else the lead itself."""
        id = "" if self.text else self.id or self.lead
        return Question(id=id, text=self.text, kinds=self.kinds, rules=(), seed=self.seed, lang=self.lang, day=self.day)


def group(matcher: Matcher, question: GroupQuestion) -> Data:
    """Up to three groups, or the nearest one with a way out; none where the topic says nothing to anyone.

    Raises InvalidData, NotFound, LimitExceeded.
    """
    instance, about = instance_of(matcher, question)
    if about.unread and not (instance.lead or instance.wanted or instance.value.any()):
        formed = Formed("nothing_read", (), None, None, instance.seed, instance.version, instance.recipe)
    else:
        formed = form(instance, previous=question.previous)
    return answer(matcher, question, about, formed)


class About(NamedTuple):
    """What a group is about, what was read out of it (None for a thing), and how well each candidate fits."""

    asked: Asked
    read: Data | None
    found: Scored

    @property
    def unread(self) -> bool:
        """Whether the topic is a sentence without a word that the glossary knows."""
        return self.read is not None and not self.read["terms"] and not self.read["trade"]["code"]


def instance_of(matcher: Matcher, question: GroupQuestion) -> tuple[Instance, About]:
    """The instance of a question, and the topic with the scores that its values come from."""
    about = _fit(matcher, question)
    asked, _, found = about
    resolved = _resolved(matcher, question)
    total = _beside(matcher, resolved, found)
    rows = _candidates(matcher, resolved, replace(found, scores=replace(found.scores, total=total)))
    pool = _cut(matcher.pool, rows)
    rules = (*resolved.rules, *_refused(matcher, pool, question.about.today))
    value = np.zeros(matcher.index.profiles.size, dtype=np.float32)
    value[found.meeting.rows] = np.where(found.lawful, total, 0) / MICRO
    if asked.row >= 0:
        value[asked.row] = 1.0  # who leads fits
    banned = (*resolved.banned, *_refused_for(matcher, asked, question.about))
    return Instance(
        pool, value[rows], pairs(matcher, rows), rules, question.size, question.wanted, resolved.locked, banned, resolved.lead or None,
        seed=question.seed, version=matcher.snapshot.version, recipe=matcher.recipe,
    ), about  # fmt: skip


def _refused(matcher: Matcher, pool: Pool, day: str) -> Iterator[Rule]:
    """Who was declined beside whom for a hard reason, a rule for each reason."""
    never = [one for one in matcher.decisions.never_together(day) if one[0] in pool.rows and one[1] in pool.rows]
    for reason in sorted({reason for _, _, reason in never}):
        yield ExcludePairs(tuple((a, b) for a, b, why in never if why == reason), reason)


def _refused_for(matcher: Matcher, asked: Asked, about: Question) -> list[str]:
    """Who was declined for a hard reason for what the group is about."""
    id = matcher.index.profiles.ids[asked.row] if asked.row >= 0 else ""
    return [other for other, one in matcher.decisions.with_(id, about.text) if one.hard and one.hides(about.today)]


def missing(matcher: Matcher, question: GroupQuestion) -> tuple[Ranking, Ints]:
    """Who else belongs to a group of which some are known: all candidates ranked by topic and by the locked members, and their rows."""
    found = _fit(matcher, question).found
    resolved = _resolved(matcher, question)
    beside = replace(found, scores=replace(found.scores, total=_beside(matcher, resolved, found)))
    known = np.isin(found.meeting.rows, [matcher.index.profiles.row(id) for id in resolved.locked])
    return beside.ranking(question.about, found.lawful & ~known), found.meeting.rows


def _beside(matcher: Matcher, question: GroupQuestion, found: Scored) -> Micros:
    """How well each candidate fits the topic and the members that must be in, in millionths.

    A member speaks for what the group is about as the topic does: who does the like of it is wanted. (Real groups are alike: their pair
    scores, which look for what differs, rank who is missing no better than by chance; bench/groups.)
    """
    members = [matcher.index.profiles.row(id) for id in question.locked]
    if not members:
        return found.scores.total
    like = [_like(matcher, row, found.meeting.block) for row in members]
    # squares, as an answer is the root of what speaks for it: one strong word for someone says more than many weak ones
    mean = (np.square(found.scores.total, dtype=np.float64) + np.mean(np.square(like), axis=0)) / 2
    return np.asarray(np.rint(np.sqrt(mean)), dtype=np.int64)


def _like(matcher: Matcher, row: int, block: Block) -> Any:
    """How well each candidate does what a member does, in millionths: the answer to its own lines, asked as a need."""
    member = asked_of(matcher.index, row)
    line = Line(" ".join(line.text for line in member.spoken), ())
    asking = replace(member, offers=(), seeks=(line,), offer_vectors=member.offer_vectors[:0], seek_vectors=member.vector[None])
    return Meeting(matcher.index, (asking,), block).answered[0] * (weights().criteria["need"] * MICRO)


def _fit(matcher: Matcher, question: GroupQuestion) -> About:
    about, read = question.about, None
    check_kinds(question.kinds)
    if not about.id and not about.text.strip():
        raise InvalidData("group_question_empty")
    if about.text:
        asked, read = read_text(matcher.index, about)
    else:
        row = matcher.index.profiles.row(about.id)
        if row < 0:
            raise InvalidData("not_a_candidate", id=about.id[:80])
        asked = asked_of(matcher.index, row)
    sifted = sift(matcher, about, asked, (), matcher.index.of_kinds(question.kinds).rows)
    # partners of old may well be in one group: only what was declined keeps out
    sifted = replace(sifted, hidden={name: sifted.hidden[name] for name in ("declined", "put_off")})
    return About(asked, read, score(matcher, about, asked, sifted))


def _resolved(matcher: Matcher, question: GroupQuestion) -> GroupQuestion:
    """Ids as the snapshot knows them today: a merged thing by its canonical id. Raises NotFound, InvalidData `not_a_candidate`."""

    def canonical(ids: Collection[str]) -> tuple[str, ...]:
        rows = {id: matcher.index.profiles.row(id) for id in ids}
        for id, row in rows.items():
            if row < 0:
                raise InvalidData("not_a_candidate", id=id[:80])
        return tuple(matcher.index.profiles.ids[row] for row in rows.values())

    lead = canonical([question.lead])[0] if question.lead else ""
    rules = tuple(current(matcher.snapshot, rule) for rule in question.rules)
    return replace(question, lead=lead, rules=rules, locked=canonical(question.locked), banned=canonical(question.banned))


def _candidates(matcher: Matcher, question: GroupQuestion, found: Scored) -> Ints:
    """The fittest, those that cover what is wanted, and whoever is named."""
    profiles = matcher.index.profiles
    best = [int(found.meeting.rows[at]) for at in found.ranking(question.about).best(MOST)]
    by_fit = np.argsort(-found.scores.total, kind="stable")
    fields = {*question.wanted, *(name for rule in question.rules for name in getattr(rule, "fields", ()))}
    for name in sorted(fields):
        covering = matcher.pool.covering(name)[found.meeting.rows[by_fit]]
        best += found.meeting.rows[by_fit[covering][:EACH]].tolist()
    if len(best) < MOST:  # thin material: those that nothing speaks for may still make a rule hold
        best += found.meeting.rows[by_fit[: MOST - len(best)]].tolist()
    named = [profiles.row(id) for id in (*question.locked, *([question.lead] if question.lead else []))]
    return np.unique(np.array([*best, *named], dtype=np.int32))


def _cut(pool: Pool, rows: Ints) -> Pool:
    """The pool of these rows."""
    chosen = rows.tolist()
    return Pool(
        [pool.ids[row] for row in chosen], {name: column[rows] for name, column in pool.columns.items()}, pool.places[rows],
        [pool.fields[row] for row in chosen], pool.load[rows], pool.codes,
    )  # fmt: skip


def pairs(matcher: Matcher, rows: Ints) -> Any:
    """Scores of all pairs of these rows (n, n) as suggestions give them, symmetric, 0..1."""
    block, both = matcher.index.block(rows), np.zeros((len(rows), len(rows)), dtype=np.float32)
    for places, meeting in together(matcher.index, rows, block, "among"):
        both[places] = totals(meeting).astype(np.float32) / MICRO
    np.fill_diagonal(both, 0)
    return (both + both.T) / 2


# ---- in words


def answer(matcher: Matcher, question: GroupQuestion, about: About, formed: Formed) -> Data:
    """What was found, with names, a sentence for each member, and every rule in words."""
    teller = _Teller(matcher, question, about)
    way_out = formed.relaxation
    unread = about.unread and formed.status == "better"
    return {
        "status": formed.status, "words": say("groups", "unread", question.lang) if unread else formed.words(question.lang),
        "read": about.read, "choices": [teller.choice(one) for one in formed.choices],
        "nearest": teller.choice(formed.nearest) if formed.nearest else None,
        "relaxation": way_out and {
            "rule": way_out.rule.as_json(), "to": way_out.to and way_out.to.as_json(),
            "words": way_out.words(question.lang, teller.names), "choice": teller.choice(way_out.choice),
        },
        "note": say("notes", "who_decides", question.lang), "warnings": warned(matcher, question.lang), "seed": formed.seed,
        "version": formed.version, "recipe": formed.recipe,
    }  # fmt: skip


class _Names(dict[str, str]):
    """Names of things by id, read when they are asked for."""

    def __init__(self, matcher: Matcher) -> None:
        super().__init__()
        self._matcher = matcher

    def __bool__(self) -> bool:
        return True  # it holds nothing until it is asked

    def get(self, id: str, default: Any = None) -> Any:
        known = self._matcher.index.profiles
        snapshot = self._matcher.snapshot
        row = int(known.row_of[snapshot.number(id)]) if snapshot.has(id) else -1
        if row >= 0:
            return known.names[row]
        return self._matcher.index.slot_name(snapshot.number(id)) if snapshot.has(id) else default


class _Teller:
    def __init__(self, matcher: Matcher, question: GroupQuestion, about: About) -> None:
        self._matcher, self._question, self._asked, found = matcher, question, about.asked, about.found
        self.names = _Names(matcher)
        ranking = found.ranking(question.about)
        self._explainer = Explainer(found.meeting, found.scores, ranking, (), matcher.pool.load, question.lang)
        self._told: dict[int, set[str]] = {}
        self._place = {int(row): at for at, row in enumerate(found.meeting.rows.tolist())}

    def choice(self, choice: Choice) -> Data:
        """One group."""
        lang = self._question.lang
        rules = [
            {"rule": one.rule.as_json(), "words": one.rule.words(lang, self.names), "verdict": one.verdict,
             "said": say("verdicts", one.verdict, lang), "violations": self._violations(one.violations)}
            for one in choice.rules
        ]  # fmt: skip
        return {
            "members": [self._member(member) for member in choice.members], "total": choice.total,
            "parts": [{**part._asdict(), "label": say("group_parts", part.name, lang)} for part in choice.parts], "rules": rules,
            "cautions": self._uncovered(choice), "entered": self._listed(choice.entered), "left": self._listed(choice.left),
        }  # fmt: skip

    def _uncovered(self, choice: Choice) -> list[Data]:
        """Words of the topic that no member tells anything of. One who only asks wants all that it says; a lead wants what it lacks."""
        if self._asked.two_sided:
            return []
        told = set().union(*(self._tells(self._matcher.index.profiles.row(member.id)) for member in choice.members))
        open_ = [term for term in self._asked.words.terms if term not in told]
        return [caution("uncovered", self._question.lang, terms=listed(open_, self._question.lang))] if open_ else []

    def _tells(self, row: int) -> set[str]:
        """The words of the topic that a row tells something of, as the glossary knows them."""
        if row not in self._told:
            lines = {line.text for line in self._matcher.index.profiles.spoken(row)}
            self._told[row] = {term for term in self._asked.words.terms if any(akin(term, line) for line in lines)}
        return self._told[row]

    def _violations(self, found: Sequence[Any]) -> list[Data]:
        return [{"kind": one.kind, "ids": list(one.ids), "words": one.words(self._question.lang, self.names)} for one in found]

    def _listed(self, ids: Sequence[str]) -> list[Data]:
        return [{"id": id, "name": self.names.get(id, "")} for id in ids]

    def _member(self, member: Any) -> Data:
        lang, index = self._question.lang, self._matcher.index
        row = index.profiles.row(member.id)
        reasons, cautions = self._ties(row)
        swap = member.swap and {
            "id": member.swap.id, "name": self.names.get(member.swap.id, ""), "change": member.swap.change,
            "words": say("groups", "swap", lang, out=self.names.get(member.id, ""), into=self.names.get(member.swap.id, ""),
                         change=f"{member.swap.change:+.3f}"),
        }  # fmt: skip
        return {
            "id": member.id, "name": self.names.get(member.id, ""),
            "unit": index.slot_name(int(index.profiles.columns["organisation"][row])), "role": member.role,
            "said": say("roles", member.role, lang), "covers": list(member.covers), "reasons": reasons, "cautions": cautions,
            "swap": swap,
        }  # fmt: skip

    def _ties(self, row: int) -> tuple[list[Data], list[Data]]:
        """What ties a member to the topic, and what is to be said of it where that is little; nothing of the one whom it is about."""
        place = self._place.get(row)
        if row == self._asked.row:
            return [], []
        reasons = [] if place is None else self._explainer.reasons(place)
        if place is None or not reasons:
            return [], [caution("no_ground", self._question.lang)]
        return reasons[:2], self._explainer.unconfirmed(place)
