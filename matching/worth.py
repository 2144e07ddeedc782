"""What a missing cell costs: in how many top tens it left a rule unverified or a criterion without data.

Every workshop is asked for partners under the default rules, without explanations; each cell that nobody told is counted wherever it
stands in the way, on either side of a pair.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from graph.record.ontology import ontology
from matching.explanation import Data, listed, say
from matching.profile import KINDS, Profiles
from matching.suggestion import ABROAD, Matcher, Question, asked_of, score, sift

TOP = 10
CELLS: Mapping[str, str] = {"place": "place", "trade": "trade", "organisation": "host", "need": "seeks"}
"""A gap, and the property that would fill it."""


class Worth(NamedTuple):
    """The missing cells that touch a suggestion, the dearest first, and how many suggestions each gap touches."""

    cells: Sequence["Cell"]
    answers: Mapping[str, int]


class Cell(NamedTuple):
    """A cell that nobody told: the row, the gap, and how many suggestions it touches."""

    row: int
    gap: str
    answers: int


def missing(profiles: Profiles) -> Mapping[str, np.ndarray]:
    """Per gap, which rows have it: neither told nor inferred."""
    return {
        "place": profiles.places[:, 0] < 0, "trade": profiles.columns["trade"] < 0, "organisation": profiles.columns["organisation"] < 0,
        "need": np.diff(profiles.seeks.start) == 0,
    }  # fmt: skip


def worth(matcher: Matcher, kinds: Sequence[str] = ("workshop",), day: str = "") -> Worth:
    """What every missing cell touches. About a millisecond a thing that is asked for."""
    gaps = missing(matcher.index.profiles)
    counts: Counter[tuple[int, str]] = Counter()
    answers: Counter[str] = Counter()
    for row in matcher.index.profiles.of_kinds(kinds).tolist():
        question = Question(id=matcher.index.profiles.ids[row], kinds=tuple(kinds), day=day)
        asked = asked_of(matcher.index, row)
        sifted = sift(matcher, question, asked, ABROAD, matcher.index.of_kinds(kinds).rows)
        found = score(matcher, question, asked, sifted)
        for at in found.ranking(question).best(TOP):
            other = int(found.meeting.rows[at])
            counts.update((one, gap) for gap, open_ in gaps.items() for one in (row, other) if open_[one])
            answers.update(gap for gap, open_ in gaps.items() if open_[row] or open_[other])
    cells = [Cell(row, gap, count) for (row, gap), count in counts.items()]
    ids = matcher.index.profiles.ids
    return Worth(sorted(cells, key=lambda cell: (-cell.answers, list(CELLS).index(cell.gap), ids[cell.row])), answers)


def data_worth(matcher: Matcher, kinds: Sequence[str] = ("workshop",), lang: str = "zh", day: str = "") -> Data:
    """The list for people: a line for each gap, and every cell with its thing and the property that fills it."""
    (cells, answers), known = worth(matcher, kinds, day), matcher.index.profiles
    named = listed((ontology().kinds[kind].zh if lang == "zh" else ontology().kinds[kind].en for kind in kinds), lang)
    lines = []
    for gap, property_id in CELLS.items():
        own = [cell for cell in cells if cell.gap == gap]
        if own:
            text = say("worth", gap, lang, count=str(len(own)), kind=named, answers=str(answers[gap]))
            lines.append({"gap": gap, "property": property_id, "things": len(own), "answers": answers[gap], "text": text})
    told = [
        {"id": known.ids[cell.row], "name": known.names[cell.row], "kind": KINDS[known.kind[cell.row]], "gap": cell.gap,
         "property": CELLS[cell.gap], "answers": cell.answers}
        for cell in cells
    ]  # fmt: skip
    return {"lines": sorted(lines, key=lambda line: -int(str(line["answers"]))), "cells": told, "version": matcher.snapshot.version,
            "recipe": matcher.recipe}  # fmt: skip
