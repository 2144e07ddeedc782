/** The version at the last visit, kept in this browser; the visit lasts as long as its tab. */
import { type Ref, ref } from 'vue'

const KEPT = 'lianyin.seen'

export type LastSeen = Ref<number | null> & { note: (version: number) => void }

export function lastSeen(): LastSeen {
  const kept = sessionStorage.getItem(KEPT) ?? localStorage.getItem(KEPT) ?? ''
  if (kept) sessionStorage.setItem(KEPT, kept)
  const since = ref(/^\d+$/.test(kept) ? Number(kept) : null)
  function note(version: number): void {
    localStorage.setItem(KEPT, String(version))
    // another think tank under the same address, younger than what was seen
    if (since.value !== null && since.value > version) since.value = null
  }
  return Object.assign(since, { note })
}
