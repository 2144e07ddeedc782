/** Which facts the evidence drawer shows. */
import { shallowRef } from 'vue'

export const shownEvidence = shallowRef<{ ids: string[]; claim: string }>()

export function showEvidence(ids: string[], claim = ''): void {
  shownEvidence.value = { ids, claim }
}
