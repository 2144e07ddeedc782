/** Reading for a screen: data, whether it takes long, and what went wrong. */
import { onScopeDispose, ref, shallowRef, watch, type ShallowRef, type Ref } from 'vue'
import { Refusal } from './client'
import { round } from './version'

/** Before this many ms a screen shows nothing: no flicker. */
const PATIENCE = 300

export interface Load<T> {
  data: ShallowRef<T | undefined>
  slow: Ref<boolean>
  refusal: ShallowRef<Refusal | undefined>
  again: () => void
}

/** Asks whenever `question` gives another value (null asks nothing), and on refresh; a newer question ends the older one. */
export function useLoad<Q, T>(question: () => Q | null, ask: (question: Q, signal: AbortSignal) => Promise<T>): Load<T> {
  const data = shallowRef<T>()
  const slow = ref(false)
  const refusal = shallowRef<Refusal>()
  const tries = ref(0)
  let running: AbortController | undefined
  let retry: ReturnType<typeof setTimeout> | undefined

  watch(
    [() => JSON.stringify(question()), round, tries],
    async ([asked]) => {
      running?.abort()
      clearTimeout(retry)
      const mine = (running = new AbortController())
      if (asked === 'null') {
        data.value = undefined
        refusal.value = undefined
        slow.value = false
        return
      }
      const timer = setTimeout(() => (slow.value = true), PATIENCE)
      try {
        const found = await ask(JSON.parse(asked) as Q, mine.signal)
        if (mine.signal.aborted) return
        data.value = found
        refusal.value = undefined
      } catch (error) {
        if (mine.signal.aborted) return
        if (!(error instanceof Refusal)) throw error
        refusal.value = error
        if (error.retry > 0) retry = setTimeout(() => (tries.value += 1), error.retry * 1000)
      } finally {
        clearTimeout(timer)
        if (running === mine) slow.value = false
      }
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    running?.abort()
    clearTimeout(retry)
  })
  return { data, slow, refusal, again: () => (tries.value += 1) }
}
