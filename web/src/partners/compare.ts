/** Candidates side by side. */
import type { Schemas } from '../api/client'

/** As many stand side by side as can be read at once. */
export const MOST = 3

type Item = Pick<Schemas['Item'], 'give' | 'get'>
export interface ComparedSide {
  /** Per candidate; undefined where that side is not asked. */
  scores: (number | undefined)[]
  notes: string[]
  /** Every criterion that counts for one of them, the largest first; 0 where it does not count. */
  parts: { code: string; label: string; values: number[] }[]
  most: number
}

export function partsOf(items: readonly Item[], side: 'give' | 'get'): ComparedSide {
  const sides = items.map((item) => item[side])
  const labels = new Map(sides.flatMap((one) => one?.parts.map((part) => [part.code, part.label] as const) ?? []))
  const parts = [...labels].map(([code, label]) => ({ code, label, values: sides.map((one) => one?.parts.find((part) => part.code === code)?.part ?? 0) }))
  const largest = (values: readonly number[]): number => Math.max(0, ...values)
  return {
    scores: sides.map((one) => one?.score), notes: sides.map((one) => one?.note ?? ''),
    parts: parts.filter((one) => largest(one.values) > 0).sort((one, other) => largest(other.values) - largest(one.values)),
    most: largest(parts.flatMap((one) => one.values)),
  }
}

/** The picks with one more or one fewer; a fourth is not taken. */
export function toggled(picks: readonly string[], id: string): string[] {
  if (picks.includes(id)) return picks.filter((one) => one !== id)
  return picks.length < MOST ? [...picks, id] : [...picks]
}
