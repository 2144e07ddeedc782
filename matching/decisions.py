"""What people decided about pairs: things of the record like all others, so a decision has an author, a version, and can be undone.

A decision counts in both directions and for whatever its ends are merged with. Per pair the latest one counts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from graph.analysis.text import normalise
from graph.record.errors import InvalidData
from graph.record.model import Change, Statement, desk, thing_id
from graph.record.ontology import ontology, read_date
from graph.record.snapshot import Snapshot, Thing

ACCEPT, DECLINE, PUT_OFF = "accept", "decline", "put_off"
ANSWERS = (ACCEPT, DECLINE, PUT_OFF)
DAYS = 30
"""How long a pair that was put off stays hidden."""
HARD = ("rivals", "secret", "unit_no")
"""Reasons that keep a pair out of groups too."""


def today() -> str:
    """The day that decisions are held against where none is told (UTC, ISO)."""
    return datetime.now(UTC).date().isoformat()


class Decision(NamedTuple):
    """A decision on a pair of things, or on a thing and a typed question (`text`); things by canonical id."""

    id: str
    about: tuple[str, ...]
    text: str
    answer: str
    reason: str
    words: str
    until: str
    seen_version: str
    seen_recipe: str
    actor: str
    change: int

    @property
    def hard(self) -> bool:
        """Whether it keeps the pair out of groups too."""
        return self.answer == DECLINE and self.reason in HARD

    def hides(self, day: str) -> bool:
        """Whether the pair is kept out of suggestions on that ISO day."""
        return not self.until or day < read_date(self.until).earliest


@dataclass(frozen=True)
class Decisions:
    """The decisions that count, by pair."""

    all: tuple[Decision, ...]
    by_pair: Mapping[frozenset[str], Decision]

    def with_(self, id: str, text: str = "") -> Iterator[tuple[str, Decision]]:
        """(other thing, decision) of a thing or of a typed question."""
        mine = _question(text) if text.strip() else id
        for pair, decision in self.by_pair.items():
            if mine in pair and len(pair) == 2:
                yield next(one for one in pair if one != mine), decision

    def never_together(self, day: str) -> list[tuple[str, str, str]]:
        """(thing, thing, reason) of pairs that are kept out of groups too on that ISO day."""
        hard = (one for one in self.by_pair.values() if one.hard and one.hides(day) and len(one.about) == 2)
        return sorted((*sorted(one.about), one.reason) for one in hard)  # type: ignore[misc]


def _question(text: str) -> str:
    return f"text:{normalise(text)}"  # composed or not, wide or narrow: one question


def read(snapshot: Snapshot) -> Decisions:
    """All decisions of a snapshot; one about things that have been merged into each other counts for nothing."""
    found = sorted((_decision(snapshot, thing) for thing in snapshot.things("decision")), key=lambda one: (one.change, one.id))
    by_pair = {_pair(one): one for one in found if len(_pair(one)) == 2}
    return Decisions(tuple(found), by_pair)


def _pair(decision: Decision) -> frozenset[str]:
    return frozenset((*decision.about, *([_question(decision.text)] if decision.text else [])))


def _decision(snapshot: Snapshot, thing: Thing) -> Decision:
    told = {name: thing.value(name) or "" for name in ("note", "answer", "reason_code", "words", "hidden_until")}
    about = tuple(dict.fromkeys(snapshot.id(snapshot.number(id)) for id in thing.values("about") if snapshot.has(id)))
    first = min((fact.row for fact in thing.facts if fact.property_id == "kind"), key=lambda row: row.number)
    return Decision(
        thing.id, about, told["note"], told["answer"], told["reason_code"], told["words"], told["hidden_until"],
        thing.value("seen_version") or "", thing.value("seen_recipe") or "", first.statement.source.removeprefix("desk:"),
        first.serial.change,
    )  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """What a person says about a pair: `candidate` for `asked` (a thing) or for `text` (a typed question)."""

    candidate: str
    answer: str
    asked: str = ""
    text: str = ""
    reason: str = ""
    words: str = ""
    until: str = ""


def decided(snapshot: Snapshot, verdict: Verdict, actor: str, *, key: str, version: int, recipe: str, day: str) -> Change:
    """The change that records a verdict; an earlier decision on the same pair is taken back in it, so undo brings it back.

    Raises InvalidData `answer_unknown`, `reason_needed`, `decision_pair`, NotFound `thing_unknown`.
    """
    _checked(verdict)
    ends = [snapshot.id(snapshot.number(id)) for id in (verdict.asked, verdict.candidate) if id]
    pair = frozenset((*ends, *([_question(verdict.text)] if verdict.text else [])))
    if len(pair) != 2:
        raise InvalidData("decision_pair")
    source, id = desk(actor), thing_id("decision", "desk", actor, key)  # a key is its actor's own
    until = verdict.until or ((date.fromisoformat(day) + timedelta(DAYS)).isoformat() if verdict.answer == PUT_OFF else "")
    told = {
        "kind": "decision", "note": verdict.text, "answer": verdict.answer, "reason_code": verdict.reason, "words": verdict.words,
        "hidden_until": until, "seen_version": str(version), "seen_recipe": recipe,
    }  # fmt: skip
    adds = [*(Statement(id, name, value, source) for name, value in told.items() if value),
            *(Statement(id, "about", end, source) for end in ends)]  # fmt: skip
    asked = ("decide", verdict.candidate, verdict.answer, verdict.asked, verdict.text, verdict.reason, verdict.words, verdict.until)
    said = ontology().label("answer", verdict.answer)
    return Change(actor, said, tuple(adds), tuple(_earlier(snapshot, pair, id)), key=key, asked=asked)


def _checked(verdict: Verdict) -> None:
    if verdict.answer not in ANSWERS:
        raise InvalidData("answer_unknown", place={"property": "answer"}, value=verdict.answer[:40], known=", ".join(ANSWERS))
    if verdict.answer == DECLINE and verdict.reason not in ontology().codes["decline"]:
        raise InvalidData("reason_needed", place={"property": "reason"}, value=verdict.reason[:40])
    if verdict.reason == "other" and not verdict.words.strip():
        raise InvalidData("reason_needed", place={"property": "words"}, value="other")
    if bool(verdict.asked) == bool(verdict.text.strip()):
        raise InvalidData("decision_pair")


def _earlier(snapshot: Snapshot, pair: frozenset[str], id: str) -> list[str]:
    """Statements of the decisions that stand on the same pair."""
    old = [one.id for one in read(snapshot).all if _pair(one) == pair and one.id != id]
    return [fact.row.statement.id for one in old for fact in snapshot.thing(one).facts]
