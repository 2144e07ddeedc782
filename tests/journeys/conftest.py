"""A real browser on a real server over the demo data: a hand that counts its clicks, and an ear for what the console says."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api import verbs
from api.page import STATIC
from graph.record.sqlite_store import SqliteStore
from tests.api.serving import Served, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDE, HIGH = 1366, 768
PATIENCE = 60_000
"""Milliseconds after which what never comes is given up; no journey is timed here (bench/journeys is)."""


def chromium() -> str | None:
    """The system's Chromium."""
    told = os.environ.get("LIANYIN_CHROMIUM")
    return told or next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)


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


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of its own for each module: what one writes, another does not see."""
    folder = tmp_path_factory.mktemp("journeys")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIANYIN_KEYS", str(folder / "keys"))
        with SqliteStore(folder / "home", label="demo") as store:
            verbs.demo(store, "测试", city=int(os.environ.get("LIANYIN_JOURNEYS_CITY", "0")))
    with running(folder / "home", own=folder / "own") as found:
        yield found


@dataclass
class Hand:
    """A person at the page: clicks are counted, Enter as one; typing and looking are free."""

    page: "Page"
    address: str
    clicks: int = 0
    heard: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> None:
        self.page.goto(self.address + path)
        self.page.wait_for_load_state("networkidle")

    def click(self, selector: str, nth: int = 0) -> None:
        self.clicks += 1
        self.page.locator(selector).nth(nth).click()

    def enter(self) -> None:
        self.clicks += 1
        self.page.keyboard.press("Enter")

    def see(self, selector: str) -> "Locator":
        found = self.page.locator(selector).first
        found.wait_for()
        return found

    def count(self, selector: str) -> int:
        return self.page.locator(selector).count()

    def texts(self, selector: str) -> list[str]:
        return [text.strip() for text in self.page.locator(selector).all_inner_texts()]


@pytest.fixture(params=[{}], ids=["light"])
def look(request: pytest.FixtureRequest) -> dict[str, str]:
    """How the page looks: what a person has set in its help."""
    return dict(request.param)


@pytest.fixture
def hand(browser: "Browser", served: Served, look: dict[str, str]) -> Iterator[Hand]:
    """Opened with a one-time token, actor told; nothing may be said on the console nor asked elsewhere."""
    context = browser.new_context(viewport={"width": WIDE, "height": HIGH}, locale="zh-CN", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    found = Hand(page, served.address)
    page.on("console", lambda said: found.heard.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.heard.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith((served.address, "data:", "blob:")) else found.heard.append(asked.url))
    page.goto(f"{served.address}/?token={served.desk.sessions.invite()}")
    page.evaluate("looks => Object.entries(looks).forEach(([name, value]) => localStorage.setItem(`lianyin.${name}`, value))", look)
    page.request.put(f"{served.address}/api/v1/session", data={"actor": "测试"}, headers={"Origin": served.address})
    found.open("/")
    yield found
    context.close()
    assert found.heard == []


ROOT = Path(__file__).resolve().parents[2]
