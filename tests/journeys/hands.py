"""Who works at the page in a journey: one who clicks, or one who has only the keys and must see where the focus is."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Request

DRAWN = "() => document.querySelector('.screen')?.innerText.trim() && !document.querySelector('.screen .el-skeleton')"
STILL = 3
"""Looks, 40 ms apart, at which nothing is being asked: then a screen is taken as it stands."""

TABS = 160
"""Keys after which what was looked for counts as out of reach."""

WHERE = """target => {
  const at = document.activeElement
  const option = target.closest('[role=option]')
  if (option) {
    const list = option.closest('[role=listbox]')
    if (at !== list && at.getAttribute('aria-controls') !== list?.id) return 'away'
    return option.matches('.is-hovering, .highlighted, [aria-selected=true]:not(.el-select-dropdown__item)') ? 'here' : 'along'
  }
  const mark = target.closest('mark')
  if (mark) return !mark.closest('article').contains(at) ? 'away' : location.search.includes(mark.dataset.statement) ? 'here' : 'along'
  const stop = 'a, button, input, textarea, [tabindex="0"]'
  const inner = target.closest('label')?.querySelector('input') ?? target.querySelector(stop)
  if (at === inner || (at.matches(stop) && at.contains(target))) return 'here'
  const group = target.closest('[role=menu], [role=tablist], [role=radiogroup]')
  return group?.contains(at) ? 'along' : 'away'
}"""
"""Whether the focus is on what is looked for, whether arrows lead to it from here, or whether it is elsewhere."""

ALONG = """target => target.closest('mark') ? 'j' : target.closest('[role=tablist], [role=radiogroup]') ? 'ArrowRight' : 'ArrowDown'"""
"""The key that goes on among what belongs together."""

SEEN = """() => {
  const at = document.activeElement
  const box = at.getBoundingClientRect()
  const clear = colour => colour === 'transparent' || colour.endsWith(', 0)')
  const ring = one => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(one)
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1 && !clear(outlineColor)) || boxShadow !== 'none'
  }
  const around = [at, at.nextElementSibling, at.parentElement, at.parentElement?.parentElement, at.parentElement?.parentElement?.parentElement]
  const marked = at.getAttribute('aria-activedescendant') && document.getElementById(at.getAttribute('aria-activedescendant'))
  const peers = [...(at.closest('[role=menu], [role=tablist]')?.querySelectorAll(`[role=${at.getAttribute('role')}]`) ?? [])]
  const paint = one => getComputedStyle(one).backgroundColor + getComputedStyle(one).color
  const stands_out = peers.some(one => one !== at && paint(one) !== paint(at))
  const inside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth
  return { inside, shown: around.some(one => one && ring(one)) || Boolean(marked) || stands_out, what: at.outerHTML.slice(0, 160) }
}"""
"""Whether the focus is in sight, and whether it shows."""


@dataclass
class Hand:
    """A person at the page: clicks are counted, Enter as one; typing and looking are free."""

    page: "Page"
    address: str
    clicks: int = 0
    heard: list[str] = field(default_factory=list)
    asking: int = 0

    def __post_init__(self) -> None:
        """Listens: nothing may be said on the console, nor asked elsewhere."""
        self.page.on("console", lambda said: self.heard.append(said.text) if said.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.heard.append(str(error)))
        self.page.on("request", self._asked)
        self.page.on("requestfinished", self._answered)
        self.page.on("requestfailed", self._answered)

    def _asked(self, request: "Request") -> None:
        self.asking += 1
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.heard.append(request.url)

    def _answered(self, _: "Request") -> None:
        self.asking -= 1

    def open(self, path: str = "/") -> None:
        self.asking = 0
        self.page.goto(self.address + path)
        self.page.wait_for_function(DRAWN)
        self.still()

    def still(self) -> None:
        """Waits until nothing is asked any more."""
        quiet = 0
        while quiet < STILL:  # `networkidle` waits half a second, two hundred times
            self.page.wait_for_timeout(40)
            quiet = 0 if self.asking > 0 else quiet + 1

    def click(self, selector: str, nth: int = 0) -> None:
        self.clicks += 1
        self.page.locator(selector).nth(nth).click()

    def enter(self) -> None:
        self.clicks += 1
        self.page.keyboard.press("Enter")

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def fill(self, selector: str, words: str) -> None:
        self.page.locator(selector).fill(words)

    def until(self, condition: str, given: object = None) -> None:
        self.page.wait_for_function(condition, arg=given)

    def see(self, selector: str) -> "Locator":
        found = self.page.locator(selector).first
        found.wait_for()
        return found

    def reached(self) -> None:
        """What was wanted is there; what follows only looks closer."""

    def list_all(self) -> None:
        """Has a list go on until it is all there."""
        rows, more = self.page.locator("[data-rows] tbody tr"), "text=再列一页"
        while self.count(more):
            before = rows.count()
            self.click(more)
            self.until("n => document.querySelectorAll('[data-rows] tbody tr').length > n", before)

    def count(self, selector: str) -> int:
        return self.page.locator(selector).count()

    def texts(self, selector: str) -> list[str]:
        return [text.strip() for text in self.page.locator(selector).all_inner_texts()]


class Keys(Hand):
    """The same person without a mouse: goes by Tab, among what belongs together by arrows, and presses Enter where the focus shows."""

    def click(self, selector: str, nth: int = 0) -> None:
        target = self.page.locator(selector).nth(nth)
        target.wait_for()
        self._reach(target, selector)
        if not self.page.evaluate("() => document.activeElement.matches('[type=radio], [role=listbox], article')"):  # the way there has chosen it
            self.page.keyboard.press("Enter")

    def fill(self, selector: str, words: str) -> None:
        self._reach(self.page.locator(selector).first, selector)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(words)

    def _reach(self, target: "Locator", selector: str) -> None:
        for _ in range(TABS):
            where = target.evaluate(WHERE)
            if where == "here":
                break
            self.page.keyboard.press("Tab" if where == "away" else self._along(target))
        else:
            raise AssertionError(f"not reached by keys: {selector}")
        focus = self.page.evaluate(SEEN)
        assert focus["inside"], f"the focus is out of sight: {focus['what']}"
        assert focus["shown"], f"the focus does not show: {focus['what']}"

    def _along(self, target: "Locator") -> str:
        return str(target.evaluate(ALONG))
