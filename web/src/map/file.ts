/** The map as the server draws and writes it: an SVG to print, GEXF. Both show what the filters let through. */

import { computed, onScopeDispose, shallowRef, watch, type ComputedRef } from 'vue'
import { api, told } from '../api/client'
import { useLoad } from '../api/load'
import type { paths } from '../api/schema'
import type { MapState } from './address'

export type Wanted = NonNullable<paths['/api/v1/network/map.svg']['get']['parameters']['query']>

/** Milliseconds without a change after which the sheet is asked for. */
const REST = 400
const LONGEST = { words: 200, title: 80 }

export function wantedOf({ filter, words, chosen, clusters, hops }: MapState, title: string): Wanted {
  const asked = (values: string[]) => (values.length && filter.unknown ? [...values, 'unknown'] : values)
  return {
    kind: filter.kind, place: asked(filter.place), trade: asked(filter.trade), level: asked(filter.level), cluster: chosen ? [] : clusters.map(String),
    words: words.slice(0, LONGEST.words), title: title.slice(0, LONGEST.title), ...(chosen && { select: chosen, hops }),
  }
}

export function gexf(query: Wanted): Promise<string> {
  return text(api.GET('/api/v1/network/map.gexf', { params: { query }, parseAs: 'text' }))
}

/**
 * The address of the sheet that is printed. It is asked for ahead, once the map has stood still: a browser that prints waits for nothing,
 * and shows the sheet before, which tells its own filters, where it is told to print sooner.
 */
export function useSheet(wanted: () => Wanted): ComputedRef<string> {
  const asked = shallowRef<string | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  const later = (now: string) => {
    clearTimeout(timer)
    timer = setTimeout(() => (asked.value = now), REST)
  }
  watch(() => JSON.stringify(wanted()), later, { immediate: true })
  const load = useLoad(() => asked.value, (now, signal) =>
    text(api.GET('/api/v1/network/map.svg', { params: { query: JSON.parse(now) as Wanted }, parseAs: 'text', signal })),
  )
  const address = computed(() => (load.data.value ? URL.createObjectURL(new Blob([load.data.value], { type: 'image/svg+xml' })) : ''))
  watch(address, (_, before) => before && URL.revokeObjectURL(before))
  onScopeDispose(() => (clearTimeout(timer), URL.revokeObjectURL(address.value)))
  return address
}

/** A file's text, or the refusal. */
async function text(asked: Promise<{ data?: string; error?: unknown; response: Response }>): Promise<string> {
  return (await told(asked.then(({ data, error, response }) => ({ data: { text: data ?? '' }, error, response })))).text
}
