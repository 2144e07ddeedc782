/** 收入备选: lists with notes, each a log of its own; nothing of them touches what is known. */
import { api, told, type Schemas } from '../api/client'
import { write } from '../api/write'
import { t } from '../messages'
import { askWords } from './ask'

type Noted = Schemas['Noted']

/** Takes back a change of a list. */
async function takeBack(noted: Noted): Promise<void> {
  if (noted.change === null) return
  const number = noted.change
  await write(t('short.undone'), (key) =>
    told(api.POST('/api/v1/shortlists/{id}/changes/{number}/undo', { params: { path: { id: noted.id, number }, header: { 'idempotency-key': key } }, body: { reason: t('act.undo') } })), () => Promise.resolve())
}

/** Asks what the new list is called, and makes it. Undefined where nobody would say. */
export async function newList(): Promise<Noted | undefined> {
  const name = await askWords(t('short.name'), t('short.example'))
  if (name === null) return undefined
  return write(t('short.made', { name }), (key) => told(api.POST('/api/v1/shortlists', { params: { header: { 'idempotency-key': key } }, body: { name, note: '' } })), takeBack)
}

export const put = (list: string, things: string[], note: string): Promise<Noted | undefined> =>
  write<Noted>(t('short.put'), (key) => told(api.POST('/api/v1/shortlists/{id}/entries', { params: { path: { id: list }, header: { 'idempotency-key': key } }, body: { things, note } })), takeBack)

export const takeOff = (list: string, entry: string): Promise<Noted | undefined> =>
  write(t('short.takenOff'), (key) => told(api.DELETE('/api/v1/shortlists/{id}/entries/{entry}', { params: { path: { id: list, entry }, header: { 'idempotency-key': key } } })), takeBack)

export const deleteList = (list: string): Promise<Noted | undefined> =>
  write(t('short.deleted'), (key) => told(api.DELETE('/api/v1/shortlists/{id}', { params: { path: { id: list }, header: { 'idempotency-key': key } } })), takeBack)

export const renameList = (id: string, name: string, note: string): Promise<Noted | undefined> =>
  write(t('short.renamed'), (key) => told(api.PUT('/api/v1/shortlists/{id}', { params: { path: { id }, header: { 'idempotency-key': key } }, body: { name, note } })), takeBack)
