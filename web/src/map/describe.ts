/** What the list and the panel say of a thing: its unit and its relations. */

import type { Chart } from './chart'

/** Relations that tell a thing's unit, the nearest first. */
const UNITS = ['host', 'employer', 'raised_by', 'lead', 'secretariat']

/** The unit of each thing, or nothing where none is told. */
export function unitsOf({ data }: Chart): Map<number, number> {
  const found = new Map<number, { unit: number; order: number }>()
  for (const { source, target, property } of data.edges) {
    const order = UNITS.indexOf(property)
    if (order >= 0 && order < (found.get(source)?.order ?? Infinity)) found.set(source, { unit: target, order })
  }
  return new Map([...found].map(([node, { unit }]) => [node, unit]))
}

export interface Relation {
  node: number
  property: string
  /** Whether the relation is told of the other one. */
  incoming: boolean
  guessed: boolean
}

/** Every relation of a thing, by property and then by the others' links. */
export function relationsOf({ data, rank }: Chart, node: number): Relation[] {
  const found = data.edges.flatMap(({ source, target, property, guessed = false }): Relation[] =>
    source === node ? [{ node: target, property, incoming: false, guessed }] : target === node ? [{ node: source, property, incoming: true, guessed }] : [],
  )
  return found.sort((a, b) => (a.property < b.property ? -1 : a.property > b.property ? 1 : rank[a.node]! - rank[b.node]!))
}
