"""The map beside force-graph on the same data in the same browser, without a graphics card: python bench/map.py

Needs Node, npm and Debian's Chromium, and playwright for Python, all in environments of their own:
    python3 -m venv /tmp/map-bench && /tmp/map-bench/bin/pip install playwright && /tmp/map-bench/bin/python bench/map.py

Both get the same things at the same places (force-graph lays nothing out) on a canvas of 1234 x 592. First paint runs from the JSON
text to the painted frame. Panning moves the picture 14 pixels a frame along a circle, wider than the canvas, for two seconds; told are
frames a second and the longest wait for a frame. Seen from afar all things are in sight (ours: discs with titles); from near dots stand
24 pixels apart (ours: with every name that fits; force-graph draws no names). Each is run three times in turns; told are medians.
"""

import json
import subprocess
import sys
import tempfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from threading import Thread

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
)
SIZES = (1_500, 5_000, 20_000)
SECONDS = 2
ROUNDS = 3
PAGE = '<!doctype html><meta charset="utf-8"><style>body{margin:0}#at,canvas{width:1234px;height:592px;display:block}</style><div id="at"></div>'
SCRIPT = """
import ForceGraph from 'force-graph'
import { Picture } from 'MAP/picture'
import { planted } from 'MAP/planted'

const at = document.getElementById('at')
const size = { width: 1234, height: 592 }
const frame = () => new Promise(requestAnimationFrame)
const nothing = { choose() {}, chooseCluster() {}, open() {}, hover() {}, rest() {} }

/** Frames a second while `move` is called before each, and the longest wait for one in ms. */
async function panning(move, seconds) {
  let [turn, longest, frames] = [0, 0, 0]
  const begun = performance.now()
  for (let last = begun; last - begun < seconds * 1000; frames++) {
    turn += 0.02
    move(14 * Math.cos(turn), 14 * Math.sin(turn))
    await frame()
    const now = performance.now()
    if (frames > 2) longest = Math.max(longest, now - last)
    last = now
  }
  return [frames / ((performance.now() - begun) / 1000), longest]
}

const makers = {
  async ours(text) {
    const canvas = at.appendChild(document.createElement('canvas'))
    const picture = new Picture(canvas, nothing)
    picture.resize(size)
    picture.setData(JSON.parse(text))
    picture.go(picture.whole())
    await picture.whenDrawn()
    return { scale: (k) => picture.go({ ...picture.view, scale: k }), drawn: () => picture.whenDrawn(), pan: (x, y) => picture.pan(x, y) }
  },
  async 'force-graph'(text) {
    const { nodes, edges } = JSON.parse(text)
    let [drawn, asked] = [null, false]
    const first = new Promise((resolve) => (drawn = resolve))
    // it takes the data over after its first, empty frame: the frame that counts is the one that asks a node for its size
    Object.defineProperty(nodes[0], 'val', { get: () => ((asked = true), 1), enumerable: true })
    const graph = new ForceGraph(at).width(size.width).height(size.height).cooldownTicks(0).autoPauseRedraw(true).nodeRelSize(0.3)
      .onRenderFramePost(() => asked && drawn())
      .graphData({ nodes: nodes.map((node) => Object.assign(node, { fx: node.x, fy: node.y })), links: edges.map(({ source, target }) => ({ source: nodes[source].id, target: nodes[target].id })) })
    graph.centerAt(0, 0).zoom(WHOLE)
    await first
    let [x, y, k] = [0, 0, WHOLE]
    const pan = (dx, dy) => graph.centerAt((x -= dx / k), (y -= dy / k))
    return { scale: (to) => graph.zoom((k = to)), drawn: frame, pan }
  },
}
let WHOLE = 1

window.measure = async (name, count, seconds) => {
  const data = planted(count)
  const far = Math.max(...data.clusters.map(({ x, y, radius }) => Math.hypot(x, y) + radius))
  WHOLE = size.height / 2 / far
  const text = JSON.stringify(data)
  await frame()
  const begun = performance.now()
  const made = await makers[name](text)
  await frame()
  const paint = performance.now() - begun
  const afar = await panning(made.pan, seconds)
  made.scale(24)
  await made.drawn()
  await new Promise((done) => setTimeout(done, 500))
  return [paint, ...afar, ...(await panning(made.pan, seconds))]
}
document.title = 'ready'
"""


def built(folder: Path) -> None:
    """Puts the page into a folder; the peer and the bundler are installed there and nowhere else."""
    (folder / "package.json").write_text('{"private":true,"type":"module"}', "utf-8")
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "esbuild", "force-graph@1"], cwd=folder, check=True)
    (folder / "page.js").write_text(SCRIPT.replace("MAP/", f"{ROOT.as_posix()}/web/src/map/"), "utf-8")
    bundle = ["npx", "esbuild", "page.js", "--bundle", "--minify", "--format=esm", "--outfile=built.js", "--log-level=warning"]
    subprocess.run(bundle, cwd=folder, check=True)
    (folder / "index.html").write_text(f'{PAGE}<script type="module" src="built.js"></script>', "utf-8")


class Quiet(SimpleHTTPRequestHandler):
    """Serves the folder without a line for each request."""

    def log_message(self, *told: object) -> None:
        """Says nothing."""


def measured(browser: Browser, address: str, name: str, count: int) -> list[float]:
    """One run in a fresh page: first paint in ms, then frames/s and the longest wait, from afar and from near."""
    page = browser.new_page(viewport={"width": 1300, "height": 640})
    page.goto(address)
    page.wait_for_function("document.title === 'ready'")
    found: list[float] = page.evaluate("([name, count, seconds]) => measure(name, count, seconds)", [name, count, SECONDS])
    page.close()
    return found


def main() -> None:
    """Prints a line for each size and each of the two."""
    with tempfile.TemporaryDirectory() as told:
        folder = Path(told)
        built(folder)
        version = json.loads((folder / "node_modules/force-graph/package.json").read_text("utf-8"))["version"]
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
            print(f"Chromium {browser.version}, no GPU; force-graph {version}; frames/s (longest wait for one, ms)")
            print(f"{'things':>7} {'':>12} {'first paint':>12} {'panning afar':>18} {'panning near':>18}")
            for count in SIZES:
                runs: dict[str, list[list[float]]] = {"ours": [], "force-graph": []}
                for _ in range(ROUNDS):
                    for name, found in runs.items():
                        found.append(measured(browser, f"http://127.0.0.1:{server.server_port}/", name, count))
                for name, found in runs.items():
                    paint, afar, far_wait, near, near_wait = (median(column) for column in zip(*found, strict=True))
                    print(f"{count:7,} {name:>12} {paint:9.0f} ms {afar:9.1f} ({far_wait:4.0f}) {near:12.1f} ({near_wait:4.0f})")
                sys.stdout.flush()
            browser.close()


if __name__ == "__main__":
    main()
