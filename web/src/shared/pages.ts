/** Lists in pages of fifty by cursor: the next page is added below; the head says how many there are in all. */
import { ref, watch, type Ref, type ShallowRef, shallowRef } from 'vue'
import { useLoad, type Load } from '../api/load'

interface Page<R> {
  total: number
  next: string | null
  rows: R[]
}
export interface Pages<R> {
  load: Load<{ total: number }>
  rows: ShallowRef<R[]>
  next: Ref<string | null>
  busy: Ref<boolean>
  more: () => Promise<void>
}

export function usePages<Q, R>(question: () => Q | null, ask: (question: Q, cursor: string, signal?: AbortSignal, headers?: Record<string, string>) => Promise<Page<R>>): Pages<R> {
  const rows: ShallowRef<R[]> = shallowRef([])
  const next = ref<string | null>(null)
  const busy = ref(false)
  const load = useLoad(question, (asked, signal, headers) => ask(asked, '', signal, headers))
  watch(load.data, (page) => {
    rows.value = page?.rows ?? []
    next.value = page?.next ?? null
  })
  async function more(): Promise<void> {
    const asked = question()
    if (next.value === null || asked === null || busy.value) return
    busy.value = true
    try {
      const page = await ask(asked, next.value)
      rows.value = [...rows.value, ...page.rows]
      next.value = page.next
    } finally {
      busy.value = false
    }
  }
  return { load, rows, next, busy, more }
}
