/** Which version the screen shows, and whether the graph has moved on since. Nothing moves by itself: the person asks for it. */
import { computed, ref } from 'vue'

/** The version that the screen was loaded at; 0 before the first answer. */
export const shown = ref(0)
/** The latest version that was heard of. */
export const head = ref(0)
/** Counted up to load everything anew. */
export const round = ref(0)

export const moved = computed(() => shown.value > 0 && head.value > shown.value)

/** Takes the version out of an ETag: `version.recipe…`, or `own.version.recipe` of a thing. */
export function versionOf(etag: string | null): number {
  const parts = (etag ?? '').replace(/^W\//, '').replaceAll('"', '').split('.')
  const at = parts.findIndex((part) => /^\d{1,10}$/.test(part))
  return at < 0 ? 0 : Number(parts[at])
}

export function noteVersion(etag: string | null): void {
  const version = versionOf(etag)
  if (version > 0) hear(version)
}

function hear(version: number): void {
  head.value = Math.max(head.value, version)
  if (shown.value === 0) shown.value = version
}

/** Loads everything anew; `version` is that of a write of our own. */
export function refresh(version = 0): void {
  if (version > 0) hear(version)
  shown.value = head.value
  round.value += 1
}

const LOOK = 20_000

/** Asks now and then, and when the page comes into sight again, whether the graph has moved on, or another home is shown. */
export function watchHead(told: (store: string) => boolean): void {
  async function look(): Promise<void> {
    if (document.visibilityState !== 'visible') return
    try {
      const { version, store } = (await (await fetch('/api/v1/health')).json()) as { version: number; store: string }
      if (told(store)) hear(version)
    } catch {
      // the next request that the person makes will say so
    }
  }
  setInterval(look, LOOK)
  document.addEventListener('visibilitychange', look)
}
