"""The spine: a question becomes candidates, values, scores, a diverse choice, and its explanation. Read this file first.

    retrieve (rules as a mask, channels) → score (criteria of both sides) → select (diverse) → explain

Same snapshot, same recipe, same question, same seed: the same bytes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.analysis.derive import trade_of
from graph.analysis.steps import step
from graph.analysis.text import normalise
from graph.data.tables import glossary
from graph.record.errors import InvalidData, LianyinError, LimitExceeded
from graph.record.model import Row, pack
from graph.record.ontology import JUDGEMENTS, clean_text, ontology
from graph.record.snapshot import Snapshot
from matching import decisions as decided
from matching.decisions import Decisions
from matching.embedding import Embedder
from matching.explanation import Data, Explainer, listed, say, trade_called
from matching.features import Asked, Meeting
from matching.lexical import on_grid
from matching.pool import Pool
from matching.profile import KINDS, Ints, Line, profiles, roles_in, trade_shares, words_of
from matching.retrieval import EXACT, Block, Index, index, pool
from matching.rules import Counted, Differ, Exclude, ExcludePairs, Include, Rule
from matching.scoring import Ranking, Scores, diverse, scored

Mask = NDArray[np.bool_]

ABROAD: tuple[Differ, ...] = (Differ("place"), Differ("trade"), Differ("organisation"))
"""On by default: another place, another trade, another organisation."""
FOR_NEEDS: tuple[Rule, ...] = (Differ("organisation"),)
"""A need is best met by whoever knows its trade, wherever: only its own organisation is left out."""
MOST = 50
LONGEST = 2_000
AT_ONCE = 50_000
"""Values of a criterion that are worked out at a time where many ask."""


@dataclass(frozen=True)
class Question:
    """Partners for a thing (`id`) or for a typed sentence (`text`).

    `kinds` None means workshops; for a need or a sentence experts and companies too. `rules` None means the default ones.
    `trade` corrects what was read out of the sentence (a code of the trades, or "-" for none),
    `without` takes words out of it. `day` (ISO) says which decisions still hide a pair; empty for today.
    """

    id: str = ""
    text: str = ""
    kinds: tuple[str, ...] | None = None
    rules: tuple[Rule, ...] | None = None
    k: int = 10
    seed: int = 0
    lang: str = "zh"
    trade: str = ""
    without: tuple[str, ...] = ()
    day: str = ""

    @property
    def today(self) -> str:
        """The ISO day on which it is asked."""
        return self.day or decided.today()

    def tie_seed(self, asked: str) -> str:
        """What breaks ties: the seed, and who asks."""
        return f"{self.seed}\0{asked}"


@dataclass(frozen=True, eq=False)
class Matcher:
    """A snapshot made ready for questions. Immutable; safe for many threads; held as long as its version."""

    snapshot: Snapshot
    index: Index
    decisions: Decisions
    recipe: str
    warnings: tuple[LianyinError, ...] = ()
    """What the user should know of how it was made ready, such as a model that does not know the language."""

    @cached_property
    def pool(self) -> Pool:
        """What rules test."""
        known = self.index.profiles
        return Pool(known.ids, known.columns, known.places, _Fields(self.index), known.load, _codes(self.snapshot))

    def suggest(self, question: Question) -> Data:
        """The answer to a question, as plain data. Raises InvalidData, NotFound, LimitExceeded."""
        return answer(self, question)


def matcher(snapshot: Snapshot, embedder: Embedder) -> Matcher:
    """Makes a snapshot ready: profiles, vectors, decisions."""
    known = profiles(snapshot)
    return Matcher(snapshot, index(known, embedder), decided.read(snapshot), recipe(embedder))


def followed(before: Matcher, snapshot: Snapshot, since: Iterable[Row]) -> Matcher | None:
    """The matcher of a later version where nothing but decisions changed (`since`: rows told and retracted); None where more did.

    The index stays that of the earlier version: slots and statements never move, and no criterion looks at a decision.
    """
    rows = list(since)
    subjects = {row.statement.subject for row in rows}
    kinds = {one.kind[one.number(id)] for id in subjects for one in (before.snapshot, snapshot) if one.has(id)}
    if kinds - {ontology().kind_ids.index("decision")} or any(row.erased or row.statement.property in JUDGEMENTS for row in rows):
        return None
    return replace(before, snapshot=snapshot, decisions=decided.read(snapshot))


def texts(snapshot: Snapshot) -> list[str]:
    """The user's texts, names cut: what the built-in vectors learn from, besides the glossary."""
    known = profiles(snapshot)
    return [line.text for lines in (known.offers, known.seeks) for line in lines.lines]


def recipe(embedder: Embedder) -> str:
    """What an answer hangs on besides snapshot and question: our code and tables, and the vectors."""
    ours = sorted((one for one in files("matching").iterdir() if one.name.endswith((".py", ".toml"))), key=lambda one: one.name)
    tables = [files("graph.data").joinpath(name) for name in ("ontology.toml", "glossary.toml", "trades.csv")]
    code = [part for one in (*ours, *tables) for part in (one.name.encode(), one.read_bytes())]
    return blake2b(pack(*code, embedder.id), digest_size=12).hexdigest()


class _Fields(Sequence[frozenset[str]]):
    """What each row can cover: its glossary words, methods, trades and fields, put together when a rule asks."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def __len__(self) -> int:
        return self._index.profiles.size

    def __getitem__(self, row: Any) -> Any:
        known = self._index.profiles
        words = known.words[row]
        trades = (glossary().trades[at].zh for at in np.flatnonzero(known.trades[row]).tolist())
        return frozenset((*words.terms, *(glossary().methods[method] for method in words.methods), *trades))


def _codes(snapshot: Snapshot) -> Mapping[str, Mapping[str, int]]:
    """Codes of values that rules may name."""
    told = {name: {code: at for at, code in enumerate(ontology().codes[name])} for name in ("trade", "level", "form")}
    return {**told, "kind": {kind: at for at, kind in enumerate(KINDS)}, **_Places.of(snapshot)}


class _Places:
    @staticmethod
    def of(snapshot: Snapshot) -> Mapping[str, Mapping[str, int]]:
        """Places and organisations by id: their slots are the codes."""
        by_kind = {kind: {snapshot.id(slot): slot for slot in snapshot.live(kind).tolist()} for kind in ("place", "organisation")}
        return {**{level: by_kind["place"] for level in ("province", "city", "district")}, "organisation": by_kind["organisation"]}


# ---- who asks


def asked_of(found: Index, row: int) -> Asked:
    """The asking side of a candidate's row."""
    known = found.profiles
    span = slice(int(known.offers.start[row]), int(known.offers.start[row + 1]))
    wish = slice(int(known.seeks.start[row]), int(known.seeks.start[row + 1]))
    return Asked(
        row, known.names[row], known.offers.at(row), known.seeks.at(row), found.offer_vectors[found.offer_text[span]].astype(np.float32),
        found.seek_vectors[wish], found.vectors[row], known.trades[row], known.makes[row], known.words[row],
        {name: int(column[row]) for name, column in known.columns.items()}, known.places[row], known.roles[row],
    )  # fmt: skip


def together(found: Index, rows: Ints, block: Block, name: str) -> Iterator[tuple[Ints, Meeting]]:
    """These rows as askers before a block, as many at a time as fit a processor's cache: their places among the rows, and the meeting.

    Each time is a step of that name.
    """
    gives = np.diff(found.profiles.offers.start)[rows] > 0
    size, done = max(AT_ONCE // max(len(block.rows), 1), 1), 0
    for places in (np.flatnonzero(gives), np.flatnonzero(~gives)):
        for start in range(0, len(places), size):
            chosen = places[start : start + size].astype(np.int32)
            step(name, done, len(rows))
            yield chosen, Meeting(found, [asked_of(found, row) for row in rows[chosen].tolist()], block)
            done += len(chosen)


def read_text(found: Index, question: Question) -> tuple[Asked, Data]:
    """The asking side of a typed sentence, and what was read out of it. Raises InvalidData, LimitExceeded."""
    text = clean_text(question.text)
    if len(text) > LONGEST:
        raise LimitExceeded("question_too_long", length=len(text), limit=LONGEST)
    said = found.profiles.people.cut(text)
    for word in filter(None, map(normalise, question.without)):
        said = said.replace(word, " ")
    line = Line(said, ())
    words = words_of([line])
    guessed = trade_of([(said, 1.0)])
    code = "" if question.trade == "-" else question.trade or (guessed[0] if guessed else "")
    trades = list(ontology().codes["trade"])
    if code and code not in trades:
        raise InvalidData("code_unknown", value=code[:40], scheme="trade")
    division = trades.index(code) if code else -1
    vector = on_grid(found.embedder.embed([said]))
    columns = {name: -1 for name in found.profiles.columns} | {"trade": division}
    nowhere = np.full(3, -1, dtype=np.int32)
    shares = trade_shares(words.terms, division)
    asked = Asked(
        -1, say("notes", "this", question.lang), (), (line,), np.zeros((0, vector.shape[1]), np.float32), vector, vector[0],
        shares, shares, words, columns, nowhere, np.array(roles_in(said), dtype=np.float32),
    )  # fmt: skip
    return asked, _read(question, words.terms, code, guessed)


def _read(question: Question, terms: Mapping[str, int], code: str, guessed: tuple[str, tuple[str, ...]] | None) -> Data:
    corrected = bool(question.trade)
    name = trade_called(ontology().codes["trade"][code].zh, question.lang) if code else ""
    spoke = listed(guessed[1], question.lang) if guessed and not corrected else ""
    note = say("notes", "guessed_trade", question.lang, trade=name, words=spoke) if spoke else ""
    if not code and not terms:
        note = say("notes", "nothing_read", question.lang)
    state = "unknown" if not code else "told" if corrected else "inferred"
    return {"terms": list(terms), "trade": {"code": code, "name": name, "state": state}, "note": note}


# ---- retrieve


@dataclass(frozen=True, eq=False)
class Sifted:
    """All things of the asked kinds, which of them the rules let through, and who is hidden for another reason."""

    rows: Ints
    broken: Sequence[tuple[Rule, Mask]]
    unverified: Sequence[tuple[Rule, Ints]]
    hidden: Mapping[str, Mask]

    @cached_property
    def lawful(self) -> Mask:
        """Those that break no rule."""
        return _none([mask for _, mask in self.broken], len(self.rows))

    @cached_property
    def shown(self) -> Mask:
        """Those that hide for no reason."""
        return _none(list(self.hidden.values()), len(self.rows))

    def without(self, dropped: Sequence[int]) -> Mask:
        """Those that would be let through if these rules were not there."""
        return self.shown & _none([mask for at, (_, mask) in enumerate(self.broken) if at not in dropped], len(self.rows))


def _none(masks: Sequence[Mask], size: int) -> Mask:
    found = np.ones(size, dtype=np.bool_)
    for mask in masks:
        found &= ~mask
    return found


def sift(matcher: Matcher, question: Question, asked: Asked, rules: Sequence[Rule], rows: Ints) -> Sifted:
    """Who is let through: the rules as masks, then the own circle, existing partners and what was decided."""
    known, beside = matcher.index.profiles, () if asked.row < 0 else (asked.row,)
    broken, unverified = [], []
    for rule in rules:
        breaks, open_ = rule.amounts(matcher.pool, beside)
        broken.append((rule, ((breaks + open_ if rule.strict else breaks) > 0)[rows]))
        unverified.append((rule, open_))
    hidden: dict[str, list[int]] = {name: [] for name in ("own", "existing", "accepted", "declined", "put_off")}
    if asked.row >= 0:
        hidden["own"] += [asked.row, *known.circle_of(asked.row).tolist()]
        hidden["existing"] += known.tied(asked.row).tolist()
    for other, decision in matcher.decisions.with_(matcher.snapshot.id(int(known.slots[asked.row])) if beside else "", question.text):
        row = known.row(other)
        if row >= 0 and decision.hides(question.today):
            name = {"accept": "accepted", "decline": "declined", "put_off": "put_off"}[decision.answer]
            hidden["existing" if decision.reason == "existing" else name].append(row)
    return Sifted(rows, broken, unverified, {name: among(rows, held) for name, held in hidden.items()})


def among(rows: Ints, held: Sequence[int]) -> Mask:
    """Which of the rows, which ascend, are held."""
    found = np.zeros(len(rows), dtype=np.bool_)
    if not held:
        return found
    at = rows.searchsorted(held)
    found[[place for place, row in zip(at.tolist(), held, strict=True) if place < len(rows) and rows[place] == row]] = True
    return found


# ---- score, select


@dataclass(frozen=True, eq=False)
class Scored:
    """The candidates that were scored, with the mask of those that may be proposed."""

    meeting: Meeting
    scores: Scores
    lawful: Mask
    places: Ints
    """Place of every scored candidate among the sifted rows."""

    def ranking(self, question: Question, lawful: Mask | None = None) -> Ranking:
        """Those that may be proposed by falling score; the others count as 0."""
        total = np.where(self.lawful if lawful is None else lawful, self.scores.total, 0)
        known, row = self.meeting.index.profiles, self.meeting.asked.row
        asked = known.ids[row] if row >= 0 else question.text  # a merged thing is one question by each of its ids
        return Ranking(total, known.id_hashes[self.meeting.rows], question.tie_seed(asked))


def score(matcher: Matcher, question: Question, asked: Asked, sifted: Sifted) -> Scored:
    """Scores of all candidates up to EXACT lawful ones, above that of the best that three channels find among them."""
    allowed = sifted.lawful & sifted.shown
    if len(sifted.rows) <= EXACT:
        block = matcher.index.of_kinds(kinds_of(question, asked))
    else:
        text = " ".join(line.text for line in (asked.seeks or asked.offers))
        block = matcher.index.block(pool(matcher.index, asked.row, text, asked.vector, sifted.rows, allowed))
    return _over(matcher.index, asked, block, allowed, sifted.rows)


def _over(found: Index, asked: Asked, block: Block, allowed: Mask, rows: Ints) -> Scored:
    meeting, places = Meeting(found, (asked,), block), np.searchsorted(rows, block.rows).astype(np.int32)
    return Scored(meeting, scored(meeting), allowed[places], places)


# ---- the answer


def answer(matcher: Matcher, question: Question) -> Data:
    """Retrieve, score, select, explain."""
    asked, read, rules, sifted = let_through(matcher, question)
    found = score(matcher, question, asked, sifted)
    ranking = found.ranking(question)
    chosen = diverse(ranking, found.meeting.block.vectors, _units(found), question.k)
    explainer = Explainer(found.meeting, found.scores, ranking, sifted.unverified, matcher.pool.load, question.lang)
    items = [explainer.item(at, chosen) for at in chosen]
    return {
        "question": {"id": question.id, "text": question.text, "name": asked.name, "kinds": list(kinds_of(question, asked)),
                     "k": question.k, "seed": question.seed, "rules": [_rule(rule, question.lang) for rule in rules]},
        "read": read, "counts": _counts(sifted, ranking, question.lang), "items": items,
        "relaxations": _relaxations(matcher, question, sifted, found), "two_sided": asked.two_sided,
        "advice": "" if items else _advice(explainer, asked, question.lang),
        "note": say("notes", "who_decides", question.lang), "warnings": warned(matcher, question.lang),
        "version": matcher.snapshot.version, "recipe": matcher.recipe,
    }  # fmt: skip


def _advice(explainer: Explainer, asked: Asked, lang: str) -> str:
    """What to do where nobody is proposed: fill what is missing, if that is the cause."""
    gaps = explainer.missing(asked.row) if asked.row >= 0 else []
    if not gaps:
        return say("notes", "nothing_fits", lang)
    return say("notes", "too_little", lang, gaps=listed((gap["label"] for gap in gaps), lang))


def let_through(matcher: Matcher, question: Question) -> tuple[Asked, Data | None, Sequence[Rule], Sifted]:
    """Who asks, what was read out of the sentence, the rules, and who is let through."""
    _check(question)
    asked, read = _asked(matcher, question)
    rules = question.rules if question.rules is not None else FOR_NEEDS if asked.row < 0 or not asked.two_sided else ABROAD
    rules = tuple(current(matcher.snapshot, rule) for rule in rules)
    return asked, read, rules, sift(matcher, question, asked, rules, matcher.index.of_kinds(kinds_of(question, asked)).rows)


def counted(matcher: Matcher, question: Question, which: str, rules: Sequence[int] = ()) -> list[int]:
    """The slots behind a number of `counts`: `all`, `lawful`, `proposed`, a name of `hidden`; of rules by their places: `violating` those
    that break all of them, `relaxed` those that come in without them. Raises as `answer`, InvalidData `choice_unknown`.
    """
    asked, _, told, sifted = let_through(matcher, question)
    shown = sifted.lawful & sifted.shown
    masks = {"all": sifted.lawful | ~sifted.lawful, "lawful": sifted.lawful, "relaxed": sifted.without(rules) & ~shown}
    masks |= {name: mask & sifted.lawful for name, mask in sifted.hidden.items()}
    known = (*masks, "violating", "proposed")
    if which not in known or (which in ("violating", "relaxed") and any(not 0 <= at < len(told) for at in rules)):
        raise InvalidData("choice_unknown", place={"field": "which"}, choice=which[:40], choices=", ".join(known))
    if which == "proposed":
        found = score(matcher, question, asked, sifted)
        rows = found.meeting.rows[found.ranking(question).total > 0]
    elif which == "violating":
        rows = sifted.rows[np.all([sifted.broken[at][1] for at in rules], axis=0)]
    else:
        rows = sifted.rows[masks[which]]
    return [int(slot) for slot in matcher.index.profiles.slots[rows]]


def warned(matcher: Matcher, lang: str) -> list[Data]:
    """The matcher's warnings in words."""
    return [{"code": one.code, "text": one.message(lang), "remedy": one.remedy(lang)} for one in matcher.warnings]


def _check(question: Question) -> None:
    if bool(question.id) == bool(question.text.strip()):
        raise InvalidData("question_empty")
    if question.kinds is not None:
        check_kinds(question.kinds)
    if not 1 <= question.k <= MOST:
        raise LimitExceeded("too_many_asked", asked=question.k, limit=MOST)


def kinds_of(question: Question, asked: Asked) -> tuple[str, ...]:
    """What is looked for."""
    return question.kinds or (("workshop",) if asked.two_sided else ("workshop", "person", "organisation"))


def check_kinds(kinds: Sequence[str]) -> None:
    """Raises InvalidData `code_unknown` where one can be no candidate, or none is given."""
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise InvalidData("code_unknown", value=(unknown or [""])[0][:40], scheme="kind")


def current(snapshot: Snapshot, rule: Rule) -> Rule:
    """The rule with the ids that things have today: one that was merged by its canonical id."""

    def now(id: str) -> str:
        return snapshot.id(snapshot.number(id)) if snapshot.has(id) else id

    if isinstance(rule, Include | Exclude):
        return replace(rule, ids=tuple(map(now, rule.ids)))
    if isinstance(rule, ExcludePairs):
        return replace(rule, pairs=tuple((now(first), now(second)) for first, second in rule.pairs))
    if isinstance(rule, Counted) and rule.value is not None:
        return replace(rule, value=now(rule.value))
    return rule


def _asked(matcher: Matcher, question: Question) -> tuple[Asked, Data | None]:
    if question.text.strip():
        return read_text(matcher.index, question)
    row = matcher.index.profiles.row(question.id)
    if row < 0:
        raise InvalidData("not_a_candidate", id=question.id[:80])
    return asked_of(matcher.index, row), None


def _units(found: Scored) -> NDArray[np.int32]:
    return found.meeting.index.profiles.columns["organisation"][found.meeting.rows]


def _rule(rule: Rule, lang: str) -> Data:
    return {**rule.as_json(), "words": rule.words(lang)}


def _counts(sifted: Sifted, ranking: Ranking, lang: str) -> Data:
    """All of the asked kinds, those without a violation, what each rule takes away, and who is hidden for another reason."""
    return {
        "all": len(sifted.rows), "lawful": int(sifted.lawful.sum()), "proposed": int((ranking.total > 0).sum()),
        "rules": [{**_rule(rule, lang), "violating": int(mask.sum())} for rule, mask in sifted.broken],
        **{name: int((mask & sifted.lawful).sum()) for name, mask in sifted.hidden.items()},
    }  # fmt: skip


def _relaxations(matcher: Matcher, question: Question, sifted: Sifted, found: Scored) -> list[Data]:
    """What each single rule costs; and where nothing is left, the fewest rules without which something is, the best first."""
    singles = [_relaxed(matcher, question, sifted, found, (at,)) for at in range(len(sifted.broken))]
    offers = [one for one in singles if one]
    if not offers and not (found.ranking(question).total > 0).any() and len(sifted.broken) > 1:
        pairs = [(a, b) for b in range(len(sifted.broken)) for a in range(b)]
        offers = [one for pair in pairs if (one := _relaxed(matcher, question, sifted, found, pair))]
        offers = offers or [one for one in [_relaxed(matcher, question, sifted, found, tuple(range(len(sifted.broken))))] if one]
    return sorted(offers, key=lambda one: (len(one["rules"]), -one["score"], one["text"]))


def _relaxed(matcher: Matcher, question: Question, sifted: Sifted, found: Scored, dropped: tuple[int, ...]) -> Data | None:
    allowed = sifted.without(dropped)
    more = int((allowed & ~(sifted.lawful & sifted.shown)).sum())
    if not more:
        return None
    if len(sifted.rows) > EXACT:
        text = " ".join(line.text for line in (found.meeting.asked.seeks or found.meeting.asked.offers))
        chosen = pool(matcher.index, found.meeting.asked.row, text, found.meeting.asked.vector, sifted.rows, allowed)
        found = _over(matcher.index, found.meeting.asked, matcher.index.block(chosen), allowed, sifted.rows)
    ranking = found.ranking(question, allowed[found.places])
    best = ranking.best(1)
    if not best:
        return None
    rules = [sifted.broken[at][0] for at in dropped]
    named = listed((rule.words(question.lang) for rule in rules), question.lang)
    first = int(found.meeting.rows[best[0]])
    name = found.meeting.index.profiles.names[first]
    text = say("counterfactuals", "relax", question.lang, rule=named, count=str(more), name=name)
    return {"rules": [rule.as_json() for rule in rules], "more": more, "first": found.meeting.index.profiles.ids[first],
            "score": round(int(ranking.total[best[0]]) / 1_000_000, 6), "text": text}  # fmt: skip
