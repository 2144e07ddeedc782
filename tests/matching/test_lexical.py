"""BM25 against the formula written out line by line."""

from collections import Counter
from math import log1p

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.analysis.text import grams
from matching.lexical import Bm25

texts = st.text(alphabet="焊缝齿轮变形 ，ab1", max_size=12)


def scored(query: str, line: str, lines: list[str]) -> float:
    """BM25 of one line, term by term."""
    told = [grams(one) for one in lines]
    mean = max(sum(map(len, told)) / len(told), 1.0)
    within, size, total = Counter(grams(line)), len(grams(line)), 0.0
    for gram in grams(query):
        holders = sum(gram in one for one in told)
        times = within[gram]
        total += log1p((len(lines) - holders + 0.5) / (holders + 0.5)) * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * size / mean))
    return total


@settings(max_examples=60)
@given(st.lists(texts, min_size=1, max_size=6), texts)
def test_scores_are_the_formula(lines, query):
    index = Bm25(lines)
    assert np.allclose(index.scores(query), [scored(query, line, lines) for line in lines], rtol=1e-6)
    assert np.isclose(index.self_score(query), scored(query, query, lines))


@given(st.lists(texts, max_size=6), texts)
def test_similarity_lies_between_nothing_and_the_query_itself(lines, query):
    similarity = Bm25([*lines, query]).similarity(query)
    assert similarity.dtype == np.float32
    assert ((similarity >= 0) & (similarity <= 1)).all()
    assert not grams(query) or np.isclose(similarity[-1], 1)


def test_a_query_of_which_nothing_is_known_finds_nothing():
    assert Bm25(["焊接", "铸造"]).similarity("龘").tolist() == [0, 0]
    assert Bm25(["焊接"]).similarity("，").tolist() == [0]
    assert Bm25([]).similarity("焊接").shape == (0,)
    assert Bm25(["", "，"]).scores("焊接").tolist() == [0, 0]


def test_words_that_no_line_has_weigh_on_the_similarity():
    """Half-understood, a question must not look well answered."""
    index = Bm25(["焊接", "铸造", "锻造"])
    assert index.similarity("焊接")[0] > 2 * index.similarity("焊接龘驫")[0]
