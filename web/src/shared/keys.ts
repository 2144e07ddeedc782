/** Keys by their place (`event.code`), never while somebody types or an input method composes. */
import { onMounted, onUnmounted } from 'vue'
import { letters } from '../theme/appearance'

export type Keys = Record<string, (event: KeyboardEvent) => unknown>

/** Whether a key belongs to a field or to an input method. */
export function typing(event: KeyboardEvent): boolean {
  if (event.isComposing || event.keyCode === 229) return true
  const at = event.target
  return at instanceof HTMLElement && (at.isContentEditable || at.matches('input, textarea, select'))
}

function named(event: KeyboardEvent): string {
  return `${event.ctrlKey || event.metaKey ? 'Ctrl+' : ''}${event.code}`
}

/** Single characters, which can be switched off (WCAG 2.1.4). */
const SINGLE = /^(Key|Digit|Slash$)/

/** Calls what stands for the key; a single character only where they are not switched off. */
export function press(keys: Keys, event: KeyboardEvent): void {
  if (typing(event) || event.altKey || event.defaultPrevented) return
  const name = named(event)
  const act = keys[name]
  if (act === undefined || (!letters.value && SINGLE.test(name))) return
  event.preventDefault()
  act(event)
}

export function useKeys(keys: Keys): void {
  const listen = (event: KeyboardEvent): void => press(keys, event)
  onMounted(() => addEventListener('keydown', listen))
  onUnmounted(() => removeEventListener('keydown', listen))
}
