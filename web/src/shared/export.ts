/** Files that the browser saves: CSV as a spreadsheet may open it without running anything. */

/** A cell that begins like a formula gets a ' before it; our reader takes it off. */
export function guarded(text: string): string {
  return /^'*[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text
}

function cell(value: unknown): string {
  const text = value === null || value === undefined ? '' : typeof value === 'number' ? String(value) : guarded(String(value))
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Rows of an answer as they stand, one level deep: of a value that is shown its words, of several all of them. */
export function flat(data: unknown): Record<string, unknown>[] {
  return Array.isArray(data) ? data.map((row: object) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]))) : []
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain).join('；')
  if (typeof value !== 'object' || value === null) return value
  const told = value as Record<string, unknown>
  return told.shown ?? told.name ?? told.text ?? ''
}

/** Heads and rows for a spreadsheet. */
export function asTable(rows: readonly Record<string, unknown>[]): { heads: string[]; rows: (string | number | boolean | null)[][] } {
  const heads = Object.keys(rows[0] ?? {})
  const cells = (row: Record<string, unknown>) => heads.map((head) => row[head]).map((cell) => (typeof cell === 'number' || typeof cell === 'boolean' ? cell : cell === null || cell === undefined ? null : String(cell)))
  return { heads, rows: rows.map(cells) }
}

export function asCsv(rows: readonly Record<string, unknown>[]): string {
  const heads = Object.keys(rows[0] ?? {})
  return [heads.map(cell).join(','), ...rows.map((row) => heads.map((head) => cell(row[head])).join(','))].join('\r\n') + '\r\n'
}

export function download(name: string, type: string, content: BlobPart): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([content], { type }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
