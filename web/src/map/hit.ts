/** What lies under a point of the map. */

import type { Chart } from './chart'
import type { Box } from './labels'
import type { Point } from './viewport'

/** Nodes by the cells of a grid, in units of the map. */
export class Cells {
  private readonly cells = new Map<number, number[]>()

  /** `rank` orders nodes that are equally near. */
  constructor(
    private readonly nodes: readonly Point[],
    private readonly rank: Uint32Array,
    private readonly cell = 2,
  ) {
    nodes.forEach(({ x, y }, node) => {
      const key = keyOf(Math.floor(x / cell), Math.floor(y / cell))
      const found = this.cells.get(key)
      if (found) found.push(node)
      else this.cells.set(key, [node])
    })
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

  private each({ left, top, right, bottom }: Box, act: (node: number) => void): void {
    for (let row = Math.floor(top / this.cell); row <= Math.floor(bottom / this.cell); row++) {
      for (let column = Math.floor(left / this.cell); column <= Math.floor(right / this.cell); column++) {
        this.cells.get(keyOf(column, row))?.forEach(act)
      }
    }
  }
}

function keyOf(column: number, row: number): number {
  return row * 0x100000 + column
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
