"""The best undecided pairs are what asking every workshop would give."""

import pytest

from matching.decisions import Verdict, decided
from matching.pairs import explained, partners
from tests.matching.towns import DAY, Town, plain


@pytest.fixture(params=["demo", "city"])
def town(request: pytest.FixtureRequest) -> Town:
    found: Town = request.getfixturevalue(request.param)
    return found


def test_pairs_are_the_first_answers_of_all_workshops(town: Town) -> None:
    expected: dict[frozenset[str], float] = {}
    for answer in town.answers(k=1):
        for item in answer["items"]:
            pair = frozenset((answer["question"]["id"], item["id"]))
            expected[pair] = max(item["score"], expected.get(pair, 0))
    ids = town.matcher.index.profiles.ids
    found = partners(town.matcher).undecided(town.matcher, DAY)
    assert {frozenset((ids[one.asked], ids[one.partner])): one.score / 1_000_000 for one in found} == expected
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_an_explained_pair_is_the_item_of_its_suggestion(town: Town) -> None:
    for pair in partners(town.matcher).undecided(town.matcher, DAY)[:5]:
        item = town.ask(town.matcher.index.profiles.ids[pair.asked], k=1)["items"][0]
        assert plain(explained(town.matcher, pair)) == plain(item)


def test_a_decided_pair_makes_room_for_the_next(city: Town) -> None:
    ids = city.matcher.index.profiles.ids
    first = partners(city.matcher).undecided(city.matcher, DAY)[0]
    ends = frozenset((ids[first.asked], ids[first.partner]))
    town = city.copy()
    verdict = Verdict(ids[first.partner], "put_off", ids[first.asked])
    town.store.append(decided(town.store.snapshot(), verdict, "tester", key="k", version=1, recipe="r", day=DAY))
    matcher = town.again().matcher
    found = partners(matcher).undecided(matcher, DAY)
    assert ends not in {frozenset((matcher.index.profiles.ids[one.asked], matcher.index.profiles.ids[one.partner])) for one in found}
    later = partners(matcher).undecided(matcher, "2999-01-01")
    assert frozenset((matcher.index.profiles.ids[later[0].asked], matcher.index.profiles.ids[later[0].partner])) == ends
