"""The map as SVG for print and export (DESK 5): light theme, title, filters, legend, version and date; labels never overlap.

How much of a cluster is drawn hangs on the diameter of its disc on the sheet: below DISC it is a disc with its title, below NAMES dots
and its three best linked names, above that every name that fits. Sizes are CSS pixels; a sheet is A4 across at 127 dpi.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from unicodedata import east_asian_width

import numpy as np

from api import looking, network
from api.network import View
from api.published import Published
from api.verbs import Data
from graph.analysis.exchange import xml_text
from graph.analysis.privacy import withheld
from graph.analysis.walks import shortest_distances
from graph.record.ontology import ontology

WIDTH, HEIGHT = 1485, 1050
MARGIN, HEAD, FOOT = 30, 78, 136
DISC, NAMES = 90, 260
FONT, LINE = 12, 16
MOST_LABELS, TOP = 150, 3
ROWS, ROW = 3, 20
"""Lines of the legend's clusters, and how high one is; how many more there are is said."""

APART = 10
"""Pixels from thing to thing from which they have their usual size."""
LONGEST = 14
"""Characters of a name before its middle is left out."""

PALETTE = (
    "#E669AA", "#9A4858", "#6558F9", "#889E2A", "#C92516", "#9240C3", "#C171F6", "#556783", "#B96558", "#29A1C1", "#8E6AC7", "#429082",
)  # fmt: skip
RINGS = ("", "6 3", "1.5 3", "double")
WITHIN = 4
"""How far within a double ring its second line lies."""
GREY, INK, PALE = "#767676", "#1F2328", "#B8BDC4"
UNCLUSTERED, LINE_INK = "#808691", "#8A909B"
GUESSED = ' stroke-dasharray="4 3"'

SHAPES: Mapping[str, str] = {"workshop": "○", "person": "●", "organisation": "□", "need": "△", "group": "◇", "document": "⬡"}
"""Shape by kind; every other kind is a small dot."""

Box = tuple[float, float, float, float]


@dataclass
class Labels:
    """Texts that found room: each takes a box, and none goes over another."""

    room: Box
    boxes: list[Box] = field(default_factory=list)

    def place(self, text: str, spots: Iterable[tuple[float, float]]) -> tuple[float, float] | None:
        """The first of these left ends of a baseline at which the text fits; None where at none."""
        for x, y in spots:
            box = (x, y - FONT, x + width(text), y + FONT / 3)
            inside = box[0] >= self.room[0] and box[1] >= self.room[1] and box[2] <= self.room[2] and box[3] <= self.room[3]
            if inside and not any(_cross(box, other) for other in self.boxes):
                self.boxes.append(box)
                return x, y
        return None


def _cross(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def width(text: str, font: float = FONT) -> float:
    """How wide a text is at most: wide characters a square, others 0.62 of it."""
    return font * sum(1.0 if east_asian_width(one) in "WFA" else 0.62 for one in text)


def shortened(name: str) -> str:
    """A name with its middle left out where it is long: 「首都医科…翟光耀工作室」.

    >>> shortened("首都医科大学附属北京同仁医院翟光耀工作室")
    '首都医科…仁医院翟光耀工作室'
    """
    return name if len(name) <= LONGEST else f"{name[:4]}…{name[5 - LONGEST:]}"


@dataclass(frozen=True)
class Sheet:
    """What is drawn: slots that pass the filters, where they stand on the sheet, and how large their discs are there."""

    published: Published
    slots: Sequence[int]
    selected: int = -1
    hops: int = 1

    @cached_property
    def discs(self) -> list[Data]:
        """Discs with a member that is drawn, with how many."""
        labels, counts = np.unique(self.published.picture.labels[list(self.slots)], return_counts=True)
        shown = dict(zip(labels.tolist(), counts.tolist(), strict=True))
        found = network.communities(self.published)["clusters"]
        return [{**one, "shown": shown[one["id"]]} for one in found if one["id"] in shown]

    @cached_property
    def _frame(self) -> tuple[float, float, float]:
        """Scale, and what is added to x and y: all discs fit between head and foot."""
        if not self.discs:
            return 1.0, 0.0, 0.0
        edges = [(one["x"] + sign * one["radius"], one["y"] + sign * one["radius"]) for one in self.discs for sign in (-1, 1)]
        (left, right), (top, bottom) = ((min(side), max(side)) for side in zip(*edges, strict=True))
        scale = min((WIDTH - 2 * MARGIN) / (right - left), (HEIGHT - HEAD - FOOT) / (bottom - top))
        across, down = WIDTH - scale * (left + right), HEAD + HEIGHT - FOOT - scale * (top + bottom)
        return scale, across / 2, down / 2

    @property
    def dot(self) -> float:
        """How large a thing is drawn, of its usual size: where things stand close they do not touch."""
        return min(1.0, max(0.4, self._frame[0] / APART))

    def at(self, x: float, y: float) -> tuple[float, float]:
        """A place of the map on the sheet."""
        scale, across, down = self._frame
        return scale * x + across, scale * y + down

    def diameter(self, disc: Data) -> float:
        """A disc's on the sheet."""
        return float(2 * disc["radius"] * self._frame[0])

    @cached_property
    def level(self) -> Mapping[int, float]:
        """Diameter by cluster."""
        return {one["id"]: self.diameter(one) for one in self.discs}

    @cached_property
    def dots(self) -> Mapping[int, tuple[float, float]]:
        """Where the things stand that are drawn one by one."""
        labels, positions = self.published.picture.labels, self.published.picture.positions
        drawn = [slot for slot in self.slots if self.level[int(labels[slot])] >= DISC or slot == self.selected]
        return {slot: self.at(*positions[slot].tolist()) for slot in drawn}

    @cached_property
    def near(self) -> frozenset[int]:
        """The selected thing and what is so many steps around it; empty where none is selected."""
        if self.selected < 0:
            return frozenset()
        away = shortest_distances(*self.published.joined, self.selected, hops=self.hops)
        return frozenset(np.flatnonzero(away >= 0).tolist())

    def faint(self, *slots: int) -> str:
        """Whatever is not near the selected thing is drawn at 15 %."""
        return ' opacity=".15"' if self.near and not self.near.issuperset(slots) else ""


def svg(published: Published, view: View) -> bytes:
    """The map of what a view shows. Raises what `looking.chosen` raises, NotFound `thing_unknown`."""
    chosen = published.snapshot.number(view.select) if view.select else -1
    sheet = Sheet(published, network.seen(published, view).tolist(), chosen, view.hops)
    parts = [_head(sheet, view), *_map(sheet), *_foot(sheet, view)]
    opened = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" font-size="{FONT}" '
        f'font-family="\'Noto Sans CJK SC\',\'Source Han Sans SC\',\'Microsoft YaHei\',\'PingFang SC\',sans-serif" fill="{INK}">'
    )
    return "\n".join([opened, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>', *parts, "</svg>", ""]).encode()


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{xml_text(withheld(text))}</text>'


# ---- the map


def _map(sheet: Sheet) -> Iterator[str]:
    """Lines below, discs and dots above, then labels."""
    yield from _between(sheet)
    for disc in sheet.discs:
        yield _disc(sheet, disc)
    yield from _lines(sheet)
    for slot, (x, y) in sheet.dots.items():
        yield _shape(sheet, slot, x, y)
    yield from _labels(sheet)


def colour_of(cluster: int) -> str:
    """A cluster's, as on the page (web/src/shared/palette.ts); a test compares the two."""
    return PALETTE[cluster % len(PALETTE)] if 0 <= cluster < len(PALETTE) * len(RINGS) else UNCLUSTERED


def _circle(cluster: int, x: float, y: float, radius: float, *, tint: str, within: float = WITHIN, title: str = "") -> str:
    """A disc with its ring: solid, dashed, dotted, or two lines."""
    ring = RINGS[cluster // len(PALETTE)] if 0 <= cluster < len(PALETTE) * len(RINGS) else ""
    look = f'stroke="{colour_of(cluster)}" stroke-width="1.2"'
    dash = f' stroke-dasharray="{ring}"' if ring not in ("", "double") else ""
    second = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius - within:.1f}" fill="none" {look}/>' if ring == "double" else ""
    look += f' fill="{colour_of(cluster)}" fill-opacity="{tint}"{dash}'
    told = f"><title>{xml_text(title)}</title></circle>" if title else "/>"
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" {look}{told}{second}'


def _disc(sheet: Sheet, disc: Data) -> str:
    x, y = sheet.at(disc["x"], disc["y"])
    diameter = sheet.diameter(disc)
    return _circle(disc["id"], x, y, diameter / 2, tint=".22" if diameter < DISC else ".06", title=withheld(disc["title"]))


def _between(sheet: Sheet) -> Iterator[str]:
    """Links of clusters of which at least one is a mere disc; as wide as there are links, in logarithm."""
    discs = {one["id"]: one for one in sheet.discs}
    for pair in network.communities(sheet.published)["links"]:
        ends = [discs.get(pair["first"]), discs.get(pair["second"])]
        if ends[0] and ends[1] and min(sheet.diameter(one) for one in ends if one) < DISC:
            (x, y), (x2, y2) = (sheet.at(one["x"], one["y"]) for one in ends if one)
            wide = 0.6 + float(np.log2(pair["links"])) * 0.7
            yield f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{PALE}" stroke-width="{wide:.1f}"/>'


def _lines(sheet: Sheet) -> Iterator[str]:
    """Relations between things that are drawn one by one, one line for each two things: what is told before what is guessed."""
    seen = set()
    for one in sorted(network.relations(sheet.published), key=lambda one: (one.guessed, not one.membership)):
        ends = frozenset((one.source, one.target))
        if one.source in sheet.dots and one.target in sheet.dots and len(ends) == 2 and ends not in seen:
            seen.add(ends)
            (x, y), (x2, y2) = sheet.dots[one.source], sheet.dots[one.target]
            yield _line(x, y, x2, y2, "guessed" if one.guessed else "membership" if one.membership else "told", sheet.faint(*ends))


def _line(x: float, y: float, x2: float, y2: float, kind: str, more: str = "") -> str:
    """Told solid, guessed dashed, membership double."""
    path = f'class="{kind}" x1="{x:.1f}" y1="{y:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"{more}'
    if kind == "membership":
        return f'<line {path} stroke="{LINE_INK}" stroke-width="3.2"/><line {path} stroke="#fff" stroke-width="1.4"/>'
    return f'<line {path} stroke="{LINE_INK}"{GUESSED if kind == "guessed" else ""}/>'


def _shape(sheet: Sheet, slot: int, x: float, y: float) -> str:
    """The shape of its kind in the colour of its cluster, with its name for those who point at it."""
    kind = ontology().kind_ids[sheet.published.snapshot.kind[slot]]
    colour = colour_of(int(sheet.published.picture.labels[slot]))
    size = 1.0 if slot == sheet.selected else sheet.dot
    bold = 2.6 if slot == sheet.selected else 0.4 + size
    name = f"<title>{xml_text(withheld(sheet.published.names[slot]))}</title>"
    return f'<g stroke="{colour}" stroke-width="{bold}"{sheet.faint(slot)}>{name}{_glyph(kind, x, y, colour, size)}</g>'


def _glyph(kind: str, x: float, y: float, colour: str, size: float = 1) -> str:
    hollow = 'fill="#fff"'
    if kind == "organisation":
        return f'<rect x="{x - 3.4 * size:.1f}" y="{y - 3.4 * size:.1f}" width="{6.8 * size:.1f}" height="{6.8 * size:.1f}" {hollow}/>'
    corners = _CORNERS.get(kind)
    if corners:
        return f'<polygon points="{" ".join(f"{x + across * size:.1f},{y + down * size:.1f}" for across, down in corners)}" {hollow}/>'
    radius, fill = (4.0, hollow) if kind == "workshop" else (3.2 if kind == "person" else 1.4, f'fill="{colour}"')
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius * size:.1f}" {fill}/>'


_CORNERS: Mapping[str, Sequence[tuple[float, float]]] = {
    "need": ((0, -4.6), (4.4, 3.4), (-4.4, 3.4)), "group": ((0, -5), (5, 0), (0, 5), (-5, 0)),
    "document": ((0, -4.4), (3.8, -2.2), (3.8, 2.2), (0, 4.4), (-3.8, 2.2), (-3.8, -2.2)),
}  # fmt: skip


def _labels(sheet: Sheet) -> Iterator[str]:
    """Titles of clusters first, the largest first; then names: selected, neighbours, by links, by id."""
    labels = Labels((MARGIN / 2, HEAD, WIDTH - MARGIN / 2, HEIGHT - FOOT))
    halo = ' class="label" paint-order="stroke" stroke="#fff" stroke-width="3" stroke-linejoin="round"'
    for disc in sorted(sheet.discs, key=lambda one: (-one["shown"], one["id"])):
        x, y = sheet.at(disc["x"], disc["y"])
        text, top = _counted(disc), y - sheet.diameter(disc) / 2
        middle = x - width(text) / 2
        spots = [(middle, y + 4), (middle, top - 4)] if sheet.diameter(disc) < DISC else [(middle, top + LINE), (middle, top - 4)]
        found = labels.place(text, spots)
        if found:
            yield _text(*found, text, f'{halo} font-weight="600"')
    for slot in _named(sheet):
        (x, y), text = sheet.dots[slot], shortened(withheld(sheet.published.names[slot]))
        wide = width(text)
        found = labels.place(text, [(x + 6, y + 4), (x - 6 - wide, y + 4), (x - wide / 2, y - 7), (x - wide / 2, y + 17)])
        if found:
            yield _text(*found, text, halo + sheet.faint(slot) + (' font-weight="700"' if slot == sheet.selected else ""))


def _counted(disc: Data) -> str:
    """A title with how many are drawn, and of how many."""
    title, _, count = disc["title"].rpartition(" ")
    return f"{title} {disc['shown']}" if disc["shown"] == int(count) else f"{title} {disc['shown']}/{count}"


def _named(sheet: Sheet) -> list[int]:
    """The things whose names are tried, in order: of middling discs the three best linked ones."""
    snapshot, picture = sheet.published.snapshot, sheet.published.picture
    degree = np.diff(sheet.published.joined[0])
    order = sorted(sheet.dots, key=lambda slot: (slot != sheet.selected, slot not in sheet.near, -degree[slot], snapshot.id(slot)))
    taken: dict[int, int] = {}
    chosen = []
    for slot in order:
        cluster = int(picture.labels[slot])
        taken[cluster] = taken.get(cluster, 0) + 1
        if slot in sheet.near or sheet.level[cluster] >= NAMES or taken[cluster] <= TOP:
            chosen.append(slot)
    return [slot for slot in chosen if sheet.published.names[slot]][:MOST_LABELS]


# ---- head and foot


def _head(sheet: Sheet, view: View) -> str:
    zh = view.lang == "zh"
    return "\n".join([
        _text(MARGIN, 36, view.title or ("联姻图谱" if zh else "Lianyin map"), ' font-size="20" font-weight="700"'),
        _text(MARGIN, 58, f"{'筛选' if zh else 'filters'}：{told(sheet.published, view, len(sheet.slots))}"),
    ])  # fmt: skip


def told(published: Published, view: View, shown: int) -> str:
    """What a view asks for, in words, and how many of all things pass."""
    filters = "；".join(_filters(published, view)) or ("无筛选" if view.lang == "zh" else "no filter")
    everything = int(looking.chosen(published, {}, on_map=True).size)
    return f"{filters} · {'显示' if view.lang == 'zh' else 'shown'} {shown}/{everything}"


def _filters(published: Published, view: View) -> Iterator[str]:
    """Each filter in words."""
    lang = view.lang
    words: Mapping[str, Callable[[str], str]] = {
        "kind": lambda one: ontology().label("kind", ontology().canonical("kind", one), lang),
        "place": lambda one: published.called.of(one) or one, "cluster": lambda one: _title(published, one),
        "trade": lambda one: ontology().label("trade", one, lang), "level": lambda one: ontology().label("level", one, lang),
        "missing": lambda one: ontology().property(one).zh if lang == "zh" else ontology().property(one).en,
    }  # fmt: skip
    for name, values in view.wanted.items():
        said = [("未载" if lang == "zh" else "unknown") if one == looking.UNKNOWN else words.get(name, str)(one) for one in values]
        if said:
            zh, en = FILTERS.get(name, (name, name))
            yield f"{zh if lang == 'zh' else en} {'、'.join(said)}"
    if view.q or view.words:
        yield f"{'搜' if lang == 'zh' else 'search'} {' '.join(filter(None, (view.q, view.words)))}"


LINES = {"told": ("明载", "told"), "guessed": ("推断", "guessed"), "membership": ("团组成员", "membership")}
FILTERS = {
    "kind": ("类别", "kind"), "place": ("地区", "place"), "trade": ("行业", "trade"), "level": ("级别", "level"),
    "cluster": ("片区", "cluster"), "missing": ("未载", "missing"), "conflict": ("说法不一", "told differently"),
    "new_since": ("新增自版本", "new since version"), "changed_since": ("更改自版本", "changed since version"),
}  # fmt: skip


def _title(published: Published, cluster: str) -> str:
    return next((one["title"] for one in network.communities(published)["clusters"] if str(one["id"]) == cluster), cluster)


def _foot(sheet: Sheet, view: View) -> Iterator[str]:
    """Shapes with their counts, kinds of lines, the largest clusters, version and date."""
    lang = view.lang
    kinds = np.bincount(sheet.published.snapshot.kind[list(sheet.slots)], minlength=len(ontology().kind_ids)).tolist()
    x, y = float(MARGIN), HEIGHT - FOOT + 26
    for kind, count in zip(ontology().kinds.values(), kinds, strict=True):
        if count and kind.id in SHAPES:
            text = f"{kind.zh if lang == 'zh' else kind.en} {count}"
            yield f'<g stroke="{INK}" stroke-width="1.4">{_glyph(kind.id, x + 5, y - 4, INK)}</g>' + _text(x + 14, y, text)
            x += 34 + width(text)
    for mark, words in LINES.items():
        text = words[lang != "zh"]
        yield _line(x, y - 4, x + 24, y - 4, mark) + _text(x + 30, y, text)
        x += 50 + width(text)
    yield from _clusters(sheet, y + 24, lang)
    yield _text(MARGIN, HEIGHT - 18, colophon(sheet.published, view), f' fill="{GREY}"')


def _clusters(sheet: Sheet, y: float, lang: str) -> Iterator[str]:
    """The clusters with their looks, the largest first, and how many there are beside those that the lines hold."""
    discs = sorted(sheet.discs, key=lambda one: (one["id"] < 0, -one["shown"], one["id"]))
    x, row = float(MARGIN), 0
    for at, disc in enumerate(discs):
        text, left = _counted(disc), len(discs) - at
        more = f"另有 {left} 个片区，见图上标题" if lang == "zh" else f"and {left} more, named on the map"
        wide = 34 + width(text)
        if x + wide > WIDTH - MARGIN - (width(more) if row == ROWS - 1 and left > 1 else 0):
            if row == ROWS - 1:
                yield _text(x, y + row * ROW, more)
                return
            x, row = float(MARGIN), row + 1
        yield _circle(disc["id"], x + 5, y + row * ROW - 4, 5.5, tint=".22", within=2.5) + _text(x + 14, y + row * ROW, text)
        x += wide


def colophon(published: Published, view: View) -> str:
    """Version, date, how old the data is, and who decides."""
    until = published.reader.change(published.version).time[:10] if published.version else "—"
    if view.lang == "zh":
        return f"第{published.version}版 · 打印于 {view.day} · 资料截至 {until} · 系统建议，须经人工确认"
    return f"version {published.version} · printed {view.day} · as of {until} · proposed by the system, decided by people"
