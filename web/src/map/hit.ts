/** What lies under a point of the map. */

import type { Chart } from './chart'
import type { Box } from './labels'
import type { Point } from './viewport'

/** Nodes by the cells of a grid, in units of the map. Nodes of a cell are `node[start[cell]]` … `node[start[cell + 1] - 1]`. */
export class Cells {
  private readonly left: number
  private readonly top: number
  private readonly columns: number
  private readonly rows: number
  private readonly cell: number
  private readonly start: Uint32Array
  private readonly node: Uint32Array

  /** `rank` orders nodes that are equally near. */
  constructor(
    private readonly nodes: readonly Point[],
    private readonly rank: Uint32Array,
  ) {
    const [xs, ys] = [extent(nodes, 'x'), extent(nodes, 'y')]
    ;[this.left, this.top] = [xs.least, ys.least]
    // a lone far point must not make the grid huge
    this.cell = Math.max(1.5, (xs.most - xs.least) / MOST_CELLS, (ys.most - ys.least) / MOST_CELLS)
    this.columns = Math.floor((xs.most - xs.least) / this.cell) + 1
    this.rows = Math.floor((ys.most - ys.least) / this.cell) + 1
    this.start = new Uint32Array(this.columns * this.rows + 1)
    for (const at of nodes) this.start[this.cellOf(at) + 1]!++
    for (let cell = 0; cell < this.columns * this.rows; cell++) this.start[cell + 1]! += this.start[cell]!
    const next = this.start.slice()
    this.node = new Uint32Array(nodes.length)
    nodes.forEach((at, node) => (this.node[next[this.cellOf(at)]!++] = node))
  }

  /** The nearest node not farther than `within` that may be hit, or -1; of equally near ones the one of more links. */
  nearest(at: Point, within: number, may: (node: number) => boolean): number {
    let [best, least] = [-1, within * within]
    const around = { left: at.x - within, top: at.y - within, right: at.x + within, bottom: at.y + within }
    this.each(around, (node) => {
      const distance = squared(this.nodes[node]!, at)
      const nearer = distance < least || (distance === least && (best < 0 || this.rank[node]! < this.rank[best]!))
      if (nearer && may(node)) [best, least] = [node, distance]
    })
    return best
  }

  /** How many of those nodes stand in a box. */
  count(box: Box, which: (node: number) => boolean): number {
    let count = 0
    this.each(box, (node) => {
      const { x, y } = this.nodes[node]!
      if (x > box.left && x < box.right && y > box.top && y < box.bottom && which(node)) count++
    })
    return count
  }

  private cellOf({ x, y }: Point): number {
    return Math.floor((y - this.top) / this.cell) * this.columns + Math.floor((x - this.left) / this.cell)
  }

  private each(box: Box, act: (node: number) => void): void {
    const column = (x: number) => Math.floor((x - this.left) / this.cell)
    const row = (y: number) => Math.floor((y - this.top) / this.cell)
    const [first, last] = [Math.max(0, column(box.left)), Math.min(this.columns - 1, column(box.right))]
    if (last < first) return
    for (let y = Math.max(0, row(box.top)); y <= Math.min(this.rows - 1, row(box.bottom)); y++) {
      const end = this.start[y * this.columns + last + 1]!
      for (let at = this.start[y * this.columns + first]!; at < end; at++) act(this.node[at]!)
    }
  }
}

/** Cells along each side. */
const MOST_CELLS = 512

function extent(nodes: readonly Point[], axis: 'x' | 'y'): { least: number; most: number } {
  let [least, most] = [0, 0]
  nodes.forEach((node, at) => {
    least = at ? Math.min(least, node[axis]) : node[axis]
    most = at ? Math.max(most, node[axis]) : node[axis]
  })
  return { least, most }
}

function squared(a: Point, b: Point): number {
  return (a.x - b.x) ** 2 + (a.y - b.y) ** 2
}

export type Arrow = 'left' | 'right' | 'up' | 'down'

const TURNS: Record<Arrow, Point> = { left: { x: -1, y: 0 }, right: { x: 1, y: 0 }, up: { x: 0, y: -1 }, down: { x: 0, y: 1 } }

/** The next node in a direction: the nearest within 45° of it, where being off the line counts double. -1 where there is none. */
export function nextTowards(chart: Chart, from: Point, arrow: Arrow, may: (node: number) => boolean): number {
  const turn = TURNS[arrow]
  let [best, least] = [-1, Infinity]
  chart.order.forEach((node) => {
    const [dx, dy] = [chart.data.nodes[node]!.x - from.x, chart.data.nodes[node]!.y - from.y]
    const ahead = dx * turn.x + dy * turn.y
    const aside = Math.abs(dx * turn.y) + Math.abs(dy * turn.x)
    if (ahead > 1e-6 && aside <= ahead && ahead + 2 * aside < least && may(node)) [best, least] = [node, ahead + 2 * aside]
  })
  return best
}
