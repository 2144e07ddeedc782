/** Two things field by field. */
import type { Schemas } from '../api/client'

export interface Compared {
  property: string
  left: string[]
  right: string[]
  how: 'equal' | 'different' | 'one'
}

const LEFT_OUT = new Set(['kind', 'key', 'same_as', 'different_from', 'refused'])

function values(thing: Schemas['Thing']): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const fact of thing.facts) {
    if (fact.state === 'refused' || LEFT_OUT.has(fact.property)) continue
    const told = found.get(fact.property) ?? []
    if (!told.includes(fact.shown)) found.set(fact.property, [...told, fact.shown])
  }
  return found
}

/** Different fields first, then equal ones, then those that only one of them tells. */
export function compared(one: Schemas['Thing'], other: Schemas['Thing']): Compared[] {
  const [left, right] = [values(one), values(other)]
  const order = { different: 0, equal: 1, one: 2 }
  return [...new Set([...left.keys(), ...right.keys()])]
    .map((property): Compared => {
      const [mine, yours] = [left.get(property) ?? [], right.get(property) ?? []]
      const same = mine.length === yours.length && mine.every((value) => yours.includes(value))
      return { property, left: mine, right: yours, how: !mine.length || !yours.length ? 'one' : same ? 'equal' : 'different' }
    })
    .sort((a, b) => order[a.how] - order[b.how])
}
