/** Reading for a screen: data, whether it takes long, and what went wrong. */
import { onScopeDispose, ref, shallowRef, watch, type ShallowRef, type Ref } from 'vue'
import { Refusal } from './client'
import { round } from './version'
import { isAbort, useWait, type Wait, type Waited } from './wait'

export interface Load<T> extends Pick<Wait, 'slow' | 'step' | 'cancel'> {
  data: ShallowRef<T | undefined>
  /** Called off by the person; `again` asks anew. */
  stopped: Ref<boolean>
  refusal: ShallowRef<Refusal | undefined>
  again: () => void
}

/**
 * Asks whenever `question` gives another value (null asks nothing), and on refresh; a newer question ends the older one. A question that
 * may take long passes the headers on: then it is said where the work is.
 */
export function useLoad<Q, T>(question: () => Q | null, ask: (question: Q, signal: AbortSignal, headers: Waited['headers']) => Promise<T>): Load<T> {
  const data = shallowRef<T>()
  const stopped = ref(false)
  const refusal = shallowRef<Refusal>()
  const tries = ref(0)
  const { slow, step, run, cancel } = useWait()
  let latest = 0
  let retry: ReturnType<typeof setTimeout> | undefined

  watch(
    [() => JSON.stringify(question()), round, tries],
    async ([asked]) => {
      const mine = (latest += 1)
      clearTimeout(retry)
      stopped.value = false
      if (asked === 'null') {
        cancel()
        data.value = undefined
        refusal.value = undefined
        return
      }
      try {
        const found = await run(({ signal, headers }) => ask(JSON.parse(asked) as Q, signal, headers))
        if (mine !== latest) return
        data.value = found
        refusal.value = undefined
      } catch (error) {
        if (mine !== latest) return
        if (isAbort(error)) {
          stopped.value = true
          return
        }
        if (!(error instanceof Refusal)) throw error
        refusal.value = error
        if (error.retry > 0) retry = setTimeout(() => (tries.value += 1), error.retry * 1000)
      }
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    latest += 1
    cancel()
    clearTimeout(retry)
  })
  return { data, slow, step, stopped, refusal, cancel, again: () => (tries.value += 1) }
}
