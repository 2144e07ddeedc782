"""The made-up city: its size, its right answers, and that nothing but what words mean gives them away."""

from collections.abc import Iterator, Mapping

import pytest

from graph.analysis.derive import trade_of, words_in
from graph.data.tables import glossary
from seeds import city
from seeds.reading import Reading

SIZE = 240


@pytest.fixture(scope="module")
def reading() -> Reading:
    return city.generate(SIZE)


@pytest.fixture(scope="module")
def cells(reading: Reading) -> Mapping[tuple[str, str], list[str]]:
    """Values by (thing, property), references as names."""
    names = {named.id: named.name for named in reading.things}
    found: dict[tuple[str, str], list[str]] = {}
    for claim in reading.claims:
        told = claim.statement
        found.setdefault((told.subject, told.property), []).append(names.get(told.value, told.value))
    return found


@pytest.fixture(scope="module")
def plants(reading: Reading) -> list[tuple[str, str]]:
    keys = {named.key[-1]: named.id for named in reading.things if named.kind == "workshop"}
    return [(keys[plant.asks], keys[plant.partner]) for plant in city.planted(SIZE)]


def pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}


def test_a_city_is_always_the_same_and_of_the_size_asked_for(reading):
    assert reading == city.generate(SIZE)
    assert reading != city.generate(SIZE, seed=2)
    for size in (1, 11, 12, SIZE):
        assert sum(named.kind == "workshop" for named in city.generate(size).things) == size
    assert [len(city.planted(size)) for size in (1, 11, 12, SIZE, 1469)] == [0, 0, 1, 20, 122]
    assert city.known_districts()


def test_everything_says_that_it_is_generated(reading, cells):
    for named in reading.things:
        if named.kind in ("workshop", "need"):
            assert cells[named.id, "note"] == [city.GENERATED]


def test_a_plain_and_an_expert_wording_share_no_character():
    plain, expert = ("".join(words[side] for words in city.OBJECTS + city.TROUBLES) for side in (0, 1))
    assert not set(plain) & set(expert)


def test_no_wording_and_no_sentence_has_a_word_of_the_glossary(cells, plants):
    terms = {term for trade in glossary().trades for part in trade[4:] for term in part} | set(glossary().methods)
    told = [word for words in city.OBJECTS + city.TROUBLES for word in words]
    told += [cells[asks, "seeks"][0] for asks, _ in plants] + [cells[partner, "achievement"][0] for _, partner in plants]
    assert [(text, term) for text in told for term in terms if term in text] == []
    assert not [text for text in told if list(words_in(text))]


def test_the_partner_says_nothing_of_what_the_question_says(cells, plants):
    """No pair of characters of the question's object and trouble is anywhere in the partner's lines, so none helps BM25."""
    for asks, partner in plants:
        question = cells[asks, "seeks"][0]
        plain = [words[0] for words in city.OBJECTS + city.TROUBLES if words[0] in question]
        assert len(plain) == 2
        lines = [line for (subject, _), values in cells.items() if subject == partner for line in values]
        assert not [pair for word in plain for pair in pairs(word) if any(pair in line for line in lines)]


def matters(cells: Mapping[tuple[str, str], list[str]], property_id: str) -> Iterator[tuple[str, str, str]]:
    """Who tells which object and trouble."""
    side = property_id == "achievement"
    for (subject, told), values in cells.items():
        if told == property_id:
            objects = [words[0] for words in city.OBJECTS if words[side] in values[0]]
            troubles = [words[0] for words in city.TROUBLES if words[side] in values[0]]
            if objects or troubles:
                yield subject, objects[0], troubles[0]


def test_only_the_partner_answers_among_ten_of_its_trade(cells, plants):
    asked = {subject: about for subject, *about in matters(cells, "seeks")}
    answered = {subject: about for subject, *about in matters(cells, "achievement")}
    assert len({tuple(about) for about in asked.values()}) == len(asked) == len(plants)
    assert len(answered) == 11 * len(plants)
    for asks, partner in plants:
        assert [subject for subject, about in answered.items() if about == asked[asks]] == [partner]
        decoys = [subject for subject in answered if cells[subject, "field"] == cells[partner, "field"] and subject != partner]
        alike = [len(set(asked[asks]) & set(answered[decoy])) for decoy in decoys]
        assert len(decoys) >= 10
        assert alike.count(1) >= 6


def test_the_partner_is_of_another_trade_firm_and_district(cells, plants):
    divisions = {fields: trade_of([(field, 1.0) for field in fields.split(";")]) for fields in city.TRADES}
    assert len({found[0] for found in divisions.values() if found}) == len(city.TRADES)
    for asks, partner in plants:
        for property_id in ("field", "host", "place"):
            assert cells[asks, property_id] != cells[partner, property_id]


def test_no_paper_names_both_halves_of_a_matter(cells):
    for (_, told), values in cells.items():
        if told == "description":
            named = [words for words in city.OBJECTS + city.TROUBLES if any(word in values[0] for word in words)]
            assert len(named) == 1
            assert all(word in values[0] for word in named[0])
