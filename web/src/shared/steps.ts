/** A list that is walked by J K and the arrows; what is chosen comes into sight. */
import { nextTick, useTemplateRef, watch } from 'vue'
import type { Keys } from './keys'

/** `rows` and `chosen` as they are now; the list bears `ref="list"` and marks what is chosen by `aria-selected`. */
export function useSteps<R extends { id: string }>(rows: () => readonly R[], chosen: () => string, choose: (row: R) => void): Keys {
  const list = useTemplateRef<HTMLElement>('list')
  function step(by: number): void {
    const at = rows().findIndex((row) => row.id === chosen())
    const next = rows()[Math.min(Math.max(at + by, 0), rows().length - 1)]
    if (next) choose(next)
  }
  watch(() => [chosen(), rows()], async () => {
    await nextTick()
    list.value?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, { immediate: true })
  return { KeyJ: () => step(1), KeyK: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1) }
}
