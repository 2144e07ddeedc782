"""What the tests of matching ask: the first run and a generated city, each made once; and vectors of the glossary alone for toys."""

import pytest

from matching.embedding import GramEmbedder
from seeds import city as generated
from seeds import resolution
from tests.matching.towns import Town, corpus, read_in, ready

WORKSHOPS = 240


@pytest.fixture(scope="session")
def demo() -> Town:
    """The first run."""
    store = read_in(resolution.first_run())
    return ready(store, GramEmbedder.train(corpus(store)))


@pytest.fixture(scope="session")
def city(glossary: GramEmbedder) -> Town:
    """A generated city, in the glossary's vectors."""
    return ready(read_in([generated.generate(WORKSHOPS)]), glossary)


@pytest.fixture(scope="session")
def glossary() -> GramEmbedder:
    """Vectors that know the glossary and no user's text."""
    return GramEmbedder.train([])
