/** Addresses as people read them: %E7%83%AD is 热. */

/** What could be taken for something else when decoded stays as it is. */
const UNSEEN = /[\s\p{C}]/u

export function readable(text: string): string {
  if (!/^https?:\/\/\S+$/.test(text) || !text.includes('%')) return text
  try {
    const decoded = decodeURI(text)
    return UNSEEN.test(decoded) ? text : decoded
  } catch {
    return text // it is of another encoding
  }
}
