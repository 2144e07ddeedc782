/** Where a statement stands in its document: 第3段, or the cell as a spreadsheet calls it. */
import { t } from '../messages'

interface Placed {
  paragraph: number | null
  address: string | null
  sheet: string | null
  row: number | null
  column: string | null
}

export function placeOf({ paragraph, address, sheet, row, column }: Placed): string {
  if (paragraph !== null) return t('evidence.paragraph', { n: paragraph })
  return address ?? (sheet ? `${sheet} · ${t('error.place.row')} ${row} · ${column}` : '')
}
