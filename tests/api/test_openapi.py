"""The description and the server are of one mind: schemathesis calls every operation with what fits its schema and what does not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from api.verbs import VERBS
from tests.api.serving import Served, made, running

FILE = Path(__file__).resolve().parents[2] / "docs/reference/openapi.json"
WIDER = [positive_data_acceptance]
"""Left out: what fits the schema may still be refused, since codes, dates and ids are the ontology's to judge."""

REFUSED = {"checks": {"negative_data_rejection": {"expected-statuses": ["4xx"]}}}
"""What does not fit is refused by any 4xx: a body that is too large, too, before anyone looks at its fields."""

SCHEMA = schemathesis.openapi.from_path(str(FILE), config=schemathesis.Config.from_dict(REFUSED))


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A small generated city that may be written to."""
    with running(made(tmp_path_factory.mktemp("mortal"), 12), jobs=1000) as own:
        yield own


@SCHEMA.parametrize()
@settings(
    max_examples=6, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_every_operation_keeps_its_word(case: schemathesis.Case, mortal: Served) -> None:
    case.call_and_validate(base_url=mortal.address, headers={"Authorization": f"Bearer {mortal.token}"}, excluded_checks=WIDER)


def test_every_served_verb_has_a_route(demo: Served) -> None:
    described = demo.client.get("/openapi.json").json()
    operations = {of["operationId"] for operations in described["paths"].values() for of in operations.values()}
    assert {verb.replace("-", "_") for verb, where in VERBS.items() if where == "served"} <= operations
    assert set(VERBS.values()) == {"served", "local"}


def test_a_generated_client_finds_names_words_and_errors(demo: Served) -> None:
    described = demo.client.get("/openapi.json").json()
    operations = [of for operations in described["paths"].values() for of in operations.values()]
    ids = [of["operationId"] for of in operations]
    assert len(set(ids)) == len(ids)
    for of in operations:
        assert of["tags"]
        assert of["description"]
        for status in ("4XX", "5XX"):
            assert "application/problem+json" in of["responses"][status]["content"]
    for name, shape in described["components"]["schemas"].items():
        assert shape.get("description"), name
