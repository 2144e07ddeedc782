import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["exchange", "search", "text", "titles"])
def test_examples_in_docstrings_are_true(name):
    found = doctest.testmod(import_module(f"graph.analysis.{name}"))
    assert found.attempted
    assert not found.failed
