/** The version at the last visit, kept in this browser; the visit lasts as long as its tab. */
import { type Ref, ref } from 'vue'
import { store } from '../api/client'

export type LastSeen = Ref<number | null> & { note: (version: number) => void }

export function lastSeen(): LastSeen {
  const kept = `lianyin.seen.${store.value}`
  const found = sessionStorage.getItem(kept) ?? localStorage.getItem(kept) ?? ''
  if (found) sessionStorage.setItem(kept, found)
  const since = ref(/^\d+$/.test(found) ? Number(found) : null)
  function note(version: number): void {
    localStorage.setItem(kept, String(version))
    // another think tank under the same address, younger than what was seen
    if (since.value !== null && since.value > version) since.value = null
  }
  return Object.assign(since, { note })
}
