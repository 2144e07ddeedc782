/** Lists in pages of fifty by cursor: the next page is added below; the head says how many there are in all. */
import { ref, watch, type Ref, type ShallowRef, shallowRef } from 'vue'
import { useLoad, type Load } from '../api/load'
import type { Waited } from '../api/wait'

/** Rows asked for at once where all are wanted: as many as every list gives. */
const MOST = 200

interface Page<R> {
  total: number
  next: string | null
  /** Where a page may begin in the midst: the cursor of the one before. */
  previous?: string | null
  rows: R[]
}
/** Which page: that of a cursor, or the one that shows something (`near`). */
interface Place {
  cursor?: string
  limit?: number
  near?: string
}
export interface Pages<R> {
  load: Load<{ total: number }>
  rows: ShallowRef<R[]>
  next: Ref<string | null>
  previous: Ref<string | null>
  busy: Ref<boolean>
  more: () => Promise<void>
  earlier: () => Promise<void>
  /** All rows, whatever is listed. */
  all: (waited: Waited) => Promise<R[]>
}
type Ask<Q, R> = (question: Q, place: Place, signal?: AbortSignal, headers?: Record<string, string>) => Promise<Page<R>>

export function usePages<Q, R>(question: () => Q | null, ask: Ask<Q, R>, near: () => string = () => ''): Pages<R> {
  const rows: ShallowRef<R[]> = shallowRef([])
  const next = ref<string | null>(null)
  const previous = ref<string | null>(null)
  const busy = ref(false)
  const first = (): { asked: Q; place: Place } | null => {
    const asked = question()
    return asked === null ? null : { asked, place: near() ? { near: near() } : {} }
  }
  const load = useLoad(first, ({ asked, place }, signal, headers) => ask(asked, place, signal, headers))
  watch(load.data, (page) => {
    rows.value = page?.rows ?? []
    next.value = page?.next ?? null
    previous.value = page?.previous ?? null
  })
  /** The page of a cursor; nothing where meanwhile the list was asked for anew. */
  async function page(cursor: string | null, take: (page: Page<R>) => void): Promise<void> {
    const asked = question()
    if (cursor === null || asked === null || busy.value) return
    const list = load.data.value
    busy.value = true
    try {
      const found = await ask(asked, { cursor })
      if (load.data.value === list) take(found)
    } finally {
      busy.value = false
    }
  }
  const more = (): Promise<void> =>
    page(next.value, (found) => {
      rows.value = [...rows.value, ...found.rows]
      next.value = found.next
    })
  const earlier = (): Promise<void> =>
    page(previous.value, (found) => {
      rows.value = [...found.rows, ...rows.value]
      previous.value = found.previous ?? null
    })
  async function all({ signal, headers }: Waited): Promise<R[]> {
    const asked = question()
    const whole: R[] = []
    for (let cursor: string | null = ''; asked !== null && cursor !== null; ) {
      const found: Page<R> = await ask(asked, { cursor, limit: MOST }, signal, headers)
      whole.push(...found.rows)
      cursor = found.next
    }
    return whole
  }
  return { load, rows, next, previous, busy, more, earlier, all }
}

/** Pages around what is chosen: where no row of them shows it, the page that does is asked for. */
export function usePagesNear<Q, R>(question: () => Q | null, ask: Ask<Q, R>, chosen: () => string, shows: (row: R, id: string) => boolean): Pages<R> {
  const near = ref(chosen())
  const pages = usePages(question, ask, () => near.value)
  watch([chosen, pages.rows], () => {
    if (chosen() && !pages.rows.value.some((row) => shows(row, chosen()))) near.value = chosen()
  })
  return pages
}
