/** The question for partners as the address has it. */
import type { LocationQuery } from 'vue-router'
import type { Schemas } from '../api/client'
import { listOf } from '../shared/query'
import { rulesOf } from '../shared/rules'

const KINDS = ['workshop', 'person', 'organisation', 'need'] as const
export type Kind = (typeof KINDS)[number]

export function kindOf(query: LocationQuery): Kind {
  const asked = listOf(query.kind)[0]
  return KINDS.find((kind) => kind === asked) ?? 'workshop'
}

/** Null where nothing is asked yet. */
export function askingOf(query: LocationQuery): Schemas['Asking'] | null {
  const id = listOf(query.id)[0] ?? ''
  const text = id ? '' : (listOf(query.q)[0] ?? '').slice(0, 2000)
  if (!id && !text.trim()) return null
  return {
    id, text, kinds: [kindOf(query)], rules: rulesOf(listOf(query.rule)), k: 10, seed: 0, trade: listOf(query.trade)[0] ?? '', without: listOf(query.without),
  }
}
