/**
 * What is drawn at a scale: discs, dots, links and the labels that stand. Measured in pixels of a sheet whose origin is the map's
 * (sheet = map × scale), so it does not hang on where the view is: panning changes nothing in it, and no label jumps.
 */

import { reach, wordsOf, type Chart } from './chart'
import { Boxes, FONT, LINE, type Box, type Ruler } from './labels'
import { styleOf, type Style } from '../shared/palette'

/** Diameters of a disc in pixels from which it shows dots, and names and links. */
export const DOTS_FROM = 90
export const NAMES_FROM = 260
/** A disc of few members never grows that wide: its dots show where they stand so many pixels apart, whatever the diameter. */
export const APART_FOR_DOTS = 12
export const APART_FOR_NAMES = 44

const TOP_NAMES = 3
/** Pixels that a name may take: more where dots stand far apart. */
const LEAST_ROOM = 132
const MOST_ROOM = 264
const BOLD = 1.08
/** Pixels by which a title inside its disc gives way to what stands there already. */
const ASIDE = [0, -8, 8, -16, 16]
/** Names tried between two looks at the clock. */
const SLICE = 100
/** Links between discs that are drawn, the strongest first: more than these hide the discs. */
const MOST_LINKS = 400

export type Level = 0 | 1 | 2

export interface Look {
  /** 1 for each node that the filter lets through. */
  shown: Uint8Array
  /** The node chosen, or -1. */
  chosen: number
  hops: number
  /** The clusters chosen, by their places in the data. */
  clusters: readonly number[]
  ruler: Ruler
}

export interface Disc {
  cluster: number
  x: number
  y: number
  radius: number
  level: Level
  style: Style
  lit: boolean
  /** Shown members. */
  count: number
  /** Members that are drawn as dots, the least linked first, so that the most linked lie on top. */
  dots: Uint32Array
}

export interface Link {
  first: number
  second: number
  count: number
}

export interface Label {
  lines: string[]
  /** Where the text begins, or its middle where it is centred; `y` is the middle of the first line. */
  x: number
  y: number
  centred: boolean
  bold: boolean
  soft: boolean
  box: Box
  /** The node that it names, or -1 for a cluster's title. */
  node: number
  cluster: number
}

export interface Scene {
  chart: Chart
  scale: number
  chosen: number
  /** Non-zero for what is full; null where all is. The rest is faint. */
  lit: Uint8Array | null
  discs: Disc[]
  links: Link[]
  /** Edges drawn, by their place in the data: faint ones and full ones. */
  faint: Uint32Array
  full: Uint32Array
  labels: Label[]
}

export function levelOf(radius: number, scale: number): Level {
  const across = 2 * radius * scale
  if (across > NAMES_FROM || scale >= APART_FOR_NAMES) return 2
  return across >= DOTS_FROM || scale >= APART_FOR_DOTS ? 1 : 0
}

/** Radius of a dot in pixels. The dots of a disc stand about `scale` apart, and never touch. */
export function dotRadius(scale: number, degree: number, lit: boolean): number {
  const size = Math.min(6.5, Math.max(1.1, 0.3 * scale)) * Math.min(1.3, 0.8 + 0.1 * Math.sqrt(degree))
  return lit ? Math.max(3, size) : size
}

export function sceneOf(chart: Chart, scale: number, look: Look): Scene {
  const making = sceneMade(chart, scale, look)
  let step = making.next()
  while (!step.done) step = making.next()
  return step.value
}

/** The same, made in pieces, so that a page that goes on drawing meanwhile does not stand still. */
export function* sceneMade(chart: Chart, scale: number, look: Look): Generator<void, Scene> {
  const lit = litBy(chart, look)
  const discs = discsOf(chart, scale, look, lit)
  yield
  const scene = { chart, scale, chosen: look.chosen, lit, discs, links: clusterLinks(chart, discs, look.shown), ...edgesOf(chart, discs, look, lit) }
  yield
  return { ...scene, labels: yield* new Lettering(scene, look).labels() }
}

function litBy(chart: Chart, look: Look): Uint8Array | null {
  if (look.chosen >= 0) return reach(chart, look.chosen, look.hops, look.shown)
  return look.clusters.length ? Uint8Array.from(chart.clusterOf, (at) => (look.clusters.includes(at) ? 1 : 0)) : null
}

function discsOf(chart: Chart, scale: number, look: Look, lit: Uint8Array | null): Disc[] {
  const discs = chart.data.clusters.map((cluster, at): Disc => {
    const members = chart.members[at]!.filter((node) => look.shown[node] || node === look.chosen)
    const level = levelOf(cluster.radius, scale)
    const drawn = level ? members : look.chosen >= 0 ? members.filter((node) => lit![node]) : members.subarray(0, 0)
    return {
      cluster: at, level, x: cluster.x * scale, y: cluster.y * scale, radius: cluster.radius * scale, style: styleOf(cluster.id),
      count: chart.data.nodes.length ? members.length : cluster.count, dots: drawn.slice().reverse(), lit: !lit || members.some((node) => lit[node]),
    }
  })
  return discs.filter(({ count }) => count)
}

/** How many shown links join each two discs of which one is too small to show them singly. */
function clusterLinks(chart: Chart, discs: Disc[], shown: Uint8Array): Link[] {
  if (!chart.data.nodes.length) return toldLinks(chart)
  const levels = levelsOf(chart, discs)
  const size = chart.data.clusters.length
  const counts = new Map<number, number>()
  for (const { source, target } of chart.data.edges) {
    if (!shown[source] || !shown[target]) continue
    const [a, b] = [chart.clusterOf[source]!, chart.clusterOf[target]!]
    if (a === b || Math.min(levels[a]!, levels[b]!) === 2) continue
    const key = Math.min(a, b) * size + Math.max(a, b)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const links = [...counts].map(([key, count]) => ({ first: Math.floor(key / size), second: key % size, count }))
  return strongest(links)
}

function strongest(links: Link[]): Link[] {
  return links.sort((a, b) => b.count - a.count || a.first - b.first || a.second - b.second).slice(0, MOST_LINKS)
}

function toldLinks({ data: { clusters, links = [] } }: Chart): Link[] {
  const at = new Map(clusters.map(({ id }, place) => [id, place]))
  return strongest(links.map(({ first, second, links }) => ({ first: at.get(first)!, second: at.get(second)!, count: links })))
}

function levelsOf(chart: Chart, discs: Disc[]): Uint8Array {
  const levels = new Uint8Array(chart.data.clusters.length)
  for (const disc of discs) levels[disc.cluster] = disc.level
  return levels
}

function edgesOf(chart: Chart, discs: Disc[], { shown, chosen }: Look, lit: Uint8Array | null): Pick<Scene, 'faint' | 'full'> {
  const levels = levelsOf(chart, discs)
  const [faint, full]: [number[], number[]] = [[], []]
  chart.data.edges.forEach(({ source, target }, edge) => {
    if (!(shown[source] || source === chosen) || !(shown[target] || target === chosen)) return
    const near = chosen >= 0 && lit![source] && lit![target]
    const large = levels[chart.clusterOf[source]!] === 2 && levels[chart.clusterOf[target]!] === 2
    if (near || (large && (!lit || (lit[source] && lit[target])))) full.push(edge)
    else if (large) faint.push(edge)
  })
  return { faint: Uint32Array.from(faint), full: Uint32Array.from(full) }
}

/** Places labels: the chosen one, its neighbours by distance and links, the clusters' titles, then names by links and id. */
class Lettering {
  private readonly boxes = new Boxes()
  private readonly found: Label[] = []

  constructor(
    private readonly scene: Omit<Scene, 'labels'>,
    private readonly look: Look,
  ) {}

  *labels(): Generator<void, Label[]> {
    const { chart, chosen, lit, discs } = this.scene
    if (chosen >= 0) {
      this.name(chosen, true)
      const near = [...chart.order].filter((node) => lit![node]! > 1 && this.drawn(node))
      for (const node of near.sort((a, b) => lit![a]! - lit![b]! || chart.rank[a]! - chart.rank[b]!)) this.name(node)
    }
    const largest = [...discs].sort((a, b) => b.count - a.count || a.cluster - b.cluster)
    for (const disc of largest) if (disc.lit) this.title(disc)
    let tried = 0
    for (const node of this.named()) {
      this.name(node)
      if (++tried % SLICE === 0) yield
    }
    return this.found
  }

  private drawn(node: number): boolean {
    return this.look.shown[node] === 1 || node === this.look.chosen
  }

  private named(): Uint32Array {
    const { chart, discs, lit, chosen } = this.scene
    if (chosen >= 0) return new Uint32Array()
    const wanted = new Uint8Array(chart.rank.length)
    for (const { level, dots } of discs) {
      for (const node of level === 2 ? dots : level === 1 ? dots.slice(-TOP_NAMES) : []) wanted[node] = !lit || lit[node] ? 1 : 0
    }
    return chart.order.filter((node) => wanted[node])
  }

  private name(node: number, bold = false): void {
    const { chart, scale } = this.scene
    const { name, x, y, degree } = chart.data.nodes[node]!
    const { text, width } = this.look.ruler.cut(name, bold ? MOST_ROOM : Math.round(Math.min(MOST_ROOM, Math.max(LEAST_ROOM, 3 * scale))))
    const wide = bold ? width * BOLD : width
    const gap = dotRadius(scale, degree, this.scene.lit !== null) + (bold ? 6 : 3)
    const [left, middle] = [x * scale, y * scale]
    const told = { lines: [text], bold, soft: false, node, cluster: chart.clusterOf[node]! }
    const places: [number, number, boolean][] = [
      [left + gap, middle, false], [left - gap - wide, middle, false], [left, middle + gap + LINE / 2, true], [left, middle - gap - LINE / 2, true],
    ]
    let [best, least]: [Label | null, number] = [null, Infinity]
    for (const [at, line, centred] of places) {
      const label = boxed({ ...told, x: at, y: line, centred }, wide)
      if (!this.boxes.isFree(label.box)) continue
      const hidden = this.hiddenBy(label.box, node)
      if (hidden < least) [best, least] = [label, hidden]
      if (!hidden) break
    }
    if (best) this.take(best)
  }

  /** Dots of others that a label would lie upon. */
  private hiddenBy(box: Box, node: number): number {
    const { chart, scale } = this.scene
    const area = { left: box.left / scale, top: box.top / scale, right: box.right / scale, bottom: box.bottom / scale }
    return chart.cells.count(area, (other) => other !== node && this.look.shown[other] === 1)
  }

  private title(disc: Disc): void {
    const cluster = this.scene.chart.data.clusters[disc.cluster]!
    const words = wordsOf(cluster)
    const told = { bold: disc.level > 0, soft: cluster.id < 0, node: -1, cluster: disc.cluster, x: disc.x, centred: true }
    if (!disc.level) {
      const tried = this.inside(disc, words).flatMap((lines) => ASIDE.filter((by) => by === 0 || Math.abs(by) + (lines.length * LINE) / 2 < disc.radius).map((by) => ({ lines, y: disc.y + by - ((lines.length - 1) * LINE) / 2 })))
      tried.some(({ lines, y }) => this.take(boxed({ ...told, lines, y }, this.widest(lines))))
      return
    }
    const lines = [`${words} ${disc.count}`]
    const rows = [disc.y - disc.radius - LINE / 2 - 3, disc.y + disc.radius + LINE / 2 + 3, disc.y - disc.radius + LINE]
    rows.some((y) => this.take(boxed({ ...told, lines, y }, this.widest(lines) * BOLD)))
  }

  /** A title inside a disc: in one line where it fits, else broken at its dot; then its first words, then its count alone. */
  private inside(disc: Disc, words: string): string[][] {
    const room = 2 * disc.radius - 4
    const fits = (line: string) => this.look.ruler.width(line) <= room
    const cut = (term: string, least: number) => this.look.ruler.cut(term, Math.max(room, least * FONT)).text
    const count = String(disc.count)
    if (fits(`${words} ${count}`)) return [[`${words} ${count}`]]
    const terms = words.split('·').map((term) => cut(term, 6.2))
    const last = `${terms.at(-1)} ${count}`
    const short = this.beginning(words.split('·')[0]!, Math.max(room - this.look.ruler.width(` ${count}`), 3.2 * FONT))
    return [fits(last) ? [...terms.slice(0, -1), last] : [...terms, count], [cut(terms[0]!, 3.2), count], [`${short} ${count}`], [count]]
  }

  /** As much of a title's beginning as fits: there, other than in names, it says most. */
  private beginning(term: string, room: number): string {
    const all = Array.from(term)
    let kept = all.length
    while (kept > 1 && this.look.ruler.width(`${all.slice(0, kept).join('')}…`) > room) kept -= 1
    return kept < all.length && this.look.ruler.width(term) > room ? `${all.slice(0, kept).join('')}…` : term
  }

  private widest(lines: string[]): number {
    return Math.max(...lines.map((line) => this.look.ruler.width(line)))
  }

  private take(label: Label): boolean {
    const taken = this.boxes.take(label.box)
    if (taken) this.found.push(label)
    return taken
  }
}

function boxed(label: Omit<Label, 'box'>, width: number): Label {
  const left = (label.centred ? label.x - width / 2 : label.x) - 1
  const top = label.y - LINE / 2
  return { ...label, box: { left, top, right: left + width + 2, bottom: top + label.lines.length * LINE } }
}
