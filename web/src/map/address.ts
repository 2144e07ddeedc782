/** The map's state in the address: filter, what is chosen, how many steps, the view. Reopening it gives the same picture. */

import { computed, type ComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'
import { listOf } from '../shared/query'
import type { Filter } from './filter'
import { viewOf, viewText, type View } from './viewport'

/** What a planner looks for. Fields, places, documents and the rest are shown when asked for. */
export const KINDS = ['workshop', 'person', 'organisation', 'need', 'group'] as const
/** Stands in the address for every kind. */
const ALL = 'all'

export interface MapState {
  filter: Filter
  words: string
  chosen: string
  /** Clusters by their numbers; two of them where the gap between them is asked about. */
  clusters: number[]
  hops: number
  view: View | null
}

export function stateOf(query: LocationQuery): MapState {
  const one = (name: string) => listOf(query[name])[0] ?? ''
  const kind = listOf(query.kind)
  const hops = Number(one('hops'))
  return {
    filter: {
      place: listOf(query.place), trade: listOf(query.trade), level: listOf(query.level), unknown: one('unknown') !== '0',
      kind: kind.includes(ALL) ? [] : kind.length ? kind : [...KINDS],
    },
    words: one('q'), chosen: one('id'), view: viewOf(one('view')),
    clusters: listOf(query.cluster).filter((id) => /^-?\d{1,9}$/u.test(id)).map(Number),
    hops: [1, 2, 3].includes(hops) ? hops : 1,
  }
}

/** What the address keeps of a change; what is as usual is left out. */
export function queryOf(change: Partial<MapState>): LocationQuery {
  const { filter, words, chosen, clusters, hops, view } = change
  const usual = filter && filter.kind.length === KINDS.length && KINDS.every((kind) => filter.kind.includes(kind))
  return {
    ...(filter && { place: filter.place, trade: filter.trade, level: filter.level, unknown: filter.unknown ? null : '0' }),
    ...(filter && { kind: usual ? null : filter.kind.length ? filter.kind : ALL }),
    ...(words !== undefined && { q: words || null }),
    ...(chosen !== undefined && { id: chosen || null }),
    ...(clusters && { cluster: clusters.map(String) }),
    ...(hops !== undefined && { hops: hops === 1 ? null : String(hops) }),
    ...(view !== undefined && { view: view && viewText(view) }),
  }
}

export interface Address {
  state: ComputedRef<MapState>
  /** Changes are written one after the other; a filter is a step back, the rest is not. */
  write(change: Partial<MapState>): void
}

export function useAddress(): Address {
  const [route, router] = [useRoute(), useRouter()]
  const here = route.name
  const state = computed(() => stateOf(route.query))
  let last: Promise<unknown> = Promise.resolve()

  function write(change: Partial<MapState>): void {
    last = last.then(() => {
      if (route.name !== here) return
      const merged = Object.entries({ ...route.query, ...queryOf(change) })
      const query = Object.fromEntries(merged.filter(([, value]) => value !== null && (!Array.isArray(value) || value.length)))
      return change.filter ? router.push({ query }) : router.replace({ query })
    })
  }
  return { state, write }
}
