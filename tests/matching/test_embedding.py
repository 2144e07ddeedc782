"""The built-in vectors: what they know, that they are always the same, that they keep."""

import subprocess
import sys

import numpy as np
import pytest

from graph.data.tables import glossary
from graph.record.errors import MissingExtra
from matching.embedding import GramEmbedder, Remembered, SentenceEmbedder, thin_vocabulary

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


def test_a_model_without_the_extra_names_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingExtra) as error:
        SentenceEmbedder("some/model")
    assert 'pip install "lianyin[embed]"' in error.value.remedy("en")
    assert 'pip install "lianyin[embed]"' in error.value.remedy("zh")


def test_remembered_vectors_are_those_of_the_embedder(embedder):
    remembered = Remembered(embedder)
    assert remembered.embed(TEXTS * 2).tobytes() == embedder.embed(TEXTS * 2).tobytes()
    assert remembered.embed([]).shape == (0, 64)
    assert (remembered.id, remembered.dimensions, remembered.coverage(TEXTS)) == (embedder.id, 64, embedder.coverage(TEXTS))
    again = Remembered(embedder, remembered.to_bytes())
    assert again.embed(TEXTS[::-1]).tobytes() == embedder.embed(TEXTS[::-1]).tobytes()
    assert again.to_bytes() == remembered.to_bytes()


def test_what_is_kept_is_read_and_only_by_its_own_embedder(embedder):
    """The kept vectors are made wrong on purpose: who reads them gives them back, another embedder must not."""
    remembered = Remembered(embedder)
    remembered.embed(TEXTS[:1])
    data = remembered.to_bytes()
    wrong = data[: -4 * 64] + np.full(64, 0.125, "<f4").tobytes()
    assert (Remembered(embedder, wrong).embed(TEXTS[:1]) == 0.125).all()
    other = GramEmbedder.train(TEXTS, seed=1, dimensions=64)
    assert Remembered(other, wrong).embed(TEXTS[:1]).tobytes() == other.embed(TEXTS[:1]).tobytes()


def test_texts_no_longer_asked_for_are_forgotten(embedder):
    both, one = Remembered(embedder), Remembered(embedder)
    both.embed(TEXTS[:2])
    one.embed(TEXTS[:1])
    less = Remembered(embedder, both.to_bytes())
    less.embed(TEXTS[:1])
    assert less.to_bytes() == one.to_bytes()


def test_a_vocabulary_is_thin_where_it_knows_less_than_four_fifths(embedder):
    assert thin_vocabulary(embedder, ["焊接 焊缝 焊条 焊丝"]) is None
    told = thin_vocabulary(embedder, ["焊接", "龘驫"])
    assert told is not None
    assert told.facts["percent"] == 50
    assert "50" in told.message("zh")
