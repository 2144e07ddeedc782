/** Rings, shapes and papers; the colours of clusters are the page's own. */

import { CLUSTER_COLOURS as COLOURS, UNCLUSTERED } from '../shared/palette'

export const RINGS = ['solid', 'dashed', 'dotted'] as const
export type Ring = (typeof RINGS)[number]

export interface Style {
  colour: string
  ring: Ring
}

/** The look of a cluster by its number: 36 pairs of colour and ring, then grey. What has no link (-1) is grey too. */
export function styleOf(cluster: number): Style {
  const turn = Math.floor(cluster / COLOURS.length)
  const ring = cluster < 0 ? undefined : RINGS[turn]
  return ring ? { colour: COLOURS[cluster % COLOURS.length]!, ring } : { colour: UNCLUSTERED, ring: 'solid' }
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
