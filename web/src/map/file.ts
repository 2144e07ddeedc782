/** The map as the server draws and writes it: an SVG to print, GEXF. Both show what the filters let through. */

import { onScopeDispose, shallowRef, watch } from 'vue'
import { api, told } from '../api/client'
import { useLoad } from '../api/load'
import type { paths } from '../api/schema'
import type { MapState } from './address'

export type Wanted = NonNullable<paths['/api/v1/network/map.svg']['get']['parameters']['query']>

/** Milliseconds without a change after which the sheet is asked for. */
const REST = 800
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

/** What is printed, where it is there: asked for ahead, since a browser that prints waits for nothing. */
export function useSheet(wanted: () => Wanted): () => string | undefined {
  const key = () => JSON.stringify(wanted())
  const asked = shallowRef<string | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  const later = (now: string) => {
    clearTimeout(timer)
    timer = setTimeout(() => (asked.value = now), REST)
  }
  watch(key, later, { immediate: true })
  onScopeDispose(() => clearTimeout(timer))
  const load = useLoad(() => asked.value, async (of, signal) => {
    const query = JSON.parse(of) as Wanted
    return { of, text: await text(api.GET('/api/v1/network/map.svg', { params: { query }, parseAs: 'text', signal })) }
  })
  return () => (load.data.value?.of === key() ? load.data.value.text : undefined)
}

/** A file's text, or the refusal. */
async function text(asked: Promise<{ data?: string; error?: unknown; response: Response }>): Promise<string> {
  return (await told(asked.then(({ data, error, response }) => ({ data: { text: data ?? '' }, error, response })))).text
}
