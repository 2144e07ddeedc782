"""The built-in vectors: what they know, that they are always the same, that they keep."""

import subprocess
import sys

import numpy as np
import pytest

from graph.data.tables import glossary
from matching.embedding import GramEmbedder

TEXTS = ["送货小车（AGV搬运车）进不了电梯", "搬运车换电", "AGV搬运车调度", "把诀窍录成课件带徒弟", "徒弟看课件", "看不清号码", "号码看不清"]


@pytest.fixture(scope="module")
def embedder() -> GramEmbedder:
    return GramEmbedder.train(TEXTS, dimensions=64)


def test_words_of_one_trade_lie_closer_than_words_of_two(embedder):
    trades = [trade for trade in glossary().trades if len(trade.terms) >= 20][:12]
    vectors = np.stack([embedder.embed(trade.terms[:20]) for trade in trades])
    alike = np.einsum("aid,bjd->abij", vectors, vectors).mean(axis=(2, 3))
    assert (alike.argmax(axis=1) == np.arange(len(trades))).all()


def test_rows_have_length_one_or_nothing(embedder):
    vectors = embedder.embed(["焊缝气孔", "龘驫", "", "搬运车"])
    assert vectors.shape == (4, 64)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 0, 0, 1], atol=1e-6)
    assert embedder.embed([]).shape == (0, 64)


def test_a_text_has_the_same_bytes_alone_and_among_others(embedder):
    texts = [*TEXTS, *glossary().trades[0].terms]
    assert embedder.embed(texts).tobytes() == b"".join(embedder.embed([text]).tobytes() for text in texts)


def test_coverage_is_the_share_of_known_grams(embedder):
    assert embedder.coverage(["龘驫"]) == 0
    assert embedder.coverage(["焊接", "龘驫"]) == 1 / 2
    assert embedder.coverage([]) == 1


def test_kept_bytes_are_read_back(embedder):
    again = GramEmbedder.from_bytes(embedder.to_bytes())
    assert again.to_bytes() == embedder.to_bytes()
    assert again.id == embedder.id
    assert again.embed(TEXTS).tobytes() == embedder.embed(TEXTS).tobytes()
    with pytest.raises(ValueError, match="no gram vectors"):
        GramEmbedder.from_bytes(b"PK")
    with pytest.raises(ValueError, match=r"announced|decode"):
        GramEmbedder.from_bytes(embedder.to_bytes()[:-3])


def test_other_texts_or_another_seed_are_another_space(embedder):
    assert GramEmbedder.train(TEXTS[:-1], dimensions=64).id != embedder.id
    assert GramEmbedder.train([*TEXTS, TEXTS[0]], dimensions=64).id != embedder.id
    assert GramEmbedder.train(TEXTS, seed=1, dimensions=64).id != embedder.id


def test_the_bytes_do_not_depend_on_the_order_of_texts_or_on_the_hash_seed(embedder):
    code = f"from matching.embedding import GramEmbedder as G; print(G.train({TEXTS[::-1]!r}, dimensions=64).id)"
    for seed in "07":
        told = subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}, capture_output=True, check=True
        )
        assert told.stdout.decode().strip() == embedder.id
