"""The desk's sixteen journeys on the demo and on a generated city of 1,469: python bench/journeys.py [--towns demo city]

Each is the test of tests/journeys, walked twice by mouse; told of the second walk are the clicks and the seconds from the last action
until what was wanted is on the screen, beside what the desk's design asks for. Journeys 15 and 16 have neither. Below: home from a fresh
load until its five pairs are there, when nothing changed, at once after a fact was said, and five seconds after.
"""

import argparse
import inspect
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.api.serving import Served, made, running
from tests.journeys import test_journeys, test_map
from tests.journeys.conftest import ARGUMENTS, CITY, HIGH, ONLY_DEMO, WIDE, WORKSHOP, Walk, chromium, thing
from tests.journeys.hands import Hand

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

ASKED = {
    1: ("open: five pairs with reasons", 0, 2), 2: ("initials to a person's page", 2, 0.5), 3: ("first reason's sentence in its document", 4, 1),
    4: ("a typed need: guessed trade, results", 2, 1), 5: ("accept, undo, list as before", 2, 0.5), 6: ("decline, reload, still gone", 3, 1),
    7: ("rules too strict, relax one, results", 2, 1), 8: ("a number to a list of exactly so many", 1, 0.5), 9: ("map: filter, select, two steps", 5, 1),
    10: ("map by keys to a thing's page", 0, 1), 11: ("a mark in a text to its fact", 3, 0.5), 12: ("group of five, one locked, one banned", 6, 2),
    13: ("impossible group: rules, one way out", 3, 2), 14: ("parts sum to the score", 2, 0.5),
}  # fmt: skip
"""What each is, clicks and seconds at most."""
TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
LATER = 5


class Timed(Hand):
    """A hand that notes when it acted last and when it first saw what it waited for after that."""

    acted = seen = 0.0
    told: tuple[int, float] | None = None

    def reached(self) -> None:
        """Clicks, and seconds from the last action until it was seen."""
        self.told = self.told or (self.clicks, self.seen - self.acted)

    def _acting(self) -> None:
        self.acted, self.seen = time.perf_counter(), 0.0

    def _saw(self) -> None:
        self.seen = self.seen or time.perf_counter()

    def click(self, selector: str, nth: int = 0) -> None:
        """As its parent."""
        self.page.locator(selector).nth(nth).wait_for()
        self._acting()
        super().click(selector, nth)

    def enter(self) -> None:
        """As its parent."""
        self._acting()
        super().enter()

    def press(self, key: str) -> None:
        """As its parent."""
        self._acting()
        super().press(key)

    def see(self, selector: str) -> "Locator":
        """As its parent."""
        found = super().see(selector)
        self._saw()
        return found

    def until(self, condition: str, given: object = None) -> None:
        """As its parent, and painted."""
        super().until(condition, given)
        self.page.evaluate(TWO_FRAMES)
        self._saw()


def journeys() -> Iterator[tuple[int, Callable[..., None]]]:
    """Each journey's number and test, in order."""
    found = [(re.match(r"test_(\d+)_", name), act) for module in (test_journeys, test_map) for name, act in vars(module).items()]
    yield from sorted((int(told[1]), act) for told, act in found if told)


@contextmanager
def opened(browser: "Browser", served: Served) -> Iterator[Timed]:
    """A fresh page that is let in."""
    context = browser.new_context(viewport={"width": WIDE, "height": HIGH}, locale="zh-CN", reduced_motion="reduce")
    opening = {"token": served.desk.sessions.invite(), "actor": "bench"}
    context.request.post(f"{served.address}/api/v1/session", data=opening, headers={"Origin": served.address})
    yield Timed(context.new_page(), served.address)
    context.close()


def home(hand: Timed) -> float:
    """Seconds from a fresh load until the pairs are there."""
    begun = time.perf_counter()
    hand.page.goto(hand.address + "/", wait_until="commit")
    hand.page.locator("[data-pair]").nth(4).wait_for()
    return time.perf_counter() - begun


def walked(browser: "Browser", served: Served, town: str, number: int, act: Callable[..., None]) -> tuple[int, float]:
    """Clicks and seconds of a journey."""
    row = served.client.get("/pairs", params={"limit": 1}).json()["rows"][0]
    subject = thing(served, WORKSHOP) if town == "demo" else row["first"]["id"]
    with opened(browser, served) as hand:
        if number == 1:
            return 0, home(hand)
        given = {"hand": hand, "served": served, "subject": subject, "walk": Walk(town)}
        act(**{name: given[name] for name in inspect.signature(act).parameters})
        hand.reached()
        assert hand.told is not None
        return hand.told


def after_an_edit(browser: "Browser", served: Served, wait: float) -> float:
    """Home's seconds after a fact was said and so many seconds went by."""
    id = served.client.get("/things", params={"kind": "workshop", "limit": 1}).json()["rows"][0]["id"]
    with opened(browser, served) as hand:
        home(hand)
        served.client.post(f"/things/{id}/facts", json={"property": "skill", "value": f"试焊 {time.time()}"}).raise_for_status()
        time.sleep(wait)
        return home(hand)


def told(browser: "Browser", town: str, folder: Path) -> None:
    """Prints a town's table."""
    with running(made(folder, CITY if town == "city" else 0)) as served:
        print(f"\n{town}\n{'':>3} {'journey':42} {'clicks':>6} {'asked':>5} {'s':>6} {'asked':>5}")
        for number, act in journeys():
            if number in ASKED and (town == "demo" or number not in ONLY_DEMO):
                words, most, longest = ASKED[number]
                walked(browser, served, town, number, act)
                clicks, seconds = walked(browser, served, town, number, act)
                print(f"{number:3} {words:42} {clicks:6} {most:5} {seconds:6.2f} {longest:5}", flush=True)
        with opened(browser, served) as hand:
            warm = min(home(hand) for _ in range(3))
        at_once, later = (after_an_edit(browser, served, wait) for wait in (0, LATER))
        print(f"    home warm {warm:.2f} s; at once after an edit {at_once:.2f} s, {LATER} s after {later:.2f} s")


def main() -> None:
    """Walks in each town."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description="The desk's journeys: clicks and seconds")
    parser.add_argument("--towns", nargs="+", default=["demo", "city"], choices=["demo", "city"])
    towns = parser.parse_args().towns
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        for town in towns:
            told(browser, town, Path(folder) / town)
        browser.close()


if __name__ == "__main__":
    main()
