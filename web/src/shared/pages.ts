/** Lists in pages of fifty by cursor: the next page is added below; the head says how many there are in all. */
import { ref, watch, type Ref, type ShallowRef, shallowRef } from 'vue'
import { useLoad, type Load } from '../api/load'

interface Page<R> {
  total: number
  next: string | null
  /** Where a page may begin in the midst: the cursor of the one before. */
  previous?: string | null
  rows: R[]
}
export interface Pages<R> {
  load: Load<{ total: number }>
  rows: ShallowRef<R[]>
  next: Ref<string | null>
  previous: Ref<string | null>
  busy: Ref<boolean>
  more: () => Promise<void>
  earlier: () => Promise<void>
}
type Ask<Q, R> = (question: Q, cursor: string, signal?: AbortSignal, headers?: Record<string, string>) => Promise<Page<R>>

export function usePages<Q, R>(question: () => Q | null, ask: Ask<Q, R>): Pages<R> {
  const rows: ShallowRef<R[]> = shallowRef([])
  const next = ref<string | null>(null)
  const previous = ref<string | null>(null)
  const busy = ref(false)
  const load = useLoad(question, (asked, signal, headers) => ask(asked, '', signal, headers))
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
      const found = await ask(asked, cursor)
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
  return { load, rows, next, previous, busy, more, earlier }
}

/** Pages around what is chosen: where no row of them shows it, the page that does is asked for. */
export function usePagesNear<Q extends object, R>(question: () => Q | null, ask: Ask<Q & { near: string }, R>, chosen: () => string, shows: (row: R, id: string) => boolean): Pages<R> {
  const near = ref(chosen())
  const pages = usePages(() => withNear(question(), near.value), ask)
  watch([chosen, pages.rows], () => {
    if (chosen() && !pages.rows.value.some((row) => shows(row, chosen()))) near.value = chosen()
  })
  return pages
}
const withNear = <Q extends object>(question: Q | null, near: string): (Q & { near: string }) | null => question && { ...question, near }

/** All rows of a list, page by page. */
export async function wholeOf<R>(ask: (cursor: string) => Promise<Page<R>>): Promise<R[]> {
  const rows: R[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page<R> = await ask(cursor)
    rows.push(...page.rows)
    cursor = page.next
  }
  return rows
}
