"""Every screen in light and dark, at 100 and 150 %: nothing overflows, nothing is said on the console, axe finds nothing serious."""

from pathlib import Path
from typing import Any

import pytest

from tests.api.serving import Served
from tests.journeys.conftest import Walk
from tests.journeys.hands import Hand

LOOKS = {
    "light": {"theme": "light", "zoom": "100"}, "dark": {"theme": "dark", "zoom": "100"}, "dark150": {"theme": "dark", "zoom": "150"},
    "en150": {"theme": "light", "zoom": "150", "language": "en"},
}  # fmt: skip

OFTEN = {"light", "dark150"}


def looked() -> list[Any]:
    """The looks as parameters; those that show least that is new are left to `.ci/run`."""
    return [pytest.param(look, id=name, marks=[] if name in OFTEN else pytest.mark.patient) for name, look in LOOKS.items()]


def screens(served: Served, id: str) -> dict[str, str]:
    papers = served.client.get("/documents", params={"limit": 200}).json()["rows"]
    paper = max(papers, key=lambda row: row["has_text"])["id"]
    picks = served.client.post("/suggestions", json={"id": id, "kinds": ["workshop"]}).json()["items"][:3]
    return {
        "compare": f"/partners?id={id}&view=compare&" + "&".join(f"compare={item['id']}" for item in picks), "shortlists": "/shortlists",
        "home": "/", "partners": f"/partners?id={id}", "need": "/partners?q=齿轮热处理后变形",
        "group": "/group?q=焊接&low=5&high=5", "thing": f"/t/{id}", "relations": f"/t/{id}?tab=relations",
        "documents": "/d", "document": f"/d/{paper}", "things": "/things?kind=workshop&missing=trade",
        "history": f"/t/{id}?tab=history", "pairs": "/pairs", "unnamed": "/unnamed", "gaps": "/gaps?links=0",
    }  # fmt: skip


OVERFLOW = """() => [...document.querySelectorAll('html, #page, .screen, .screen > *, .bar')]
  .filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth)
  .map(one => `${one.tagName}.${one.className} ${one.scrollWidth} > ${one.clientWidth}`)"""


DOUBLED = "() => [...document.querySelectorAll('a :is(a, button, input, [tabindex]), button :is(a, button)')].map(one => one.outerHTML.slice(0, 160))"
"""What would be two stops of the Tab key for one thing to do."""

THEME_ONLY = ("color-contrast",)
"""What a theme can change of what axe looks at; a size or a language changes nothing of it."""


@pytest.mark.parametrize("look", looked(), indirect=True)
def test_16_screens_do_not_overflow_and_axe_finds_nothing_serious(hand: Hand, served: Served, subject: str, walk: Walk, look: dict[str, str]) -> None:
    found = {}
    for name, path in screens(served, subject).items():
        hand.open(path)
        assert hand.page.evaluate(OVERFLOW) == [], name
        assert hand.page.evaluate(DOUBLED) == [], name
        if walk.town == "demo" and (serious := _serious(hand, look)):
            found[name] = serious
    assert not found, "\n".join(f"{name}: {one}" for name, ones in found.items() for one in ones)


def _serious(hand: Hand, look: dict[str, str]) -> list[str]:
    """What axe finds: all its rules in the light, those of colour in the dark, nothing where only size or language differ."""
    if look["zoom"] != "100":
        return []
    rules = {"runOnly": THEME_ONLY} if look["theme"] == "dark" else {}
    package = pytest.importorskip("axe_playwright_python", reason="no axe: pip install axe-playwright-python")
    hand.page.evaluate((Path(package.__file__).parent / "axe.min.js").read_text("utf-8") + "; undefined")
    result: dict[str, Any] = hand.page.evaluate("more => axe.run(document, {resultTypes: ['violations'], ...more})", rules)
    grave = [one for one in result["violations"] if one["impact"] in ("serious", "critical")]
    return [f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}" for one in grave for node in one["nodes"][:3]]
