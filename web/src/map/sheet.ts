/** A picture to take away: title, filters, the map, its legend, version and date. Always in light. */

import { FAMILY, type Ruler } from './labels'
import { painted, type Brush } from './paint'
import { GLYPHS, shapeOf, styleOf, THEMES } from './palette'
import type { Scene } from './scene'
import { SvgBrush } from './svg'
import type { Size, View } from './viewport'

export interface Sheet {
  title: string
  /** What the filter asks for, in words; empty where it asks for nothing. */
  filters: string
  /** Kinds on the map with their names. */
  kinds: { kind: string; name: string }[]
  /** Version, date, and that the machine proposes. */
  footer: string
}

const MARGIN = 16
const HEAD = 52
const ROW = 20
const PAPER = THEMES.light

interface Entry {
  glyph: string
  colour: string
  text: string
  x: number
  row: number
}

/** The legend's entries in rows: kinds by their shapes, then clusters by their colours. */
function legend(scene: Scene, sheet: Sheet, width: number, ruler: Ruler): Entry[] {
  const shapes = sheet.kinds.map(({ kind, name }) => ({ glyph: GLYPHS[shapeOf(kind)], colour: PAPER.ink, text: name }))
  const discs = [...scene.discs].sort((a, b) => b.count - a.count || a.cluster - b.cluster).filter(({ cluster }) => scene.chart.data.clusters[cluster]!.id >= 0)
  const clusters = discs.slice(0, 24).map(({ cluster, count }) => {
    const { id, title } = scene.chart.data.clusters[cluster]!
    return { glyph: '●', colour: styleOf(id).colour, text: `${title.replace(/ \d+$/u, '')} ${count}` }
  })
  let [x, row] = [MARGIN, 0]
  return [...shapes, ...clusters].map((entry) => {
    const wide = 18 + ruler.width(entry.text) + 16
    if (x + wide > width - MARGIN) [x, row] = [MARGIN, row + 1]
    const placed = { ...entry, x, row }
    x += wide
    return placed
  })
}

/** The whole sheet's size and what draws it; `map` is called with a brush moved so that the sheet of the scene lies right. */
function composed(scene: Scene, size: Size, sheet: Sheet, ruler: Ruler) {
  const entries = legend(scene, sheet, size.width, ruler)
  const rows = (entries.at(-1)?.row ?? 0) + 1
  const height = HEAD + size.height + rows * ROW + 3 * MARGIN
  const around = (brush: Brush) => {
    brush.fillStyle = PAPER.paper
    brush.fillRect(0, 0, size.width, height)
    write(brush, sheet.title, MARGIN, 18, `600 16px ${FAMILY}`, PAPER.ink)
    write(brush, sheet.filters, MARGIN, 40, `400 12px ${FAMILY}`, PAPER.soft)
    for (const { glyph, colour, text, x, row } of entries) {
      const y = HEAD + size.height + MARGIN + row * ROW
      write(brush, glyph, x, y, `400 13px ${FAMILY}`, colour)
      write(brush, text, x + 18, y, `400 12px ${FAMILY}`, PAPER.ink)
    }
    write(brush, sheet.footer, MARGIN, height - MARGIN, `400 11px ${FAMILY}`, PAPER.soft)
  }
  return { height, around }
}

function write(brush: Brush, text: string, x: number, y: number, font: string, colour: string): void {
  brush.globalAlpha = 1
  brush.font = font
  brush.fillStyle = colour
  brush.textAlign = 'left'
  brush.textBaseline = 'middle'
  brush.fillText(text, x, y)
}

function shiftOf(view: View, size: Size) {
  return { x: size.width / 2 - view.x * view.scale, y: size.height / 2 - view.y * view.scale }
}

function paintMap(brush: Brush, scene: Scene, size: Size, shift: { x: number; y: number }): void {
  const window = { left: -shift.x, top: -shift.y, right: size.width - shift.x, bottom: size.height - shift.y }
  for (const part of painted(brush, scene, PAPER, window)) void part
}

export function svgOf(scene: Scene, view: View, size: Size, sheet: Sheet, ruler: Ruler): string {
  const { height, around } = composed(scene, size, sheet, ruler)
  const brush = new SvgBrush()
  around(brush)
  const shift = shiftOf(view, size)
  brush.within(0, HEAD, size.width, size.height, shift, () => paintMap(brush, scene, size, shift))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${height}" viewBox="0 0 ${size.width} ${height}">\n${brush.toString()}\n</svg>\n`
}

/** Draws the sheet on a canvas of its own, `times` pixels for one. */
export function canvasOf(scene: Scene, view: View, size: Size, sheet: Sheet, ruler: Ruler, times = 2): HTMLCanvasElement {
  const { height, around } = composed(scene, size, sheet, ruler)
  const canvas = document.createElement('canvas')
  canvas.width = size.width * times
  canvas.height = height * times
  const brush = canvas.getContext('2d')!
  brush.scale(times, times)
  around(brush)
  brush.beginPath()
  brush.rect(0, HEAD, size.width, size.height)
  brush.clip()
  const shift = shiftOf(view, size)
  brush.translate(shift.x, HEAD + shift.y)
  paintMap(brush, scene, size, shift)
  return canvas
}
