/** The filters of a list as the address has them. */
import type { LocationQuery } from 'vue-router'
import { listOf } from '../shared/query'

export interface Filters {
  kind: string[]
  missing: string[]
  place: string[]
  trade: string[]
  level: string[]
  cluster: string[]
  conflict?: boolean
  new_since?: number
  changed_since?: number
  q: string
}

const whole = (value: string | undefined): number | undefined => (value && /^\d{1,9}$/.test(value) ? Number(value) : undefined)

export function filtersOf(query: LocationQuery): Filters {
  const all = (name: string): string[] => listOf(query[name])
  return {
    kind: all('kind'), missing: all('missing'), place: all('place'), trade: all('trade'), level: all('level'), cluster: all('cluster'),
    conflict: all('conflict')[0] === 'true' ? true : undefined, new_since: whole(all('new_since')[0]), changed_since: whole(all('changed_since')[0]),
    q: all('q')[0]?.slice(0, 200) ?? '',
  }
}
