/** A list that is walked by J K and the arrows; what is chosen comes into sight. */
import { nextTick, useTemplateRef, watch } from 'vue'
import type { Keys } from './keys'

/**
 * `rows` and `chosen` as they are now; the list bears `ref="list"` and marks what is chosen by `aria-selected`. `further` brings the rows
 * beyond an end.
 */
export function useSteps<R extends { id: string }>(rows: () => readonly R[], chosen: () => string, choose: (row: R) => void, further?: (by: number) => Promise<void>): Keys {
  const list = useTemplateRef<HTMLElement>('list')
  const place = (by: number): number => rows().findIndex((row) => row.id === chosen()) + by
  async function step(by: number): Promise<void> {
    if (!rows()[place(by)]) await further?.(by)
    const next = rows()[Math.min(Math.max(place(by), 0), rows().length - 1)]
    if (next) choose(next)
  }
  // rows that come to a list do not move it: only what comes to be chosen, or to be there
  watch(() => [chosen(), rows().some((row) => row.id === chosen())], async () => {
    await nextTick()
    list.value?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, { immediate: true })
  return { KeyJ: () => step(1), KeyK: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1) }
}
