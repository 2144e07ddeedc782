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

/** Says a fact; with `instead`, the rows that it answers are refused. */
export async function say(thing: Schemas['Thing'], said: Said, instead?: FactRow): Promise<boolean> {
  const done = await write(t('edit.said'), async (key) => {
    const receipt = await told(
      api.POST('/api/v1/things/{id}/facts', { params: { path: { id: thing.id }, header: { 'idempotency-key': key, 'if-match': `"${thing.etag}"` } }, body: { ...said, namesakes: false } }),
    )
    return instead ? ((await refuseAll(thing.id, instead, said.reason)) ?? receipt) : receipt
  })
  return done !== undefined
}

async function refuseAll(id: string, row: FactRow, reason: string): Promise<Schemas['Receipt'] | undefined> {
  let receipt: Schemas['Receipt'] | undefined
  for (const statement of row.facts.filter((fact) => fact.state === 'told').map((fact) => fact.id)) {
    receipt = await told(
      api.DELETE('/api/v1/things/{id}/facts/{statement}', { params: { path: { id, statement }, query: { reason }, header: { 'idempotency-key': crypto.randomUUID() } } }),
    ).catch((error: unknown) => {
      // one's earlier word on a property that shows one value was taken back with the new one
      if ((error as { problem?: Schemas['Problem'] }).problem?.code === 'statement_unknown') return undefined
      throw error
    })
  }
  return receipt
}

/** Takes one's own word back, or refuses what a document told. */
export async function takeBack(thing: Schemas['Thing'], row: FactRow, reason: string): Promise<boolean> {
  const done = await write(t('edit.refused'), async () => (await refuseAll(thing.id, row, reason)) ?? { change: null, version: thing.version, adds: 0, retracts: 0 })
  return done !== undefined
}

/** 用新 1 · 留旧 2: refuses the other rows of the property. */
export async function settle(thing: Schemas['Thing'], kept: FactRow, others: FactRow[]): Promise<boolean> {
  const done = await write(t('edit.settled'), async () => {
    let receipt: Schemas['Receipt'] = { change: null, version: thing.version, adds: 0, retracts: 0 }
    for (const other of others) receipt = (await refuseAll(thing.id, other, t('edit.settledFor', { value: kept.shown }))) ?? receipt
    return receipt
  })
  return done !== undefined
}
