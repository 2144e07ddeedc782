"""Makes the pictures of the README and of docs/how-to from the demo data: PYTHONPATH=. python docs/make_pictures.py [NAME …]

Needs the page (python3 web/build.py), the tests' playwright and Debian's Chromium with a Chinese font. Each picture is the page as a
planner of 1366 x 768 sees it; look at every one of them before it is committed.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.api.serving import Served, made, running
from tests.journeys.conftest import ARGUMENTS, HIGH, WIDE, WORKSHOP, chromium
from tests.journeys.conftest import thing as id_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

PLACE = Path(__file__).resolve().parent / "pictures"


def home(page: "Page", served: Served) -> None:
    page.goto(f"{served.address}/")
    page.locator("[data-pair]").nth(4).wait_for()


def partners(page: "Page", served: Served) -> None:
    page.goto(f"{served.address}/partners?id={id_of(served, WORKSHOP)}")
    page.locator("[data-reason] [data-evidence]").first.wait_for()


def evidence(page: "Page", served: Served) -> None:
    partners(page, served)
    page.locator("[data-reason] [data-evidence]").first.click()
    page.locator("[data-evidence-of] mark").first.wait_for()


def need(page: "Page", served: Served) -> None:
    page.goto(f"{served.address}/partners?q=管道焊接变形")
    page.locator("[data-candidate]").first.wait_for()
    page.locator("text=怎么算的").first.click()
    page.locator("[data-waterfall]").first.wait_for()


def map(page: "Page", served: Served) -> None:
    page.goto(f"{served.address}/map")
    page.locator("[role=listbox] [role=option]").first.wait_for()


def group(page: "Page", served: Served) -> None:
    page.goto(f"{served.address}/group?q=焊接变形与无损检测&low=5&high=5")
    page.locator("[data-member]").nth(4).wait_for()


def thing(page: "Page", served: Served) -> None:
    page.goto(f"{served.address}/t/{id_of(served, WORKSHOP)}")
    page.locator("h1").wait_for()


def document(page: "Page", served: Served) -> None:
    rows = served.client.get("/documents", params={"limit": 200}).json()["rows"]
    page.goto(f"{served.address}/d/{next(row['id'] for row in rows if row['has_text'])}")
    page.locator("mark[data-statement]").nth(3).click()


SCENES: dict[str, Callable[["Page", Served], None]] = {
    scene.__name__: scene for scene in (home, partners, evidence, need, map, group, thing, document)
}


def main(names: list[str]) -> None:
    from playwright.sync_api import sync_playwright

    PLACE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running(made(Path(folder), actor="王某")) as served, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": WIDE, "height": HIGH}, locale="zh-CN", reduced_motion="reduce")
        page.goto(f"{served.address}/?token={served.desk.sessions.invite()}")
        page.request.put(f"{served.address}/api/v1/session", data={"actor": "王某"}, headers={"Origin": served.address})
        for name in names or SCENES:
            SCENES[name](page, served)
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(400)  # the map's names come after its first paint
            page.screenshot(path=PLACE / f"{name}.png")
            print(f"docs/pictures/{name}.png", f"{(PLACE / f'{name}.png').stat().st_size / 1000:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
