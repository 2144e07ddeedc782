/** Enter belongs to the input method while it composes, and in the tick after it has composed (Safari tells the end before the key). */
export interface Composing {
  start: () => void
  end: () => void
  /** Whether this key is the input method's. */
  owns: (event: KeyboardEvent) => boolean
}

export function composing(): Composing {
  let now = false
  return {
    start: () => (now = true),
    end: () => void setTimeout(() => (now = false)),
    owns: (event) => now || event.isComposing || event.keyCode === 229,
  }
}
