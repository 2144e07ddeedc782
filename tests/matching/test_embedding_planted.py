"""Right partners that share no word with the question are found by vectors and not by BM25."""

import runpy
from pathlib import Path

import pytest

rates = runpy.run_path(str(Path(__file__).resolve().parents[2] / "bench/planted.py"))["rates"]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_planted_partner_is_first_by_vectors_not_by_words(seed: int) -> None:
    found = rates(480, seed)
    assert found["pairs"] == 40
    assert found["bm25"] <= 0.6
    assert found["mixed"] >= 0.95
