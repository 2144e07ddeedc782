/** Correcting: one's own word is said; what a document told stays in the document, refused. */
import { api, told, type Schemas } from '../api/client'
import { write } from '../api/write'
import { t } from '../messages'
import type { FactRow } from './facts'

export interface Said {
  property: string
  value: string
  since: string
  until: string
  reason: string
}

const standing = (row: FactRow): string[] => row.facts.filter((fact) => fact.state === 'told').map((fact) => fact.id)

/** Says a fact; the rows that it answers are put aside in the same change. */
export async function say(thing: Schemas['Thing'], said: Said, instead?: FactRow): Promise<boolean> {
  const body = { ...said, namesakes: false, instead: instead ? standing(instead) : [] }
  const done = await write(t('edit.said'), (key) =>
    told(api.POST('/api/v1/things/{id}/facts', { params: { path: { id: thing.id }, header: { 'idempotency-key': key, 'if-match': `"${thing.etag}"` } }, body })),
  )
  return done !== undefined
}

/** Takes one's own word back and refuses what documents told, all sources of a row in one change. */
export async function takeBack(thing: Schemas['Thing'], row: FactRow, reason: string): Promise<boolean> {
  const [statement, ...also] = standing(row)
  if (statement === undefined) return false
  const done = await write(t('edit.refused'), (key) =>
    told(
      api.DELETE('/api/v1/things/{id}/facts/{statement}', {
        params: { path: { id: thing.id, statement }, query: { reason, also }, header: { 'idempotency-key': key, 'if-match': `"${thing.etag}"` } },
      }),
    ),
  )
  return done !== undefined
}

export type Choice = 'new' | 'old' | 'both'

/** Settles what sources disagree about in one change: 用新, 留旧, this value, or 并存 from a day on. */
export async function settle(thing: Schemas['Thing'], property: string, choice: Choice, more: { value?: string; since?: string } = {}): Promise<boolean> {
  const done = await write(t('edit.settled'), (key) =>
    told(
      api.POST('/api/v1/things/{id}/conflicts/{property}', {
        params: { path: { id: thing.id, property }, header: { 'idempotency-key': key, 'if-match': `"${thing.etag}"` } },
        body: { choice, value: more.value ?? '', since: more.since ?? '', until: '', reason: '' },
      }),
    ),
  )
  return done !== undefined
}
