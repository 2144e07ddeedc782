"""What missing data costs, counted again by asking one thing after the other."""

from collections import Counter

import pytest

from matching.rules import Differ
from matching.suggestion import ABROAD, MOST
from matching.worth import CELLS, TOP, data_worth, worth
from tests.matching.towns import DAY, Town

GAPS = {"place": "place", "trade": "trade", "organisation": "organisation", "need": "need"}


@pytest.fixture(params=["demo", "city"])
def town(request: pytest.FixtureRequest) -> Town:
    found: Town = request.getfixturevalue(request.param)
    return found


def gaps(town: Town, id: str) -> set[str]:
    """What neither the thing nor anything derived tells, read from the matcher's columns."""
    profiles = town.matcher.index.profiles
    row = profiles.row(id)
    open_ = {"place": int(profiles.places[row].max()), "trade": int(profiles.columns["trade"][row])}
    open_ |= {"organisation": int(profiles.columns["organisation"][row]), "need": len(profiles.seeks.at(row)) - 1}
    return {gap for gap, value in open_.items() if value < 0}


def test_counts_are_those_of_really_asking(town: Town) -> None:
    cells: Counter[tuple[str, str]] = Counter()
    answers: Counter[str] = Counter()
    for id in town.ids():
        for item in town.ask(id, k=MOST)["items"]:
            if item["rank"] <= TOP:
                mine, theirs = gaps(town, id), gaps(town, item["id"])
                cells.update((one, gap) for one, open_ in ((id, mine), (item["id"], theirs)) for gap in open_)
                answers.update(mine | theirs)
    told = data_worth(town.matcher, day=DAY)
    assert {(cell["id"], cell["gap"]): cell["answers"] for cell in told["cells"]} == dict(cells)
    assert {line["gap"]: line["answers"] for line in told["lines"]} == dict(answers)


def test_a_line_opens_exactly_its_cells(demo: Town) -> None:
    told = data_worth(demo.matcher, day=DAY)
    for line in told["lines"]:
        own = [cell for cell in told["cells"] if cell["gap"] == line["gap"]]
        assert line["things"] == len(own)
        assert str(line["things"]) in line["text"]
        assert str(line["answers"]) in line["text"]
        assert line["property"] == CELLS[line["gap"]]
    assert [cell["answers"] for cell in told["cells"]] == sorted((cell["answers"] for cell in told["cells"]), reverse=True)


def test_a_gap_is_what_the_cards_call_missing(demo: Town) -> None:
    for id in demo.ids()[::20]:
        for item in demo.ask(id)["items"]:
            assert {one["code"] for one in item["missing"]} - {"district"} == gaps(demo, item["id"])


def test_rules_that_are_left_unverified_are_those_of_a_gap(demo: Town) -> None:
    """Where a default rule could not be verified, the asked one or the candidate has the gap that worth counts."""
    for id in demo.ids()[::10]:
        for item in demo.ask(id)["items"]:
            said = [one["text"] for one in item["cautions"] if one["code"] == "unverified"]
            for rule in ABROAD:
                assert isinstance(rule, Differ)
                if any(f"“{rule.words()}”" in text for text in said):
                    assert rule.by in gaps(demo, id) | gaps(demo, item["id"])


def test_filling_a_cell_takes_it_off_the_list(city: Town) -> None:
    from graph.record.model import Statement

    (cells, _), profiles = worth(city.matcher, day=DAY), city.matcher.index.profiles
    dearest = next(cell for cell in cells if cell.gap == "need")
    after = city.saying(Statement(profiles.ids[dearest.row], "seeks", "焊缝气孔怎么治", "desk:tester"))
    told = data_worth(after.matcher, day=DAY)
    assert (profiles.ids[dearest.row], "need") not in {(cell["id"], cell["gap"]) for cell in told["cells"]}
