/** Correcting: one's own word is said; what a document told stays in the document, refused. */
import { api, told, type Refusal, type Schemas } from '../api/client'
import { write } from '../api/write'
import { t } from '../messages'
import { factRows, type FactRow } from './facts'

export interface Said {
  property: string
  value: string
  since: string
  until: string
  reason: string
}

type Told = Pick<FactRow, 'facts'>
const standing = (row: Told): string[] => row.facts.filter((fact) => fact.state === 'told').map((fact) => fact.id)

/** Says a fact; the rows that it answers are put aside in the same change. */
export async function say(thing: Schemas['Thing'], said: Said, instead?: Told, done = t('edit.said'), refused?: (refusal: Refusal) => void): Promise<boolean> {
  const body = { ...said, namesakes: false, instead: instead ? standing(instead) : [] }
  const receipt = await write(done, (key) =>
    told(api.POST('/api/v1/things/{id}/facts', { params: { path: { id: thing.id }, header: { 'idempotency-key': key, 'if-match': `"${thing.etag}"` } }, body })),
    undefined, refused,
  )
  return receipt !== undefined
}

/** Takes one's own word back and refuses what documents told, all sources of a row in one change. */
export async function takeBack(thing: Schemas['Thing'], row: FactRow, reason: string, done = t('edit.refused')): Promise<boolean> {
  const [statement, ...also] = standing(row)
  if (statement === undefined) return false
  const receipt = await write(done, (key) =>
    told(
      api.DELETE('/api/v1/things/{id}/facts/{statement}', {
        params: { path: { id: thing.id, statement }, query: { reason, also }, header: { 'idempotency-key': key, 'if-match': `"${thing.etag}"` } },
      }),
    ),
  )
  return receipt !== undefined
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

/** Writes the note of a decision, whoever wrote the one before: `words` is a property of the decision like any other. */
export async function noteDecision(id: string, value: string): Promise<void> {
  const decision = await told(api.GET('/api/v1/things/{id}', { params: { path: { id } } }))
  const earlier = factRows(decision).find((row) => row.property === 'words' && row.state !== 'refused')
  if (value) await say(decision, { property: 'words', value, since: '', until: '', reason: t('decide.note') }, earlier, t('decide.noted'))
  else if (earlier) await takeBack(decision, earlier, t('decide.note'), t('decide.noted'))
}
