/** Statements by the change that told or retracted them, latest first. */
import type { Schemas } from '../api/client'

export interface PastChange {
  number: number
  lines: { key: string; added: boolean; property: string; shown: string }[]
}

export function byChange(statements: readonly Schemas['PastStatement'][]): PastChange[] {
  const found = new Map<number, PastChange>()
  const note = (number: number | null, added: boolean, one: Schemas['PastStatement']): void => {
    if (number === null) return
    const change = found.get(number) ?? { number, lines: [] }
    change.lines.push({ key: `${added}${one.id}`, added, property: one.property, shown: one.shown })
    found.set(number, change)
  }
  for (const one of statements) {
    note(one.added, true, one)
    note(one.retracted, false, one)
  }
  return [...found.values()].sort((one, other) => other.number - one.number)
}
