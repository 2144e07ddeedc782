/** A thing's past by the changes that told and retracted it, latest first. */
import type { Schemas } from '../api/client'
import { propertyLabel } from '../api/ontology'

export interface PastChange {
  change: Schemas['ChangeInWords']
  lines: { key: string; added: boolean; property: string; shown: string }[]
}

export function byChange(history: Schemas['History']): PastChange[] {
  const found = new Map(history.changes.map((change) => [change.number, { change, lines: [] } as PastChange]))
  const told = new Map(history.statements.map((one) => [one.id, one]))
  const note = (number: number | null, added: boolean, one: Schemas['PastStatement']): void => {
    if (number === null) return
    // what is refused is a statement: what that told
    const of = told.get(one.subject)
    found.get(number)?.lines.push({ key: `${added}${one.id}`, added, property: one.property, shown: of ? `${propertyLabel(of.property)} ${of.shown}` : one.shown })
  }
  for (const one of history.statements) {
    note(one.added, true, one)
    note(one.retracted, false, one)
  }
  return [...found.values()]
}
