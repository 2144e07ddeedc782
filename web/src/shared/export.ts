/** Files that the browser saves: CSV as a spreadsheet may open it without running anything. */

/** A cell that begins like a formula gets a ' before it; our reader takes it off. */
export function guarded(text: string): string {
  return /^'*[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text
}

function cell(value: unknown): string {
  const text = value === null || value === undefined ? '' : typeof value === 'number' ? String(value) : guarded(String(value))
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
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
