/** Draws a scene with a brush: a canvas's context, or the one that writes SVG. */

import { dotRadius, type Disc, type Label, type Scene } from './scene'
import { FAMILY, FONT, LINE, overlap, type Box } from './labels'
import type { Ring } from '../shared/palette'
import { shapeOf, STROKES, type Line, type Shape, type Theme } from './palette'

export type Brush = Pick<
  CanvasRenderingContext2D,
  | 'beginPath' | 'moveTo' | 'lineTo' | 'closePath' | 'arc' | 'rect' | 'fill' | 'stroke' | 'fillRect' | 'fillText' | 'strokeText' | 'setLineDash'
  | 'fillStyle' | 'strokeStyle' | 'lineWidth' | 'globalAlpha' | 'font' | 'textAlign' | 'textBaseline' | 'lineJoin'
>

export const FAINT = 0.15
export const DASHES: Record<Ring, number[]> = { solid: [], dashed: [7, 4], dotted: [1.5, 3.5], double: [] }
/** How far within the ring of a double one its second line lies. */
export const WITHIN = 4
/** Where the least dots are smaller than this all are filled circles: shapes cannot be told there. Still smaller ones are squares, which cost a tenth. */
const SHAPED_FROM = 2.2
const ROUND_FROM = 1.2
/** Dots or edges drawn between two looks at the clock; discs and the links between them cost more. */
const SLICE = 250
const LARGE = 20

/** Paints what lies in the window, in pieces: a caller with a frame to keep stops between two. The whole is the same in any pieces. */
export function* painted(brush: Brush, scene: Scene, theme: Theme, window: Box): Generator<void> {
  const discs = scene.discs.filter((disc) => overlap(window, boxOf(disc)))
  brush.lineJoin = 'round'
  yield* links(brush, scene, theme, window)
  for (const [at, disc] of discs.entries()) {
    area(brush, scene, disc, theme)
    if (at % LARGE === 0) yield
  }
  yield* edges(brush, scene, theme, window, scene.faint, FAINT)
  yield* edges(brush, scene, theme, window, scene.full, scene.chosen >= 0 ? 0.9 : 0.45)
  for (const disc of discs) yield* dots(brush, scene, disc, theme)
  ring(brush, scene, theme)
  yield
  yield* letters(brush, scene, theme, window)
  brush.globalAlpha = 1
}

function boxOf({ x, y, radius }: Disc): Box {
  return { left: x - radius - 4, top: y - radius - 4, right: x + radius + 4, bottom: y + radius + 4 }
}

function area(brush: Brush, scene: Scene, disc: Disc, theme: Theme): void {
  const strength = disc.lit ? 1 : FAINT
  brush.beginPath()
  circle(brush, disc.x, disc.y, disc.radius)
  brush.globalAlpha = 1
  brush.fillStyle = theme.paper
  brush.fill()
  brush.globalAlpha = strength * theme.tint * (disc.level ? 0.6 : 1.5)
  brush.fillStyle = disc.style.colour
  brush.fill()
  brush.globalAlpha = strength
  brush.strokeStyle = disc.style.colour
  brush.lineWidth = scene.chosen < 0 && scene.lit && disc.lit ? 3 : 1.5
  brush.setLineDash(DASHES[disc.style.ring])
  brush.stroke()
  brush.setLineDash([])
  if (disc.style.ring !== 'double' || disc.radius <= WITHIN) return
  brush.beginPath()
  circle(brush, disc.x, disc.y, disc.radius - WITHIN)
  brush.stroke()
}

/** Links between discs, from rim to rim, as wide as the logarithm of their count. */
function* links(brush: Brush, scene: Scene, theme: Theme, window: Box): Generator<void> {
  const at = new Map(scene.discs.map((disc) => [disc.cluster, disc]))
  brush.strokeStyle = theme.line
  for (const [place, { first, second, count }] of scene.links.entries()) {
    if (place % LARGE === 0) yield
    const [a, b] = [at.get(first)!, at.get(second)!]
    if (!overlap(window, spanOf(a, b))) continue
    const apart = Math.hypot(b.x - a.x, b.y - a.y) || 1
    const [dx, dy] = [(b.x - a.x) / apart, (b.y - a.y) / apart]
    const near = scene.chosen < 0 && scene.lit && (a.lit || b.lit)
    brush.globalAlpha = near ? 0.8 : scene.lit ? FAINT : 0.4
    brush.lineWidth = 0.8 + 1.1 * Math.log2(count)
    brush.beginPath()
    brush.moveTo(a.x + dx * a.radius, a.y + dy * a.radius)
    brush.lineTo(b.x - dx * b.radius, b.y - dy * b.radius)
    brush.stroke()
  }
}

function spanOf(a: { x: number; y: number }, b: { x: number; y: number }): Box {
  return { left: Math.min(a.x, b.x) - 1, top: Math.min(a.y, b.y) - 1, right: Math.max(a.x, b.x) + 1, bottom: Math.max(a.y, b.y) + 1 }
}

/** Edges by kind; those between two clusters, which cross everything, fainter than those inside one. */
function* edges(brush: Brush, scene: Scene, theme: Theme, window: Box, chosen: Uint32Array, alpha: number): Generator<void> {
  const { nodes, edges: all } = scene.chart.data
  const groups = new Map<string, number[]>()
  for (const edge of chosen) {
    const { source, target, guessed, membership } = all[edge]!
    const [a, b] = [nodes[source]!, nodes[target]!]
    const ends = [a.x * scene.scale, a.y * scene.scale, b.x * scene.scale, b.y * scene.scale] as const
    if (!overlap(window, spanOf({ x: ends[0], y: ends[1] }, { x: ends[2], y: ends[3] }))) continue
    const key = `${a.cluster === b.cluster ? 1 : 0}${guessed ? 'guessed' : membership ? 'membership' : 'told'}`
    const group = groups.get(key)
    if (group) group.push(...ends)
    else groups.set(key, [...ends])
  }
  for (const [key, ends] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    brush.globalAlpha = key[0] === '0' && scene.chosen < 0 ? alpha * 0.4 : alpha
    for (let from = 0; from < ends.length; from += 4 * SLICE) {
      lines(brush, ends.slice(from, from + 4 * SLICE), key.slice(1) as Line, theme)
      yield
    }
  }
}

export function lines(brush: Brush, ends: number[], kind: Line, theme: Theme): void {
  brush.beginPath()
  for (const aside of STROKES[kind].aside) {
    for (let i = 0; i < ends.length; i += 4) {
      const [x1, y1, x2, y2] = [ends[i]!, ends[i + 1]!, ends[i + 2]!, ends[i + 3]!]
      const apart = aside / (Math.hypot(x2 - x1, y2 - y1) || 1)
      const [dx, dy] = [(y1 - y2) * apart, (x2 - x1) * apart]
      brush.moveTo(x1 + dx, y1 + dy)
      brush.lineTo(x2 + dx, y2 + dy)
    }
  }
  brush.setLineDash(STROKES[kind].dash)
  brush.strokeStyle = theme.line
  brush.lineWidth = 1
  brush.stroke()
  brush.setLineDash([])
}

function* dots(brush: Brush, scene: Scene, disc: Disc, theme: Theme): Generator<void> {
  const { nodes } = scene.chart.data
  const groups = new Map<string, number[]>()
  for (const node of disc.dots) {
    const lit = !scene.lit || scene.lit[node]
    const key = `${lit ? '1' : '0'}${nodes[node]!.kind}`
    const group = groups.get(key)
    if (group) group.push(node)
    else groups.set(key, [node])
  }
  for (const [key, group] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    brush.globalAlpha = key[0] === '1' ? 1 : FAINT
    for (let from = 0; from < group.length; from += SLICE) {
      marks(brush, scene, group.slice(from, from + SLICE), { shape: shapeOf(key.slice(1)), colour: disc.style.colour, theme })
      yield
    }
  }
}

function marks(brush: Brush, scene: Scene, group: number[], { shape, colour, theme }: { shape: Shape; colour: string; theme: Theme }): void {
  const near = scene.chosen >= 0 && scene.lit![group[0]!]! > 0
  const least = dotRadius(scene.scale, 0, near)
  const seen = least < ROUND_FROM ? 'square' : least < SHAPED_FROM ? 'disc' : shape
  const hollow = least >= SHAPED_FROM && shape !== 'disc'
  brush.beginPath()
  for (const node of group) {
    const { x, y, degree } = scene.chart.data.nodes[node]!
    mark(brush, seen, x * scene.scale, y * scene.scale, dotRadius(scene.scale, degree, near))
  }
  brush.fillStyle = hollow ? theme.paper : colour
  if (shape !== 'cross' || !hollow) brush.fill()
  if (!hollow) return
  brush.strokeStyle = colour
  brush.lineWidth = 1.6
  brush.stroke()
}

export function circle(brush: Brush, x: number, y: number, radius: number): void {
  brush.moveTo(x + radius, y)
  brush.arc(x, y, radius, 0, 2 * Math.PI)
  brush.closePath()
}

function polygon(brush: Brush, points: readonly (readonly [number, number])[]): void {
  points.forEach(([x, y], at) => (at ? brush.lineTo(x, y) : brush.moveTo(x, y)))
  brush.closePath()
}

/** The path of one mark; all have about the same area. */
function mark(brush: Brush, shape: Shape, x: number, y: number, r: number): void {
  if (shape === 'circle' || shape === 'disc') circle(brush, x, y, r)
  else if (shape === 'square') brush.rect(x - 0.88 * r, y - 0.88 * r, 1.76 * r, 1.76 * r)
  else if (shape === 'triangle') polygon(brush, [[x, y - 1.2 * r], [x + 1.1 * r, y + 0.8 * r], [x - 1.1 * r, y + 0.8 * r]])
  else if (shape === 'diamond') polygon(brush, [[x, y - 1.25 * r], [x + 1.25 * r, y], [x, y + 1.25 * r], [x - 1.25 * r, y]])
  else if (shape === 'hexagon') {
    const [h, v] = [0.92 * r, 1.06 * r]
    polygon(brush, [[x, y - v], [x + h, y - v / 2], [x + h, y + v / 2], [x, y + v], [x - h, y + v / 2], [x - h, y - v / 2]])
  } else {
    brush.moveTo(x - 0.8 * r, y)
    brush.lineTo(x + 0.8 * r, y)
    brush.moveTo(x, y - 0.8 * r)
    brush.lineTo(x, y + 0.8 * r)
  }
}

/** The ring around what is chosen. */
function ring(brush: Brush, scene: Scene, theme: Theme): void {
  if (scene.chosen < 0) return
  const { x, y, degree } = scene.chart.data.nodes[scene.chosen]!
  brush.globalAlpha = 1
  for (const [colour, width] of [[theme.paper, 6], [theme.accent, 2.5]] as const) {
    brush.beginPath()
    circle(brush, x * scene.scale, y * scene.scale, dotRadius(scene.scale, degree, true) + 4)
    brush.strokeStyle = colour
    brush.lineWidth = width
    brush.stroke()
  }
}

export function fontOf(bold: boolean): string {
  return `${bold ? '600' : '400'} ${FONT}px ${FAMILY}`
}

function* letters(brush: Brush, scene: Scene, theme: Theme, window: Box): Generator<void> {
  brush.textBaseline = 'middle'
  brush.globalAlpha = 1
  let drawn = 0
  for (const label of scene.labels) {
    if (!overlap(window, label.box)) continue
    letter(brush, label, theme)
    if (++drawn % 24 === 0) yield
  }
}

function letter(brush: Brush, label: Label, theme: Theme): void {
  brush.font = fontOf(label.bold)
  brush.textAlign = label.centred ? 'center' : 'left'
  brush.strokeStyle = theme.paper
  brush.lineWidth = 3
  brush.fillStyle = label.soft ? theme.soft : theme.ink
  label.lines.forEach((line, at) => {
    brush.strokeText(line, label.x, label.y + at * LINE)
    brush.fillText(line, label.x, label.y + at * LINE)
  })
}
