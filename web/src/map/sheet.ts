/** A picture to take away: title, filters, the map, its legend, version and date. Always in light. */

import { wordsOf } from './chart'
import { FAMILY, overlap, type Box, type Ruler } from './labels'
import { CLUSTER_COLOURS, RINGS, type Style } from '../shared/palette'
import { circle, DASHES, lines, painted, type Brush } from './paint'
import { GLYPHS, LINES, shapeOf, THEMES, type Line } from './palette'
import type { Scene } from './scene'
import { SvgBrush } from './svg'
import type { Size, View } from './viewport'

export interface Sheet {
  title: string
  /** What the filter asks for, in words; empty where it asks for nothing. */
  filters: string
  /** Kinds on the map with their names. */
  kinds: { kind: string; name: string }[]
  /** What kinds of lines are called. */
  lines: Record<Line, string>
  /** Version, date, and that the machine proposes. */
  footer: string
}

const MARGIN = 16
const HEAD = 52
const ROW = 20
const MOST_CLUSTERS = CLUSTER_COLOURS.length * RINGS.length
const PAPER = THEMES.light

interface Entry {
  text: string
  draw(brush: Brush, x: number, y: number): void
}

/** Kinds by their shapes, kinds of lines, then the clusters in sight by their colours and rings, the largest first. */
function legend(scene: Scene, sheet: Sheet, window: Box): Entry[] {
  const { clusters } = scene.chart.data
  const discs = scene.discs.filter((disc) => clusters[disc.cluster]!.id >= 0 && overlap(window, around(disc)))
  const largest = discs.sort((a, b) => b.count - a.count || a.cluster - b.cluster).slice(0, MOST_CLUSTERS)
  return [
    ...sheet.kinds.map(({ kind, name }) => ({ text: name, draw: glyph(GLYPHS[shapeOf(kind)]) })),
    ...LINES.map((line) => ({ text: sheet.lines[line], draw: (brush: Brush, x: number, y: number) => lines(brush, [x - 6, y, x + 14, y], line, PAPER) })),
    ...largest.map(({ cluster, count, style }) => ({ text: `${wordsOf(clusters[cluster]!)} ${count}`, draw: swatch(style) })),
  ]
}

function around({ x, y, radius }: { x: number; y: number; radius: number }): Box {
  return { left: x - radius, top: y - radius, right: x + radius, bottom: y + radius }
}

/** The entries in rows of this width. */
function laid(entries: Entry[], width: number, ruler: Ruler): (Entry & { x: number; row: number })[] {
  let [x, row] = [MARGIN, 0]
  return entries.map((entry) => {
    const wide = 18 + ruler.width(entry.text) + 16
    if (x + wide > width - MARGIN) [x, row] = [MARGIN, row + 1]
    const placed = { ...entry, x, row }
    x += wide
    return placed
  })
}

/** The whole sheet's height, and what draws all of it but the map. */
function composed(scene: Scene, view: View, size: Size, sheet: Sheet, ruler: Ruler) {
  const entries = laid(legend(scene, sheet, windowOf(view, size)), size.width, ruler)
  const height = HEAD + size.height + ((entries.at(-1)?.row ?? 0) + 1) * ROW + 3 * MARGIN
  const surround = (brush: Brush) => {
    brush.fillStyle = PAPER.paper
    brush.fillRect(0, 0, size.width, height)
    write(brush, ruler.cut(sheet.title, (size.width - 2 * MARGIN) * 0.75).text, MARGIN, 18, `600 16px ${FAMILY}`, PAPER.ink)
    write(brush, ruler.cut(sheet.filters, size.width - 2 * MARGIN).text, MARGIN, 40, `400 12px ${FAMILY}`, PAPER.soft)
    for (const { draw, text, x, row } of entries) {
      const y = HEAD + size.height + MARGIN + row * ROW
      draw(brush, x, y)
      write(brush, text, x + 18, y, `400 12px ${FAMILY}`, PAPER.ink)
    }
    write(brush, sheet.footer, MARGIN, height - MARGIN, `400 11px ${FAMILY}`, PAPER.soft)
  }
  return { height, surround }
}

function glyph(text: string): Entry['draw'] {
  return (brush, x, y) => write(brush, text, x, y, `400 13px ${FAMILY}`, PAPER.ink)
}

function swatch({ colour, ring }: Style): Entry['draw'] {
  return (brush, x, y) => {
    brush.beginPath()
    circle(brush, x + 6, y, 5)
    if (ring === 'double') circle(brush, x + 6, y, 2)
    brush.strokeStyle = colour
    brush.lineWidth = ring === 'double' ? 1.2 : 2
    brush.setLineDash(DASHES[ring].map((length) => length / 2))
    brush.stroke()
    brush.setLineDash([])
  }
}

function write(brush: Brush, text: string, x: number, y: number, font: string, colour: string): void {
  brush.globalAlpha = 1
  brush.font = font
  brush.fillStyle = colour
  brush.textAlign = 'left'
  brush.textBaseline = 'middle'
  brush.fillText(text, x, y)
}

function windowOf(view: View, size: Size): Box {
  const [left, top] = [view.x * view.scale - size.width / 2, view.y * view.scale - size.height / 2]
  return { left, top, right: left + size.width, bottom: top + size.height }
}

function paintMap(brush: Brush, scene: Scene, window: Box): void {
  for (const part of painted(brush, scene, PAPER, window)) void part
}

export function svgOf(scene: Scene, view: View, size: Size, sheet: Sheet, ruler: Ruler): string {
  const { height, surround } = composed(scene, view, size, sheet, ruler)
  const brush = new SvgBrush()
  surround(brush)
  const window = windowOf(view, size)
  brush.within(0, HEAD, size.width, size.height, { x: -window.left, y: -window.top }, () => paintMap(brush, scene, window))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${height}" viewBox="0 0 ${size.width} ${height}">\n${brush.toString()}\n</svg>\n`
}

/** Draws the sheet on a canvas of its own, `times` pixels for one. */
export function canvasOf(scene: Scene, view: View, size: Size, sheet: Sheet, ruler: Ruler, times = 2): HTMLCanvasElement {
  const { height, surround } = composed(scene, view, size, sheet, ruler)
  const canvas = document.createElement('canvas')
  canvas.width = size.width * times
  canvas.height = height * times
  const brush = canvas.getContext('2d')!
  brush.scale(times, times)
  surround(brush)
  brush.beginPath()
  brush.rect(0, HEAD, size.width, size.height)
  brush.clip()
  const window = windowOf(view, size)
  brush.translate(-window.left, HEAD - window.top)
  paintMap(brush, scene, window)
  return canvas
}
