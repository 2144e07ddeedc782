/** How sure a reading is. */
import type { Schemas } from '../api/client'

/** Confidence (of 1000) under which it was read across lost characters or from a loose sentence. */
export const SURE = 700

export type ReadState = 'told' | 'doubtful' | 'refused'

export function stateOf(one: Schemas['ReadStatement']): ReadState {
  if (one.state === 'refused') return 'refused'
  return one.confidence < SURE ? 'doubtful' : 'told'
}
