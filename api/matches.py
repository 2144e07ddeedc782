"""What the matcher answers, for routes and commands alike: suggestions, groups, decisions, needs, what missing data costs."""

import secrets
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from api.looking import PAGE, rows_page, thing_row
from api.published import Published
from api.verbs import Data, receipt
from graph.analysis.privacy import sealed, withheld
from graph.record.model import Receipt
from graph.record.store import Store
from matching.decisions import today as today  # one day for routes, commands and decisions

if TYPE_CHECKING:
    from matching.decisions import Decision, Verdict
    from matching.grouping import GroupQuestion
    from matching.rules import Rule
    from matching.suggestion import Question

OPEN_WORDS = ("会诊", "对接", "洽谈", "咨询", "指导")
"""What is told of a taker who has not solved it yet."""

STATUS = {
    "incomplete": ("待补充", "incomplete"), "open": ("待派单", "open"), "in_work": ("攻关中", "being worked on"),
    "solved": ("已解决", "solved"), "expired": ("已过期", "expired"),
}  # fmt: skip


def rules_from(told: Sequence[dict[str, Any]] | None) -> "tuple[Rule, ...] | None":
    """Rules out of their JSON form; None where none are given and the default ones hold."""
    from matching.rules import rule_from_json

    return None if told is None else tuple(rule_from_json(one) for one in told)


def suggest(published: Published, question: "Question") -> Data:
    """Partners for a thing or a typed sentence, with reasons of both sides, cautions, what is missing and what would change it."""
    told: Data = sealed(published.matcher.suggest(question))
    return told


def counted(
    published: Published, question: "Question", which: str, rules: Sequence[int] = (), *, cursor: str = "", limit: int = PAGE
) -> Data:
    """A page of the things behind a number of a suggestion's counts."""
    from matching.suggestion import counted as found

    page = rows_page(published, found(published.matcher, question, which, rules), cursor, limit)
    return {**page, "rows": [thing_row(published, slot) for slot in page["rows"]]}


def group(published: Published, question: "GroupQuestion") -> Data:
    """Up to three groups around a topic, a need or a lead; or the nearest one with the rules that it breaks and one way out."""
    from matching.grouping import group as formed

    told: Data = sealed(formed(published.matcher, question))
    return told


def instance(published: Published, question: "GroupQuestion") -> Data:
    """The instance behind a group question, for other solvers (docs/reference/formation.md)."""
    from matching.grouping import instance_of

    return instance_of(published.matcher, question)[0].as_json()


def decide(store: Store, verdict: "Verdict", actor: str, *, seen: tuple[int, str], key: str = "", day: str = "") -> Data:
    """Records a decision on a pair. `seen` is the version and recipe of the answer that was looked at.

    Raises InvalidData, NotFound `thing_unknown`, Conflict `key_reused`.
    """
    from matching.decisions import decided

    snapshot = store.snapshot()
    key = key or secrets.token_hex(16)
    change = decided(snapshot, verdict, actor, key=key, version=seen[0], recipe=seen[1], day=day or today())
    done: Receipt = store.append(change, base=snapshot.version)
    return {**receipt(done), "id": change.adds[0].subject}


def decisions(published: Published, *, answer: str = "", about: str = "", cursor: str = "", limit: int = PAGE) -> Data:
    """A page of the decisions that count, latest first; `about` keeps those about one thing. Raises NotFound `thing_unknown`."""
    id = published.snapshot.id(published.snapshot.number(about)) if about else ""
    found = [one for one in published.matcher.decisions.by_pair.values() if answer in ("", one.answer) and id in ("", *one.about)]
    found.sort(key=lambda one: (-one.change, one.id))
    page = rows_page(published, found, cursor, limit)
    return {**page, "rows": [_decision(published, one) for one in page["rows"]]}


def _decision(published: Published, one: "Decision") -> Data:
    snapshot = published.snapshot
    about = [{"id": id, "name": published.names[snapshot.number(id)]} for id in one.about]
    told: Data = {"id": one.id, "about": about, "text": one.text, "answer": one.answer, "reason": one.reason, "words": one.words}
    seen = int(one.seen_version) if one.seen_version.isdigit() else None
    told |= {"until": one.until or None, "actor": one.actor, "change": one.change}
    told["time"] = published.reader.change(one.change).time
    return {**sealed(told), "version_seen": seen, "recipe_seen": one.seen_recipe}


def needs(published: Published, *, status: str = "", cursor: str = "", limit: int = PAGE, lang: str = "zh") -> Data:
    """A page of the needs with their status. A taker told as solving counts as solved; one who advises or talks does not."""
    rows = [row for row in published.part(f"needs {today()}", _made_needs) if status in ("", row["status"])]
    return rows_page(published, [{**row, "said": STATUS[row["status"]][lang != "zh"]} for row in rows], cursor, limit)


def _made_needs(published: Published) -> list[Data]:
    snapshot, day = published.snapshot, today()
    rows = []
    for thing in snapshot.things("need"):
        raised = [{"id": id, "name": published.names[snapshot.number(id)]} for id in thing.values("raised_by")]
        takers, deadline = thing.values("taker"), thing.value("deadline")
        rows.append({
            "id": thing.id, "name": thing.name, "description": withheld(thing.value("description") or "") or None, "raised_by": raised,
            "takers": [withheld(taker) for taker in takers],
            "deadline": deadline, "status": _status(bool(thing.values("description")), takers, deadline, day),
        })  # fmt: skip
    return sorted(rows, key=lambda row: (row["name"], row["id"]))


def _status(described: bool, takers: Iterable[str], deadline: str | None, day: str) -> str:
    from graph.record.ontology import read_date

    told = list(takers)
    if any(not any(word in taker for word in OPEN_WORDS) for taker in told):
        return "solved"
    if deadline and read_date(deadline).latest < day:
        return "expired"
    if told:
        return "in_work"
    return "open" if described else "incomplete"


def data_worth(published: Published, kinds: Sequence[str] = ("workshop",), lang: str = "zh") -> Data:
    """What missing cells cost: a line for each gap, and the cells that stand in the way of most suggestions."""
    from matching.worth import data_worth as counted

    return published.part(f"worth {' '.join(kinds)} {lang} {today()}", lambda one: counted(one.matcher, kinds, lang))


def criteria(lang: str = "zh") -> Data:
    """Every criterion with its label, its weight and what it measures, in the words of its own docstring."""
    from matching.explanation import label
    from matching.features import FEATURES
    from matching.scoring import weights

    told = weights()
    rows = [
        {"code": one.code, "label": label(one.code, lang), "weight": told.criteria[one.code], "both_alike": one.alike,
         "about": " ".join((one.values.__doc__ or "").split())}
        for one in FEATURES
    ]  # fmt: skip
    return {"share_of_weaker": told.share_of_weaker, "diversity": told.diversity, "criteria": rows}
