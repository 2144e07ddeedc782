import type { Chart, MapNode } from './chart'

/** What is to be seen. Fields are joined by AND, the values of one by OR; an empty list asks for nothing. */
export interface Filter {
  place: string[]
  trade: string[]
  level: string[]
  kind: string[]
  /** Whether 未载 passes the fields that are asked for. */
  unknown: boolean
}

export const FIELDS = ['place', 'trade', 'level', 'kind'] as const
export type Field = (typeof FIELDS)[number]

export interface Choice {
  value: string
  count: number
}

/** 1 for each node that passes. A place stands for all places within it. */
export function shownBy(chart: Chart, filter: Filter): Uint8Array {
  const wanted = FIELDS.map((field) => [field, new Set(filter[field])] as const).filter(([, values]) => values.size)
  const places = new Set(withinAny(chart, filter.place))
  const passes = (node: MapNode) =>
    wanted.every(([field, values]) => {
      const value = node[field]
      return value === null ? filter.unknown : (field === 'place' ? places : values).has(value)
    })
  return Uint8Array.from(chart.data.nodes, (node) => (passes(node) ? 1 : 0))
}

/** The values that nodes have in a field, the most frequent first; a place counts what is within it. */
export function choices(chart: Chart, field: Field): Choice[] {
  const above = field === 'place' ? placesAbove(chart) : new Map<string, string>()
  const counts = new Map<string, number>()
  for (const node of chart.data.nodes) {
    for (let value = node[field] ?? undefined, i = 0; value !== undefined && i < DEEPEST; value = above.get(value), i++) {
      counts.set(value, (counts.get(value) ?? 0) + 1)
    }
  }
  const found = [...counts].map(([value, count]) => ({ value, count }))
  return found.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
}

/** Levels of places; it also ends a circle that the record should not have. */
const DEEPEST = 8

function placesAbove(chart: Chart): Map<string, string> {
  const { nodes, edges } = chart.data
  const within = edges.filter(({ property }) => property === 'within')
  return new Map(within.map(({ source, target }) => [nodes[source]!.id, nodes[target]!.id]))
}

function withinAny(chart: Chart, places: string[]): Set<string> {
  const found = new Set(places)
  const above = placesAbove(chart)
  for (let round = 0; round < DEEPEST; round++) {
    for (const [place, outer] of above) if (found.has(outer)) found.add(place)
  }
  return found
}
