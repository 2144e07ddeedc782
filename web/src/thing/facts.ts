/** The facts of a thing as its page lists them: the same word of several sources is one row. */
import type { Schemas } from '../api/client'
import { propertyLabel, propertyOf, propertiesOf, valueLabel } from '../api/ontology'
import { t } from '../messages'

/** Confidence (of 1000) under which it was read across lost characters or from a loose sentence; documents say so themselves. */
const SURE = 700

export type State = 'told' | 'desk' | 'inferred' | 'doubtful' | 'conflict' | 'refused'
export interface FactRow {
  key: string
  property: string
  value: string
  shown: string
  state: State
  /** Whether the property's type is a reference: the value is a thing of its own. */
  isThing: boolean
  current: boolean
  since: string
  until: string
  /** Statements behind it. */
  evidence: string[]
  facts: Schemas['Fact'][]
}

const HIDDEN = new Set(['kind', 'key', 'same_as', 'different_from', 'refused'])
/** What a planner would fill in first. */
const WANTED = ['host', 'employer', 'leader', 'place', 'trade', 'level', 'offers', 'seeks']

const HEADLINE = ['host', 'employer', 'place', 'trade', 'level']

export function isDesk(fact: Schemas['Fact']): boolean {
  return fact.source.startsWith('desk:')
}

function stateOf(fact: Schemas['Fact']): State {
  if (fact.state === 'refused') return 'refused'
  if (fact.conflict) return 'conflict'
  if (fact.confidence < SURE) return 'doubtful'
  return isDesk(fact) ? 'desk' : 'told'
}

export function factRows(thing: Schemas['Thing']): FactRow[] {
  const rows = new Map<string, FactRow>()
  for (const fact of thing.facts) {
    if (HIDDEN.has(fact.property)) continue
    const key = [fact.property, fact.value, fact.since, fact.until, fact.state].join('\u0000')
    const row = rows.get(key)
    if (row) {
      row.evidence.push(fact.id)
      row.facts.push(fact)
      row.current ||= fact.current
      continue
    }
    const { property, value, current, since, until } = fact
    const shown = valueLabel(property, value, fact.shown)
    rows.set(key, { key, property, value, shown, state: stateOf(fact), isThing: isReference(property), current, since, until, evidence: [fact.id], facts: [fact] })
  }
  return [...rows.values(), ...guessedRows(thing)]
}

function guessedRows(thing: Schemas['Thing']): FactRow[] {
  return thing.inferred.map((guess) => ({
    key: `?${guess.property}${guess.value}`, property: guess.property, value: guess.value, shown: valueLabel(guess.property, guess.value, guess.shown), state: 'inferred', isThing: isReference(guess.property),
    current: true, since: '', until: '', evidence: guess.evidence, facts: [],
  }))
}

function isReference(property: string): boolean {
  return propertyOf(property)?.type === 'ref'
}

/** Facts as rows of a spreadsheet. */
export function sheetRows(rows: readonly FactRow[]): Record<string, unknown>[] {
  return rows.map((row) => ({
    [t('edit.property')]: propertyLabel(row.property), [t('edit.value')]: row.shown, [t('thing.state')]: t(`state.${row.state}`), [t('sheet.since')]: row.since,
    [t('sheet.until')]: row.until, [t('sheet.sources')]: row.evidence.length,
  }))
}

/** What is neither told nor inferred of what a planner would fill in first. */
export function missing(thing: Schemas['Thing']): string[] {
  const known = new Set([...thing.facts.filter((fact) => fact.state === 'told').map((fact) => fact.property), ...thing.inferred.map((guess) => guess.property)])
  return propertiesOf(thing.kind).map((property) => property.id).filter((id) => WANTED.includes(id) && !known.has(id))
}

/** What its head says of a thing: where it stands and belongs, what shows of each; undefined where that is neither told nor inferred. */
export function headline(kind: string, rows: readonly FactRow[]): { property: string; row?: FactRow }[] {
  const on = new Set(propertiesOf(kind).map((property) => property.id))
  return HEADLINE.filter((property) => on.has(property)).map((property) => ({ property, row: rows.find((row) => row.property === property && row.current && row.state !== 'refused') }))
}
