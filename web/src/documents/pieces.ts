/** A block of text cut where marks begin and end. */
import type { Schemas } from '../api/client'

export type Form = 'original' | 'clean'
export interface Piece {
  text: string
  /** Statements that were read from here, the shortest span first. */
  statements: string[]
}

interface Span {
  id: string
  start: number
  end: number
}

function spansOf(block: Schemas['Block'], form: Form): Span[] {
  const spans = block.marks.map((one) => (form === 'clean' ? { id: one.id, start: one.clean_start, end: one.clean_end } : { id: one.id, start: one.start, end: one.end }))
  return spans.filter(({ start, end }) => start < end)
}

/** Offsets count characters, not UTF-16 units: a rare character in a name is one. */
export function pieces(block: Schemas['Block'], form: Form): Piece[] {
  const characters = Array.from(form === 'clean' ? block.clean : block.text)
  const spans = spansOf(block, form).sort((one, other) => one.end - one.start - (other.end - other.start) || one.id.localeCompare(other.id))
  const cuts = [...new Set([0, characters.length, ...spans.flatMap(({ start, end }) => [start, end])])].filter((at) => at <= characters.length).sort((one, other) => one - other)
  return cuts.slice(1).map((end, at) => {
    const start = cuts[at] ?? 0
    const over = spans.filter((span) => span.start <= start && span.end >= end)
    return { text: characters.slice(start, end).join(''), statements: over.map((span) => span.id) }
  })
}
