/** The question for a group as the address has it. */
import type { LocationQuery } from 'vue-router'
import type { Schemas } from '../api/client'
import { listOf } from '../shared/query'
import { codesFor, rulesOf, type Rule } from '../shared/rules'

export const SMALLEST = 3
export const LARGEST = 9
const KINDS = ['workshop', 'organisation', 'person'] as const
export type Member = (typeof KINDS)[number]

function size(value: string | undefined, otherwise: number): number {
  const asked = Number(value ?? otherwise)
  return Number.isInteger(asked) && asked >= SMALLEST && asked <= LARGEST ? asked : otherwise
}

export function sizesOf(query: LocationQuery): { low: number; high: number } {
  const low = size(listOf(query.low)[0], SMALLEST)
  return { low, high: Math.max(low, size(listOf(query.high)[0], LARGEST)) }
}

export function kindsOf(query: LocationQuery): Member[] {
  const asked = KINDS.filter((kind) => listOf(query.kind).includes(kind))
  return asked.length > 0 ? asked : ['workshop']
}

/** Null where nothing is asked yet. */
export function groupingOf(query: LocationQuery): Schemas['Grouping'] | null {
  const one = (name: string): string => listOf(query[name])[0] ?? ''
  if (!one('q').trim() && !one('id') && !one('lead')) return null
  return {
    text: one('q').slice(0, 2000), id: one('id'), lead: one('lead'), kinds: kindsOf(query), ...sizesOf(query), rules: rulesOf(listOf(query.rule)),
    wanted: listOf(query.want).slice(0, 20), locked: listOf(query.lock).slice(0, LARGEST), banned: listOf(query.ban).slice(0, 200),
    previous: listOf(query.was).length > 0 ? listOf(query.was).slice(0, LARGEST) : null, seed: 0,
  }
}

type Changes = Record<string, string[] | string | undefined>

/** What an address becomes when one rule gives way to another, or to none. */
export function relaxed(query: LocationQuery, rules: readonly Rule[], rule: Rule, to: Rule | null): Changes {
  const without = (name: string, values: unknown): Changes => ({ [name]: listOf(query[name]).filter((one) => !(values as string[]).includes(one)) })
  if (rule.rule === 'size') return to ? { low: String(to.low), high: String(to.high) } : { low: undefined, high: undefined }
  if (rule.rule === 'cover') return { want: to ? (to.fields as string[]) : without('want', rule.fields).want }
  if (rule.rule === 'include') return { lock: to ? (to.ids as string[]) : without('lock', rule.ids).lock }
  if (rule.rule === 'exclude') return { ban: to ? (to.ids as string[]) : without('ban', rule.ids).ban }
  const code = codesFor([rule])[0]
  return { rule: codesFor(rules.flatMap((one) => (codesFor([one])[0] !== code ? [one] : to ? [to] : []))) }
}
