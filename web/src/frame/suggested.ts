/** What the search box lists: by kind, five each, then the whole list, then the words as a need. */
import type { Schemas } from '../api/client'

export interface Entry {
  value: string
  heading?: string
  hit?: Schemas['Hit']
  count?: number
  to?: { path: string; query?: Record<string, string> }
}

const EACH = 5
/** Pages that a hit of a kind opens. */
export const pageOf = (kind: string, id: string): string => (kind === 'document' ? `/d/${id}` : `/t/${id}`)

export function grouped(hits: readonly Schemas['Hit'][], asked: string, total: number): Entry[] {
  const kinds = new Map<string, Schemas['Hit'][]>()
  for (const hit of hits) kinds.set(hit.kind, [...(kinds.get(hit.kind) ?? []), hit])
  const entries: Entry[] = []
  for (const [kind, found] of kinds) {
    found.slice(0, EACH).forEach((hit, at) =>
      entries.push({ value: hit.name, hit, heading: at === 0 ? kind : undefined, to: { path: pageOf(hit.kind, hit.id) } }),
    )
  }
  if (hits.length > 0) entries.push({ value: asked, heading: '*', count: total, to: { path: '/things', query: { q: asked } } })
  entries.push({ value: asked, heading: hits.length > 0 ? undefined : '*', to: { path: '/partners', query: { q: asked } } })
  return entries
}
