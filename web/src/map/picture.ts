/**
 * The map on a canvas. It keeps a bitmap wider than the canvas: a frame while panning or zooming only copies it; where it no longer
 * reaches, a new one is painted in pieces beside the frames. At rest the bitmap is the scene at exactly this view.
 */

import { chartOf, type Chart, type MapData } from './chart'
import { nextTowards, type Arrow } from './hit'
import { FONT, FAMILY, Ruler, type Box } from './labels'
import { painted } from './paint'
import { THEMES, type Theme } from './palette'
import { dotRadius, levelOf, sceneMade, sceneOf, type Look, type Scene } from './scene'
import { between, boundsOf, fitted, panned, rested, toMap, toScreen, zoomed, type Point, type Size, type View } from './viewport'

/** Room on each side of the bitmap, as a share of the canvas. */
const ROOM = 0.5
/** Milliseconds of painting that a frame of 16 affords. A browser without a graphics card only notes down what is painted and works it off later, at several times the cost. */
const BUDGET = 2
/** The same where the picture stands still but is of another scale: there sharpness matters more. */
const RESTING_BUDGET = 10
const ANIMATION = 200
/** Milliseconds without a turn of the wheel after which the picture is painted anew. */
const REST = 120
const NEAR = 9

export interface Seen {
  shown: Uint8Array
  chosen: number
  hops: number
  clusters: readonly number[]
}

/** What the picture tells its owner; it changes nothing that is chosen by itself. */
export interface Told {
  choose(node: number): void
  /** A disc, or -1: nothing at all is chosen. */
  chooseCluster(cluster: number): void
  open(node: number): void
  hover(node: number, at: Point): void
  rest(view: View): void
}

interface Bitmap {
  canvas: HTMLCanvasElement
  scale: number
  /** Its upper left corner on the scene's sheet. */
  left: number
  top: number
}

interface Job {
  bitmap: Bitmap
  run: Generator<void>
}

export class Picture {
  chart: Chart = chartOf({ version: 0, nodes: [], edges: [], clusters: [], places: {} })
  view: View = { x: 0, y: 0, scale: 1 }
  size: Size = { width: 0, height: 0 }
  readonly ruler: Ruler
  private readonly brush: CanvasRenderingContext2D
  private seen: Seen = { shown: new Uint8Array(), chosen: -1, hops: 1, clusters: [] }
  private theme: Theme = THEMES.light
  private scene: Scene | null = null
  private front: Bitmap | null = null
  private spare: HTMLCanvasElement | null = null
  private job: Job | null = null
  private frame = 0
  private moving: { from: View; to: View; begun: number } | null = null
  private resting = 0
  private zooming = false
  private ratio = 1
  private drawn = Promise.resolve()
  private settled: (() => void) | null = null

  constructor(
    readonly canvas: HTMLCanvasElement,
    private readonly told: Told,
  ) {
    this.brush = canvas.getContext('2d', { alpha: false })!
    const brush = document.createElement('canvas').getContext('2d')!
    brush.font = `400 ${FONT}px ${FAMILY}`
    this.ruler = new Ruler((character) => brush.measureText(character).width)
  }

  setData(data: MapData): void {
    this.chart = chartOf(data)
    this.seen = { shown: new Uint8Array(data.nodes.length).fill(1), chosen: -1, hops: 1, clusters: [] }
    this.stale()
  }

  setSeen(seen: Seen): void {
    this.seen = seen
    this.stale()
  }

  setTheme(name: keyof typeof THEMES): void {
    this.theme = THEMES[name]
    this.stale()
  }

  /** Fits the canvas to a box of this size in CSS pixels. */
  resize(size: Size, ratio = window.devicePixelRatio): void {
    if (size.width === this.size.width && size.height === this.size.height && ratio === this.ratio) return
    this.size = size
    this.ratio = ratio
    this.canvas.width = Math.round(size.width * ratio)
    this.canvas.height = Math.round(size.height * ratio)
    this.stale()
  }

  /** Goes to a view: at once, or within 200 ms where motion is wanted. */
  go(view: View, animated = false): void {
    const still = !animated || matchMedia('(prefers-reduced-motion: reduce)').matches
    this.moving = still ? null : { from: this.view, to: rested(view), begun: performance.now() }
    if (still) this.view = rested(view)
    this.ask()
    if (still) this.told.rest(this.view)
  }

  pan(dx: number, dy: number): void {
    this.moving = null
    this.view = panned(this.view, dx, dy)
    this.rest()
  }

  zoom(factor: number, at: Point = this.middle()): void {
    this.moving = null
    this.zooming = true
    this.view = zoomed(this.view, this.size, factor, at)
    this.rest()
  }

  get isMoving(): boolean {
    return this.moving !== null
  }

  /** Zooms as a button does: seen as a motion where motion is wanted. */
  zoomBy(factor: number): void {
    const view = this.moving?.to ?? this.view
    this.go(zoomed(view, this.size, factor, this.centre(view)), true)
  }

  /** What is chosen where it is in sight, else the middle. */
  private centre(view: View): Point {
    const chosen = this.chart.data.nodes[this.seen.chosen]
    const at = chosen && toScreen(view, this.size, chosen)
    return at && at.x > 0 && at.y > 0 && at.x < this.size.width && at.y < this.size.height ? at : this.middle()
  }

  /** The view that shows all that the filter lets through. */
  whole(): View {
    const { clusters } = this.chart.data
    const some = clusters.filter((_, at) => this.chart.members[at]!.some((node) => this.seen.shown[node]))
    return fitted(boundsOf(some.length ? some : clusters), this.size)
  }

  middle(): Point {
    return { x: this.size.width / 2, y: this.size.height / 2 }
  }

  /** The dot under a point of the canvas, or -1. */
  nodeAt(at: Point): number {
    const within = Math.max(NEAR, dotRadius(this.view.scale, 0, false)) / this.view.scale
    return this.chart.cells.nearest(toMap(this.view, this.size, at), within, (node) => this.isDrawn(node))
  }

  /** The disc under a point of the canvas, by its place in the data, or -1. */
  clusterAt(at: Point): number {
    const { x, y } = toMap(this.view, this.size, at)
    return this.chart.data.clusters.findIndex((one) => Math.hypot(one.x - x, one.y - y) <= one.radius)
  }

  /** The next shown node in a direction from the chosen one, or the one nearest to the middle where none is chosen. */
  towards(arrow: Arrow): number {
    const shown = (node: number) => this.seen.shown[node] === 1
    if (this.seen.chosen < 0) return this.chart.cells.nearest(this.view, Math.hypot(this.size.width, this.size.height) / this.view.scale, shown)
    return nextTowards(this.chart, this.chart.data.nodes[this.seen.chosen]!, arrow, shown)
  }

  /** Moves just so far that a node is seen with room around it. */
  reveal(node: number): void {
    const at = toScreen(this.view, this.size, this.chart.data.nodes[node]!)
    const [x, y] = [inside(at.x, 150, this.size.width - 150), inside(at.y, 40, this.size.height - 40)]
    if (x !== at.x || y !== at.y) this.go(panned(this.view, x - at.x, y - at.y), true)
  }

  /** Resolves when the picture of the present view is on the canvas. */
  whenDrawn(): Promise<void> {
    return this.drawn
  }

  /** The scene as it is now, for export and for tests. */
  present(): Scene {
    if (this.scene?.scale !== this.view.scale) this.scene = null
    return (this.scene ??= sceneOf(this.chart, this.view.scale, this.look()))
  }

  private look(): Look {
    return { ...this.seen, ruler: this.ruler }
  }

  stop(): void {
    cancelAnimationFrame(this.frame)
    clearTimeout(this.resting)
  }

  openChosen(): void {
    if (this.seen.chosen >= 0) this.told.open(this.seen.chosen)
  }

  private isDrawn(node: number): boolean {
    if (!this.seen.shown[node] && node !== this.seen.chosen) return false
    const cluster = this.chart.data.clusters[this.chart.clusterOf[node]!]
    return (cluster && levelOf(cluster.radius, this.view.scale) > 0) || (this.seen.chosen >= 0 && (this.scene ?? this.present()).lit![node]! > 0)
  }

  private rest(): void {
    this.ask()
    clearTimeout(this.resting)
    this.resting = window.setTimeout(() => {
      this.zooming = false
      this.view = rested(this.view)
      this.ask()
      this.told.rest(this.view)
    }, REST)
  }

  private stale(): void {
    this.scene = null
    this.front = null
    this.job = null
    this.ask()
  }

  private ask(): void {
    if (!this.settled) this.drawn = new Promise((resolve) => (this.settled = resolve))
    this.frame ||= requestAnimationFrame((now) => this.tick(now))
  }

  private tick(now: number): void {
    this.frame = 0
    if (!this.size.width || !this.size.height) return
    this.move(now)
    this.prepare()
    this.copy()
    if (this.moving || this.job) this.ask()
    else if (this.isExact()) {
      this.settled?.()
      this.settled = null
    }
  }

  private move(now: number): void {
    if (!this.moving) return
    const share = Math.min(1, (now - this.moving.begun) / ANIMATION)
    this.view = share < 1 ? between(this.moving.from, this.moving.to, 1 - (1 - share) ** 3) : this.moving.to
    if (share < 1) return
    this.moving = null
    this.told.rest(this.view)
  }

  /** Paints what the next frames need: all at once where there is nothing to show, else for a few milliseconds. */
  private prepare(): void {
    if (!this.front) {
      this.job = this.begin()
      for (const part of this.job.run) void part
      this.finish()
      return
    }
    if (!this.job && !this.moving && !this.zooming && this.needs()) this.job = this.begin()
    if (!this.job) return
    const budget = this.front.scale === this.view.scale ? BUDGET : RESTING_BUDGET
    for (const until = performance.now() + budget; performance.now() < until; ) {
      if (this.job.run.next().done) {
        this.finish()
        return
      }
    }
  }

  /** Whether the bitmap is of another scale, or what it reaches beyond the canvas is half used up. */
  private needs(): boolean {
    const { scale, left, top, canvas } = this.front!
    if (scale !== this.view.scale) return true
    const corner = this.corner()
    const [dx, dy] = [corner.x - left, corner.y - top]
    const [slackX, slackY] = [(this.size.width * ROOM) / 2, (this.size.height * ROOM) / 2]
    const [restX, restY] = [canvas.width / this.ratio - this.size.width - dx, canvas.height / this.ratio - this.size.height - dy]
    return dx < slackX || dy < slackY || restX < slackX || restY < slackY
  }

  private isExact(): boolean {
    return this.front !== null && this.front.scale === this.view.scale
  }

  /** The canvas's upper left corner on the sheet, on whole pixels of the screen, so that a copy is as sharp as what was painted. */
  private corner(): Point {
    const snapped = (value: number) => Math.round(value * this.ratio) / this.ratio
    return { x: snapped(this.view.x * this.view.scale - this.size.width / 2), y: snapped(this.view.y * this.view.scale - this.size.height / 2) }
  }

  private begin(): Job {
    const corner = this.corner()
    const snapped = (value: number) => Math.round(value * this.ratio) / this.ratio
    const [roomX, roomY] = [snapped(this.size.width * ROOM), snapped(this.size.height * ROOM)]
    const bitmap = { canvas: this.blank(roomX, roomY), scale: this.view.scale, left: corner.x - roomX, top: corner.y - roomY }
    return { bitmap, run: this.painting(bitmap) }
  }

  private blank(roomX: number, roomY: number): HTMLCanvasElement {
    const canvas = this.spare ?? document.createElement('canvas')
    this.spare = null
    const [width, height] = [Math.round((this.size.width + 2 * roomX) * this.ratio), Math.round((this.size.height + 2 * roomY) * this.ratio)]
    if (canvas.width !== width) canvas.width = width
    if (canvas.height !== height) canvas.height = height
    return canvas
  }

  private *painting({ canvas, scale, left, top }: Bitmap): Generator<void> {
    const known = this.scene?.scale === scale ? this.scene : null
    const scene = known ?? (yield* sceneMade(this.chart, scale, this.look()))
    this.scene = scene
    const brush = canvas.getContext('2d', { alpha: false })!
    const [width, height] = [canvas.width / this.ratio, canvas.height / this.ratio]
    brush.setTransform(this.ratio, 0, 0, this.ratio, 0, 0)
    brush.globalAlpha = 1
    brush.fillStyle = this.theme.paper
    brush.fillRect(0, 0, width, height)
    brush.translate(-left, -top)
    const window: Box = { left, top, right: left + width, bottom: top + height }
    yield* painted(brush, scene, this.theme, window)
  }

  private finish(): void {
    this.spare = this.front?.canvas ?? null
    this.front = this.job!.bitmap
    this.job = null
  }

  /** Copies the bitmap to where this view wants it, larger or smaller while a zoom is under way. */
  private copy(): void {
    const { canvas, scale, left, top } = this.front!
    const [times, corner] = [this.view.scale / scale, this.corner()]
    const [x, y] = [(left * times - corner.x) * this.ratio, (top * times - corner.y) * this.ratio]
    const [width, height] = [canvas.width * times, canvas.height * times]
    if (x > 0 || y > 0 || x + width < this.canvas.width || y + height < this.canvas.height) {
      this.brush.fillStyle = this.theme.paper
      this.brush.fillRect(0, 0, this.canvas.width, this.canvas.height)
    }
    if (times === 1) this.brush.drawImage(canvas, Math.round(x), Math.round(y))
    else this.brush.drawImage(canvas, x, y, width, height)
  }
}

function inside(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(Math.max(least, most), value))
}
