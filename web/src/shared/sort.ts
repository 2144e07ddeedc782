/** The order of a list in its address: `facts` upwards, `-facts` downwards, empty as the server has it. */
import type { Sort } from 'element-plus'

export function sortOf(now: { prop: string | null; order: string | null }): string {
  return now.order && now.prop ? `${now.order === 'descending' ? '-' : ''}${now.prop}` : ''
}

/** The same for the heads of a table. */
export function tableSort(code = ''): Sort {
  return { prop: code.replace('-', ''), order: code.startsWith('-') ? 'descending' : 'ascending' }
}
