/** Shapes, lines and papers; the look of clusters is the page's own (shared/palette). */

export type Shape = 'circle' | 'disc' | 'square' | 'triangle' | 'diamond' | 'hexagon' | 'cross'

const SHAPES: Record<string, Shape> = {
  workshop: 'circle', person: 'disc', organisation: 'square', need: 'triangle', group: 'diamond', document: 'hexagon',
}

/** The shape of a kind; kinds without one of their own are crosses. */
export function shapeOf(kind: string): Shape {
  return SHAPES[kind] ?? 'cross'
}

/** The same shapes as text, for lists and legends. */
export const GLYPHS: Record<Shape, string> = {
  circle: '○', disc: '●', square: '□', triangle: '△', diamond: '◇', hexagon: '⬡', cross: '+',
}

export const LINES = ['told', 'guessed', 'membership'] as const
export type Line = (typeof LINES)[number]

/** How a relation is drawn. Membership is two thin lines: a wide one with a gap of paper would hide what lies under it. */
export const STROKES: Record<Line, { dash: number[]; aside: number[] }> = {
  told: { dash: [], aside: [0] }, guessed: { dash: [4, 3], aside: [0] }, membership: { dash: [], aside: [-1.2, 1.2] },
}

export interface Theme {
  paper: string
  ink: string
  soft: string
  line: string
  accent: string
  /** How much of its colour a disc is filled with. */
  tint: number
}

export const THEMES: Record<'light' | 'dark', Theme> = {
  light: { paper: '#FFFFFF', ink: '#1F2329', soft: '#5F6672', line: '#8A909B', accent: '#1B5FAA', tint: 0.13 },
  dark: { paper: '#141414', ink: '#E5EAF3', soft: '#A3A6AD', line: '#7B8089', accent: '#409EFF', tint: 0.2 },
}
