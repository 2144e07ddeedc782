"""Two `lianyin serve` processes over one Neo4j, as two machines behind a proxy: each hears of the other, both outlive the server."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.neo4j.cutter import COMMIT, Cut, Cutter
from tests.neo4j.processes import add, machine, names, soon
from tests.neo4j.server import Server

pytestmark = pytest.mark.patient

BEHIND = 15.0
"""Seconds: a guard against never, on a machine that others use too; bench/stores.py prints how long it takes (goal: 1)."""


@pytest.fixture(scope="module")
def machines(neo4j_2026: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, httpx.Client, Cutter]]:
    """The first reaches its server through the cutter."""
    neo4j_2026.clear()
    folder = tmp_path_factory.mktemp("machines")
    with Cutter(neo4j_2026.port) as cutter, machine(folder / "one", neo4j_2026, cutter.address) as one:
        with machine(folder / "two", neo4j_2026) as two:
            yield one, two, cutter


def test_both_write_at_once_and_both_see_all(machines: tuple[httpx.Client, httpx.Client, Cutter]) -> None:
    one, two, _ = machines
    wanted = sorted(f"{name}{number}工作室" for name in "甲乙" for number in range(10))
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(add, [one, two] * 10, sorted(wanted, key=lambda name: name[1])))
    assert Counter(answer.status_code for answer in answers) == {201: 20}
    assert soon(BEHIND, lambda: names(one) == wanted and names(two) == wanted)
    assert one.get("/changes").json()["version"] == two.get("/changes").json()["version"]


def test_what_was_made_at_one_is_written_about_at_the_other_at_once(machines: tuple[httpx.Client, httpx.Client, Cutter]) -> None:
    one, two, _ = machines
    for number in range(5):
        made = add(one, f"新{number}工作室").json()["id"]
        for at, client in enumerate((two, one, two)):
            answer = client.post(f"/things/{made}/facts", json={"property": "alias", "value": f"又名{number}{at}"})
            assert answer.status_code == 200, answer.text


def test_a_lost_server_is_503_and_comes_back(machines: tuple[httpx.Client, httpx.Client, Cutter]) -> None:
    one, two, cutter = machines
    before = names(one)
    cutter.refuse()
    begun = time.monotonic()
    refused = add(one, "丙工作室")
    assert time.monotonic() - begun < 45
    assert refused.status_code == 503, refused.text
    assert int(refused.headers["Retry-After"]) > 0
    assert names(one) == before
    assert one.get("/health").is_success
    cutter.heal()
    assert add(one, "丙工作室").status_code == 201
    assert names(one).count("丙工作室") == 1
    assert soon(BEHIND, lambda: names(two).count("丙工作室") == 1)


def test_a_lost_answer_is_one_effect(machines: tuple[httpx.Client, httpx.Client, Cutter]) -> None:
    one, two, cutter = machines
    seen = cutter.seen[COMMIT]
    assert add(one, "丁工作室").is_success
    for number in range(1, cutter.seen[COMMIT] - seen + 1):
        cutter.cut_at(Cut(COMMIT, "after", number))
        answer = add(one, f"戊{number}工作室")
        cutter.heal()
        assert answer.status_code in (201, 503), answer.text
        assert add(one, f"戊{number}工作室").is_success
        assert names(one).count(f"戊{number}工作室") == 1
    assert soon(BEHIND, lambda: names(two) == names(one))
