"""A real browser on a real server: the ways in which journeys are walked, and an ear for what the console says."""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.page import STATIC
from tests.api.serving import Served, made, moved, running
from tests.journeys.hands import Hand, Keys
from tests.neo4j.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDE, HIGH = 1366, 768
WORKSHOP = "管延安创新工作室"
PATIENCE = 60_000
"""Milliseconds after which what never comes is given up; no journey is timed here (bench/journeys is)."""


def chromium() -> str | None:
    """The system's Chromium."""
    told = os.environ.get("LIANYIN_CHROMIUM")
    return told or next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)


def thing(served: Served, name: str) -> str:
    """The id of a thing by its name."""
    hits = served.client.get("/search", params={"q": name}).json()["hits"]
    return str(next(hit["id"] for hit in hits if hit["name"] == name))


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")
    path = chromium()
    if path is None:
        pytest.skip("no Chromium here: journeys are not walked (apt-get install chromium)")
    if not (STATIC / "index.html").exists():
        pytest.skip("the page is not built: python3 web/build.py")
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield found
        found.close()


@dataclass(frozen=True)
class Walk:
    """One way through the journeys: in which town, by mouse or by keys, over which store, and how the page looks."""

    town: str = "demo"
    keys: bool = False
    shared: bool = False
    look: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, told: str) -> "Walk":
        """`city-keys-dark-150`: a town, then what differs from a mouse on a light page at 100 % over an embedded store."""
        town, *more = told.split("-")
        looks = {"dark": ("theme", "dark"), "150": ("zoom", "150")}
        return cls(town, "keys" in more, "neo4j" in more, dict(looks[one] for one in more if one in looks))


CITY = 1469
WALKS = os.environ.get("LIANYIN_WALKS", "demo").split()
"""How the journeys are walked; `.ci/run` walks more."""
JOURNEY = re.compile(r"test_(\d+)_")
ONLY_DEMO, ONLY_MOUSE = {11}, {16}
"""Journeys of the garbled announcement, which the city has not; and the one in which nothing is pressed."""


SHARED = (
    "test_1_home_shows_five_pairs_with_reasons", "test_3_from_a_thing_to_the_sentence_of_the_first_reason", "test_5_accept_and_undo",
    "test_6_decline_with_a_reason_stays_declined", "test_a_fact_is_filled_in_and_taken_back", "test_two_are_merged_and_split_again",
    "test_sources_that_disagree_are_settled_by_a_key", "test_a_pair_goes_on_a_shortlist_with_a_note",
    "test_a_file_let_go_over_home_or_documents_is_taken_in", "test_a_newer_version_is_told_and_shown_on_demand",
)  # fmt: skip
"""What is walked once more over a shared store, by `.ci/run` alone."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with the number of a journey is walked in every way that applies to it, others by mouse on the demo."""
    name = metafunc.function.__name__
    walks = {name: Walk.read(name) for name in WALKS}
    if told := JOURNEY.match(name):
        number = int(told[1])
        walks = {name: one for name, one in walks.items()
                 if (one.town == "demo" or number not in ONLY_DEMO) and not (one.keys and number in ONLY_MOUSE)}  # fmt: skip
    else:
        walks = {"demo": Walk()}
    ways = [pytest.param(one, id=name) for name, one in walks.items()]
    if name in SHARED:
        ways.append(pytest.param(Walk(shared=True), id="neo4j_2026", marks=pytest.mark.patient))
    if "walk" in metafunc.fixturenames:
        metafunc.parametrize("walk", ways, indirect=True, scope="module")


@pytest.fixture(scope="module")
def walk(request: pytest.FixtureRequest) -> Walk:
    """How this test is walked."""
    return request.param


@pytest.fixture(scope="module")
def shared(request: pytest.FixtureRequest, walk: Walk) -> Server | None:
    """The server of the store that is walked over; none where it is embedded."""
    return request.getfixturevalue("neo4j_2026") if walk.shared else None


@pytest.fixture(scope="module")
def demo_town(demo_folder: Path, shared: Server | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of its own for each module: what one writes, another does not see."""
    folder = tmp_path_factory.mktemp("journeys") / "demo"
    shutil.copytree(demo_folder, folder)
    with running(moved(folder / "home", shared), shared, own=folder / "own") as found:
        yield found


@pytest.fixture(scope="session")
def city_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The generated city, once for all: making it ready takes seconds."""
    with running(made(tmp_path_factory.mktemp("city"), CITY)) as found:
        yield found


@pytest.fixture(scope="module")
def served(request: pytest.FixtureRequest, walk: Walk) -> Served:
    """The server of the town that is walked in."""
    found: Served = request.getfixturevalue(f"{walk.town}_town")
    return found


@pytest.fixture
def subject(served: Served, walk: Walk) -> str:
    """The id of the workshop that journeys are about; of a generated city one with a partner."""
    if walk.town == "demo":
        return thing(served, WORKSHOP)
    return str(served.client.get("/pairs", params={"limit": 1}).json()["rows"][0]["first"]["id"])


@pytest.fixture
def look(request: pytest.FixtureRequest, walk: Walk) -> dict[str, str]:
    """How the page looks: what a person has set in its help."""
    return dict(getattr(request, "param", walk.look))


@pytest.fixture
def hand(browser: "Browser", served: Served, walk: Walk, look: dict[str, str]) -> Iterator[Hand]:
    """At the desk, let in with the actor told. Nothing may be said on the console nor asked elsewhere."""
    context = browser.new_context(viewport={"width": WIDE, "height": HIGH}, locale="zh-CN", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    opening = {"token": served.desk.sessions.invite(), "actor": "测试"}
    assert context.request.post(f"{served.address}/api/v1/session", data=opening, headers={"Origin": served.address}).ok
    context.add_init_script(f"for (const [name, value] of {json.dumps(list(look.items()))}) localStorage[`lianyin.${{name}}`] ??= value")
    found = (Keys if walk.keys else Hand)(context.new_page(), served.address)
    yield found
    context.close()
    assert found.heard == []
