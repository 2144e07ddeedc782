"""Who is missing in a group of which some are known: the topic and the members both speak."""

import pytest

from matching.grouping import GroupQuestion, group, missing
from matching.suggestion import Question
from tests.matching.towns import DAY, Town


def found(town: Town, text: str, locked: tuple[str, ...] = (), k: int = 10) -> list[str]:
    """Ids of the best, as `missing` ranks them."""
    ranking, rows = missing(town.matcher, GroupQuestion(text=text, locked=locked, day=DAY))
    return [town.matcher.index.profiles.ids[int(rows[at])] for at in ranking.best(k)]


def of_trade(town: Town, trade: int) -> tuple[str, ...]:
    known = town.matcher.index.profiles
    return tuple(id for id in town.ids() if known.columns["trade"][known.row(id)] == trade)


@pytest.fixture
def camp(city: Town) -> tuple[str, ...]:
    """All workshops of the trade that most are of."""
    known = city.matcher.index.profiles
    trades = known.columns["trade"][known.of_kinds(["workshop"])].tolist()
    return of_trade(city, max(sorted(set(trades) - {-1}), key=trades.count))


def test_who_is_in_already_is_not_missing(city: Town, camp: tuple[str, ...]) -> None:
    assert not set(camp[:4]) & set(found(city, "工序改进", camp[:4], k=240))


def test_members_speak_for_what_the_group_is_about(city: Town, camp: tuple[str, ...]) -> None:
    assert set(found(city, "一起把这件事办好", camp[:3], k=5)) <= set(camp[3:])


def test_without_members_the_topic_alone_ranks(city: Town) -> None:
    whole = city.matcher.suggest(Question(text="数控加工镗削振动", rules=(), day=DAY, k=1))
    assert found(city, "数控加工镗削振动", k=1) == [whole["items"][0]["id"]]


def test_the_order_of_members_does_not_matter(city: Town, camp: tuple[str, ...]) -> None:
    assert found(city, "工序改进", camp[:3]) == found(city, "工序改进", camp[2::-1])


def test_a_group_keeps_the_members_that_must_be_in(city: Town, camp: tuple[str, ...]) -> None:
    question = GroupQuestion(text="一起把这件事办好", locked=camp[:2], size=(4, 4), rules=(), day=DAY)
    members = {member["id"] for member in group(city.matcher, question)["choices"][0]["members"]}
    assert set(camp[:2]) < members
