/** Waiting for an answer: after a moment it is said, after two seconds where the work is, and it can be called off. */
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { api, told, type Schemas } from './client'

/** Before this many ms nothing is shown: no flicker. */
const PATIENCE = 300
/** After this many ms it is said where the work is. */
const LONG = 2000
const LOOK = 700

/** What a request that may take long bears: its end, and the name under which the server tells where it is. */
export interface Waited {
  signal: AbortSignal
  headers: Record<string, string>
}
export interface Wait {
  slow: Ref<boolean>
  /** Where the work is; undefined until it takes long. */
  step: ShallowRef<Schemas['Step'] | undefined>
  /** Runs it in the place of what ran before. */
  run: <T>(act: (waited: Waited) => Promise<T>) => Promise<T>
  /** Calls it off: the request ends, and the server gives the work up. */
  cancel: () => void
}

export function useWait(): Wait {
  const slow = ref(false)
  const step = shallowRef<Schemas['Step']>()
  let running: AbortController | undefined

  async function run<T>(act: (waited: Waited) => Promise<T>): Promise<T> {
    running?.abort()
    const mine = (running = new AbortController())
    const ask = crypto.randomUUID()
    const { signal } = mine
    let looks: ReturnType<typeof setInterval> | undefined
    async function look(): Promise<void> {
      const found = await told(api.GET('/api/v1/steps/{ask}', { params: { path: { ask } }, signal })).catch(() => undefined)
      if (running === mine && looks !== undefined) step.value = found ?? step.value
    }
    const timers = [
      setTimeout(() => (slow.value = true), PATIENCE),
      setTimeout(() => {
        step.value = { step: '', at: 0, of: 0 }
        looks = setInterval(look, LOOK)
        void look()
      }, LONG),
    ]
    try {
      return await act({ signal, headers: { 'Lianyin-Ask': ask } })
    } finally {
      timers.forEach(clearTimeout)
      clearInterval(looks)
      looks = undefined
      if (running === mine) {
        slow.value = false
        step.value = undefined
      }
    }
  }
  return { slow, step, run, cancel: () => running?.abort() }
}

export const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError'
