/** Colours, rings and shapes (DESK 5). One palette for both themes: each colour has 3:1 on #FFF and on #141414. */

export const COLOURS = [
  '#E669AA', '#9A4858', '#6558F9', '#889E2A', '#C92516', '#9240C3', '#C171F6', '#556783', '#B96558', '#29A1C1', '#8E6AC7', '#429082',
] as const

export const RINGS = ['solid', 'dashed', 'dotted'] as const
export type Ring = (typeof RINGS)[number]

export interface Style {
  colour: string
  ring: Ring
}

export const GREY = '#80868F'

/** The look of a cluster by its number: 36 pairs of colour and ring, then grey. What has no link (-1) is grey too. */
export function styleOf(cluster: number): Style {
  const turn = Math.floor(cluster / COLOURS.length)
  const ring = cluster < 0 ? undefined : RINGS[turn]
  return ring ? { colour: COLOURS[cluster % COLOURS.length]!, ring } : { colour: GREY, ring: 'solid' }
}

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
